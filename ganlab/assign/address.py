"""Where the course lives, and what every notebook of it begins with.

`python book/links.py` writes the address below from `_config.yml`, so that the notebooks that a fork makes install the
fork's package and open in the fork's copy.

Lesson: 00 Start here.
"""

from __future__ import annotations

from dataclasses import dataclass

COLAB = "https://colab.research.google.com"
SETUP = """\
try:
    import ganlab
except ImportError:
    %pip install --quiet "ganlab @ git+{address}"
    import ganlab
ganlab.teaching.setup()"""


@dataclass(frozen=True)
class Repository:
    """`https://github.com/owner/name`, and the branch that links point at."""

    owner: str
    name: str
    branch: str

    @property
    def address(self) -> str:
        """The address of the repository's page."""
        return f"https://github.com/{self.owner}/{self.name}"

    @property
    def setup(self) -> str:
        """The setup cell: installs the package where it is missing, seeds, says what runs."""
        return SETUP.format(address=self.address)

    @property
    def is_placeholder(self) -> bool:
        """Whether nobody has set the address yet."""
        return self.owner == "OWNER"

    def colab(self, notebook: str) -> str:
        """The address at which Colab opens a notebook, given its path in the repository."""
        return f"{COLAB}/github/{self.owner}/{self.name}/blob/{self.branch}/{notebook}"

    def badge(self, notebook: str) -> str:
        """Markdown of the button that opens a notebook on Colab."""
        return f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({self.colab(notebook)})"


COURSE = Repository("OWNER", "ganlab", "main")
