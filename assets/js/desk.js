// Desks: fields whose values stand in the address. What people type goes there a moment later, and what the address
// says (a link, the back button) goes into the fields.
(function () {
  "use strict";
  const PAUSE_MS = 150;
  let written = null;
  let waiting = null;

  const idOf = (field) => (field.id && field.id.includes('"desk-field"') ? JSON.parse(field.id) : undefined);
  const nameOf = (field) => (idOf(field) || {}).name;
  const fields = () => Array.from(document.querySelectorAll('[id*="\\"desk-field\\""]')).filter(nameOf);
  const rowOf = (field) => field.closest(".hi-field");
  const inPerCent = (field) => rowOf(field).dataset.share === "yes";
  const usual = (field) => rowOf(field).dataset.usual || "";

  function said(field) {
    if (field.type === "checkbox") return field.checked ? "yes" : "no";
    const text = field.value.trim();
    if (text === "" || !inPerCent(field)) return text;
    return String(Number((Number(text) / 100).toPrecision(12)));
  }
  function shown(field, text) {
    if (text === "" || !inPerCent(field) || !isFinite(Number(text))) return text;
    return String(Number((Number(text) * 100).toPrecision(12)));
  }
  function write() {
    const params = new URLSearchParams(window.location.search);
    fields().forEach((field) => {
      const name = nameOf(field), text = said(field);
      if (field.validity && field.validity.badInput) return;
      if (text === "" || text === usual(field)) params.delete(name);
      else params.set(name, text);
    });
    const search = params.toString() ? "?" + params.toString() : "";
    if (search === window.location.search) return;
    written = search;
    window.dash_clientside.set_props("url", { search });
  }
  function later(event, pause) {
    if (!event.target.id || nameOf(event.target) === undefined) return;
    clearTimeout(waiting);
    waiting = setTimeout(write, pause);
  }
  document.addEventListener("input", (event) => later(event, PAUSE_MS));
  document.addEventListener("change", (event) => later(event, 0));

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.desk = {
    follow: function (search) {
      if (search !== written) {
        written = search;
        const params = new URLSearchParams(search || "");
        fields().forEach((field) => {
          const name = nameOf(field), text = params.get(name) || "";
          const value = field.type === "checkbox" ? (text || usual(field)) === "yes" : shown(field, text) || usual(field);
          if (field.type === "checkbox" ? field.checked !== value : field.value !== value) window.dash_clientside.set_props(idOf(field), { value });
        });
      }
      document.querySelectorAll("[data-keeps-search]").forEach((link) => {
        link.setAttribute("data-search", search || "");
      });
      return window.dash_clientside.no_update;
    },
    // What the fields say of themselves comes as one value: Dash would redraw the page for each field.
    say: function (told) {
      fields().forEach((field) => {
        const said = told && told[nameOf(field)];
        if (!said) return;
        const [placeholder, hint, state] = said, row = rowOf(field), line = row.querySelector(".hi-field__hint");
        if (field.placeholder !== undefined && field.placeholder !== placeholder) field.placeholder = placeholder;
        if (line && line.textContent !== hint) line.textContent = hint;
        ["is-out", "is-refused"].forEach((name) => row.classList.toggle(name, state.split(" ").includes(name)));
      });
      return window.dash_clientside.no_update;
    },
  };

  // Links between the tabs of a desk carry the question along.
  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[data-keeps-search]");
    if (link && !event.ctrlKey && !event.metaKey && event.button === 0) {
      event.preventDefault();
      window.dash_clientside.set_props("url", { pathname: link.getAttribute("href"), search: window.location.search });
    }
    const formula = event.target.closest('a[href^="#formula-"]');
    const box = formula && document.querySelector(formula.getAttribute("href") + " details");
    if (box) {
      event.preventDefault();
      box.open = true;
      box.scrollIntoView({ block: "center" });
      box.querySelector("summary").focus();
    }
  });

  // On a phone the answer comes first: the controls begin folded.
  new MutationObserver(function () {
    document.querySelectorAll("datalist[data-offers]").forEach(function (list) {
      if (list.dataset.offered === list.dataset.offers) return;
      list.dataset.offered = list.dataset.offers;
      list.replaceChildren(...JSON.parse(list.dataset.offers).map(function (name) {
        const option = document.createElement("option");
        option.value = name;
        return option;
      }));
    });
    const box = document.querySelector(".hi-desk__box:not([data-seen])");
    if (box) {
      box.setAttribute("data-seen", "yes");
      if (window.matchMedia("(max-width: 900px)").matches) box.removeAttribute("open");
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
