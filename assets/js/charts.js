/* Charts: pictures and full screen by the browser, sparklines, and the corner menu's manners. Loaded by Dash from assets. */
(function () {
  "use strict";

  const PICTURE = { width: 1280, height: 640, scale: 2 };
  const SVG = "http://www.w3.org/2000/svg";

  function plotOf(panel) {
    return panel && panel.querySelector(".js-plotly-plot");
  }

  function fileName(panel) {
    const day = new Date().toISOString().slice(0, 10);
    return (panel.dataset.title || "chart").replace(/[\\/:*?"<>|]+/g, "-") + " " + day;
  }

  /* A picture leaves the page, and its numbers with it: that they are made up goes along. */
  function made() {
    const chip = document.getElementById("chip-simulated");
    return chip && !chip.classList.contains("hi-hidden") ? " (" + chip.textContent.trim() + ")" : "";
  }

  /* The panel shows the title as text, a picture alone would have none: it is drawn into a copy. */
  function downloadPicture(panel, format) {
    const plot = plotOf(panel);
    if (!plot || !window.Plotly) {
      return;
    }
    const layout = Object.assign({}, plot.layout, {
      title: { text: (panel.dataset.title || "") + made(), x: 0.02, xanchor: "left", font: { size: 20 } },
      margin: Object.assign({}, plot.layout.margin, { t: 72 }),
      autosize: false,
    });
    const options = Object.assign({ format: format, filename: fileName(panel) }, PICTURE);
    window.Plotly.downloadImage({ data: plot.data, layout: layout, config: { displaylogo: false } }, options);
  }

  function toggleFullScreen(panel) {
    if (document.fullscreenElement) {
      document.exitFullscreen();
    } else if (panel.requestFullscreen) {
      panel.requestFullscreen();
    }
  }

  function closeMenus(except) {
    document.querySelectorAll("details.hi-chart__menu[open]").forEach(function (menu) {
      if (menu !== except) {
        menu.removeAttribute("open");
      }
    });
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    const panel = event.target.closest(".hi-chart");
    const menu = event.target.closest("details.hi-chart__menu");
    if (button && panel && button.dataset.chartPicture) {
      downloadPicture(panel, button.dataset.chartPicture);
    }
    if (button && panel && button.dataset.chartFullScreen) {
      toggleFullScreen(panel);
    }
    closeMenus(button ? null : menu);
  });

  document.addEventListener("keydown", function (event) {
    const open = document.querySelector("details.hi-chart__menu[open]");
    if (event.key === "Escape" && open) {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
    }
  });

  document.addEventListener("fullscreenchange", function () {
    document.querySelectorAll(".hi-chart .js-plotly-plot").forEach(function (plot) {
      window.Plotly.Plots.resize(plot);
    });
  });

  /* Segments: the pressed button's value goes into the store beside it. */
  document.addEventListener("click", function (event) {
    const button = event.target.closest(".hi-segments button[data-value]");
    if (!button || button.getAttribute("aria-pressed") === "true") {
      return;
    }
    const group = button.closest(".hi-segments");
    group.querySelectorAll("button[data-value]").forEach(function (other) {
      other.setAttribute("aria-pressed", String(other === button));
    });
    window.dash_clientside.set_props(group.dataset.store, { data: button.dataset.value });
  });

  /* Copy buttons: data-copy names the element whose text is taken. */
  document.addEventListener("click", function (event) {
    const button = event.target.closest("button[data-copy]");
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) {
      return;
    }
    navigator.clipboard.writeText(source.textContent).then(function () {
      const word = button.textContent;
      button.textContent = button.dataset.copied || word;
      setTimeout(function () {
        button.textContent = word;
      }, 1500);
    });
  });

  function element(name, attributes) {
    const made = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) {
      made.setAttribute(key, attributes[key]);
    });
    return made;
  }

  /* data-values: numbers by comma, nothing between two commas where there is none. */
  function drawSpark(host) {
    const values = host.dataset.values.split(",").map(function (text) {
      return text === "" ? null : Number(text);
    });
    const known = values.filter(function (value) {
      return value !== null && isFinite(value);
    });
    host.replaceChildren();
    if (known.length < 2) {
      return;
    }
    const wide = 120, high = 28, least = Math.min.apply(null, known), most = Math.max.apply(null, known);
    /* A ripple of a tenth of a per cent must not look like a fall: the line's room is 4 % of the value or more. */
    const room = Math.max(most - least, Math.abs(most) * 0.04) || 1;
    const low = (least + most - room) / 2;
    let path = "";
    let pen = "M";
    values.forEach(function (value, place) {
      if (value === null) {
        pen = "M";
        return;
      }
      const x = (place / (values.length - 1)) * wide;
      const y = high - 2 - ((value - low) / room) * (high - 4);
      path += pen + x.toFixed(1) + " " + y.toFixed(1);
      pen = "L";
    });
    const svg = element("svg", { viewBox: "0 0 " + wide + " " + high, preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.appendChild(element("path", { d: path, class: "hi-spark__line", "vector-effect": "non-scaling-stroke" }));
    host.appendChild(svg);
  }

  function drawSparks(root) {
    root.querySelectorAll(".hi-spark[data-values]").forEach(function (host) {
      if (host.dataset.drawn !== host.dataset.values) {
        host.dataset.drawn = host.dataset.values;
        drawSpark(host);
      }
    });
  }

  let asked = false;
  new MutationObserver(function () {
    if (!asked) {
      asked = true;
      requestAnimationFrame(function () {
        asked = false;
        drawSparks(document);
      });
    }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-values"] });
})();
