"""Mutants: one place changed, inside the region, every kind of mistake there, and nothing twice."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.assign.mutants import KINDS, mutants, region

STEP = '''import torch

LIMIT = 3 + 4


def step(critic, real, noise, rounds=3):
    """One round, and 2 more."""
    scale = 2 - 1
    ### BEGIN SOLUTION
    total = 0.0  # a float
    for round in range(rounds):
        fake = noise[round].detach()
        with torch.no_grad():
            weight = (real - fake) / 2
        total += torch.nn.functional.softplus(-critic(fake)).mean() + torch.zeros_like(weight).sum(dim=-1)
    if total > 3 and not rounds:
        raise ValueError("more than 3 - 2")
    gradient = torch.autograd.grad(
        total,
        real,
        create_graph=True,
    )[0]
    critic.zero_grad()
    return {"wärme": total, "norm": gradient[:, 1:]}, (gradient**2).sum(1).sqrt() - 1, f"{total - 1}"
    ### END SOLUTION


def after(x):
    return x + 1
'''


def body(*lines: str) -> str:
    """A solution of these lines, which may use x, y, i, f and torch."""
    inner = "\n".join(f"    {line}" for line in lines)
    return f"def answer(x, y, i, f):\n    ### BEGIN SOLUTION\n{inner}\n    ### END SOLUTION\n"


def changes(*lines: str) -> dict[str, str]:
    """The new lines with their kinds, of all mutants of a solution."""
    return {mutant.new: mutant.kind for mutant in mutants(body(*lines))}


@pytest.mark.parametrize(
    ("line", "kind", "new"),
    [
        ("return x + y", "operator", "return x - y"),
        ("return x - y", "operator", "return x + y"),
        ("return x - y", "operator", "return y - x"),
        ("return x * y", "operator", "return x / y"),
        ("return x / (x - y)", "operator", "return (x - y) / x"),
        ("return x // y", "operator", "return x / y"),
        ("return x % y", "operator", "return x // y"),
        ("return x**2", "operator", "return x*2"),
        ("return x @ y", "operator", "return x * y"),
        ("return x @ y", "operator", "return y @ x"),
        ("return x < y", "operator", "return x <= y"),
        ("return x < y", "operator", "return x >= y"),
        ("return x == y", "operator", "return x != y"),
        ("return x is y", "operator", "return x is not y"),
        ("return x not  in y", "operator", "return x in y"),
        ("return 0 < x <= y", "operator", "return 0 < x < y"),
        ("return x and y", "operator", "return x or y"),
        ("return not x", "operator", "return x"),
        ("return ~x", "operator", "return x"),
        ("return x if i else y", "operator", "return y"),
        ("x -= y", "operator", "x += y"),
        ("x -= y", "operator", "x = y"),
        ("return -x", "sign", "return x"),
        ("return -(x + y) * 2", "sign", "return (x + y) * 2"),
        ("return x + y", "sign", "return -(x + y)"),
        ("return x, f(y)", "sign", "return x, -f(y)"),
        ("y = x", "sign", "y = -x"),
        ("return f(x)", "sign", "return f(-x)"),
        ("return f(x + y)", "sign", "return f(-(x + y))"),
        ("return x + 3", "constant", "return x + 4"),
        ("return x + 3", "constant", "return x + 2"),
        ("return x + 1", "constant", "return x + 0"),
        ("return x * 0.5", "constant", "return x * 1.0"),
        ("return x * 0.5", "constant", "return x * 0.25"),
        ("return x * 0.0", "constant", "return x * 1.0"),
        ("return f(x, keepdim=True)", "constant", "return f(x, keepdim=False)"),
        ("return f(x, reduction='sum')", "constant", "return f(x, reduction='mean')"),
        ("return x['loss']", "constant", 'return x[""]'),
        ("return x.detach()", "call", "return x"),
        ("return (x - y).abs().mean()", "call", "return (x - y).mean()"),
        ("return (x - y).abs()", "call", "return x - y"),
        ("return torch.exp(x - y) * 2", "call", "return (x - y) * 2"),
        ("return f(x).detach()", "call", "return x.detach()"),
        ("return x.T", "call", "return x"),
        ("f(x)", "call", "pass"),
        ("x.append(y)", "call", "pass"),
        ("return x.mean()", "call", "return x.sum()"),
        ("return torch.ones_like(x)", "call", "return torch.zeros_like(x)"),
        ("x.train()", "call", "x.eval()"),
        ("return f(x, y)", "argument", "return f(y, x)"),
        ("return f(x, dim=1)", "argument", "return f(x)"),
        ("return f(x, dim=1, keepdim=True)", "argument", "return f(x, keepdim=True)"),
        ("return x[i]", "subscript", "return x[i + 1]"),
        ("return x[:, i - 1]", "subscript", "return x[:, i - 1 - 1]"),
        ("return x[:i]", "subscript", "return x[:]"),
        ("return x[:i]", "subscript", "return x[:i + 1]"),
        ("return x[1:]", "subscript", "return x[:]"),
        ("return x[1:]", "constant", "return x[2:]"),
        ("return [f(k) for k in range(i)]", "loop", "return [f(k) for k in range(i - 1)]"),
        ("return [f(k) for k in x if k > y]", "loop", "return [f(k) for k in x if True]"),
        ("return x", "statement", "return None"),
        ("x = y", "statement", "pass"),
        ("x[0] = y", "statement", "pass"),
        ("x += y", "statement", "pass"),
        ("assert x", "statement", "pass"),
    ],
)
def test_every_kind_of_mistake_is_made(line, kind, new):
    assert changes(line).get(new) == kind


@pytest.mark.parametrize(
    ("lines", "kind", "new"),
    [
        (("for k in range(1, i):", "    f(k)"), "loop", "for k in range(1, i + 1):"),
        (("for k in x:", "    f(k)"), "loop", "for k in ():"),
        (("while x:", "    x = f(x)"), "loop", "while False:"),
        (("for k in x:", "    break"), "statement", "pass"),
        (("if x:", "    x = y", "return x"), "statement", "if True:"),
        (("if x:", "    x = y", "return x"), "statement", "if False:"),
        (("with torch.no_grad():", "    x = f(x)", "return x"), "statement", "if True:"),
        (("with torch.no_grad(): x = f(x)", "return x"), "statement", "if True: x = f(x)"),
    ],
)
def test_every_kind_of_block_is_changed(lines, kind, new):
    assert changes(*lines).get(new) == kind


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("return f'{x - 1}'", "return f'{x + 1}'"),
        ("raise ValueError('no 3')", "raise ValueError('')"),
        ("z = x", "pass"),  # without it there would be no z at all: that mistake is not worth a mutant
        ("return torch.zeros(3)", "return torch"),
        ("return torch.ones_like(x)", "return torch.ones_like(-x)"),
        ("return f(f, x)", "return f(-f, x)"),
        ("with f(x) as y:\n        return y", "if True:"),
        ("f(x)", "x"),
    ],
)
def test_what_would_be_no_mistake_or_a_silly_one_is_left_alone(line, new):
    assert new not in changes(line)


def test_only_the_region_changes():
    first, last = region(STEP)
    lines = STEP.splitlines()
    assert (lines[first - 1].strip(), lines[last - 1].strip()) == ("### BEGIN SOLUTION", "### END SOLUTION")
    for mutant in mutants(STEP):
        assert first < mutant.line < last
        changed = mutant.code.splitlines()
        assert changed[:first] == lines[:first]
        assert changed[-(len(lines) - last + 1) :] == lines[last - 1 :]


def test_all_compile_and_no_two_are_the_same_code():
    dumps = [ast.dump(ast.parse(mutant.code)) for mutant in mutants(STEP)]
    assert len(set(dumps)) == len(dumps) and ast.dump(ast.parse(STEP)) not in dumps
    assert {mutant.kind for mutant in mutants(STEP)} == set(KINDS)


def test_the_order_is_that_of_the_lines_and_always_the_same():
    made = mutants(STEP)
    assert [mutant.line for mutant in made] == sorted(mutant.line for mutant in made)
    assert made == mutants(STEP)


def difference(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """What is left of two lists of lines without the lines that both begin with and those that both end with."""
    head = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    old, new = old[head:], new[head:]
    pairs = zip(reversed(old), reversed(new), strict=False)
    tail = next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))
    return old[: len(old) - tail], new[: len(new) - tail]


def test_the_named_lines_are_those_that_differ():
    for mutant in mutants(STEP):
        old, new = difference(STEP.splitlines(), mutant.code.splitlines())
        assert " ".join(line.strip() for line in old) in mutant.old
        assert " ".join(line.strip() for line in new) in mutant.new
        assert "\n" not in mutant.old + mutant.new
        assert mutant.text == f"`{mutant.old}` -> `{mutant.new}`"


def test_a_comment_and_a_letter_of_two_bytes_stay_where_they_are():
    made = {mutant.new for mutant in mutants(STEP)}
    assert "total = 1.0  # a float" in made
    assert any(new.startswith('return {"wärme": total, "norm": gradient[:, :]}') for new in made)


def test_a_change_in_brackets_keeps_to_its_operand():
    made = changes("return (x + y) / 2 - y")
    assert "return y - ((x + y) / 2)" in made
    assert "return 2 / (x + y) - y" in made
    assert "return -((x + y) / 2 - y)" in made
    assert "return -2 - x" in changes("return x - -2")
    assert "return (-2) ** x" in changes("return x**-2")


NAMES = st.sampled_from(["x", "y", "i", "2", "0.5", "x[i]", "f(x)", "x.mean()", "y.sum(dim=1)"])
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "@", "<", "and"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        inner.map(lambda text: f"(-{text})"),
        inner.map(lambda text: f"torch.exp({text})"),
        inner.map(lambda text: f"({text}).detach()"),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
def test_any_expression_gives_mutants_that_compile_and_differ(expression):
    solution = body(f"return {expression}")
    made = mutants(solution)
    dumps = {ast.dump(ast.parse(mutant.code)) for mutant in made}
    assert len(dumps) == len(made) >= 1 and ast.dump(ast.parse(solution)) not in dumps
