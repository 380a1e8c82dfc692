// Pictures of every page of the built book: node tests/book/screenshots.mjs URL OUT [BROWSER] [PAGE...]
// Wide (1280) and phone (390), light and dark. Serve the book first: python -m http.server --directory _build/html
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, pages, settle } from "./site.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const [url, out, executable = "/usr/bin/chromium", ...wanted] = process.argv.slice(2);
const browser = await launch(path.join(here, "../../book/vendor-src/node_modules"), executable);
mkdirSync(out, { recursive: true });
for (const [width, height] of [[1280, 900], [390, 844]]) {
  for (const scheme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport: { width, height } });
    await context.addInitScript((mode) => {
      localStorage.setItem("mode", mode);
      localStorage.setItem("theme", mode);
    }, scheme);
    const page = await context.newPage();
    for (const name of wanted.length ? wanted : pages(path.join(here, "../../_build/html"))) {
      await page.goto(`${url}/${name}`);
      await settle(page);
      const file = `${name.replaceAll("/", "-").replace(".html", "")}-${width}-${scheme}.png`;
      await page.screenshot({ path: path.join(out, file), fullPage: true });
    }
    await context.close();
  }
}
await browser.close();
