// Calls functions of book/_static/lab/maths.js by name: a JSON list of [name, ...arguments] in, a JSON list out.
// node tests/book/lab_maths.mjs MATHS < calls.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const maths = createRequire(import.meta.url)(process.argv[2]);
const calls = JSON.parse(readFileSync(0, "utf8"));

// Calls whose results are written into an argument, or lie in a table, as functions that return them.
const own = {
  slopeBackward(sizes, w, x, u) {
    const grad = new Float64Array(w.length);
    maths.slopeBackward(sizes, w, maths.forward(sizes, w, x), u, grad);
    return grad;
  },
  backward(sizes, w, x, dOut) {
    const grad = new Float64Array(w.length);
    const input = maths.backward(sizes, w, maths.forward(sizes, w, x), dOut, grad);
    return { grad: [...grad], input };
  },
  adam(w, grads, lr, beta1, beta2) {
    const state = maths.fresh(w.length);
    grads.forEach((grad) => maths.adam(w, grad, state, lr, beta1, beta2));
    return w;
  },
  zoo(name, r) {
    const { f, best, conjugate, atBest } = maths.DIVERGENCES[name];
    return [f(Math.exp(r)), best(r), conjugate(best(r)), atBest(r)];
  },
  normals(seed, n) {
    const rng = maths.random(seed);
    return Array.from({ length: n }, () => rng.normal());
  },
};
const plain = (value) =>
  ArrayBuffer.isView(value)
    ? [...value]
    : value && value.grad
      ? { ...value, grad: [...value.grad] }
      : value;
console.log(JSON.stringify(calls.map(([name, ...rest]) => plain((own[name] ?? maths[name])(...rest)))));
