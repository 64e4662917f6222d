/* The heat map of the farm page: one canvas, one cell a machine, arranged in racks. Called by the clientside callback of
   dashboard/callbacks/farm.py with the plan, the newest values and the chosen measure. */
(function () {
  "use strict";

  const ABSENT = 255, SLEEPING = 4, GAP = 1;
  const LEAST_WIDE = 28; // room for the name of a block of two machines
  const HIGHEST = 500, SMALLEST = 4, LARGEST = 16;
  /* Healthy is quiet, trouble is bright: the eye goes where it is needed. [value, red, green, blue] */
  const SCALES = {
    share: {
      stops: [[0, 248, 113, 113], [60, 251, 146, 60], [85, 251, 191, 36], [95, 62, 124, 120], [105, 45, 105, 112], [120, 96, 165, 250]],
      ticks: [0, 50, 85, 100, 120], low: 0, high: 120, unit: "%", factor: 0.5,
    },
    temp: {
      stops: [[20, 40, 74, 120], [55, 45, 105, 112], [70, 82, 130, 104], [80, 251, 191, 36], [88, 247, 147, 26], [95, 248, 113, 113]],
      ticks: [20, 40, 60, 80, 95], low: 20, high: 95, unit: "°C", factor: 1,
    },
  };
  const OFF_EDGE = "#6b7197", SLEEP_FILL = "#3d4468", GOLD = "#f7931a", LABEL = "#a0a4b8", STRONG = "#d7d9e4";
  const FONT = '11px Inter, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif';
  let map = null;

  function bytes(text, Kind) {
    const raw = atob(text || "");
    const made = new Uint8Array(raw.length);
    for (let place = 0; place < raw.length; place += 1) {
      made[place] = raw.charCodeAt(place);
    }
    return Kind ? new Kind(made.buffer) : made;
  }

  function color(measure, value) {
    const stops = SCALES[measure].stops;
    let right = 1;
    while (right < stops.length - 1 && value > stops[right][0]) {
      right += 1;
    }
    const from = stops[right - 1], to = stops[right];
    const part = Math.min(1, Math.max(0, (value - from[0]) / (to[0] - from[0])));
    const mixed = [1, 2, 3].map(function (channel) {
      return Math.round(from[channel] + part * (to[channel] - from[channel]));
    });
    return "rgb(" + mixed.join(",") + ")";
  }

  /* Racks that share what stands before the last hyphen stand together: C01-R01, C01-R02 ... are rows of block C01. */
  function blocksOf(plan) {
    const blocks = [];
    let start = 0;
    plan.sites.forEach(function (site) {
      let block = null;
      site.racks.forEach(function (rack) {
        const cut = rack[0].lastIndexOf("-");
        const name = cut > 0 ? rack[0].slice(0, cut) : rack[0];
        if (!block || block.name !== name || (cut <= 0 && block.rows.length >= 10)) {
          block = { site: site.name, code: site.code, name: name, rows: [], widest: 0 };
          blocks.push(block);
        }
        block.rows.push({ rack: rack[0], start: start, count: rack[1] });
        block.widest = Math.max(block.widest, rack[1]);
        start += rack[1];
      });
    });
    return blocks;
  }

  /* Place the blocks for a cell size; gives the height that they need. */
  function arrange(blocks, size, width) {
    const step = size + GAP, head = 14, title = 20;
    const widest = Math.max.apply(null, blocks.map(function (block) { return block.widest; }).concat(1)) * step;
    const least = Math.max(8, size * 1.5), across = Math.max(1, Math.floor((width + least) / (widest + least)));
    /* The room that is left over in a row goes between its blocks, so that the map ends where the panel ends. */
    const between = across > 1 ? Math.min((width - across * widest) / (across - 1), least * 3) : least;
    let x = 0, y = 0, high = 0, site = null;
    blocks.forEach(function (block) {
      const wide = Math.max(block.widest * step, LEAST_WIDE), tall = block.rows.length * step + head;
      if (block.site !== site) {
        y = site === null ? 0 : y + high + 10;
        block.titleY = y;
        y += title;
        x = 0;
        high = 0;
        site = block.site;
      } else {
        block.titleY = null;
        if (x + wide > width + 0.5 && x > 0) {
          x = 0;
          y += high + 8;
          high = 0;
        }
      }
      block.x = x;
      block.y = y;
      x += wide + between;
      high = Math.max(high, tall);
    });
    return y + high + 2;
  }

  function layOut(state, width) {
    let size = LARGEST;
    while (size > SMALLEST && arrange(state.blocks, size, width) > HIGHEST) {
      size -= 0.5;
    }
    state.size = size;
    state.height = arrange(state.blocks, size, width);
    state.width = width;
    state.place = [];
    state.blocks.forEach(function (block) {
      block.rows.forEach(function (row, number) {
        for (let cell = 0; cell < row.count; cell += 1) {
          state.place[row.start + cell] = {
            x: block.x + cell * (size + GAP), y: block.y + 14 + number * (size + GAP), rack: row.rack, site: block.site, block: block, row: number,
          };
        }
      });
    });
  }

  function valueOf(state, index) {
    const value = state.values[state.measure][index];
    return value === undefined || value === ABSENT ? null : value * SCALES[state.measure].factor;
  }

  function drawCell(state, pen, index) {
    const place = state.place[index], size = state.size, what = state.values.state[index];
    if (what === 2 || what === 3 || what === undefined) {
      pen.strokeStyle = OFF_EDGE;
      pen.lineWidth = 1;
      pen.strokeRect(place.x + 0.5, place.y + 0.5, size - 1, size - 1);
      return;
    }
    const value = valueOf(state, index);
    pen.fillStyle = what === SLEEPING || value === null ? SLEEP_FILL : color(state.measure, value);
    pen.fillRect(place.x, place.y, size, size);
  }

  function draw(state) {
    const ratio = window.devicePixelRatio || 1, canvas = state.canvas;
    canvas.width = Math.round(state.width * ratio);
    canvas.height = Math.round(state.height * ratio);
    canvas.style.width = state.width + "px";
    canvas.style.height = state.height + "px";
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = FONT;
    pen.textBaseline = "top";
    state.blocks.forEach(function (block) {
      if (block.titleY !== null && state.plan.sites.length > 1) {
        pen.fillStyle = STRONG;
        pen.fillText(block.site, 0, block.titleY + 2);
      }
      pen.fillStyle = LABEL;
      pen.fillText(block.name, block.x, block.y);
    });
    for (let index = 0; index < state.place.length; index += 1) {
      drawCell(state, pen, index);
    }
    if (state.chosen !== null && state.place[state.chosen]) {
      const place = state.place[state.chosen];
      pen.strokeStyle = GOLD;
      pen.lineWidth = 2;
      pen.strokeRect(place.x - 1, place.y - 1, state.size + 2, state.size + 2);
    }
  }

  function describe(state, index) {
    const words = state.words, what = state.values.state[index], place = state.place[index];
    const parts = [state.plan.names[index], place.site, words[6] + " " + place.rack + ", " + words[7] + " " + state.positions[index]];
    parts.push(words[what === undefined ? 3 : what]);
    const share = state.values.share[index], temp = state.values.temp[index];
    if (what === 0 || what === 1) {
      parts.push(share === ABSENT ? words[8] : Math.round(share * 0.5) + " % " + words[5]);
      if (temp !== ABSENT) {
        parts.push(temp + " °C");
      }
    }
    return parts.join(" · ");
  }

  function choose(state, index) {
    if (index === state.chosen) {
      return;
    }
    state.chosen = index;
    state.says.textContent = index === null ? "" : describe(state, index);
    draw(state);
  }

  function indexAt(state, event) {
    const box = state.canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top, step = state.size + GAP;
    for (const block of state.blocks) {
      const row = Math.floor((y - block.y - 14) / step), cell = Math.floor((x - block.x) / step);
      if (row >= 0 && row < block.rows.length && cell >= 0 && cell < block.rows[row].count) {
        return block.rows[row].start + cell;
      }
    }
    return null;
  }

  function open(state, index) {
    if (index !== null && state.ids[index] !== undefined) {
      const path = "/hosting/machine/" + state.ids[index];
      window.history.pushState({}, "", path);
      window.dispatchEvent(new PopStateEvent("popstate"));
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      window.scrollTo(0, 0);
    }
  }

  /* Left and right along the order of places, up and down to the nearest cell above or below. */
  function neighbour(state, key) {
    const now = state.chosen === null ? 0 : state.chosen, last = state.place.length - 1;
    if (state.chosen === null) {
      return 0;
    }
    const steps = { ArrowLeft: Math.max(0, now - 1), ArrowRight: Math.min(last, now + 1), Home: 0, End: last };
    if (key in steps) {
      return steps[key];
    }
    const from = state.place[now], down = key === "ArrowDown";
    let best = null, nearest = Infinity;
    state.place.forEach(function (place, index) {
      const rise = down ? place.y - from.y : from.y - place.y;
      const distance = rise > 1 ? rise * 1000 + Math.abs(place.x - from.x) : Infinity;
      if (distance < nearest) {
        nearest = distance;
        best = index;
      }
    });
    return best === null ? now : best;
  }

  function attach(host, says) {
    const canvas = document.createElement("canvas");
    canvas.className = "hi-heat__canvas";
    canvas.setAttribute("aria-hidden", "true");
    host.replaceChildren(canvas);
    const state = { host: host, says: says, canvas: canvas, chosen: null, words: (host.dataset.words || "").split("|") };
    canvas.addEventListener("pointermove", function (event) {
      choose(state, indexAt(state, event));
    });
    canvas.addEventListener("pointerleave", function () {
      choose(state, null);
    });
    canvas.addEventListener("click", function (event) {
      open(state, indexAt(state, event));
    });
    host.addEventListener("keydown", function (event) {
      if (event.key === "Enter") {
        open(state, state.chosen);
      } else if (/^(Arrow|Home|End)/.test(event.key)) {
        event.preventDefault();
        choose(state, neighbour(state, event.key));
      }
    });
    new ResizeObserver(function () {
      const width = host.clientWidth;
      if (state.plan && width > 0 && Math.abs(width - state.width) > 1) {
        layOut(state, width);
        draw(state);
      }
    }).observe(host);
    return state;
  }

  function drawLegend(legend, state) {
    const scale = SCALES[state.measure], words = state.words;
    const bar = document.createElement("canvas");
    bar.width = 160;
    bar.height = 8;
    bar.className = "hi-heat__scale";
    const pen = bar.getContext("2d");
    for (let x = 0; x < 160; x += 1) {
      pen.fillStyle = color(state.measure, scale.low + (x / 159) * (scale.high - scale.low));
      pen.fillRect(x, 0, 1, 8);
    }
    const item = function (className, word) {
      const made = document.createElement("span");
      made.className = "hi-heat__key " + className;
      made.textContent = word;
      return made;
    };
    legend.replaceChildren(
      item("", scale.low + " " + scale.unit), bar, item("", scale.high + " " + scale.unit),
      item("hi-heat__key--asleep", words[4]), item("hi-heat__key--off", words[2])
    );
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.heatmap = {
    draw: function (plan, values, measure) {
      const host = document.getElementById("farm-heat");
      if (!host || !plan || !values) {
        return window.dash_clientside.no_update;
      }
      if (!map || map.host !== host) {
        map = attach(host, document.getElementById("farm-heat-says"));
      }
      if (map.plan !== plan) {
        map.plan = plan;
        map.ids = bytes(plan.ids, Int32Array);
        map.positions = bytes(plan.positions, Uint16Array);
        map.blocks = blocksOf(plan);
        layOut(map, host.clientWidth);
      }
      map.words = (host.dataset.words || "").split("|");
      map.measure = measure;
      map.values = { state: bytes(values.state), share: bytes(values.share), temp: bytes(values.temp) };
      draw(map);
      if (map.chosen !== null) {
        map.says.textContent = describe(map, map.chosen);
      }
      drawLegend(document.getElementById("farm-heat-legend"), map);
      return window.dash_clientside.no_update;
    },
  };
})();
