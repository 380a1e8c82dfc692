// A GAN in the plane, played from recorded weights and stepped by hand: both networks run here, in the page. A second
// loss can stand beside the first: the same frame, the same presses, two pictures.
// A run is a script in frames/ (`ganlab experiment run plane-frames`), fetched by a script tag when it is first chosen,
// so that the page also works where it was opened as a file.
(function () {
  "use strict";
  const M = window.ganlabMaths;
  const L = window.ganlabLab;
  const S = window.ganlabScene;
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
  const percent = (share) => `${number(100 * share, 0)} %`;
  const short = (value) => (value === 0 ? "0" : value < 0.01 ? value.toExponential(1) : number(value, value < 1 ? 3 : 2));
  const loaded = new Map();

  /** The run of a name, as a promise; each script is asked for once. */
  function load(name) {
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        const script = L.el("script", { src: new URL(`${name}.js`, RUNS).href });
        script.onload = () => resolve(S.prepare(window.ganlabRuns.find((run) => run.name === name)));
        script.onerror = () => reject(new Error(`the file frames/${name}.js is missing`));
        document.head.append(script);
      }));
    }
    return loaded.get(name);
  }

  /** One loss: its canvas, the run it shows, and what the reader's own steps have made of it. */
  function stage() {
    const canvas = L.el("canvas", { class: "lab-canvas", role: "img", tabindex: 0, "aria-label": "no loss chosen" });
    const title = L.el("p", { class: "lab-stage-title" });
    const numbers = L.el("p", { class: "lab-numbers" });
    return { canvas, title, numbers, node: L.el("div", {}, title, canvas, numbers), run: null, seen: null, hand: null };
  }

  L.register("plane", (host) => {
    const view = L.frame(host, "A GAN in the plane");
    const slow = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const on = Object.fromEntries(LAYERS.map(([name]) => [name, true]));
    const first = stage();
    const second = stage();
    let timer = null;
    const shown = () => [first, second].filter((each) => each.run);
    const frames = () => first.run?.steps.length ?? 1;

    const frame = L.slider({
      label: "frame", min: 0, max: 39, step: 1, value: 0,
      format: (i) => (first.run ? `step ${first.run.steps[i]}` : ""),
      change: () => show(frame.value),
    });
    const play = L.button("Play", () => (timer ? pause() : start()), { "aria-pressed": "false", class: "lab-button lab-play" });
    const turn = (by) => () => {
      pause();
      show(M.clamp(frame.value + by, 0, frames() - 1));
    };
    const loss = L.choice({ label: "loss", options: NAMES, value: host.dataset.run || "non-saturating", change: (name) => open(first, name) });
    const beside = L.choice({ label: "beside it", options: [["", "nothing"], ...NAMES], value: "", change: (name) => open(second, name) });
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

    view.plots.append(first.node, second.node);
    second.node.hidden = true;
    view.explain([
      ["real", null, "circle", "lab-real"], ["generated", null, "cross", "lab-fake"], ["D's border", "lab-ink"],
      ["G of a grid of noise", "lab-green lab-thin"], ["arrows: where L_G falls"],
    ]);
    const group = (name, ...inside) => L.el("fieldset", { class: "lab-group" }, L.el("legend", {}, name), ...inside);
    view.controls.classList.add("lab-column");
    view.controls.append(
      L.el("div", { class: "lab-buttons" }, loss.node, beside.node),
      L.el("div", { class: "lab-buttons" }, L.button("First", () => turn(-Infinity)()), L.button("Previous", turn(-1)), play, L.button("Next", turn(1))),
      frame.node,
      group("By hand, from here", L.el("div", { class: "lab-buttons" }, ...byHand, times.node, back)),
      group("Layers", L.el("div", { class: "lab-buttons" }, ...layers.map((layer) => layer.node))),
    );

    for (const { canvas } of [first, second]) {
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
      new ResizeObserver(redraw).observe(canvas);
    }

    /** Show a run on a stage, or nothing there. What was done by hand is dropped on both, so that they stay in step. */
    function open(where, name) {
      pause();
      if (!name) {
        where.run = where.seen = where.hand = null;
        settle();
        return;
      }
      loss.input.disabled = beside.input.disabled = true;
      load(name).then(
        (found) => {
          where.run = found;
          frame.input.max = frames() - 1;
          settle();
        },
        (reason) => (view.says.textContent = `This run cannot be shown: ${reason.message}.`),
      ).finally(() => (loss.input.disabled = beside.input.disabled = false));
    }

    function settle() {
      second.node.hidden = !second.run;
      view.plots.classList.toggle("lab-column", !second.run);
      show(M.clamp(frame.value, 0, frames() - 1));
    }

    function start() {
      if (!first.run) return;
      play.textContent = "Pause";
      play.setAttribute("aria-pressed", "true");
      view.says.setAttribute("aria-live", "off");
      if (frame.value >= frames() - 1) show(0);
      timer = setInterval(() => {
        if (frame.value >= frames() - 1) pause();
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

    /** A frame of the recordings; what was done by hand is dropped. */
    function show(index) {
      if (!first.run) return;
      frame.place(index);
      for (const each of shown()) {
        each.hand = null;
        look(each, each.run.frames[index]);
      }
      tell();
    }

    /** The players named, in order, as often as asked, on every stage; Adam starts anew at the first step by hand. */
    function step(players) {
      if (!first.run) return;
      pause();
      for (const each of shown()) {
        each.hand ??= begin(each.run);
        move(each.run, each.hand, players);
        look(each, each.hand);
      }
      tell();
    }

    function begin(run) {
      const weights = run.frames[frame.value];
      return {
        G: weights.G.slice(), D: weights.D.slice(), forG: M.fresh(weights.G.length), forD: M.fresh(weights.D.length),
        D_steps: 0, G_steps: 0, rng: M.random(1000 + frame.value), D_loss: null, G_loss: null,
      };
    }

    function move(run, hand, players) {
      const { beta1, beta2, batch, lr_d, lr_g } = run.config;
      const many = (make) => Array.from({ length: batch }, make);
      for (let i = 0; i < Number(times.input.value); i++) {
        for (const player of players) {
          const real = many(() => S.draw(run, hand.rng));
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
    }

    function look(each, weights) {
      const { run, hand } = each;
      const seen = (each.seen = S.layersOf(run, weights));
      const [lossD, lossG] = hand ? [hand.D_loss, hand.G_loss] : run.losses[frame.value];
      const said = (value) => (value === null ? "–" : number(value, 3));
      const pairs = [
        ["L_D", said(lossD)], ["L_G", said(lossG)], ["generated near a centre", percent(seen.near)],
        ["centres reached", `${seen.covered} of ${run.centres.length}`], ["mean gradient", short(seen.slope)],
      ];
      each.numbers.replaceChildren(...pairs.map(([name, text]) => L.el("span", {}, `${name} `, L.el("b", {}, text))));
      each.title.textContent = nameOf(run);
      each.text =
        `${nameOf(run)}: D takes ${percent(seen.acceptedReal)} of the real and ` +
        `${percent(seen.acceptedFake)} of the generated points for real. ${percent(seen.near)} of the generated points lie near a ` +
        `centre of the ring, and ${seen.covered} of ${run.centres.length} centres are reached. G's gradient at them is ` +
        `${short(seen.slope)} long on average.`;
    }

    const nameOf = (run) => NAMES.find(([name]) => name === run.name)[1];

    function tell() {
      const { run, hand } = first;
      const at = run.steps[frame.value];
      const when = hand ? `${hand.D_steps} updates of D and ${hand.G_steps} of G by hand, after step ${at}` : `Step ${at} of the recorded run`;
      view.says.textContent = `${when}. ${shown().map((each) => each.text).join(" ")}`;
      for (const each of shown()) each.canvas.setAttribute("aria-label", `${when}. ${each.text} Keys: arrows, space, D, G, B.`);
      host.dataset.frame = at;
      back.disabled = !hand;
      redraw();
    }

    function redraw() {
      for (const each of shown()) if (each.seen) S.paint(each.canvas, each.run, each.seen, on);
    }

    new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    open(first, loss.input.value);
    if (host.dataset.beside) {
      beside.input.value = host.dataset.beside;
      open(second, host.dataset.beside);
    }
  });
})();
