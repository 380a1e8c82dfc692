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
  await page.waitForLoadState("load");
  await page
    .waitForFunction(
      () => {
        const diagrams = document.querySelector("pre.mermaid");
        const formulas = document.querySelector("script[src*='tex-mml-chtml']");
        const drawn = !diagrams || document.documentElement.dataset.diagrams !== undefined;
        return drawn && (!formulas || window.MathJax?.startup?.document?.state?.() >= 10);
      },
      undefined,
      { timeout: 10000 },
    )
    .catch(() => {});
}
