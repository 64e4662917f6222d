// Cells of the machine grid. A row brings codes and numbers; words and formats of the reader's language come with the
// grid's context. What is absent is an en dash that says why.
(function () {
  "use strict";
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const h = (...parts) => window.React.createElement(...parts);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key]);
  const formats = {};
  const state = { skew: 0, market: false };
  window.hiGridState = state;

  function number(locale, value, decimals) {
    const key = locale + decimals;
    if (!formats[key]) formats[key] = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    return formats[key].format(value);
  }
  function duration(words, seconds) {
    const left = Math.max(0, Math.floor(seconds));
    if (left < 60) return fill(words.s, { n: left });
    if (left < 3600) return fill(words.min, { n: Math.floor(left / 60) });
    if (left < 86400) return fill(words.h, { h: Math.floor(left / 3600), m: Math.floor((left % 3600) / 60) });
    return fill(words.d, { d: Math.floor(left / 86400), h: Math.floor((left % 86400) / 3600) });
  }
  const now = () => Date.now() / 1000 - state.skew;
  const age = (words, at) => duration(words.time, now() - at);
  const gone = (row) => row.state === "offline" || row.state === "lost";
  function exact(locale, at, zone) {
    return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", timeZone: zone }).format(at * 1000) + " " + zone;
  }
  function why(row, words) {
    if (words.why[row.state]) return words.why[row.state];
    if (gone(row)) {
      if (row.last_seen === null) return words.why.never;
      return fill(words.why.gone, { time: age(words, row.last_seen), error: words.error[row.last_error || ""] || row.last_error });
    }
    return row.mode === "sleeping" ? words.why.sleeping : words.why.untold;
  }
  const absent = (reason) => h("span", { className: "hi-absent", title: reason, "aria-label": "– " + reason }, "–");
  // The same functions serve the grid and the cards of a narrow screen.
  const say = {
    number, age, exact, why, gone, duration,
    stateKey: (row) => ((row.state === "online" || row.state === "stale") && row.mode && row.mode !== "mining" && row.state === "online" ? row.mode : row.state),
    shareTone: (row, limits) => (row.hashrate_share === null || row.mode === "sleeping" ? "none" : row.hashrate_share < limits.low ? "bad" : row.hashrate_share < limits.lowish ? "warn" : "good"),
    tempTone: (row, limits) => (row.temp_max_c === null ? "none" : row.temp_max_c >= limits.hot ? "bad" : row.temp_max_c >= limits.warm ? "warn" : "none"),
  };
  window.hiGridSay = say;

  function cell(draw) {
    return (props) => {
      if (!props.data) return null;
      const { words, limits, locale } = props.context;
      return draw(props.data, { value: props.value, words, limits, locale, decimals: props.decimals });
    };
  }
  function measured(draw) {
    return cell((row, at) => (at.value === null || at.value === undefined ? absent(why(row, at.words)) : draw(row, at)));
  }
  function known(draw) {
    return cell((row, at) => (at.value === null || at.value === undefined ? absent(at.words.why.empty) : draw(row, at)));
  }
  const text = (value, title) => h("span", { className: "hi-cell", title: title || value }, value);

  cells.HiState = cell((row, at) => {
    const key = say.stateKey(row);
    return h("span", { className: "hi-pill hi-pill--" + key }, h("span", { className: "hi-icon hi-icon--" + (key === "mining" ? "online" : key), "aria-hidden": "true" }), at.words.state[key] || key);
  });
  cells.HiMachine = cell((row, at) => {
    const alerts = row.alert && row.alert.length ? row.alert.map((kind) => at.words.alert[kind] || kind).join(", ") : null;
    return h("span", { className: "hi-cell hi-cell--machine" },
      h("a", { href: "/hosting/machine/" + row.id, className: "hi-cell__link" }, row.asset_id),
      alerts ? h("span", { className: "hi-icon hi-icon--warning hi-cell__alert", title: alerts, role: "img", "aria-label": alerts }) : null);
  });
  cells.HiText = known((row, at) => text(at.value));
  cells.HiPool = known((row, at) => text(at.value.replace(/^stratum\+\w+:\/\//, ""), at.value));
  cells.HiSite = known((row) => text(row.site_name, row.site_name + " (" + row.site + ")"));
  cells.HiClient = cell((row, at) => (row.client ? text(row.client_name) : h("span", { className: "hi-cell hi-muted" }, at.words.unassigned)));
  cells.HiPlace = known((row) => text(row.rack + (row.position === null ? "" : " / " + row.position)));
  cells.HiHashrate = cell((row, at) => {
    if (at.value !== null) return number(at.locale, at.value, 1);
    const last = gone(row) && row.last_hashrate_ths !== null ? ", " + at.words.last.replace("{value}", number(at.locale, row.last_hashrate_ths, 1)) : "";
    return absent(why(row, at.words) + last);
  });
  cells.HiShare = measured((row, at) => {
    const title = fill(at.words.expected, { value: number(at.locale, row.expected_hashrate_ths, 1), source: at.words.source[row.expected_source] || "" });
    const width = Math.max(0, Math.min(1, row.hashrate_share));
    return h("span", { className: "hi-share hi-tone--" + say.shareTone(row, at.limits), title },
      h("svg", { className: "hi-share__bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
        h("rect", { width: 100, height: 4, className: "hi-share__ground" }), h("rect", { width: 100 * width, height: 4, className: "hi-share__fill" })),
      h("span", { className: "hi-share__value" }, number(at.locale, row.hashrate_share * 100, 1) + " %"));
  });
  cells.HiNumber = cell((row, at) => {
    if (at.value !== null && at.value !== undefined) return number(at.locale, at.value, at.decimals);
    const needsMarket = at.decimals > 2 && !state.market;
    return absent(needsMarket ? at.words.why.market : why(row, at.words));
  });
  cells.HiPower = measured((row, at) => h("span", { title: at.words.source[row.power_source] || "" }, (row.power_source === "nameplate" ? "≈ " : "") + number(at.locale, at.value, 0)));
  cells.HiTemperature = measured((row, at) => h("span", { className: "hi-tone--" + say.tempTone(row, at.limits) }, number(at.locale, at.value, 1)));
  cells.HiFans = measured((row, at) => {
    const fans = row.fans_rpm || [];
    const stopped = fans.filter((rpm) => rpm === 0).length;
    const all = fans.map((rpm) => number(at.locale, rpm, 0)).join(" · ") + " rpm";
    if (stopped && row.mode !== "sleeping") return h("span", { className: "hi-tone--bad", title: all }, fill(at.words.stopped, { n: stopped, all: fans.length }));
    return h("span", { title: all }, number(at.locale, at.value, 0), h("span", { className: "hi-muted" }, " ×" + fans.length));
  });
  cells.HiRejects = measured((row, at) => {
    const tone = at.value >= at.limits.rejects ? "bad" : at.value >= at.limits.rejectsSome ? "warn" : "none";
    const title = row.accepted === null ? "" : fill(at.words.shares, { accepted: number(at.locale, row.accepted, 0), rejected: number(at.locale, row.rejected || 0, 0) });
    return h("span", { className: "hi-tone--" + tone, title }, number(at.locale, at.value * 100, 2));
  });
  cells.HiUptime = measured((row, at) => duration(at.words.time, at.value));
  cells.HiMode = measured((row, at) => text(at.words.mode[at.value] || at.value));
  cells.HiAgo = cell((row, at) => {
    if (row.last_seen === null) return absent(at.words.why[row.state] || at.words.why.never);
    return h("span", { className: "hi-cell", title: exact(at.locale, row.last_seen, row.time_zone), "data-ago": row.last_seen }, fill(at.words.ago, { time: age(at.words, row.last_seen) }));
  });
  cells.HiAlerts = cell((row, at) => (at.value && at.value.length ? text(at.value.map((kind) => at.words.alert[kind] || kind).join(", ")) : absent(at.words.why.calm)));
})();
