// Five recorded runs (logs.js), read row by row: say where the trouble begins and what it is, then ask the alarms.
(function () {
  "use strict";
  const M = window.ganlabMaths;
  const L = window.ganlabLab;
  const LOOKS = ["lab-ink", "lab-fake lab-dashed", "lab-green lab-dotted"];
  const PANELS = [
    { label: "Losses", scalars: { loss_D: "D", loss_G: "G" } },
    { label: "Step length over weight length (exactly 0 leaves no line)", scalars: { update_D: "D", update_G: "G" }, logY: true },
    { label: "Spread and range of the fakes", scalars: { spread: "spread", outside: "fakes out of range", unreached: "data out of reach" } },
    { label: "Does D know the training set by heart?", scalars: { overfit_auc: "training above held-out data" }, y: [0, 1] },
  ];
  const START = 6; // rows that are seen at first
  const WELL = "nothing is wrong";
  const SEEN = {
    frozen: "a step changed no weight of a network: look for a detached tensor, or an optimiser that holds other weights",
    "d-has-won": "D's loss has been below 0.01 for 500 steps: weaken D, and check G's loss",
    range: "for 500 steps more than a twentieth of the values lay where the other side has none: bring data and G's last layer to one range",
    overfit: "for 500 steps D scored training data above held-out data in more than 75 % of the pairs: augment what it sees, or get more data",
    "no-spread": "the fakes have varied less than a tenth as much as the data for 500 steps: G has collapsed",
  };

  /** [low, high] with a little room for all finite values of some columns. */
  function span(log, names, logY) {
    const values = names.flatMap((name) => log[name]).filter((v) => v !== null && (!logY || v > 0));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = 0.05 * (high - low) || 0.1;
    return logY ? [low / 1.5, high * 1.5] : [low - room, high + room];
  }

  L.register("alarms", (host) => {
    const runs = Object.values(window.ganlabLogs);
    const view = L.frame(host, "Where does the trouble begin, and what is it?");
    let [at, stopped] = [0, null];
    const log = () => runs[at];
    const specs = PANELS.map(({ label, logY }) => ({ label, logY, x: [0, 1], y: [0.1, 1], xlabel: "step", ratio: 0.55 }));
    const plots = PANELS.map((panel, i) =>
      L.plot(specs[i], (g) => {
        const seen = stopped === null ? row.value : log().step.length;
        Object.keys(panel.scalars).forEach((name, k) => {
          const points = log().step.map((step, j) => [step, log()[name][j]]).slice(0, seen);
          g.path(points.filter(([, v]) => v !== null && (!panel.logY || v > 0)), LOOKS[k]);
        });
        if (stopped === null) return;
        for (const { first } of M.alarms(log())) g.path([[first, specs[i].y[0]], [first, specs[i].y[1]]], "lab-ink lab-dotted");
        g.path([[stopped, specs[i].y[0]], [stopped, specs[i].y[1]]], "lab-real lab-dashed");
      }),
    );
    PANELS.forEach((panel, i) => {
      const sample = (k) => L.svg("svg", { width: 34, height: 14, "aria-hidden": true }, L.svg("path", { class: `lab-line ${LOOKS[k]}`, d: "M1 7H33" }));
      const key = L.el("ul", { class: "lab-key" }, ...Object.values(panel.scalars).map((words, k) => L.el("li", {}, sample(k), ` ${words}`)));
      view.plots.append(L.el("div", {}, L.el("p", { class: "lab-panel" }, panel.label), plots[i].node, key));
    });
    view.plots.classList.add("lab-pairs");
    view.explain([["after the stop: you", "lab-real lab-dashed"], ["an alarm", "lab-ink lab-dotted"]]);

    const run = L.choice({
      label: "curves of", options: runs.map((_, i) => [i, `run ${i + 1}`]), value: 0,
      change: (i) => {
        [at, stopped] = [Number(i), null];
        row.place(START);
        redraw();
      },
    });
    const row = L.slider({
      label: "read up to step", min: 2, max: runs[0].step.length, step: 1, value: START, format: (n) => String(log().step[n - 1]),
      change: () => {
        stopped = null;
        redraw();
      },
    });
    const guess = L.choice({ label: "trouble", options: [WELL, ...Object.keys(SEEN)].map((name) => [name, name]), value: WELL, change: () => {} });
    const stop = L.button("Stop: it begins here", () => {
      stopped = log().step[row.value - 1];
      redraw();
    });
    row.node.classList.add("lab-wide");
    view.controls.append(run.node, guess.node, row.node, L.el("div", { class: "lab-buttons lab-wide" }, stop));

    function verdict() {
      const found = M.alarms(log());
      const said = guess.input.value;
      if (!found.length) return `${said === WELL ? "Right: no alarm goes off" : "No alarm goes off"}. That is no proof of health: look at the samples and at a metric.`;
      const hit = found.find(({ name }) => name === said);
      const late = hit ? stopped - hit.first : 0;
      const when = late < 0 ? `${-late} steps before the alarm, which waits until it is sure` : `${late} steps after the alarm`;
      const told = hit ? `Right: ${said}. You stopped at step ${stopped}, ${when}.` : "Not this one.";
      return [told, ...found.map(({ name, first }) => `Alarm at step ${first}: ${name}; ${SEEN[name]}.`)].join(" ");
    }

    function redraw() {
      PANELS.forEach((panel, i) => {
        specs[i].x = [0, log().step.at(-1)];
        specs[i].y = panel.y ?? span(log(), Object.keys(panel.scalars), panel.logY);
      });
      plots.forEach((plot) => plot.draw());
      view.says.textContent = stopped === null ? `Run ${at + 1} up to step ${log().step[row.value - 1]}. When you see trouble, name it and press Stop.` : verdict();
    }
    redraw();
  });
})();
