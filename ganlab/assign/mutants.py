"""Mechanical mutants of a solution: the same code with one small mistake, to see whether a check notices.

Each mutant changes one place between the marks BEGIN and END SOLUTION: an operator, a sign, a constant, a call that is
dropped or exchanged for its twin (``mean`` and ``sum``), arguments, a loop, a subscript, a whole statement. The text
around the place stays as it was written.

Lesson: 00 Start here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ganlab.assign.source import BEGIN, END

KINDS = ("operator", "sign", "constant", "call", "argument", "subscript", "loop", "statement")
_BINARY = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "//"), ast.Pow: ("**", "*"), ast.MatMult: ("@", "*"),
}  # fmt: skip
_ORDERED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
_COMPARED: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">=")), ast.LtE: ("<=", ("<", ">")), ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")), ast.Eq: ("==", ("!=",)), ast.NotEq: ("!=", ("==",)), ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)), ast.In: ("in", ("not in",)), ast.NotIn: ("not in", ("in",)),
}  # fmt: skip
_PAIRS = (
    ("zeros", "ones"), ("zeros_like", "ones_like"), ("mean", "sum"), ("min", "max"), ("amin", "amax"),
    ("argmin", "argmax"), ("minimum", "maximum"), ("all", "any"), ("train", "eval"), ("rand", "randn"),
    ("rand_like", "randn_like"), ("sin", "cos"), ("sigmoid", "tanh"), ("var", "std"), ("floor", "ceil"),
    ("no_grad", "enable_grad"),
)  # fmt: skip
_TWINS = dict(_PAIRS) | {right: left for left, right in _PAIRS}
_WORDS = {"mean": "sum", "sum": "mean", "none": "mean"}  # the reductions of torch's losses
_SIGNLESS = {
    "len", "range", "zip", "enumerate", "isinstance", "list", "tuple", "dict", "set", "sorted", "print", "type", "id",
    "hasattr", "getattr", "setattr", "iter", "next", "map", "filter", "abs", "zeros", "ones", "rand", "randn", "empty",
    "full", "eye", "randperm", "randint", "view", "reshape", "expand", "size", "to", "append", "extend", "Linear",
}  # fmt: skip
_ATOMS = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple)
_NUMERIC = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)
_OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Attribute, ast.Subscript, ast.IfExp)


@dataclass(frozen=True)
class Mutant:
    """One changed solution: ``old`` and ``new`` are the changed line without its indentation, ``code`` the whole cell.

    Where a change spans lines, they are joined by one blank.
    """

    kind: str
    line: int
    old: str
    new: str
    code: str

    @property
    def text(self) -> str:
        """The change as an `equivalent` cell names it."""
        return f"`{self.old}` -> `{self.new}`"


def mutants(solution: str) -> list[Mutant]:
    """Every mutant of a solution cell, line by line: each compiles, and no two are the same code."""
    tree = ast.parse(solution)
    text = _Text(solution)
    seen = {ast.dump(tree)}
    found = []
    for kind, start, end, new in sorted(_Mutator(text, tree).edits, key=lambda edit: (edit[1:], KINDS.index(edit[0]))):
        code = solution[:start] + new + solution[end:]
        try:
            dump = ast.dump(ast.parse(code))
            compile(code, "<mutant>", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        if dump not in seen:
            seen.add(dump)
            old_line, new_line = _lines(solution, start, end), _lines(code, start, start + len(new))
            found.append(Mutant(kind, solution.count("\n", 0, start) + 1, old_line, new_line, code))
    return found


def region(solution: str) -> tuple[int, int]:
    """The numbers of the lines with BEGIN and END SOLUTION, counted from 1."""
    lines = [line.strip() for line in solution.splitlines()]
    return lines.index(BEGIN) + 1, lines.index(END) + 1


def _lines(code: str, start: int, end: int) -> str:
    """The lines that hold the characters from ``start`` to ``end``, as one line without indentation."""
    first = code.rfind("\n", 0, start) + 1
    last = code.find("\n", max(start, end))
    return re.sub(r"\s*\n\s*", " ", code[first : last if last >= 0 else None].strip())


class _Text:
    """A cell's text, addressed by the places that `ast` gives: a line, and a column counted in bytes."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.lines = code.splitlines(keepends=True)

    def at(self, line: int, column: int) -> int:
        row = self.lines[line - 1].encode()[:column].decode()
        return sum(map(len, self.lines[: line - 1])) + len(row)

    def span(self, node: ast.AST) -> tuple[int, int]:
        end = self.at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return self.at(node.lineno, node.col_offset), end  # type: ignore[attr-defined]

    def of(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.code[start:end]


class _Mutator(ast.NodeVisitor):
    """Collects ``edits``: (kind, start, end, new text) for places inside the region."""

    def __init__(self, text: _Text, tree: ast.Module) -> None:
        self.text = text
        self.begin, self.end = region(text.code)
        self.edits: list[tuple[str, int, int, str]] = []
        nodes = list(ast.walk(tree))
        self.parents = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
        bound = [node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)]
        self.bound = bound + [node.arg for node in nodes if isinstance(node, ast.arg)]
        self.called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        self.visit(tree)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, (ast.JoinedStr, ast.arguments)):  # a text, and what a function takes
            return
        place = node.target if isinstance(node, ast.comprehension) else node
        line, end = getattr(place, "lineno", self.end), getattr(place, "end_lineno", self.end)
        if self.begin < line and end < self.end:
            super().visit(node)
        else:
            self.generic_visit(node)

    # Helpers -----------------------------------------------------------------------------------------------------

    def put(self, kind: str, node: ast.AST, new: str) -> None:
        self.edits.append((kind, *self.text.span(node), new))

    def inner(self, child: ast.expr, parent: ast.AST | None) -> str:
        """The child's text, in brackets where it stands alone under an operator and binds less than that."""
        signed = isinstance(child, ast.UnaryOp) and not isinstance(child.op, ast.Not)
        binding = isinstance(parent, (ast.BinOp, ast.Compare)) and not isinstance(getattr(parent, "op", None), ast.Pow)
        tight = isinstance(child, _ATOMS) or (signed and binding)
        text = self.text.of(child)
        return text if tight or not isinstance(parent, _OPERATORS) else f"({text})"

    def negated(self, node: ast.expr) -> str:
        return f"-{self.text.of(node)}" if isinstance(node, _ATOMS) else f"-({self.text.of(node)})"

    def gap(self, kind: str, left: ast.AST, right: ast.AST, old: str, new: str) -> None:
        """Exchange the operator between two operands."""
        start, end = self.text.span(left)[1], self.text.span(right)[0]
        between = self.text.code[start:end]
        found = re.search(re.escape(old).replace(r"\ ", r"\s+"), between)
        if found and "#" not in between:
            self.edits.append((kind, start + found.start(), start + found.end(), new))

    def signed(self, value: ast.expr | None) -> None:
        """Give a value a minus; a tuple gives one to each of its entries."""
        if isinstance(value, ast.Tuple):
            for entry in value.elts:
                self.signed(entry)
        elif isinstance(value, _NUMERIC):
            self.put("sign", value, self.negated(value))

    # Expressions -------------------------------------------------------------------------------------------------

    def visit_BinOp(self, node: ast.BinOp) -> None:
        old, new = _BINARY.get(type(node.op), ("", ""))
        if old:
            self.gap("operator", node.left, node.right, old, new)
        if isinstance(node.op, _ORDERED):
            swapped = f"{self.inner(node.right, node)} {old} {self.inner(node.left, node)}"
            self.put("operator", node, swapped)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        kind = "sign" if isinstance(node.op, ast.USub) else "operator"
        self.put(kind, node, self.inner(node.operand, self.parents[node]))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            old, others = _COMPARED[type(operator)]
            for new in others:
                self.gap("operator", left, right, old, new)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.gap("operator", left, right, old, new)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        for branch in (node.body, node.orelse):
            self.put("operator", node, self.inner(branch, self.parents[node]))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        for new in _constants(node.value):
            self.put("constant", node, new)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in ("T", "mT"):
            self.put("call", node, self.inner(node.value, self.parents[node]))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.dropped(node)
        self.exchanged(node)
        self.arguments(node)
        self.generic_visit(node)

    def dropped(self, node: ast.Call) -> None:
        """``f(x)`` becomes ``x``; ``x.method(...)`` becomes ``x``."""
        parent = self.parents[node]
        if isinstance(parent, ast.Expr):  # dropped as a whole
            return
        if isinstance(node.func, ast.Attribute) and not self.library(node.func.value):
            self.put("call", node, self.inner(node.func.value, parent))
        elif len(node.args) == 1 and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
            self.put("call", node, self.inner(node.args[0], parent))

    def library(self, node: ast.expr) -> bool:
        """Whether this is a module and no value: a name, or names with dots, that nothing in the cell binds."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in self.bound

    def exchanged(self, node: ast.Call) -> None:
        name = _name(node.func)
        if name in _TWINS:
            end = self.text.span(node.func)[1]
            self.edits.append(("call", end - len(name), end, _TWINS[name]))

    def arguments(self, node: ast.Call) -> None:
        """Drop each keyword, exchange the first two arguments, give each argument a minus."""
        plain = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
        head = self.text.code[self.text.span(node)[0] : self.text.span(node.func)[1]]
        for keyword in node.keywords:
            if keyword.arg is not None:
                rest = [self.text.of(entry) for entry in (*node.args, *node.keywords) if entry is not keyword]
                self.put("argument", node, f"{head}({', '.join(rest)})")
        if len(plain) >= 2 and plain == node.args:
            (start, middle), (other, end) = self.text.span(plain[0]), self.text.span(plain[1])
            swapped = self.text.of(plain[1]) + self.text.code[middle:other] + self.text.of(plain[0])
            self.edits.append(("argument", start, end, swapped))
        name = _name(node.func)
        if name not in _SIGNLESS and not name.endswith("_like"):
            for argument in plain:
                if not (isinstance(argument, ast.Name) and argument.id in self.called):
                    self.signed(argument)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for place in places:
            if isinstance(place, (ast.Name, ast.BinOp)):
                for step in ("+ 1", "- 1"):
                    self.put("subscript", place, f"{self.text.of(place)} {step}")
            elif isinstance(place, ast.Slice):
                for bound in filter(None, (place.lower, place.upper, place.step)):
                    self.put("subscript", bound, "")
                    if not isinstance(bound, (ast.Constant, ast.UnaryOp)):
                        self.put("subscript", bound, f"{self.text.of(bound)} + 1")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.looped(node.iter)
        for condition in node.ifs:
            self.put("loop", condition, "True")
        self.generic_visit(node)

    # Statements --------------------------------------------------------------------------------------------------

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self.put("call", node, "pass")
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [name for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        stored = [name.id for name in names if isinstance(name.ctx, ast.Store)]
        if all(self.bound.count(name) > 1 for name in stored):  # without the line there would be no such name at all
            self.put("statement", node, "pass")
        self.signed(node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.signed(node.value)
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        old, new = _BINARY.get(type(node.op), ("", ""))
        if old:
            self.gap("operator", node.target, node.value, f"{old}=", f"{new}=")
            self.gap("operator", node.target, node.value, f"{old}=", "=")
        self.put("statement", node, "pass")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        self.put("statement", node, "return None" if node.value is not None else "pass")
        self.signed(node.value)
        self.generic_visit(node)

    def visit_Break(self, node: ast.Break | ast.Continue) -> None:
        self.put("statement", node, "pass")

    visit_Continue = visit_Break

    def visit_Raise(self, node: ast.Raise | ast.Assert) -> None:
        """Goes as a whole; what it says is no part of the answer."""
        self.put("statement", node, "pass")

    visit_Assert = visit_Raise

    def visit_With(self, node: ast.With) -> None:
        """The block runs without its context, where nothing in it needs the context's value."""
        if all(item.optional_vars is None for item in node.items):
            colon = self.text.code.rindex(":", 0, self.text.span(node.body[0])[0])
            self.edits.append(("statement", self.text.span(node)[0], colon, "if True"))
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        for new in ("True", "False"):
            self.put("statement", node.test, new)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self.put("loop", node.test, "False")
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self.looped(node.iter)
        self.put("loop", node.iter, "()")
        self.generic_visit(node)

    def looped(self, iterated: ast.expr) -> None:
        """One round more, and one less."""
        if isinstance(iterated, ast.Call) and _name(iterated.func) == "range" and iterated.args:
            stop = iterated.args[min(1, len(iterated.args) - 1)]
            if not isinstance(stop, ast.Constant):  # the constants have mutants of their own
                for step in ("+ 1", "- 1"):
                    self.put("loop", stop, f"{self.text.of(stop)} {step}")


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _constants(value: object) -> Iterator[str]:
    """What a constant is exchanged for."""
    if isinstance(value, bool):
        yield repr(not value)
    elif isinstance(value, int):
        yield repr(value + 1)
        yield repr(value - 1)
    elif isinstance(value, float):
        yield from (repr(2 * value), repr(value / 2)) if value else ("1.0",)
    elif isinstance(value, str) and value in _WORDS:
        yield repr(_WORDS[value])
    elif isinstance(value, str) and 0 < len(value) <= 20:
        yield '""'
