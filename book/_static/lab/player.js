// A GAN in the plane, played from recorded weights and stepped by hand: both networks run here, in the page.
// A run is a script in frames/ (`ganlab experiment run plane-frames`), fetched by a script tag when it is first chosen,
// so that the page also works where it was opened as a file.
(function () {
  "use strict";
  const M = window.ganlabMaths;
  const L = window.ganlabLab;
  const { number } = L;
  const RUNS = new URL("frames/", document.currentScript.src);
  const NAMES = [
    ["minimax", "minimax (saturating)"],
    ["non-saturating", "non-saturating"],
    ["least-squares", "least squares"],
    ["wasserstein", "Wasserstein, gradient penalty"],
    ["relativistic", "relativistic, R1 + R2"],
  ];
  const LAYERS = [
    ["surface", "D's verdict"],
    ["manifold", "G of the latent grid"],
    ["real", "real points"],
    ["generated", "generated points"],
    ["gradients", "G's gradients"],
  ];
  const REACH = 1.75; // the window is [-REACH, REACH] on both axes
  const CELLS = 56; // of the surface, on each side
  const SHOWN = 128; // points of each kind
  const LONGEST = 0.16; // of the side: the arrow of a gradient that nine in ten of the recorded run fall short of
  const percent = (share) => `${number(100 * share, 0)} %`;
  const short = (value) => (value === 0 ? "0" : value < 0.01 ? value.toExponential(1) : number(value, value < 1 ? 3 : 2));
  const loaded = new Map();

  /** The run of a name, as a promise; each script is asked for once. */
  function load(name) {
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        const script = L.el("script", { src: new URL(`${name}.js`, RUNS).href });
        script.onload = () => resolve(prepare(window.ganlabRuns.find((run) => run.name === name)));
        script.onerror = () => reject(new Error(`the file frames/${name}.js is missing`));
        document.head.append(script);
      }));
    }
    return loaded.get(name);
  }

  /** Numbers from a run's text, the points that every frame shows, and the scale of its arrows. */
  function prepare(run) {
    const { objective, penalty, width } = run.config;
    const game = { objective, penalty, weight: run.weight, width };
    const sizeG = M.countWeights(M.G_SIZES(width));
    const size = sizeG + M.countWeights(M.D_SIZES(width));
    const numbers = M.halves(run.weights);
    const frames = run.steps.map((_, i) => {
      const all = numbers.slice(i * size, (i + 1) * size);
      return { G: all.slice(0, sizeG), D: all.slice(sizeG) };
    });
    const rng = M.random(1);
    const real = Array.from({ length: SHOWN }, () => draw(run, rng));
    const noise = Array.from({ length: SHOWN }, () => [rng.normal(), rng.normal()]);
    const made = { ...run, game, frames, real, noise };
    const lengths = frames.flatMap((weights) =>
      M.descent(game, weights.D, real, fakes(made, weights)).map((arrow) => Math.hypot(...arrow)));
    made.scale = Math.max(1e-9, M.sorted(lengths)[Math.floor(0.9 * lengths.length)]);
    return made;
  }

  const draw = (run, rng) => {
    const centre = run.centres[Math.floor(rng.uniform() * run.centres.length)];
    return centre.map((c) => c + run.std * rng.normal());
  };
  const fakes = (run, weights) => run.noise.map((z) => M.forward(M.G_SIZES(run.game.width), weights.G, z).at(-1));

  /** Everything that one picture shows. */
  function layersOf(run, weights) {
    const { game } = run;
    const score = (x) => M.forward(M.D_SIZES(game.width), weights.D, x).at(-1)[0];
    const fake = fakes(run, weights);
    const [scoresReal, scoresFake] = [run.real.map(score), fake.map(score)];
    const [meanReal, meanFake] = [M.mean(scoresReal), M.mean(scoresFake)];
    const verdict = (s) => M.verdict(game.objective, s, meanReal, meanFake);
    const at = (i) => -REACH + (2 * REACH * i) / (CELLS - 1);
    const surface = Array.from({ length: CELLS }, (_, j) =>
      Array.from({ length: CELLS }, (_unused, i) => verdict(score([at(i), at(j)]))));
    const { across, along } = run.lines;
    const image = (z) => M.forward(M.G_SIZES(game.width), weights.G, z).at(-1);
    const mesh = [
      ...across.map((a) => along.map((b) => image([a, b]))),
      ...across.map((a) => along.map((b) => image([b, a]))),
    ];
    const arrows = M.descent(game, weights.D, run.real, fake);
    const share = (scores) => M.mean(scores.map((s) => (verdict(s) > 0.5 ? 1 : 0)));
    const nearest = fake.map((x) => run.centres.map((c) => Math.hypot(x[0] - c[0], x[1] - c[1])));
    const near = nearest.map((d) => Math.min(...d) < 3 * run.std);
    const covered = new Set(nearest.filter((_, i) => near[i]).map((d) => d.indexOf(Math.min(...d))));
    return {
      fake, surface, mesh, arrows, at,
      acceptedReal: share(scoresReal),
      acceptedFake: share(scoresFake),
      near: M.mean(near.map(Number)),
      covered: covered.size,
      slope: M.mean(arrows.map((arrow) => Math.hypot(...arrow))),
    };
  }

  /** Line pieces where a table of values crosses a level (marching squares): [[x1, y1, x2, y2], ...]. */
  function contour(values, at, level) {
    const pieces = [];
    for (let j = 0; j + 1 < values.length; j++) {
      for (let i = 0; i + 1 < values[j].length; i++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const cuts = [];
        corners.forEach(([a, b], k) => {
          const [c, d] = corners[(k + 1) % 4];
          const [v, w] = [values[b][a] - level, values[d][c] - level];
          if (v < 0 === w < 0) return;
          const t = v / (v - w);
          cuts.push([at(a) + t * (at(c) - at(a)), at(b) + t * (at(d) - at(b))]);
        });
        for (let k = 0; k + 1 < cuts.length; k += 2) pieces.push([...cuts[k], ...cuts[k + 1]]);
      }
    }
    return pieces;
  }

  /** A colour of the style sheet as [red, green, blue]. */
  function colour(style, name) {
    const hex = style.getPropertyValue(name).trim().slice(1);
    return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  function paint(canvas, run, seen, on) {
    const side = canvas.clientWidth || 320;
    const dots = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(side * dots);
    const pen = canvas.getContext("2d");
    pen.scale(dots, dots);
    const style = getComputedStyle(canvas);
    const css = (name) => style.getPropertyValue(name).trim();
    const X = (x) => ((x + REACH) / (2 * REACH)) * side;
    const Y = (y) => ((REACH - y) / (2 * REACH)) * side;
    const stroke = (name, width, dash = []) => {
      pen.strokeStyle = css(name);
      pen.lineWidth = width;
      pen.setLineDash(dash);
    };
    pen.fillStyle = css("--lab-surface");
    pen.fillRect(0, 0, side, side);
    if (on.surface) surface();
    if (on.manifold) {
      stroke("--lab-green", 0.9);
      for (const line of seen.mesh) {
        pen.beginPath();
        line.forEach(([x, y], i) => (i ? pen.lineTo(X(x), Y(y)) : pen.moveTo(X(x), Y(y))));
        pen.stroke();
      }
    }
    if (on.real) {
      pen.fillStyle = css("--lab-real");
      for (const [x, y] of run.real) {
        pen.beginPath();
        pen.arc(X(x), Y(y), 2.6, 0, 2 * Math.PI);
        pen.fill();
      }
    }
    if (on.generated) {
      stroke("--lab-fake", 1.6);
      for (const [x, y] of seen.fake) {
        pen.beginPath();
        for (const s of [-1, 1]) {
          pen.moveTo(X(x) - 3.4, Y(y) - 3.4 * s);
          pen.lineTo(X(x) + 3.4, Y(y) + 3.4 * s);
        }
        pen.stroke();
      }
    }
    if (on.gradients) arrows();
    axes();

    function surface() {
      const [real, fake, paper] = ["--lab-tint-real", "--lab-tint-fake", "--lab-surface"].map((name) => colour(style, name));
      const small = L.el("canvas", { width: CELLS, height: CELLS });
      const image = new ImageData(CELLS, CELLS);
      seen.surface.forEach((row, j) => row.forEach((value, i) => {
        const [towards, t] = value > 0.5 ? [real, 2 * value - 1] : [fake, 1 - 2 * value];
        const place = 4 * ((CELLS - 1 - j) * CELLS + i);
        for (let k = 0; k < 3; k++) image.data[place + k] = paper[k] + t * (towards[k] - paper[k]);
        image.data[place + 3] = 255;
      }));
      small.getContext("2d").putImageData(image, 0, 0);
      pen.drawImage(small, 0.5, 0.5, CELLS - 1, CELLS - 1, 0, 0, side, side);
      for (const [level, width, dash] of [[0.1, 0.8, [2, 3]], [0.9, 0.8, [2, 3]], [0.5, 2.2, []]]) {
        stroke("--lab-ink", width, dash);
        pen.beginPath();
        for (const [x1, y1, x2, y2] of contour(seen.surface, seen.at, level)) {
          pen.moveTo(X(x1), Y(y1));
          pen.lineTo(X(x2), Y(y2));
        }
        pen.stroke();
      }
    }

    function arrows() {
      stroke("--lab-ink", 1.1);
      pen.beginPath();
      seen.arrows.forEach(([dx, dy], i) => {
        const size = Math.hypot(dx, dy);
        const length = LONGEST * side * Math.min(1.5, size / run.scale);
        if (length < 0.75) return;
        const [x, y] = [X(seen.fake[i][0]), Y(seen.fake[i][1])];
        const turn = Math.atan2(-dy, dx);
        const [tx, ty] = [x + length * Math.cos(turn), y + length * Math.sin(turn)];
        const head = Math.min(5, length);
        pen.moveTo(x, y);
        pen.lineTo(tx, ty);
        for (const angle of [0.5, -0.5]) {
          pen.moveTo(tx, ty);
          pen.lineTo(tx - head * Math.cos(turn + angle), ty - head * Math.sin(turn + angle));
        }
      });
      pen.stroke();
    }

    function axes() {
      stroke("--lab-border", 1);
      pen.strokeRect(0.5, 0.5, side - 1, side - 1);
      pen.fillStyle = css("--lab-ink");
      pen.font = "12px sans-serif";
      for (const v of [-1, 0, 1]) {
        pen.textAlign = "center";
        pen.fillText(number(v, 0), X(v), side - 6);
        pen.fillRect(X(v) - 0.5, side - 5, 1, 5);
        pen.textAlign = "left";
        pen.fillText(number(v, 0), 8, Y(v) + 4);
        pen.fillRect(0, Y(v) - 0.5, 5, 1);
      }
      pen.textAlign = "right";
      pen.fillText("x\u2081", side - 8, side - 8);
      pen.textAlign = "left";
      pen.fillText("x\u2082", 8, 16);
    }
  }

  L.register("plane", (host) => {
    const view = L.frame(host, "A GAN in the plane");
    const slow = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const on = Object.fromEntries(LAYERS.map(([name]) => [name, true]));
    let run = null;
    let seen = null;
    let hand = null; // weights, states of Adam and counts, once the reader has made a step
    let timer = null;

    const canvas = L.el("canvas", { class: "lab-canvas", role: "img", tabindex: 0 });
    const frame = L.slider({
      label: "frame", min: 0, max: 39, step: 1, value: 0,
      format: (i) => (run ? `step ${run.steps[i]}` : ""),
      change: () => show(frame.value),
    });
    const play = L.button("Play", () => (timer ? pause() : start()), { "aria-pressed": "false", class: "lab-button lab-play" });
    const turn = (by) => () => {
      pause();
      show(M.clamp(frame.value + by, 0, run.steps.length - 1));
    };
    const loss = L.choice({ label: "loss", options: NAMES, value: host.dataset.run || "non-saturating", change: open });
    const times = L.choice({ label: "updates a press", options: [[1, "1"], [10, "10"], [100, "100"]], value: 1, change() {} });
    const byHand = [["D only", "D"], ["G only", "G"], ["D, then G", "DG"]].map(([label, players]) =>
      L.button(label, () => step(players)));
    const back = L.button("Back to the recording", () => show(frame.value));
    const layers = LAYERS.map(([name, label]) =>
      L.check({
        label, checked: true,
        change: (checked) => {
          on[name] = checked;
          redraw();
        },
      }));

    view.plots.append(canvas);
    view.plots.classList.add("lab-column");
    view.explain([
      ["real", null, "circle", "lab-real"], ["generated", null, "cross", "lab-fake"], ["D's border", "lab-ink"],
      ["G of a grid of noise", "lab-green lab-thin"], ["arrows: where L_G falls"],
    ]);
    const group = (name, ...inside) => L.el("fieldset", { class: "lab-group" }, L.el("legend", {}, name), ...inside);
    view.controls.classList.add("lab-column");
    view.controls.append(
      loss.node,
      L.el("div", { class: "lab-buttons" }, L.button("First", () => turn(-Infinity)()), L.button("Previous", turn(-1)), play, L.button("Next", turn(1))),
      frame.node,
      group("By hand, from here", L.el("div", { class: "lab-buttons" }, ...byHand, times.node, back)),
      group("Layers", L.el("div", { class: "lab-buttons" }, ...layers.map((layer) => layer.node))),
    );

    canvas.addEventListener("keydown", (event) => {
      const key = event.key.toLowerCase();
      const action = {
        " ": () => play.click(), arrowleft: turn(-1), arrowright: turn(1), home: turn(-Infinity), end: turn(Infinity),
        d: () => step("D"), g: () => step("G"), b: () => step("DG"),
      }[key];
      if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      action();
    });

    function open(name) {
      pause();
      loss.input.disabled = true;
      load(name).then(
        (found) => {
          run = found;
          frame.input.max = run.steps.length - 1;
          show(M.clamp(frame.value, 0, run.steps.length - 1));
        },
        (reason) => (view.says.textContent = `This run cannot be shown: ${reason.message}.`),
      ).finally(() => (loss.input.disabled = false));
    }

    function start() {
      if (!run) return;
      play.textContent = "Pause";
      play.setAttribute("aria-pressed", "true");
      view.says.setAttribute("aria-live", "off");
      if (frame.value >= run.steps.length - 1) show(0);
      timer = setInterval(() => {
        if (frame.value >= run.steps.length - 1) pause();
        else show(frame.value + 1);
      }, slow ? 1500 : 350);
    }

    function pause() {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
      play.setAttribute("aria-pressed", "false");
      view.says.setAttribute("aria-live", "polite");
    }

    /** A frame of the recording; what was done by hand is dropped. */
    function show(index) {
      if (!run) return;
      hand = null;
      frame.place(index);
      look(run.frames[index]);
    }

    /** The players named, in order, as often as asked; Adam starts anew at the first step by hand. */
    function step(players) {
      if (!run) return;
      pause();
      if (!hand) {
        const weights = run.frames[frame.value];
        hand = {
          G: weights.G.slice(), D: weights.D.slice(), forG: M.fresh(weights.G.length), forD: M.fresh(weights.D.length),
          D_steps: 0, G_steps: 0, rng: M.random(1000 + frame.value), D_loss: null, G_loss: null,
        };
      }
      const { beta1, beta2, batch, lr_d, lr_g } = run.config;
      const many = (make) => Array.from({ length: batch }, make);
      for (let i = 0; i < Number(times.input.value); i++) {
        for (const player of players) {
          const real = many(() => draw(run, hand.rng));
          const noise = many(() => [hand.rng.normal(), hand.rng.normal()]);
          const found =
            player === "D"
              ? M.gradientD(run.game, hand.G, hand.D, real, noise, many(hand.rng.uniform))
              : M.gradientG(run.game, hand.G, hand.D, real, noise);
          M.adam(hand[player], found.grad, hand[`for${player}`], player === "D" ? lr_d : lr_g, beta1, beta2);
          hand[`${player}_steps`] += 1;
          hand[`${player}_loss`] = found.loss;
        }
      }
      look(hand);
    }

    function look(weights) {
      seen = layersOf(run, weights);
      const [lossD, lossG] = hand ? [hand.D_loss, hand.G_loss] : run.losses[frame.value];
      const said = (value) => (value === null ? "–" : number(value, 3));
      view.show([
        ["L_D", said(lossD)], ["L_G", said(lossG)], ["generated near a centre", percent(seen.near)],
        ["centres reached", `${seen.covered} of ${run.centres.length}`], ["mean gradient", short(seen.slope)],
      ]);
      const when = hand
        ? `${hand.D_steps} updates of D and ${hand.G_steps} of G by hand, after step ${run.steps[frame.value]}`
        : `Step ${run.steps[frame.value]} of the recorded run`;
      const text =
        `${when}, ${NAMES.find(([name]) => name === run.name)[1]}. D takes ${percent(seen.acceptedReal)} of the real and ` +
        `${percent(seen.acceptedFake)} of the generated points for real. ${percent(seen.near)} of the generated points lie near a ` +
        `centre of the ring, and ${seen.covered} of ${run.centres.length} centres are reached. G's gradient at them is ` +
        `${short(seen.slope)} long on average.`;
      view.says.textContent = text;
      canvas.setAttribute("aria-label", `${text} Keys: arrows, space, D, G, B.`);
      host.dataset.frame = run.steps[frame.value];
      back.disabled = !hand;
      redraw();
    }

    function redraw() {
      if (run && seen) paint(canvas, run, seen, on);
    }

    new ResizeObserver(redraw).observe(canvas);
    new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    open(loss.input.value);
  });
})();
