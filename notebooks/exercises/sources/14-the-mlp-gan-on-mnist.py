# %% [markdown] kind="opening"
"""
# 14 The MLP GAN on MNIST

Count before you train, measure what came out, walk through the noise, and report a comparison that somebody else could
repeat. Six functions, then two texts that a person reads. About 90 minutes; you need lesson 14, and for task 14.8 a few
minutes of computing.
"""

# %% kind="variant"
LATENT = [100, 64, 128, 50]
SIDE = [28, 32, 20, 24]
BATCH = [64, 128, 56, 72, 112]
PARTS = [32, 16, 64, 128]
MEAN = [0.1307, 0.286, 0.4, 0.45]
STD = [0.3081, 0.353, 0.25, 0.2]
STEPS = [8, 7, 9, 11]
LEVEL = [95, 90, 99]
LABELLED = [100, 80, 150, 200]
SEEDS = ["0, 1 and 2", "3, 4 and 5", "10, 11 and 12", "20, 21 and 22"]

# %% kind="given"
import math
import statistics
from itertools import pairwise

import numpy
import torch
from torch import nn

# %% [markdown] kind="task" task="14.1" title="Parameters from the widths" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
A generator turns {LATENT} numbers of noise into a grey image of {SIDE} × {SIDE} pixels, through fully connected hidden layers.
Write `generator_params(hidden, norm=False)`, the number of its parameters. `hidden` holds the widths of the hidden layers,
`(256, 512, 1024)` for instance; every linear layer has biases. With `norm=True`, batch normalisation follows every hidden
layer but the first, and learns a scale and a shift for each unit.

Compute the number from the widths and build no network: the answer for widths of a million should come at once.
"""

# %% [markdown] kind="hint"
"""
Write all widths in one row, from the noise to the pixels. A linear layer stands between each two neighbours.
"""

# %% [markdown] kind="hint"
r"""
From $a$ units to $b$: $a \cdot b$ weights and $b$ biases. Batch normalisation on $b$ units: $2b$. An image has as many
outputs as pixels.
"""

# %% [markdown] kind="hint"
"""
`widths = (noise, *hidden, pixels)`, a sum over `pairwise(widths)`, and with `norm` twice the sum of `hidden[1:]`.
"""


# %% kind="solution"
def generator_params(hidden, norm=False):
    ### BEGIN SOLUTION
    widths = (LATENT, *hidden, SIDE * SIDE)
    count = sum(inputs * outputs + outputs for inputs, outputs in pairwise(widths))
    if norm:
        count += 2 * sum(hidden[1:])
    return count
    ### END SOLUTION


# %% kind="check"
def observe(generator_params):
    return generator_params((3, 5)), generator_params((3, 5), norm=True)


def judge(seen):
    plain, normed = seen
    wrong = {
        sealed(generator_params((3, 5)) - (3 + 5 + SIDE * SIDE)): ("bias", "the biases are missing."),
        sealed(generator_params((3, 5)) - 6 * (SIDE * SIDE - SIDE)): (
            "pixels",
            "the last layer makes one side of an image.",
        ),
        sealed(generator_params((3, 5)) - 6 * SIDE * SIDE): ("last", "the layer that makes the pixels is missing."),
        sealed(generator_params((3, 5)) - 3 * (LATENT + 1)): ("first", "the layer that takes the noise is missing."),
        sealed(generator_params((3, 5)) + LATENT - SIDE * SIDE): (
            "side",
            "a layer has a bias for each output, not input.",
        ),
        sealed(generator_params((3, 5)) + 10): ("always", "batch normalisation is counted, and there is none."),
    }
    for digest, (key, message) in wrong.items():
        if matches(plain, digest):
            reject(key, f"for hidden widths 3 and 5: {message}")
    if not matches(plain, sealed(generator_params((3, 5)))):
        reject("count", f"for hidden widths 3 and 5 the parameters came out as {plain}, which is not right.")
    extra = {
        0: ("ignored", "batch normalisation adds nothing to your count: it learns as well."),
        16: ("everywhere", "the first hidden layer has no batch normalisation here, and it is counted."),
        5: ("half", "batch normalisation learns two numbers for each unit, and one is counted."),
        20: ("running", "running mean and variance are counted: they are statistics and are not learned."),
        10 + 2 * SIDE * SIDE: ("output", "no batch normalisation follows the last layer, which makes the pixels."),
    }
    if normed - plain in extra:
        reject(*extra[normed - plain])
    if not matches(normed, sealed(generator_params((3, 5), norm=True))):
        reject("norm", "with batch normalisation the count is not right, and without it it is.")


# %% kind="hidden"
def observe(generator_params):
    cases = [(256, 512, 1024), (128, 256, 512, 1024), (256,), (7, 7), (10**6, 10**6)]
    return [[generator_params(hidden), generator_params(hidden, norm=True)] for hidden in cases]


def judge(seen):
    from ganlab.models.gan import MLPGenerator

    cases = [(256, 512, 1024), (128, 256, 512, 1024), (256,), (7, 7), (10**6, 10**6)]
    for hidden, counts in zip(cases, seen, strict=True):
        with torch.device("meta"):  # shapes without numbers
            networks = [MLPGenerator(LATENT, hidden, (1, SIDE, SIDE), norm) for norm in ("none", "batch")]
        wanted = [sum(p.numel() for p in network.parameters()) for network in networks]
        if not near(counts, wanted, atol=0.1, rtol=0):
            reject(
                "widths", f"for hidden widths {hidden} one of the counts, without and with norm, is wrong: {counts}."
            )


# %% kind="wrong" name="weights without biases" key="bias"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum(a * b for a, b in pairwise(widths)) + 2 * norm * sum(hidden[1:])


# %% kind="wrong" name="biases of the inputs" key="side"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum(a * b + a for a, b in pairwise(widths)) + 2 * norm * sum(hidden[1:])


# %% kind="wrong" name="side instead of pixels" key="pixels"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE)
    return sum((a + 1) * b for a, b in pairwise(widths)) + 2 * norm * sum(hidden[1:])


# %% kind="wrong" name="hidden layers only at the end" key="last"
def generator_params(hidden, norm=False):
    return sum((a + 1) * b for a, b in pairwise((LATENT, *hidden))) + 2 * norm * sum(hidden[1:])


# %% kind="wrong" name="hidden layers only at the beginning" key="first"
def generator_params(hidden, norm=False):
    return sum((a + 1) * b for a, b in pairwise((*hidden, SIDE * SIDE))) + 2 * norm * sum(hidden[1:])


# %% kind="wrong" name="always with norm" key="always"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum((a + 1) * b for a, b in pairwise(widths)) + 2 * sum(hidden[1:])


# %% kind="wrong" name="a sum of widths" key="count"
def generator_params(hidden, norm=False):
    return LATENT + sum(hidden) + SIDE * SIDE + 2 * norm * sum(hidden[1:])


# %% kind="wrong" name="norm without parameters" key="ignored"
def generator_params(hidden, norm=False):
    return sum((a + 1) * b for a, b in pairwise((LATENT, *hidden, SIDE * SIDE)))


# %% kind="wrong" name="norm after the first layer too" key="everywhere"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum((a + 1) * b for a, b in pairwise(widths)) + 2 * norm * sum(hidden)


# %% kind="wrong" name="scale without shift" key="half"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum((a + 1) * b for a, b in pairwise(widths)) + norm * sum(hidden[1:])


# %% kind="wrong" name="running statistics as well" key="running"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum((a + 1) * b for a, b in pairwise(widths)) + 4 * norm * sum(hidden[1:])


# %% kind="wrong" name="norm on the pixels" key="output"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum((a + 1) * b for a, b in pairwise(widths)) + 2 * norm * (sum(hidden[1:]) + SIDE * SIDE)


# %% kind="wrong" name="norm after the last hidden layer only" key="widths"
def generator_params(hidden, norm=False):
    widths = (LATENT, *hidden, SIDE * SIDE)
    return sum((a + 1) * b for a, b in pairwise(widths)) + 2 * norm * hidden[-1] * (len(hidden) > 1)


# %% kind="right" name="one bias more than inputs"
def generator_params(hidden, norm=False):
    total, inputs = 0, LATENT + 1
    for place, outputs in enumerate([*hidden, SIDE**2]):
        total += inputs * outputs
        if norm and 0 < place < len(hidden):
            total += 2 * outputs
        inputs = outputs + 1
    return total


# %% kind="right" name="products of two arrays"
def generator_params(hidden, norm=False):
    inputs = numpy.array([LATENT, *hidden], dtype=numpy.int64)
    outputs = numpy.array([*hidden, SIDE * SIDE], dtype=numpy.int64)
    scales = 2 * outputs[1:-1].sum() if norm else 0
    return int(inputs @ outputs + outputs.sum() + scales)


# %% [markdown] kind="explanation"
"""
A linear layer from $a$ to $b$ units has $ab + b$ parameters. For 100 numbers of noise, hidden layers of 256, 512 and 1024
and 784 pixels this gives 1 486 352, the third document's generator, and for the row 784, 512, 256, 1 of its discriminator
533 505. More than half of the generator's are in the last layer: each pixel learns its own weights. Running mean and
variance are kept by batch normalisation as well, but nothing learns them.
"""

# %% [markdown] kind="task" task="14.2" title="Steps of a run" points=1 hidden_points=1 minutes=6 difficulty="easy"
"""
A loader hands out batches of {BATCH} images. In each epoch it goes through all images once; the last batch of an epoch may be
short. Write `steps(images, epochs, drop_last)`: the number of training steps, one for each batch. With `drop_last` true,
the short batch of each epoch is left out. The last images of one epoch are never put together with the first of the next.
"""

# %% [markdown] kind="hint"
"""
Count one epoch first.
"""

# %% [markdown] kind="hint"
"""
$n / {BATCH}$, rounded up where the short batch is used, rounded down where it is dropped; then times the epochs.
"""

# %% [markdown] kind="hint"
"""
`images // ...` rounds down, `math.ceil(images / ...)` rounds up. Multiply by `epochs` after the rounding.
"""


# %% kind="solution"
def steps(images, epochs, drop_last):
    ### BEGIN SOLUTION
    batches = images // BATCH if drop_last else math.ceil(images / BATCH)
    return epochs * batches
    ### END SOLUTION


# %% kind="check"
def observe(steps):
    short = [steps(3 * BATCH + 7, 1, drop_last) for drop_last in (False, True)]
    even = [steps(5 * BATCH, 1, drop_last) for drop_last in (False, True)]
    long = [steps(3 * BATCH + 7, 10, drop_last) for drop_last in (False, True)]
    return short, even, long


def judge(seen):
    short, even, long = seen
    if near(short, [3, 4]):
        reject("swapped", "dropping the short batch gives more steps than keeping it.")
    if near(short, [3, 3]):
        reject("short", "three full batches and a short one: the short one is a step too, unless it is dropped.")
    if near(short, [4, 4]):
        reject("kept", "three full batches and a short one: with drop_last the short one is no step.")
    if not near(short, [4, 3]):
        reject("batches", f"three full batches of {BATCH} and a short one were counted as {short}, kept and dropped.")
    if not near(even, [5, 5]):
        reject("exact", f"five full batches and nothing left over were counted as {even}, kept and dropped.")
    if near(long, short):
        reject("epochs", "ten epochs have as many steps as one.")
    if not near(long, [40, 30]):
        reject("across", "ten epochs are not ten times one: no batch reaches from one epoch into the next.")


# %% kind="hidden"
def observe(steps):
    cases = [(60_000, 1), (60_000, 20), (1_198, 7), (BATCH - 1, 3), (BATCH, 3), (BATCH + 1, 3), (17 * BATCH - 2, 11)]
    return [[steps(*case, drop_last) for drop_last in (False, True)] for case in cases]


def judge(seen):
    from torch.utils.data import DataLoader

    cases = [(60_000, 1), (60_000, 20), (1_198, 7), (BATCH - 1, 3), (BATCH, 3), (BATCH + 1, 3), (17 * BATCH - 2, 11)]
    for (images, epochs), counts in zip(cases, seen, strict=True):
        loaders = [DataLoader(range(images), batch_size=BATCH, drop_last=drop_last) for drop_last in (False, True)]
        if not near(counts, [epochs * len(loader) for loader in loaders]):
            reject(
                "loader", f"for {images} images and {epochs} epochs torch's own loader makes other numbers of steps."
            )


# %% kind="wrong" name="always rounded down" key="short"
def steps(images, epochs, drop_last):
    return epochs * (images // BATCH)


# %% kind="wrong" name="rounded to the nearest" key="short"
def steps(images, epochs, drop_last):
    return epochs * (images // BATCH if drop_last else round(images / BATCH))


# %% kind="wrong" name="always rounded up" key="kept"
def steps(images, epochs, drop_last):
    return epochs * math.ceil(images / BATCH)


# %% kind="wrong" name="kept and dropped exchanged" key="swapped"
def steps(images, epochs, drop_last):
    return epochs * (math.ceil(images / BATCH) if drop_last else images // BATCH)


# %% kind="wrong" name="one more than full batches" key="exact"
def steps(images, epochs, drop_last):
    return epochs * (images // BATCH + (not drop_last))


# %% kind="wrong" name="one epoch" key="epochs"
def steps(images, epochs, drop_last):
    return images // BATCH if drop_last else math.ceil(images / BATCH)


# %% kind="wrong" name="batches across epochs" key="across"
def steps(images, epochs, drop_last):
    return epochs * images // BATCH if drop_last else math.ceil(epochs * images / BATCH)


# %% kind="wrong" name="one short batch at the very end" key="across"
def steps(images, epochs, drop_last):
    return epochs * (images // BATCH) + (not drop_last and images % BATCH > 0)


# %% kind="wrong" name="a share of a step" key="batches"
def steps(images, epochs, drop_last):
    return epochs * images / BATCH


# %% kind="wrong" name="at least one step" key="loader"
def steps(images, epochs, drop_last):
    return epochs * max(1, images // BATCH if drop_last else math.ceil(images / BATCH))


# %% kind="right" name="whole numbers only"
def steps(images, epochs, drop_last):
    full, rest = divmod(images, BATCH)
    return epochs * (full + (rest > 0 and not drop_last))


# %% kind="right" name="batch by batch"
def steps(images, epochs, drop_last):
    sizes = [min(BATCH, images - start) for start in range(0, images, BATCH)]
    return epochs * sum(size == BATCH or not drop_last for size in sizes)


# %% [markdown] kind="explanation"
"""
60 000 images in batches of 64 make 938 steps, the last with 32 images, or 937 without it. The rounding happens in every
epoch, so 100 epochs have 93 800 steps, and a listing that prints at each of them prints as many lines. `Batches` of this
course drops the short batch: every step then averages its gradient over the same number of images.
"""

# %% [markdown] kind="task" task="14.3" title="How many classes are covered" points=1 hidden_points=1 minutes=8 difficulty="medium"
"""
A frozen classifier has looked at generated digits. Write `covered(labels)`: the number of classes to which at least one in
{PARTS} of the samples belong. `labels` is a tensor (N,) of whole numbers, the class of each sample; how many classes there
could be does not matter.

When it is right, let it compare a trained generator with one that has collapsed onto a few digits:

```python
gan, frozen = ganlab.zoo.load("dcgan-digits"), ganlab.metrics.load_features("digits")
some = torch.Generator().manual_seed(0)
one, around = torch.randn(1, gan.latent, generator=some), torch.randn(640, gan.latent, generator=some)
for z in (around, one + 0.2 * around):
    print(covered(frozen.logits(gan(z)).argmax(dim=1)))
```
"""

# %% [markdown] kind="hint"
"""
Count the samples of each class first. Then ask of each count whether it is large enough.
"""

# %% [markdown] kind="hint"
r"""
Class $k$ is covered if $n_k \ge N / {PARTS}$.
"""

# %% [markdown] kind="hint"
"""
`torch.unique` gives the counts as well if you ask for them (`return_counts`). Compare each with a part of `len(labels)`,
and sum the truths.
"""


# %% kind="solution"
def covered(labels):
    ### BEGIN SOLUTION
    _, counts = torch.unique(labels, return_counts=True)
    return int((counts >= len(labels) / PARTS).sum())
    ### END SOLUTION


# %% kind="check"
def observe(covered):
    def labels(*counts):
        return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))

    even = labels(*[2 * PARTS] * 10)
    rare = labels(6 * PARTS, 6 * PARTS, 1, 1, 1, 1)
    edge = labels(10 * PARTS - 20, 10, 10)
    half = labels(*[4 * PARTS] * 5) + 7
    mixed = torch.stack([half, half + 1], dim=1).flatten()
    cases = {"even": even, "rare": rare, "edge": edge, "one": even[:3], "mixed": mixed}
    return {name: covered(found) for name, found in cases.items()}


def judge(seen):
    if not all(isinstance(count, int) or near(count, round(float(count))) for count in seen.values()):
        reject("number", f"a number of classes is a whole number; for ten classes alike {seen['even']} came back.")
    if near(seen["even"], 0.0):
        reject("none", "ten classes with the same number of samples, and none counts as covered.")
    if near(seen["even"], 9.0):
        reject("class", "of ten classes with the same number of samples one is not counted.")
    if not near(seen["even"], 10.0):
        reject("classes", f"ten classes with the same number of samples were counted as {seen['even']}.")
    if near(seen["rare"], 6.0):
        reject("rare", "a class with a single sample among hundreds counts as covered: its share is too small.")
    if not near(seen["rare"], 2.0):
        reject("share", f"two frequent classes and four with a single sample were counted as {seen['rare']}.")
    if near(seen["edge"], 1.0):
        reject("edge", f"a class with exactly one in {PARTS} of the samples is covered: at least, not more than.")
    if not near([seen["edge"], seen["one"], seen["mixed"]], [3, 1, 6]):
        reject("mixed", "labels in another order, or of classes with other numbers, were counted wrong.")


# %% kind="hidden"
def observe(covered):
    def labels(*counts):
        order = torch.randperm(sum(counts), generator=torch.Generator().manual_seed(len(counts)))
        return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))[order]

    n = 200 * PARTS
    cases = [(n - 599, 200, 199, 200, 0), (n - 800, 199, 201, 200, 200), (n,), (0, 0, n - 99, 99), (n - 300, 100, 200)]
    answers = [covered(labels(*counts)) for counts in cases]
    return {
        "cases": answers,
        "large": covered(labels(*[1] * (2 * PARTS))),
        "far": covered(7 * labels(*cases[1]) + 1000),
    }


def judge(seen):
    if not near(seen["cases"], [3, 4, 1, 1, 2]):
        reject("counts", "with shares close to the limit, or classes without any sample, the count is wrong.")
    if not near(seen["large"], 0.0):
        reject("spread", "samples spread thinly over many classes cover none of them.")
    if not near(seen["far"], 4.0):
        reject("names", "the numbers that stand for the classes must not matter.")


# %% kind="wrong" name="every class that occurs" key="rare"
def covered(labels):
    return len(torch.unique(labels))


# %% kind="wrong" name="more than" key="edge"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return int((counts > len(labels) / PARTS).sum())


# %% kind="wrong" name="rare classes" key="none"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return int((counts < len(labels) / PARTS).sum())


# %% kind="wrong" name="the number as a count" key="rare"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return int((counts >= 1 / PARTS).sum())


# %% kind="wrong" name="a count of samples, not a share" key="edge"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return int((counts >= PARTS).sum())


# %% kind="wrong" name="a share of the largest class" key="counts"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return int((counts >= counts.max() / PARTS).sum())


# %% kind="wrong" name="the share of covered classes" key="number"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return float((counts >= len(labels) / PARTS).float().mean())


# %% kind="wrong" name="the largest share" key="number"
def covered(labels):
    return torch.bincount(labels).max() / len(labels)


# %% kind="wrong" name="the whole that a class should have" key="none"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return int((counts >= len(labels)).sum())


# %% kind="wrong" name="samples of covered classes" key="classes"
def covered(labels):
    _, counts = torch.unique(labels, return_counts=True)
    return int(counts[counts >= len(labels) / PARTS].sum())


# %% kind="wrong" name="classes 1 to 9" key="class"
def covered(labels):
    counts = torch.bincount(labels, minlength=10)[1:]
    return int((counts >= len(labels) / PARTS).sum())


# %% kind="wrong" name="ten classes for ever" key="mixed"
def covered(labels):
    return sum(int((labels == k).sum()) * PARTS >= len(labels) for k in range(10))


# %% kind="wrong" name="runs of equal labels" key="mixed"
def covered(labels):
    _, counts = torch.unique_consecutive(labels, return_counts=True)
    return int((counts >= len(labels) / PARTS).sum())


# %% kind="right" name="bincount"
def covered(labels):
    shares = torch.bincount(labels) / len(labels)
    return (shares >= 1 / PARTS).sum()


# %% kind="right" name="class by class"
def covered(labels):
    found = labels.tolist()
    return sum(PARTS * found.count(k) >= len(found) for k in set(found))


# %% kind="right" name="NumPy, in per cent"
def covered(labels):
    _, counts = numpy.unique(labels.numpy(), return_counts=True)
    percent = 100 * counts / counts.sum()
    return int(numpy.count_nonzero(percent >= 100 / PARTS))


# %% [markdown] kind="equivalent"
"""
- `_, counts = torch.unique(labels, return_counts=True)` -> `_, counts = torch.unique(-labels, return_counts=True)`: the names of the classes do not matter.
- `return int((counts >= len(labels) / {PARTS}).sum())` -> `return (counts >= len(labels) / {PARTS}).sum()`: a tensor with one whole number is one.
"""

# %% [markdown] kind="explanation"
"""
"All ten digits appear" is met by one lucky sample, so the share has to be named before the run. The shipped generator covers
all ten; the one that only makes variations of a single $z$ covers a few, however good its pictures look. The count is as
good as the classifier: it puts a blot into some class as well, which is why lesson 14 prints the distance beside it.
"""

# %% [markdown] kind="task" task="14.4" title="Greys that no digit has" points=2 hidden_points=1 minutes=12 difficulty="medium"
"""
A listing prepares its digits as $x = (v / 255 - {MEAN}) / {STD}$, with whole grey values $v$ from 0 to 255. Its generator ends in a
linear layer, so nothing keeps the output in that range. Write `impossible(x)`: the share of pixels, between 0 and 1, whose
grey value lies more than half a level below 0 or above 255. `x` is a batch (N, 1, H, W) of generated images as the
generator gives them.
"""

# %% [markdown] kind="hint"
"""
First bring the pixels back to grey values, without rounding or clipping. Then count.
"""

# %% [markdown] kind="hint"
"""
Solve the formula of the listing for $v$. A pixel is impossible if $v < -0.5$ or $v > 255.5$.
"""

# %% [markdown] kind="hint"
"""
`v = 255 * (x * ... + ...)`; the mean of `((v < -0.5) | (v > 255.5)).float()` is the share.
"""


# %% kind="solution"
def impossible(x):
    ### BEGIN SOLUTION
    grey = 255 * (x * STD + MEAN)
    outside = (grey < -0.5) | (grey > 255.5)
    return outside.float().mean()
    ### END SOLUTION


# %% kind="check"
def observe(impossible):
    def batch(*greys):
        return ((torch.tensor(greys) / 255 - MEAN) / STD).view(-1, 1, 2, 2)

    batches = {
        "inside": batch(20.0, 60.0, 100.0, 140.0, 160.0, 180.0, 200.0, 235.0),
        "ends": batch(0.0, 255.0, -0.3, 255.3),
        "dark": batch(100.0, -3.0, 100.0, -300.0),
        "bright": batch(100.0, 258.0, 100.0, 600.0),
        "single": batch(*[90.0, 100.0, 110.0, -40.0] * 4),
    }
    return {name: impossible(x) for name, x in batches.items()}


def judge(seen):
    if near([seen["dark"], seen["bright"]], [0.5, 0.0]) and near(seen["inside"], 0.0):
        reject("bright", "half of the pixels are brighter than white, and none was counted.")
    if near([seen["dark"], seen["bright"]], [0.0, 0.5]) and near(seen["inside"], 0.0):
        reject("dark", "half of the pixels are darker than black, and none was counted.")
    if near(list(seen.values()), [0.0] * 5):
        reject(
            "clipped", "nothing is ever impossible: by the time you look, every grey has been forced into the range."
        )
    if near(list(seen.values()), [1.0, 1.0, 0.5, 0.5, 0.75]):
        reject("opposite", "the share of possible pixels came back.")
    if not near(seen["inside"], 0.0):
        reject(
            "undo", "pixels of real digits, prepared as the listing does it, are called impossible: undo its two steps."
        )
    if not near(seen["ends"], 0.0):
        reject("rounding", "black and white themselves, less than half a level off, are called impossible.")
    if near([seen["dark"], seen["bright"]], [50.0, 50.0]):
        reject("percent", "the share came back in per cent; it should lie between 0 and 1.")
    if near([seen["dark"], seen["bright"]], [2.0, 2.0]):
        reject("number", "the number of impossible pixels came back; divide by how many there are.")
    if near([seen["dark"], seen["bright"]], [1.0, 1.0]):
        reject("images", "images were counted that hold an impossible pixel; count pixels.")
    if not near([seen["dark"], seen["bright"], seen["single"]], [0.5, 0.5, 0.25]):
        reject("share", "with impossible pixels in known places, the share is wrong.")


# %% kind="hidden"
def observe(impossible):
    def batch(greys, *shape):
        return ((greys.double() / 255 - MEAN) / STD).float().view(shape)

    levels = torch.arange(256.0)
    edges = [impossible(batch(torch.full((9,), grey), 1, 1, 3, 3)) for grey in (-0.6, -0.4, 255.4, 255.6)]
    third = batch(torch.cat([levels[:200], torch.linspace(-90, -2, 60), torch.linspace(257, 400, 40)]), 3, 1, 10, 10)
    return {"levels": impossible(batch(levels, 4, 1, 8, 8)), "edges": edges, "third": impossible(third)}


def judge(seen):
    if not near(seen["levels"], 0.0):
        reject("levels", "one of the 256 greys of the data is called impossible.")
    if not near(seen["edges"], [1, 0, 0, 1]):
        reject("half", "close to half a level beyond black or white, pixels are taken for the wrong side.")
    if not near(seen["third"], 1 / 3):
        reject(
            "share", "in a batch of three images, a hundred of three hundred pixels are impossible; another share came."
        )


# %% kind="wrong" name="prepared once more" key="undo"
def impossible(x):
    grey = 255 * (x - MEAN) / STD
    return ((grey < -0.5) | (grey > 255.5)).float().mean()


# %% kind="wrong" name="taken for [-1, 1]" key="undo"
def impossible(x):
    grey = (x + 1) * 127.5
    return ((grey < -0.5) | (grey > 255.5)).float().mean()


# %% kind="wrong" name="taken for [0, 1]" key="undo"
def impossible(x):
    grey = 255 * x
    return ((grey < -0.5) | (grey > 255.5)).float().mean()


# %% kind="wrong" name="shifted before it is scaled" key="undo"
def impossible(x):
    grey = 255 * (x + MEAN) * STD
    return ((grey < -0.5) | (grey > 255.5)).float().mean()


# %% kind="wrong" name="outside by any amount" key="rounding"
def impossible(x):
    grey = 255 * (x * STD + MEAN)
    return ((grey < 0) | (grey > 255)).float().mean()


# %% kind="wrong" name="darker only" key="bright"
def impossible(x):
    return (255 * (x * STD + MEAN) < -0.5).float().mean()


# %% kind="wrong" name="brighter only" key="dark"
def impossible(x):
    return (255 * (x * STD + MEAN) > 255.5).float().mean()


# %% kind="wrong" name="clipped first" key="clipped"
def impossible(x):
    grey = (255 * (x * STD + MEAN)).clamp(0, 255)
    return ((grey < -0.5) | (grey > 255.5)).float().mean()


# %% kind="wrong" name="made whole bytes first" key="clipped"
def impossible(x):
    grey = (255 * (x * STD + MEAN)).round().long().to(torch.uint8).float()
    return ((grey < -0.5) | (grey > 255.5)).float().mean()


# %% kind="wrong" name="both at once" key="clipped"
def impossible(x):
    grey = 255 * (x * STD + MEAN)
    return ((grey < -0.5) & (grey > 255.5)).float().mean()


# %% kind="wrong" name="possible ones" key="opposite"
def impossible(x):
    grey = 255 * (x * STD + MEAN)
    return ((grey >= -0.5) & (grey <= 255.5)).float().mean()


# %% kind="wrong" name="per cent" key="percent"
def impossible(x):
    grey = 255 * (x * STD + MEAN)
    return 100 * ((grey < -0.5) | (grey > 255.5)).float().mean()


# %% kind="wrong" name="number of pixels" key="number"
def impossible(x):
    grey = 255 * (x * STD + MEAN)
    return ((grey < -0.5) | (grey > 255.5)).sum()


# %% kind="wrong" name="images with such a pixel" key="images"
def impossible(x):
    grey = 255 * (x * STD + MEAN)
    return ((grey < -0.5) | (grey > 255.5)).flatten(1).any(dim=1).float().mean()


# %% kind="wrong" name="a whole level of room" key="half"
def impossible(x):
    grey = 255 * (x * STD + MEAN)
    return ((grey < -1) | (grey > 256)).float().mean()


# %% kind="right" name="in the range of the network"
def impossible(x):
    low, high = ((end / 255 - MEAN) / STD for end in (-0.5, 255.5))
    return 1 - ((x >= low) & (x <= high)).float().mean()


# %% kind="right" name="distance from the middle grey"
def impossible(x):
    grey = (x.double() * STD + MEAN) * 255
    return float(((grey - 127.5).abs() > 128).sum()) / x.numel()


# %% [markdown] kind="equivalent"
"""
- `outside = (grey < -0.5) | (grey > 255.5)` -> `outside = (grey <= -0.5) | (grey > 255.5)`: a grey exactly on the border is a matter of the last rounded bit.
- `outside = (grey < -0.5) | (grey > 255.5)` -> `outside = (grey < -0.5) | (grey >= 255.5)`: the same at the other end.
"""

# %% [markdown] kind="explanation"
r"""
The listing subtracts and then divides, so going back multiplies and then adds. Half a level of room forgives the rounding
of floats and nothing else. A generator in the wrong range shows itself by such counts on both sides before it shows itself
in a picture, because most plots clip. With $\tanh$ at the end the same preparation would fail in the other direction: white
lies at $(1 - {MEAN}) / {STD}$, and $\tanh$ never gets beyond 1.
"""

# %% [markdown] kind="task" task="14.5" title="A walk on the sphere" points=2 hidden_points=2 minutes=14 difficulty="medium"
"""
Write `walk(z0, z1)`: {STEPS} noise vectors on the way from `z0` to `z1`, as a tensor ({STEPS}, n); `z0` and `z1` are tensors (n,).
The first row is `z0` and the last is `z1`. From row to row the direction turns by the same angle, in the plane of the two,
and the length goes in equal steps from $|z_0|$ to $|z_1|$. So a walk between two vectors of one length keeps it.

The two never point the same way or opposite ways. Neither of them is changed.
"""

# %% [markdown] kind="hint"
"""
Separate direction and length: turn the one, and draw the other out.
"""

# %% [markdown] kind="hint"
r"""
With unit vectors $u_0, u_1$ at the angle $\alpha = \arccos(u_0 \cdot u_1)$, the direction at $t$ is
$\bigl(\sin((1-t)\alpha)\, u_0 + \sin(t\alpha)\, u_1\bigr) / \sin\alpha$.
"""

# %% [markdown] kind="hint"
r"""
Let `t` be a column of {STEPS} numbers from 0 to 1 (`torch.linspace`, then `unsqueeze`). The formula above gives the directions
of all rows at once; multiply them by a column of lengths, $(1-t)\,|z_0| + t\,|z_1|$.
"""


# %% kind="solution"
def walk(z0, z1):
    ### BEGIN SOLUTION
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    direction = (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)
    return ((1 - t) * z0.norm() + t * z1.norm()) * direction
    ### END SOLUTION


# %% kind="check"
def observe(walk):
    z0, z1 = torch.tensor([3.0, 0.0]), torch.tensor([-1.5, 1.5 * 3**0.5])
    seen = {"same": walk(z0.clone(), z1.clone()), "longer": walk(z0.clone(), 2 * z1)}
    walk(z0, z1)
    return seen | {"z0": z0, "z1": z1, "kind": type(seen["same"]).__name__}


def judge(seen):
    same, longer = seen["same"], seen["longer"]
    z0, z1 = torch.tensor([3.0, 0.0]), torch.tensor([-1.5, 1.5 * 3**0.5])
    if seen["kind"] != "Tensor":
        reject("kind", f"a tensor with one row for each step should come back, and this is of type {seen['kind']}.")
    if tuple(same.shape) != (STEPS, 2):
        reject("rows", f"{STEPS} rows of noise were asked for; a tensor of shape {tuple(same.shape)} came back.")
    if not torch.isfinite(same).all():
        reject("nan", "some rows are not numbers: an arc cosine is only defined between -1 and 1.")
    if near(same[0], z1, atol=1e-3) and near(same[-1], z0, atol=1e-3):
        reject("reversed", "the walk goes from z1 to z0.")
    lengths = same.norm(dim=1)
    if near(lengths, [1.0] * STEPS, atol=1e-3):
        reject("unit", "every row has length 1; the noise between two vectors of length 3 should have length 3.")
    if not (near(same[0], z0, atol=1e-3) and near(same[-1], z1, atol=1e-3)):
        reject("ends", "the first row should be z0 and the last z1.")
    if bool((lengths > 3.01).any()):
        reject("detour", "between two vectors of length 3 the walk gets longer: it leaves the sphere for the outside.")
    if bool((lengths < 2.99).any()):
        reject(
            "shortcut", "between two vectors of length 3 the walk gets shorter: it leaves the sphere for the inside."
        )
    turns = torch.atan2(same[:, 1], same[:, 0]).diff()
    if not near(turns, turns.mean().expand(STEPS - 1), atol=1e-3):
        reject("uneven", "the rows keep their length, but the direction turns faster in some places than in others.")
    if tuple(longer.shape) != (STEPS, 2) or not near(longer[-1], 2 * z1, atol=1e-3):
        reject("ends", "between vectors of lengths 3 and 6 the walk does not end at z1.")
    if not near(longer.norm(dim=1), torch.linspace(3, 6, STEPS), atol=1e-3):
        reject("length", "between vectors of lengths 3 and 6 the length does not grow in equal steps.")
    if not (near(seen["z0"], z0) and near(seen["z1"], z1)):
        reject("changed", "z0 or z1 is not what it was before the walk.")


# %% kind="hidden"
def observe(walk):
    rng = torch.Generator().manual_seed(STEPS)
    pairs = [(torch.randn(n, generator=rng), 2 * torch.randn(n, generator=rng)) for n in (100, 16, 3)]
    pairs.append((torch.tensor([0.0, 2.0]), torch.tensor([4.0, 4.0])))
    return [walk(z0.clone(), z1.clone()) for z0, z1 in pairs]


def judge(seen):
    rng = torch.Generator().manual_seed(STEPS)
    pairs = [(torch.randn(n, generator=rng), 2 * torch.randn(n, generator=rng)) for n in (100, 16, 3)]
    pairs.append((torch.tensor([0.0, 2.0]), torch.tensor([4.0, 4.0])))
    for (z0, z1), rows in zip(pairs, seen, strict=True):
        a, b = z0.double(), z1.double()
        across = b - a * (a @ b) / (a @ a)  # the part of b at a right angle to a
        turn = torch.atan2(across.norm(), (a @ b) / a.norm()) * torch.linspace(0, 1, STEPS).double()
        length = torch.linspace(float(a.norm()), float(b.norm()), STEPS).double()
        wanted = length[:, None] * (turn.cos()[:, None] * a / a.norm() + turn.sin()[:, None] * across / across.norm())
        if not near(rows, wanted, atol=2e-3):
            reject("arc", f"between two vectors of {len(a)} numbers the rows do not lie on the arc, or not evenly.")


# %% kind="wrong" name="straight line" key="shortcut"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    return (1 - t) * z0 + t * z1


# %% kind="wrong" name="straight line brought back to length" key="uneven"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    line = (1 - t) * z0 + t * z1
    return line / line.norm(dim=1, keepdim=True) * ((1 - t) * z0.norm() + t * z1.norm())


# %% kind="wrong" name="backwards" key="reversed"
def walk(z0, z1):
    t = torch.linspace(1, 0, STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    direction = (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)
    return ((1 - t) * z0.norm() + t * z1.norm()) * direction


# %% kind="wrong" name="angle of vectors that are not unit" key="nan"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    angle = torch.arccos(z0 @ z1)
    return (torch.sin((1 - t) * angle) * z0 + torch.sin(t * angle) * z1) / torch.sin(angle)


# %% kind="wrong" name="degrees" key="detour"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.rad2deg(torch.arccos(u0 @ u1))
    direction = (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)
    return ((1 - t) * z0.norm() + t * z1.norm()) * direction


# %% kind="wrong" name="cosine taken for the angle" key="shortcut"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = u0 @ u1
    direction = (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)
    return ((1 - t) * z0.norm() + t * z1.norm()) * direction


# %% kind="wrong" name="not divided by the sine" key="ends"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    direction = torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1
    return ((1 - t) * z0.norm() + t * z1.norm()) * direction


# %% kind="wrong" name="cosine and sine of a right angle" key="shortcut"
def walk(z0, z1):
    turn = torch.linspace(0, math.pi / 2, STEPS).unsqueeze(1)
    return torch.cos(turn) * z0 + torch.sin(turn) * z1


# %% kind="wrong" name="never arrives" key="ends"
def walk(z0, z1):
    t = (torch.arange(STEPS) / STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    direction = (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)
    return ((1 - t) * z0.norm() + t * z1.norm()) * direction


# %% kind="wrong" name="a list of rows" key="kind"
def walk(z0, z1):
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    rows = []
    for t in torch.linspace(0, 1, STEPS):
        direction = (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)
        rows.append(((1 - t) * z0.norm() + t * z1.norm()) * direction)
    return rows


# %% kind="wrong" name="one row too many" key="rows"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS + 1).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    direction = (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)
    return ((1 - t) * z0.norm() + t * z1.norm()) * direction


# %% kind="wrong" name="on the unit sphere" key="unit"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    return (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)


# %% kind="wrong" name="the length of the start" key="ends"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    u0, u1 = z0 / z0.norm(), z1 / z1.norm()
    angle = torch.arccos(u0 @ u1)
    return z0.norm() * (torch.sin((1 - t) * angle) * u0 + torch.sin(t * angle) * u1) / torch.sin(angle)


# %% kind="wrong" name="sines of vectors with their lengths" key="length"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    angle = torch.arccos(z0 @ z1 / (z0.norm() * z1.norm()))
    return (torch.sin((1 - t) * angle) * z0 + torch.sin(t * angle) * z1) / torch.sin(angle)


# %% kind="wrong" name="makes unit vectors in place" key="changed"
def walk(z0, z1):
    t = torch.linspace(0, 1, STEPS).unsqueeze(1)
    length = (1 - t) * z0.norm() + t * z1.norm()
    z0 /= z0.norm()
    z1 /= z1.norm()
    angle = torch.arccos(z0 @ z1)
    return length * (torch.sin((1 - t) * angle) * z0 + torch.sin(t * angle) * z1) / torch.sin(angle)


# %% kind="wrong" name="turns the first two numbers only" key="arc"
def walk(z0, z1):
    start, stop = math.atan2(z0[1], z0[0]), math.atan2(z1[1], z1[0])
    rows = torch.linspace(0, 1, STEPS)[:, None] * (z1 - z0) + z0
    turn, length = torch.linspace(start, stop, STEPS), torch.linspace(*(float(z[:2].norm()) for z in (z0, z1)), STEPS)
    rows[:, 0], rows[:, 1] = length * turn.cos(), length * turn.sin()
    return rows


# %% kind="right" name="a rotation in the plane of the two"
def walk(z0, z1):
    ahead = z0 / z0.norm()
    aside = z1 - (z1 @ ahead) * ahead
    aside = aside / aside.norm()
    end = torch.atan2(z1 @ aside, z1 @ ahead)
    turn = torch.linspace(0, 1, STEPS)[:, None] * end
    length = torch.linspace(z0.norm().item(), z1.norm().item(), STEPS)[:, None]
    return length * (turn.cos() * ahead + turn.sin() * aside)


# %% kind="right" name="row by row"
def walk(z0, z1):
    a, b = z0.norm().item(), z1.norm().item()
    angle = math.acos(float(z0.double() @ z1.double()) / (a * b))
    rows = []
    for k in range(STEPS):
        t = k / (STEPS - 1)
        first, second = math.sin((1 - t) * angle) / a, math.sin(t * angle) / b
        rows.append((first * z0 + second * z1) * (a + t * (b - a)) / math.sin(angle))
    return torch.stack(rows)


# %% [markdown] kind="equivalent"
"""
- `angle = torch.arccos(u0 @ u1)` -> `angle = -torch.arccos(u0 @ u1)`: each of the three sines changes its sign.
- `angle = torch.arccos(u0 @ u1)` -> `angle = torch.arccos(u1 @ u0)`: the same product.
"""

# %% [markdown] kind="explanation"
r"""
$u_0 \sin((1-t)\alpha) + u_1 \sin(t\alpha)$ has length $\sin\alpha$ for every $t$ (the addition theorem), so after the division each
direction is a unit vector, and the angle to $u_0$ is exactly $t\alpha$. A Gaussian vector of $n$ numbers has a length near
$\sqrt n$; the straight line between two of them, nearly at a right angle, dips to $\sqrt{n/2}$, where the generator was hardly
ever trained. Whether one *sees* that has to be measured: in lesson 14 the straight line costs little.
"""

# %% [markdown] kind="task" task="14.6" title="A mean, and how well it is known" points=1 hidden_points=1 minutes=10 difficulty="medium"
r"""
An experiment was repeated with a few seeds, and gave one number for each. Write `summary(values)` for a list of at least
two numbers: their mean, and the half-width of the {LEVEL} % interval for it, as a pair. The interval is
$\text{mean} \pm t \cdot \text{standard error}$. The factor $t$ of Student's distribution stands in the table below, by level
and number of *runs*: `STUDENT[90][3]` is the factor for a level of 90 % and three runs.
"""

# %% kind="given"
STUDENT = {
    90: {2: 6.3138, 3: 2.9200, 4: 2.3534, 5: 2.1318, 6: 2.0150},
    95: {2: 12.7062, 3: 4.3027, 4: 3.1824, 5: 2.7764, 6: 2.5706},
    99: {2: 63.6567, 3: 9.9248, 4: 5.8409, 5: 4.6041, 6: 4.0321},
}

# %% [markdown] kind="hint"
"""
Two questions: how far do the runs scatter, and how much less does their mean scatter?
"""

# %% [markdown] kind="hint"
r"""
Standard deviation from the sample, $s^2 = \frac{1}{n-1}\sum_i (x_i - \bar x)^2$; standard error $s / \sqrt n$.
"""

# %% [markdown] kind="hint"
"""
`statistics.stdev(values)` divides by n - 1. Then `STUDENT[...][n] * s / math.sqrt(n)`.
"""


# %% kind="solution"
def summary(values):
    ### BEGIN SOLUTION
    n = len(values)
    error = statistics.stdev(values) / math.sqrt(n)
    return statistics.mean(values), STUDENT[LEVEL][n] * error
    ### END SOLUTION


# %% kind="check"
def observe(summary):
    return summary([4.0, 7.0, 13.0])


def judge(seen):
    if not isinstance(seen, (tuple, list)) or len(seen) != 2:
        reject("pair", "two numbers should come back: the mean and the half-width of its interval.")
    mean, half = seen
    if near(mean, 7.0):
        reject("median", "the number in the middle came back instead of the mean.")
    if not near(mean, 8.0):
        reject("mean", f"the mean of 4, 7 and 13 came out as {mean}.")
    scatter = ("deviation", "the half-width tells how single runs scatter; their mean scatters less.")
    row = ("row", "the factor is that of another number of runs: the table counts runs.")
    wrong = {
        sealed(STUDENT[LEVEL][3] * (14 / 3) ** 0.5, 2): (
            "population",
            "three runs are a sample, not all that could be run.",
        ),
        sealed(STUDENT[LEVEL][3] * 21**0.5, 2): scatter,
        sealed(STUDENT[LEVEL][3] * 14**0.5, 2): scatter,
        sealed(STUDENT[LEVEL][3] * 21**0.5 / 3, 2): ("root", "the mean of n runs scatters less, but not n times less."),
        sealed(STUDENT[LEVEL][3] * 7**0.5 * 2, 2): (
            "width",
            "the whole width of the interval came back, not half of it.",
        ),
        sealed(7**0.5, 2): ("factor", "the standard error alone came back: the factor of the level is missing."),
        sealed(STUDENT[LEVEL][2] * 7**0.5, 2): row,
        sealed(STUDENT[LEVEL][4] * 7**0.5, 2): row,
        sealed(1.96 * 7**0.5, 2): ("normal", "1.96 holds where the scatter is known; here three runs have to tell it."),
        sealed(2 * 7**0.5, 2): ("normal", "a factor of 2 is right for dozens of runs; here there are three."),
    }
    for digest, (key, message) in wrong.items():
        if matches(half, digest, 2):
            reject(key, message)
    if not matches(half, sealed(STUDENT[LEVEL][3] * 7**0.5, 2), 2):
        reject("half", "the half-width is not that of an interval of {LEVEL} % from three runs.")


# %% kind="hidden"
def observe(summary):
    return [summary(values) for values in ([3.0, 5.0], [10.0, -2.0, 1.0], [0.5, 0.75, 1.0, 0.25, 0.0], [6.0, 6.0, 6.0])]


def judge(seen):
    level = LEVEL / 100
    rest = 1 - level**2
    root = math.cos(math.acos(math.sqrt(rest)) / 3) / math.sqrt(rest)
    student = [math.tan(math.pi * level / 2), level * math.sqrt(2 / rest), 2 * math.sqrt(root - 1)]  # 1, 2, 4 degrees
    wanted = [[4.0, student[0]], [3.0, student[1] * math.sqrt(13)], [0.5, student[2] * math.sqrt(1 / 32)], [6.0, 0.0]]
    for (mean, half), (mean_wanted, half_wanted) in zip(seen, wanted, strict=True):
        if not near(mean, mean_wanted):
            reject("mean", "one of the means is wrong.")
        if not near(half, half_wanted, rtol=1e-4):
            reject("half", "for another number of runs the half-width is wrong.")


# %% kind="wrong" name="the spread of a population" key="population"
def summary(values):
    n = len(values)
    return statistics.mean(values), STUDENT[LEVEL][n] * statistics.pstdev(values) / math.sqrt(n)


# %% kind="wrong" name="standard deviation instead of error" key="deviation"
def summary(values):
    return statistics.mean(values), STUDENT[LEVEL][len(values)] * statistics.stdev(values)


# %% kind="wrong" name="population, and not divided" key="deviation"
def summary(values):
    return statistics.mean(values), STUDENT[LEVEL][len(values)] * float(numpy.std(values))


# %% kind="wrong" name="divided by n" key="root"
def summary(values):
    n = len(values)
    return statistics.mean(values), STUDENT[LEVEL][n] * statistics.stdev(values) / n


# %% kind="wrong" name="standard error alone" key="factor"
def summary(values):
    return statistics.mean(values), statistics.stdev(values) / math.sqrt(len(values))


# %% kind="wrong" name="degrees of freedom in a table of runs" key="row"
def summary(values):
    n = len(values)
    return statistics.mean(values), STUDENT[LEVEL].get(n - 1, 0) * statistics.stdev(values) / math.sqrt(n)


# %% kind="wrong" name="one row too far" key="row"
def summary(values):
    n = len(values)
    return statistics.mean(values), STUDENT[LEVEL][n + 1] * statistics.stdev(values) / math.sqrt(n)


# %% kind="wrong" name="the normal 1.96" key="normal"
def summary(values):
    return statistics.mean(values), 1.96 * statistics.stdev(values) / math.sqrt(len(values))


# %% kind="wrong" name="two standard errors" key="normal"
def summary(values):
    return statistics.mean(values), 2 * statistics.stdev(values) / math.sqrt(len(values))


# %% kind="wrong" name="from end to end" key="width"
def summary(values):
    n = len(values)
    return statistics.mean(values), 2 * STUDENT[LEVEL][n] * statistics.stdev(values) / math.sqrt(n)


# %% kind="wrong" name="median" key="median"
def summary(values):
    n = len(values)
    return statistics.median(values), STUDENT[LEVEL][n] * statistics.stdev(values) / math.sqrt(n)


# %% kind="wrong" name="best run" key="mean"
def summary(values):
    n = len(values)
    return min(values), STUDENT[LEVEL][n] * statistics.stdev(values) / math.sqrt(n)


# %% kind="wrong" name="half the range" key="half"
def summary(values):
    return statistics.mean(values), (max(values) - min(values)) / 2


# %% kind="wrong" name="two ends" key="mean"
def summary(values):
    n = len(values)
    mean, half = statistics.mean(values), STUDENT[LEVEL][n] * statistics.stdev(values) / math.sqrt(n)
    return mean - half, mean + half


# %% kind="wrong" name="the mean alone" key="pair"
def summary(values):
    return statistics.mean(values)


# %% kind="wrong" name="always three runs" key="half"
def summary(values):
    return statistics.mean(values), STUDENT[LEVEL][3] * statistics.stdev(values) / math.sqrt(3)


# %% kind="right" name="written out"
def summary(values):
    n = len(values)
    mean = sum(values) / n
    squares = sum((value - mean) ** 2 for value in values)
    return mean, STUDENT[LEVEL][n] * math.sqrt(squares / (n * (n - 1)))


# %% kind="right" name="tensor"
def summary(values):
    values = torch.tensor(values)
    return [values.mean(), values.std() / len(values) ** 0.5 * STUDENT[LEVEL][len(values)]]


# %% kind="right" name="NumPy"
def summary(values):
    values = numpy.asarray(values)
    factor = {n: entry for n, entry in STUDENT[LEVEL].items()}[values.size]
    return values.mean(), factor * values.std(ddof=1) / numpy.sqrt(values.size)


# %% [markdown] kind="explanation"
r"""
The runs are a sample of all seeds that could have been used; dividing by $n - 1$ makes up for measuring their scatter around
their own mean. The mean of $n$ runs scatters $\sqrt n$ times less than one. Student's factor pays for the fact that the scatter
itself is known from three runs only: at 95 % it is 4.30 for three runs, where 1.96 would do for very many. An interval
from three seeds is wide, and that is the honest width.
"""

# %% [markdown] kind="task" task="14.7" title="Ten thousand free digits" points=4 minutes=6 difficulty="medium"
"""
A colleague has {LABELLED} labelled digits and, from a GAN trained without labels, 10 000 generated ones. "I shall put them
all into one training set, and my classifier will be better." Answer in four or five sentences. Why can the generated
digits not simply join? What happens if the classifier that was trained on the {LABELLED} digits labels them? Which one number
would you measure, on which data, and against what would you compare it?
"""

# %% [markdown] kind="hint"
"""
Look at what a sample of an unconditional GAN consists of, and at what a classifier needs for one training example.
"""

# %% [markdown] kind="hint"
"""
Follow an error: the weak classifier takes a 4 for a 9. What does the second classifier learn from that picture?
"""

# %% [markdown] kind="hint"
"""
Say "no label", "the weak classifier's own errors", "error on held-out real digits", "the classifier trained on the {LABELLED}
alone", and several draws of the {LABELLED}.
"""

# %% [markdown] kind="answer"
"""
A generated digit is a picture without a label: the GAN has learned $p(x)$ and nothing about $y$, so there is nothing to train
a classifier with. If the classifier that was trained on {LABELLED} digits labels the 10 000, they carry its errors with them, and the
second classifier is taught to repeat them; the pictures add no information about the classes that was not in the {LABELLED}. I
would measure the error on real digits that neither the GAN nor either classifier has seen. I would compare it with that of the
classifier trained on the {LABELLED} alone, over several draws of the {LABELLED}, because one draw decides nothing.
"""

# %% [markdown] kind="rubric"
"""
One point each, half where the idea is there and the reason is not.

| | full point | typical weak answer | what to say |
|---|---|---|---|
| no labels | an unconditional GAN gives $x$ without $y$ | "the pictures are too bad" | Suppose they were perfect. Which label does this one get? |
| errors are inherited | the weak classifier's mistakes become training labels | "some labels are wrong" | Whose mistakes are they, and in which pictures? |
| what is measured | error (or accuracy) on held-out *real* digits | accuracy on the mixed set | In the mixed set the truth of most labels is unknown. |
| against what | the classifier on the {LABELLED} alone, over several draws | "see whether it is good" | Better than what, and by more than the next draw changes it? |

Accept a conditional GAN or a person who labels as a remedy, with or without its cost; it neither earns nor costs points.
"""

# %% [markdown] kind="task" task="14.8" title="Before or after the activation" points=10 minutes=26 difficulty="hard"
"""
The first document puts batch normalisation *after* the leaky ReLU of a generator's layer; most published code puts it *before*.
Does the order matter? `measured(GAN, seed)` trains with normalisation first, `measured(NormLast, seed)` with the document's
order, on 8 × 8 digits. Each returns the Fréchet distance of 599 samples, and its floor.

Write the report in two parts. **Before** you run anything: the question, the two arms and what is equal in both, the number you
will compare and its floor, the seeds {SEEDS} for each arm, and the rule by which you will decide. **After**: all six
numbers, the `summary` of the three differences (same seed in both arms), what your rule says, and what the experiment cannot
tell. "Undecided" is a result. Run the six trainings in a notebook of your own, not in this one, and copy the numbers; each
takes a few seconds.
"""

# %% kind="given"
from ganlab import data
from ganlab.metrics import evaluate
from ganlab.models import GAN, GANConfig
from ganlab.training import TrainConfig, Trainer


class NormLast(GAN):
    """The first document's order in G: linear layer, leaky ReLU, batch normalisation."""

    def build(self):
        players = super().build()
        layers = list(players["G"].layers)
        for place, layer in enumerate(players["G"].layers):
            if isinstance(layer, nn.BatchNorm1d):
                layers[place : place + 2] = layers[place + 1], layer
        players["G"].layers = nn.Sequential(*layers)
        return players


def measured(kind, seed, steps=600):
    """Train GAN or NormLast; the Frechet distance of 599 samples to real test digits, and its floor."""
    digits = data.load("digits")
    config = GANConfig(lr=1e-3, g_widths=(128, 256), d_widths=(256, 128), norm="batch")
    trainer = Trainer(kind(digits.shape, config, seed=seed), digits, TrainConfig(seed=seed, ema_halflife=100))
    trainer.run(steps, progress=False)
    report = evaluate(trainer.sample(599), "digits")
    return report.distance, report.floor


# %% [markdown] kind="hint"
"""
Somebody who reads only the first part should be able to run the experiment and reach your verdict without you.
"""

# %% [markdown] kind="hint"
"""
The two arms share the seed, so form three differences, one for each seed. A rule could be: the order matters if the interval of
the mean difference leaves out 0.
"""

# %% [markdown] kind="hint"
"""
Part one in five lines: question, arms, measure with floor, seeds, rule. Part two: a table of three rows with two numbers
and a difference, `summary([...])`, one sentence of verdict, two of limits.
"""

# %% [markdown] kind="answer"
r"""
*The numbers of this example are invented, to show the form; yours will be others.*

**Before.** *Question:* does the place of batch normalisation in the generator change the Fréchet distance after 600 steps?
*Arms:* normalisation before the leaky ReLU (`GAN`) and after it (`NormLast`); data, widths, learning rate, batch size, steps, averaging and
seeds are equal. *Measure:* Fréchet distance of 599 samples to real test digits, lower is better, printed beside its floor.
*Seeds:* {SEEDS}, each in both arms. *Rule:* the order matters if the 95 % interval of the mean difference, first minus last, leaves out 0;
otherwise the experiment is undecided. No run is repeated or left out.

**After.**

| pair | norm first | norm last | difference |
|---|---|---|---|
| first seed | 7.9 | 7.0 | 0.9 |
| second seed | 8.3 | 6.8 | 1.5 |
| third seed | 8.8 | 8.5 | 0.3 |

Mean difference 0.9, half-width 1.5: the interval runs from -0.6 to 2.4 and holds 0. By the rule the question is
**undecided**, although all three differences have the same sign. What it cannot tell: whether more seeds would decide it (the
interval shrinks like $1/\sqrt n$, and Student's factor falls as well), how it is on larger images, at other learning rates (one was
taken for both arms, and it may suit one better), after longer runs, or by another measure.
"""

# %% [markdown] kind="rubric"
"""
| points | for | typical weak answer | what to say |
|---|---|---|---|
| 1 | a question that can come out either way | "to show that the document is wrong" | Which result would surprise you? Would you report it? |
| 2 | the two arms, and that everything else is equal (half: the arms only) | two arms with different rates or steps | Which of the two changes made the difference? |
| 1 | one measure, its direction and its floor | "the pictures look better" | Who looks, at which of the 599, and how often would they agree? |
| 1 | seeds named beforehand, the same in both arms | best of several seeds | How many would you have tried if the first had pleased you? |
| 1 | a rule for the verdict, written before the runs | no rule, or "clearly smaller" | What would have made you say "undecided"? |
| 1 | all six numbers | means only | From two means nobody can see the scatter. |
| 1 | mean and interval of the *differences* | two intervals that overlap, compared by eye | The seeds are shared: what they have in common cancels in the difference. |
| 1 | a verdict that follows from the rule, whichever it is | "norm last tends to be better" with 0 inside | Your rule said something else. Change the rule before the *next* experiment. |
| 1 | two things that it cannot tell | "more research is needed" | Name one setting that could turn the result round. |

Full points for "undecided" if the numbers say so. A rule that was visibly made after the numbers (a threshold just below the
difference, say) loses the point for the rule, not the others. Six numbers that differ from yours are no mistake: another
machine rounds differently, and after 600 steps that can be seen.
"""
