# %% [markdown] kind="opening"
"""
# 00 Start here

Two short functions and one that every experiment leans on.
"""

# %% kind="variant"
TOP = [255, 1023, 4095, 16383]

# %% kind="given"
import torch

# %% [markdown] kind="task" task="00.2" title="Grey values to the range of the generator" points=1 hidden_points=1 minutes=5 difficulty="easy"
"""
A detector writes grey values from 0 to {TOP}. Write `to_signed(values)`: a float tensor of the same shape in which 0
has become $-1$ and {TOP} has become $1$, with equal steps between.
"""

# %% [markdown] kind="hint"
"""
Two things happen to a value: it is scaled and it is shifted.
"""

# %% [markdown] kind="hint"
"""
A straight line through two points: $f(0) = -1$ and $f({TOP}) = 1$.
"""

# %% [markdown] kind="hint"
"""
Make the values floats first, divide by half of the top value, then take away one.
"""


# %% kind="solution"
def to_signed(values):
    ### BEGIN SOLUTION
    return values.float() / (TOP / 2) - 1
    ### END SOLUTION


# %% kind="check"
def observe(to_signed):
    return to_signed(torch.tensor([0, TOP]))


def judge(seen):
    if not isinstance(seen, torch.Tensor) or not seen.is_floating_point():
        reject("type", "the result should be a float tensor; whole numbers cannot hold the steps between -1 and 1.")
    if near(seen, [0.0, 1.0]):
        reject("unsigned", "the range starts at 0: this suits a generator that ends in a sigmoid, not in tanh.")
    if not near(seen, [-1.0, 1.0]):
        reject("range", f"0 and {TOP} became {seen.tolist()}: the ends of the range belong at -1 and 1.")


# %% kind="hidden"
def observe(to_signed):
    return [to_signed(torch.arange(TOP + 1)), to_signed(torch.full((2, 1, 3), TOP // 3, dtype=torch.int64))]


def judge(seen):
    line, block = seen
    if not near(line, torch.linspace(-1, 1, TOP + 1), atol=1e-5):
        reject("steps", "the steps between the ends are not equal.")
    if block.shape != (2, 1, 3):
        reject("shape", f"a tensor of shape (2, 1, 3) came back as {tuple(block.shape)}.")


# %% kind="wrong" name="to [0, 1]" key="unsigned"
def to_signed(values):
    return values.float() / TOP


# %% kind="wrong" name="half a unit too low" key="range"
def to_signed(values):
    return values.float() / (TOP + 1) * 2 - 1


# %% kind="right" name="a linear map of [0, 1]"
def to_signed(values):
    return values.to(torch.float32) / TOP * 2 - 1


# %% kind="right" name="lerp"
def to_signed(values):
    return torch.lerp(torch.tensor(-1.0), torch.tensor(1.0), values.float() / TOP)


# %% [markdown] kind="explanation"
"""
The generator ends in tanh, so its pixels lie in $[-1, 1]$. Real pixels have to live in the same range, or the
discriminator tells the two apart by brightness alone.
"""
