"""A whole source in a few lines: two tasks of code, one of words, a variant, given cells in both places."""

from __future__ import annotations

from pathlib import Path

NAME = "07-scale-and-shift.py"
TEXT = '''\
# %% [markdown] kind="opening"
"""
# 07 Scale and shift

Three tasks about straight lines of slope {SLOPE}.
"""

# %% kind="variant"
SLOPE = [3, 5, 7, 9]
SHIFT = range(-4, 0)

# %% kind="given"
import torch

# %% [markdown] kind="task" task="07.1" title="A slope of {SLOPE}" points=1 hidden_points=2 minutes=1 difficulty="easy"
"""
Write `scaled(x)`, a line of slope {SLOPE} through $\\\\frac{0}{1}$.
"""

# %% [markdown] kind="hint"
"""
A line through nothing is steep or flat.
"""

# %% [markdown] kind="hint"
"""
It is $f(x) = {SLOPE} x$.
"""

# %% [markdown] kind="hint"
"""
Multiply by {SLOPE}.
"""


# %% kind="solution"
def scaled(x):
    """Slope {SLOPE}."""
    ### BEGIN SOLUTION
    return SLOPE * x  # the secret of task one
    ### END SOLUTION


# %% kind="check"
def observe(scaled):
    return scaled(1.0)


def judge(seen):
    if not matches(seen, sealed(scaled(1.0))):
        reject("slope", f"at 1 the line of slope {SLOPE} is not at {seen}.")


# %% kind="hidden"
def observe(scaled):
    return scaled(torch.tensor([-2.0, 10.0]))


def judge(seen):
    if not near(seen, torch.tensor([-2.0, 10.0]) * SLOPE):
        reject("tensor", "the line bends for tensors, says the hidden judge.")


# %% kind="wrong" name="the slope is added" key="slope"
def scaled(x):
    return SLOPE + x


# %% kind="right" name="the other way round"
def scaled(x):
    return x * SLOPE


# %% kind="right" name="a sum"
def scaled(x):
    return sum([x] * SLOPE)


# %% [markdown] kind="explanation"
"""
A slope is what one step to the right is worth.
"""

# %% [markdown] kind="rubric"
"""
Ask what {SLOPE} means.
"""

# %% [markdown] kind="task" task="07.2" title="A shift" points=2 hidden_points=1 minutes=7 difficulty="medium"
"""
Write `shifted(x)`, the line of task 07.1 moved by {SHIFT}.
"""

# %% kind="given"
ORIGIN = 0.0

# %% [markdown] kind="hint"
"""
Up or down?
"""

# %% [markdown] kind="hint"
"""
$g(x) = f(x) + b$.
"""

# %% [markdown] kind="hint"
"""
Call `scaled`, then add.
"""


# %% kind="solution"
def shifted(x):
    ### BEGIN SOLUTION
    return scaled(x) + SHIFT  # the secret of task two
    ### END SOLUTION


# %% kind="check"
def observe(shifted):
    return shifted(ORIGIN)


def judge(seen):
    if not near(seen, SHIFT):
        reject("shift", "at 0 the line is not where it should be.")


# %% kind="hidden"
def observe(shifted, scaled):
    return [shifted(2.0), scaled(2.0)]


def judge(seen):
    if not near(seen[0] - seen[1], SHIFT):
        reject("distance", "the two lines are not parallel, says the other hidden judge.")


# %% kind="wrong" name="no shift" key="shift"
def shifted(x):
    return scaled(x)


# %% kind="right" name="the other way round"
def shifted(x):
    return SHIFT + scaled(x)


# %% kind="right" name="by hand"
def shifted(x):
    return SLOPE * x + SHIFT


# %% [markdown] kind="explanation"
"""
A shift moves all points alike.
"""

# %% [markdown] kind="task" task="07.3" title="In words" points=3 minutes=10 difficulty="hard"
"""
What do a slope and a shift do to a mean?
"""

# %% [markdown] kind="hint"
"""
Take two points.
"""

# %% [markdown] kind="hint"
"""
$E[ax + b]$.
"""

# %% [markdown] kind="hint"
"""
The mean is linear.
"""

# %% [markdown] kind="answer"
"""
They do to the mean what they do to each point: {SLOPE} times it, plus {SHIFT}.
"""

# %% [markdown] kind="rubric"
"""
- 2 points: both are named.
- 1 point: a reason.
"""
'''


def write(folder: Path, text: str = TEXT) -> Path:
    """Put the source into a folder."""
    path = folder / NAME
    path.write_text(text, encoding="utf-8")
    return path
