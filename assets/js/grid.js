// The machine grid in the browser: everything that people do here becomes a change of the address, and the answer to the
// address becomes rows. No row is sorted or filtered here.
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;
  const byId = (id) => document.getElementById(id);
  const say = () => window.hiGridSay;
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  let shown = null;
  let api = null;
  let syncing = false;

  function go(search) {
    if (search === window.location.search) return;
    window.dash_clientside.set_props("url", { search });
  }
  // The address with some of its parts changed; whatever is changed but the page leads to the first page.
  function change(parts, keepPage) {
    const params = new URLSearchParams(shown ? shown.search : window.location.search);
    Object.entries(parts).forEach(([key, value]) => (value ? params.set(key, value) : params.delete(key)));
    if (!keepPage) params.delete("page");
    const written = params.toString().replace(/%2C/g, ",");
    go(written ? "?" + written : "");
  }
  function openMachine(id) {
    window.dash_clientside.set_props("url", { pathname: "/hosting/machine/" + id, search: "" });
  }

  functions.hiKeepOrder = () => 0;
  functions.hiRowClass = (params) => (params.data && params.data.state !== "online" ? "hi-row--" + params.data.state : "");
  functions.hiSorted = (params) => {
    if (syncing || !shown) return;
    const sorts = params.api.getColumnState().filter((column) => column.sort).sort((a, b) => (a.sortIndex || 0) - (b.sortIndex || 0));
    change({ sort: sorts.map((column) => (column.sort === "desc" ? "-" : "") + column.colId).join(",") });
  };
  functions.hiMoved = (params) => {
    if (syncing || !params.finished || !shown || params.source !== "uiColumnMoved") return;
    change({ columns: params.api.getAllDisplayedColumns().map((column) => column.getColId()).join(",") }, true);
  };
  functions.hiOpened = (params) => {
    const event = params.event;
    if (!params.data || (event && event.target && event.target.closest("a"))) return;
    if (event && (event.ctrlKey || event.metaKey)) window.open("/hosting/machine/" + params.data.id);
    else if (!String(window.getSelection())) openMachine(params.data.id);
  };
  functions.hiKeyed = (params) => {
    if (params.event.key === "Enter" && params.data) openMachine(params.data.id);
  };

  // What the server answered, shown by headings, search field and column list.
  async function sync(state) {
    if (!state) return none();
    const first = shown === null;
    shown = state;
    window.hiGridState.skew = Date.now() / 1000 - state.now;
    const turned = window.hiGridState.market !== state.market;
    window.hiGridState.market = state.market;
    const field = byId("grid-search");
    if (field && document.activeElement !== field) window.dash_clientside.set_props("grid-search", { value: state.q });
    if (byId("grid-order")) window.dash_clientside.set_props("grid-order", { value: state.order });
    const columns = state.columns.join();
    if (sync.columns !== undefined && sync.columns !== columns) window.dash_clientside.set_props("grid-columns", { value: state.columns });
    sync.columns = columns;
    if (byId("grid")) {
      api = await window.dash_ag_grid.getApiAsync("grid");
      const wanted = new Map(state.sort.map(([key, way], index) => [key, [way, index]]));
      const order = [...state.columns, ...api.getColumnState().map((column) => column.colId).filter((key) => !state.columns.includes(key))];
      const next = order.map((colId) => ({
        colId, hide: !state.columns.includes(colId), sort: wanted.has(colId) ? wanted.get(colId)[0] : null, sortIndex: wanted.has(colId) ? wanted.get(colId)[1] : null,
      }));
      const now = api.getColumnState();
      const same = now.length === next.length && now.every((column, index) =>
        column.colId === next[index].colId && Boolean(column.hide) === next[index].hide && (column.sort || null) === next[index].sort);
      if (!same) {
        syncing = true;
        api.applyColumnState({ state: next, applyOrder: true });
        setTimeout(() => { syncing = false; }, 50);
      }
      if (turned && !first) api.refreshCells({ force: true });
      const top = state.search + "|" + state.machines;
      if (sync.top !== undefined && sync.top.split("|")[0] !== state.search && api.getDisplayedRowCount()) api.ensureIndexVisible(0, "top");
      sync.top = top;
    }
    return state.search;
  }

  function jump(text, state) {
    const wanted = parseInt(String(text).replace(/\D/g, ""), 10);
    if (!state || !wanted) return none();
    const page = Math.min(Math.max(wanted, 1), state.pages);
    change({ page: page > 1 ? String(page) : "" }, true);
    return none();
  }

  function order(wanted) {
    if (shown && wanted && wanted !== shown.order) change({ sort: wanted });
    return none();
  }

  let waiting = null;
  function search(text) {
    clearTimeout(waiting);
    if (!shown) return none();
    const wanted = (text || "").trim();
    if (wanted === shown.q) return none();
    waiting = setTimeout(() => change({ q: wanted }), 220);
    return none();
  }

  // A narrow screen shows cards: who, in what state, how fast, how hot, where and when.
  const narrow = window.matchMedia("(max-width: 700px)");
  let rows = [];
  const node = (type, props) => ({ namespace: "dash_html_components", type, props });
  function card(row, context) {
    const { words, limits, locale } = context;
    const key = say().stateKey(row);
    const reason = say().why(row, words);
    const value = (number, text) => (number === null || number === undefined ? node("Span", { children: "–", className: "hi-absent", title: reason }) : text(number));
    const share = row.hashrate_share === null ? "" : " · " + say().number(locale, row.hashrate_share * 100, 0) + " %";
    const fields = [
      ["hashrate_ths", value(row.hashrate_ths, (it) => node("Span", { children: say().number(locale, it, 1) + " TH/s" + share, className: "hi-tone--" + say().shareTone(row, limits) }))],
      ["temp_max_c", value(row.temp_max_c, (it) => node("Span", { children: say().number(locale, it, 1) + " °C", className: "hi-tone--" + say().tempTone(row, limits) }))],
      ["power_w", value(row.power_w, (it) => say().number(locale, it, 0) + " W")],
      ["place", [row.site, row.rack, row.position].filter((part) => part !== null && part !== undefined).join(" / ") || "–"],
      ["last_seen", value(row.last_seen, (it) => words.ago.replace("{time}", say().age(words, it)))],
    ];
    return node("A", {
      href: "/hosting/machine/" + row.id, className: "hi-card", children: [
        node("Div", { className: "hi-card__head", children: [node("Strong", { children: row.asset_id }),
          node("Span", { className: "hi-pill hi-pill--" + key, children: [node("Span", { className: "hi-icon hi-icon--" + (key === "mining" ? "online" : key) }), words.state[key] || key] })] }),
        node("Div", { className: "hi-muted hi-card__model", children: row.model || "–" }),
        row.alert && row.alert.length ? node("Div", { className: "hi-card__alert", children: [node("Span", { className: "hi-icon hi-icon--warning" }), row.alert.map((kind) => words.alert[kind] || kind).join(", ")] }) : null,
        node("Dl", { className: "hi-card__fields", children: fields.map(([name, what]) => node("Div", { children: [node("Dt", { children: words.fields[name] }), node("Dd", { children: what })] })) }),
      ],
    });
  }
  async function cards(data) {
    rows = data || [];
    if (!narrow.matches || !rows.length) return [];
    const grid = await window.dash_ag_grid.getApiAsync("grid");
    return rows.map((row) => card(row, grid.getGridOption("context")));
  }
  narrow.addEventListener("change", async () => {
    if (byId("grid-cards")) window.dash_clientside.set_props("grid-cards", { children: await cards(rows) });
  });

  // A file that has just been finished is fetched without another click; one that was ready before is not.
  let watched = null;
  function fetched(_panel, held) {
    const link = byId("job-download") || (watched && null);
    setTimeout(() => {
      const ready = byId("job-download");
      if (byId("job-cancel")) watched = true;
      if (ready && ready.href !== fetched.last) {
        fetched.last = ready.href;
        ready.click();
      }
    }, 60);
    return link ? link.href : held || none();
  }

  // Popovers, and buttons that carry the address they lead to.
  const panels = () => document.querySelectorAll(".hi-pop");
  function close() {
    let closed = false;
    panels().forEach((panel) => {
      if (panel.classList.contains("hi-hidden")) return;
      panel.classList.add("hi-hidden");
      closed = true;
    });
    return closed;
  }
  let opener = null;
  function open(panel, button) {
    close();
    opener = button;
    panel.classList.remove("hi-hidden");
    const bar = panel.offsetParent ? panel.offsetParent.getBoundingClientRect() : { left: 0, top: 0, width: window.innerWidth };
    const from = button.getBoundingClientRect();
    const left = Math.max(0, Math.min(from.left - bar.left, bar.width - panel.offsetWidth));
    panel.style.setProperty("--hi-pop-left", left + "px");
    panel.style.setProperty("--hi-pop-top", from.bottom - bar.top + 6 + "px");
    const field = panel.querySelector("input:not([type=hidden]), button");
    if (field) field.focus();
  }
  document.addEventListener("click", (event) => {
    const lead = event.target.closest("[data-search]");
    if (lead && !lead.disabled) {
      close();
      go(lead.dataset.search);
      return;
    }
    const opens = event.target.closest("[data-opens]");
    if (opens) {
      const panel = byId(opens.dataset.opens);
      if (panel.classList.contains("hi-hidden")) open(panel, opens);
      else close();
      return;
    }
    if (event.target.closest("[data-closes='job']")) window.dash_clientside.set_props("job", { data: null });
    const chip = event.target.closest(".hi-fchip__body");
    if (chip && byId("grid-filter-panel")) {
      open(byId("grid-filter-panel"), chip);
      return;
    }
    if (event.target.closest("#grid-apply, #grid-view-save, #grid-view-update, #grid-view-delete")) setTimeout(close, 0);
    else if (!event.target.closest(".hi-pop")) close();
    document.querySelectorAll("details.hi-export[open]").forEach((menu) => {
      if (!menu.contains(event.target) || event.target.closest(".hi-menu__item")) menu.open = false;
    });
    const link = event.target.closest(".hi-cell__link, .hi-card");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      openMachine(link.getAttribute("href").split("/").pop());
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && close() && opener) opener.focus();
    const panel = event.target.closest && event.target.closest(".hi-pop");
    if (event.key === "Enter" && panel && event.target.matches("input[type=text]")) {
      const button = panel.querySelector(".hi-button--primary");
      // The field tells its value when it loses the focus: first that, then the button.
      event.target.blur();
      if (button) setTimeout(() => button.click(), 30);
    }
    if (panel && (event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches(".hi-pop__item")) {
      event.preventDefault();
      const next = event.key === "ArrowDown" ? event.target.nextElementSibling : event.target.previousElementSibling;
      if (next && next.matches(".hi-pop__item")) next.focus();
    }
  });

  // Ages grow between two sweeps; only the text of the cell moves.
  setInterval(() => {
    if (!api || api.isDestroyed() || document.hidden) return;
    const context = api.getGridOption("context");
    document.querySelectorAll("[data-ago]").forEach((cell) => {
      const text = context.words.ago.replace("{time}", say().age(context.words, Number(cell.dataset.ago)));
      if (cell.firstChild && cell.firstChild.nodeValue !== text) cell.firstChild.nodeValue = text;
    });
  }, 5000);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { grid: { sync, jump, order, search, cards, fetched } });
})();
