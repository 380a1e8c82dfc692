// A conditional generator, asked (lesson 17): choose the class, and move one noise along two directions of style. The
// pictures are recorded (digits.js), with what was measured on them.
(function () {
  "use strict";
  const L = window.ganlabLab;
  const { number } = L;
  const CLASSES = 10;

  L.register("styles", (host) => {
    const D = window.ganlabDigits;
    const view = L.frame(host, "One noise, ten classes: choose a class and move the style");
    const rows = D.places.length ** 2;
    let chosen = 7;
    const big = L.el("div", { class: "lab-digit lab-digit-big", role: "img" });
    const buttons = Array.from({ length: CLASSES }, (_, y) =>
      L.el("button", { type: "button", class: "lab-digit", "aria-label": `ask for ${y}`, onclick: () => ask(y) }),
    );
    const every = L.el("div", { class: "lab-digits", role: "group", "aria-label": "the same noise under each class: choose one" }, ...buttons);
    view.plots.append(big, every);
    view.plots.classList.add("lab-asked");
    for (const each of [big, ...buttons]) {
      each.style.backgroundImage = `url("${D.sheet}")`;
      each.style.backgroundSize = `${CLASSES}00% ${rows}00%`;
    }
    const along = (label) =>
      L.slider({ label, min: 0, max: D.places.length - 1, step: 1, value: 3, scale: (i) => D.places[i], format: (at) => number(at, 0), change: redraw });
    const [lean, dark] = [along("slant"), along("ink")];
    view.controls.append(lean.node, dark.node);

    function ask(y) {
      chosen = y;
      redraw();
    }
    function show(node, y, row) {
      node.style.backgroundPosition = `${(100 * y) / (CLASSES - 1)}% ${(100 * row) / (rows - 1)}%`;
    }
    function redraw() {
      const row = Number(lean.input.value) * D.places.length + Number(dark.input.value);
      const read = (y) => D.read[row * CLASSES + y];
      buttons.forEach((each, y) => {
        show(each, y, row);
        each.setAttribute("aria-pressed", String(y === chosen));
      });
      show(big, chosen, row);
      const at = row * CLASSES + chosen;
      big.setAttribute("aria-label", `A generated digit: asked for ${chosen}, slant ${number(D.slant[at], 2)}, ink ${number(100 * D.ink[at], 1)} %`);
      view.show([["asked for", String(chosen)], ["the classifier reads", read(chosen)], ["slant", number(D.slant[at], 2)], ["ink", `${number(100 * D.ink[at], 1)} %`]]);
      const obeyed = buttons.filter((_, y) => read(y) === String(y)).length;
      view.says.textContent =
        `Coordinates of the noise: slant ${number(lean.value, 0)}, ink ${number(dark.value, 0)}, in standard deviations; the rest of it stays. ` +
        `Of the ten classes the classifier reads ${obeyed} as asked for.`;
    }
    redraw();
  });
})();
