// Four small widgets of part II: densities, slopes, transport, eigenvalues. Their numbers come from maths.js.
(function () {
  "use strict";
  const M = window.ganlabMaths;
  const L = window.ganlabLab;
  const { number } = L;
  const line = (low, high, n, f) => Array.from({ length: n + 1 }, (_, i) => low + ((high - low) * i) / n).map((x) => [x, f(x)]);

  // --- two densities, D*, and what the game is worth --------------------------------------------------------------
  L.register("densities", (host) => {
    const view = L.frame(host, "Two densities and the best discriminator");
    const span = [-7, 7];
    const top = 0.82;
    const above = L.plot(
      { label: "The densities p (solid) and q (dashed)", x: span, y: [0, top], xlabel: "x", ylabel: "density", ratio: 0.36 },
      (g) => {
        g.path(line(...span, 280, (x) => M.normal(x, mp.value, sp.value)), "lab-real");
        g.path(line(...span, 280, (x) => M.normal(x, mq.value, sq.value)), "lab-fake lab-dashed");
      },
    );
    const below = L.plot(
      { label: "The best discriminator D*", x: span, y: [0, 1], xlabel: "x", ylabel: "D*(x)", ratio: 0.26 },
      (g) => {
        g.path([[-7, 0.5], [7, 0.5]], "lab-ink lab-dotted");
        g.path(line(...span, 280, (x) => M.optimalD(x, mp.value, sp.value, mq.value, sq.value)), "lab-ink");
      },
    );
    const mean = { min: -4, max: 4, step: 0.1, change: redraw };
    const width = { min: 0.5, max: 3, step: 0.1, change: redraw };
    const mp = L.slider({ label: "p: mean", value: 0, ...mean });
    const sp = L.slider({ label: "p: width", value: 1, ...width });
    const mq = L.slider({ label: "q: mean", value: 2, ...mean });
    const sq = L.slider({ label: "q: width", value: 1, ...width });
    view.plots.append(above.node, below.node);
    view.plots.classList.add("lab-column");
    view.explain([["p, real", "lab-real"], ["q, generated", "lab-fake lab-dashed"], ["D* below", "lab-ink"], ["drag a bell by its top: place and width", null, "circle", "lab-hollow lab-real"]]);
    view.controls.append(mp.node, sp.node, mq.node, sq.node);

    above.overlay = (X, Y) =>
      L.svg("g", {}, ...[[mp, sp, "circle"], [mq, sq, "square"]].map(([m, s, mark]) => {
        const [x, y] = [X(m.value), Y(M.normal(0, 0, s.value))];
        const handle =
          mark === "circle"
            ? L.svg("circle", { cx: x, cy: y, r: 9, class: "lab-handle lab-real" })
            : L.svg("rect", { x: x - 8, y: y - 8, width: 16, height: 16, class: "lab-handle lab-fake" });
        L.draggable(handle, above, ([at, height]) => {
          m.place(M.clamp(at, -4, 4));
          s.place(M.clamp(1 / (M.clamp(height, 0.05, 1) * Math.sqrt(2 * Math.PI)), 0.5, 3));
          redraw();
        });
        return handle;
      }));

    function redraw() {
      const found = M.gameValue(mp.value, sp.value, mq.value, sq.value);
      above.draw();
      below.draw();
      view.show([["JSD", number(found.jsd, 4)], ["V(D*, G)", number(found.value, 4)], ["best accuracy", number(found.accuracy, 3)]]);
      const far =
        found.jsd > 0.6
          ? "They hardly overlap: moving q farther away changes next to nothing."
          : found.jsd < 0.01
            ? "They are nearly one law: D* is about one half wherever there are points."
            : "Where both are likely, D* stays between 0 and 1.";
      view.says.textContent =
        `p is N(${number(mp.value, 1)}, ${number(sp.value, 1)}\u00b2), q is N(${number(mq.value, 1)}, ${number(sq.value, 1)}\u00b2). ` +
        `The Jensen–Shannon divergence is ${number(found.jsd, 3)} of at most ${number(Math.log(2), 3)}. ${far}`;
    }
    redraw();
  });

  // --- saturating against non-saturating ----------------------------------------------------------------------------
  L.register("slopes", (host) => {
    const view = L.frame(host, "What the generator feels");
    const graph = L.plot(
      {
        label: "The size of dL_G/ds over D: saturating (dashed, circle) and non-saturating (solid, triangle)",
        x: [0, 1], y: [0.001, 1.2], logY: true, xlabel: "D of the fake", ylabel: "size of dL_G/ds", ratio: 0.55,
      },
      (g) => {
        const d = slider.value;
        g.path(line(0.001, 0.999, 300, (x) => x), "lab-real lab-dashed");
        g.path(line(0.001, 0.999, 300, (x) => 1 - x), "lab-fake");
        g.path([[d, 0.001], [d, 1.2]], "lab-ink lab-dotted");
        g.dots([[d, d]], "circle", "lab-real", 12);
        g.dots([[d, 1 - d]], "triangle", "lab-fake", 12);
      },
    );
    // Evenly in the score s, so that the ends can be reached: D = sigmoid(s).
    const slider = L.slider({
      label: "D of the fake", min: -6.9, max: 6.9, step: 0.1, value: -4.6, scale: M.sigmoid,
      format: (d) => number(d, 3), change: redraw,
    });
    view.plots.append(graph.node);
    view.explain([["saturating, log(1 − D)", "lab-real lab-dashed", "circle"], ["non-saturating, −log D", "lab-fake", "triangle"]]);
    view.controls.append(slider.node);
    function redraw() {
      const d = slider.value;
      const ratio = (1 - d) / d;
      graph.draw();
      view.show([["saturating", number(d, 3)], ["non-saturating", number(1 - d, 3)], ["ratio (1 − D)/D", ratio < 10 ? number(ratio, 3) : number(ratio, 0)]]);
      view.says.textContent =
        `At D = ${number(d, 3)} the saturating loss passes ${number(d, 3)} on to the score of the fake, the non-saturating one ${number(1 - d, 3)}. ` +
        (d < 0.1 ? "D rejects this fake: the saturating generator starves." : d > 0.9 ? "D accepts this fake: little is left to learn from it." : "");
    }
    redraw();
  });

  // --- transport of two point sets ------------------------------------------------------------------------------------
  L.register("transport", (host) => {
    const view = L.frame(host, "Moving one point set onto another");
    const real = [-2.4, -1.2, -0.3, 0.6, 1.5];
    const fake = [2.2, 0.4, 3.4, 1.2, 2.8];
    let inOrder = true;
    const pairs = () => (inOrder ? [M.sorted(real), M.sorted(fake)] : [real, fake]);
    const graph = L.plot(
      {
        label: "Real points above, generated points below, lines between partners", x: [-5, 5], y: [-0.35, 1.35],
        rows: [[1, "real"], [0, "generated"]], xlabel: "x", ratio: 0.36,
      },
      (g) => {
        const [x, y] = pairs();
        x.forEach((value, i) => g.path([[value, 1], [y[i], 0]], "lab-ink lab-thin"));
      },
    );
    graph.overlay = (X, Y) =>
      L.svg("g", {}, ...[[real, 1, "real"], [fake, 0, "generated"]].flatMap(([points, row, name]) =>
        points.map((value, i) => handle(points, i, name, X(value), Y(row)))));

    function handle(points, i, name, x, y) {
      const node = L.svg("g", {
        role: "slider", tabindex: 0, "aria-label": `${name} point ${i + 1}`, "aria-valuemin": -5, "aria-valuemax": 5,
        "aria-valuenow": points[i].toFixed(1), class: `lab-point ${name === "real" ? "lab-real" : "lab-fake"}`,
        "data-key": `${name}${i}`,
      });
      node.append(
        L.svg("circle", { cx: x, cy: y, r: 15, class: "lab-touch" }),
        name === "real"
          ? L.svg("circle", { cx: x, cy: y, r: 7, class: "lab-dot lab-real" })
          : L.svg("path", { d: `M${x - 7} ${y - 7}L${x + 7} ${y + 7}M${x - 7} ${y + 7}L${x + 7} ${y - 7}`, class: "lab-stroke lab-fake" }),
      );
      const move = (to) => {
        points[i] = M.clamp(Math.round(to * 10) / 10, -5, 5);
        redraw(`${name}${i}`);
      };
      L.draggable(node, graph, ([to]) => move(to));
      node.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -0.1, ArrowDown: -0.1, ArrowRight: 0.1, ArrowUp: 0.1, PageDown: -1, PageUp: 1 }[event.key];
        if (step === undefined && event.key !== "Home" && event.key !== "End") return;
        event.preventDefault();
        move(step === undefined ? (event.key === "Home" ? -5 : 5) : points[i] + step);
      });
      return node;
    }

    const shift = L.slider({ label: "shift generated", min: -4, max: 4, step: 0.1, value: 0, change: shifted });
    let before = 0;
    function shifted() {
      fake.forEach((value, i) => (fake[i] = M.clamp(Math.round((value + shift.value - before) * 10) / 10, -5, 5)));
      before = shift.value;
      redraw();
    }
    const order = L.check({
      label: "pair in order", checked: true,
      change: (on) => {
        inOrder = on;
        redraw();
      },
    });
    view.plots.append(graph.node);
    view.explain([["real", null, "circle", "lab-real"], ["generated", null, "cross", "lab-fake"], ["drag a point, or move it with the arrow keys", null, null]]);
    view.controls.append(shift.node, order.node);
    function redraw(focused) {
      graph.draw();
      if (focused) graph.picture.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
      const [cost, least] = [M.pairingCost(...pairs()), M.w1(real, fake)];
      view.show([["this pairing costs", number(cost, 3)], ["W₁", number(least, 3)]]);
      const more = cost - least;
      view.says.textContent =
        `Moving each generated point to its partner costs ${number(cost, 2)} on average` +
        (inOrder ? ": the pairing in order, the cheapest there is." : more > 1e-9 ? `, ${number(more, 2)} more than in order.` : ", as little as in order.");
    }
    // The plot itself holds controls, so it is no single picture.
    graph.picture.setAttribute("role", "group");
    redraw();
  });

  // --- the Dirac-GAN: path and multipliers ---------------------------------------------------------------------------
  L.register("eigenvalues", (host) => {
    const view = L.frame(host, "The Dirac-GAN under an update");
    const reach = 2.5;
    let method = "simultaneous";
    let losses = "minimax";
    let path = [];
    let factors = [];
    const portrait = L.plot(
      { label: "The path of the two players", x: [-reach, reach], y: [-reach, reach], xlabel: "generator θ", ylabel: "discriminator ψ", square: true },
      (g) => {
        for (let i = -4; i <= 4; i++) {
          for (let j = -4; j <= 4; j++) {
            const [x, y] = [(i * reach) / 4.5, (j * reach) / 4.5];
            const v = M.diracVelocity(x, y, gamma.value, losses);
            const size = Math.hypot(...v);
            if (size > 1e-9) {
              const [dx, dy] = v.map((each) => (each / size) * 0.3 * Math.min(1, size));
              g.arrow(x - dx / 2, y - dy / 2, dx, dy, "lab-field");
            }
          }
        }
        g.path(path, "lab-real lab-thin");
        g.dots(path.slice(0, 1), "square", "lab-ink", 9);
        g.dots(path.slice(-1), "triangle", "lab-real", 11);
        g.dots([[0, 0]], "star", "lab-ink", 14);
      },
    );
    const plane = L.plot(
      { label: "The multipliers of one update and the unit circle", x: [-1.6, 1.6], y: [-1.6, 1.6], xlabel: "real part", ylabel: "imaginary part", square: true },
      (g) => {
        g.path(Array.from({ length: 181 }, (_, i) => [Math.cos((i * Math.PI) / 90), Math.sin((i * Math.PI) / 90)]), "lab-ink lab-dashed");
        g.dots(factors, "triangle", "lab-fake", 13);
      },
    );
    const power = (value) => number(value, value < 1 ? 3 : 2);
    const h = L.slider({ label: "step size h", min: -2, max: 0.7, step: 0.05, value: -1, scale: (x) => 10 ** x, format: power, change: redraw });
    const gamma = L.slider({ label: "R1 weight γ", min: 0, max: 4, step: 0.05, value: 0, format: (x) => number(x, 2), change: redraw });
    const ratio = L.slider({ label: "ratio h_D/h_G", min: 0, max: 5, step: 1, value: 0, scale: (x) => 2 ** x, format: (x) => number(x, 0), change: redraw });
    const update = L.choice({
      label: "update", options: Object.keys(M.UPDATES).map((name) => [name, name]), value: method,
      change: (name) => {
        method = name;
        redraw();
      },
    });
    const loss = L.choice({
      label: "losses", options: ["minimax", "non-saturating"].map((name) => [name, name]), value: losses,
      change: (name) => {
        losses = name;
        redraw();
      },
    });
    view.plots.append(portrait.node, plane.node);
    view.explain([
      ["path of the players", "lab-real lab-thin"], ["start", null, "square", "lab-ink"], ["end", null, "triangle", "lab-real"],
      ["equilibrium", null, "star", "lab-ink"], ["multiplier: inside the circle it pulls in", null, "triangle", "lab-fake"],
    ]);
    view.controls.append(h.node, gamma.node, ratio.node, update.node, loss.node);
    function redraw() {
      path = M.diracPath([1, -1], h.value, gamma.value, ratio.value, method, 500, losses);
      factors = M.diracMultipliers(h.value, gamma.value, ratio.value, method);
      const largest = Math.max(...factors.map(M.modulus));
      const flow = M.diracEigenvalues(gamma.value);
      const radius = Math.hypot(...path.at(-1));
      const away = radius < 1e-3 || radius > 1e4 ? radius.toExponential(1) : number(radius, 3);
      portrait.draw();
      plane.draw();
      const shown = flow.map(([re, im]) => (Math.abs(im) < 1e-9 ? number(re, 3) : `${number(re, 3)} ${im < 0 ? "−" : "+"} ${number(Math.abs(im), 3)}i`));
      view.show([["largest multiplier", number(largest, 5)], ["eigenvalues of the flow", shown.join(", ")], [`distance after ${path.length - 1} steps`, away]]);
      const fate = largest < 1 - 1e-9 ? "this update pulls in" : largest < 1 + 1e-9 ? "this update turns for ever, to first order" : "this update drives out";
      view.says.textContent = `The largest multiplier has modulus ${number(largest, 5)}: near the equilibrium ${fate}; after ${path.length - 1} steps from (1, −1) the path is ${away} away from it.`;
    }
    redraw();
  });
})();
