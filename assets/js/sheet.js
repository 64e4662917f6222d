// Tables of many rows: the cells of dashboard/components/sheet.py, each [text, where it leads, what it sends, tone, why].
(function () {
  "use strict";
  const h = (...parts) => window.React.createElement(...parts);
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const NOTHING = ["", "", "", "", ""];
  const said = (params) => (params.data && params.data.said[params.colDef.field]) || NOTHING;

  cells.HiSheetCell = (params) => {
    const [text, href, sends] = said(params);
    if (sends) return h("button", { type: "button", className: "hi-link", tabIndex: -1, onClick: () => params.setData(sends) }, text);
    if (!href) return text;
    const open = (event) => {
      if (event.ctrlKey || event.metaKey || event.button) return;
      event.preventDefault();
      const [pathname, search] = href.split("?");
      window.dash_clientside.set_props("url", { pathname, search: search ? "?" + search : "" });
    };
    return h("a", { href, className: "hi-sheet__link", tabIndex: -1, onClick: open }, text);
  };
  functions.hiSheetSaid = (params) => said(params)[0];
  functions.hiSheetClass = (params) => said(params)[3];
  functions.hiSheetNumber = (params) => ("hi-num " + said(params)[3]).trim();
  functions.hiSheetWhy = (params) => said(params)[4] || null;
  functions.hiSheetKeyed = (params) => {
    const inside = params.event.key === "Enter" && params.event.target.querySelector("a, button");
    if (inside) inside.click();
  };

  // A search field above a table narrows it as one types, and says how many rows are left.
  async function search(text, id, told) {
    const api = await window.dash_ag_grid.getApiAsync(id);
    api.setGridOption("quickFilterText", text || "");
    const line = document.getElementById(told);
    if (line) line.textContent = line.dataset.words.replace("{shown}", api.getDisplayedRowCount());
    return window.dash_clientside.no_update;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { sheet: { search } });
})();
