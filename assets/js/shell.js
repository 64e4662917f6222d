// The frame at work in the browser: polling, chips, keyboard, toasts. No data is changed here.
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;
  const byId = (id) => document.getElementById(id);
  const ALL_SITES = "*"; // dashboard/ids.py
  let live = null;
  let paused = false;
  let lost = false;
  let clockSkew = 0;

  function cookie(name) {
    const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  async function poll(_tick, isPaused, version) {
    paused = Boolean(isPaused);
    if (paused || (document.hidden && live !== null)) return [none(), none()];
    try {
      const answer = await fetch("/live", { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (answer.status === 401) {
        window.location.href = "/login?next=" + encodeURIComponent(location.pathname + location.search);
        return [none(), none()];
      }
      if (!answer.ok) throw new Error(String(answer.status));
      live = await answer.json();
      clockSkew = Date.now() / 1000 - live.now;
      lost = false;
      return [live, live.version === version ? none() : live.version];
    } catch (_error) {
      lost = true;
      showAge();
      return [none(), none()];
    }
  }

  function setText(node, text) {
    const value = node && node.querySelector(".hi-chip__value");
    if (value && value.textContent !== text) value.textContent = text;
  }

  function showAge() {
    const chip = byId("chip-age");
    if (!chip) return;
    let text = chip.dataset.none;
    let age = null;
    if (live && live.swept_at) {
      age = Math.max(0, Math.round(Date.now() / 1000 - clockSkew - live.swept_at));
      text = age < 120 ? chip.dataset.age.replace("{n}", age) : chip.dataset.minutes.replace("{n}", Math.round(age / 60));
    }
    if (lost) text = chip.dataset.lost;
    if (paused) text = chip.dataset.paused;
    chip.classList.toggle("is-lost", lost);
    chip.classList.toggle("is-old", !lost && (paused || age === null || age > 150));
    chip.classList.toggle("is-fresh", !lost && !paused && age !== null && age <= 150);
    chip.setAttribute("aria-pressed", paused ? "true" : "false");
    setText(chip, text);
    showBanner(paused ? chip.dataset.pausedLong : lost ? chip.dataset.lostLong : "", paused ? chip.dataset.resume : "");
  }

  // The price with its source and age; one that is too old says so in words.
  function showCoin() {
    const coin = byId("chip-btc");
    if (!coin || !live) return;
    if (live.btc_usd === null || live.btc_usd === undefined) {
      setText(coin, "–");
      coin.title = coin.dataset.unknown;
      coin.classList.remove("is-stale");
      return;
    }
    const age = Math.max(0, Math.round(Date.now() / 1000 - clockSkew - live.btc_at));
    const template = age < 120 ? coin.dataset.age : age < 7200 ? coin.dataset.minutes : coin.dataset.hours;
    const ago = template.replace("{n}", age < 120 ? age : Math.round(age / (age < 7200 ? 60 : 3600)));
    const source = live.btc_source === "consensus" ? coin.dataset.consensus.replace("{n}", live.btc_voices) : live.btc_source;
    const stale = age > live.btc_stale_after_s;
    setText(coin, "$" + Math.round(live.btc_usd).toLocaleString("en-US"));
    const since = coin.querySelector(".hi-chip__since");
    if (stale && since.textContent !== ago) since.textContent = ago;
    coin.classList.toggle("is-stale", stale);
    const title = coin.dataset.source.replace("{source}", source) + " · " + ago + " (" + new Date(live.btc_at * 1000).toLocaleString() + ")";
    if (coin.title !== title) coin.title = title;
  }

  // Written only when it changes: it is a live region, and would be read out each second otherwise.
  function showBanner(text, button) {
    const banner = byId("live-banner");
    if (!banner || banner.dataset.said === text + button) return;
    banner.dataset.said = text + button;
    banner.classList.toggle("hi-hidden", !text);
    banner.classList.toggle("is-lost", Boolean(text) && !button);
    banner.textContent = text;
    if (!button) return;
    const resume = document.createElement("button");
    resume.type = "button";
    resume.className = "hi-livebar__button";
    resume.textContent = button;
    resume.addEventListener("click", () => byId("chip-age").click());
    banner.appendChild(resume);
  }

  // The page is in place: the window's name follows it, and a person who followed a link starts at its top.
  function arrived(children) {
    if (!children) return none();
    requestAnimationFrame(() => {
      const title = document.querySelector("#page h1, #page h2");
      document.title = title ? title.textContent + " · HashInsight" : "HashInsight";
    });
    return none();
  }

  function show(data, language, isPaused) {
    if (data) live = data;
    paused = Boolean(isPaused);
    const tag = language === "zh" ? "zh-CN" : "en";
    if (document.documentElement.lang !== tag) document.documentElement.lang = tag;
    document.querySelectorAll(".hi-lang__button").forEach((button) => {
      button.setAttribute("aria-pressed", button.id === "language-" + language ? "true" : "false");
    });
    if (!live) return none();
    const simulated = byId("chip-simulated");
    if (simulated) simulated.classList.toggle("hi-hidden", !live.simulated);
    showCoin();
    const bell = byId("chip-alerts");
    if (bell) {
      const count = live.alerts === undefined ? null : live.alerts;
      setText(bell, count === null ? "–" : count.toLocaleString("en-US"));
      bell.classList.toggle("has-alerts", Boolean(count));
    }
    showAge();
    return none();
  }

  function pause(clicks, isPaused) {
    return clicks ? !isPaused : none();
  }

  function site(value, held) {
    const wanted = value && value !== ALL_SITES ? value : null;
    return wanted === (held || null) ? none() : wanted;
  }

  function keepSite(_children, held) {
    return held || ALL_SITES;
  }

  function search(text) {
    const wanted = (text || "").trim();
    if (!wanted) return [none(), none()];
    byId("search").blur();
    return ["/hosting/machines?q=" + encodeURIComponent(wanted), wanted];
  }

  function navigated(path) {
    const here = path === "/" ? "/hosting" : path;
    let best = null;
    document.querySelectorAll(".hi-nav__link").forEach((link) => {
      const target = link.getAttribute("href");
      const on = here === target || here.startsWith(target + "/") || (target === "/hosting/machines" && here.startsWith("/hosting/machine/"));
      if (on && (!best || target.length > best.getAttribute("href").length)) best = link;
    });
    document.querySelectorAll(".hi-nav__link").forEach((link) => {
      link.classList.toggle("is-current", link === best);
      if (link === best) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    const shell = byId("shell");
    if (shell) shell.classList.remove("is-open");
    return none();
  }

  function toggleMenu(clicks) {
    if (!clicks) return none();
    const narrow = byId("shell").classList.toggle("is-narrow");
    try { localStorage.setItem("hi-narrow", narrow ? "1" : ""); } catch (_error) { /* private mode */ }
    return none();
  }

  function toast(data) {
    if (!data) return none();
    const area = byId("toast-area");
    const box = document.createElement("div");
    box.className = "hi-toast hi-toast--" + data.kind;
    const words = document.createElement("span");
    words.textContent = data.text;
    box.appendChild(words);
    if (data.href && data.link) {
      const link = document.createElement("a");
      link.href = data.href;
      link.textContent = data.link;
      box.appendChild(link);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", (byId("person") || { dataset: {} }).dataset.close || "×");
    close.addEventListener("click", () => box.remove());
    box.appendChild(close);
    area.appendChild(box);
    if (data.kind !== "bad") setTimeout(() => box.remove(), 8000);
    return none();
  }

  // Keyboard
  let prefix = "";
  const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));
  const shortcutsOn = () => { const box = document.querySelector("#shortcut-switch input"); return !box || box.checked; };
  const go = (path) => { window.dash_clientside.set_props("url", { pathname: path, search: "" }); };
  let opener = null;
  const shortcuts = (shown) => {
    const dialog = byId("shortcuts");
    if (!dialog || dialog.classList.contains("hi-hidden") !== shown) return;
    dialog.classList.toggle("hi-hidden", !shown);
    if (shown) {
      opener = document.activeElement;
      byId("close-shortcuts").focus();
    } else if (opener && opener.isConnected) opener.focus();
  };
  // Tab goes round inside of an open dialog.
  const keepInside = (event) => {
    const dialog = byId("shortcuts");
    if (!dialog || dialog.classList.contains("hi-hidden")) return;
    const stops = [...dialog.querySelectorAll("button, input")];
    const at = stops.indexOf(document.activeElement);
    event.preventDefault();
    stops[(at + (event.shiftKey ? stops.length - 1 : 1)) % stops.length].focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Tab") { keepInside(event); return; }
    if (event.key === "Escape") {
      shortcuts(false);
      document.querySelectorAll("details[open]:is(.hi-person, .hi-export, .hi-chart__menu)").forEach((menu) => { menu.open = false; });
      const shell = byId("shell");
      if (shell) shell.classList.remove("is-open");
      return;
    }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || !shortcutsOn()) return;
    if (prefix === "g") {
      prefix = "";
      const target = { h: "/hosting", m: "/hosting/machines" }[event.key];
      // Only where the sidebar goes too: a role without that page stays where it is.
      if (target && document.querySelector(`.hi-nav__link[href="${target}"]`)) { event.preventDefault(); go(target); }
      return;
    }
    if (event.key === "g") { prefix = "g"; setTimeout(() => { prefix = ""; }, 1200); }
    else if (event.key === "/") { const field = byId("search"); if (field) { event.preventDefault(); field.focus(); field.select(); } }
    else if (event.key === "?") { event.preventDefault(); shortcuts(byId("shortcuts").classList.contains("hi-hidden")); }
    else if (event.key === "[" || event.key === "]") {
      const button = document.querySelector(event.key === "[" ? "[data-step='previous']" : "[data-step='next']");
      if (button && !button.disabled) { event.preventDefault(); button.click(); }
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#open-menu")) byId("shell").classList.add("is-open");
    if (event.target.closest("#scrim")) byId("shell").classList.remove("is-open");
    if (event.target.closest("#open-shortcuts")) { byId("person").open = false; document.querySelector("#person summary").focus(); shortcuts(true); }
    if (event.target.closest("#close-shortcuts") || event.target.id === "shortcuts") shortcuts(false);
    document.querySelectorAll("details.hi-person[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // A person who moves keeps the session awake; a screen on the wall that only polls does not.
  let noted = 0;
  const note = () => {
    if (Date.now() - noted < 60000) return;
    noted = Date.now();
    fetch("/active", { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": cookie("_csrf_token") } }).catch(() => {});
  };
  ["pointerdown", "keydown"].forEach((kind) => document.addEventListener(kind, note, { passive: true }));
  setInterval(() => { showAge(); showCoin(); }, 1000);
  const ready = setInterval(() => {
    const shell = byId("shell");
    if (!shell) return;
    clearInterval(ready);
    try { if (localStorage.getItem("hi-narrow")) shell.classList.add("is-narrow"); } catch (_error) { /* private mode */ }
  }, 50);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: { poll, show, pause, site, keepSite, search, navigated, arrived, toggleMenu, toast },
  });
})();
