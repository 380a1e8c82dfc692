"""Which scripts a page loads: from the book itself, or from a public CDN where npm could not be reached.

The vendored files come from book/vendor.py. Sphinx's `mathjax_path` and myst-nb's `nb_ipywidgets_js`
are set here, at build time, from what is on the disk. Two extensions get their scripts replaced:
sphinx-thebe (loaded by Jupyter Book, not used here, declares one constant twice) and
sphinxcontrib-mermaid (its ES module cannot be opened by file://; diagrams.js is classic and does less).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinxcontrib.mermaid import mermaid

BOOK = Path(__file__).resolve().parents[2]
VENDOR = BOOK / "_static" / "vendor"
CDN = "https://cdn.jsdelivr.net/npm"
# our path under vendor/, and the same file at the CDN (the version is read from the lock file)
MATHJAX = ("mathjax/tex-mml-chtml.js", "mathjax", "es5/tex-mml-chtml.js")
MERMAID = ("mermaid/mermaid.min.js", "mermaid", "dist/mermaid.min.js")
REQUIRE = ("widgets/require.js", "requirejs", "require.js")
WIDGETS = ("widgets/embed-amd.js", "@jupyter-widgets/html-manager", "dist/embed-amd.js")


def address(file: tuple[str, str, str]) -> str:
    """Where a page finds the file: a path under _static/, or the CDN's address where it is not vendored."""
    ours, package, theirs = file
    if (VENDOR / ours).exists():
        return f"vendor/{ours}"
    lock = json.loads((BOOK / "vendor-src" / "package-lock.json").read_text())
    return f"{CDN}/{package}@{lock['packages'][f'node_modules/{package}']['version']}/{theirs}"


def choose(_app: Sphinx, config: Config) -> None:
    config.mathjax_path = address(MATHJAX)
    config.nb_ipywidgets_js = {address(REQUIRE): {}, address(WIDGETS): {}}


def replace_scripts(app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    def unwanted(script: Any) -> bool:
        body = str(getattr(script, "attributes", {}).get("body") or "")
        return "THEBE_JS_URL" in body or "mermaid.initialize" in body or "sphinx-thebe" in str(script.filename or "")

    if doctree is not None and doctree.next_node(mermaid):
        app.add_js_file(address(MERMAID), defer="defer")
        app.add_js_file("diagrams.js", defer="defer")
    context["script_files"] = [script for script in context["script_files"] if not unwanted(script)]
    context["css_files"] = [css for css in context["css_files"] if "sphinx-thebe" not in str(css.filename)]


def setup(app: Sphinx) -> None:
    app.connect("config-inited", choose)
    app.connect("html-page-context", replace_scripts, priority=900)
