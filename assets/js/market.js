/* The market page: ages that run, numbers that become stale by themselves, controls that stand in the address, and the
   word on a file that is too large. Loaded by Dash from assets. */
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;
  const byId = (id) => document.getElementById(id);
  const USUAL = { range: "30d", series: "line", source: "*" };
  const PLACES = { range: ["market-range", "data"], series: ["market-series", "data"], source: ["market-source", "value"] };
  let skew = 0;

  // The number that moves when the market was asked; the server's clock comes with it.
  function version(live, held) {
    if (!live) return none();
    skew = Date.now() / 1000 - live.now;
    return live.market_version === held ? none() : live.market_version;
  }

  function ago(page, seconds) {
    const n = Math.max(0, Math.floor(seconds));
    if (n < 60) return page.dataset.agoS.replace("{n}", n);
    if (n < 3600) return page.dataset.agoMin.replace("{n}", Math.floor(n / 60));
    if (n < 86400) return page.dataset.agoH.replace("{h}", Math.floor(n / 3600)).replace("{m}", Math.floor((n % 3600) / 60));
    return page.dataset.agoD.replace("{d}", Math.floor(n / 86400)).replace("{h}", Math.floor((n % 86400) / 3600));
  }

  setInterval(function () {
    const page = byId("market");
    if (!page || document.hidden) return;
    const now = Date.now() / 1000 - skew;
    page.querySelectorAll("time.hi-age").forEach(function (time) {
      const words = ago(page, now - Date.parse(time.dateTime) / 1000);
      if (time.textContent !== words) time.textContent = words;
    });
    page.querySelectorAll("[data-stale-at]").forEach(function (tile) {
      tile.classList.toggle("is-stale", now > Number(tile.dataset.staleAt));
    });
  }, 1000);

  // What somebody chooses goes into the address; the usual is not said. Only his own hand writes there: a control that
  // follows the address must not write it, or two quick steps back would become one forward.
  function write(name, value) {
    const params = new URLSearchParams(window.location.search);
    if (value === USUAL[name]) params.delete(name);
    else params.set(name, value);
    const written = params.toString().replace(/%3A/g, ":");
    const search = written ? "?" + written : "";
    if (search !== window.location.search) window.dash_clientside.set_props("url", { search: search });
  }
  document.addEventListener("click", function (event) {
    const button = event.target.closest("#market .hi-segments button[data-value]");
    const store = button && button.closest(".hi-segments").dataset.store;
    const name = Object.keys(PLACES).find((one) => PLACES[one][0] === store);
    if (name) write(name, button.dataset.value);
  });
  document.addEventListener("change", function (event) {
    if (event.target.id === PLACES.source[0]) write("source", event.target.value);
  });

  // A link and the back button: the controls follow the address.
  function follow(search) {
    if (window.location.pathname !== "/market" || !byId("market")) return none();
    const params = new URLSearchParams(search || "");
    Object.keys(PLACES).forEach(function (name) {
      const wanted = params.get(name) || USUAL[name];
      const place = PLACES[name];
      window.dash_clientside.set_props(place[0], { [place[1]]: wanted });
      document.querySelectorAll('.hi-segments[data-store="' + place[0] + '"] button').forEach(function (button) {
        button.setAttribute("aria-pressed", String(button.dataset.value === wanted));
      });
    });
    return none();
  }

  // A file is measured before it travels: dcc.Upload would drop a large one in silence, the server refuse its request.
  function tooLarge(event, files) {
    const box = event.target.closest && event.target.closest(".hi-market__upload");
    if (!box || !files || !files.length) return;
    const report = byId("market-report");
    const large = Array.from(files).some((file) => file.size > Number(box.dataset.mostBytes));
    window.dash_clientside.set_props("market-report", { children: large ? box.dataset.tooLarge : box.dataset.reading });
    if (report) report.classList.toggle("is-refused", large);
    if (!large) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.target.value) event.target.value = "";
  }
  document.addEventListener("change", (event) => tooLarge(event, event.target.files), true);
  document.addEventListener("drop", (event) => tooLarge(event, event.dataTransfer && event.dataTransfer.files), true);

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.market = { version: version, follow: follow };
})();
