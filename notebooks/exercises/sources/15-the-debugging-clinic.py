# %% [markdown] kind="opening"
"""
# 15 The debugging clinic: five listings

Eight patients and a linter rule, about two hours. Each patient is a training step with one bug, printed in the task. Repair it, and say what was
wrong, by a letter:

| | diagnosis |
|---|---|
| a | a loss adds up where it should average |
| b | the data are changed in place |
| c | a network is in evaluation mode |
| d | the same noise comes twice |
| e | gradients are cleared at the wrong time, or not at all |
| f | G's loss is cut off from G |
| g | a player's labels are those of the other side |
| h | real and generated items have two ranges |

`x` is a batch of N real items, `noise(n)` gives noise for n fakes, `D` gives one score (logit) an item, of shape (N,).
Healthy is one step of Algorithm 1 of lesson 10: D's half first, each half on noise of its own, each loss a mean over
the batch, the non-saturating loss for G, both networks in training mode, no gradient of D's half in G.

Copy the patient into the cell and change as little as you can. The checks run it on the smallest GAN there is (the
score of an item is $wx$, a fake is $a(z_1 + z_2)$), where every right step has one exact number.
"""

# %% kind="variant"
TOP = [255, 15, 1023, 63]
MOVES = [2, 3, 4, 5]
SOFT = [0.9, 0.8, 0.85, 0.7]
CENTRE = [0.5, 0.25, 0.75, 1.5]

# %% kind="given"
import ast

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import softplus

from ganlab.teaching.referee import referee
from ganlab.teaching.tiny import TinyGAN

FIRST = [[1.0, -0.5, 2.0, 0.25, 1.5], [0.5, 1.75, -1.0]]
SECOND = [[-0.75, 1.25, 3.0], [2.5, 0.125, -1.5, 0.625], [1.125, -2.0]]


def treated(step, diagnosis, batches, start=(0.75, -0.5)):
    """What a step does to a GAN of two numbers, batch by batch, and to the batches themselves."""
    tiny, stream = TinyGAN(*start, 0.5, 0.25), torch.Generator().manual_seed(len(batches))
    kept = []
    for row in batches:
        x = torch.tensor(row, dtype=torch.float64).unsqueeze(1)
        step(tiny.G, tiny.D, tiny.opt_G, tiny.opt_D, x, lambda n: torch.randn(n, 2, generator=stream))
        kept.append(x.flatten().tolist())
    return {"diary": tiny.diary(), "kept": kept, "letter": diagnosis()}


def discharge(seen, batches, task, digest, start=(0.75, -0.5), shown=None, k=1, label=1.0):
    """Reject the first thing that is wrong with a treated patient; ``shown`` is what D should see of the batches."""
    if seen["kept"] != batches:
        reject("inplace", "after the step the batch is not what it was: the data set changes under every epoch.")
    due = [row for row in shown or batches for _ in range(k)]
    referee(seen["diary"], start=start, rates=(0.5, 0.25), batches=due, k=k, label=label)
    letter = seen["letter"]
    if not isinstance(letter, str) or letter not in list("abcdefgh"):
        reject("letter", "the diagnosis is one letter from a to h.")
    if not matches(f"{task}:{letter}", digest):
        reject("diagnosis", "the step is repaired, and the diagnosis names something else than what was wrong with it.")


# %% [markdown] kind="task" task="15.1" title="Patient 1: grey fog" points=1 hidden_points=1 minutes=10 difficulty="easy"
"""
Losses calm, digits recognisable, the ground behind them a grey fog that never turns black. G ends in a tanh; `x` holds grey values from 0 to {TOP}.

```python
def step_1(G, D, opt_G, opt_D, x, noise):
    real = x / {TOP}
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_1`, and `diagnosis_1()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
Which values can G draw, and which values does D see in real items?
"""

# %% [markdown] kind="hint"
"""
A tanh gives values between −1 and 1. Where do 0 and {TOP} have to go?
"""

# %% [markdown] kind="hint"
"""
Twice the value over the highest one, minus one, in a tensor of its own.
"""


# %% kind="solution"
def step_1(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    real = 2 * x / TOP - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_1():
    ### BEGIN SOLUTION
    return "h"
    ### END SOLUTION


# %% kind="check"
def observe(step_1, diagnosis_1):
    return treated(step_1, diagnosis_1, [[TOP * (v + 2) / 8 for v in row] for row in FIRST])


def judge(seen):
    due = {(v + 2) / 4 - 1 for row in FIRST for v in row}
    scored = {v for entry in seen["diary"] if entry["line"] == "score" for v in entry["x"]}
    if scored and not due <= scored and seen["kept"] == [[TOP * (v + 2) / 8 for v in row] for row in FIRST]:
        reject("range", "grey values from 0 to the top do not all arrive at D as values from -1 to 1.")
    discharge(
        seen,
        [[TOP * (v + 2) / 8 for v in row] for row in FIRST],
        "15.1",
        "c5b6d568bc633f0e",
        shown=[[(v + 2) / 4 - 1 for v in row] for row in FIRST],
    )


# %% kind="hidden"
def observe(step_1, diagnosis_1):
    return treated(step_1, diagnosis_1, [[TOP * (v + 2) / 8 for v in row] for row in SECOND], start=(-1.25, 0.5))


def judge(seen):
    due = {(v + 2) / 4 - 1 for row in SECOND for v in row}
    scored = {v for entry in seen["diary"] if entry["line"] == "score" for v in entry["x"]}
    if scored and not due <= scored and seen["kept"] == [[TOP * (v + 2) / 8 for v in row] for row in SECOND]:
        reject("range", "grey values from 0 to the top do not all arrive at D as values from -1 to 1.")
    discharge(
        seen,
        [[TOP * (v + 2) / 8 for v in row] for row in SECOND],
        "15.1",
        "c5b6d568bc633f0e",
        start=(-1.25, 0.5),
        shown=[[(v + 2) / 4 - 1 for v in row] for row in SECOND],
    )


# %% kind="wrong" name="as it was" key="range"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = x / TOP
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="unscaled" key="range"
def step_1(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="centred, and half as wide" key="range"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = x / TOP - 0.5
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="scaled in place" key="inplace"
def step_1(G, D, opt_G, opt_D, x, noise):
    x.mul_(2 / TOP).sub_(1)
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="white on black exchanged" key="range"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 1 - 2 * x / TOP
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="the fakes brought to the real range" key="range"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = x / TOP
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D((fake + 1) / 2)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D((fake + 1) / 2)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="D's fakes keep their way into G" key="graph"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1
    fake = G(noise(len(x)))
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="G's fakes detached" key="detached"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x))).detach()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="G follows its loss uphill" key="sign"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = -softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="wrong" name="repaired, and called a" key="diagnosis"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "a"


# %% kind="wrong" name="repaired, and called b" key="diagnosis"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "b"


# %% kind="wrong" name="repaired, and called c" key="diagnosis"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "c"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h)"


# %% kind="right" name="by the middle of the range"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = x / (TOP / 2) - 1
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% kind="right" name="with a function for the update"
def step_1(G, D, opt_G, opt_D, x, noise):
    real = 2 * x / TOP - 1

    def update(opt, loss):
        opt.zero_grad()
        loss.backward()
        opt.step()

    update(opt_D, softplus(-D(real)).mean() + softplus(D(G(noise(len(x))).detach())).mean())
    update(opt_G, softplus(-D(G(noise(len(x))))).mean())


def diagnosis_1():
    return "h"


# %% kind="right" name="written inside the loss"
def step_1(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(2 * (x / TOP) - 1)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_1():
    return "h"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="explanation"
"""
Fakes reach down to −1 and real items to 0, so black lies in the middle of the tanh, where every step moves it. With both in [−1, 1] black is the far end, which G reaches by being sure.
"""

# %% [markdown] kind="task" task="15.2" title="Patient 2: nothing moves" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
D's loss falls to 0, G's rises, and a sheet of fixed noise is the same at every step.

```python
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake.detach())).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_2`, and `diagnosis_2()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
Whose weights hold a gradient after each of the two backward passes?
"""

# %% [markdown] kind="hint"
"""
One of the two cuts is right, the other is not.
"""

# %% [markdown] kind="hint"
"""
G's half: fresh noise through G, and these fakes to D as they are.
"""


# %% kind="solution"
def step_2(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_2():
    ### BEGIN SOLUTION
    return "f"
    ### END SOLUTION


# %% kind="check"
def observe(step_2, diagnosis_2):
    return treated(step_2, diagnosis_2, FIRST)


def judge(seen):
    discharge(seen, FIRST, "15.2", "bd88cd461590818e")


# %% kind="hidden"
def observe(step_2, diagnosis_2):
    return treated(step_2, diagnosis_2, SECOND, start=(-1.25, 0.5))


def judge(seen):
    discharge(seen, SECOND, "15.2", "bd88cd461590818e", start=(-1.25, 0.5))


# %% kind="wrong" name="as it was" key="detached"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake.detach())).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="the fakes of D's half again" key="reused"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x)))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake.detach())).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="scores of D's half again" key="graph"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x)))
    scores = D(fake)
    loss_D = softplus(-D(x)).mean() + softplus(scores).mean()
    opt_D.zero_grad()
    loss_D.backward(retain_graph=True)
    opt_D.step()
    opt_G.zero_grad()
    softplus(-scores).mean().backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="no gradient in G's half" key="raised"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    with torch.no_grad():
        fake = G(noise(len(x)))
        loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="D's fakes keep their way into G" key="graph"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x)))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="G follows its loss uphill" key="sign"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = -softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="saturating loss" key="saturating"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = -softplus(D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="noise shared by the halves" key="reused"
def step_2(G, D, opt_G, opt_D, x, noise):
    z = noise(len(x))
    fake = G(z).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(z)
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% kind="wrong" name="repaired, and called a" key="diagnosis"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "a"


# %% kind="wrong" name="repaired, and called b" key="diagnosis"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "b"


# %% kind="wrong" name="repaired, and called c" key="diagnosis"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "c"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_2(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_2():
    return "f)"


# %% kind="right" name="two updates by one function"
def step_2(G, D, opt_G, opt_D, x, noise):
    def update(opt, loss):
        opt.zero_grad()
        loss.backward()
        opt.step()

    update(opt_D, softplus(-D(x)).mean() + softplus(D(G(noise(len(x))).detach())).mean())
    update(opt_G, softplus(-D(G(noise(len(x))))).mean())


def diagnosis_2():
    return "f"


# %% kind="right" name="by cross-entropy, the fakes without a graph"
def step_2(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    with torch.no_grad():
        fake = G(noise(len(x)))
    opt_D.zero_grad()
    (bce(D(x), ones) + bce(D(fake), 0 * ones)).backward()
    opt_D.step()
    opt_G.zero_grad()
    bce(D(G(noise(len(x)))), ones).backward()
    opt_G.step()


def diagnosis_2():
    return "f"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="explanation"
"""
`detach` belongs in D's half. In G's half it cuts the only way from the loss to G's weights: their gradients stay None, and an optimiser skips None in silence.
"""

# %% [markdown] kind="task" task="15.3" title="Patient 3: D runs away" points=2 hidden_points=1 minutes=12 difficulty="medium"
"""
For each update of G this step makes {MOVES} of D. D is certain of everything after a few dozen steps; with one update of D all was well.

```python
def step_3(G, D, opt_G, opt_D, x, noise):
    opt_D.zero_grad()
    for _ in range({MOVES}):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_3`, and `diagnosis_3()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
What do D's weights hold when the second of its updates begins?
"""

# %% [markdown] kind="hint"
"""
`backward` adds to what is there.
"""

# %% [markdown] kind="hint"
"""
Clear inside the loop, before each `backward`.
"""


# %% kind="solution"
def step_3(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_3():
    ### BEGIN SOLUTION
    return "e"
    ### END SOLUTION


# %% kind="check"
def observe(step_3, diagnosis_3):
    return treated(step_3, diagnosis_3, FIRST)


def judge(seen):
    discharge(seen, FIRST, "15.3", "c516832975489550", k=MOVES)


# %% kind="hidden"
def observe(step_3, diagnosis_3):
    return treated(step_3, diagnosis_3, SECOND, start=(-1.25, 0.5))


def judge(seen):
    discharge(seen, SECOND, "15.3", "c516832975489550", start=(-1.25, 0.5), k=MOVES)


# %% kind="wrong" name="as it was" key="accumulated"
def step_3(G, D, opt_G, opt_D, x, noise):
    opt_D.zero_grad()
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="cleared between backward and step" key="cleared"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        loss_D.backward()
        opt_D.zero_grad()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="one update of D" key="count"
def step_3(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="the fakes made once" key="reused"
def step_3(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    for _ in range(MOVES):
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="G updated as often" key="count"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
        fake = G(noise(len(x)))
        loss_G = softplus(-D(fake)).mean()
        opt_G.zero_grad()
        loss_G.backward()
        opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="never cleared" key="accumulated"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="G cleared in D's loop" key="accumulated"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_G.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="no detach" key="graph"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x)))
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="wrong" name="repaired, and called a" key="diagnosis"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "a"


# %% kind="wrong" name="repaired, and called b" key="diagnosis"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "b"


# %% kind="wrong" name="repaired, and called c" key="diagnosis"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "c"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_3(G, D, opt_G, opt_D, x, noise):
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e)"


# %% kind="right" name="cleared after each step, and first of all"
def step_3(G, D, opt_G, opt_D, x, noise):
    opt_D.zero_grad()
    for _ in range(MOVES):
        fake = G(noise(len(x))).detach()
        loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
        loss_D.backward()
        opt_D.step()
        opt_D.zero_grad()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_3():
    return "e"


# %% kind="right" name="with a function for the update"
def step_3(G, D, opt_G, opt_D, x, noise):
    def update(opt, loss):
        opt.zero_grad()
        loss.backward()
        opt.step()

    for _ in range(MOVES):
        update(opt_D, softplus(-D(x)).mean() + softplus(D(G(noise(len(x))).detach())).mean())
    update(opt_G, softplus(-D(G(noise(len(x))))).mean())


def diagnosis_3():
    return "e"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="explanation"
"""
Cleared once, the second update follows the sum of two gradients, the third of three: D's steps grow with every update of a step. With one update a step nobody sees it.
"""

# %% [markdown] kind="task" task="15.4" title="Patient 4: G confesses" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
Both losses fall together, D recognises every fake within a few steps, and all samples are the same picture. D's labels for real items are softened to {SOFT}, on purpose.

```python
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), {SOFT} * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), 0 * ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_4`, and `diagnosis_4()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
What would each player like D to say about a fake?
"""

# %% [markdown] kind="hint"
"""
D's labels are right. Write down the label that G wishes for.
"""

# %% [markdown] kind="hint"
"""
G's loss is the cross-entropy of its fakes with the label 1, not softened.
"""


# %% kind="solution"
def step_4(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_4():
    ### BEGIN SOLUTION
    return "g"
    ### END SOLUTION


# %% kind="check"
def observe(step_4, diagnosis_4):
    return treated(step_4, diagnosis_4, FIRST)


def judge(seen):
    discharge(seen, FIRST, "15.4", "9cf6aa86e005376b", label=SOFT)


# %% kind="hidden"
def observe(step_4, diagnosis_4):
    return treated(step_4, diagnosis_4, SECOND, start=(-1.25, 0.5))


def judge(seen):
    discharge(seen, SECOND, "15.4", "9cf6aa86e005376b", start=(-1.25, 0.5), label=SOFT)


# %% kind="wrong" name="as it was" key="labels"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), 0 * ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="D's labels exchanged too" key="labels"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), 0 * ones) + bce(D(fake), ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), 0 * ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="G's label softened" key="wish"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), SOFT * ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="softening taken out" key="labels"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="fakes softened as well" key="labels"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), (1 - SOFT) * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="minus in front of G's loss" key="saturating"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = -bce(D(fake), 0 * ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="no detach" key="graph"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x)))
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="G's fakes detached" key="detached"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x))).detach()
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="wrong" name="repaired, and called a" key="diagnosis"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "a"


# %% kind="wrong" name="repaired, and called b" key="diagnosis"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "b"


# %% kind="wrong" name="repaired, and called c" key="diagnosis"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "c"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_4(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    fake = G(noise(len(x))).detach()
    loss_D = bce(D(x), SOFT * ones) + bce(D(fake), 0 * ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = bce(D(fake), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g)"


# %% kind="right" name="by softplus"
def step_4(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = (SOFT * softplus(-D(x)) + (1 - SOFT) * softplus(D(x))).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% kind="right" name="labels like the scores"
def step_4(G, D, opt_G, opt_D, x, noise):
    real, fake = D(x), D(G(noise(len(x))).detach())
    loss_D = bce(real, torch.full_like(real, SOFT)) + bce(fake, torch.zeros_like(fake))
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    scores = D(G(noise(len(x))))
    opt_G.zero_grad()
    bce(scores, torch.ones_like(scores)).backward()
    opt_G.step()


def diagnosis_4():
    return "g"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
- `ones = torch.ones(len(x), dtype=torch.float64)` -> `ones = torch.ones(len(x))`: ones are exact in either precision
- `{SOFT} * ones` -> `{SOFT} / ones`: dividing by one is multiplying by one
- `0 * ones` -> `-(0 * ones)`: zero has no sign that a loss could see
- `0 * ones` -> `0 / ones`: zero divided by one is zero
"""

# %% [markdown] kind="explanation"
"""
A label says what a player wishes D to answer. For a fake D wishes 0 and G wishes 1; with 0 for both, nobody plays against D.
"""

# %% [markdown] kind="task" task="15.5" title="Patient 5: two different networks" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
G has batch norms. The losses look as usual, and samples in a notebook look worse than those that D was shown, by more with every epoch.

```python
def step_5(G, D, opt_G, opt_D, x, noise):
    G.eval()
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_5`, and `diagnosis_5()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
Which statistics does a batch norm use, and which does it collect, in either mode?
"""

# %% [markdown] kind="hint"
"""
In evaluation mode it uses what it has collected and collects nothing.
"""

# %% [markdown] kind="hint"
"""
Leave both networks in training mode through both halves.
"""


# %% kind="solution"
def step_5(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_5():
    ### BEGIN SOLUTION
    return "c"
    ### END SOLUTION


# %% kind="check"
def observe(step_5, diagnosis_5):
    return treated(step_5, diagnosis_5, FIRST)


def judge(seen):
    discharge(seen, FIRST, "15.5", "73dd705b3e77d077")


# %% kind="hidden"
def observe(step_5, diagnosis_5):
    return treated(step_5, diagnosis_5, SECOND, start=(-1.25, 0.5))


def judge(seen):
    discharge(seen, SECOND, "15.5", "73dd705b3e77d077", start=(-1.25, 0.5))


# %% kind="wrong" name="as it was" key="mode"
def step_5(G, D, opt_G, opt_D, x, noise):
    G.eval()
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="back again too late" key="mode"
def step_5(G, D, opt_G, opt_D, x, noise):
    G.eval()
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    G.train()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="G trains, D is put to rest" key="mode"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    D.eval()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    D.train()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="D put to rest in its own half" key="mode"
def step_5(G, D, opt_G, opt_D, x, noise):
    G.train()
    D.eval()
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    D.train()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="training mode after the step" key="mode"
def step_5(G, D, opt_G, opt_D, x, noise):
    G.eval()
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.train()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="D's fakes keep their way into G" key="graph"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x)))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="G's fakes detached" key="detached"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x))).detach()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="D never cleared" key="accumulated"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% kind="wrong" name="repaired, and called a" key="diagnosis"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "a"


# %% kind="wrong" name="repaired, and called b" key="diagnosis"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "b"


# %% kind="wrong" name="repaired, and called d" key="diagnosis"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "d"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_5(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c)"


# %% kind="right" name="two updates by one function"
def step_5(G, D, opt_G, opt_D, x, noise):
    def update(opt, loss):
        opt.zero_grad()
        loss.backward()
        opt.step()

    update(opt_D, softplus(-D(x)).mean() + softplus(D(G(noise(len(x))).detach())).mean())
    update(opt_G, softplus(-D(G(noise(len(x))))).mean())


def diagnosis_5():
    return "c"


# %% kind="right" name="by cross-entropy, the fakes without a graph"
def step_5(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    with torch.no_grad():
        fake = G(noise(len(x)))
    opt_D.zero_grad()
    (bce(D(x), ones) + bce(D(fake), 0 * ones)).backward()
    opt_D.step()
    opt_G.zero_grad()
    bce(D(G(noise(len(x)))), ones).backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% kind="right" name="put into training mode, to be sure"
def step_5(G, D, opt_G, opt_D, x, noise):
    G.train()
    D.train()
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_5():
    return "c"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="explanation"
"""
In evaluation mode a batch norm uses running statistics, which nobody updates any more: weights move on, and the statistics stay behind.
"""

# %% [markdown] kind="task" task="15.6" title="Patient 6: one argument, twice" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
Gradients come, weights move, and over many seeds training is a little more nervous than it should be. The step below saves a call.

```python
def step_6(G, D, opt_G, opt_D, x, noise):
    z = noise(len(x))
    fake = G(z).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(z)
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_6`, and `diagnosis_6()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
Count the calls of `noise`.
"""

# %% [markdown] kind="hint"
"""
The fakes that G is judged on should be others than those that D has just learned from.
"""

# %% [markdown] kind="hint"
"""
Draw noise in G's half again.
"""


# %% kind="solution"
def step_6(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_6():
    ### BEGIN SOLUTION
    return "d"
    ### END SOLUTION


# %% kind="check"
def observe(step_6, diagnosis_6):
    return treated(step_6, diagnosis_6, FIRST)


def judge(seen):
    discharge(seen, FIRST, "15.6", "44cdef1078626b15")


# %% kind="hidden"
def observe(step_6, diagnosis_6):
    return treated(step_6, diagnosis_6, SECOND, start=(-1.25, 0.5))


def judge(seen):
    discharge(seen, SECOND, "15.6", "44cdef1078626b15", start=(-1.25, 0.5))


# %% kind="wrong" name="as it was" key="reused"
def step_6(G, D, opt_G, opt_D, x, noise):
    z = noise(len(x))
    fake = G(z).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(z)
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="the fakes shared too" key="reused"
def step_6(G, D, opt_G, opt_D, x, noise):
    kept = G(noise(len(x)))
    fake = kept.detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = kept
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="turned round in a row" key="reused"
def step_6(G, D, opt_G, opt_D, x, noise):
    z = noise(len(x))
    fake = G(z).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(z.flip(0))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="twice as much noise as items" key="batch"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(2 * len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="D's fakes keep their way into G" key="graph"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x)))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="G's fakes detached" key="detached"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x))).detach()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="G follows its loss uphill" key="sign"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = -softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="sums over the batch" key="mean"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = (softplus(-D(x)) + softplus(D(fake))).sum()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% kind="wrong" name="repaired, and called a" key="diagnosis"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "a"


# %% kind="wrong" name="repaired, and called b" key="diagnosis"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "b"


# %% kind="wrong" name="repaired, and called c" key="diagnosis"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "c"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_6(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_6():
    return "d)"


# %% kind="right" name="two updates by one function"
def step_6(G, D, opt_G, opt_D, x, noise):
    def update(opt, loss):
        opt.zero_grad()
        loss.backward()
        opt.step()

    update(opt_D, softplus(-D(x)).mean() + softplus(D(G(noise(len(x))).detach())).mean())
    update(opt_G, softplus(-D(G(noise(len(x))))).mean())


def diagnosis_6():
    return "d"


# %% kind="right" name="by cross-entropy, the fakes without a graph"
def step_6(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    with torch.no_grad():
        fake = G(noise(len(x)))
    opt_D.zero_grad()
    (bce(D(x), ones) + bce(D(fake), 0 * ones)).backward()
    opt_D.step()
    opt_G.zero_grad()
    bce(D(G(noise(len(x)))), ones).backward()
    opt_G.step()


def diagnosis_6():
    return "d"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="explanation"
"""
The fakes that D has just been trained on are its training set, and it is too sure about those. Each half of Algorithm 1 draws noise of its own.
"""

# %% [markdown] kind="task" task="15.7" title="Patient 7: fine until the batch grew" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
With batches of 8 it trained. With batches of 64 and the same step size D oscillates, and the last batch of every epoch, which is small, calms it.

```python
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).sum() + softplus(D(fake)).sum()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_7`, and `diagnosis_7()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
What happens to D's gradient when the batch is written down twice?
"""

# %% [markdown] kind="hint"
"""
An expectation is estimated by a mean, in both terms.
"""

# %% [markdown] kind="hint"
"""
`.mean()` in both places of D's loss.
"""


# %% kind="solution"
def step_7(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_7():
    ### BEGIN SOLUTION
    return "a"
    ### END SOLUTION


# %% kind="check"
def observe(step_7, diagnosis_7):
    return treated(step_7, diagnosis_7, FIRST)


def judge(seen):
    discharge(seen, FIRST, "15.7", "533276814e8b558d")


# %% kind="hidden"
def observe(step_7, diagnosis_7):
    return treated(step_7, diagnosis_7, SECOND, start=(-1.25, 0.5))


def judge(seen):
    discharge(seen, SECOND, "15.7", "533276814e8b558d", start=(-1.25, 0.5))


# %% kind="wrong" name="as it was" key="mean"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).sum() + softplus(D(fake)).sum()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="divided by a fixed batch" key="gradient"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = (softplus(-D(x)).sum() + softplus(D(fake)).sum()) / 4
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="divided by both batches" key="half"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = (softplus(-D(x)).sum() + softplus(D(fake)).sum()) / (2 * len(x))
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="one of two terms mended" key="mean"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).sum()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="one item for the batch" key="batch"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x[:1])).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="G's loss made to match" key="mean"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).sum() + softplus(D(fake)).sum()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).sum()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="D's fakes keep their way into G" key="graph"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x)))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="G's fakes detached" key="detached"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x))).detach()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="noise shared by the halves" key="reused"
def step_7(G, D, opt_G, opt_D, x, noise):
    z = noise(len(x))
    fake = G(z).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(z)
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="wrong" name="repaired, and called b" key="diagnosis"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "b"


# %% kind="wrong" name="repaired, and called c" key="diagnosis"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "c"


# %% kind="wrong" name="repaired, and called d" key="diagnosis"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "d"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a)"


# %% kind="right" name="two updates by one function"
def step_7(G, D, opt_G, opt_D, x, noise):
    def update(opt, loss):
        opt.zero_grad()
        loss.backward()
        opt.step()

    update(opt_D, softplus(-D(x)).mean() + softplus(D(G(noise(len(x))).detach())).mean())
    update(opt_G, softplus(-D(G(noise(len(x))))).mean())


def diagnosis_7():
    return "a"


# %% kind="right" name="by cross-entropy, the fakes without a graph"
def step_7(G, D, opt_G, opt_D, x, noise):
    ones = torch.ones(len(x), dtype=torch.float64)
    with torch.no_grad():
        fake = G(noise(len(x)))
    opt_D.zero_grad()
    (bce(D(x), ones) + bce(D(fake), 0 * ones)).backward()
    opt_D.step()
    opt_G.zero_grad()
    bce(D(G(noise(len(x)))), ones).backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% kind="right" name="sums, divided by the batch"
def step_7(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = (softplus(-D(x)).sum() + softplus(D(fake)).sum()) / len(x)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_7():
    return "a"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="explanation"
"""
A sum makes the step grow with the batch: 64 items, eight times the step of 8. A test with one item, or with equal batches, cannot see it; batches of 5 and of 3 can.
"""

# %% [markdown] kind="task" task="15.8" title="Patient 8: it was better in the first epoch" points=2 hidden_points=1 minutes=12 difficulty="hard"
"""
The data have the mean {CENTRE}, which the step takes off. In the first epoch all is well; then samples drift off, further with every epoch, and D does not mind. The loader hands out the same tensors again and again.

```python
def step_8(G, D, opt_G, opt_D, x, noise):
    x -= {CENTRE}
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
```

Write the repaired `step_8`, and `diagnosis_8()`, which returns the letter.
"""

# %% [markdown] kind="hint"
"""
Whose tensor is `x`?
"""

# %% [markdown] kind="hint"
"""
`x -= c` writes into the tensor that it was given; `x - c` makes a new one.
"""

# %% [markdown] kind="hint"
"""
Give the difference a name of its own, and show D that.
"""


# %% kind="solution"
def step_8(G, D, opt_G, opt_D, x, noise):
    ### BEGIN SOLUTION
    real = x - CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


def diagnosis_8():
    ### BEGIN SOLUTION
    return "b"
    ### END SOLUTION


# %% kind="check"
def observe(step_8, diagnosis_8):
    return treated(step_8, diagnosis_8, FIRST)


def judge(seen):
    due = {v - CENTRE for row in FIRST for v in row}
    scored = {v for entry in seen["diary"] if entry["line"] == "score" for v in entry["x"]}
    if scored and not due <= scored and seen["kept"] == FIRST:
        reject("centre", "D does not see the real items minus the mean of the data.")
    discharge(seen, FIRST, "15.8", "7ca1469dae41cbf3", shown=[[v - CENTRE for v in row] for row in FIRST])


# %% kind="hidden"
def observe(step_8, diagnosis_8):
    return treated(step_8, diagnosis_8, SECOND, start=(-1.25, 0.5))


def judge(seen):
    due = {v - CENTRE for row in SECOND for v in row}
    scored = {v for entry in seen["diary"] if entry["line"] == "score" for v in entry["x"]}
    if scored and not due <= scored and seen["kept"] == SECOND:
        reject("centre", "D does not see the real items minus the mean of the data.")
    discharge(
        seen,
        SECOND,
        "15.8",
        "7ca1469dae41cbf3",
        start=(-1.25, 0.5),
        shown=[[v - CENTRE for v in row] for row in SECOND],
    )


# %% kind="wrong" name="as it was" key="inplace"
def step_8(G, D, opt_G, opt_D, x, noise):
    x -= CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="by a method" key="inplace"
def step_8(G, D, opt_G, opt_D, x, noise):
    x.sub_(CENTRE)
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="into a view" key="inplace"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x.view(-1, 1)
    real -= CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="by a slice" key="inplace"
def step_8(G, D, opt_G, opt_D, x, noise):
    x[:] = x - CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="put back, with the wrong sign" key="inplace"
def step_8(G, D, opt_G, opt_D, x, noise):
    x -= CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    x -= CENTRE


def diagnosis_8():
    return "b"


# %% kind="wrong" name="not centred" key="centre"
def step_8(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="centred by its own mean" key="centre"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x - x.mean()
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="the fakes centred too" key="fakes"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x - CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake - CENTRE)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake - CENTRE)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="no detach" key="graph"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x - CENTRE
    fake = G(noise(len(x)))
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="wrong" name="repaired, and called a" key="diagnosis"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x - CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "a"


# %% kind="wrong" name="repaired, and called c" key="diagnosis"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x - CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "c"


# %% kind="wrong" name="repaired, and called d" key="diagnosis"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x - CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "d"


# %% kind="wrong" name="a word for a letter" key="letter"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x - CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b)"


# %% kind="right" name="written inside the loss"
def step_8(G, D, opt_G, opt_D, x, noise):
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(x - CENTRE)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% kind="right" name="on a copy"
def step_8(G, D, opt_G, opt_D, x, noise):
    real = x.clone()
    real -= CENTRE
    fake = G(noise(len(x))).detach()
    loss_D = softplus(-D(real)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(noise(len(x)))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


def diagnosis_8():
    return "b"


# %% [markdown] kind="equivalent"
"""
- `fake = G(noise(len(x))).detach()` -> `fake = G(-noise(len(x))).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(noise(len(x)))` -> `fake = G(-noise(len(x)))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="explanation"
"""
For a tensor `-=` works in place: the loader's own data move by the mean at every visit. The first epoch is innocent, as always with bugs that add up.
"""

# %% [markdown] kind="task" task="15.9" title="A linter rule" points=3 hidden_points=2 minutes=25 difficulty="hard"
"""
Patient 8 would never have been admitted, had a linter looked first. Write `in_place(source)`: for the text of a Python file,
the places at which a function changes an argument in place, as a sorted list of pairs (line, name). Three things change
an argument `x`:

- `x += 1`, `x -= m`, `x *= 2` and so on;
- a call of a method whose name ends in an underscore, `x.sub_(m)`, on the argument itself;
- `x[...] = value`.

An argument that the function gives a new value anywhere, `x = ...`, is left alone: from there on the name is the function's own.
Functions are plain ones (`def`, not inside of each other) with plain arguments. Nothing of the file is run.
"""

# %% [markdown] kind="hint"
"""
`ast.parse` makes a tree of a text, `ast.walk` visits every node of a tree, and a node knows its `lineno`.
"""

# %% [markdown] kind="hint"
"""
Look for `ast.AugAssign`, for `ast.Call` whose `func` is an `ast.Attribute`, and for `ast.Assign` with an `ast.Subscript` among its `targets`. In each, the thing that is changed should be an `ast.Name`.
"""

# %% [markdown] kind="hint"
"""
For each `ast.FunctionDef`: `given` is the set of `arg` of its `args.args`, minus the `id` of every name among the targets of its assignments. Then collect `(node.lineno, name)` for the three kinds where `name in given`, and sort.
"""


# %% kind="solution"
def in_place(source):
    ### BEGIN SOLUTION
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods if method.attr.endswith("_")]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return sorted(found)
    ### END SOLUTION


# %% kind="check"
def observe(in_place):
    text = """def f(x, m):
    x -= m
    return x

def g(x, y):
    y.sub_(1)
    x.sub(1)
    x[0] = 2
    z = x[1]
    z += 1
    z.mul_(2)

def h(x):
    x = x - 1
    x += 2
    x.neg_()
    x[0] = 1

def k(x, y):
    x.grad.zero_()
    y = x == 3
    return x.sum() + y

m = 0
m += 1
"""
    return [in_place(text), in_place("y -= 1"), in_place("def f(a):\n    raise ValueError\n\n\ndef g(b):\n    b /= 2")]


def judge(seen):
    pairs = [[tuple(pair) for pair in answer] for answer in seen]
    due = [(2, "x"), (6, "y"), (8, "x")]
    first = pairs[0]
    if set(first) == set(due) and first != due:
        reject("sorted", "the places are right, and not in the order of the lines.")
    if any(line in (10, 11) for line, _ in first):
        reject("local", "a name that the function made itself is no argument.")
    if any(line in (15, 16, 17) for line, _ in first):
        reject("own", "an argument that the function gave a new value is its own from there on.")
    if any(line == 7 for line, _ in first):
        reject("method", "x.sub(1) makes a new tensor: only a name with an underscore at its end works in place.")
    if any(line == 20 for line, _ in first):
        reject("attribute", "x.grad.zero_() changes a gradient, not the argument itself.")
    if any(line in (9, 14, 21) for line, _ in first):
        reject("plain", "a plain assignment changes no argument.")
    if (2, "x") not in first:
        reject("augmented", "x -= m was not found.")
    if (6, "y") not in first:
        reject("missed", "y.sub_(1) was not found.")
    if (8, "x") not in first:
        reject("part", "x[0] = 2 was not found.")
    if first != due:
        reject("value", "places were found that change no argument.")
    if pairs[1]:
        reject("outside", "a line outside of any function has no argument.")
    if pairs[2] != [(6, "b")]:
        reject("second", "in a file of two functions, the second was not looked at as the first.")


# %% kind="hidden"
def observe(in_place):
    text = """import torch

class Step:
    def run(self, batch, noise):
        self.seen += 1
        if noise is not None:
            noise.normal_()
            batch[1:] += noise
            batch[1:] = noise
        return [part.add_(1) for part in batch]

def plain(a, b, c):
    c **= 2
    b.data.mul_(2)
    a.copy_(b).add_(1)
    (a, d) = b, c
    torch.relu_(a)
    return d
"""
    return [in_place(text), in_place(""), in_place("def f(p, q):\n    q.neg_(); p += q")]


def judge(seen):
    pairs = [[tuple(pair) for pair in answer] for answer in seen]
    if pairs[0] != [(7, "noise"), (9, "batch"), (13, "c"), (15, "a")]:
        reject("value", "in a class, a condition or a chain of calls, the places are not right.")
    if pairs[1]:
        reject("value", "an empty file has no place.")
    if pairs[2] != [(2, "p"), (2, "q")]:
        reject("value", "two places in one line were not both found, or not in order.")


# %% kind="wrong" name="no augmented assignments" key="augmented"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = []
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods if method.attr.endswith("_")]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return sorted(found)


# %% kind="wrong" name="every method" key="method"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return sorted(found)


# %% kind="wrong" name="no parts" key="part"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods if method.attr.endswith("_")]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return sorted(found)


# %% kind="wrong" name="no methods" key="missed"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return sorted(found)


# %% kind="wrong" name="names of any kind" key="local"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods if method.attr.endswith("_")]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name)]
    return sorted(found)


# %% kind="wrong" name="new values forgotten" key="own"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args}
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods if method.attr.endswith("_")]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return sorted(found)


# %% kind="wrong" name="not sorted" key="sorted"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods if method.attr.endswith("_")]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return found


# %% kind="wrong" name="sorted backwards" key="sorted"
def in_place(source):
    found = []
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        nodes = list(ast.walk(function))
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        own = {target.id for target in targets if isinstance(target, ast.Name)}
        given = {argument.arg for argument in function.args.args} - own
        changed = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
        changed += [target.value for target in targets if isinstance(target, ast.Subscript)]
        methods = [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
        changed += [method.value for method in methods if method.attr.endswith("_")]
        found += [(node.lineno, node.id) for node in changed if isinstance(node, ast.Name) and node.id in given]
    return sorted(found, reverse=True)


# %% kind="wrong" name="the whole file at once" key="outside"
def in_place(source):
    found = in_order(source)
    return found


def in_order(source):
    tree = ast.parse(source)
    own = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - own
    return [(2, "x"), (6, "y"), (8, "x")] if "m" in own else sorted((1, name) for name in names)


# %% kind="wrong" name="the text searched for signs" key="missed"
def in_place(source):
    found = []
    for line, text in enumerate(source.splitlines(), 1):
        if text.strip().startswith("x -="):
            found.append((line, "x"))
    return found


# %% kind="right" name="a visitor"
def in_place(source):
    class Rule(ast.NodeVisitor):
        def __init__(self):
            self.found, self.given = [], set()

        def visit_FunctionDef(self, node):
            bound = [t for n in ast.walk(node) if isinstance(n, ast.Assign) for t in n.targets]
            self.given = {a.arg for a in node.args.args} - {t.id for t in bound if isinstance(t, ast.Name)}
            self.generic_visit(node)
            self.given = set()

        def note(self, node):
            if isinstance(node, ast.Name) and node.id in self.given:
                self.found.append((node.lineno, node.id))

        def visit_AugAssign(self, node):
            self.note(node.target)
            self.generic_visit(node)

        def visit_Assign(self, node):
            for target in node.targets:
                if isinstance(target, ast.Subscript):
                    self.note(target.value)
            self.generic_visit(node)

        def visit_Call(self, node):
            if isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_"):
                self.note(node.func.value)
            self.generic_visit(node)

    rule = Rule()
    rule.visit(ast.parse(source))
    return sorted(rule.found)


# %% kind="right" name="one node at a time"
def in_place(source):
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        given = [argument.arg for argument in function.args.args]
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                given = [name for name in given if name not in [getattr(t, "id", None) for t in node.targets]]
        for node in ast.walk(function):
            parts = []
            if isinstance(node, ast.AugAssign):
                parts = [node.target]
            elif isinstance(node, ast.Assign):
                parts = [target.value for target in node.targets if isinstance(target, ast.Subscript)]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr[-1] == "_":
                parts = [node.func.value]
            found += [(part.lineno, part.id) for part in parts if isinstance(part, ast.Name) and part.id in given]
    return sorted(found)


# %% [markdown] kind="explanation"
"""
A linter does not know what a tensor is. It reads a rule of the language off the tree: which names a function was handed, which it made its own,
and which lines write into what they were handed. The rule misses an alias (`y = x.view(-1)` and then `y += 1`) and flags a function that changes its argument
on purpose. Both are the price of not running anything; the second is answered by a comment at the line.
"""
