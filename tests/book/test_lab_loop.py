"""The step-through widget of lesson 10 against autograd: who holds which gradients, who moves, after every line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab.data import load
from ganlab.teaching.workbench import Bench, run

LOOP = Path(__file__).resolve().parents[2] / "book" / "_static" / "lab" / "loop.js"
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
PROGRAMS = ("right", "the quiet loop", "no detach", "never cleared", "D polluted", "G polluted")

pytestmark = pytest.mark.skipif(NODE is None, reason="no node on this machine: the widget is not compared")


@pytest.fixture(scope="module")
def told() -> dict[str, list[dict[str, Any]]]:
    code = f"""const loop = require({json.dumps(str(LOOP))});
    const found = Object.entries(loop.PROGRAMS).map(([name, lines]) => [name, loop.states(lines)]);
    console.log(JSON.stringify(Object.fromEntries(found)));"""
    done = subprocess.run([NODE, "-e", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_programs_are_those_of_the_lesson(told):
    assert tuple(told) == PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_line_is_what_autograd_does(told, program):
    bench = Bench(load("ring"), seed=4)
    pieces: dict[str, list[tuple[str, list[torch.Tensor]]]] = {"D": [], "G": []}
    newest, moved = "", {"D": 0, "G": 0}
    for state in told[program]:
        line = state["line"]
        players = {"D": [*bench.D.parameters()], "G": [*bench.G.parameters()]}
        before = {name: torch.cat([p.detach().flatten() for p in group]) for name, group in players.items()}
        if line == "backward":
            for name, group in players.items():
                grads = torch.autograd.grad(bench.loss, group, retain_graph=True, allow_unused=True)
                if all(g is not None for g in grads):
                    pieces[name].append((newest, [g.clone() for g in grads]))
        run(line, bench)
        if line.startswith("loss"):
            newest = line.replace("loss", "L")
        if line.startswith("clear"):
            pieces[line[-1]] = []
        assert (state["fake"] is True) == bench.fake.requires_grad
        for name, group in players.items():
            assert state["grads"][name] == [label for label, _ in pieces[name]], (state["round"], line, name)
            for place, p in enumerate(group):
                if pieces[name]:
                    torch.testing.assert_close(p.grad, sum(grads[place] for _, grads in pieces[name]))
                else:
                    assert p.grad is None
            after = torch.cat([p.detach().flatten() for p in group])
            moved[name] += int(not torch.equal(before[name], after))
            assert state["moved"][name] == moved[name], (state["round"], line, name)
