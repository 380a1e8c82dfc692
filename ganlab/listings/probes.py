"""Measurements that more than one chart needs: names without a definition, weights that moved, calls that were made.

Lesson: 15 The debugging clinic.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

RAISED = (ArithmeticError, AttributeError, LookupError, NameError, OSError, RuntimeError, TypeError, ValueError)
"""What broken code stops with: an error of these is a finding, any other one is ours."""


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """PyTorch's CPU generator under a seed inside the block, and nothing printed; the caller's numbers do not move."""
    with torch.random.fork_rng(devices=[]), contextlib.redirect_stdout(io.StringIO()):
        torch.manual_seed(seed)
        yield


def undefined(code: ModuleType) -> set[str]:
    """Names that the code uses and nobody defines; no line of it is run."""
    known = set(vars(code)) | set(vars(builtins))
    read = {
        i.argval
        for part in _codes(code)
        for i in dis.get_instructions(part)
        if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    return read - known


def unused(code: ModuleType) -> set[str]:
    """Names that get a value and are never read: locals of functions, constants of the module but REQUIRES."""
    tree = ast.parse(code.__dict__["__text__"])
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return {node.id for node in names if isinstance(node.ctx, ast.Store)} - read - {"REQUIRES", "_"}


def packages(code: ModuleType) -> set[str]:
    """The packages from outside of Python and of this course that the code imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code.__dict__["__text__"])):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"ganlab"}


def flat(network: nn.Module) -> Tensor:
    """All weights in one vector, a copy."""
    return torch.cat([p.detach().flatten() for p in network.parameters()]).clone()


def gradient(network: nn.Module) -> float:
    """The norm of the gradient that the weights hold; 0 where they hold none."""
    return float(sum(p.grad.square().sum() for p in network.parameters() if p.grad is not None) ** 0.5)


def moved(network: nn.Module, act: Callable[[], Any]) -> float:
    """The largest change of a weight while something is done."""
    before = flat(network)
    act()
    return float((flat(network) - before).abs().max())


@contextmanager
def calls(code: ModuleType, name: str, instead: Callable[..., Any] | None = None) -> Iterator[list[tuple[Any, ...]]]:
    """The arguments of every call of a function of the module; ``instead`` runs in its place."""
    real, noted = getattr(code, name), []

    def noting(*arguments: Any, **named: Any) -> Any:
        noted.append((*arguments, *named.values()))
        return (instead or real)(*arguments, **named)

    setattr(code, name, noting)
    try:
        yield noted
    finally:
        setattr(code, name, real)


def inputs(network: nn.Module, act: Callable[[], Any]) -> list[Tensor]:
    """What a network was given while something was done."""
    given: list[Tensor] = []
    with network.register_forward_pre_hook(lambda _module, arguments: given.append(arguments[0])):
        act()
    return given


def outputs(network: nn.Module, kind: type[nn.Module], act: Callable[[], Any]) -> Tensor:
    """What the layers of a kind gave while something was done, flat in one vector."""
    given: list[Tensor] = []
    layers = [layer for layer in network.modules() if isinstance(layer, kind)]
    hooks = [layer.register_forward_hook(lambda _m, _i, out: given.append(out.detach().flatten())) for layer in layers]
    act()
    for hook in hooks:
        hook.remove()
    return torch.cat(given)


def printed(act: Callable[[], Any]) -> list[str]:
    """The lines that something prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        act()
    return out.getvalue().splitlines()


def _codes(code: ModuleType) -> Iterator[CodeType]:
    waiting = [compile(code.__dict__["__text__"], "text", "exec")]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += [const for const in part.co_consts if isinstance(const, CodeType)]
