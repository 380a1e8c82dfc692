// What the player shows of a GAN in the plane: the layers of one moment, computed from its weights, and their picture.
(function () {
  "use strict";
  const M = window.ganlabMaths;
  const L = window.ganlabLab;
  const REACH = 1.75; // the window is [-REACH, REACH] on both axes
  const CELLS = 56; // of the surface, on each side
  const SHOWN = 128; // points of each kind
  const LONGEST = 0.16; // of the side: the arrow of a gradient that nine in ten of the recorded run fall short of

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
        pen.fillText(L.number(v, 0), X(v), side - 6);
        pen.fillRect(X(v) - 0.5, side - 5, 1, 5);
        pen.textAlign = "left";
        pen.fillText(L.number(v, 0), 8, Y(v) + 4);
        pen.fillRect(0, Y(v) - 0.5, 5, 1);
      }
      pen.textAlign = "right";
      pen.fillText("x\u2081", side - 8, side - 8);
      pen.textAlign = "left";
      pen.fillText("x\u2082", 8, 16);
    }
  }

  window.ganlabScene = { draw, layersOf, paint, prepare };
})();
