// What the page's widgets share: elements, controls with names and values that are read aloud, and plots in SVG that
// are drawn in the pixels they have, so that letters stay readable on a phone. Classic scripts: they work from a file.
(function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const builders = new Map();
  const LEAST = 170;
  let ids = 0;

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  }
  const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  /** A number for the page: a true minus sign, no "-0". */
  function number(value, digits = 2) {
    const text = value.toFixed(digits);
    return /^-0\.?0*$/.test(text) ? text.slice(1) : text.replace("-", "\u2212");
  }

  /** A range input with its name and its value. `scale` turns the input's position into the value. */
  function slider({ label, min, max, step, value, scale = (x) => x, format = (x) => number(x, 1), change }) {
    const id = `lab-${++ids}`;
    const input = el("input", { type: "range", id, min, max, step, value });
    const shown = el("output", { for: id });
    const control = {
      node: el("div", { class: "lab-slider" }, el("label", { for: id }, label), input, shown),
      input,
      get value() {
        return scale(Number(input.value));
      },
      /** Move to a position (not a value) and say so, without calling `change`. */
      place(position) {
        input.value = position;
        say();
      },
    };
    function say() {
      shown.textContent = format(control.value);
      input.setAttribute("aria-valuetext", `${format(control.value)}`);
    }
    input.addEventListener("input", () => {
      say();
      change();
    });
    say();
    return control;
  }

  function choice({ label, options, value, change }) {
    const id = `lab-${++ids}`;
    const input = el("select", { id }, ...options.map(([key, text]) => el("option", { value: key }, text)));
    input.value = value;
    input.addEventListener("change", () => change(input.value));
    return { node: el("div", { class: "lab-choice" }, el("label", { for: id }, label), input), input };
  }

  function check({ label, checked, change }) {
    const input = el("input", { type: "checkbox" });
    input.checked = checked;
    input.addEventListener("change", () => change(input.checked));
    return { node: el("label", { class: "lab-check" }, input, ` ${label}`), input };
  }

  const button = (label, press, attributes = {}) =>
    el("button", { type: "button", class: "lab-button", onclick: press, ...attributes }, label);

  /** A mark around (x, y): circle, cross, triangle, square or star. */
  function shape(x, y, mark, kind, size) {
    const r = size / 2;
    const paths = {
      cross: `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`,
      triangle: `M${x} ${y - r}L${x + r} ${y + r}L${x - r} ${y + r}Z`,
      square: `M${x - r} ${y - r}h${size}v${size}h${-size}Z`,
      star: `M${x} ${y - r}V${y + r}M${x - r} ${y}H${x + r}M${x - r * 0.7} ${y - r * 0.7}L${x + r * 0.7} ${y + r * 0.7}M${x - r * 0.7} ${y + r * 0.7}L${x + r * 0.7} ${y - r * 0.7}`,
    };
    if (mark === "circle") return svg("circle", { cx: x, cy: y, r, class: `lab-dot ${kind}` });
    return svg("path", { d: paths[mark], class: `${mark === "cross" || mark === "star" ? "lab-stroke" : "lab-dot"} ${kind}` });
  }

  /** Round numbers between low and high, about `count` of them. */
  function ticks(low, high, count) {
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) found.push(k * step);
    return { places: found, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }

  /**
   * A plot in SVG. spec: { label, x: [low, high], y: [low, high], xlabel, ylabel, ratio, logY, rows: [[y, name]] };
   * ratio is height / width, `square` makes a plot as high as wide, and no other is lower than LEAST pixels.
   * `paint(g)` draws with g.path, g.dots, g.arrow in the units of the axes.
   */
  function plot(spec, paint) {
    const node = el("div", { class: "lab-plot" });
    const picture = svg("svg", { role: "img", "aria-label": spec.label });
    node.append(picture);
    let overlay = null;

    function size() {
      const width = Math.max(220, node.clientWidth || 480);
      return [width, spec.square ? width : Math.max(LEAST, Math.round(spec.ratio * width))];
    }
    const box = { left: spec.rows ? 78 : 46, right: 10, top: 10, bottom: 38 };

    function draw() {
      const [width, height] = size();
      const log = (v) => Math.log10(v);
      const low = spec.logY ? log(spec.y[0]) : spec.y[0];
      const high = spec.logY ? log(spec.y[1]) : spec.y[1];
      const X = (v) => box.left + ((v - spec.x[0]) / (spec.x[1] - spec.x[0])) * (width - box.left - box.right);
      const Y = (v) =>
        height - box.bottom - (((spec.logY ? log(v) : v) - low) / (high - low)) * (height - box.top - box.bottom);
      picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
      picture.setAttribute("height", height);
      picture.replaceChildren();
      const clip = `lab-clip-${++ids}`;
      const area = { x: box.left, y: box.top, width: width - box.left - box.right, height: height - box.top - box.bottom };
      const inside = svg("g", { "clip-path": `url(#${clip})` });
      picture.append(svg("clipPath", { id: clip }, svg("rect", area)));
      const grid = (x1, y1, x2, y2) => picture.append(svg("line", { class: "lab-grid", x1, y1, x2, y2 }));
      const word = (x, y, text, anchor, extra = {}) =>
        picture.append(svg("text", { x, y, "text-anchor": anchor, ...extra }, text));
      const right = width - box.right;
      const bottom = height - box.bottom;
      const across = ticks(...spec.x, width / 90);
      for (const v of across.places) {
        grid(X(v), box.top, X(v), bottom);
        word(X(v), bottom + 16, number(v, across.digits), "middle");
      }
      if (spec.rows) {
        for (const [v, name] of spec.rows) word(box.left - 8, Y(v) + 4, name, "end");
      } else if (spec.logY) {
        for (let k = Math.ceil(low); k <= high; k++) {
          grid(box.left, Y(10 ** k), right, Y(10 ** k));
          word(box.left - 6, Y(10 ** k) + 4, number(10 ** k, Math.max(0, -k)), "end");
        }
      } else {
        const down = ticks(...spec.y, (height - 48) / 50);
        for (const v of down.places) {
          grid(box.left, Y(v), right, Y(v));
          word(box.left - 6, Y(v) + 4, number(v, down.digits), "end");
        }
      }
      grid(box.left, bottom, right, bottom);
      grid(box.left, box.top, box.left, bottom);
      word((box.left + right) / 2, height - 4, spec.xlabel, "middle");
      if (spec.ylabel) {
        const y = (box.top + bottom) / 2;
        word(12, y, spec.ylabel, "middle", { transform: `rotate(-90 12 ${y})` });
      }
      picture.append(inside);
      const put = (made) => (inside.append(made), made);
      const line = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`).join("");
      const g = {
        X, Y, area, put,
        path: (points, kind) => put(svg("path", { class: `lab-line ${kind}`, d: line(points) })),
        /** Points as marks, `size` pixels across. */
        dots: (points, mark, kind, size = 9) => points.forEach(([x, y]) => put(shape(X(x), Y(y), mark, kind, size))),
        /** An arrow from (x, y) along (dx, dy). */
        arrow(x, y, dx, dy, kind) {
          const [x1, y1, x2, y2] = [X(x), Y(y), X(x + dx), Y(y + dy)];
          const turn = Math.atan2(y2 - y1, x2 - x1);
          const side = (angle) => `L${x2 - 5 * Math.cos(turn + angle)} ${y2 - 5 * Math.sin(turn + angle)}`;
          put(svg("path", { class: `lab-line ${kind}`, d: `M${x1} ${y1}L${x2} ${y2}${side(0.5)}M${x2} ${y2}${side(-0.5)}` }));
        },
      };
      paint(g);
      if (overlay) picture.append(overlay(X, Y));
    }

    let seen = 0;
    new ResizeObserver(() => {
      if (node.clientWidth && node.clientWidth !== seen) {
        seen = node.clientWidth;
        draw();
      }
    }).observe(node);
    return {
      node, draw, picture,
      /** Called after each drawing with (X, Y); what it returns lies on top. */
      set overlay(make) {
        overlay = make;
      },
      /** The value under a pointer event: [x, y]. */
      at(event) {
        const bounds = picture.getBoundingClientRect();
        const [width, height] = size();
        const x = (event.clientX - bounds.left - box.left) / (width - box.left - box.right);
        const y = (event.clientY - bounds.top - box.top) / (height - box.top - box.bottom);
        return [spec.x[0] + x * (spec.x[1] - spec.x[0]), spec.y[1] - y * (spec.y[1] - spec.y[0])];
      },
    };
  }

  /** Let a pointer drag a node: `move([x, y])` is called with values of the plot. */
  function draggable(node, where, move) {
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      node.focus?.();
      const follow = (moved) => move(where.at(moved));
      const stop = () => {
        window.removeEventListener("pointermove", follow);
        window.removeEventListener("pointerup", stop);
        window.removeEventListener("pointercancel", stop);
      };
      window.addEventListener("pointermove", follow);
      window.addEventListener("pointerup", stop);
      window.addEventListener("pointercancel", stop);
    });
  }

  /** The frame of a widget: title, plots, controls, numbers, and a sentence that is read aloud when it changes. */
  function frame(host, title) {
    const parts = {
      plots: el("div", { class: "lab-plots" }),
      key: el("ul", { class: "lab-key" }),
      controls: el("div", { class: "lab-controls" }),
      numbers: el("p", { class: "lab-numbers" }),
      says: el("p", { class: "lab-says", role: "status" }),
    };
    host.replaceChildren(el("p", { class: "lab-title" }, title), ...Object.values(parts));
    host.setAttribute("role", "group");
    host.setAttribute("aria-label", title);
    return {
      ...parts,
      /** What the lines and marks are: [[words, classes of the line or null, mark or null], ...]. */
      explain(entries) {
        const sample = (line, mark, kind) =>
          svg(
            "svg", { width: 34, height: 14, "aria-hidden": true },
            ...(line ? [svg("path", { class: `lab-line ${line}`, d: "M1 7H33" })] : []),
            ...(mark ? [shape(17, 7, mark, kind ?? line, 10)] : []),
          );
        parts.key.replaceChildren(...entries.map(([words, line, mark, kind]) => el("li", {}, ...(line || mark ? [sample(line, mark, kind), " "] : []), words)));
      },
      /** Named numbers: [[name, text], ...]. */
      show: (pairs) =>
        parts.numbers.replaceChildren(...pairs.map(([name, text]) => el("span", {}, `${name} `, el("b", {}, text)))),
    };
  }

  function mount() {
    for (const host of document.querySelectorAll(".ganlab-lab:not([data-ready])")) {
      const build = builders.get(host.dataset.widget);
      if (!build) continue;
      host.dataset.ready = "yes";
      // The still figure of a notebook's cell makes room for the widget that shows the same.
      host.closest(".cell")?.querySelector(".cell_output")?.classList.add("lab-still");
      build(host);
    }
  }

  window.ganlabLab = {
    el, svg, number, slider, choice, check, button, plot, draggable, frame,
    register(name, build) {
      builders.set(name, build);
      if (document.readyState !== "loading") mount();
    },
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
})();
