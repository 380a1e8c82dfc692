// Opens every page of the built book on a phone-wide screen and prints, as JSON, what went on in it.
// node tests/book/browser.mjs URL ROOT MODULES BROWSER
import { launch, pages, settle } from "./site.mjs";

const [url, root, modules, executable] = process.argv.slice(2);
const origin = new URL(url).origin;
const browser = await launch(modules, executable);
const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
const reports = [];

// A request to anywhere else is written down and refused.
let report = null;
await context.route(
  (address) => !["data:", "blob:"].includes(address.protocol) && address.origin !== origin,
  (route) => {
    report.foreign.push(route.request().url());
    return route.abort();
  },
);

for (const name of pages(root)) {
  report = { name, foreign: [], missing: [], errors: [] };
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && report.errors.push(message.text()));
  page.on("pageerror", (error) => report.errors.push(String(error)));
  page.on("response", (answer) => answer.status() >= 400 && report.missing.push(answer.url()));
  await page.goto(`${url}/${name}`);
  await settle(page);
  Object.assign(
    report,
    await page.evaluate(() => {
      const all = (selector) => [...document.querySelectorAll(selector)];
      return {
        images: all("img").filter((image) => !image.alt.trim()).map((image) => image.src),
        formulas: all("span.math, div.math").length,
        formulasDrawn: all("mjx-container").length,
        formulasWrong: all("mjx-merror").map((error) => error.textContent),
        diagrams: all("pre.mermaid").length,
        diagramsDrawn: all("pre.mermaid svg[aria-roledescription^='flowchart']").length,
        diagramsSpoken: all("pre.mermaid svg title").length,
        colab: all("a[href*='colab.research.google.com/github']").map((link) => link.href),
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      };
    }),
  );
  reports.push(report);
  await page.close();
}
await browser.close();
console.log(JSON.stringify(reports));
