// The training loop, line by line: what each line leaves behind, and a picture to step through.
// The machine below knows no numbers, only who holds what; tests/book/test_lab_loop.py compares it with autograd.
(function (root) {
  "use strict";
  const D_HALF = ["make", "detach", "loss_D", "clear_D", "backward", "step_D"];
  const G_HALF = ["make", "loss_G", "clear_G", "backward", "step_G"];
  const without = (lines, name) => lines.filter((line) => line !== name);
  const PROGRAMS = {
    "right": [...D_HALF, ...G_HALF],
    "the quiet loop": [...D_HALF, ...without(G_HALF, "make")],
    "no detach": [...without(D_HALF, "detach"), ...G_HALF],
    "never cleared": [...without(D_HALF, "clear_D"), ...without(G_HALF, "clear_G")],
    "D polluted": ["clear_D", ...G_HALF, ...without(D_HALF, "clear_D")],
    "G polluted": ["clear_G", ...without(D_HALF, "detach"), ...without(G_HALF, "clear_G")],
  };
  const ROUNDS = 2;

  /** After each line of ROUNDS rounds: {line, fake, loss, grads, moved, did}. */
  function states(lines) {
    let fake = null; // null: none yet; true: the path into G is there; false: cut
    let loss = null; // {name, toG}
    const grads = { D: [], G: [] };
    const moved = { D: 0, G: 0 };
    const found = [];
    for (let round = 1; round <= ROUNDS; round++) {
      lines.forEach((line, place) => {
        const [action, player] = line.split("_");
        let did = "";
        if (line === "make") {
          fake = true;
          did = "G makes new fakes. The path from them back into G is kept.";
        } else if (line === "detach") {
          fake = false;
          did = "The path from the fakes into G is cut. No weight and no gradient changes.";
        } else if (action === "loss") {
          loss = { name: `L_${player}`, toG: fake };
          did = `D scores, and L_${player} is computed. A path leads from it into D${fake ? ", and through the fakes into G" : "; the fakes are detached, so none into G"}. No gradient yet.`;
        } else if (line === "backward") {
          grads.D.push(loss.name);
          if (loss.toG) grads.G.push(loss.name);
          did = `The gradient of ${loss.name} is added to what D holds${loss.toG ? " and to what G holds" : "; it does not reach G"}.`;
        } else if (action === "clear") {
          did = grads[player].length ? `What ${player} held is gone.` : `${player} held nothing; nothing changes.`;
          grads[player] = [];
        } else {
          const follows = sum(grads[player]);
          if (grads[player].length) moved[player] += 1;
          did = follows ? `${player} moves down ${follows}, and goes on holding it.` : `${player} holds None: the optimiser skips every weight, and says nothing.`;
        }
        found.push({
          line, round, place, fake, did, loss: loss && { ...loss }, grads: { D: [...grads.D], G: [...grads.G] }, moved: { ...moved },
        });
      });
    }
    return found;
  }

  /** ["L_D", "L_G", "L_D"] as "2 L_D + L_G". */
  function sum(names) {
    const counts = new Map();
    names.forEach((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
    return [...counts].map(([name, n]) => (n > 1 ? `${n} ${name}` : name)).join(" + ");
  }

  const api = { PROGRAMS, states };
  if (typeof module !== "undefined" && module.exports) {
    module.exports = api;
    return;
  }
  const L = root.ganlabLab;

  L.register("loop", (host) => {
    const view = L.frame(host, "The loop, line by line");
    let name = "right";
    let steps = states(PROGRAMS[name]);
    const list = L.el("ol", { class: "lab-lines" });
    const picture = L.svg("svg", { role: "img", viewBox: "0 0 340 220", class: "lab-graph" });
    view.plots.append(list, picture);
    const plan = L.choice({
      label: "loop", options: Object.keys(PROGRAMS).map((each) => [each, each]), value: name,
      change(chosen) {
        name = chosen;
        steps = states(PROGRAMS[name]);
        at.input.max = steps.length;
        at.place(0);
        draw();
      },
    });
    const at = L.slider({
      label: "line", min: 0, max: steps.length, step: 1, value: 0, change: draw,
      format: (i) => (i ? `${steps[i - 1].place + 1}, round ${steps[i - 1].round}` : "before"),
    });
    const go = (by) => () => {
      at.place(Math.min(steps.length, Math.max(0, at.value + by)));
      draw();
    };
    view.explain([
      ["a path that backward can take", "lab-ink"], ["no path back", "lab-ink lab-dotted"], ["backward goes here now", "lab-fake lab-flow"],
    ]);
    view.controls.append(
      plan.node, at.node,
      L.el("div", { class: "lab-buttons" }, L.button("First", go(-99)), L.button("Back", go(-1)), L.button("Next line", go(1))),
    );

    function draw() {
      const now = at.value ? steps[at.value - 1] : null;
      list.replaceChildren(...PROGRAMS[name].map((line, place) =>
        L.el("li", now?.place === place ? { "aria-current": "step" } : {}, L.el("code", {}, line))));
      const grads = now?.grads ?? { D: [], G: [] };
      const moved = now?.moved ?? { D: 0, G: 0 };
      const flows = now?.line === "backward";
      const live = Boolean(now?.loss) && !["make", "detach"].includes(now.line); // the newest loss hangs on these fakes
      const parts = [];
      const box = (x, y, title) =>
        parts.push(
          L.svg("rect", { x: x - 30, y: y - 15, width: 60, height: 30, rx: 4, class: "lab-box lab-ink" }),
          L.svg("text", { x, y: y + 5, "text-anchor": "middle" }, title),
        );
      const note = (x, y, anchor, player) =>
        ["holds", sum(grads[player]) || "None", `moved ${moved[player]}×`].forEach((text, i) =>
          parts.push(L.svg("text", { x, y: y + 15 * i, "text-anchor": anchor, class: "lab-small" }, text)));
      const edge = (x1, y1, x2, y2, path, flow) => {
        const turn = Math.atan2(y2 - y1, x2 - x1) + (flow ? Math.PI : 0);
        const [x, y] = flow ? [x1, y1] : [x2, y2];
        const side = (angle) => `L${(x - 8 * Math.cos(turn + angle)).toFixed(1)} ${(y - 8 * Math.sin(turn + angle)).toFixed(1)}`;
        parts.push(L.svg("path", {
          class: `lab-line ${flow ? "lab-fake lab-flow" : path ? "lab-ink" : "lab-ink lab-dotted"}`,
          d: `M${x1} ${y1}L${x2} ${y2}M${x} ${y}${side(0.4)}M${x} ${y}${side(-0.4)}`,
        }));
      };
      const toG = now?.loss?.toG === true;
      edge(70, 40, 90, 40, false, false);
      edge(150, 40, 180, 40, now?.fake === true, flows && toG);
      edge(210, 55, 210, 100, live && toG, flows && toG);
      edge(150, 145, 180, 122, false, false);
      edge(210, 130, 210, 173, live, flows);
      box(40, 40, "noise z");
      box(120, 40, "G");
      note(120, 71, "middle", "G");
      box(210, 40, now?.fake === null || !now ? "no fakes" : "fakes");
      box(120, 150, "real x");
      box(210, 115, "D");
      note(248, 104, "start", "D");
      box(210, 188, now?.loss ? now.loss.name : "no loss");
      picture.replaceChildren(...parts);
      const held = `D holds ${sum(grads.D) || "None"}, G holds ${sum(grads.G) || "None"}`;
      const where = now ? `Round ${now.round}, line ${now.place + 1}, ${now.line}: ${now.did}` : "Before the first line.";
      picture.setAttribute("aria-label", `From noise through G to fakes, with real x into D, to the loss. ${held}.`);
      view.show([["D holds", sum(grads.D) || "None"], ["G holds", sum(grads.G) || "None"], ["moved", `D ${moved.D}×, G ${moved.G}×`]]);
      view.says.textContent = `${where} ${held}.`;
      host.dataset.line = at.value;
    }
    draw();
  });
})(typeof window === "undefined" ? globalThis : window);
