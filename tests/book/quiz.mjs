// Answers quizzes in a browser by keyboard alone and prints, as JSON, what was said: node quiz.mjs PLAN MODULES BROWSER
// PLAN is a JSON file: { runs: [{ url, items }], numbers: { url, typed }, crowd: url, boxed: url, written: HTML, unscripted: url,
// colours: [{ url, theme }] }; every key but runs may be missing.
import { readFileSync } from "node:fs";
import { launch, settle } from "./site.mjs";

const [file, modules, executable] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(file, "utf8"));
const browser = await launch(modules, executable);

/** A page on a phone-wide screen; a request to anywhere but `origin` is written down and refused. */
async function open(url, report, options = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  const { origin } = new URL(url);
  await context.route(
    (address) => !["data:", "blob:"].includes(address.protocol) && address.origin !== origin,
    (route) => (report.foreign.push(route.request().url()), route.abort()),
  );
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && report.errors.push(message.text()));
  page.on("pageerror", (error) => report.errors.push(String(error)));
  await page.goto(url);
  await settle(page);
  return page;
}

/** Tab on until the focused element matches a selector inside a node; how far that is, or an error. */
async function tabTo(page, node, selector) {
  const wanted = await node.$(selector);
  for (let presses = 0; presses < 200; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`no way to ${selector} by Tab`);
}

const check = "button[aria-label^='Check']";
const enter = {
  async one(page, node, place) {
    await tabTo(page, node, "input");
    await page.keyboard.press("Space");
    for (let n = 0; n < place; n += 1) await page.keyboard.press("ArrowDown");
    await tabTo(page, node, check);
    await page.keyboard.press("Enter");
  },
  async several(page, node, places) {
    for (const place of places) {
      await tabTo(page, node, `input[value='${place}']`);
      await page.keyboard.press("Space");
    }
    await tabTo(page, node, check);
    await page.keyboard.press("Space");
  },
  async number(page, node, text) {
    await tabTo(page, node, "input");
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  },
  async order(page, node, lines) {
    for (const [place, line] of lines.entries()) {
      const now = async () => node.$$eval(".gq-lines li", (all, wanted) => all.findIndex((one) => one.dataset.line === wanted), `${line}`);
      while ((await now()) > place) {
        await tabToBefore(page, node, `[data-line='${line}'] button[aria-label^='Move up']`);
        await page.keyboard.press("Enter");
      }
    }
    await tabTo(page, node, check);
    await page.keyboard.press("Enter");
  },
};

/** Like tabTo, for an element that may lie behind the focus: the walk starts at the item's head. */
async function tabToBefore(page, node, selector) {
  const there = await node.$eval(selector, (element) => element === document.activeElement);
  if (!there) await begin(node);
  await tabTo(page, node, selector);
}

/** Put the focus just before a quiz, or an item: what is answered there is reached from there by Tab. */
const begin = (node) => node.evaluate((root) => ((root.tabIndex = -1), root.focus()));

/** The items that one walk by Tab comes by, from the head of the quiz to its last control. */
async function walked(page) {
  const quiz = await page.$(".ganlab-quiz");
  await begin(quiz);
  const met = [];
  for (let presses = 0; presses < 400; presses += 1) {
    await page.keyboard.press("Tab");
    const item = await quiz.evaluate((root) => {
      const now = document.activeElement;
      return root.contains(now) && now !== root ? (now.closest("[data-item]")?.dataset.item ?? "") : null;
    });
    if (item === null) break;
    if (item && met.at(-1) !== item) met.push(item);
  }
  return met;
}
const said = (node) => node.$eval(".gq-said", (box) => box.innerText);
const score = (page) => page.$eval(".gq-score p", (line) => line.textContent);
const shown = (node) => node.$eval("details", (details) => details.checkVisibility());

async function run({ url, items }) {
  const report = { url, foreign: [], errors: [], items: {} };
  const page = await open(url, report);
  report.before = await score(page);
  report.walked = await walked(page);
  for (const { id, kind, right, wrong } of items) {
    const node = await page.$(`[data-item='${id}']`);
    const found = (report.items[id] = { foldedBefore: !(await shown(node)) });
    await begin(node);
    await tabTo(page, node, check);
    await page.keyboard.press("Enter");
    if (kind !== "order") found.empty = await said(node);
    else await node.$eval("button[aria-label^='Try']", (button) => button.click());
    await begin(node);
    await enter[kind](page, node, wrong);
    found.wrong = await said(node);
    found.scoreWrong = await score(page);
    found.offered = await shown(node);
    await tabTo(page, node, "button[aria-label^='Try']");
    found.outline = await node.$eval("button[aria-label^='Try']", (button) => getComputedStyle(button).outlineStyle);
    await page.keyboard.press("Space");
    found.cleared = [await said(node), await shown(node), await node.$$eval("input:checked", (all) => all.length)];
    await begin(node);
    await enter[kind](page, node, right);
    found.right = await said(node);
    await tabTo(page, node, "summary");
    await page.keyboard.press("Enter");
    found.answer = await node.$eval("details", (details) => (details.open ? details.innerText : ""));
  }
  report.after = await score(page);
  report.unnamed = await page.$$eval(".ganlab-quiz input, .ganlab-quiz button, .ganlab-quiz fieldset", (all) =>
    all
      .filter((one) => !(one.matches("fieldset") ? one.firstElementChild.matches("legend") : one.matches("button") ? one.ariaLabel || one.textContent.trim() : one.labels.length))
      .map((one) => one.outerHTML),
  );
  // JupyterLab leaves the keys alone only where the focused element itself says so.
  report.unguarded = await page.$$eval(".ganlab-quiz :is(input, button, summary):not([data-lm-suppress-shortcuts])", (all) => all.length);
  report.live = await page.$$eval(".gq-said", (all) => all.every((box) => box.getAttribute("role") === "status"));
  report.overflow = await page.$$eval(".ganlab-quiz, .ganlab-quiz :not(pre *)", (all) => Math.max(...all.map((one) => one.getBoundingClientRect().right)) - window.innerWidth);
  await page.reload();
  await settle(page);
  report.reloaded = await score(page);
  report.saidAgain = await page.$$eval(".gq-said", (all) => all.map((box) => box.innerText));
  await begin(await page.$(".ganlab-quiz"));
  await tabTo(page, await page.$(".gq-score"), "button");
  await page.keyboard.press("Enter");
  report.restarted = await score(page);
  report.kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("ganlab-quiz")));
  await page.reload();
  await settle(page);
  report.fresh = [await score(page), await page.$$eval(".ganlab-quiz input:checked", (all) => all.length)];
  await page.context().close();
  return report;
}

/** What is said of each typed text, item by item. */
async function numbers({ url, typed }) {
  const report = { foreign: [], errors: [], said: {} };
  const page = await open(url, report);
  for (const [id, texts] of Object.entries(typed)) {
    const node = await page.$(`[data-item='${id}']`);
    report.said[id] = {};
    for (const text of texts) {
      const input = await node.$("input");
      await input.fill(text);
      await input.press("Enter");
      report.said[id][text] = await said(node);
    }
  }
  await page.context().close();
  return report;
}

/** A quiz twice and another one on one page: a choice in one copy must leave the others alone. */
async function crowd(url) {
  const report = { foreign: [], errors: [] };
  const page = await open(url, report);
  report.picked = [];
  for (const root of await page.$$(".ganlab-quiz")) {
    await (await root.$("input[type=radio]")).check();
    report.picked.push(await page.$$eval(".ganlab-quiz", (all) => all.map((one) => one.querySelectorAll("input:checked").length)));
  }
  await page.context().close();
  return report;
}

/** A quiz in a sandboxed frame, where localStorage is forbidden: it has to work all the same. */
async function boxed(url) {
  const report = { foreign: [], errors: [] };
  const page = await open(url, report);
  const frame = page.frames()[1];
  report.blocked = await frame.evaluate(() => {
    try {
      return !localStorage;
    } catch {
      return true;
    }
  });
  const node = await frame.$("[data-kind='one']");
  await (await node.$("input")).check();
  await (await node.$(check)).click();
  report.said = await said(node);
  await page.context().close();
  return report;
}

/** A quiz put on the page as notebooks do: HTML assigned as text, then its scripts run again. */
async function written(html) {
  const report = { foreign: [], errors: [] };
  const page = await open("data:text/html,<title>x</title><main></main>", report);
  await page.evaluate((text) => {
    document.querySelector("main").innerHTML = text;
    for (const script of document.querySelectorAll("main script")) {
      const copy = document.createElement("script");
      copy.textContent = script.textContent;
      document.querySelector("main").append(copy);
      copy.remove();
    }
  }, html);
  report.score = await score(page);
  await page.context().close();
  return report;
}

/** A quiz where no script runs: everything can be read, and the answers unfold. */
async function unscripted(url) {
  const report = { foreign: [], errors: [] };
  const page = await open(url, report, { javaScriptEnabled: false });
  report.text = await page.innerText(".ganlab-quiz");
  report.folded = await page.locator(".ganlab-quiz details:not([open])").count();
  await page.locator(".ganlab-quiz summary").first().press("Enter");
  report.unfolded = await page.locator(".ganlab-quiz details").first().innerText();
  report.buttons = await page.locator(".ganlab-quiz button").count();
  await page.context().close();
  return report;
}

/** The lowest contrast of text, and of the bars beside feedback, in a theme of the book. */
async function colours({ url, theme }) {
  const report = { foreign: [], errors: [] };
  const page = await open(url, report, { colorScheme: theme });
  await page.evaluate((mode) => ["mode", "theme"].forEach((key) => localStorage.setItem(key, mode)), theme);
  await page.reload();
  await settle(page);
  for (const place of [0, 1]) {
    const node = (await page.$$("[data-kind='one']"))[place];
    for (const option of await node.$$("input")) {
      await option.check();
      await (await node.$(check)).click();
      if ((await said(node)).startsWith(place ? "✓" : "✗")) break;
    }
  }
  report.theme = await page.evaluate(() => document.documentElement.dataset.theme);
  Object.assign(
    report,
    await page.evaluate(() => {
      const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
      const light = (colour) => {
        const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const opaque = (colour) => (channels(colour)[3] ?? 1) === 1;
      const behind = (node) => (opaque(getComputedStyle(node).backgroundColor) || !node.parentElement ? getComputedStyle(node).backgroundColor : behind(node.parentElement));
      const contrast = (node, property) => {
        const [low, high] = [light(getComputedStyle(node)[property]), light(behind(node))].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
      };
      const lowest = (selector, property) => Math.min(...[...document.querySelectorAll(selector)].map((node) => contrast(node, property)));
      const text = ["legend", "code", "label", "small", "button", "summary", ".gq-said p", "input[type='text']"];
      return {
        text: Object.fromEntries(text.map((part) => [part, lowest(`.ganlab-quiz ${part}`, "color")])),
        bars: [".gq-right", ".gq-wrong"].map((part) => lowest(part, "borderLeftColor")),
      };
    }),
  );
  await page.context().close();
  return report;
}

const jobs = { numbers, crowd, boxed, written, unscripted };
const reports = { runs: [], colours: [] };
for (const one of plan.runs) reports.runs.push(await run(one));
for (const [name, job] of Object.entries(jobs)) if (plan[name]) reports[name] = await job(plan[name]);
for (const one of plan.colours ?? []) reports.colours.push(await colours(one));
await browser.close();
console.log(JSON.stringify(reports));
