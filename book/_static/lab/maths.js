// The mathematics behind the page's widgets, without any drawing. The tests run this file with node and compare
// every function with the package's own (tests/book/test_lab_maths.py).
(function (root) {
  "use strict";

  const sigmoid = (s) => (s >= 0 ? 1 / (1 + Math.exp(-s)) : Math.exp(s) / (1 + Math.exp(s)));
  const softplus = (s) => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // --- two Gaussians -------------------------------------------------------------------------------------------

  const logNormal = (x, m, std) => -0.5 * ((x - m) / std) ** 2 - Math.log(std * Math.sqrt(2 * Math.PI));
  const normal = (x, m, std) => Math.exp(logNormal(x, m, std));

  /** The mean of f under N(m, std^2), by Simpson's rule over nine standard deviations to each side. */
  function expectation(f, m, std, pieces = 2000) {
    const width = (18 * std) / pieces;
    let sum = 0;
    for (let i = 0; i <= pieces; i++) {
      const x = m - 9 * std + i * width;
      sum += (i === 0 || i === pieces ? 1 : i % 2 ? 4 : 2) * normal(x, m, std) * f(x);
    }
    return (sum * width) / 3;
  }

  /** What the game between N(mp, sp^2) and N(mq, sq^2) is worth for the best discriminator. */
  function gameValue(mp, sp, mq, sq) {
    const logit = (x) => logNormal(x, mp, sp) - logNormal(x, mq, sq);
    const value = expectation((x) => -softplus(-logit(x)), mp, sp) + expectation((x) => -softplus(logit(x)), mq, sq);
    const variation = expectation((x) => Math.max(0, 1 - Math.exp(-logit(x))), mp, sp);
    return { jsd: Math.log(2) + value / 2, value, accuracy: 0.5 + variation / 2 };
  }

  const optimalD = (x, mp, sp, mq, sq) => sigmoid(logNormal(x, mp, sp) - logNormal(x, mq, sq));

  // --- points on the line --------------------------------------------------------------------------------------

  const sorted = (values) => [...values].sort((a, b) => a - b);
  /** The mean cost of moving y[i] to x[i]. */
  const pairingCost = (x, y) => mean(x.map((value, i) => Math.abs(value - y[i])));
  /** W1 between two samples of one size: the cost of the pairing in order. */
  const w1 = (x, y) => pairingCost(sorted(x), sorted(y));

  // --- a bell for two humps, by six f-divergences ------------------------------------------------------------------
  // f of the ratio u = p/q; the best critic T* = f'(u) and f*(T*) = u f'(u) - f(u), both from r = log u.

  const DIVERGENCES = {
    kl: {
      f: (u) => (u > 0 ? u * Math.log(u) : 0), best: (r) => 1 + r,
      conjugate: (t) => Math.exp(t - 1), atBest: (r) => Math.exp(r),
    },
    "reverse-kl": {
      f: (u) => -Math.log(u), best: (r) => -Math.exp(-r),
      conjugate: (t) => -1 - Math.log(-t), atBest: (r) => r - 1,
    },
    js: {
      f: (u) => 0.5 * ((u > 0 ? u * Math.log(u) : 0) - (u + 1) * Math.log((u + 1) / 2)),
      best: (r) => 0.5 * (Math.LN2 - softplus(-r)),
      conjugate: (t) => -0.5 * Math.log(2 - Math.exp(2 * t)), atBest: (r) => 0.5 * (softplus(r) - Math.LN2),
    },
    "squared-hellinger": {
      f: (u) => (Math.sqrt(u) - 1) ** 2, best: (r) => 1 - Math.exp(-r / 2),
      conjugate: (t) => t / (1 - t), atBest: (r) => Math.exp(r / 2) - 1,
    },
    pearson: {
      f: (u) => (u - 1) ** 2, best: (r) => 2 * Math.expm1(r),
      conjugate: (t) => t ** 2 / 4 + t, atBest: (r) => Math.expm1(2 * r),
    },
    "total-variation": {
      f: (u) => 0.5 * Math.abs(u - 1), best: (r) => 0.5 * Math.sign(r),
      conjugate: (t) => t, atBest: (r) => 0.5 * Math.sign(r),
    },
  };

  /** log p(x) of two equal humps N(-place, 1) and N(place, 1). */
  function logHumps(x, place) {
    const [a, b] = [logNormal(x, -place, 1), logNormal(x, place, 1)];
    const most = Math.max(a, b);
    return most + Math.log(Math.exp(a - most) + Math.exp(b - most)) - Math.LN2;
  }

  /** log(p/q) at x for the humps p and the bell q = N(mean, std^2); no larger in size than 300, so that powers are numbers. */
  const logRatio = (x, place, mean, std) => clamp(logHumps(x, place) - logNormal(x, mean, std), -300, 300);

  /** D_f(p, q) and its slopes in the mean and the width of q, which are those of G's loss with the best critic held. */
  function bellDivergence(name, place, mean, std) {
    const { f, atBest } = DIVERGENCES[name];
    const [low, high, step] = [-40, 40, 0.04];
    const found = { value: 0, mean: 0, std: 0 };
    for (let i = 0; i <= Math.round((high - low) / step); i++) {
      const x = low + i * step;
      const r = logRatio(x, place, mean, std);
      const [p, q, u] = [Math.exp(logHumps(x, place)), normal(x, mean, std), Math.exp(r)];
      found.value += step * (r > 0 ? (p * f(u)) / u : q * f(u));
      const felt = step * q * atBest(r);
      const z = (x - mean) / std;
      found.mean -= (felt * z) / std;
      found.std -= (felt * (z * z - 1)) / std;
    }
    return found;
  }

  /** Downhill from a bell, in its mean and the logarithm of its width: the bells on the way, the last one at rest. */
  function bellDescent(name, place, mean, std, turns = 400) {
    const path = [[mean, std]];
    let length = 0.2;
    let here = bellDivergence(name, place, mean, std);
    for (let turn = 0; turn < turns && length > 1e-6; turn++) {
      const [m, s] = path.at(-1);
      const slope = [here.mean, here.std * s];
      const size = Math.hypot(...slope);
      if (size < 1e-9) break;
      const next = [m - (length * slope[0]) / size, clamp(s * Math.exp((-length * slope[1]) / size), 0.5, 6)];
      const there = bellDivergence(name, place, ...next);
      if (there.value < here.value) {
        path.push(next);
        here = there;
        length *= 1.3;
      } else length /= 2;
    }
    return path;
  }

  // --- two parallel lines at distance theta ---------------------------------------------------------------------------

  /**
   * What the lesson's table says of two lines, and the best critic under a gradient penalty of this weight (Infinity:
   * a slope of 1 at most): the s that maximises s |theta| - weight (s - 1)^2.
   */
  function parallelLines(theta, weight) {
    const way = Math.abs(theta);
    const apart = way > 0;
    const slope = apart ? 1 + way / (2 * weight) : 0;
    return { kl: apart ? Infinity : 0, jsd: apart ? Math.LN2 : 0, tv: apart ? 1 : 0, w1: way, slope, value: slope * way };
  }

  // --- the Dirac-GAN: real point 0, fake point theta, score psi * x ---------------------------------------------------

  /** (-dL_G/dtheta, -dL_D/dpsi) for the losses "minimax" or "non-saturating", with R1 of weight gamma. */
  function diracVelocity(theta, psi, gamma, losses) {
    const felt = losses === "minimax" ? theta * psi : -theta * psi;
    return [psi * sigmoid(felt), -theta * sigmoid(theta * psi) - gamma * psi];
  }

  const UPDATES = {
    simultaneous(w, rates, v) {
      const d = v(...w);
      return [w[0] + rates[0] * d[0], w[1] + rates[1] * d[1]];
    },
    alternating(w, rates, v) {
      const psi = w[1] + rates[1] * v(...w)[1];
      return [w[0] + rates[0] * v(w[0], psi)[0], psi];
    },
    extragradient(w, rates, v) {
      const ahead = v(...UPDATES.simultaneous(w, rates, v));
      return [w[0] + rates[0] * ahead[0], w[1] + rates[1] * ahead[1]];
    },
    optimistic(w, rates, v, memory) {
      const now = v(...w);
      const before = memory.velocity || now;
      memory.velocity = now;
      return w.map((value, i) => value + rates[i] * (2 * now[i] - before[i]));
    },
  };

  /** h_G and h_D with h_D / h_G = ratio and h_G * h_D = h^2. */
  const rates = (h, ratio) => [h / Math.sqrt(ratio), h * Math.sqrt(ratio)];

  /** The points w_0 ... w_steps of an update on the Dirac-GAN; it ends early where a point leaves the picture for good (1e6). */
  function diracPath(start, h, gamma, ratio, method, steps, losses) {
    const path = [start];
    const memory = {};
    for (let i = 0; i < steps; i++) {
      const next = UPDATES[method](path[i], rates(h, ratio), (a, b) => diracVelocity(a, b, gamma, losses), memory);
      if (!next.every((value) => Math.abs(value) < 1e6)) break;
      path.push(next);
    }
    return path;
  }

  // Complex numbers are pairs [real, imaginary].
  const add = (a, b) => [a[0] + b[0], a[1] + b[1]];
  const times = (a, b) => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
  const modulus = (a) => Math.hypot(a[0], a[1]);
  function root2(a) {
    const r = modulus(a);
    const real = Math.sqrt((r + a[0]) / 2);
    return [real, (a[1] < 0 ? -1 : 1) * Math.sqrt((r - a[0]) / 2)];
  }
  /** Both z with z^2 - trace z + determinant = 0. */
  function quadratic(trace, determinant) {
    const root = root2(add(times(trace, trace), times([-4, 0], determinant)));
    return [times([0.5, 0], add(trace, root)), times([0.5, 0], add(trace, times([-1, 0], root)))];
  }
  const eigenvalues2 = ([[a, b], [c, d]]) => quadratic([a + d, 0], [a * d - b * c, 0]);

  /** The eigenvalues of the flow at the equilibrium (0, 0). */
  const diracEigenvalues = (gamma) => eigenvalues2([[0, 0.5], [-0.5, -gamma]]);

  /** What one update multiplies small distances from (0, 0) with: two complex numbers, four for the optimistic one. */
  function diracMultipliers(h, gamma, ratio, method) {
    const [hg, hd] = rates(h, ratio);
    const pull = [[0, hg / 2], [-hd / 2, -hd * gamma]];
    if (method === "alternating") {
      const psi = [-hd / 2, 1 - hd * gamma];
      return eigenvalues2([[1 + (hg / 2) * psi[0], (hg / 2) * psi[1]], psi]);
    }
    const one = [1, 0];
    return eigenvalues2(pull).flatMap((m) => {
      if (method === "extragradient") return [add(one, add(m, times(m, m)))];
      if (method === "optimistic") return quadratic(add(one, times([2, 0], m)), m);
      return [add(one, m)];
    });
  }

  // --- networks with tanh units: weights in one array, layer by layer (matrix row by row, then bias) -------------------

  const countWeights = (sizes) => sizes.slice(1).reduce((sum, n, i) => sum + n * (sizes[i] + 1), 0);

  /** The values of every layer, the input first. */
  function forward(sizes, w, x) {
    const values = [x];
    let at = 0;
    for (let layer = 1; layer < sizes.length; layer++) {
      const [n, m] = [sizes[layer - 1], sizes[layer]];
      const input = values[layer - 1];
      const output = new Array(m);
      for (let j = 0; j < m; j++) {
        let sum = w[at + n * m + j];
        for (let i = 0; i < n; i++) sum += w[at + j * n + i] * input[i];
        output[j] = layer < sizes.length - 1 ? Math.tanh(sum) : sum;
      }
      values.push(output);
      at += m * (n + 1);
    }
    return values;
  }

  /** One layer backwards: adds to `grad` (if given) what `signal` and `input` say, returns the signal below. */
  function below(w, at, n, m, signal, input, grad, bias) {
    const down = new Array(n).fill(0);
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < n; i++) {
        if (grad) grad[at + j * n + i] += signal[j] * input[i];
        down[i] += w[at + j * n + i] * signal[j];
      }
      if (grad && bias) grad[at + n * m + j] += signal[j];
    }
    return down;
  }

  /** Backpropagation: adds the gradient of out . dOut to `grad` (may be null), returns its gradient by the input. */
  function backward(sizes, w, values, dOut, grad) {
    let at = countWeights(sizes);
    let signal = dOut;
    for (let layer = sizes.length - 1; layer > 0; layer--) {
      const [n, m] = [sizes[layer - 1], sizes[layer]];
      at -= m * (n + 1);
      signal = below(w, at, n, m, signal, values[layer - 1], grad, true);
      if (layer > 1) signal = signal.map((s, i) => s * (1 - values[layer - 1][i] ** 2));
    }
    return signal;
  }

  /**
   * For a network with one output: adds to `grad` the gradient, by the weights, of u . (d out / d input).
   * That product is the rate of change of the output when the input moves along u; we carry the rate forward through
   * the layers, then differentiate backwards through both the rates and the values.
   */
  function slopeBackward(sizes, w, values, u, grad) {
    const last = sizes.length - 1;
    const starts = [0];
    for (let layer = 1; layer <= last; layer++) starts.push(starts[layer - 1] + sizes[layer] * (sizes[layer - 1] + 1));
    const raw = [null];
    const rate = [u];
    for (let layer = 1; layer < last; layer++) {
      const [n, m] = [sizes[layer - 1], sizes[layer]];
      raw[layer] = Array.from({ length: m }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += w[starts[layer - 1] + j * n + i] * rate[layer - 1][i];
        return sum;
      });
      rate[layer] = raw[layer].map((r, j) => (1 - values[layer][j] ** 2) * r);
    }
    let rateBar = below(w, starts[last - 1], sizes[last - 1], 1, [1], rate[last - 1], grad, false);
    let valueBar = new Array(sizes[last - 1]).fill(0);
    for (let layer = last - 1; layer > 0; layer--) {
      const [n, m] = [sizes[layer - 1], sizes[layer]];
      const gain = values[layer].map((a) => 1 - a * a);
      const preBar = values[layer].map((a, j) => (valueBar[j] - 2 * a * raw[layer][j] * rateBar[j]) * gain[j]);
      const rawBar = rateBar.map((r, j) => r * gain[j]);
      rateBar = below(w, starts[layer - 1], n, m, rawBar, rate[layer - 1], grad, false);
      valueBar = below(w, starts[layer - 1], n, m, preBar, values[layer - 1], grad, true);
    }
  }

  // --- losses of scores, each with its slope; `real` and `fake` are D's terms, `wish` is G's -----------------------------

  const towards = (code) => (s) => [0.5 * (s - code) ** 2, s - code];
  const plus = (s) => [softplus(s), sigmoid(s)];
  const minus = (s) => [softplus(-s), -sigmoid(-s)];
  const LOSSES = {
    minimax: { real: minus, fake: plus, wish: (s) => [-softplus(s), -sigmoid(s)] },
    "non-saturating": { real: minus, fake: plus, wish: minus },
    "least-squares": { real: towards(1), fake: towards(0), wish: towards(1) },
    wasserstein: { real: (s) => [-s, -1], fake: (s) => [s, 1], wish: (s) => [-s, -1] },
    relativistic: { paired: true },
  };

  /** L_D or L_G of scores, and its gradients by the real and by the fake scores: { loss, real: [...], fake: [...] }. */
  function lossOf(player, objective, real, fake) {
    const n = fake.length;
    const { paired, ...terms } = LOSSES[objective];
    if (paired) {
      const sign = player === "D" ? 1 : -1;
      const pairs = fake.map((f, i) => plus(sign * (f - real[i])));
      const slopes = pairs.map(([, slope]) => (sign * slope) / n);
      return { loss: mean(pairs.map(([value]) => value)), real: slopes.map((s) => -s), fake: slopes };
    }
    const ofFake = fake.map(player === "D" ? terms.fake : terms.wish);
    const ofReal = player === "D" ? real.map(terms.real) : [];
    const sum = (pairs) => (pairs.length ? mean(pairs.map(([value]) => value)) : 0);
    return {
      loss: sum(ofFake) + sum(ofReal),
      real: ofReal.map(([, slope]) => slope / ofReal.length),
      fake: ofFake.map(([, slope]) => slope / n),
    };
  }

  /** D's score as a number in [0, 1], above 1/2 where it leans towards real (ganlab.viz.plane.verdict). */
  function verdict(objective, s, meanReal, meanFake) {
    if (objective === "minimax" || objective === "non-saturating") return sigmoid(s);
    if (objective === "least-squares") return clamp(s, 0, 1);
    return sigmoid(s - (meanReal + meanFake) / 2);
  }

  // --- a GAN of the plane ---------------------------------------------------------------------------------------------

  const G_SIZES = (width) => [2, width, width, 2];
  const D_SIZES = (width) => [2, width, width, 1];

  /** L_D and its gradient by D's weights, with the penalty. game: { objective, penalty, weight, width }. */
  function gradientD(game, wG, wD, real, noise, mix) {
    const sizes = D_SIZES(game.width);
    const grad = new Float64Array(wD.length);
    const fake = noise.map((z) => forward(G_SIZES(game.width), wG, z).at(-1));
    const [atReal, atFake] = [real, fake].map((points) => points.map((x) => forward(sizes, wD, x)));
    const score = (values) => values.at(-1)[0];
    const found = lossOf("D", game.objective, atReal.map(score), atFake.map(score));
    atReal.forEach((values, i) => backward(sizes, wD, values, [found.real[i]], grad));
    atFake.forEach((values, i) => backward(sizes, wD, values, [found.fake[i]], grad));
    if (game.penalty === "gp") {
      const between = real.map((x, i) => x.map((value, k) => fake[i][k] + mix[i] * (value - fake[i][k])));
      between.forEach((x) => {
        const values = forward(sizes, wD, x);
        const slope = backward(sizes, wD, values, [1], null);
        const norm = Math.hypot(...slope) || 1e-12;
        const factor = (2 * game.weight * (norm - 1)) / (norm * between.length);
        slopeBackward(sizes, wD, values, slope.map((g) => g * factor), grad);
      });
    } else if (game.penalty === "r1+r2") {
      // gamma times the mean of |slope|^2 over both samples together
      [...atReal, ...atFake].forEach((values) => {
        const slope = backward(sizes, wD, values, [1], null);
        const factor = (2 * game.weight) / (real.length + fake.length);
        slopeBackward(sizes, wD, values, slope.map((g) => g * factor), grad);
      });
    }
    return { loss: found.loss, grad };
  }

  /** L_G and its gradient by G's weights. */
  function gradientG(game, wG, wD, real, noise) {
    const [sizesG, sizesD] = [G_SIZES(game.width), D_SIZES(game.width)];
    const grad = new Float64Array(wG.length);
    const inside = noise.map((z) => forward(sizesG, wG, z));
    const judged = inside.map((values) => forward(sizesD, wD, values.at(-1)));
    const scores = real.map((x) => forward(sizesD, wD, x).at(-1)[0]);
    const found = lossOf("G", game.objective, scores, judged.map((values) => values.at(-1)[0]));
    inside.forEach((values, i) => {
      const byFake = backward(sizesD, wD, judged[i], [found.fake[i]], null);
      backward(sizesG, wG, values, byFake, grad);
    });
    return { loss: found.loss, grad };
  }

  /** For each fake the direction in which its own term of L_G falls. */
  function descent(game, wD, real, fake) {
    const sizes = D_SIZES(game.width);
    const judged = fake.map((x) => forward(sizes, wD, x));
    const scores = real.slice(0, fake.length).map((x) => forward(sizes, wD, x).at(-1)[0]);
    const found = lossOf("G", game.objective, scores, judged.map((values) => values.at(-1)[0]));
    return judged.map((values, i) =>
      backward(sizes, wD, values, [found.fake[i] * fake.length], null).map((slope) => -slope),
    );
  }

  /** One step of Adam, in place. state: { first, second, step }. */
  function adam(w, grad, state, lr, beta1, beta2) {
    state.step += 1;
    const [c1, c2] = [1 - beta1 ** state.step, 1 - beta2 ** state.step];
    for (let i = 0; i < w.length; i++) {
      state.first[i] = beta1 * state.first[i] + (1 - beta1) * grad[i];
      state.second[i] = beta2 * state.second[i] + (1 - beta2) * grad[i] * grad[i];
      w[i] -= (lr * (state.first[i] / c1)) / (Math.sqrt(state.second[i] / c2) + 1e-8);
    }
  }
  const fresh = (n) => ({ first: new Float64Array(n), second: new Float64Array(n), step: 0 });

  /** Half floats (little-endian, in base64) to numbers. */
  function halves(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float64Array.from({ length: bytes.length / 2 }, (_, i) => {
      const bits = view.getUint16(2 * i, true);
      const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
      if (exponent === 0) return sign * fraction * 2 ** -24;
      return exponent === 31 ? NaN : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
    });
  }

  // --- a run's log and its alarms ------------------------------------------------------------------------------------

  const SUSTAINED = 500;
  /**
   * The alarms of ganlab/training/alarms.py that read single scalars, earliest first: [{ name, first, last }].
   * log: columns, `step` among them; null where a row lacks a value.
   */
  function alarms(log) {
    const column = (name, from = 0) =>
      log.step.map((step, i) => [step, log[name]?.[i] ?? null]).filter(([step, value]) => value !== null && step >= from);
    const sustained = (pairs, bad) => {
      let since = null;
      return pairs.filter(([step, value]) => {
        since = bad(value) ? (since ?? step) : null;
        return since !== null && step - since >= SUSTAINED;
      });
    };
    const still = (name) => column(name).filter(([, value]) => value === 0);
    const above = (most, name, from) => sustained(column(name, from), (value) => value > most);
    const [late, some] = [2 * SUSTAINED, (...lists) => lists.find((list) => list.length) ?? []];
    const raised = {
      "d-has-won": sustained(column("loss_D"), (value) => value >= 0 && value < 0.01),
      frozen: some(still("update_G"), still("update_D")),
      range: some(above(0.05, "outside"), above(0.05, "unreached", late)),
      overfit: above(0.75, "overfit_auc"),
      "no-spread": sustained(column("spread", late), (value) => value < 0.1),
    };
    return Object.entries(raised)
      .filter(([, rows]) => rows.length)
      .map(([name, rows]) => ({ name, first: rows[0][0], last: rows.at(-1)[0] }))
      .sort((a, b) => a.first - b.first);
  }

  /**
   * D's best (lowest) loss for two real points, 0 and 1, and two fakes, each at 0, 1 or elsewhere (2): { gan, paired }.
   * GAN: 2 log 2 - 2 JS(p, q). Paired by index: a pair at one place costs log 2, and so do both if they ask for opposite
   * orders of the same two scores; any other costs 0 in the limit (Sun et al. 2020).
   */
  function bestLosses(fakes) {
    const p = [0.5, 0.5, 0];
    const q = [0, 1, 2].map((place) => fakes.filter((fake) => fake === place).length / 2);
    const term = (a, b) => (a > 0 ? a * Math.log((2 * a) / (a + b)) : 0);
    const js = mean(p.map((_, i) => term(p[i], q[i]) + term(q[i], p[i]))) * 1.5;
    const crossed = fakes[0] === 1 && fakes[1] === 0;
    const tied = fakes.filter((fake, i) => crossed || fake === i).length;
    return { gan: 2 * Math.LN2 - 2 * js, paired: (tied / 2) * Math.LN2 };
  }

  /** The side that a convolution makes of n pixels; 0 where the kernel does not fit. */
  const convSide = (n, k, s, p) => Math.max(0, Math.floor((n + 2 * p - k) / s) + 1);

  /** The side that a transposed convolution makes of n pixels; 0 where padding cuts everything away. */
  const transposedSide = (n, k, s, p) => Math.max(0, (n - 1) * s - 2 * p + k);

  /** Sides from the first input to the last output of layers { k, s, p }; ends early where nothing is left. */
  function ladder(start, layers, up) {
    const sides = [start];
    for (const { k, s, p } of layers) {
      const side = (up ? transposedSide : convSide)(sides.at(-1), k, s, p);
      if (side < 1) break;
      sides.push(side);
    }
    return sides;
  }

  /** Pixels of the image, along one side, that belong to one pixel at the other end of the stack (padding aside). */
  const receptiveField = (layers, up) =>
    (up ? layers : layers.slice().reverse()).reduce((side, { k, s }) => (side - 1) * s + k, 1);

  /** Repeatable random numbers (mulberry32): { uniform(), normal() }. */
  function random(seed) {
    let state = seed >>> 0;
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    const normal01 = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal: normal01 };
  }

  const api = {
    G_SIZES, D_SIZES, DIVERGENCES, LOSSES, UPDATES, adam, alarms, backward, bellDescent, bestLosses, bellDivergence, clamp,
    convSide, countWeights, descent, diracEigenvalues, diracMultipliers, diracPath, diracVelocity, forward, fresh, gameValue,
    gradientD, gradientG, halves, ladder, logHumps, logRatio, lossOf, mean, modulus, normal, optimalD, pairingCost,
    parallelLines, random, rates, receptiveField, sigmoid, slopeBackward, sorted, transposedSide, verdict, w1,
  };
  if (typeof module !== "undefined" && module.exports) module.exports = api;
  else root.ganlabMaths = api;
})(typeof window === "undefined" ? globalThis : window);
