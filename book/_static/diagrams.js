// Draws every Mermaid diagram of a page, and draws it again when the reader changes the theme.
// A classic script on purpose: it also works where the page was opened as a file.
(function () {
  "use strict";
  const FONT = getComputedStyle(document.body).fontFamily;
  const sources = new Map();

  function theme() {
    return document.documentElement.dataset.theme === "dark" ? "dark" : "neutral";
  }

  function narrow() {
    // A chain from left to right would be too small to read: it is turned. (`graph LR` says: leave as is.)
    return document.documentElement.clientWidth < 600;
  }

  async function draw() {
    mermaid.initialize({ startOnLoad: false, theme: theme(), securityLevel: "strict", fontFamily: FONT });
    for (const [element, source] of sources) {
      element.removeAttribute("data-processed");
      element.textContent = narrow() ? source.replaceAll(/\b(flowchart|direction) LR\b/g, "$1 TB") : source;
    }
    await mermaid.run({ nodes: [...sources.keys()] });
    document.documentElement.dataset.diagrams = theme();
  }

  document.querySelectorAll("pre.mermaid").forEach((element) => sources.set(element, element.textContent));
  let drawing = draw();
  let drawn = theme();
  new MutationObserver(function () {
    if (theme() !== drawn) {
      drawn = theme();
      drawing = drawing.then(draw);
    }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
