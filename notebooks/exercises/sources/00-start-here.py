# %% [markdown] kind="opening"
"""
# 00 Start here

Count what a network learns, bring grey values into range, decide about three runs at once, and fix every random number.
The last task is read by a person. About 40 minutes; lesson 00 is all you need.
"""

# %% kind="variant"
TOP = [255, 235, 250, 240, 220]
MEAN = [3, -2, 5, 7]
MEAN_OFF = [0.2, 0.19, 0.22, 0.21]
SPREAD = [1.0, 2.0, 1.5, 2.5]
SPREAD_OFF = [0.25, 0.28, 0.3, 0.26]
APART = [1000, 500, 700, 3000, 90]
THING = ["photographs of leaves", "recordings of bird song", "curves of heartbeats", "signatures on cheques"]

# %% kind="given"
import random
from itertools import pairwise

import numpy
import torch
from torch import nn

# %% [markdown] kind="task" task="00.1" title="What a network learns" points=1 hidden_points=1 minutes=6 difficulty="easy"
"""
Write `count_params(module)`. It returns two whole numbers, `(learned, frozen)`: how many single numbers of the module
training may change, and how many parameters have been frozen (`requires_grad` is false).

- A bias is a parameter like any other.
- A parameter that two layers share is counted once.
- Buffers, such as the running mean of batch normalisation, are statistics and no parameters: they are in neither number.
- Any `nn.Module` may come: a single layer, a network, layers within layers.
"""

# %% [markdown] kind="hint"
"""
A module can list its parameters itself, those of the layers inside it included, each of them once.
"""

# %% [markdown] kind="hint"
"""
A parameter is a tensor. It holds as many numbers as its shape multiplies out to; its `requires_grad` says in which of
the two sums they belong.
"""

# %% [markdown] kind="hint"
"""
Two sums of `p.numel()` over `module.parameters()`: one over those with `p.requires_grad`, one over the rest.
"""


# %% kind="solution"
def count_params(module):
    ### BEGIN SOLUTION
    learned = sum(p.numel() for p in module.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    return learned, frozen
    ### END SOLUTION


# %% kind="check"
def observe(count_params):
    layer, again, half = nn.Linear(3, 5), nn.Linear(4, 4), nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    half[0].requires_grad_(False)
    modules = [layer, nn.Sequential(layer, nn.BatchNorm1d(5)), nn.Sequential(again, nn.Tanh(), again), half]
    return [count_params(module) for module in modules]


def judge(seen):
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in seen):
        reject("pair", "two numbers should come back, (learned, frozen), for every module.")
    layer, norm, again, half = [tuple(pair) for pair in seen]
    if layer == (2, 0):
        reject("tensors", "a linear layer counts as 2: those are its tensors, not the numbers in them.")
    if layer == (10, 0):
        reject("rows", "a linear layer from 3 to 5 numbers counts as 10: the length of a tensor is its rows.")
    if layer == (15, 0):
        reject("bias", "a linear layer from 3 to 5 numbers counts as 15: its biases are learned as well.")
    if layer == (0, 20):
        reject("order", "a layer that nobody froze comes back as frozen: the learned numbers stand first.")
    if layer == (0, 0):
        reject("leaf", "a layer by itself counts as empty: only the layers inside a module are looked at.")
    if layer != (20, 0):
        reject(
            "count", f"a linear layer from 3 to 5 numbers came out as {layer}: count the entries of its two tensors."
        )
    if norm == (20, 0):
        reject("kinds", "batch normalisation adds nothing to your count, although it learns a scale and a shift.")
    if norm != (30, 0):
        reject("buffers", "batch normalisation counts wrong: running mean and variance are buffers, not parameters.")
    if again != (20, 0):
        reject("twice", "a layer that is used twice is counted twice, yet it has one set of weights.")
    if half != (4, 9):
        reject("frozen", f"of two layers the first is frozen, and (learned, frozen) came out as {half}.")


# %% kind="hidden"
def observe(count_params):
    def players(*widths):
        return nn.Sequential(*(nn.Linear(inputs, outputs) for inputs, outputs in pairwise(widths)))

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0))
            up = nn.ConvTranspose2d(4, 6, 3, groups=2)
            self.parts = nn.ModuleList([nn.Sequential(nn.Conv2d(3, 8, 5, bias=False)), up])

    tied = nn.Sequential(nn.Linear(6, 7), nn.Linear(7, 6), nn.Linear(6, 7))
    tied[2].weight = tied[0].weight
    tied[2].requires_grad_(False)
    tied[1].bias.requires_grad_(False)
    modules = [players(100, 256, 512, 1024, 784), players(784, 512, 256, 1), Scaled(), nn.Tanh(), tied]
    counts = [count_params(module) for module in modules]
    return {"counts": counts, "grad": [p.requires_grad for p in tied.parameters()]}


def judge(seen):
    generator, discriminator, scaled, empty, tied = [tuple(pair) for pair in seen["counts"]]

    def full(*widths):
        return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))

    if (generator, discriminator) != ((full(100, 256, 512, 1024, 784), 0), (full(784, 512, 256, 1), 0)):
        reject("players", f"the two players of the MNIST project came out as {generator} and {discriminator}.")
    if scaled != (1 + 3 * 8 * 5 * 5 + 4 * 3 * 3 * 3 + 6, 0):
        reject("nested", "convolutions inside a list, or a parameter of the module's own, were not counted right.")
    if empty != (0, 0):
        reject("empty", "a module without parameters has none to count.")
    if sum(tied) != 6 * 7 + 7 + 7 * 6 + 6 + 7:
        reject("tied", "two layers share one weight tensor, and its numbers were not counted once.")
    if tied != (7 + 7 * 6, 6 * 7 + 6 + 7):
        reject("frozen", "in a network with a few frozen tensors the two numbers are not right.")
    if seen["grad"] != [False, True, True, False, False]:
        reject("changed", "counting has frozen parameters, or thawed them.")


# %% kind="wrong" name="one number" key="pair"
def count_params(module):
    return sum(p.numel() for p in module.parameters())


# %% kind="wrong" name="number of tensors" key="tensors"
def count_params(module):
    flags = [p.requires_grad for p in module.parameters()]
    return sum(flags), len(flags) - sum(flags)


# %% kind="wrong" name="rows of each tensor" key="rows"
def count_params(module):
    learned = sum(len(p) for p in module.parameters() if p.requires_grad)
    return learned, sum(len(p) for p in module.parameters()) - learned


# %% kind="wrong" name="weights without biases" key="bias"
def count_params(module):
    weights = [p for name, p in module.named_parameters() if name.endswith("weight")]
    learned = sum(p.numel() for p in weights if p.requires_grad)
    return learned, sum(p.numel() for p in weights) - learned


# %% kind="wrong" name="frozen ones first" key="order"
def count_params(module):
    learned = sum(p.numel() for p in module.parameters() if p.requires_grad)
    return sum(p.numel() for p in module.parameters()) - learned, learned


# %% kind="wrong" name="children only" key="leaf"
def count_params(module):
    parameters = [p for child in module.children() for p in child.parameters()]
    learned = sum(p.numel() for p in parameters if p.requires_grad)
    return learned, sum(p.numel() for p in parameters) - learned


# %% kind="wrong" name="linear layers only" key="kinds"
def count_params(module):
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    parameters = [p for layer in layers for p in layer.parameters()]
    learned = sum(p.numel() for p in parameters if p.requires_grad)
    return learned, sum(p.numel() for p in parameters) - learned


# %% kind="wrong" name="the whole state" key="buffers"
def count_params(module):
    learned = sum(p.numel() for p in module.parameters() if p.requires_grad)
    return learned, sum(value.numel() for value in module.state_dict().values()) - learned


# %% kind="wrong" name="every buffer is learned" key="buffers"
def count_params(module):
    frozen = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    return sum(value.numel() for value in module.state_dict(keep_vars=True).values()) - frozen, frozen


# %% kind="wrong" name="shared layers twice" key="twice"
def count_params(module):
    parameters = [p for _, p in module.named_parameters(remove_duplicate=False)]
    learned = sum(p.numel() for p in parameters if p.requires_grad)
    return learned, sum(p.numel() for p in parameters) - learned


# %% kind="wrong" name="frozen ones counted as learned" key="frozen"
def count_params(module):
    return sum(p.numel() for p in module.parameters()), 0


# %% kind="wrong" name="all and frozen" key="frozen"
def count_params(module):
    frozen = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    return sum(p.numel() for p in module.parameters()), frozen


# %% kind="wrong" name="frozen ones forgotten" key="frozen"
def count_params(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad), 0


# %% kind="wrong" name="each layer once, a shared tensor twice" key="tied"
def count_params(module):
    parameters = [p for layer in module.modules() for p in layer.parameters(recurse=False)]
    learned = sum(p.numel() for p in parameters if p.requires_grad)
    return learned, sum(p.numel() for p in parameters) - learned


# %% kind="wrong" name="frozen layer by layer" key="frozen"
def count_params(module):
    counts, seen = [0, 0], set()
    for layer in module.modules():
        own = [p for p in layer.parameters(recurse=False) if p not in seen]
        seen.update(own)
        counts[any(not p.requires_grad for p in own)] += sum(p.numel() for p in own)
    return counts[0], counts[1]


# %% kind="wrong" name="thaws what it counts" key="changed"
def count_params(module):
    frozen = sum(p.numel() for p in module.parameters() if not p.requires_grad)
    module.requires_grad_(True)
    return sum(p.numel() for p in module.parameters()) - frozen, frozen


# %% kind="right" name="one loop"
def count_params(module):
    counts = {True: 0, False: 0}
    for parameter in module.parameters():
        counts[parameter.requires_grad] += parameter.data.view(-1).shape[0]
    return counts[True], counts[False]


# %% kind="right" name="tensors told apart by identity"
def count_params(module):
    import math

    tensors = {id(p): p for layer in module.modules() for p in layer._parameters.values() if p is not None}
    sizes = [(math.prod(p.shape), p.requires_grad) for p in tensors.values()]
    return [sum(size for size, moves in sizes if moves), sum(size for size, moves in sizes if not moves)]


# %% kind="right" name="all less those that move"
def count_params(module):
    everything = numpy.sum([p.nelement() for p in module.parameters()], dtype=int)
    learned = numpy.sum([p.nelement() for p in module.parameters() if p.requires_grad], dtype=int)
    return learned, everything - learned


# %% [markdown] kind="explanation"
"""
`parameters()` walks through all layers and gives each tensor once, however often it is used; `numel` multiplies out its
shape. Buffers are kept elsewhere, in `buffers()`, and appear next to the parameters in `state_dict()`, which is why a
file can hold more numbers than a network learns. Nothing is frozen in a fresh network: then the second number is 0 and the
first is the one that papers print.
"""

# %% [markdown] kind="task" task="00.2" title="Grey values to the range of the generator" points=1 hidden_points=1 minutes=5 difficulty="easy"
"""
A scanner writes whole numbers from 0 (black) to {TOP} (white), stored as `uint8`. Write `to_signed(values)`: a float
tensor of the same shape in which 0 has become $-1$ and {TOP} has become $1$, with equal steps between. The same grey
becomes the same number in every picture. The tensor that came in stays as it was, and may also be float already.
"""

# %% [markdown] kind="hint"
"""
Two things happen to a value: it is scaled and it is shifted. Mind the order: a `uint8` can neither be negative nor have
decimals.
"""

# %% [markdown] kind="hint"
"""
A straight line through two points: $f(0) = -1$ and $f({TOP}) = 1$.
"""

# %% [markdown] kind="hint"
"""
Divide by half of the top value, then take away one. A division by `/` makes floats of whole numbers; nothing before it
may.
"""


# %% kind="solution"
def to_signed(values):
    ### BEGIN SOLUTION
    return values / (TOP / 2) - 1
    ### END SOLUTION


# %% kind="check"
def observe(to_signed):
    ends = to_signed(torch.tensor([0, TOP], dtype=torch.uint8))
    dark = to_signed(torch.tensor([0, 10], dtype=torch.uint8))
    bright = to_signed(torch.tensor([TOP - 10, TOP], dtype=torch.uint8))
    return type(ends).__name__, ends, dark, bright


def judge(seen):
    kind, ends, dark, bright = seen
    if kind != "Tensor":
        reject("kind", f"a float tensor should come back, and this is of type {kind}.")
    if not ends.is_floating_point():
        reject("type", "the result should be a float tensor; whole numbers cannot hold the steps between -1 and 1.")
    if near(ends, [0.0, 1.0]):
        reject("unsigned", "the range starts at 0: this suits a generator that ends in a sigmoid, not in tanh.")
    if near(ends, [1.0, -1.0]):
        reject("negative", "black and white have changed places.")
    if near(ends, [-1.0, 1.0]) and (near(dark, [-1.0, 1.0]) or near(bright, [-1.0, 1.0])):
        reject("batch", "two dark greys, or two bright ones, came back as black and white: no grey depends on another.")
    if not near(ends, [-1.0, 1.0]):
        reject("range", f"0 and {TOP} became {ends.tolist()}: the ends of the range belong at -1 and 1.")
    if not all(-1 <= value <= 1 for part in (dark, bright) for value in part.tolist()):
        reject("outside", "a grey between black and white came out beyond them.")


# %% kind="hidden"
def observe(to_signed):
    scan = torch.arange(TOP + 1, dtype=torch.uint8)
    kept = torch.linspace(0, TOP, 7)
    block = to_signed(torch.full((2, 1, 3), TOP // 3, dtype=torch.uint8))
    long = to_signed(scan.long())
    return {"scan": to_signed(scan), "floats": to_signed(kept), "kept": kept, "block": block, "long": long}


def judge(seen):
    line = torch.arange(TOP + 1, dtype=torch.float64) * 2 / TOP - 1
    if near(seen["long"], line) and not near(seen["scan"], line):
        reject("overflow", "the smallest whole-number type has no room for what you do with it: the greys wrap around.")
    if not near(seen["scan"], line):
        reject("steps", "the steps between black and white are not equal.")
    if not near(seen["kept"], torch.linspace(0, TOP, 7)):
        reject("changed", "the tensor that came in is not what it was: work on a copy.")
    if not near(seen["floats"], torch.linspace(-1, 1, 7)) or not near(seen["long"], line):
        reject("floats", "the same greys, stored as another type, came out differently.")
    if seen["block"].shape != (2, 1, 3):
        reject("shape", f"a tensor of shape (2, 1, 3) came back as {tuple(seen['block'].shape)}.")


# %% kind="wrong" name="to [0, 1]" key="unsigned"
def to_signed(values):
    return values.float() / TOP


# %% kind="wrong" name="half a unit too low" key="range"
def to_signed(values):
    return values.float() / (TOP + 1) * 2 - 1


# %% kind="wrong" name="a standard score" key="range"
def to_signed(values):
    values = values.float()
    return (values - values.mean()) / values.std()


# %% kind="wrong" name="black is white" key="negative"
def to_signed(values):
    return 1 - values.float() / (TOP / 2)


# %% kind="wrong" name="still whole numbers" key="type"
def to_signed(values):
    return (values.float() / (TOP / 2) - 1).to(torch.int8)


# %% kind="wrong" name="a NumPy array" key="kind"
def to_signed(values):
    return values.numpy() / (TOP / 2) - 1


# %% kind="wrong" name="the range of each picture" key="batch"
def to_signed(values):
    values = values.float()
    return 2 * (values - values.min()) / (values.max() - values.min()) - 1


# %% kind="wrong" name="divided by the brightest pixel" key="batch"
def to_signed(values):
    return values.float() / values.max() * 2 - 1


# %% kind="wrong" name="doubled before it is a float" key="overflow"
def to_signed(values):
    doubled = values + values
    return torch.where(values == TOP, 1.0, doubled.float() / TOP - 1)


# %% kind="wrong" name="whole steps" key="steps"
def to_signed(values):
    return (values.float() / TOP * 2 - 1).round()


# %% kind="wrong" name="a curve" key="steps"
def to_signed(values):
    return 2 * (values.float() / TOP) ** 2 - 1


# %% kind="wrong" name="in place" key="changed"
def to_signed(values):
    values = values.float()
    values *= 2 / TOP
    values -= 1
    return values


# %% kind="wrong" name="flattened" key="shape"
def to_signed(values):
    return values.flatten().float() / TOP * 2 - 1


# %% kind="right" name="a linear map of [0, 1]"
def to_signed(values):
    return values.to(torch.float32) / TOP * 2 - 1


# %% kind="right" name="lerp"
def to_signed(values):
    return torch.lerp(torch.tensor(-1.0), torch.tensor(1.0), values.float() / TOP)


# %% kind="right" name="about the middle grey, in double precision"
def to_signed(values):
    middle = TOP / 2
    return (values.double() - middle) / middle


# %% [markdown] kind="explanation"
"""
The generator ends in tanh, so its pixels lie in $[-1, 1]$. Real pixels have to live in the same range, or the
discriminator tells the two apart by brightness alone. The type comes first: a `uint8` cannot be negative and starts again
at 0 above 255. And the line is the same for all pictures: if each were stretched to its own darkest and brightest pixel,
the law $p$ of the data would be another one.
"""

# %% [markdown] kind="task" task="00.3" title="A target for every seed" points=1 hidden_points=2 minutes=8 difficulty="easy"
"""
Before a run we said what would count as success: mean {MEAN}, give or take {MEAN_OFF}, *and* standard deviation {SPREAD},
give or take {SPREAD_OFF}. Then we trained once for each of several seeds.

Write `reached(runs)`. `runs` is a list of tensors of shape (N, 1), the samples of one trained generator each. It returns
how many of the runs meet the target, each judged by itself.
"""

# %% [markdown] kind="hint"
"""
A run that lands too low and another that lands too high are two failures, though their average looks fine.
"""

# %% [markdown] kind="hint"
r"""
A run counts if $|m - {MEAN}| \le {MEAN_OFF}$ and $|s - {SPREAD}| \le {SPREAD_OFF}$, with its own mean $m$ and standard
deviation $s$.
"""

# %% [markdown] kind="hint"
"""
`sum(abs(x.mean() - ...) <= ... and abs(x.std() - ...) <= ... for x in runs)`: true counts as 1.
"""


# %% kind="solution"
def reached(runs):
    ### BEGIN SOLUTION
    count = 0
    for x in runs:
        if abs(x.mean() - MEAN) <= MEAN_OFF and abs(x.std() - SPREAD) <= SPREAD_OFF:
            count += 1
    return count
    ### END SOLUTION


# %% kind="check"
def observe(reached):
    def run(off, spread):
        pattern = torch.tensor([-2.0, 1.0, 1.0]).repeat(200).unsqueeze(1) / 2**0.5
        return MEAN + off * MEAN_OFF + (SPREAD + spread * SPREAD_OFF) * pattern

    good = [run(0.5, 0.5), run(-0.5, -0.5), run(0.0, 0.0)]
    cases = {"good": good, "pooled": [run(-1.6, 0.0), run(1.6, 0.0)], "some": [run(0.5, 0.0), run(5.0, 0.0)]}
    for name, off, spread in (("low", -2.0, 0.0), ("high", 2.0, 0.0), ("narrow", 0.0, -2.0), ("wide", 0.0, 2.0)):
        cases[name] = [run(off, spread)]
    return {name: reached(runs) for name, runs in cases.items()}


def judge(seen):
    told = {
        "low": "a run whose mean is far too low is counted.",
        "high": "a run whose mean is far too high is counted.",
        "narrow": "a run is counted whose numbers crowd around the right mean: its spread is far too small.",
        "wide": "a run is counted whose numbers scatter far too widely around the right mean.",
        "pooled": "one run lies too low, one too high, and that is called a success: judge each run by itself.",
    }
    counts = {name: float(count) for name, count in seen.items()}
    if counts["good"] == 1:
        reject(
            "count", "three good runs gave the answer yes, or a share of them: count the runs that reach the target."
        )
    if counts["good"] == 0:
        reject("strict", "runs well within what was promised are not counted.")
    for key, message in told.items():
        if counts[key] != 0:
            reject(key, message)
    if counts["some"] == 0:
        reject("all", "one good run and one bad one count as none: the bad one must not spoil the other's result.")
    if (counts["good"], counts["some"]) != (3, 1):
        reject("number", f"three good runs were counted as {seen['good']}, one good and one bad one as {seen['some']}.")


# %% kind="hidden"
def observe(reached):
    def run(off, spread, skew):
        pattern = torch.tensor([-2.0, 1.0, 1.0] if skew > 0 else [2.0, -1.0, -1.0]).repeat(700).unsqueeze(1) / 2**0.5
        return MEAN + off * MEAN_OFF + (SPREAD + spread * SPREAD_OFF) * pattern

    steps = (-1.1, -0.92, 0.92, 1.1)
    grid = [reached([run(off, spread, skew)]) for skew in (-1, 1) for off in steps for spread in steps]
    mixed = [run(0.3, -0.3, 1), run(4.0, 0.0, 1), run(-0.8, 0.0, -1), run(0.0, -1.5, 1), run(0.0, 0.8, -1)]
    sizes = [mixed[0][:9], mixed[2][:300], mixed[4]]
    return {"grid": grid, "mixed": reached(mixed), "sizes": reached(sizes), "none": reached([])}


def judge(seen):
    inner = [False, True, True, False]
    inside = [float(off and spread) for off in inner for spread in inner]
    if [float(count) for count in seen["grid"]] != inside * 2:
        reject("borders", "near the borders of the target, runs are taken for the wrong side.")
    if (float(seen["mixed"]), float(seen["sizes"])) != (3, 3):
        reject(
            "several", "several runs together, or runs with different numbers of samples, are not counted one by one."
        )
    if float(seen["none"]) != 0:
        reject("none", "no run at all should count as 0.")


# %% kind="wrong" name="all samples in one pot" key="pooled"
def reached(runs):
    x = torch.cat(runs) if runs else torch.zeros(0)
    met = abs(x.mean() - MEAN) <= MEAN_OFF and abs(x.std() - SPREAD) <= SPREAD_OFF
    return len(runs) if met else 0


# %% kind="wrong" name="averages over the seeds" key="pooled"
def reached(runs):
    mean, spread = torch.stack([torch.stack([x.mean(), x.std()]) for x in runs]).mean(dim=0)
    return len(runs) * bool(abs(mean - MEAN) <= MEAN_OFF and abs(spread - SPREAD) <= SPREAD_OFF)


# %% kind="wrong" name="mean only" key="narrow"
def reached(runs):
    return sum(bool(abs(x.mean() - MEAN) <= MEAN_OFF) for x in runs)


# %% kind="wrong" name="spread only" key="low"
def reached(runs):
    return sum(bool(abs(x.std() - SPREAD) <= SPREAD_OFF) for x in runs)


# %% kind="wrong" name="or instead of and" key="low"
def reached(runs):
    return sum(bool(abs(x.mean() - MEAN) <= MEAN_OFF or abs(x.std() - SPREAD) <= SPREAD_OFF) for x in runs)


# %% kind="wrong" name="mean without its absolute value" key="low"
def reached(runs):
    return sum(bool(x.mean() - MEAN <= MEAN_OFF and abs(x.std() - SPREAD) <= SPREAD_OFF) for x in runs)


# %% kind="wrong" name="spread without its absolute value" key="narrow"
def reached(runs):
    return sum(bool(abs(x.mean() - MEAN) <= MEAN_OFF and x.std() - SPREAD <= SPREAD_OFF) for x in runs)


# %% kind="wrong" name="did all reach it" key="count"
def reached(runs):
    return all(abs(x.mean() - MEAN) <= MEAN_OFF and abs(x.std() - SPREAD) <= SPREAD_OFF for x in runs)


# %% kind="wrong" name="share of the runs" key="count"
def reached(runs):
    met = [abs(x.mean() - MEAN) <= MEAN_OFF and abs(x.std() - SPREAD) <= SPREAD_OFF for x in runs]
    return sum(map(bool, met)) / max(len(runs), 1)


# %% kind="wrong" name="all or nothing" key="all"
def reached(runs):
    met = all(abs(x.mean() - MEAN) <= MEAN_OFF and abs(x.std() - SPREAD) <= SPREAD_OFF for x in runs)
    return len(runs) if met else 0


# %% kind="wrong" name="stops at the first failure" key="several"
def reached(runs):
    for count, x in enumerate(runs):
        if abs(x.mean() - MEAN) > MEAN_OFF or abs(x.std() - SPREAD) > SPREAD_OFF:
            return count
    return len(runs)


# %% kind="wrong" name="tolerances exchanged" key="borders"
def reached(runs):
    return sum(bool(abs(x.mean() - MEAN) <= SPREAD_OFF and abs(x.std() - SPREAD) <= MEAN_OFF) for x in runs)


# %% kind="right" name="a sum of truths"
def reached(runs):
    def met(x):
        return abs(float(x.mean()) - MEAN) < MEAN_OFF and abs(float(x.std(unbiased=False)) - SPREAD) < SPREAD_OFF

    return sum(met(x) for x in runs)


# %% kind="right" name="along the first axis"
def reached(runs):
    moments = [(x.mean(dim=0), x.std(dim=0)) for x in runs]
    return sum((mean - MEAN).abs().le(MEAN_OFF) * (std - SPREAD).abs().le(SPREAD_OFF) for mean, std in moments)


# %% kind="right" name="intervals in NumPy"
def reached(runs):
    count = 0
    for values in map(numpy.asarray, runs):
        mean, spread = values.mean(), values.std(ddof=1)
        in_mean = MEAN - MEAN_OFF <= mean <= MEAN + MEAN_OFF
        count += int(in_mean and SPREAD - SPREAD_OFF <= spread <= SPREAD + SPREAD_OFF)
    return count


# %% [markdown] kind="equivalent"
"""
- `x.mean() - {MEAN}` -> `{MEAN} - x.mean()`: the absolute value is the same.
- `x.std() - {SPREAD}` -> `{SPREAD} - x.std()`: the absolute value is the same.
- `<= {MEAN_OFF}` -> `< {MEAN_OFF}`: whether a mean lies exactly on the border is a matter of the last rounded bit.
- `<= {SPREAD_OFF}` -> `< {SPREAD_OFF}`: so is whether a standard deviation does.
"""

# %% [markdown] kind="explanation"
"""
A target is stated before the run, with a number for "close enough", and every seed has to meet it alone. In one pot, a
method that misses to the left half of the time and to the right the other half would look perfect. The spread matters as
much as the mean: a generator that always gives the same good sample has the right mean and no spread at all. You will meet
that failure as mode collapse.
"""

# %% [markdown] kind="task" task="00.4" title="Every source of chance" points=2 hidden_points=2 minutes=10 difficulty="medium"
"""
A run draws from three global generators: Python's `random`, NumPy's `numpy.random`, and torch's. Write `seed_all(seed)`:
it starts all three from the whole number `seed`, and returns a `torch.Generator` of its own for the noise $z$, started
from `seed` + {APART}.

Two calls with one seed must lead to the same numbers, in this process and in any other. Drawing noise must not move
torch's global generator, and must not repeat its numbers.
"""

# %% [markdown] kind="hint"
"""
Each of the three libraries keeps a state of its own. Seeding one does nothing for the other two.
"""

# %% [markdown] kind="hint"
"""
The three calls are named alike: `random.seed`, `numpy.random.seed`, `torch.manual_seed`. A generator object has a method
with torch's name, and gives itself back.
"""

# %% [markdown] kind="hint"
"""
Three lines for the three libraries, then `torch.Generator()` with its own `manual_seed(...)` as the return value.
"""


# %% kind="solution"
def seed_all(seed):
    ### BEGIN SOLUTION
    random.seed(seed)
    numpy.random.seed(seed=seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed + APART)
    ### END SOLUTION


# %% kind="check"
def observe(seed_all):
    def draws(seed):
        noise = seed_all(seed)
        weights = torch.rand(3)
        z = attempt(torch.rand, 3, generator=noise)["value"]
        python, table = [random.random() for _ in range(3)], numpy.random.rand(3)
        seen = {"python": python, "numpy": table, "torch": weights, "noise": z, "later": torch.rand(3)}
        return seen | {"kind": type(noise).__name__}

    seed_all(11)
    quiet = torch.rand(6)
    return {"runs": [draws(seed) for seed in (11, 2024, 11)], "quiet": quiet}


def judge(seen):
    first, other, again = seen["runs"]
    if first["kind"] != "Generator":
        reject("generator", f"the noise needs a torch.Generator of its own; a {first['kind']} came back.")
    names = {"python": "Python's random", "numpy": "NumPy", "torch": "torch's global generator", "noise": "the noise"}
    for key, name in names.items():
        if not near(again[key], first[key], atol=0, rtol=0):
            reject(key, f"two calls with seed 11, and {name} gave different numbers.")
    for key, name in names.items():
        if near(other[key], first[key], atol=0, rtol=0):
            reject("constant", f"with seeds 11 and 2024 {name} gave the same numbers: the seed does not reach it.")
    if not near(torch.cat([first["torch"], first["later"]]), seen["quiet"], atol=0, rtol=0):
        reject("shared", "drawing noise moved torch's global generator: the two have to be independent.")
    if near(first["noise"], first["torch"], atol=0, rtol=0):
        reject("twin", "the noise repeats the numbers of torch's global generator, those of the first weights.")
    if not matches(
        first["noise"][0], sealed(torch.rand(1, generator=torch.Generator().manual_seed(11 + APART)).item())
    ):
        reject("offset", "the noise does not start from the seed that the task gives it.")


# %% kind="hidden"
def observe(seed_all):
    def draws(seed):
        noise = seed_all(seed)
        z = torch.randn(17, generator=noise)
        weights = torch.rand(5)
        return {
            "python": [random.random() for _ in range(4)],
            "numpy": numpy.random.rand(4),
            "torch": weights,
            "noise": z,
        }

    return [draws(seed) for seed in (3, 7, 3, 123456)]


def judge(seen):
    names = {"python": "Python's random", "numpy": "NumPy", "torch": "torch's global generator", "noise": "the noise"}
    for seed, draws in zip((3, 7, 3, 123456), seen, strict=True):
        python, table = random.Random(seed), numpy.random.RandomState(seed)
        wanted = {
            "python": [python.random() for _ in range(4)],
            "numpy": table.rand(4),
            "torch": torch.rand(5, generator=torch.Generator().manual_seed(seed)),
            "noise": torch.randn(17, generator=torch.Generator().manual_seed(seed + APART)),
        }
        for key, name in names.items():
            if not near(draws[key], wanted[key]):
                reject(f"other {key}", f"{name}, started in another process as the task says, gives other numbers.")


# %% kind="wrong" name="torch only" key="python"
def seed_all(seed):
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="random without the seed" key="python"
def seed_all(seed):
    random.seed()
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="a new NumPy generator that nobody uses" key="numpy"
def seed_all(seed):
    random.seed(seed)
    numpy.random.default_rng(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="NumPy forgotten" key="numpy"
def seed_all(seed):
    random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="only the noise is seeded" key="torch"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="seeds for the graphics card only" key="torch"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.cuda.manual_seed_all(seed)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="nothing returned" key="generator"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)


# %% kind="wrong" name="noise instead of its source" key="generator"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    return torch.randn(16, generator=torch.Generator().manual_seed(seed + APART))


# %% kind="wrong" name="a generator with a seed of chance" key="noise"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    generator = torch.Generator()
    generator.seed()
    return generator


# %% kind="wrong" name="a generator with a fixed seed" key="constant"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(APART)


# %% kind="wrong" name="a fresh generator as it comes" key="constant"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator()


# %% kind="wrong" name="always seed 0" key="constant"
def seed_all(seed):
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="the global generator handed out" key="shared"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    return torch.manual_seed(seed)


# %% kind="wrong" name="the noise from the same seed" key="twin"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


# %% kind="wrong" name="one seed further" key="offset"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed + 1)


# %% kind="wrong" name="a hash that changes with the process" key="other python"
def seed_all(seed):
    own = hash(f"run {seed}") % 2**32
    random.seed(own)
    numpy.random.seed(own)
    torch.manual_seed(own)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="NumPy from a number that was drawn" key="other numpy"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(random.randrange(2**32))
    torch.manual_seed(seed)
    random.seed(seed)
    return torch.Generator().manual_seed(seed + APART)


# %% kind="wrong" name="torch from a number that was drawn" key="other torch"
def seed_all(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(random.Random(seed).randrange(2**32))
    return torch.Generator().manual_seed(seed + APART)


# %% kind="right" name="states put in place"
def seed_all(seed):
    source = torch.Generator()
    torch.set_rng_state(source.manual_seed(seed).get_state())
    random.setstate(random.Random(seed).getstate())
    numpy.random.set_state(numpy.random.RandomState(seed).get_state())
    source.manual_seed(APART + seed)
    return source


# %% kind="right" name="one line for the three"
def seed_all(seed):
    for start in (random.seed, numpy.random.seed, torch.random.manual_seed):
        start(seed)
    noise = torch.Generator(device="cpu")
    noise.manual_seed(seed + APART)
    return noise


# %% [markdown] kind="equivalent"
"""
- `random.seed(seed)` -> `random.seed(-seed)`: Python takes the absolute value of a seed.
"""

# %% [markdown] kind="explanation"
"""
A seed fixes one generator, and there are three besides yours. That the numbers are equal in *another* process follows when
nothing but `seed` goes in: no clock, no `hash` of a text (Python salts it anew in every process), no number drawn before.
The noise has a generator of its own so that looking at samples more often does not change how training goes on; it has a
seed of its own because generators that start alike draw alike, and $z$ would repeat the numbers behind the first weights.
The package derives such seeds from a hash of "seed/purpose" (`ganlab.training.streams`).
"""

# %% [markdown] kind="task" task="00.5" title="Five letters for a colleague" points=5 minutes=10 difficulty="medium"
"""
A colleague who programs, but has never seen a GAN, asks about one that imitates {THING}. Explain $p$, $q$, $z$, $G$ and
$D$ in five sentences, one for each, in terms of {THING}. Say which of the five can be drawn from, and whether the density of
$p$ or of $q$ can be computed. No formulas.
"""

# %% [markdown] kind="hint"
"""
Two of the letters are laws, two are networks, one is a random input. Sort them first.
"""

# %% [markdown] kind="hint"
"""
For each network say what goes in and what comes out. For each law say where its samples come from.
"""

# %% [markdown] kind="hint"
"""
Begin with $p$ and end with $D$: "$p$ is the law behind the real ...; we have ... of it and no ...".
"""

# %% [markdown] kind="answer"
"""
$p$ is the law that real {THING} follow; we have a collection of samples from it, and no formula for its density.
$z$ is a list of random numbers that we draw ourselves, as often as we like, and it means nothing by itself.
$G$ is a network that turns such a list into one artificial example.
$q$ is the law of what $G$ makes when $z$ is drawn at random: sampling it is easy, but we cannot compute its density either.
$D$ is a network that looks at one example, real or made, and gives the probability that it is a real one; training it
helps $G$ to move $q$ towards $p$.
"""

# %% [markdown] kind="rubric"
"""
One point for each letter; half a point where the sentence is right and something asked for is missing.

| | full point | typical weak answer | what to say |
|---|---|---|---|
| $p$ | the law of the real {THING}: samples, no density | "the data set" | The data set is a finite handful drawn from $p$. What would a second collection be drawn from? |
| $q$ | the law of $G(z)$: easy to sample, no density | "the generated picture" | One picture is a sample. Which law does the next one come from? |
| $z$ | random input that we draw, from a law that we choose | "the noise in the data" | Who draws it, and when? Does real noise enter anywhere? |
| $G$ | noise in, one example out | "creates from real examples" | Show where in the loop a real example reaches $G$: nowhere. |
| $D$ | one example in, one probability of *real* out | "compares a real with a fake" | How many inputs does $D$ have? Which number comes out? |

Take off nothing for style. A sentence that only repeats the definition, without {THING}, gets half a point. The densities
of $p$ and $q$ are asked once: if nothing is said about either, take off half a point in total, not twice.
"""
