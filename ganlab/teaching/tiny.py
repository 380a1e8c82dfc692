"""A GAN of two numbers that keeps a diary, for checks of training loops: every update has a closed form.

D's score of x is w x, and G(z) is a (z_1 + ... + z_n): one weight each, in double precision, moved by plain gradient
descent. The diary says what D scored, which noise G was given, when a gradient came back to G, and what each step
found. `ganlab.teaching.referee` reads it.

Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

Diary = list[dict[str, Any]]
WORDS = ("make", "detach", "loss_D", "loss_G", "clear_D", "clear_G", "backward", "step_D", "step_G")


class TinyGAN:
    """Two players, their optimisers and their common diary.

    w, a: the first weights of ``D`` and ``G``. rate_D, rate_G: the learning rates of ``opt_D`` and ``opt_G``.
    """

    def __init__(self, w: float, a: float, rate_D: float, rate_G: float) -> None:
        self._entries: Diary = []
        self._scores: list[tuple[dict[str, Any], Tensor]] = []
        self.D, self.G = _Scorer(w, self), _Maker(a, self)
        self.opt_D = torch.optim.SGD(self.D.parameters(), rate_D)
        self.opt_G = torch.optim.SGD(self.G.parameters(), rate_G)
        for line, optimiser in (("step_D", self.opt_D), ("step_G", self.opt_G)):
            optimiser.register_step_post_hook(self._noting(line))

    def diary(self) -> Diary:
        """Everything so far, as plain data, each entry with the weights and gradients of its moment.

        Its lines are "make" (with noise ``z`` and ``fakes``), "score" (with ``x``, and ``alive``: whether the graph
        was used and kept), "pass" (a gradient arrives at scores), "back" (one arrives at fakes of G), "step_D" and
        "step_G" (just after the step), and "end".
        """
        for entry, score in self._scores:
            entry["alive"] = entry["passes"] > 0 and not _freed(score)
        self._note("end")
        return self._entries

    def _note(self, line: str, **more: Any) -> dict[str, Any]:
        held = {name: None if p.grad is None else p.grad.item() for name, p in (("w", self.D.w), ("a", self.G.a))}
        entry = {"line": line, "w": self.D.w.item(), "a": self.G.a.item(), "held": held, **more}
        self._entries.append(entry)
        return entry

    def _noting(self, line: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            self._note(line)

        return hook


class _Player(nn.Module):
    """A network that knows its diary without owning it as a part."""

    def __init__(self, tiny: TinyGAN) -> None:
        super().__init__()
        self._tiny = [tiny]

    def note(self, line: str, **more: Any) -> dict[str, Any]:
        return self._tiny[0]._note(line, training=self.training, **more)


class _Scorer(_Player):
    """(N, 1) -> (N,): the score w x."""

    def __init__(self, w: float, tiny: TinyGAN) -> None:
        super().__init__(tiny)
        self.w = nn.Parameter(torch.tensor([w], dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        entry = self.note("score", x=x.detach().flatten().tolist(), passes=0)
        # A copy of w: the graph of old scores stays usable after a step, and shows as a wrong number, not as an error.
        s = (self.w * 1.0) * x.reshape(len(x))
        if s.requires_grad:
            s.register_hook(self._tiny[0]._noting("pass"))
            s.register_hook(lambda _: entry.update(passes=entry["passes"] + 1))
            self._tiny[0]._scores.append((entry, s))
        return s


class _Maker(_Player):
    """(N, n) -> (N, 1): the fakes a (z_1 + ... + z_n)."""

    def __init__(self, a: float, tiny: TinyGAN) -> None:
        super().__init__(tiny)
        self.a = nn.Parameter(torch.tensor([a], dtype=torch.float64))

    def forward(self, z: Tensor) -> Tensor:
        fake = self.a * z.double().sum(1, keepdim=True)
        self.note("make", z=z.detach(), fakes=fake.detach().flatten().tolist())
        if fake.requires_grad:
            fake.register_hook(self._tiny[0]._noting("back"))
        return fake


def _freed(score: Tensor) -> bool:
    """Whether a backward pass has given the memory of this score's product back."""
    try:
        _ = score.grad_fn._saved_self, score.grad_fn._saved_other  # type: ignore[union-attr]
    except RuntimeError:
        return True
    return False


def play(plan: str, tiny: TinyGAN, x: Tensor, noise: Callable[[int], Tensor]) -> None:
    """Carry out a step that is written in the words of lesson 10, such as "make detach loss_D clear_D backward step_D".

    x: real data of shape (N, 1), for every loss of D. noise: gives n items of noise.
    Raises ValueError that names the first word that does not exist or cannot be carried out where it stands.
    """
    fake = loss = torch.empty(0)
    plain: dict[str, Callable[[], object]] = {
        "clear_D": tiny.opt_D.zero_grad, "clear_G": tiny.opt_G.zero_grad,
        "step_D": tiny.opt_D.step, "step_G": tiny.opt_G.step,
    }  # fmt: skip
    for place, word in enumerate(plan.split(), 1):
        if word not in WORDS:
            raise ValueError(f"line {place} is {word!r}, which is none of the lines")
        if word in ("detach", "loss_D", "loss_G") and not len(fake):
            raise ValueError(f"line {place}, {word}, needs fakes, and there are none yet")
        if word == "backward" and not loss.requires_grad:
            raise ValueError(f"line {place}, backward, has no loss to start from")
        if word == "make":
            fake = tiny.G(noise(len(x)))
        elif word == "detach":
            fake = fake.detach()
        elif word == "loss_D":
            loss = softplus(-tiny.D(x)).mean() + softplus(tiny.D(fake)).mean()
        elif word == "loss_G":
            loss = softplus(-tiny.D(fake)).mean()
        elif word == "backward":
            loss.backward()
            loss = loss.detach()
        else:
            plain[word]()
