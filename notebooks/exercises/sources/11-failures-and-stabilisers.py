# %% [markdown] kind="opening"
r"""
# 11 Failures and stabilisers

Seven tasks of code: five stabilisers taken apart, a count of modes, and a doctor who reads logs. One answer in words. About
two hours.
All tensors of the checks are float64; $s$ is D's score, positive for "real".
"""

# %% kind="variant"
BOUND = [1.0, 2.0, 0.5, 2.5]
WEIGHT = [10.0, 7.0, 8.0, 11.0]
STD = [0.5, 0.2, 0.1, 0.4]
GAP = [1.0, 0.5, 1.5, 0.8]
MISSING = [2, 1, 3]

# %% kind="given"
import math

import torch

# %% [markdown] kind="task" task="11.1" title="Clip, and do not stretch" points=1 hidden_points=1 minutes=10 difficulty="easy"
r"""
Write `clip_by_norm(gradients, bound)`. `gradients` is a list of tensors, one for each parameter of a network; all of them
together are one long vector with one norm. Return a list of tensors of the same shapes: the same vector, shortened to norm
`bound` where it is longer than that. Leave the given tensors as they are. By hand first: what becomes of $(3, 4)$ at
`bound` {BOUND}?
"""

# %% [markdown] kind="hint"
r"""
Clipping keeps the direction. So all tensors are multiplied by one and the same number. When is that number 1?
"""

# %% [markdown] kind="hint"
r"""
$g \leftarrow g\,\min(1, c/\lVert g\rVert)$ with $\lVert g\rVert^2 = \sum_k \lVert g_k\rVert^2$, the sum over all tensors.
"""

# %% [markdown] kind="hint"
r"""
Add up the squares of all entries of all tensors, take the root, and let `torch.clamp` keep the ratio at 1 or below. In
torch a positive number over zero is infinity.
"""


# %% kind="solution"
def clip_by_norm(gradients, bound):
    ### BEGIN SOLUTION
    norm = torch.sqrt(sum(g.square().sum() for g in gradients))
    scale = torch.clamp(bound / norm, max=1.0)
    return [g * scale for g in gradients]
    ### END SOLUTION


# %% kind="check"
def observe(clip_by_norm):
    def tensors(*lists):
        return [torch.tensor(values, dtype=torch.float64) for values in lists]

    given = tensors([3.0, 0.0], [[0.0, -4.0]])
    kept = [g.clone() for g in given]
    found = {
        "single": attempt(clip_by_norm, tensors([3.0, 4.0]), BOUND),
        "two": attempt(clip_by_norm, given, BOUND / 2),
        "short": attempt(clip_by_norm, tensors([0.03, 0.0], [-0.04]), BOUND),
        "zero": attempt(clip_by_norm, tensors([0.0, 0.0], [0.0]), BOUND),
    }
    return found | {"changed": any(not torch.equal(a, b) for a, b in zip(given, kept, strict=True))}


def judge(seen):
    if seen["zero"]["raised"]:
        reject("zero", "a gradient of zero stopped the function: a zero vector is short, and stays as it is.")
    for name in ("single", "two", "short"):
        if seen[name]["raised"]:
            reject("raised", f"the function stopped with {seen[name]['raised']} for tensors of length 1 and 2.")
    single, two, short, zero = (seen[name]["value"] for name in ("single", "two", "short", "zero"))
    if not isinstance(single, (list, tuple)) or not isinstance(two, (list, tuple)) or len(two) != 2:
        reject("list", "as many tensors as were given are due, in a list.")
    (vector,) = single
    if near(vector, [min(3.0, BOUND), min(4.0, BOUND)]):
        reject(
            "values", "each entry was cut off by itself, which turns the vector; clipping by norm keeps its direction."
        )
    if near(vector, [3 * BOUND / 7, 4 * BOUND / 7]):
        reject("taxicab", "the entries were added up without squares; the norm of (3, 4) is the hypotenuse.")
    if near(vector, [3 * BOUND / 25, 4 * BOUND / 25]):
        reject("square", "the vector was divided by the square of its norm: the root is missing.")
    if near(vector, [3 * BOUND / 4, BOUND]):
        reject("largest", "the largest entry was brought to the bound; the norm takes all entries.")
    if near(vector, [0.6, 0.8]) and BOUND != 1:
        reject("unit", f"the vector came out with norm 1 where the bound is {BOUND}.")
    if not near(vector, [0.6 * BOUND, 0.8 * BOUND]):
        reject("value", f"(3, 4) became {vector.tolist()}: the direction should stay and the norm should be {BOUND}.")
    if near(two[0], [BOUND / 2, 0.0]):
        reject("separate", "each tensor was clipped by its own norm: that changes how long they are beside each other.")
    if not near(two[0], [0.3 * BOUND, 0.0]) or not near(two[1], [[0.0, -0.4 * BOUND]]):
        reject("two", "two tensors of norms 3 and 4 are one vector of norm 5, and share one factor.")
    if any(not bool(torch.isfinite(g).all()) for g in zero):
        reject("zero", "a gradient of zero became NaN: zero over zero. A zero vector is short, and stays as it is.")
    if near(short[0], [0.6 * BOUND, 0.0]):
        reject("stretched", "a gradient of norm 0.05 was made longer. Clipping shortens, and does nothing else.")
    if not near(short[0], [0.03, 0.0]) or not near(short[1], [-0.04]):
        reject("short", "a gradient within the bound should come back as it was.")
    if seen["changed"]:
        reject("changed", "the tensors that were given have changed; return new ones.")


# %% kind="hidden"
def observe(clip_by_norm):
    rng = torch.Generator().manual_seed(1)
    given = [torch.randn(shape, generator=rng, dtype=torch.float64) for shape in ((4, 3), (7,), ())]
    flat = torch.cat([g.flatten() for g in given])
    pairs = [(bound, clip_by_norm(given, bound)) for bound in (0.01, 1.7, 1000.0)]
    return {
        "flat": flat,
        "bounds": [bound for bound, _ in pairs],
        "clipped": [torch.cat([g.flatten() for g in clipped]) for _, clipped in pairs],
        "shapes": [list(g.shape) for g in pairs[0][1]],
    }


def judge(seen):
    if seen["shapes"] != [[4, 3], [7], []]:
        reject("shapes", "the tensors should keep their shapes, a tensor of one number among them.")
    for bound, clipped in zip(seen["bounds"], seen["clipped"], strict=True):
        length = math.sqrt(sum(v * v for v in seen["flat"].tolist()))
        if not near(clipped, seen["flat"] * min(1.0, bound / length)):
            reject("value", "for three tensors of different shapes and another bound the result is not right.")


# %% kind="wrong" name="each tensor by itself" key="separate"
def clip_by_norm(gradients, bound):
    return [g * torch.clamp(bound / g.norm(), max=1.0) for g in gradients]


# %% kind="wrong" name="values cut off" key="values"
def clip_by_norm(gradients, bound):
    return [g.clamp(-bound, bound) for g in gradients]


# %% kind="wrong" name="always to the bound" key="zero"
def clip_by_norm(gradients, bound):
    norm = torch.sqrt(sum(g.square().sum() for g in gradients))
    return [g / norm * bound for g in gradients]


# %% kind="wrong" name="short ones stretched" key="stretched"
def clip_by_norm(gradients, bound):
    norm = torch.sqrt(sum(g.square().sum() for g in gradients))
    return [g / (norm + 1e-12) * bound for g in gradients]


# %% kind="wrong" name="unit vector times a minimum" key="zero"
def clip_by_norm(gradients, bound):
    norm = torch.sqrt(sum(g.square().sum() for g in gradients))
    return [g / norm * torch.clamp(norm, max=bound) for g in gradients]


# %% kind="wrong" name="Python's division" key="zero"
def clip_by_norm(gradients, bound):
    norm = math.sqrt(sum(g.square().sum().item() for g in gradients))
    return [g * min(1.0, bound / norm) for g in gradients]


# %% kind="wrong" name="no root" key="square"
def clip_by_norm(gradients, bound):
    norm = sum(g.square().sum() for g in gradients)
    return [g * torch.clamp(bound / norm, max=1.0) for g in gradients]


# %% kind="wrong" name="sum of sizes" key="taxicab"
def clip_by_norm(gradients, bound):
    norm = sum(g.abs().sum() for g in gradients)
    return [g * torch.clamp(bound / norm, max=1.0) for g in gradients]


# %% kind="wrong" name="largest entry" key="largest"
def clip_by_norm(gradients, bound):
    norm = max(g.abs().max() for g in gradients)
    return [g * torch.clamp(bound / norm, max=1.0) for g in gradients]


# %% kind="wrong" name="norms added up" key="two"
def clip_by_norm(gradients, bound):
    norm = sum(g.norm() for g in gradients)
    return [g * torch.clamp(bound / norm, max=1.0) for g in gradients]


# %% kind="wrong" name="in place" key="changed"
def clip_by_norm(gradients, bound):
    norm = torch.sqrt(sum(g.square().sum() for g in gradients))
    return [g.mul_(torch.clamp(bound / norm, max=1.0)) for g in gradients]


# %% kind="wrong" name="one long vector" key="list"
def clip_by_norm(gradients, bound):
    flat = torch.cat([g.flatten() for g in gradients])
    return flat * torch.clamp(bound / flat.norm(), max=1.0)


# %% kind="right" name="by cases"
def clip_by_norm(gradients, bound):
    norm = math.sqrt(sum(float((g * g).sum()) for g in gradients))
    if norm <= bound:
        return list(gradients)
    return [g / norm * bound for g in gradients]


# %% kind="right" name="torch's own, on copies"
def clip_by_norm(gradients, bound):
    copies = [torch.nn.Parameter(g.clone()) for g in gradients]
    for copy, g in zip(copies, gradients):
        copy.grad = g.clone()
    torch.nn.utils.clip_grad_norm_(copies, bound)
    return [copy.grad for copy in copies]


# %% kind="right" name="the package's own"
def clip_by_norm(gradients, bound):
    from ganlab.objectives import clip_by_norm as clip

    return clip(gradients, bound)


# %% [markdown] kind="explanation"
r"""
$(3,4)$ has norm 5 and becomes $(0.6, 0.8)$ times the bound. One factor for all tensors keeps the direction of the step; a
factor for each tensor would turn it. The factor never exceeds 1, so clipping cannot lengthen a vanishing gradient.
"""

# %% [markdown] kind="task" task="11.2" title="A batch of equal rows" points=1 hidden_points=1 minutes=10 difficulty="easy"
r"""
Write `batch_norm(x, scale, shift, eps)`, batch normalisation as it runs in training: `x` has shape (N, F); `scale`
($\gamma$) and `shift` ($\beta$) have shape (F,). Each feature is normalised over the batch with the variance of the batch
itself (the sum of squares over $N$), `eps` added to it. By hand first: all rows of the batch are equal. What comes out?
"""

# %% [markdown] kind="hint"
r"""
Which axis runs over the batch? One mean and one variance are due for each of the F features.
"""

# %% [markdown] kind="hint"
r"""
$y = \gamma\,\dfrac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta$, with $\sigma^2 = \frac1N\sum_i (x_i - \mu)^2$.
"""

# %% [markdown] kind="hint"
r"""
`x.mean(dim=0)`, then the mean over the same axis of the squared differences; add `eps` *under* the root; scale before you
shift.
"""


# %% kind="solution"
def batch_norm(x, scale, shift, eps):
    ### BEGIN SOLUTION
    centred = x - x.mean(dim=0)
    variance = centred.square().mean(dim=0)
    return scale * centred / torch.sqrt(variance + eps) + shift
    ### END SOLUTION


# %% kind="check"
def observe(batch_norm):
    scale = torch.tensor([2.0, 3.0, -1.0], dtype=torch.float64)
    shift = torch.tensor([0.5, -1.0, 4.0], dtype=torch.float64)
    constant = torch.tensor([[2.0, -7.0, 40.0]], dtype=torch.float64).expand(5, 3).clone()
    x = torch.tensor([[0.0, 1.0, -2.0], [2.0, 7.0, -2.5]], dtype=torch.float64)
    return {"constant": batch_norm(constant, scale, shift, 0.5), "two": batch_norm(x, scale, shift, 0.5)}


def judge(seen):
    scale, shift = torch.tensor([2.0, 3.0, -1.0]).double(), torch.tensor([0.5, -1.0, 4.0]).double()
    constant, two = seen["constant"], seen["two"]
    if tuple(constant.shape) != (5, 3) or tuple(two.shape) != (2, 3):
        reject("shape", "the batch should keep its shape.")
    if not bool(torch.isfinite(constant).all()):
        reject(
            "nothing", "equal rows became NaN: their variance is zero, and zero was divided by zero. What is eps for?"
        )
    rows = shift.expand(5, 3)
    if near(constant, scale * rows):
        reject("order", "the shift was scaled too: scale first, then shift.")
    if near(constant, torch.zeros(5, 3)):
        reject("shift", "the shift is missing.")
    if near(constant, scale.expand(5, 3)) or near(constant, (1 + scale).expand(5, 3)):
        reject("exchanged", "scale and shift have changed their places.")
    whole = torch.tensor([[2.0, -7.0, 40.0]]).double().expand(5, 3)
    whole = whole - whole.mean()
    variance = whole.square().mean()
    if near(constant, scale * whole / torch.sqrt(variance + 0.5) + shift):
        reject("features", "one mean was taken over the whole batch: rows or features; each feature has its own.")
    if not near(constant, rows):
        reject("constant", "five equal rows differ from their mean by nothing. What is left of each feature then?")
    side = torch.tensor([1.0, 3.0, 0.25]).double()  # half of the distance between the two values of each feature
    sign = torch.tensor([[-1.0, -1.0, 1.0], [1.0, 1.0, -1.0]]).double()
    kinds = {
        "unbiased": (
            side / torch.sqrt(2 * side**2 + 0.5),
            "the sum of squares was divided by N - 1; batch normalisation divides by N in training.",
        ),
        "eps": (side / (side + 0.5), "eps was added to the standard deviation; it belongs under the root."),
        "squared": (side / (side + math.sqrt(0.5)), "a root was taken of eps by itself; there is one root, of a sum."),
        "variance": (side / (side**2 + 0.5), "the root is missing: the features were divided by their variance."),
        "no eps": (side / side, "eps does not enter, and the variance of a feature may be tiny."),
    }
    for key, (size, words) in kinds.items():
        if near(two, scale * sign * size + shift):
            reject(key, words)
    if near(two, sign * side / torch.sqrt(side**2 + 0.5) + shift):
        reject("scale", "the scale is missing.")
    if not near(two, scale * sign * side / torch.sqrt(side**2 + 0.5) + shift):
        reject("value", f"for a batch of two rows the first came out as {[round(v, 3) for v in two[0].tolist()]}.")


# %% kind="hidden"
def observe(batch_norm):
    rng = torch.Generator().manual_seed(2)
    x, scale, shift = (torch.randn(shape, generator=rng, dtype=torch.float64) for shape in ((9, 4), (4,), (4,)))
    found = batch_norm(x, scale, shift, 1e-3)
    ruler = torch.nn.functional.batch_norm(x, None, None, scale, shift, training=True, eps=1e-3)
    return {"found": found, "ruler": ruler}


def judge(seen):
    if not near(seen["found"], seen["ruler"]):
        reject("value", "for a batch of nine random rows the result differs from torch's own in training.")


# %% kind="wrong" name="no eps" key="nothing"
def batch_norm(x, scale, shift, eps):
    return scale * (x - x.mean(dim=0)) / x.std(dim=0, unbiased=False) + shift


# %% kind="wrong" name="eps only where it is needed" key="no eps"
def batch_norm(x, scale, shift, eps):
    deviation = x.std(dim=0, unbiased=False)
    return scale * (x - x.mean(dim=0)) / torch.where(deviation > 0, deviation, torch.sqrt(deviation + eps)) + shift


# %% kind="wrong" name="over N - 1" key="unbiased"
def batch_norm(x, scale, shift, eps):
    return scale * (x - x.mean(dim=0)) / torch.sqrt(x.var(dim=0) + eps) + shift


# %% kind="wrong" name="eps beside the root" key="eps"
def batch_norm(x, scale, shift, eps):
    return scale * (x - x.mean(dim=0)) / (x.std(dim=0, unbiased=False) + eps) + shift


# %% kind="wrong" name="two roots" key="squared"
def batch_norm(x, scale, shift, eps):
    return scale * (x - x.mean(dim=0)) / (x.std(dim=0, unbiased=False) + math.sqrt(eps)) + shift


# %% kind="wrong" name="over the variance" key="variance"
def batch_norm(x, scale, shift, eps):
    return scale * (x - x.mean(dim=0)) / (x.var(dim=0, unbiased=False) + eps) + shift


# %% kind="wrong" name="layer normalisation" key="features"
def batch_norm(x, scale, shift, eps):
    return torch.nn.functional.layer_norm(x, x.shape[1:], scale, shift, eps)


# %% kind="wrong" name="one mean for all" key="features"
def batch_norm(x, scale, shift, eps):
    return scale * (x - x.mean()) / torch.sqrt(x.var(unbiased=False) + eps) + shift


# %% kind="wrong" name="shifted, then scaled" key="order"
def batch_norm(x, scale, shift, eps):
    return scale * ((x - x.mean(dim=0)) / torch.sqrt(x.var(dim=0, unbiased=False) + eps) + shift)


# %% kind="wrong" name="exchanged" key="exchanged"
def batch_norm(x, scale, shift, eps):
    return shift * (x - x.mean(dim=0)) / torch.sqrt(x.var(dim=0, unbiased=False) + eps) + scale


# %% kind="wrong" name="mean kept" key="constant"
def batch_norm(x, scale, shift, eps):
    return scale * x / torch.sqrt(x.var(dim=0, unbiased=False) + eps) + shift


# %% kind="wrong" name="no scale" key="scale"
def batch_norm(x, scale, shift, eps):
    return (x - x.mean(dim=0)) / torch.sqrt(x.var(dim=0, unbiased=False) + eps) + shift


# %% kind="wrong" name="no shift" key="shift"
def batch_norm(x, scale, shift, eps):
    return scale * (x - x.mean(dim=0)) / torch.sqrt(x.var(dim=0, unbiased=False) + eps)


# %% kind="right" name="torch's variance"
def batch_norm(x, scale, shift, eps):
    return (x - x.mean(0)) * (x.var(0, correction=0) + eps).rsqrt() * scale + shift


# %% kind="right" name="torch's own layer"
def batch_norm(x, scale, shift, eps):
    return torch.nn.functional.batch_norm(x, None, None, scale, shift, training=True, eps=eps)


# %% [markdown] kind="explanation"
r"""
Equal rows give $y = \beta$: whatever the rows were, D is told nothing about them. The lesson's blind D is the same thing
in milder form, for batches that differ by a shift and a factor.
"""

# %% [markdown] kind="task" task="11.3" title="The penalty of a linear D" points=2 hidden_points=2 minutes=15 difficulty="medium"
r"""
Write `r1_penalty(D, real, fake, gamma)`: $\frac\gamma2\,\mathbb{E}\,\lVert\nabla_x s(x)\rVert^2$ over the batch to which R1
belongs, as a scalar through which D can be trained. `real` (N, C, H, W) and `fake` (M, C, H, W) are images, and `D` maps
images to scores of shape (N, 1), each from its own image. Leave the batches as they are. By hand first: what is it for
$s(x) = w\cdot x + b$? The check has `gamma` {WEIGHT} and a $w$ of squared length 25.
"""

# %% [markdown] kind="hint"
r"""
The slope of a linear score is $w$ at every image. How long an image's slope is, takes all its pixels together.
"""

# %% [markdown] kind="hint"
r"""
Square, *sum* over the pixels of an image, *mean* over the images, times $\gamma/2$. The gradient itself: that of the sum
of all scores, at a copy of the batch that asks for one.
"""

# %% [markdown] kind="hint"
r"""
`torch.autograd.grad(..., create_graph=True)` gives a tuple of one. `.flatten(1)` turns an image into a row, so that
`.sum(1)` takes all its pixels.
"""


# %% kind="solution"
def r1_penalty(D, real, fake, gamma):
    ### BEGIN SOLUTION
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.square().flatten(1).sum(1).mean()
    ### END SOLUTION


# %% kind="check"
def observe(r1_penalty):
    w = torch.tensor([1.0, -2.0, 2.0, 4.0], dtype=torch.float64, requires_grad=True)
    v = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    rows = [[1.0, 0.0, 2.0, -1.0], [0.0, 1.0, 1.0, 0.0], [-2.0, 2.0, 0.0, -1.0]]
    real = torch.tensor(rows, dtype=torch.float64).reshape(3, 1, 2, 2)
    fake = torch.full((2, 1, 2, 2), 3.0, dtype=torch.float64)
    linear = attempt(r1_penalty, lambda x: x.flatten(1) @ w[:, None] + 3.0, real, fake, WEIGHT)
    if linear["raised"] or linear["value"].dim():
        return {"raised": linear["raised"], "linear": linear["value"]}
    curved = r1_penalty(lambda x: v * x.flatten(1).square().sum(1, keepdim=True), real, fake, WEIGHT)
    slope = torch.autograd.grad(curved, v, allow_unused=True)[0] if curved.requires_grad else None
    return {"raised": None, "linear": linear["value"], "curved": curved, "slope": slope, "marked": real.requires_grad}


def judge(seen):
    if seen["raised"]:
        reject(
            "raised",
            f"the function stopped with {seen['raised']}: does the batch ask for a gradient, and is D called on that batch?",
        )
    half, linear = WEIGHT / 2, seen["linear"]
    if tuple(linear.shape) != ():
        reject("scalar", "one number is due for the batch, the mean over its images.")
    if near(linear, 2 * half * 25):
        reject("half", "for a linear D the penalty came out twice as large: the half is missing.")
    if near(linear, half * 25 / 4):
        reject("pixels", "the squares were averaged over the pixels; a squared length is their sum.")
    if near(linear, half * 75):
        reject("batch", "the squares of all images were added up: the penalty is a mean over images.")
    if near(linear, half * 25 / 3):
        reject("both", "the sum over the batch was averaged twice.")
    if near(linear, half * 5):
        reject("norm", "the norm itself was averaged; the penalty takes its square.")
    if near(linear, half * 16):
        reject("one", "the slope was held against a length of one: that is WGAN-GP, R1 pulls towards zero.")
    if near(linear, half * 25 / 9):
        reject("mean", "the slope was taken of the mean score, so each image's slope is divided by N.")
    if near(linear, 12.5):
        reject("gamma", "the weight gamma does not enter.")
    if not near(linear, half * 25):
        reject(
            "linear", f"for a linear D the penalty is {float(linear):.4f}; work it out from the squared length of w."
        )
    if near(seen["curved"], half * 36):
        reject("fake", "this is R2: the slopes were taken at the fakes. R1 looks at the real images.")
    if near(seen["curved"], half * 89 / 5):
        reject("all", "the slopes were taken at both batches; R1 looks at the real images alone.")
    if near(seen["curved"], half * 23 / 9):
        reject("early", "the slopes were averaged over the images before they were squared: opposite ones cancel.")
    if not near(seen["curved"], half * 17 / 3):
        reject("curved", "for a score whose slope grows with x the mean over the real images is not right.")
    if seen["slope"] is None:
        reject("graph", "no gradient gets from the penalty to D's weights: it would train nothing.")
    if not near(seen["slope"], half * 68 / 3):
        reject("slope", "the gradient that the penalty sends to D's weights is not right.")
    if seen["marked"]:
        reject("marked", "the batch of real images asks for a gradient now; work on a copy.")


# %% kind="hidden"
def observe(r1_penalty):
    rng = torch.Generator().manual_seed(3)
    real, fake = (torch.randn(n, 3, 4, 2, generator=rng, dtype=torch.float64) for n in (6, 5))
    w = torch.randn(24, generator=rng, dtype=torch.float64).requires_grad_(True)
    source = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    value = r1_penalty(lambda x: torch.tanh(x.flatten(1) @ w + 0.5)[:, None], source * real, fake, 7.0)
    slope, leak = torch.autograd.grad(value, [w, source], allow_unused=True)
    return {"value": value, "slope": slope, "leak": leak, "w": w, "x": 2 * real}


def judge(seen):
    w, x = seen["w"], seen["x"].flatten(1)
    t = torch.tanh(x @ w + 0.5)
    if not near(seen["value"], 3.5 * ((1 - t**2).square() * w.square().sum()).mean()):
        reject("value", "for a score that saturates, on images of three channels, the penalty is not right.")
    direct = 7 * (1 - t**2).square().mean() * w
    through = -14 * w.square().sum() * ((1 - t**2).square() * t)[:, None].mul(x).mean(0)
    if not near(seen["slope"], direct + through):
        reject("slope", "for a score that saturates the gradient back to the weights is not right.")
    if seen["leak"] is not None:
        reject("leak", "a gradient went on to whatever made the real images.")


# %% kind="wrong" name="no half" key="half"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma * slope.square().flatten(1).sum(1).mean()


# %% kind="wrong" name="no create_graph" key="graph"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x)
    return gamma / 2 * slope.square().flatten(1).sum(1).mean()


# %% kind="wrong" name="mean over pixels" key="pixels"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.square().mean()


# %% kind="wrong" name="norm of the whole batch" key="batch"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.norm() ** 2


# %% kind="wrong" name="at the fakes" key="fake"
def r1_penalty(D, real, fake, gamma):
    x = fake.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.square().flatten(1).sum(1).mean()


# %% kind="wrong" name="at both" key="all"
def r1_penalty(D, real, fake, gamma):
    x = torch.cat([real, fake]).detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.square().flatten(1).sum(1).mean()


# %% kind="wrong" name="norm without its square" key="norm"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.flatten(1).norm(dim=1).mean()


# %% kind="wrong" name="towards one" key="one"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * (slope.flatten(1).norm(dim=1) - 1).square().mean()


# %% kind="wrong" name="slope of the mean score" key="mean"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).mean(), x, create_graph=True)
    return gamma / 2 * slope.square().flatten(1).sum(1).mean()


# %% kind="wrong" name="weight forgotten" key="gamma"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return 0.5 * slope.square().flatten(1).sum(1).mean()


# %% kind="wrong" name="slopes averaged first" key="early"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.flatten(1).mean(0).square().sum()


# %% kind="wrong" name="one number an image" key="scalar"
def r1_penalty(D, real, fake, gamma):
    x = real.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.square().flatten(1).sum(1)


# %% kind="wrong" name="the batch itself" key="marked"
def r1_penalty(D, real, fake, gamma):
    x = real.requires_grad_(True)
    (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slope.square().flatten(1).sum(1).mean()


# %% kind="right" name="sum over all, divided by the images"
def r1_penalty(D, real, fake, gamma):
    x = real.clone().detach()
    x.requires_grad = True
    slope = torch.autograd.grad(D(x).sum(), [x], create_graph=True)[0]
    return 0.5 * gamma * (slope * slope).sum() / len(real)


# %% kind="right" name="the package's own"
def r1_penalty(D, real, fake, gamma):
    from ganlab.objectives import r1

    return gamma * r1(lambda x: D(x).squeeze(1), real)


# %% [markdown] kind="equivalent"
r"""
- `real.detach().clone()` -> `real.detach()`: a detached tensor is new enough to ask for a gradient of its own.
- `D(x).sum()` -> `-D(x).sum()`: the sign of a slope is lost in its square.
"""

# %% [markdown] kind="explanation"
r"""
$\nabla_x (w\cdot x + b) = w$ at every image, so R1 is $\frac\gamma2\lVert w\rVert^2$: for a linear D it is weight decay. For
any other D it is not, because it asks for a small slope at the data and nowhere else.
"""

# %% [markdown] kind="task" task="11.4" title="How many modes are covered" points=2 hidden_points=1 minutes=12 difficulty="medium"
r"""
Write `modes_covered(samples, centres, std, least)`, the published protocol: `samples` (N, 2), `centres` (K, 2). A sample is
good if it lies closer than three standard deviations to the nearest centre; a mode is covered if at least `least` good
samples are its own. Return the number of covered modes, an int. With `least` 1 the rule is called lax, with 20 strict. The
check has a `std` of {STD}.
"""

# %% [markdown] kind="hint"
r"""
Two questions about each sample: which centre is nearest, and is it near enough? A third about each mode: how many?
"""

# %% [markdown] kind="hint"
r"""
`torch.cdist(samples, centres)` holds all distances, (N, K). Those below three standard deviations are the good pairs.
"""

# %% [markdown] kind="hint"
r"""
`.min(dim=1)` gives distances and indices. Keep the indices of the good samples, let `torch.bincount` count them, and
compare the counts.
"""


# %% kind="solution"
def modes_covered(samples, centres, std, least):
    ### BEGIN SOLUTION
    distance, nearest = torch.cdist(samples, centres).min(dim=1)
    good = nearest[distance < 3 * std]
    return (torch.bincount(good) >= least).sum().item()
    ### END SOLUTION


# %% kind="check"
def observe(modes_covered):
    centres = torch.tensor([[20.0 * i, 5.0] for i in range(7)], dtype=torch.float64) * STD
    groups = [(0, 2.9, 0.0, 20), (1, 0.0, -0.9, 19), (2, 0.5, 0.0, 1), (3, 0.0, 3.6, 30), (4, 2.8, 2.8, 25)]
    samples = torch.cat([
        (torch.tensor([[20.0 * mode + x, 5.0 + y]], dtype=torch.float64) * STD).expand(count, 2)
        for mode, x, y, count in groups
    ])  # fmt: skip
    return [int(modes_covered(samples, centres, STD, least)) for least in (1, 20, 19)]


def judge(seen):
    lax, strict, middle = seen
    if lax == 5:
        reject("nearest", "samples more than three standard deviations away cover the mode that is nearest to them.")
    if lax == 40:
        reject("points", "good samples were counted; modes are due.")
    if lax == 4:
        reject("box", "a sample 2.8 standard deviations off along both axes is four of them away.")
    if lax == 2:
        reject("reach", "samples between one and three standard deviations from their centre count as well.")
    if strict == lax == 3:
        reject("least", "one good sample is enough in your rule, whatever `least` says.")
    if lax == 3 and strict == 0:
        reject("more", "a mode with exactly `least` good samples is covered.")
    if lax == 3 and strict == 1 and middle != 2:
        reject("middle", "with `least` 19 a mode with 19 good samples, and one with 20, are covered.")
    if [lax, strict, middle] != [3, 1, 2]:
        reject(
            "value",
            f"with 20, 19 and 1 good samples at three of the modes the lax rule said {lax}, the strict {strict}.",
        )


# %% kind="hidden"
def observe(modes_covered):
    angle = torch.arange(8, dtype=torch.float64) * math.pi / 4
    centres = torch.stack([angle.cos(), angle.sin()], dim=1)
    rng = torch.Generator().manual_seed(4)
    counts = (300, 21, 20, 19, 2, 0, 1, 40)
    parts = [0.01 * torch.randn(n, 2, generator=rng, dtype=torch.float64).clamp(-2, 2) for n in counts]
    samples = torch.cat([centre + part for centre, part in zip(centres, parts, strict=True)])
    far = torch.cat([samples[-40:] * 1.07, samples[:0]])
    shuffled = samples[torch.randperm(len(samples), generator=rng)]
    found = [modes_covered(shuffled, centres, 0.02, least) for least in (1, 2, 20, 41, 301)]
    return [int(value) for value in [*found, modes_covered(far, centres, 0.01, 1)]]


def judge(seen):
    if seen[:5] != [7, 6, 4, 1, 0]:
        reject("ring", "on a ring of eight modes with 0 to 300 samples each the counts are not right.")
    if seen[5] != 0:
        reject("none", "where no sample is good, no mode is covered.")


# %% kind="wrong" name="nearest centre only" key="nearest"
def modes_covered(samples, centres, std, least):
    nearest = torch.cdist(samples, centres).argmin(dim=1)
    return int((torch.bincount(nearest) >= least).sum())


# %% kind="wrong" name="more than least" key="more"
def modes_covered(samples, centres, std, least):
    near_enough = torch.cdist(samples, centres) < 3 * std
    if least == 1:
        return int(near_enough.any(0).sum())
    return int((near_enough.sum(0) > least).sum())


# %% kind="wrong" name="good samples" key="points"
def modes_covered(samples, centres, std, least):
    return int((torch.cdist(samples, centres).amin(dim=1) < 3 * std).sum())


# %% kind="wrong" name="a box" key="box"
def modes_covered(samples, centres, std, least):
    offset = (samples[:, None] - centres[None]).abs().amax(-1)
    return int(((offset < 3 * std).sum(0) >= least).sum())


# %% kind="wrong" name="one standard deviation" key="reach"
def modes_covered(samples, centres, std, least):
    return int(((torch.cdist(samples, centres) < std).sum(0) >= least).sum())


# %% kind="wrong" name="squares against three" key="reach"
def modes_covered(samples, centres, std, least):
    squares = (samples[:, None] - centres[None]).square().sum(-1)
    return int(((squares < 3 * std**2).sum(0) >= least).sum())


# %% kind="wrong" name="always lax" key="least"
def modes_covered(samples, centres, std, least):
    return int((torch.cdist(samples, centres) < 3 * std).any(0).sum())


# %% kind="wrong" name="strict whenever it is not lax" key="middle"
def modes_covered(samples, centres, std, least):
    counts = (torch.cdist(samples, centres) < 3 * std).sum(0)
    return int((counts >= (1 if least == 1 else 20)).sum())


# %% kind="wrong" name="axes exchanged" key="points"
def modes_covered(samples, centres, std, least):
    return int(((torch.cdist(samples, centres) < 3 * std).sum(1) >= least).sum())


# %% kind="right" name="the table of pairs"
def modes_covered(samples, centres, std, least):
    good = torch.cdist(samples, centres) < 3 * std
    return int((good.sum(dim=0) >= least).sum())


# %% kind="right" name="mode by mode"
def modes_covered(samples, centres, std, least):
    covered = 0
    for centre in centres:
        squares = ((samples - centre) ** 2).sum(1)
        covered += int((squares < 9 * std**2).sum()) >= least
    return covered


# %% [markdown] kind="equivalent"
r"""
- `distance < 3 * std` -> `distance <= 3 * std`: no sample of a law with a density lies on the very circle.
- `(torch.bincount(good) >= least).sum().item()` -> `(torch.bincount(good) >= least).sum()`: a tensor that holds one number serves as a number.
"""

# %% [markdown] kind="explanation"
r"""
Where modes lie six standard deviations apart a sample is good for one mode at most, so the nearest centre need not be
asked for: columns of the table of pairs can be counted. The strict rule exists because one stray sample is no mode.
"""

# %% [markdown] kind="task" task="11.5" title="Blinded logs" points=3 hidden_points=2 minutes=25 difficulty="medium"
r"""
Logs of runs on the ring of eight modes come without a name. A row holds `distance` (from samples to held-out data, with a
perfect sampler's as the unit), `modes` (visited, of eight), `grad_G` (the norm of G's gradient), `gap` (D's mean score of
training data less that of held-out data) and `moved` (how far the samples of fixed noise went since the row before, in the
unit of `distance`). Write `diagnose(rows)`. It judges a run by the **means over the second half** of its rows (with an odd
number, the middle row is in it), and returns the first word that applies, or `None`:

| word | mean over the second half |
|---|---|
| `"healthy"` | `distance` below 2: whatever else is odd, nothing hurts |
| `"vanishing"` | `grad_G` below 0.001 |
| `"overfit"` | `gap` above {GAP} |
| `"circling"` | `moved` above 1, and the run still gets nowhere |
| `"collapse"` | `modes` below 4 |

The check makes the logs, names them by letters, and says of a wrong word what in the log speaks against it.
"""

# %% [markdown] kind="hint"
r"""
Cut the rows first. Then each line of the table is one `if` with a `return`, and their order does the rest.
"""

# %% [markdown] kind="hint"
r"""
The second half of $n$ rows begins at row $\lfloor n/2\rfloor$, counted from 0. One bad row is no diagnosis, one good row no
cure: take the mean of a column over these rows.
"""

# %% [markdown] kind="hint"
r"""
A helper inside, `mean(name)`: the sum of `row[name]` over the late rows, divided by how many they are. Then five
comparisons, strict ones.
"""


# %% kind="solution"
def diagnose(rows):
    ### BEGIN SOLUTION
    late = rows[len(rows) // 2 :]

    def mean(name):
        return sum(row[name] for row in late) / len(late)

    if mean("distance") < 2:
        return "healthy"
    if mean("grad_G") < 0.001:
        return "vanishing"
    if mean("gap") > GAP:
        return "overfit"
    if mean("moved") > 1:
        return "circling"
    if mean("modes") < 4:
        return "collapse"
    return None
    ### END SOLUTION


# %% kind="check"
def observe(diagnose):
    calm = {"distance": 1.2, "modes": 8, "grad_G": 0.3, "gap": 0.05, "moved": 0.2}
    ill = calm | {"distance": 9.0}

    def log(base, first=None, count=20, **late):
        """Rows around ``base`` with a ripple; ``first`` replaces values of the first half, ``late`` of the second."""
        rows = []
        for i in range(count):
            values = base | ((first or {}) if i < count // 2 else late)
            rows.append({name: value * (1 + 0.1 * math.sin(i)) for name, value in values.items()})
        return rows

    spike = log(calm)
    spike[-3] |= {"distance": 6.0, "grad_G": 1e-5, "gap": 7 * GAP}
    relief = log(ill, modes=2)
    relief[-1]["distance"] = 0.9
    logs = {
        "A": log(calm),
        "B": log(ill, modes=2),
        "C": log(ill, grad_G=1e-5),
        "D": log(ill, moved=6.0),
        "E": log(ill, {"distance": 1.3}, gap=4 * GAP),
        "F": log(calm, grad_G=1e-5),
        "G": log(calm, {"distance": 12.0, "modes": 1}),
        "H": spike,
        "I": relief,
        "J": log(ill, moved=6.0, modes=1.5),
        "K": log(ill, gap=-3 * GAP, modes=2),
        "L": log(ill, gap=4 * GAP, modes=2, moved=3.0),
        "M": log(ill),
        "N": log(ill, {"modes": 8}, modes=3.4),
    }
    return {name: diagnose(rows) for name, rows in logs.items()}


def judge(seen):
    words = ("healthy", "vanishing", "overfit", "circling", "collapse", None)
    for name, word in seen.items():
        if word not in words:
            reject("word", f"log {name} was given {word!r}; the words of the table, or None, are due.")
    if seen["F"] == "vanishing":
        reject("near", "log F: its samples are as near as can be. A small gradient at the goal is no disease.")
    if seen["G"] != "healthy":
        reject("warm", "log G: it began far off, with one mode. Its second half is what counts.")
    if seen["H"] != "healthy":
        reject("spike", "log H: one row is alarming, and the mean of its half is not.")
    if seen["I"] == "healthy":
        reject("last", "log I: one good row at the end does not heal nine bad ones.")
    if seen["J"] == "collapse":
        reject("hopping", "log J: few modes at a time, but the samples travel. The table asks for that first.")
    if seen["K"] == "overfit":
        reject("sign", "log K: D favours the data that it has *not* seen. That is no learning by heart.")
    if seen["L"] in ("collapse", "circling"):
        reject("order", "log L: modes are missing and samples move, and D knows its data by heart: the order decides.")
    if seen["M"] is not None:
        reject("unknown", "log M: the samples are far off, and no instrument says why. Say so, and give no name.")
    if seen["N"] is None:
        reject("few", "log N: its modes in the second half are fewer than four on average.")
    wanted = {"A": "healthy", "B": "collapse", "C": "vanishing", "D": "circling", "E": "overfit"}
    wanted |= {"I": "collapse", "J": "circling", "K": "collapse", "L": "overfit", "N": "collapse", "F": "healthy"}
    speaks = {
        "healthy": "its samples lie as near as a perfect sampler's",
        "vanishing": "no gradient reaches G any more",
        "overfit": "D scores the data that it was trained on far above other data",
        "circling": "its samples travel far between two rows and come no nearer",
        "collapse": "its samples visit few modes",
    }
    for name, word in wanted.items():
        if seen[name] != word:
            reject("clear", f"log {name} was called {seen[name]!r}, and in its second half {speaks[word]}.")


# %% kind="hidden"
def observe(diagnose):
    base = {"distance": 5.0, "modes": 7.0, "grad_G": 0.5, "gap": 0.0, "moved": 0.5}
    edges = [
        {"distance": 2.0}, {"distance": 1.999}, {"grad_G": 0.001}, {"grad_G": 0.000999}, {"gap": GAP},
        {"gap": GAP * 1.001}, {"moved": 1.0}, {"moved": 1.001}, {"modes": 4}, {"modes": 3.999},
        {"grad_G": 0.0, "gap": 3 * GAP, "moved": 3.0, "modes": 1}, {"gap": 3 * GAP, "moved": 3.0, "modes": 1},
    ]  # fmt: skip
    single = [diagnose([base | edge]) for edge in edges]
    odd = [base | {"distance": d} for d in (0.5, 0.5, 2.9, 1.5, 1.5)]
    mean = [base | {"modes": m} for m in (8, 8, 8, 8, 1, 1, 6, 6)]
    even = [base | {"distance": d} for d in (0.1, 50.0, 1.0, 1.2)]
    return [*single, diagnose(odd), diagnose(mean), diagnose(even), diagnose(odd[:3])]


def judge(seen):
    edges = [
        None, "healthy", None, "vanishing", None, "overfit", None, "circling", None, "collapse", "vanishing", "overfit",
    ]  # fmt: skip
    if seen[:12] != edges:
        reject("edges", "logs of one row at the limits of the table: a limit is neither below nor above itself.")
    if seen[12:] != ["healthy", "collapse", "healthy", "healthy"]:
        reject("half", "the second half of three, four, five or eight rows, or the mean over it, is not right.")


# %% kind="wrong" name="gradient before distance" key="near"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["grad_G"] < 0.001:
        return "vanishing"
    return "healthy" if mean["distance"] < 2 else None


# %% kind="wrong" name="all rows" key="warm"
def diagnose(rows):
    mean = {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
    return "healthy" if mean["distance"] < 2 else "collapse" if mean["modes"] < 4 else None


# %% kind="wrong" name="any bad row" key="spike"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    if all(row["distance"] < 2 for row in late):
        return "healthy"
    if any(row["grad_G"] < 0.001 for row in late):
        return "vanishing"
    return "collapse" if any(row["modes"] < 4 for row in late) else None


# %% kind="wrong" name="last row" key="last"
def diagnose(rows):
    last = rows[-1]
    if last["distance"] < 2:
        return "healthy"
    if last["grad_G"] < 0.001:
        return "vanishing"
    if last["gap"] > GAP:
        return "overfit"
    if last["moved"] > 1:
        return "circling"
    return "collapse" if last["modes"] < 4 else None


# %% kind="wrong" name="modes before movement" key="hopping"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["distance"] < 2:
        return "healthy"
    if mean["grad_G"] < 0.001:
        return "vanishing"
    if mean["gap"] > GAP:
        return "overfit"
    if mean["modes"] < 4:
        return "collapse"
    return "circling" if mean["moved"] > 1 else None


# %% kind="wrong" name="size of the gap" key="sign"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["distance"] < 2:
        return "healthy"
    if mean["grad_G"] < 0.001:
        return "vanishing"
    if abs(mean["gap"]) > GAP:
        return "overfit"
    if mean["moved"] > 1:
        return "circling"
    return "collapse" if mean["modes"] < 4 else None


# %% kind="wrong" name="overfitting last" key="order"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["distance"] < 2:
        return "healthy"
    if mean["grad_G"] < 0.001:
        return "vanishing"
    if mean["moved"] > 1:
        return "circling"
    if mean["modes"] < 4:
        return "collapse"
    return "overfit" if mean["gap"] > GAP else None


# %% kind="wrong" name="whatever is left is a collapse" key="unknown"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["distance"] < 2:
        return "healthy"
    if mean["grad_G"] < 0.001:
        return "vanishing"
    if mean["gap"] > GAP:
        return "overfit"
    return "circling" if mean["moved"] > 1 else "collapse"


# %% kind="wrong" name="one mode or two" key="few"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["distance"] < 2:
        return "healthy"
    if mean["grad_G"] < 0.001:
        return "vanishing"
    if mean["gap"] > GAP:
        return "overfit"
    if mean["moved"] > 1:
        return "circling"
    return "collapse" if mean["modes"] < 3 else None


# %% kind="wrong" name="movement forgotten" key="hopping"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["distance"] < 2:
        return "healthy"
    if mean["grad_G"] < 0.001:
        return "vanishing"
    if mean["gap"] > GAP:
        return "overfit"
    return "collapse" if mean["modes"] < 4 else None


# %% kind="wrong" name="gradient forgotten" key="clear"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    if mean["distance"] < 2:
        return "healthy"
    if mean["gap"] > GAP:
        return "overfit"
    if mean["moved"] > 1:
        return "circling"
    return "collapse" if mean["modes"] < 4 else None


# %% kind="wrong" name="another word" key="word"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    distance = sum(row["distance"] for row in late) / len(late)
    return "converged" if distance < 2 else "mode collapse"


# %% kind="right" name="a table of columns"
def diagnose(rows):
    late = rows[len(rows) // 2 :]
    mean = {name: sum(row[name] for row in late) / len(late) for name in late[0]}
    signs = {
        "healthy": mean["distance"] < 2,
        "vanishing": mean["grad_G"] < 1e-3,
        "overfit": mean["gap"] > GAP,
        "circling": mean["moved"] > 1,
        "collapse": mean["modes"] < 4,
    }
    return next((word for word, shown in signs.items() if shown), None)


# %% kind="right" name="means by tensors"
def diagnose(rows):
    names = ("distance", "grad_G", "gap", "moved", "modes")
    table = torch.tensor([[row[name] for name in names] for row in rows], dtype=torch.float64)
    distance, grad, gap, moved, modes = table[len(rows) // 2 :].mean(0).tolist()
    if distance < 2:
        return "healthy"
    if grad < 0.001:
        return "vanishing"
    if gap > GAP:
        return "overfit"
    if moved > 1:
        return "circling"
    if modes < 4:
        return "collapse"


# %% [markdown] kind="explanation"
r"""
The order is the doctor's: first whether anything hurts, then the causes that hide others. A G without a gradient shows no
movement and maybe one mode; both follow from the gradient. A run that hops from mode to mode looks collapsed in every
single row. And a run that nothing explains gets no name: a name would call for a remedy.
"""

# %% [markdown] kind="task" task="11.6" title="Two samples tell more than one" points=3 hidden_points=2 minutes=25 difficulty="hard"
r"""
PacGAN's D judges two samples as one. Write two functions.

- `pack2(x)`: joins each two samples that follow each other, feature by feature: (N, C, ...) becomes (N // 2, 2 C, ...), the
  first of the pair in the first C channels. An odd last one is left out.
- `pair_distance(p, q)`: for two laws on K modes (tensors of probabilities), the total variation between *pairs* of
  independent draws, $\mathrm{TV}(p^2, q^2)$, a float: what the best D of pairs can gain.

The lesson's formula $1-(1-\varepsilon)^2$ holds where modes are missing and the others are right. Yours is for any two laws.
"""

# %% [markdown] kind="hint"
r"""
A pair of modes $(i, j)$ has the probability $p_i p_j$ under $p^2$, and there are $K^2$ pairs. For the images: which samples
stand beside each other in memory?
"""

# %% [markdown] kind="hint"
r"""
$\mathrm{TV}(p^2, q^2) = \frac12\sum_{i,j}\lvert p_i p_j - q_i q_j\rvert$. A reshape keeps the order in memory: two times C
channels of neighbours are 2 C channels.
"""

# %% [markdown] kind="hint"
r"""
`torch.outer(p, p)` holds all products. For the pack: cut to an even number, then `.reshape(n, 2 * x.shape[1], ...)` with
the rest of the shape as it was (`*x.shape[2:]`).
"""


# %% kind="solution"
def pack2(x):
    ### BEGIN SOLUTION
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], *x.shape[2:])
    ### END SOLUTION


def pair_distance(p, q):
    ### BEGIN SOLUTION
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2
    ### END SOLUTION


# %% kind="check"
def observe(pack2, pair_distance):
    images = torch.arange(40, dtype=torch.float64).reshape(5, 2, 2, 2)
    packed = {
        "even": attempt(pack2, images[:4]),
        "odd": attempt(pack2, images),
        "rows": attempt(pack2, images[:4, :, 0, 0]),
    }
    p = torch.full((8,), 1 / 8, dtype=torch.float64)
    missing = torch.tensor([0.0] * MISSING + [1 / (8 - MISSING)] * (8 - MISSING), dtype=torch.float64)
    tilt = torch.tensor([1 + MISSING / 4] * 4 + [1 - MISSING / 4] * 4, dtype=torch.float64) / 8
    return packed | {"missing": pair_distance(p, missing), "tilt": pair_distance(p, tilt), "same": pair_distance(p, p)}


def judge(seen):
    images = torch.arange(40, dtype=torch.float64).reshape(5, 2, 2, 2)
    if seen["even"]["raised"]:
        reject("raised", f"packing four images of two channels stopped with {seen['even']['raised']}.")
    even = seen["even"]["value"]
    if near(even, torch.cat([images[:4], images[:4]], dim=1)) or near(even, torch.cat([images[:2]] * 2, dim=1)):
        reject("itself", "each image was packed with itself: a pair of copies tells no more than one image.")
    if near(even, torch.cat([images[:2], images[2:4]], dim=1)):
        reject(
            "halves", "the first half was packed with the second. As pairs these are as good; neighbours are asked for."
        )
    if near(even, torch.cat([images[1:4:2], images[0:4:2]], dim=1)):
        reject("turned", "in each pair the second image comes first.")
    if near(even, images[:4].reshape(2, 2, 2, 2, 2)):
        reject("axis", "the pair has an axis of its own; D is to see more channels.")
    if tuple(even.shape) == (2, 2, 4, 2) or tuple(even.shape) == (2, 2, 2, 4):
        reject("beside", "the images were laid beside each other on one sheet; pack them by channels.")
    if not near(even, torch.cat([images[0:4:2], images[1:4:2]], dim=1)):
        reject(
            "pack", f"four images of 2 channels became a tensor of shape {tuple(even.shape)}, or the wrong images met."
        )
    if seen["odd"]["raised"] or not near(seen["odd"]["value"], even):
        reject("odd", "of five images the fifth is left out.")
    if seen["rows"]["raised"] or not near(seen["rows"]["value"], images[:4, :, 0, 0].reshape(2, 4)):
        reject("rows", "a batch of points, (N, C), should be packed as well.")
    share, found = MISSING / 8, seen["missing"]
    exact = share * (2 - share)
    if near(found, share):
        reject("single", "this is the distance of single draws: what a D without a pack can gain.")
    if near(found, 2 * exact):
        reject("half", "a total variation is half of the sum, and at most 1.")
    if near(found, share**2):
        reject("both", "this is the chance that both of a pair are of a missing mode; one of them is enough.")
    kept = 1 / (8 - MISSING)
    alike = (MISSING / 64 + (8 - MISSING) * (kept**2 - 1 / 64)) / 2
    if near(found, alike):
        reject("alike", "only pairs of the same mode were compared; there are K times K pairs.")
    if near(found, 2 * share):
        reject("twice", "two draws do not simply count twice: pairs with two missing modes are counted doubly.")
    if not near(found, exact):
        reject(
            "missing", f"for {MISSING} missing modes of 8 the distance of pairs should be that of the lesson's formula."
        )
    if near(seen["tilt"], exact):
        reject("closed", "the lesson's formula was used where no mode is missing: there it does not hold.")
    if not near(seen["tilt"], share * (1 + share)):
        reject("tilt", "for a law that has all modes, four of them too often, the distance of pairs is not right.")
    if not near(seen["same"], 0.0):
        reject("same", "two equal laws have the distance 0.")


# %% kind="hidden"
def observe(pack2, pair_distance):
    rng = torch.Generator().manual_seed(6)
    laws = [torch.rand(n, generator=rng, dtype=torch.float64) for n in (5, 5, 11, 11)]
    laws = [law / law.sum() for law in laws]
    x = torch.randn(7, 3, 2, 5, generator=rng, dtype=torch.float64)
    distances = [pair_distance(laws[0], laws[1]), pair_distance(laws[2], laws[3])]
    return {"laws": laws, "x": x, "packed": pack2(x), "distances": distances, "one": list(pack2(x[:1]).shape)}


def judge(seen):
    for found, (p, q) in zip(seen["distances"], (seen["laws"][:2], seen["laws"][2:]), strict=True):
        p, q = p.tolist(), q.tolist()
        exact = sum(max(a * b - c * d, 0.0) for a, c in zip(p, q, strict=True) for b, d in zip(p, q, strict=True))
        if not near(found, exact):
            reject("laws", "for two random laws the distance of pairs is not right.")
    x = seen["x"]
    if not near(seen["packed"], torch.stack([torch.cat([x[2 * i], x[2 * i + 1]]) for i in range(3)])):
        reject("pack", "seven images of three channels, 2 by 5, are not packed right.")
    if seen["one"] != [0, 6, 2, 5]:
        reject("one", "one image alone makes no pair, and an empty batch of the right shape.")


# %% kind="wrong" name="packed with itself" key="itself"
def pack2(x):
    return torch.cat([x, x], dim=1)


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2


# %% kind="wrong" name="first half with second" key="halves"
def pack2(x):
    n = len(x) // 2
    return torch.cat([x[:n], x[n : 2 * n]], dim=1)


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2


# %% kind="wrong" name="an axis for the pair" key="axis"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2, *x.shape[1:])


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2


# %% kind="wrong" name="side by side" key="beside"
def pack2(x):
    n = len(x) // 2
    return torch.cat([x[0 : 2 * n : 2], x[1 : 2 * n : 2]], dim=-1)


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2


# %% kind="wrong" name="an odd one stops it" key="odd"
def pack2(x):
    return x.reshape(len(x) // 2, 2 * x.shape[1], *x.shape[2:])


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2


# %% kind="wrong" name="images only" key="rows"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], x.shape[2], x.shape[3])


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2


# %% kind="wrong" name="second before first" key="turned"
def pack2(x):
    n = len(x) // 2
    return torch.cat([x[1 : 2 * n : 2], x[0 : 2 * n : 2]], dim=1)


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item() / 2


# %% kind="wrong" name="single draws" key="single"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], *x.shape[2:])


def pair_distance(p, q):
    return (p - q).abs().sum().item() / 2


# %% kind="wrong" name="not halved" key="half"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], *x.shape[2:])


def pair_distance(p, q):
    return (torch.outer(p, p) - torch.outer(q, q)).abs().sum().item()


# %% kind="wrong" name="same mode twice" key="alike"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], *x.shape[2:])


def pair_distance(p, q):
    return (p**2 - q**2).abs().sum().item() / 2


# %% kind="wrong" name="the lesson's formula for all" key="closed"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], *x.shape[2:])


def pair_distance(p, q):
    single = (p - q).abs().sum().item() / 2
    return 1 - (1 - single) ** 2


# %% kind="wrong" name="both missing" key="both"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], *x.shape[2:])


def pair_distance(p, q):
    return ((p - q).abs().sum().item() / 2) ** 2


# %% kind="wrong" name="counted twice" key="twice"
def pack2(x):
    n = len(x) // 2
    return x[: 2 * n].reshape(n, 2 * x.shape[1], *x.shape[2:])


def pair_distance(p, q):
    return (p - q).abs().sum().item()


# %% kind="right" name="neighbours by steps, pairs by loops"
def pack2(x):
    n = len(x) // 2
    return torch.cat([x[0 : 2 * n : 2], x[1 : 2 * n : 2]], dim=1)


def pair_distance(p, q):
    p, q = p.tolist(), q.tolist()
    pairs = [(i, j) for i in range(len(p)) for j in range(len(p))]
    return sum(max(0.0, p[i] * p[j] - q[i] * q[j]) for i, j in pairs)


# %% kind="right" name="what the two laws share"
def pack2(x):
    n = len(x) // 2
    pairs = x[: 2 * n].unflatten(0, (n, 2))
    return pairs.flatten(1, 2)


def pair_distance(p, q):
    shared = torch.minimum(torch.outer(p, p), torch.outer(q, q))
    return 1 - shared.sum().item()


# %% [markdown] kind="explanation"
r"""
A single D sees a share $\varepsilon$ in both cases. A D of pairs sees $2\varepsilon - \varepsilon^2$ where modes are
missing, and $\varepsilon + \varepsilon^2$ where four of eight modes come too often: it punishes a missing mode nearly twice as
hard, and the lopsided law hardly more than before. That is the theorem of PacGAN in small: packing is a remedy for
collapse, and not for every distance.
"""

# %% [markdown] kind="task" task="11.7" title="The gradient through an answer" points=3 hidden_points=2 minutes=20 difficulty="hard"
r"""
G plays against the D that would answer it. Write `unrolled_gradient(loss_D, loss_G, theta, psi, step)`: D would make one
step of gradient descent of size `step`, $\psi'(\theta) = \psi - \text{step}\cdot\nabla_\psi L_D(\theta, \psi)$. Return the
gradient in $\theta$ of $L_G(\theta, \psi'(\theta))$, D's answer and all. Both losses map `(theta, psi)` to a scalar; leave
`theta` and `psi` as they are. The check compares with finite differences, on the game below.
"""


# %% kind="given"
DATA = torch.tensor([1.0, 0.5], dtype=torch.float64)


def loss_D(theta, psi):
    """One real point at DATA, one fake at theta; the score is psi @ x."""
    return torch.nn.functional.softplus(psi @ theta) + torch.nn.functional.softplus(-(psi @ DATA))


def loss_G(theta, psi):
    return torch.nn.functional.softplus(-(psi @ theta))


# %% [markdown] kind="hint"
r"""
$\theta$ enters twice: G's loss looks at it, and D's answer depends on it. Both have to be differentiated.
"""

# %% [markdown] kind="hint"
r"""
$\frac{d}{d\theta} L_G = \partial_\theta L_G - \text{step}\,(\partial_\theta\partial_\psi L_D)^\top\,\partial_\psi L_G$, taken at
$\psi'$. Autograd finds both parts, if the first gradient keeps its graph.
"""

# %% [markdown] kind="hint"
r"""
Fresh copies of `theta` and `psi` that ask for gradients; `torch.autograd.grad(..., psi, create_graph=True)`; a *new*
tensor for the answer; then `torch.autograd.grad` of G's loss in `theta`.
"""


# %% kind="solution"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    ### BEGIN SOLUTION
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi - step * slope), theta)
    return gradient
    ### END SOLUTION


# %% kind="check"
def observe(unrolled_gradient):
    theta, psi = torch.tensor([-0.4, 0.8]).double(), torch.tensor([0.7, -0.3]).double()
    kept = theta.clone(), psi.clone()
    found = attempt(unrolled_gradient, loss_D, loss_G, theta, psi, 0.9)
    still = attempt(unrolled_gradient, loss_D, loss_G, theta, psi, 0.0)
    marked = theta.requires_grad or psi.requires_grad
    changed = not (torch.equal(theta, kept[0]) and torch.equal(psi, kept[1]))
    return {"found": found, "still": still, "changed": changed, "marked": marked}


def judge(seen):
    for run in (seen["found"], seen["still"]):
        if run["raised"]:
            reject("raised", f"the function stopped with {run['raised']}: {run['message'].partition('.')[0][:120]}.")
    found, still = seen["found"]["value"], seen["still"]["value"]
    theta, psi = torch.tensor([-0.4, 0.8]).double(), torch.tensor([0.7, -0.3]).double()

    def answer(at, step):
        slope = torch.sigmoid(psi @ at) * at - torch.sigmoid(-(psi @ DATA)) * DATA
        return psi - step * slope

    def differences(function):
        """The gradient at theta by central differences of fourth order."""
        rows = []
        for e in torch.eye(2, dtype=torch.float64) * 1e-3:
            values = [float(function(theta + k * e)) for k in (-2, -1, 1, 2)]
            rows.append((values[0] - 8 * values[1] + 8 * values[2] - values[3]) / 12e-3)
        return torch.tensor(rows, dtype=torch.float64)

    exact = differences(lambda at: loss_G(at, answer(at, 0.9)))
    plain = differences(lambda at: loss_G(at, psi))
    direct = differences(lambda at: loss_G(at, answer(theta, 0.9)))
    if seen["changed"]:
        reject("changed", "theta or psi is another one after the call: D would make the step, and has not made it.")
    if near(found, plain):
        reject("plain", "this is the gradient against the D of this moment: its answer does not enter.")
    if near(found, direct):
        reject("path", "D answers, but the answer counts as a constant: it moves with theta, and that path is missing.")
    if near(found, exact - direct):
        reject("indirect", "only the path through D's answer is left; G's loss looks at theta itself as well.")
    if near(found, differences(lambda at: loss_G(at, answer(at, -0.9)))):
        reject("ascent", "D goes up its own loss in your answer; it descends.")
    if near(found, -exact):
        reject("sign", "this is the step that G would make, the gradient with a minus. The gradient itself is due.")
    if near(found, differences(lambda at: loss_D(at, answer(at, 0.9)))):
        reject("loss", "this is the gradient of D's loss after the step; G minimises its own.")
    if near(found, differences(lambda at: loss_G(at, answer(at, 1.0)))):
        reject("size", "D's step has the size 1 in your answer, whatever `step` says.")
    if not near(found, exact):
        reject("value", "the gradient differs from finite differences of G's loss after D's answer.")
    if not near(still, plain):
        reject("still", "a D that makes a step of size 0 is the D of this moment.")
    if seen["marked"]:
        reject("marked", "theta or psi asks for a gradient now; work on copies.")


# %% kind="hidden"
def observe(unrolled_gradient):
    rng = torch.Generator().manual_seed(7)
    theta, psi, matrix = (torch.randn(shape, generator=rng, dtype=torch.float64) for shape in ((3,), (4,), (4, 3)))
    found = unrolled_gradient(
        lambda t, d: d @ matrix @ t + d.square().sum() / 2, lambda t, d: -(d @ matrix @ t), theta, psi, 0.3
    )
    return {"found": found, "theta": theta, "psi": psi, "matrix": matrix}


def judge(seen):
    theta, psi, matrix = seen["theta"], seen["psi"], seen["matrix"]
    if not near(seen["found"], -0.7 * matrix.T @ psi + 0.6 * matrix.T @ matrix @ theta):
        reject("value", "for a game of two quadratic losses, with four numbers for D, the gradient is not right.")


# %% kind="wrong" name="the D of this moment" key="plain"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi), theta)
    return gradient


# %% kind="wrong" name="no create_graph" key="path"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi - step * slope), theta)
    return gradient


# %% kind="wrong" name="fake detached for D" key="path"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta.detach(), psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi - step * slope), theta)
    return gradient


# %% kind="wrong" name="D goes uphill" key="ascent"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi + step * slope), theta)
    return gradient


# %% kind="wrong" name="only through the answer" key="indirect"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta.detach(), psi - step * slope), theta)
    return gradient


# %% kind="wrong" name="D's loss twice" key="loss"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_D(theta, psi - step * slope), theta)
    return gradient


# %% kind="wrong" name="minus the gradient" key="sign"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi - step * slope), theta)
    return -gradient


# %% kind="wrong" name="a step of one" key="size"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi - slope), theta)
    return gradient


# %% kind="wrong" name="D really moves" key="changed"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    old = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, old), old, create_graph=True)
    psi -= step * slope.detach()
    (gradient,) = torch.autograd.grad(loss_G(theta, old - step * slope), theta)
    return gradient


# %% kind="wrong" name="marks the caller's tensors" key="marked"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta.requires_grad_(True)
    psi.requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi - step * slope), theta)
    return gradient


# %% kind="wrong" name="psi asks for nothing" key="raised"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    (gradient,) = torch.autograd.grad(loss_G(theta, psi - step * slope), theta)
    return gradient


# %% kind="right" name="torch.func"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    def after(theta):
        return loss_G(theta, psi - step * torch.func.grad(loss_D, argnums=1)(theta, psi))

    return torch.func.grad(after)(theta)


# %% kind="right" name="two parts by hand"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    theta = theta.detach().clone().requires_grad_(True)
    psi = psi.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss_D(theta, psi), psi, create_graph=True)
    answer = (psi - step * slope).detach().requires_grad_(True)
    direct, pull = torch.autograd.grad(loss_G(theta, answer), [theta, answer])
    (through,) = torch.autograd.grad(slope, theta, grad_outputs=pull)
    return direct - step * through


# %% kind="right" name="the package's own"
def unrolled_gradient(loss_D, loss_G, theta, psi, step):
    from ganlab.objectives.unrolling import unrolled

    theta = theta.detach().clone().requires_grad_(True)
    if not step:
        return torch.autograd.grad(loss_G(theta, psi), theta)[0]
    answer = unrolled(lambda d: loss_D(theta, d["psi"]), {"psi": psi}, 1, step)["psi"]
    return torch.autograd.grad(loss_G(theta, answer), theta)[0]


# %% [markdown] kind="equivalent"
r"""
- `theta.detach().clone()` -> `theta.detach()`: a detached tensor is new enough to ask for a gradient of its own.
- `theta.detach().clone()` -> `theta.clone()`: a copy of a tensor without history has none either.
- `psi.detach().clone()` -> `psi.detach()`: as for theta.
- `psi.detach().clone()` -> `psi.clone()`: as for theta.
"""

# %% [markdown] kind="explanation"
r"""
The second part, $-\text{step}\,(\partial_\theta\partial_\psi L_D)^\top\partial_\psi L_G$, makes G shun places where D would catch
it at once: the reason why unrolling holds a collapsing G back. Its price is a graph through D's steps, which grows with
their number, and at every step of G.
"""

# %% [markdown] kind="task" task="11.8" title="The medicine cabinet" points=6 minutes=15 difficulty="medium"
r"""
A colleague's GAN on eight modes shows three of them. "I always do the same", she says: "clip the gradients at 1, put batch
normalisation into both networks, make G four times as wide and collect more data. All at once, and if it gets better, I
keep it." Answer in at most ten sentences: what you would measure first and what it could tell; for *each* of her four
remedies the cause that it could treat, or what it could spoil here; what you would try instead; and how you would find out
whether it helped.
"""

# %% [markdown] kind="hint"
r"""
Three modes of eight is a symptom. Which measurements of the lesson tell the causes apart?
"""

# %% [markdown] kind="hint"
r"""
Ask of each remedy: what does it change, and in which of the four diseases is that the thing that is wrong?
"""

# %% [markdown] kind="hint"
r"""
Four things at once, one seed, no floor: what can such a test tell? Think of a G that outruns its D.
"""

# %% [markdown] kind="answer"
r"""
First I would measure: the modes over time (do they stay away or change?), the norm of G's gradient, and D's scores of
training and of held-out data. Modes that stay away, with a gradient that is there and no gap, are a collapse: G has outrun
its D. Clipping treats rare explosions of the gradient; it lengthens nothing and restores no mode, though it may slow the
fall. Batch normalisation in D, fed with real and fake batches apart, can hide from D just what differs between them, and it
forbids penalties on the slope of each sample. A wider G runs ahead of its D even faster: in the lesson that alone took a
GAN from more than seven modes of eight to fewer than three. More data treat a D that has learnt its data by heart; without a gap they change
nothing, and the lesson's GAN collapses on an endless stream as well. I would strengthen or speed up D, or slow G down, and
where that does not do, take R1 and R2 together, which cost a second backward pass and a weight that has to be found. I would
change one thing at a time, on several seeds each, with the spread and beside the floor of a perfect sampler. Four changes
on one seed cannot say which of them helped, which did harm, and what was luck.
"""

# %% [markdown] kind="rubric"
r"""
- 1 point: measurements come before remedies, and at least two that separate causes (modes over time, norm of G's gradient,
  gap on held-out data).
- 1 point: clipping only shortens; it is for explosions. "It may slow the fall a little" is right too.
- 1 point: batch normalisation in D can hide a difference between real and fake batches, or makes slope penalties meaningless.
- 1 point: a wider G makes this worse, and more data help against an overfitted D only. Both are needed.
- 1 point: a remedy for the cause found (a stronger, faster or penalised D, a slower G, packing) with its price or limit.
- 1 point: one change at a time, several seeds, spread or floor.

Weak answers replace her list by another list. Ask: which measurement would make you *not* take this remedy?
"""
