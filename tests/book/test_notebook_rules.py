"""The lessons obey the rules; and each rule is tried on a notebook that was broken for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import check_notebooks
import pytest

from ganlab.assign.address import Repository

NAME = "notebooks/start/00-start-here.ipynb"
ADDRESS = "https://github.com/OWNER/ganlab"
COLAB = f"https://colab.research.google.com/github/OWNER/ganlab/blob/main/{NAME}"
SOUND: dict[str, Any] = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": [f"# 00 Start here\n\n[![Open in Colab](b.svg)]({COLAB})"]},
        {
            "cell_type": "code",
            "metadata": {"tags": ["setup"]},
            "source": Repository("OWNER", "ganlab", "main").setup.splitlines(keepends=True),
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["ganlab 0.1.0\n"]}],
        },
        {
            "cell_type": "code",
            "metadata": {"tags": ["nbval-check-output"], "mystnb": {"image": {"alt": "Two curves that cross"}}},
            "source": ["draw()"],
            "execution_count": 2,
            "outputs": [
                {
                    "output_type": "display_data",
                    "data": {"image/png": "iVBOR", "text/plain": ["<Figure>"]},
                    "metadata": {},
                }
            ],
        },
    ],
    "metadata": {},
}


def messages(folder: Path, notebook: dict[str, Any], name: str = NAME) -> list[str]:
    (folder / "_config.yml").write_text(f"repository:\n  url: {ADDRESS}\n  branch: main\n")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))
    return check_notebooks.problems(folder)


def test_the_lessons_obey_the_rules() -> None:
    assert check_notebooks.problems() == []


def test_a_sound_notebook_passes(tmp_path: Path) -> None:
    assert messages(tmp_path, SOUND) == []


def no_title(cells: list[dict]) -> None:
    cells[0]["source"] = [f"# Start here ({COLAB})"]


def badge_of_another_lesson(cells: list[dict]) -> None:
    cells[0]["source"] = [cells[0]["source"][0].replace("00-start", "01-start")]


def badge_of_another_owner(cells: list[dict]) -> None:
    cells[0]["source"] = [cells[0]["source"][0].replace("OWNER", "someone")]


def setup_with_one_more_space(cells: list[dict]) -> None:
    cells[1]["source"][-1] += " "


def setup_without_its_tag(cells: list[dict]) -> None:
    cells[1]["metadata"] = {}


def never_run(cells: list[dict]) -> None:
    cells[2].update(execution_count=None, outputs=[])


def run_out_of_order(cells: list[dict]) -> None:
    cells[1]["execution_count"], cells[2]["execution_count"] = 2, 1


def run_twice(cells: list[dict]) -> None:
    cells[2]["execution_count"] = 3


def stored_error(cells: list[dict]) -> None:
    cells[2]["outputs"].append({"output_type": "error", "ename": "NameError", "evalue": "", "traceback": []})


def errors_allowed(cells: list[dict]) -> None:
    cells[2]["metadata"]["tags"].append("raises-exception")


def stored_warning(cells: list[dict]) -> None:
    cells[2]["outputs"].append({"output_type": "stream", "name": "stderr", "text": "FutureWarning: soon\n"})


def checked_without_output(cells: list[dict]) -> None:
    cells[2]["outputs"] = []


def picture_without_alt(cells: list[dict]) -> None:
    del cells[2]["metadata"]["mystnb"]


def picture_with_blank_alt(cells: list[dict]) -> None:
    cells[2]["metadata"]["mystnb"]["image"]["alt"] = "  "


def markdown_picture_without_alt(cells: list[dict]) -> None:
    cells[0]["source"].append("\n![](curve.png)")


def html_picture_without_alt(cells: list[dict]) -> None:
    cells[2]["outputs"][0]["data"]["text/html"] = ["<p><img src='data:image/png;base64,iVBOR'></p>"]


def number_from_nowhere(cells: list[dict]) -> None:
    cells[0]["source"].append("\n\nThe recipe reaches 98.7 % on ten seeds.")


BROKEN: dict[Callable[[list[dict]], None], str] = {
    no_title: "first cell should be Markdown",
    badge_of_another_lesson: "Colab badge",
    badge_of_another_owner: "Colab badge",
    setup_with_one_more_space: "setup cell differs",
    setup_without_its_tag: "should be the setup cell",
    never_run: "execution count None",
    run_out_of_order: "execution count 2 where 1",
    run_twice: "execution count 3 where 2",
    stored_error: "an error is stored",
    errors_allowed: "raises-exception",
    stored_warning: "a warning is stored",
    checked_without_output: "no text output to compare",
    picture_without_alt: "without metadata mystnb.image.alt",
    picture_with_blank_alt: "without metadata mystnb.image.alt",
    markdown_picture_without_alt: "picture without alternative text",
    html_picture_without_alt: "<img> without alt",
    number_from_nowhere: "no cell computes or asserts the 98.7",
}


@pytest.mark.parametrize("damage", BROKEN, ids=lambda damage: damage.__name__)
def test_each_damage_is_named(tmp_path: Path, damage: Callable[[list[dict]], None]) -> None:
    notebook = copy.deepcopy(SOUND)
    damage(notebook["cells"])
    assert any(BROKEN[damage] in message for message in messages(tmp_path, notebook))


EXERCISES = "notebooks/exercises/00-start-here.ipynb"
SOLUTIONS = "notebooks/exercises/solutions/00-start-here.ipynb"


def exercises() -> dict[str, Any]:
    """A sound set of exercises: nothing was run."""
    notebook = copy.deepcopy(SOUND)
    title = notebook["cells"][0]["source"][0].replace("# 00 Start", "# 00 Exercises: Start")
    notebook["cells"][0]["source"] = [title.replace(NAME, EXERCISES)]
    for cell in notebook["cells"][1:]:
        cell.update(execution_count=None, outputs=[])
    return notebook


def test_sound_exercises_pass(tmp_path: Path) -> None:
    assert messages(tmp_path, exercises(), EXERCISES) == []


def test_exercises_that_were_run_are_named(tmp_path: Path) -> None:
    notebook = exercises()
    notebook["cells"][2]["execution_count"] = 2
    assert any("without outputs" in message for message in messages(tmp_path, notebook, EXERCISES))


def test_exercises_with_the_title_of_a_lesson_are_named(tmp_path: Path) -> None:
    notebook = exercises()
    notebook["cells"][0]["source"] = [notebook["cells"][0]["source"][0].replace("Exercises: ", "")]
    assert any('begin with "# 00 Exercises: "' in message for message in messages(tmp_path, notebook, EXERCISES))


def test_a_page_of_solutions_opens_the_exercises_and_is_run(tmp_path: Path) -> None:
    solved = copy.deepcopy(SOUND)
    solved["cells"][0]["source"] = exercises()["cells"][0]["source"]
    assert messages(tmp_path, solved, SOLUTIONS) == []
    assert any("execution count None" in message for message in messages(tmp_path, exercises(), SOLUTIONS))
    solved["cells"][0]["source"] = [solved["cells"][0]["source"][0].replace(EXERCISES, SOLUTIONS)]
    assert any("Colab badge" in message for message in messages(tmp_path, solved, SOLUTIONS))


def test_a_path_of_this_machine_in_an_output_is_named(tmp_path: Path) -> None:
    notebook = copy.deepcopy(SOUND)
    notebook["cells"][2]["outputs"][0]["data"]["text/plain"] = [f"{tmp_path}/runs/1"]
    assert any("folder of this machine" in message for message in messages(tmp_path, notebook))


def test_a_bad_name_is_named(tmp_path: Path) -> None:
    assert any(
        "should be called" in message for message in messages(tmp_path, SOUND, "notebooks/start/Start Here.ipynb")
    )


def test_an_empty_notebook_is_named_and_not_a_crash(tmp_path: Path) -> None:
    assert len(messages(tmp_path, {"cells": [], "metadata": {}})) >= 3
