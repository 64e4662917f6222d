// Drawing on the analytics chart. What somebody draws stays in his browser; the server knows nothing of it.
(function () {
  "use strict";
  const KEY = "hi-drawings";
  const plot = () => document.querySelector("[data-chart='analytics'] .js-plotly-plot");
  const ours = (shape) => shape.name === "hi";

  function kept() {
    try {
      return JSON.parse(window.localStorage.getItem(KEY) || "[]");
    } catch (_error) {
      return [];
    }
  }
  function keep(shapes) {
    try {
      window.localStorage.setItem(KEY, JSON.stringify(shapes.slice(-200)));
    } catch (_error) {
      /* A full or forbidden store: the drawing lasts as long as the page. */
    }
  }
  function watch(gd) {
    if (gd.hiDrawing || !gd.on) return;
    gd.hiDrawing = true;
    gd.on("plotly_relayout", function (change) {
      if (change && "shapes" in change && !gd.hiRestoring) keep((gd.layout.shapes || []).filter((shape) => !ours(shape)));
    });
    gd.on("plotly_afterplot", function () {
      const drawings = kept(), there = (gd.layout.shapes || []).filter((shape) => !ours(shape));
      if (gd.hiRestoring || !drawings.length || there.length >= drawings.length || !(gd.data || []).length) return;
      gd.hiRestoring = true;
      window.Plotly.relayout(gd, { shapes: (gd.layout.shapes || []).filter(ours).concat(drawings) }).then(function () {
        gd.hiRestoring = false;
      });
    });
  }
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button[data-draw]"), gd = plot();
    if (!button || !gd || !window.Plotly) return;
    const tool = button.dataset.draw;
    if (tool === "clear") {
      keep([]);
      window.Plotly.relayout(gd, { shapes: (gd.layout.shapes || []).filter(ours) });
      return;
    }
    document.querySelectorAll("button[data-draw]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    window.Plotly.relayout(gd, { dragmode: tool, newshape: { line: { color: "#facc15", width: 2 }, fillcolor: "rgba(250,204,21,0.12)" } });
  });
  new MutationObserver(function () {
    const gd = plot();
    if (gd) watch(gd);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
