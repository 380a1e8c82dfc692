"""Colab: links whose address is read from `_config.yml`, and the badge of a notebook without its remote picture."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

COLAB = "https://colab.research.google.com/github"
BADGE = "colab-badge.svg"


class Colab(SphinxRole):
    """`{colab}`notebooks/start/00-start-here.ipynb`` -> a link that opens the notebook on Colab."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        options = self.config.html_theme_options
        repository = options["repository_url"].removeprefix("https://github.com/").rstrip("/")
        branch = options["repository_branch"]
        link = nodes.reference("", "Open in Colab", refuri=f"{COLAB}/{repository}/blob/{branch}/{self.text}")
        link["classes"].append("colab-badge")
        return [link], []


def badge_as_text(_app: Sphinx, doctree: nodes.document) -> None:
    """On GitHub the badge is Google's picture; a page of the book asks no other host for anything."""
    for image in list(doctree.findall(nodes.image)):
        if image["uri"].endswith(BADGE) and isinstance(image.parent, nodes.reference):
            image.parent["classes"].append("colab-badge")
            image.replace_self(nodes.Text("Open in Colab"))


def setup(app: Sphinx) -> None:
    app.add_role("colab", Colab())
    app.connect("doctree-read", badge_as_text, priority=100)
