// Six small widgets of part II: densities, slopes, divergences, lines, transport, eigenvalues. Their numbers come from maths.js.
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
          ? "They hardly overlap: little is left to change if q moves farther away."
          : found.jsd < 0.01
            ? "They are nearly one law: D* is about one half wherever there are points."
            : "Where they overlap D* has to hedge: it answers neither 0 nor 1.";
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

  // --- two real points, two fakes: is there a wall on the way out of collapse? ------------------------------------------
  L.register("walls", (host) => {
    const view = L.frame(host, "Out of collapse, step by step");
    const PLACES = [[0, "the first point"], [2, "elsewhere"], [1, "the second point"]];
    const WAY = [[0, 0], [0, 2], [0, 1]];
    const graph = L.plot(
      {
        label: "D's best loss, which G raises: both fakes at the first point, one of them elsewhere, one at each point; and yours",
        x: [-0.3, 3.3], y: [-0.05, 1.5], xlabel: "0 collapse, 1 one fake astray, 2 one at each point, 3 yours", ylabel: "D's best loss", ratio: 0.55,
      },
      (g) => {
        const now = M.bestLosses(fakes());
        for (const [loss, look, mark] of [["gan", "lab-real lab-dashed", "circle"], ["paired", "lab-fake", "triangle"]]) {
          const points = WAY.map((way, i) => [i, M.bestLosses(way)[loss]]);
          g.path(points, look);
          g.dots([...points, [3, now[loss]]], mark, look.split(" ")[0], 12);
        }
      },
    );
    const choices = [0, 1].map((i) =>
      L.choice({ label: `fake ${i + 1} at`, options: PLACES, value: 0, change: redraw }),
    );
    view.plots.append(graph.node);
    view.explain([["GAN", "lab-real lab-dashed", "circle"], ["paired", "lab-fake", "triangle"]]);
    view.controls.append(...choices.map((choice) => choice.node));
    function fakes() {
      return choices.map((choice) => Number(choice.input.value));
    }
    function redraw() {
      const now = M.bestLosses(fakes());
      const collapse = M.bestLosses([0, 0]);
      graph.draw();
      view.show([["GAN", number(now.gan, 3)], ["paired", number(now.paired, 3)]]);
      const way = (a, b) => (a < b - 1e-9 ? "lower" : a > b + 1e-9 ? "higher" : "the same");
      view.says.textContent =
        `Against collapse at the first point, D's best loss is ${way(now.gan, collapse.gan)} under the GAN's loss and ` +
        `${way(now.paired, collapse.paired)} under the paired one. G moves towards higher.`;
    }
    redraw();
  });

  // --- choose f: the bell that it likes, its critic, its conjugate ------------------------------------------------------
  const ZOO = [
    // name, words, T shown, f shown, t and f* shown
    ["kl", "KL(p‖q)", [-5, 5], [-0.5, 3], [-3, 2.5], [-0.5, 4]],
    ["reverse-kl", "reverse KL(q‖p)", [-6, 0.5], [-1.5, 3], [-5, -0.05], [-3, 2]],
    ["js", "Jensen–Shannon", [-3, 0.6], [-0.1, 0.5], [-2, 0.34], [-0.5, 1]],
    ["squared-hellinger", "squared Hellinger", [-5, 1.3], [-0.1, 1.2], [-4, 0.8], [-1, 3]],
    ["pearson", "Pearson", [-3, 6], [-0.5, 4], [-2, 4], [-1.5, 6]],
    ["total-variation", "total variation", [-0.7, 0.7], [-0.1, 1.2], [-0.5, 0.5], [-0.7, 0.7]],
  ];
  L.register("divergences", (host) => {
    const view = L.frame(host, "Choose f, and let a bell q fit two humps p");
    const start = [1.5, 1];
    const [span, place] = [[-8, 8], 3];
    let kind = ZOO[1];
    const rule = () => M.DIVERGENCES[kind[0]];
    const within = ([low, high], v) => M.clamp(v, low - 9 * (high - low), high + 9 * (high - low));
    const at = () => M.logRatio(look.value, place, mean.value, width.value);
    const laws = L.plot(
      { label: "The data p with two humps (solid) and the bell q (dashed)", x: span, y: [0, 0.5], xlabel: "x", ylabel: "density", ratio: 0.62 },
      (g) => {
        g.path(line(...span, 240, (x) => Math.exp(M.logHumps(x, place))), "lab-real");
        g.path(line(...span, 240, (x) => M.normal(x, mean.value, width.value)), "lab-fake lab-dashed");
        g.path([[look.value, 0], [look.value, 0.5]], "lab-ink lab-dotted");
      },
    );
    const critic = { label: "The best critic T* over x", x: span, y: [0, 1], xlabel: "x", ylabel: "T*(x)", ratio: 0.62 };
    const best = L.plot(critic, (g) => {
      g.path(line(...span, 320, (x) => within(critic.y, rule().best(M.logRatio(x, place, mean.value, width.value)))), "lab-ink");
      g.path([[look.value, critic.y[0]], [look.value, critic.y[1]]], "lab-ink lab-dotted");
      g.dots([[look.value, rule().best(at())]], "triangle", "lab-green", 12);
    });
    const convex = { label: "f over the ratio u, with its tangent", x: [0, 4], y: [0, 1], xlabel: "u = p/q", ylabel: "f(u)", ratio: 0.62 };
    const curve = L.plot(convex, (g) => {
      const [u, t] = [Math.exp(at()), rule().best(at())];
      const foot = -rule().atBest(at());
      g.path(line(0.0005, 4, 400, (v) => within(convex.y, rule().f(v))), "lab-ink");
      g.path([[0, within(convex.y, foot)], [4, within(convex.y, foot + 4 * t)]], "lab-green lab-dashed");
      g.dots([[u, rule().f(u)]], "triangle", "lab-green", 12);
      g.dots([[0, foot]], "square", "lab-green", 10);
    });
    const dual = { label: "The conjugate f* over t", x: [0, 1], y: [0, 1], xlabel: "t", ylabel: "f*(t)", ratio: 0.62 };
    const conjugate = L.plot(dual, (g) => {
      g.path(line(...dual.x, 300, (t) => within(dual.y, rule().conjugate(t))), "lab-ink");
      g.dots([[rule().best(at()), rule().atBest(at())]], "square", "lab-green", 10);
    });
    view.plots.append(laws.node, best.node, curve.node, conjugate.node);
    view.plots.classList.add("lab-pairs");
    view.explain([
      ["p, the data", "lab-real"], ["q, one bell: drag its top", "lab-fake lab-dashed"],
      ["at the dotted line: p/q and T*", null, "triangle", "lab-green"], ["tangent of f there, with slope T*", "lab-green lab-dashed"],
      ["where it starts: −f*(T*); right: f*(T*)", null, "square", "lab-green"],
    ]);
    const choice = L.choice({
      label: "f", options: ZOO.map(([key, words]) => [key, words]), value: kind[0],
      change: (key) => {
        kind = ZOO.find((each) => each[0] === key);
        redraw();
      },
    });
    const mean = L.slider({ label: "q: mean", min: -6, max: 6, step: 0.01, value: start[0], format: (x) => number(x, 2), change: redraw });
    const width = L.slider({ label: "q: width", min: 0.5, max: 6, step: 0.01, value: start[1], format: (x) => number(x, 2), change: redraw });
    const look = L.slider({ label: "look at x", min: -8, max: 8, step: 0.1, value: 3, change: redraw });
    let timer = 0;
    function go(path) {
      clearInterval(timer);
      const quick = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      const frames = quick ? [path.at(-1)] : path.filter((_, i) => i % Math.ceil(path.length / 25) === 0 || i === path.length - 1);
      const next = () => {
        const [m, s] = frames.shift();
        mean.place(m);
        width.place(s);
        redraw();
        if (!frames.length) clearInterval(timer);
      };
      timer = setInterval(next, 60);
      next();
    }
    const buttons = L.el(
      "div", { class: "lab-buttons lab-wide" },
      L.button("Downhill, to rest", () => go(M.bellDescent(kind[0], place, mean.value, width.value))),
      L.button("Start near a hump", () => go([start])),
      L.button("Start in the middle", () => go([[0.5, 2]])),
    );
    view.controls.append(choice.node, mean.node, width.node, look.node, buttons);
    laws.overlay = (X, Y) => {
      const handle = L.svg("rect", { x: X(mean.value) - 8, y: Y(Math.min(0.5, M.normal(0, 0, width.value))) - 8, width: 16, height: 16, class: "lab-handle lab-fake" });
      L.draggable(handle, laws, ([to, height]) => {
        clearInterval(timer);
        mean.place(M.clamp(to, -6, 6));
        width.place(M.clamp(1 / (M.clamp(height, 0.05, 1) * Math.sqrt(2 * Math.PI)), 0.5, 6));
        redraw();
      });
      return handle;
    };

    // Above 1e9 the sum grows with the part of the line that is looked at: infinite on the whole of it.
    const size = (value) => (Math.abs(value) < 1e4 ? number(value, 3) : Math.abs(value) < 1e9 ? value.toExponential(1).replace("+", "") : "beyond all bounds");
    function redraw() {
      [, , critic.y, convex.y, dual.x, dual.y] = kind;
      for (const each of [laws, best, curve, conjugate]) each.draw();
      const found = M.bellDivergence(kind[0], place, mean.value, width.value);
      view.show([
        ["divergence", size(found.value)], ["slope in the mean", size(found.mean)], ["slope in the width", size(found.std)],
        [`at x = ${number(look.value, 1)}: p/q`, size(Math.exp(at()))], ["T*", size(rule().best(at()))], ["f*(T*)", size(rule().atBest(at()))],
      ]);
      const rest = Math.hypot(found.mean, found.std * width.value) < 0.02;
      const where = width.value > 2 ? "q covers both humps and the gap between them" : Math.abs(Math.abs(mean.value) - place) < 0.5 ? "q sits on one hump and leaves the other out" : "q stands between the humps";
      const wishes = [Math.abs(found.mean) > 0.01 ? `the mean ${found.mean > 0 ? "down" : "up"}` : null, Math.abs(found.std) > 0.01 ? `the width ${found.std > 0 ? "down" : "up"}` : null];
      view.says.textContent =
        `${kind[1]}: q = N(${number(mean.value, 2)}, ${number(width.value, 2)}²) is ${size(found.value)} away from p; ${where}. ` +
        (rest ? "At rest: no slope is left." : `With the best critic held, G moves ${wishes.filter(Boolean).join(" and ")}.`);
    }
    redraw();
  });

  // --- two parallel lines ---------------------------------------------------------------------------------------------
  L.register("lines", (host) => {
    const view = L.frame(host, "Two lines that never meet");
    let weight = Infinity;
    const now = () => M.parallelLines(theta.value, weight);
    const lines = L.plot(
      { label: "The real line at 0 (solid), the generated line at theta (dashed), and the way that the critic shows", x: [-1.4, 1.4], y: [-0.15, 1.15], xlabel: "x₁", ylabel: "x₂", ratio: 0.7 },
      (g) => {
        const [t, slope] = [theta.value, now().slope];
        g.path([[0, 0], [0, 1]], "lab-real");
        g.path([[t, 0], [t, 1]], "lab-fake lab-dashed");
        if (t) for (const h of [0.15, 0.5, 0.85]) g.arrow(t, h, -Math.sign(t) * Math.min(1, 0.12 * slope), 0, "lab-ink");
      },
    );
    const table = L.plot(
      { label: "Distances over theta: W1 (solid), JSD (dashed), total variation (dotted)", x: [-1.1, 1.1], y: [0, 1.15], xlabel: "θ", ylabel: "distance", ratio: 0.7 },
      (g) => {
        const found = now();
        for (const [height, look] of [[Math.LN2, "lab-fake lab-dashed"], [1, "lab-ink lab-dotted"]]) {
          g.path([[-1.1, height], [-0.02, height]], look);
          g.path([[0.02, height], [1.1, height]], look);
        }
        g.path([[-1.1, 1.1], [0, 0], [1.1, 1.1]], "lab-real");
        g.dots([[theta.value, found.w1]], "circle", "lab-real", 11);
        g.dots([[theta.value, found.jsd]], "triangle", "lab-fake", 12);
        g.dots([[theta.value, found.tv]], "square", "lab-ink", 9);
      },
    );
    const score = { label: "The critic's score over x1, from the real line to the generated one", x: [-1.4, 1.4], y: [-1.6, 1.6], xlabel: "x₁", ylabel: "f(x₁)", ratio: 0.7 };
    const critic = L.plot(score, (g) => {
      const [t, slope] = [theta.value, now().slope];
      const f = (x) => -slope * Math.sign(t) * M.clamp(x, Math.min(0, t), Math.max(0, t));
      g.path([[-1.4, f(-1.4)], [Math.min(0, t), f(-1.4)], [Math.max(0, t), f(1.4)], [1.4, f(1.4)]], "lab-green");
      g.dots([[0, f(0)]], "circle", "lab-real", 11);
      g.dots([[t, f(t)]], "triangle", "lab-fake", 12);
    });
    view.plots.append(lines.node, table.node, critic.node);
    view.explain([
      ["real; W₁", "lab-real", "circle"], ["generated; JSD", "lab-fake lab-dashed", "triangle"], ["total variation", "lab-ink lab-dotted", "square"],
      ["the critic", "lab-green"], ["drag the dashed line", null, "square", "lab-hollow lab-fake"],
    ]);
    const theta = L.slider({ label: "θ", min: -1, max: 1, step: 0.05, value: 0.6, format: (x) => number(x, 2), change: redraw });
    const leash = L.choice({
      label: "leash of the critic", options: [["Infinity", "slope 1 at most"], ["10", "penalty, λ = 10"], ["1", "penalty, λ = 1"], ["0.1", "penalty, λ = 0.1"]], value: "Infinity",
      change: (key) => {
        weight = Number(key);
        redraw();
      },
    });
    view.controls.append(theta.node, leash.node);
    lines.overlay = (X, Y) => {
      const handle = L.svg("rect", { x: X(theta.value) - 8, y: Y(1) - 8, width: 16, height: 16, class: "lab-handle lab-fake" });
      L.draggable(handle, lines, ([to]) => {
        theta.place(M.clamp(to, -1, 1));
        redraw();
      });
      return handle;
    };
    function redraw() {
      const found = now();
      score.y = found.slope > 1.5 ? [-6.5, 6.5] : [-1.6, 1.6];
      for (const each of [lines, table, critic]) each.draw();
      view.show([
        ["KL", found.kl ? "∞" : "0"], ["JSD", number(found.jsd, 4)], ["TV", number(found.tv, 0)], ["W₁", number(found.w1, 3)],
        ["critic’s slope", number(found.slope, 3)], ["critic’s value", number(found.value, 3)],
      ]);
      view.says.textContent = found.kl
        ? `θ = ${number(theta.value, 2)}: KL, JSD and TV say only that the lines differ, at every θ the same. W₁ says how far: ${number(found.w1, 2)}. ` +
          `The critic’s value is ${number(found.value, 2)}${found.value > found.w1 + 1e-9 ? ", more than W₁: a penalty lets the slope exceed 1" : ""}.`
        : "θ = 0: the lines agree, and every distance is 0.";
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
    const around = { label: "The multipliers of one update and the unit circle", xlabel: "real part", ylabel: "imaginary part", square: true };
    const plane = L.plot(
      around,
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
      const half = Math.max(1.6, 1.2 * largest);
      around.x = around.y = [-half, half];
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
