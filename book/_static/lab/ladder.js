// The builder of convolution ladders (lesson 16): sides, the patch that one score sees, and what a stride leaves uneven.
(function () {
  "use strict";

  const L = window.ganlabLab;
  const M = window.ganlabMaths;

  const DOUBLE = { k: 4, s: 2, p: 1 };
  const LADDERS = [
    ["the fourth document's D", false, 16, [DOUBLE, DOUBLE, { k: 4, s: 1, p: 0 }]],
    ["the fourth document's G", true, 1, [{ k: 4, s: 1, p: 0 }, DOUBLE, DOUBLE]],
    ["28 pixels down", false, 28, [DOUBLE, DOUBLE, { k: 7, s: 1, p: 0 }]],
    ["7 pixels up, unevenly", true, 7, [{ k: 3, s: 2, p: 1 }, { k: 3, s: 2, p: 1 }]],
    ["64 pixels down", false, 64, [DOUBLE, DOUBLE, DOUBLE, DOUBLE, { k: 4, s: 1, p: 0 }]],
  ];
  const MOST = 5;

  L.register("ladder", (host) => {
    const view = L.frame(host, "Build a ladder of convolutions");
    let [, up, start, layers] = LADDERS[0];
    layers = layers.map((layer) => ({ ...layer }));
    let at = 0;

    const axes = {
      label: "A square for each map, to scale, from the first layer's input to the last layer's output",
      x: [0, 1], y: [0, 1], xlabel: "pixels", ylabel: "pixels", ratio: 0.45,
    };
    const square = (x, y, side) => [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]];
    const graph = L.plot(axes, (g) => {
      const sides = M.ladder(start, layers, up);
      const [from, whole] = up ? [sides.length - 1, sides.at(-1)] : [0, sides[0]];
      const patch = Math.min(M.receptiveField(layers, up), whole);
      let x = gap(sides);
      sides.forEach((side, i) => {
        g.path(square(x, 0, side), i === at + 1 ? "lab-fake lab-dotted" : "lab-ink");
        if (i === from) g.path(square(x + (side - patch) / 2, (side - patch) / 2, patch), "lab-green lab-dashed");
        x += side + gap(sides);
      });
    });
    const gap = (sides) => Math.max(1, 0.12 * Math.max(...sides));

    view.plots.append(graph.node);
    view.plots.classList.add("lab-column");
    view.explain([
      ["a map, drawn to scale", "lab-ink"], ["made by the chosen layer", "lab-fake lab-dotted"],
      ["pixels of the image that belong to one pixel at the other end", "lab-green lab-dashed"],
    ]);

    const way = L.choice({
      label: "direction", options: [["down", "down: convolutions, as in D"], ["up", "up: transposed, as in G"]], value: "down",
      change: (key) => {
        up = key === "up";
        redraw();
      },
    });
    const first = L.slider({
      label: "first side", min: 1, max: 64, step: 1, value: start, format: String,
      change: () => {
        start = first.value;
        redraw();
      },
    });
    const count = L.slider({
      label: "layers", min: 1, max: MOST, step: 1, value: layers.length, format: String,
      change: () => {
        while (layers.length < count.value) layers.push({ ...DOUBLE });
        layers.length = count.value;
        choose(Math.min(at, layers.length - 1));
      },
    });
    const which = L.slider({ label: "change layer", min: 1, max: MOST, step: 1, value: 1, format: String, change: () => choose(which.value - 1) });
    const part = (label, key, min, max) => {
      const control = L.slider({
        label, min, max, step: 1, value: layers[0][key], format: String,
        change: () => {
          layers[at][key] = control.value;
          redraw();
        },
      });
      return [key, control];
    };
    const parts = [part("kernel k", "k", 1, 7), part("stride s", "s", 1, 4), part("padding p", "p", 0, 3)];
    const buttons = L.el(
      "div", { class: "lab-buttons lab-wide" },
      ...LADDERS.map(([name, ...ladder]) => L.button(name, () => take(...ladder))),
    );
    view.controls.append(way.node, first.node, count.node, which.node, ...parts.map(([, control]) => control.node), buttons);

    function take(direction, side, given) {
      [up, start, layers] = [direction, side, given.map((layer) => ({ ...layer }))];
      way.input.value = up ? "up" : "down";
      first.place(start);
      count.place(layers.length);
      choose(0);
    }
    function choose(index) {
      at = Math.min(index, layers.length - 1);
      which.input.max = layers.length;
      which.place(at + 1);
      for (const [key, control] of parts) control.place(layers[at][key]);
      redraw();
    }
    function remark(sides) {
      if (sides.length <= layers.length) return `Layer ${sides.length} makes nothing of ${sides.at(-1)} pixels: ${up ? "padding cuts all of it away" : "its kernel does not fit"}. `;
      if (up) {
        const uneven = layers.findIndex(({ k, s }) => k % s);
        return uneven < 0
          ? "Each stride divides its kernel: every pixel inside lies under equally many copies. "
          : `Layer ${uneven + 1}: stride ${layers[uneven].s} does not divide kernel ${layers[uneven].k}, so some pixels lie under more copies than others. `;
      }
      const lost = layers.map(({ k, s, p }, i) => (sides[i] + 2 * p - k) % s);
      const where = lost.findIndex((left) => left > 0);
      return where < 0 ? "No pixel is left over. " : `Layer ${where + 1} leaves ${lost[where]} over at the edge. `;
    }
    function redraw() {
      const sides = M.ladder(start, layers, up);
      const field = M.receptiveField(layers, up);
      const width = sides.reduce((sum, side) => sum + side + gap(sides), gap(sides));
      axes.x = [0, width];
      axes.y = [0, Math.max(1.1 * Math.max(...sides), 0.4 * width)];
      graph.draw();
      view.show([["sides", sides.join(" → ")], [up ? "one input pixel paints" : "one output pixel sees", `${field} × ${field}`]]);
      view.says.textContent =
        remark(sides) +
        (sides.length <= layers.length ? "" : up
          ? `From ${sides[0]} to ${sides.at(-1)} pixels.`
          : sides.at(-1) === 1 ? "One score for the whole image." : `${sides.at(-1)} × ${sides.at(-1)} outputs for one image.`);
    }
    choose(0);
  });
})();
