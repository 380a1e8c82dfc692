// What the browser test and the screenshots share: a browser, and the list of built pages.
import { createRequire } from "node:module";
import { readdirSync } from "node:fs";
import path from "node:path";

const FLAGS = [
  "--no-sandbox", // the tests also run as root, in containers
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless browser with a fresh profile. `modules` is the folder that holds playwright-core. */
export function launch(modules, executablePath) {
  const { chromium } = createRequire(path.join(modules, "x.js"))("playwright-core");
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/** Every page of the built book, as a path below its root. */
export function pages(root) {
  const found = readdirSync(root, { recursive: true }).map((name) => name.split(path.sep).join("/"));
  const skipped = /^(_static|_sources|_sphinx_design_static)\//;
  return found.filter((name) => name.endsWith(".html") && !skipped.test(name)).sort();
}

/** Wait until formulas and diagrams are drawn, or have had ten seconds. */
export async function settle(page) {
  // The root of the book is a page that leads on to another: what it held is gone a moment later.
  await page.waitForFunction(() => document.body && !document.querySelector("meta[http-equiv='Refresh' i]"));
  await page.waitForLoadState("load");
  const drawn = page.evaluate(async () => {
    const until = async (there) => {
      while (!there()) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    if (document.querySelector("script[src*='tex-mml-chtml']")) {
      await until(() => window.MathJax?.startup?.promise);
      await window.MathJax.startup.promise;
    }
    if (document.querySelector("pre.mermaid")) await until(() => document.documentElement.dataset.diagrams);
  });
  await Promise.race([drawn.catch(() => {}), page.waitForTimeout(10000)]);
}
