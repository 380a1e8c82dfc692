// Uses the page's widgets as a reader does, on a bare page opened as a file, and prints what they said, as JSON.
// node tests/book/lab.mjs PAGE MODULES BROWSER
import { pathToFileURL } from "node:url";
import { launch } from "./site.mjs";

const [page, modules, executable] = process.argv.slice(2);
const browser = await launch(modules, executable);
const report = { requests: [], errors: [], overflow: {} };

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 1000 }, ...options });
  const tab = await context.newPage();
  tab.on("console", (message) => message.type() === "error" && report.errors.push(message.text()));
  tab.on("pageerror", (error) => report.errors.push(String(error)));
  tab.on("request", (request) => /^(file|data|blob):/.test(request.url()) || report.requests.push(request.url()));
  await tab.goto(pathToFileURL(page).href);
  await tab.waitForSelector("[data-widget=plane][data-frame]");
  return tab;
}

const tab = await open();
const widget = (name) => tab.locator(`[data-widget=${name}]`);
const numbers = (name) => widget(name).locator(".lab-numbers span").allTextContents();
const says = (name) => widget(name).locator(".lab-says").textContent();
const range = (name, label) => widget(name).getByLabel(label, { exact: true });

// Two densities: by the sliders' keys and values, and by dragging a bell.
report.densities = [];
for (const law of [[0, 1, 1, 1], [-3, 2, 3, 0.5], [4, 0.5, -4, 3], [0, 1, 0, 1]]) {
  const labels = ["p: mean", "p: width", "q: mean", "q: width"];
  for (const [i, label] of labels.entries()) await range("densities", label).fill(String(law[i]));
  report.densities.push({ law, numbers: await numbers("densities") });
}
await range("densities", "q: mean").focus();
await tab.keyboard.press("ArrowRight");
await tab.keyboard.press("ArrowRight");
report.densityByKeys = { value: await range("densities", "q: mean").inputValue(), says: await says("densities") };
const handle = await widget("densities").locator("rect.lab-handle").boundingBox();
await tab.mouse.move(handle.x + 8, handle.y + 8);
await tab.mouse.down();
await tab.mouse.move(handle.x + 108, handle.y + 8);
await tab.mouse.up();
report.densityByMouse = await range("densities", "q: mean").inputValue();

// Slopes: from one end of the slider to the other, by the keyboard.
await range("slopes", "D of the fake").focus();
await tab.keyboard.press("Home");
report.slopes = [await numbers("slopes")];
await tab.keyboard.press("End");
report.slopes.push(await numbers("slopes"));

// Choose f: what each states at the start, a walk downhill, and the bell moved by keys and by mouse.
const pick = (name) => widget("divergences").getByLabel("f", { exact: true }).selectOption(name);
const press = (label) => widget("divergences").getByRole("button", { name: label }).click();
const settled = async () => {
  await tab.waitForFunction(() => document.querySelector("[data-widget=divergences] .lab-says").textContent.includes("At rest"));
  return { says: await says("divergences") };
};
report.divergences = [];
for (const name of ["kl", "reverse-kl", "js", "squared-hellinger", "pearson", "total-variation"]) {
  await pick(name);
  report.divergences.push({ name, numbers: await numbers("divergences") });
}
report.downhill = {};
for (const [name, start, key] of [["kl", "Start near a hump", "kl"], ["reverse-kl", "Start near a hump", "reverse-kl"], ["reverse-kl", "Start in the middle", "middle"]]) {
  await pick(name);
  await press(start);
  await press("Downhill, to rest");
  await tab.waitForTimeout(2000);
  report.downhill[key] = await settled();
}
await press("Start near a hump");
await range("divergences", "q: mean").focus();
await tab.keyboard.press("ArrowRight");
await tab.keyboard.press("ArrowRight");
report.bellByKeys = await range("divergences", "q: mean").inputValue();
await widget("divergences").locator("rect.lab-handle").scrollIntoViewIfNeeded();
const bell = await widget("divergences").locator("rect.lab-handle").boundingBox();
await tab.mouse.move(bell.x + 8, bell.y + 8);
await tab.mouse.down();
await tab.mouse.move(bell.x + 58, bell.y + 8);
await tab.mouse.up();
report.bellByMouse = await range("divergences", "q: mean").inputValue();

// Two lines: by the slider, under each leash, and dragged.
report.lines = [];
for (const [theta, weight] of [[0.6, "Infinity"], [-1, "10"], [0.5, "1"], [0.5, "0.1"], [0, "10"]]) {
  await range("lines", "θ").fill(String(theta));
  await widget("lines").getByLabel("leash of the critic").selectOption(weight);
  report.lines.push({ theta, weight: weight === "Infinity" ? 1e300 : Number(weight), numbers: await numbers("lines") });
}
await widget("lines").locator("rect.lab-handle").scrollIntoViewIfNeeded();
const graph = await widget("lines").locator("svg[role=img]").first().boundingBox();
const dashed = await widget("lines").locator("rect.lab-handle").boundingBox();
await tab.mouse.move(dashed.x + 8, dashed.y + 8);
await tab.mouse.down();
await tab.mouse.move(graph.x + 46 + ((1.4 - 0.6) / 2.8) * (graph.width - 56), dashed.y + 8);
await tab.mouse.up();
report.lineByMouse = await range("lines", "θ").inputValue();

// Transport: a point moved by its keys keeps the focus; a shift moves all; another pairing is never cheaper.
const points = async (name) =>
  widget("transport").locator(`[aria-label^="${name} point"]`).evaluateAll((all) => all.map((each) => Number(each.ariaValueNow)));
const state = async () => ({ real: await points("real"), fake: await points("generated"), numbers: await numbers("transport") });
report.transport = [await state()];
await widget("transport").locator('[aria-label="generated point 1"]').focus();
await tab.keyboard.press("PageUp");
await tab.keyboard.press("ArrowLeft");
report.focused = await tab.evaluate(() => document.activeElement.getAttribute("aria-label"));
report.transport.push(await state());
await range("transport", "shift generated").fill("-2");
report.transport.push(await state());
await widget("transport").getByLabel("pair in order").uncheck();
report.transport.push(await state());

// The ladder: as it opens, a listing by its button, and layers changed by the sliders.
const rungs = async () => report.ladder.push({ numbers: await numbers("ladder"), says: await says("ladder") });
const rung = (name) => widget("ladder").getByRole("button", { name }).click();
report.ladder = [];
await rungs();
await rung("7 pixels up, unevenly");
await rungs();
await rung("the fourth document's D");
await range("ladder", "first side").fill("11");
await rungs();
await range("ladder", "change layer").fill("3");
await range("ladder", "kernel k").fill("1");
await rungs();
await range("ladder", "layers").fill("2");
await rungs();

// The Dirac-GAN: every control.
report.eigenvalues = [];
for (const [h, gamma, ratio, update] of [[-1, 0, 0, "simultaneous"], [0, 1, 2, "alternating"], [-1, 0.3, 0, "extragradient"], [0, 0, 1, "optimistic"]]) {
  await range("eigenvalues", "step size h").fill(String(h));
  await range("eigenvalues", "R1 weight γ").fill(String(gamma));
  await range("eigenvalues", "ratio h_D/h_G").fill(String(ratio));
  await widget("eigenvalues").getByLabel("update", { exact: true }).selectOption(update);
  report.eigenvalues.push({ h: 10 ** h, gamma, ratio: 2 ** ratio, update, numbers: await numbers("eigenvalues"), says: await says("eigenvalues") });
}

// The loop: by a button, by the slider's keys, and another program.
const loop = (report.loop = { before: await says("loop") });
await widget("loop").getByRole("button", { name: "Next line" }).click();
loop.next = await says("loop");
await range("loop", "line").focus();
await tab.keyboard.press("End");
loop.end = await says("loop");
await widget("loop").getByLabel("loop", { exact: true }).selectOption("the quiet loop");
await range("loop", "line").focus();
await tab.keyboard.press("End");
loop.quiet = await says("loop");
loop.current = await widget("loop").locator("[aria-current=step]").textContent();

// The alarms: nothing is given away before the stop; then the answer, whatever was guessed.
report.alarms = [];
const trouble = widget("alarms").getByLabel("trouble", { exact: true });
for (let i = 0; i < (await widget("alarms").getByLabel("curves of", { exact: true }).locator("option").count()); i++) {
  await widget("alarms").getByLabel("curves of", { exact: true }).selectOption(String(i));
  await range("alarms", "read up to step").focus();
  await tab.keyboard.press("ArrowRight");
  const seen = { before: await says("alarms"), marks: await widget("alarms").locator(".lab-real").count(), answers: {} };
  for (const guess of ["nothing is wrong", "frozen", "overfit"]) {
    await trouble.selectOption(guess);
    await widget("alarms").getByRole("button", { name: "Stop" }).click();
    seen.answers[guess] = await says("alarms");
  }
  seen.after = await widget("alarms").locator(".lab-real").count();
  report.alarms.push(seen);
}

// Out of collapse: both fakes at the first point, then one astray, then at the second.
report.walls = [];
for (const place of ["0", "2", "1"]) {
  await widget("walls").getByLabel("fake 2 at", { exact: true }).selectOption(place);
  report.walls.push(await says("walls"));
}

// Styles: another class by its button, both sliders by their keys.
const asked = async () =>
  report.styles.push({
    numbers: await numbers("styles"), says: await says("styles"),
    pressed: await widget("styles").locator("[aria-pressed=true]").getAttribute("aria-label"),
    label: await widget("styles").locator("[role=img]").getAttribute("aria-label"),
    places: await widget("styles").locator(".lab-digit").evaluateAll((all) => all.map((each) => each.style.backgroundPosition)),
  });
report.styles = [];
await asked();
await widget("styles").getByRole("button", { name: "ask for 3" }).focus();
await tab.keyboard.press("Enter");
await range("styles", "slant").focus();
await tab.keyboard.press("Home");
await range("styles", "ink").focus();
await tab.keyboard.press("End");
await asked();

// The player: it waits for the reader, plays and stops, is led by keys, and changes the run.
const canvas = widget("plane").locator("canvas").first();
const frame = () => widget("plane").getAttribute("data-frame");
const ink = () => canvas.evaluate((node) => node.toDataURL().length);
const player = (report.player = { waits: [await frame()] });
await tab.waitForTimeout(800);
player.waits.push(await frame());
await widget("plane").getByRole("button", { name: "Play" }).click();
await tab.waitForFunction(() => Number(document.querySelector("[data-widget=plane]").dataset.frame) >= 2);
await widget("plane").getByRole("button", { name: "Pause" }).click();
const stopped = await frame();
await tab.waitForTimeout(800);
player.stopped = [stopped, await frame()];
await canvas.focus();
await tab.keyboard.press("Home");
player.home = await frame();
await tab.keyboard.press("ArrowRight");
player.next = await frame();
await tab.keyboard.press("End");
player.end = { frame: await frame(), says: await says("plane"), label: await canvas.getAttribute("aria-label") };
player.layers = [await ink()];
for (const box of await widget("plane").locator(".lab-check input").all()) {
  await box.uncheck();
  player.layers.push(await ink());
}
for (const box of await widget("plane").locator(".lab-check input").all()) await box.check();
player.restored = await ink();

/** The mean gradient that the player states. */
const gradient = async () => Number((await numbers("plane")).at(-1).replace("mean gradient ", ""));
player.hand = {};
for (const run of ["minimax", "non-saturating", "least-squares", "wasserstein", "relativistic"]) {
  await widget("plane").getByLabel("loss", { exact: true }).selectOption(run);
  await tab.waitForFunction((name) => window.ganlabRuns.some((each) => each.name === name), run);
  await canvas.focus();
  await tab.keyboard.press("Home");
  await widget("plane").getByLabel("updates a press", { exact: true }).selectOption("100");
  const before = await gradient();
  await widget("plane").getByRole("button", { name: "D only" }).click();
  await canvas.focus();
  await tab.keyboard.press("d");
  const afterD = { gradient: await gradient(), says: await says("plane") };
  await tab.keyboard.press("g");
  const afterG = { says: await says("plane"), numbers: await numbers("plane") };
  await widget("plane").getByRole("button", { name: "Back to the recording" }).click();
  player.hand[run] = { before, afterD, afterG, back: await gradient() };
}

// Two losses side by side: both take every press, and both go back.
const beside = widget("plane").locator("canvas").nth(1);
const pictures = () => widget("plane").locator("canvas").evaluateAll((all) => all.map((node) => node.toDataURL()));
const besideIs = (name) => widget("plane").getByLabel("beside it", { exact: true }).selectOption(name);
report.pair = { alone: await beside.isVisible() };
await widget("plane").getByLabel("loss", { exact: true }).selectOption("non-saturating");
await besideIs("minimax");
await beside.waitFor();
await canvas.focus();
await tab.keyboard.press("Home");
const still0 = await pictures();
await beside.focus();
await tab.keyboard.press("g");
const moved = await pictures();
report.pair.moved = moved.map((each, i) => each !== still0[i]);
report.pair.says = await says("plane");
report.pair.label = await beside.getAttribute("aria-label");
await widget("plane").getByRole("button", { name: "Back to the recording" }).click();
report.pair.back = (await pictures()).map((each, i) => each === still0[i]);
await besideIs("");
report.pair.gone = await beside.isVisible();

// Everything that can be operated has a name.
report.nameless = await tab.evaluate(() =>
  [...document.querySelectorAll(".ganlab-lab :is(input, select, button, [role=slider], canvas, [role=img])")]
    .filter((node) => !(node.labels?.length || node.textContent.trim() || node.getAttribute("aria-label")))
    .map((node) => node.outerHTML));
await tab.context().close();

// On a phone, in both themes; and for a reader who wants no motion.
for (const theme of ["light", "dark"]) {
  const phone = await open({ viewport: { width: 360, height: 800 }, colorScheme: theme });
  await phone.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
  report.overflow[theme] = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await phone.context().close();
}
const still = await open({ reducedMotion: "reduce" });
await still.getByRole("button", { name: "Play" }).click();
await still.waitForTimeout(900);
report.reduced = await still.locator("[data-widget=plane]").getAttribute("data-frame");

await browser.close();
console.log(JSON.stringify(report));
