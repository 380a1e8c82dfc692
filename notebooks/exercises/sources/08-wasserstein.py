# %% [markdown] kind="opening"
"""
# 08 Wasserstein: geometry, duality, Lipschitz

Distances by hand and by sorting, a gradient penalty that survives a look at its mixing weights, what such a penalty does
to the value, and two ways to bound a slope. About 95 minutes.

In these exercises a critic may be as steep as $K = {STEEP}$ (in the lesson $K$ is 1), so that the best one is worth
$K\\,W_1$.
"""

# %% kind="variant"
STEEP = [2, 3, 4, 1.5]
SHIFT = [3, 2.5, 4, 3.5]
FAR = [5, 6, 7, 9]

# %% kind="given"
import math

import torch
from torch import nn

# %% [markdown] kind="task" task="08.1" title="On paper" points=2 hidden_points=1 minutes=5 difficulty="easy"
"""
Write `on_paper()`, which returns three numbers that you have worked out by hand:

1. $W_1$ between $N(0,1)$ and $N({SHIFT},1)$;
2. $W_1$ between the two points $\\{0,1\\}$ and the two points $\\{0,{FAR}\\}$, each point with the weight ½;
3. the Jensen-Shannon divergence (natural logarithm) of the lesson's real line, at 0, and its generated line, at {SHIFT}.
"""

# %% [markdown] kind="hint"
"""
Where does each load have to go, and how far is that on average? For the third: what does the distance of two laws matter
to a divergence that never sees both at one place?
"""

# %% [markdown] kind="hint"
"""
A shifted law has every point shifted by the same amount. For two points on each side there are two pairings; take the
one in order.
"""

# %% [markdown] kind="hint"
"""
The first is a number of the statement. In the second one point stays, and each weighs a half. The third is
a logarithm.
"""


# %% kind="solution"
def on_paper():
    ### BEGIN SOLUTION
    return SHIFT, (FAR - 1) / 2, math.log(2)
    ### END SOLUTION


# %% kind="check"
def observe(on_paper):
    return [float(number) for number in on_paper()]


def judge(seen):
    if len(seen) != 3:
        reject("three", "three numbers are due, in the order of the questions.")
    bells, points, lines = seen
    if matches(bells, sealed(SHIFT**2 / 2)):
        reject("kl", "the first number is a KL divergence: it squares the shift, and W1 does not.")
    if matches(bells, sealed(-SHIFT)):
        reject("negative", "a distance has no sign.")
    if not matches(bells, sealed(SHIFT)):
        reject("bells", "the first number is not how far each point of the one bell has to go.")
    if matches(points, sealed(FAR - 1)):
        reject("sum", "the second number is the whole way of both points; each of them has only half of the weight.")
    if matches(points, sealed((FAR + 1) / 2)):
        reject("crossed", "in your second plan the ways cross, and there is a cheaper one.")
    if not matches(points, sealed((FAR - 1) / 2)):
        reject("points", "the second number is not the cost of the plan that pairs in order.")
    if matches(lines, sealed(1.0)):
        reject("bits", "the third number is in bits; take the natural logarithm.")
    if matches(lines, sealed(SHIFT)) or lines == math.inf:
        reject("other", "the third number belongs to another column of the lesson's table.")
    if not matches(lines, sealed(math.log(2))):
        reject("lines", "the third number is not the Jensen-Shannon divergence of two laws that never meet.")


# %% kind="hidden"
def observe(on_paper):
    return [float(number) for number in on_paper()]


def judge(seen):
    if not near(seen, [SHIFT, (FAR - 1) / 2, math.log(2)]):
        reject("value", "one of the three numbers is not exact enough.")


# %% kind="wrong" name="KL of the bells" key="kl"
def on_paper():
    return SHIFT**2 / 2, (FAR - 1) / 2, math.log(2)


# %% kind="wrong" name="a sign" key="negative"
def on_paper():
    return -SHIFT, (FAR - 1) / 2, math.log(2)


# %% kind="wrong" name="not halved" key="sum"
def on_paper():
    return SHIFT, FAR - 1, math.log(2)


# %% kind="wrong" name="ways that cross" key="crossed"
def on_paper():
    return SHIFT, (FAR + 1) / 2, math.log(2)


# %% kind="wrong" name="bits" key="bits"
def on_paper():
    return SHIFT, (FAR - 1) / 2, 1.0


# %% kind="wrong" name="KL of the lines" key="other"
def on_paper():
    return SHIFT, (FAR - 1) / 2, math.inf


# %% kind="wrong" name="W1 of the lines" key="other"
def on_paper():
    return SHIFT, (FAR - 1) / 2, SHIFT


# %% kind="wrong" name="twice the JSD" key="lines"
def on_paper():
    return SHIFT, (FAR - 1) / 2, 2 * math.log(2)


# %% kind="right" name="by the package"
def on_paper():
    from ganlab.metrics.transport import w1_sorted

    z = torch.special.ndtri((torch.arange(99, dtype=torch.float64) + 0.5) / 99)
    bells = w1_sorted(z, z + SHIFT)
    points = w1_sorted(torch.tensor([0.0, 1.0]), torch.tensor([0.0, FAR]))
    return bells.item(), points.item(), math.log(2)


# %% kind="right" name="with a half in front"
def on_paper():
    points = 0.5 * (FAR - 1.0)
    return [float(SHIFT), points, (math.log(2) + math.log(2)) / 2]


# %% [markdown] kind="explanation"
"""
A shift moves every point by {SHIFT}, and no plan can be cheaper: the price list $f(x) = -x$ earns as much. Of the two
points one stays and the other goes from 1 to {FAR}, with the weight ½. Where two laws never meet, JSD is $\\log 2$ at
any distance: it cannot say how far.
"""

# %% [markdown] kind="task" task="08.2" title="The best that a critic can do" points=2 hidden_points=2 minutes=10 difficulty="medium"
"""
Write `best_value(real, fake)`: the largest value of $\\mathbb{E}_p f - \\mathbb{E}_q f$ that a critic of slope at most
$K = {STEEP}$ can reach between two samples on the line, tensors of shape (N,). Return a scalar tensor through which a
generator can be trained: a graph leads back to `fake`.
"""

# %% [markdown] kind="hint"
"""
You need no critic for it. Which distance is it a multiple of, and what makes that distance easy on the line?
"""

# %% [markdown] kind="hint"
"""
$K\\,W_1$, and $W_1$ is the mean distance of the points paired in order.
"""

# %% [markdown] kind="hint"
"""
`x.sort().values` sorts, and gradients go through it. Difference, absolute value, mean, times $K$.
"""


# %% kind="solution"
def best_value(real, fake):
    ### BEGIN SOLUTION
    return STEEP * (real.sort().values - fake.sort().values).abs().mean()
    ### END SOLUTION


# %% kind="check"
def observe(best_value):
    real = torch.tensor([1.0, 5.0, 0.25], dtype=torch.float64)
    fake = torch.tensor([4.0, 0.0, 1.5], dtype=torch.float64, requires_grad=True)
    value = best_value(real, fake)
    graph = isinstance(value, torch.Tensor) and value.requires_grad
    return {"value": value, "gradient": torch.autograd.grad(value, fake)[0] if graph and value.ndim == 0 else None}


def judge(seen):
    value, one = seen["value"], STEEP / 3
    if near(value, 9.25 * one):
        reject("order", "the points were paired as they came; the cheapest pairing is the one in order.")
    if near(value, 8.25 * one):
        reject("half", "only one of the two samples was put in order.")
    if near(value, 0.25 * one * 3):
        reject("means", "this is the distance of the two means: points on both sides of a partner must not cancel.")
    if near(value, 1.3125 * one):
        reject("squares", "the distances were squared; W1 takes them as they are.")
    if near(value, 1.75 * one * 3):
        reject("sum", "the distances were added up: each point has the weight 1/N.")
    if near(value, 1.75 / 3):
        reject("slope", "this is W1 itself; a critic that may be steeper earns more.")
    if near(value, 1.75 / 3 / STEEP):
        reject("divided", "a critic that may be steeper earns more, and yours earns less.")
    if not near(value, 1.75 * one):
        reject("value", "for three points on each side the best value is not right.")
    if seen["gradient"] is None:
        reject("graph", "no graph leads back to the fakes: nothing could be trained through this number.")
    if not near(seen["gradient"], [-one, -one, one]):
        reject("gradient", "each fake should be told to move towards its partner, all of them equally hard.")


# %% kind="hidden"
def observe(best_value):
    rng = torch.Generator().manual_seed(4)
    real, fake = torch.randn(2, 60, generator=rng, dtype=torch.float64)
    kept = real.clone(), fake.clone()
    values = [best_value(real, 2 * fake + 1), best_value(real, real.flip(0)), best_value(real[:1], fake[:1])]
    return {"values": values, "kept": kept, "now": (real, fake)}


def judge(seen):
    real, fake = seen["kept"]
    whole = (real.sort().values - (2 * fake + 1).sort().values).abs().mean()
    if not near(seen["values"], [STEEP * whole, 0.0, STEEP * (real[0] - fake[0]).abs()]):
        reject("value", "for other samples, one of a single point among them, the best value is not right.")
    if not near(seen["now"], seen["kept"]):
        reject("changed", "the samples themselves were changed.")


# %% kind="wrong" name="paired as they come" key="order"
def best_value(real, fake):
    return STEEP * (real - fake).abs().mean()


# %% kind="wrong" name="one side sorted" key="half"
def best_value(real, fake):
    return STEEP * (real.sort().values - fake).abs().mean()


# %% kind="wrong" name="difference of the means" key="means"
def best_value(real, fake):
    return STEEP * (real.mean() - fake.mean()).abs()


# %% kind="wrong" name="squared" key="squares"
def best_value(real, fake):
    return STEEP * (real.sort().values - fake.sort().values).square().mean()


# %% kind="wrong" name="sum" key="sum"
def best_value(real, fake):
    return STEEP * (real.sort().values - fake.sort().values).abs().sum()


# %% kind="wrong" name="slope 1" key="slope"
def best_value(real, fake):
    return (real.sort().values - fake.sort().values).abs().mean()


# %% kind="wrong" name="divided by the slope" key="divided"
def best_value(real, fake):
    return (real.sort().values - fake.sort().values).abs().mean() / STEEP


# %% kind="wrong" name="a plain number" key="graph"
def best_value(real, fake):
    return STEEP * (real.sort().values - fake.sort().values).abs().mean().item()


# %% kind="right" name="by the package"
def best_value(real, fake):
    from ganlab.metrics.transport import w1_sorted

    return STEEP * w1_sorted(real, fake)


# %% kind="right" name="by the places of a sorting"
def best_value(real, fake):
    gaps = real[real.argsort()] - fake[fake.argsort()]
    return (STEEP * torch.maximum(gaps, -gaps)).sum() / len(gaps)


# %% [markdown] kind="equivalent"
"""
- `(real.sort().values - fake.sort().values).abs()` -> `(fake.sort().values - real.sort().values).abs()`: a distance has no direction.
"""

# %% [markdown] kind="explanation"
"""
Duality scales with the slope that is allowed: the best critic of slope $K$ is worth $K\\,W_1$, and on the line $W_1$ is a
sort and a mean. Its gradient is $K/N$ for every fake that has a way to go, near or far. That is what JSD does not have.
"""

# %% [markdown] kind="task" task="08.3" title="The gradient penalty" points=3 hidden_points=3 minutes=25 difficulty="medium"
"""
Write `gradient_penalty(critic, real, fake)` with the target slope $K = {STEEP}$:

$$
\\mathbb{E}_{\\hat x}\\bigl(\\lVert\\nabla f(\\hat x)\\rVert - K\\bigr)^2,\\qquad \\hat x = \\alpha\\,x + (1-\\alpha)\\,G(z).
$$

`critic` maps points of shape (N, ...) to N scores, each from its own point; `real` and `fake` have the same shape. Draw
$\\alpha$ from $U(0,1)$, one for each pair, with torch. The norm runs over all axes but the first. Return a scalar without
the weight $\\lambda$. The critic is trained through it; no gradient may reach the makers of `real` and `fake`, and a
critic that is flat everywhere must give a finite value and a finite gradient.
"""

# %% [markdown] kind="hint"
"""
Three steps: the points $\\hat x$; the gradient of each score at its own point; its length, compared with $K$. What shape
must $\\alpha$ have, so that a whole picture is mixed with one number and another picture with another?
"""

# %% [markdown] kind="hint"
"""
`torch.rand(N, 1, ..., 1)`, with as many axes as `real`. Then `torch.autograd.grad` of the sum of the scores, with
`create_graph=True`, at detached points that ask for a gradient.
"""

# %% [markdown] kind="hint"
"""
`lerp` mixes two detached batches; then `requires_grad_(True)`; the gradient as above. `flatten` and `norm` along axis 1
give the length for each point, and `norm` has a slope at 0, where the root of a sum of squares has none.
"""


# %% kind="solution"
def gradient_penalty(critic, real, fake):
    ### BEGIN SOLUTION
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real.detach(), alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()
    ### END SOLUTION


# %% kind="check"
def observe(gradient_penalty):
    w = torch.tensor([6.0, 8.0], dtype=torch.float64, requires_grad=True)
    maker = torch.ones(2, dtype=torch.float64, requires_grad=True)
    rng = torch.Generator().manual_seed(1)
    real = torch.randn(400, 2, generator=rng, dtype=torch.float64)
    fake = 3 + maker * torch.rand(400, 2, generator=rng, dtype=torch.float64)
    points = []

    def quadratic(x):
        points.append(x.detach().clone())
        return (x @ w * 0).reshape(-1) + x.square().sum(1) / 2

    linear = attempt(gradient_penalty, lambda x: x @ w, real, fake)
    if linear["raised"]:
        return linear
    value = linear["value"]
    graph = isinstance(value, torch.Tensor) and value.requires_grad
    slope, leak = torch.autograd.grad(value.sum(), (w, maker), allow_unused=True) if graph else (None, None)
    curved = gradient_penalty(quadratic, real, fake)
    return {
        "raised": None, "linear": value, "slope": slope, "leak": leak, "curved": curved,
        "points": points, "real": real, "fake": fake,
    }  # fmt: skip


def judge(seen):
    if seen["raised"]:
        reject(
            "raised",
            f"the function stopped with {seen['raised']}: do the points ask for a gradient, and is the critic called on them?",
        )
    K, linear = STEEP, seen["linear"]
    if not isinstance(linear, torch.Tensor) or linear.ndim != 0:
        reject("scalar", "one number is due for the whole batch, as a tensor.")
    if near(linear, 400 * (10 - K) ** 2):
        reject("sum", "the penalties of the points were added up, not averaged.")
    if near(linear, (100 - K) ** 2) or near(linear, (100 - K**2) ** 2):
        reject("squared", "the squared length of the gradient was compared with the target, not the length.")
    if near(linear, (10 - 1) ** 2):
        reject("target", "this is the lesson's penalty: its target slope is 1, and the one asked for is another.")
    if near(linear, 10 - K):
        reject("excess", "the excess was not squared.")
    if near(linear, 100.0) or near(linear, 50.0):
        reject("r1", "this penalty asks for a flat critic, like R1; a target is missing.")
    if near(linear, ((6 - K) ** 2 + (8 - K) ** 2) / 2):
        reject("coordinates", "each coordinate of the gradient was compared with the target; the length belongs there.")
    if near(linear, (10 / 400 - K) ** 2):
        reject("mean", "the mean of the scores was differentiated: every gradient came out N times too small.")
    if not near(linear, (10 - K) ** 2):
        reject(
            "linear",
            "for a linear critic the penalty is not the squared excess of its slope, which is 10 in the check.",
        )
    if len(seen["points"]) == 0:
        reject("points", "the critic was not called on any points.")
    points, real, fake = seen["points"][-1], seen["real"], seen["fake"]
    if not isinstance(points, torch.Tensor) or points.shape != real.shape:
        reject("points", "the critic should be called on as many mixed points as there are pairs.")
    alpha = (points - fake) / (real - fake)
    if near(alpha, torch.ones(400, 2)) or near(alpha, torch.zeros(400, 2)):
        reject("ends", "the points are not mixed: the slope is charged at one of the two ends only.")
    if not near(alpha[:, 0], alpha[:, 1], atol=1e-5):
        reject(
            "pixel",
            "the coordinates of one point were mixed with different weights: the point has left the line between the two.",
        )
    if near(alpha, alpha[:1].expand(400, 2), atol=1e-5):
        reject("batch", "all pairs share one mixing weight. A linear critic does not notice; a quadratic one does.")
    if alpha.min() < -1e-6 or alpha.max() > 1 + 1e-6:
        reject("outside", "some points do not lie between their real and their generated point.")
    if abs(alpha[:, 0].mean() - 0.5) > 0.08 or abs(alpha[:, 0].std() - 0.289) > 0.04:
        reject("uniform", "the mixing weights are not uniform between 0 and 1.")
    if not near(seen["curved"], (points.norm(dim=1) - K).square().mean()):
        reject("curved", "for a quadratic critic, whose slope differs from point to point, the mean is not right.")
    if seen["slope"] is None:
        reject("graph", "the penalty carries no graph: the critic cannot be trained through it.")
    if not near(seen["slope"], [2 * (10 - K) * 0.6, 2 * (10 - K) * 0.8]):
        reject("slope", "the penalty does not change with the critic's weights as it should.")
    if seen["leak"] is not None:
        reject("leak", "the penalty sends a gradient to the maker of the fakes: it is the critic's business alone.")


# %% kind="hidden"
def observe(gradient_penalty):
    rng = torch.Generator().manual_seed(2)
    real, fake = torch.randn(2, 5, 2, 3, 3, generator=rng, dtype=torch.float64)
    w = torch.full((2, 3, 3), 0.5, dtype=torch.float64, requires_grad=True)
    kept, points = real.clone(), []

    def picture(x):
        points.append(x.detach().clone())
        return (x * w).flatten(1).sum(1)

    value = gradient_penalty(picture, real, fake)
    maker = torch.ones((), dtype=torch.float64, requires_grad=True)
    curved = gradient_penalty(lambda x: (x * w).square().flatten(1).sum(1), real, maker * fake)
    (leak,) = torch.autograd.grad(curved, maker, allow_unused=True) if curved.requires_grad else (None,)
    flat = gradient_penalty(lambda x: (0 * x * w).flatten(1).sum(1), real, fake)
    (at_flat,) = torch.autograd.grad(flat, w)
    gradient_penalty(picture, real, fake)
    alphas = [(each - fake) / (real - fake) for each in points if each.shape == real.shape]
    return {
        "value": value, "flat": flat, "at_flat": at_flat, "alphas": alphas, "leak": leak, "kept": kept, "real": real,
    }  # fmt: skip


def judge(seen):
    if not near(seen["value"], (math.sqrt(4.5) - STEEP) ** 2):
        reject("picture", "for pictures the length of the gradient does not run over all axes but the first.")
    if not near(seen["flat"], STEEP**2):
        reject("flat", "a critic that is flat everywhere should pay the square of the target.")
    if not bool(torch.isfinite(seen["at_flat"]).all()):
        reject(
            "nan", "where the critic is flat the gradient of the penalty is not a number: the root has no slope at 0."
        )
    if seen["leak"] is not None:
        reject("leak", "with a curved critic a gradient of the penalty reaches the maker of the fakes.")
    first, last = seen["alphas"][0].flatten(1), seen["alphas"][-1].flatten(1)
    if not near(first, first[:, :1].expand(first.shape), atol=1e-5):
        reject("pixel", "the pixels of one picture were mixed with different weights.")
    if near(first, last, atol=1e-5):
        reject("same", "the same mixing weights came out twice: draw new ones at each call.")
    if not near(seen["real"], seen["kept"]):
        reject("changed", "the batch of real points was changed.")


# %% kind="wrong" name="one weight for the batch" key="batch"
def gradient_penalty(critic, real, fake):
    x = fake.detach().lerp(real, torch.rand((), dtype=real.dtype)).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()


# %% kind="wrong" name="one weight for each coordinate" key="pixel"
def gradient_penalty(critic, real, fake):
    x = fake.detach().lerp(real, torch.rand_like(real)).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()


# %% kind="wrong" name="real points only" key="ends"
def gradient_penalty(critic, real, fake):
    x = real.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()


# %% kind="wrong" name="normal weights" key="outside"
def gradient_penalty(critic, real, fake):
    alpha = torch.randn(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()


# %% kind="wrong" name="create_graph forgotten" key="graph"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()


# %% kind="wrong" name="target 1" key="target"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()


# %% kind="wrong" name="squared length" key="squared"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).square().sum(1) - STEEP).square().mean()


# %% kind="wrong" name="no target" key="r1"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1).mean()


# %% kind="wrong" name="each coordinate by itself" key="coordinates"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.abs() - STEEP).square().mean()


# %% kind="wrong" name="mean of the scores" key="mean"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).mean(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()


# %% kind="wrong" name="summed over the batch" key="sum"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().sum()


# %% kind="wrong" name="one axis of a picture" key="picture"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.norm(dim=1) - STEEP).square().mean()


# %% kind="wrong" name="root of a sum of squares" key="nan"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = fake.detach().lerp(real, alpha).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).square().sum(1).sqrt() - STEEP).square().mean()


# %% kind="wrong" name="fakes keep their history" key="leak"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype)
    x = (alpha * real.clone().requires_grad_(True) + (1 - alpha) * fake).clone()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - STEEP).square().mean()


# %% kind="right" name="written out"
def gradient_penalty(critic, real, fake):
    shape = [real.shape[0]] + [1] * (real.dim() - 1)
    alpha = torch.rand(shape, dtype=real.dtype)
    x = (alpha * real + (1 - alpha) * fake).detach()
    x.requires_grad = True
    scores = critic(x)
    gradient = torch.autograd.grad(scores, x, torch.ones_like(scores), create_graph=True)[0]
    length = gradient.reshape(len(x), -1).norm(2, dim=1)
    return ((length - STEEP) ** 2).mean()


# %% kind="right" name="mixed the other way, with a floor under the root"
def gradient_penalty(critic, real, fake):
    alpha = torch.rand(len(real), dtype=real.dtype).view(-1, *[1] * (real.ndim - 1))
    x = (real + alpha * (fake - real)).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    axes = tuple(range(1, real.ndim))
    return ((gradient.square().sum(axes) + 1e-16).sqrt() - STEEP).square().sum() / len(real)


# %% [markdown] kind="equivalent"
"""
- `critic(x).sum()` -> `-critic(x).sum()`: the length of a gradient has no sign.
- `real.detach()` -> `real`: real data have no maker to be reached.
- `(gradient.flatten(1).norm(dim=1) - {STEEP})` -> `({STEEP} - gradient.flatten(1).norm(dim=1))`: the difference is squared.
"""

# %% [markdown] kind="explanation"
"""
The pairs are mixed one by one, because the penalty is an expectation over pairs *and* over $\\alpha$; with one weight for
the batch a single draw decides where the whole batch looks. Detached points are leaves of a graph of their own, so the
penalty reaches the critic's weights and nobody else's. `norm` has the gradient 0 at 0; $\\sqrt{\\cdot}$ has none.
"""

# %% [markdown] kind="task" task="08.4" title="What the penalty does to the value" points=2 hidden_points=2 minutes=20 difficulty="hard"
"""
All real points lie at 0; the fakes have the density $2x/s^2$ on $[0, s]$ with $s = {FAR}$, a triangle. The critic is
trained to the end with the penalty of 08.3 (target $K = {STEEP}$) and weight $\\lambda$. Write `penalised(x, weight)`: the
slope $|f'(x)|$ of the best penalised critic at a place $0 \\le x < s$, and its value
$\\mathbb{E}_p f - \\mathbb{E}_q f$; two floats. For comparison, the best critic of slope $K$ is worth $K\\,W_1 = 2Ks/3$.
"""

# %% [markdown] kind="hint"
"""
The lesson's formula, with $K$ in the place of 1: you need $h(x)$, the share of fakes beyond $x$, and the density $\\rho$ of
the mixed points. A mixed point is $u\\,Y$, with $Y$ a fake and $u$ uniform.
"""

# %% [markdown] kind="hint"
"""
$h(x) = 1 - x^2/s^2$. Given $Y=y$, the mixed point is uniform on $[0,y]$ with density $1/y$; so $\\rho(x)$ is the integral
of $\\frac1y\\cdot\\frac{2y}{s^2}$ over $y$ from $x$ to $s$.
"""

# %% [markdown] kind="hint"
"""
With $\\rho(x) = 2(s-x)/s^2$ a factor $s - x$ cancels in $h/(2\\lambda\\rho)$: the slope is a straight line in $x$. The
value is the integral of $h$ times that slope, a cubic polynomial.
"""


# %% kind="solution"
def penalised(x, weight):
    ### BEGIN SOLUTION
    slope = STEEP + (FAR + x) / (4 * weight)
    value = STEEP * 2 * FAR / 3 + 11 * FAR**2 / (48 * weight)
    return slope, value
    ### END SOLUTION


# %% kind="check"
def observe(penalised):
    return [[float(number) for number in penalised(x, 0.5)] for x in (0.0, 0.5)]


def judge(seen):
    K, s = STEEP, FAR
    slopes, values = [pair[0] for pair in seen], [pair[1] for pair in seen]
    exact = [K + (s + x) / 2 for x in (0.0, 0.5)]
    if near(slopes, [K, K]):
        reject(
            "ideal", "this is the best critic of slope K; a penalised critic gives in a little where it gains by it."
        )
    if near(slopes, [K + s + x for x in (0.0, 0.5)]):
        reject("half", "the derivative of the penalty has a factor of two, which is missing.")
    if near(slopes, [1 + (s + x) / 2 for x in (0.0, 0.5)]):
        reject("target", "this is right for the target slope 1.")
    if near(slopes, [K + (1 - x * x / s**2) * s for x in (0.0, 0.5)]):
        reject("uniform", "the mixed points are not uniform on [0, s]: more of them lie near the real points.")
    if near(slopes, [K + (s + x) * 0.125 for x in (0.0, 0.5)]):
        reject("inverse", "a larger weight should hold the slope closer to its target.")
    if not near(slopes, exact):
        reject("slope", "for the weight 0.5 the slopes at 0 and 0.5 are not right.")
    if not near(values[0], values[1]):
        reject("place", "the value belongs to the whole critic: it does not depend on x.")
    if near(values[0], 2 * K * s / 3):
        reject("ideal-value", "this is K times W1; the penalised critic is steeper and earns more.")
    if near(values[0], 2 * K * s / 3 + 11 * s**2 / 48):
        reject(
            "objective",
            "this is the value less what the penalty takes; the task asks for the difference of the means alone.",
        )
    if not near(values[0], 2 * K * s / 3 + 11 * s**2 / 24):
        reject("value", "the slope is right, but the difference of the means does not follow from it.")


# %% kind="hidden"
def observe(penalised):
    return [[float(number) for number in penalised(x, weight)] for x, weight in ((0.1, 10.0), (0.9 * FAR, 0.02))]


def judge(seen):
    for (slope, value), (x, weight) in zip(seen, ((0.1, 10.0), (0.9 * FAR, 0.02)), strict=True):
        if not near(slope, STEEP + (FAR + x) / (4 * weight)):
            reject("slope", "for other places and weights the slope is not right.")
        if not near(value, STEEP * 2 * FAR / 3 + 11 * FAR**2 / (48 * weight)):
            reject("value", "for other weights the value is not right.")


# %% kind="wrong" name="a perfect critic" key="ideal"
def penalised(x, weight):
    return STEEP, 2 * STEEP * FAR / 3


# %% kind="wrong" name="half forgotten" key="half"
def penalised(x, weight):
    return STEEP + (FAR + x) / (2 * weight), 2 * STEEP * FAR / 3 + 11 * FAR**2 / (24 * weight)


# %% kind="wrong" name="target 1" key="target"
def penalised(x, weight):
    return 1 + (FAR + x) / (4 * weight), 2 * FAR / 3 + 11 * FAR**2 / (48 * weight)


# %% kind="wrong" name="uniform mixed points" key="uniform"
def penalised(x, weight):
    slope = STEEP + (1 - x**2 / FAR**2) * FAR / (2 * weight)
    return slope, 2 * STEEP * FAR / 3 + FAR**2 * 8 / 15 / (2 * weight)


# %% kind="wrong" name="weight upside down" key="inverse"
def penalised(x, weight):
    return STEEP + (FAR + x) * weight / 4, 2 * STEEP * FAR / 3 + 11 * FAR**2 * weight / 48


# %% kind="wrong" name="the value of a perfect critic" key="ideal-value"
def penalised(x, weight):
    return STEEP + (FAR + x) / (4 * weight), 2 * STEEP * FAR / 3


# %% kind="wrong" name="penalty taken off" key="objective"
def penalised(x, weight):
    return STEEP + (FAR + x) / (4 * weight), 2 * STEEP * FAR / 3 + 11 * FAR**2 / (96 * weight)


# %% kind="wrong" name="slope at x taken for all" key="place"
def penalised(x, weight):
    slope = STEEP + (FAR + x) / (4 * weight)
    return slope, slope * 2 * FAR / 3


# %% kind="right" name="by quadrature"
def penalised(x, weight):
    y = torch.linspace(0, FAR, 20_001, dtype=torch.float64)[:-1]
    middle = y + FAR / 40_000
    h, rho = (lambda t: 1 - (t / FAR) ** 2), (lambda t: 2 * (FAR - t) / FAR**2)
    slopes = STEEP + h(middle) / (2 * weight * rho(middle))
    value = (h(middle) * slopes).sum() * FAR / 20_000
    return STEEP + h(x) / (2 * weight * rho(x)), value.item()


# %% kind="right" name="by the cubic's own integral"
def penalised(x, weight):
    a = 1 / (4 * weight)
    slope = STEEP + a * FAR + a * x
    linear = (STEEP + a * FAR) * FAR * 2 / 3
    return slope, linear + a * FAR**2 / 4


# %% [markdown] kind="explanation"
"""
$\\rho(x)=\\int_x^s\\frac1y\\frac{2y}{s^2}\\,dy=\\frac{2(s-x)}{s^2}$ and $h(x)=1-\\frac{x^2}{s^2}=\\frac{(s-x)(s+x)}{s^2}$,
so $|f'|=K+\\frac{h}{2\\lambda\\rho}=K+\\frac{s+x}{4\\lambda}$. The value is
$\\int_0^s h|f'|\\,dx=\\frac{2Ks}{3}+\\frac{s^2}{4\\lambda}\\int_0^1(1-u^2)(1+u)\\,du=\\frac{2Ks}{3}+\\frac{11\\,s^2}{48\\lambda}$.
It exceeds $K\\,W_1$, and the excess grows with the *square* of the scale: divide the data by ten, and the same $\\lambda$
is ten times stricter, measured against $W_1$.
"""

# %% [markdown] kind="task" task="08.5" title="Spectral normalisation by hand" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
Write `normalised(weight, v, rounds)`: the matrix `weight`, scaled so that its largest singular value is $K = {STEEP}$, with
that value estimated by power iteration from the start vector `v`. One round is $u\\leftarrow Wv/\\lVert Wv\\rVert$, then
$v\\leftarrow W^\\top u/\\lVert W^\\top u\\rVert$. After the last round $\\sigma = u^\\top W v$.
"""

# %% [markdown] kind="hint"
"""
The loop finds $\\sigma$; the result is the matrix times one number.
"""

# %% [markdown] kind="hint"
"""
Which number takes the largest singular value from $\\sigma$ to $K$?
"""

# %% [markdown] kind="hint"
"""
In the loop two products with `@`, the second one with `weight.T`, each divided by its own `norm()`. After it, the matrix
times $K$ over a third product, of all three.
"""


# %% kind="solution"
def normalised(weight, v, rounds):
    ### BEGIN SOLUTION
    for _ in range(rounds):
        u = weight @ v
        u = u / u.norm()
        v = weight.T @ u
        v = v / v.norm()
    return STEEP * weight / (u @ weight @ v)
    ### END SOLUTION


# %% kind="check"
def observe(normalised):
    weight = torch.tensor([[7.0, 0.0, 0.0], [0.0, 1.0, 0.0]], dtype=torch.float64)
    v = torch.tensor([1.0, 2.0, 2.0], dtype=torch.float64)
    return [attempt(normalised, weight, v, rounds) for rounds in (1, 30)]


def judge(seen):
    weight = torch.tensor([[7.0, 0.0, 0.0], [0.0, 1.0, 0.0]], dtype=torch.float64)
    if any(each["raised"] for each in seen):
        reject("raised", f"for a matrix of 2 by 3 the function stopped with {seen[0]['raised'] or seen[1]['raised']}.")
    early, late = (each["value"] for each in seen)
    if near(late, 7.0) or near(late, STEEP / 7):
        reject("number", "this is a number; the task asks for the scaled matrix.")
    if near(late, weight / 7):
        reject("target", "the largest singular value came out as 1, not as K.")
    if near(late, weight * 7 / STEEP):
        reject("upside", "the factor stands on its head.")
    if near(late, STEEP * weight / math.sqrt(50)):
        reject(
            "frobenius",
            "the matrix was divided by the root of its summed squares, which is larger than its largest singular value.",
        )
    if near(early, late) and near(late, STEEP * weight / 7):
        reject("rounds", "one round and thirty rounds gave the same matrix: the number of rounds is not used.")
    if near(late, STEEP * weight / 49):
        reject("squared", "the square of the largest singular value was divided by.")
    if not near(late, STEEP * weight / 7):
        reject("late", "after thirty rounds the largest singular value is not K.")
    if near(early, STEEP * weight / math.sqrt(117_653 / 2405)):
        reject(
            "new", "after one round the estimate is not the one of the statement: it takes the last u and the last v."
        )
    if not near(early, STEEP * weight / math.sqrt(2405 / 53)):
        reject("early", "after one round the estimate of the largest singular value is not the one of the statement.")


# %% kind="hidden"
def observe(normalised):
    rng = torch.Generator().manual_seed(6)
    weight = torch.randn(7, 4, generator=rng, dtype=torch.float64)
    v = torch.randn(4, generator=rng, dtype=torch.float64)
    kept = weight.clone(), v.clone()
    return {"few": normalised(weight, v, 2), "many": normalised(weight, v, 300), "kept": kept, "now": (weight, v)}


def judge(seen):
    weight, v = seen["kept"]
    if not near(torch.linalg.matrix_norm(seen["many"], 2), STEEP):
        reject("late", "for a larger matrix the largest singular value is not K.")
    for _ in range(2):
        u = nn.functional.normalize(weight @ v, dim=0)
        v = nn.functional.normalize(weight.T @ u, dim=0)
    if not near(seen["few"], STEEP * weight / (u @ weight @ v)):
        reject("few", "after two rounds the estimate is not the one of the statement.")
    if not near(seen["now"][0], seen["kept"][0]) or not near(seen["now"][1], seen["kept"][1]):
        reject("changed", "the matrix or the start vector was changed in place.")


# %% kind="wrong" name="singular value 1" key="target"
def normalised(weight, v, rounds):
    for _ in range(rounds):
        u = nn.functional.normalize(weight @ v, dim=0)
        v = nn.functional.normalize(weight.T @ u, dim=0)
    return weight / (u @ weight @ v)


# %% kind="wrong" name="the number itself" key="number"
def normalised(weight, v, rounds):
    for _ in range(rounds):
        u = nn.functional.normalize(weight @ v, dim=0)
        v = nn.functional.normalize(weight.T @ u, dim=0)
    return u @ weight @ v


# %% kind="wrong" name="Frobenius norm" key="frobenius"
def normalised(weight, v, rounds):
    return STEEP * weight / weight.norm()


# %% kind="wrong" name="exact decomposition" key="rounds"
def normalised(weight, v, rounds):
    return STEEP * weight / torch.linalg.matrix_norm(weight, 2)


# %% kind="wrong" name="divided by K" key="upside"
def normalised(weight, v, rounds):
    for _ in range(rounds):
        u = nn.functional.normalize(weight @ v, dim=0)
        v = nn.functional.normalize(weight.T @ u, dim=0)
    return weight * (u @ weight @ v) / STEEP


# %% kind="wrong" name="transpose forgotten" key="raised"
def normalised(weight, v, rounds):
    for _ in range(rounds):
        u = nn.functional.normalize(weight @ v, dim=0)
        v = nn.functional.normalize(weight @ u, dim=0)
    return STEEP * weight / (u @ weight @ v)


# %% kind="wrong" name="one half round more" key="new"
def normalised(weight, v, rounds):
    for _ in range(rounds):
        u = nn.functional.normalize(weight @ v, dim=0)
        v = nn.functional.normalize(weight.T @ u, dim=0)
    return STEEP * weight / (weight @ v).norm()


# %% kind="right" name="the length before the last division"
def normalised(weight, v, rounds):
    for _ in range(rounds):
        u = nn.functional.normalize(weight @ v, dim=0)
        ahead = weight.T @ u
        v = ahead / ahead.norm()
    return weight * (STEEP / ahead.norm())


# %% kind="right" name="without a transpose"
def normalised(weight, v, rounds):
    for _ in range(rounds):
        u = torch.mv(weight, v)
        u = u / u.square().sum().sqrt()
        v = u @ weight
        v = v / v.square().sum().sqrt()
    sigma = torch.dot(u, torch.mv(weight, v))
    return weight / (sigma / STEEP)


# %% [markdown] kind="equivalent"
"""
- `u = weight @ v` -> `u = -(weight @ v)`: both vectors turn round, and the estimate is a product of the two.
- `u = u / u.norm()` -> `u = -(u / u.norm())`: both vectors turn round, as above.
- `(u @ weight @ v)` -> `(v @ (u @ weight))`: a product of two vectors may be taken in any order.
"""

# %% [markdown] kind="explanation"
"""
Each round multiplies $v$ by $W^\\top W$, which stretches the leading direction most; what is left of the others shrinks
with the ratio of the singular values, twice a round. The estimate comes from below, so that a matrix normalised after too
few rounds is a little too steep.
"""

# %% [markdown] kind="task" task="08.6" title="The bound and the slope" points=2 hidden_points=2 minutes=15 difficulty="hard"
"""
A critic is $f(x) = {STEEP}\\cdot\\mathtt{network}(x)$, where `network` is an `nn.Sequential` of `nn.Linear` and `nn.ReLU`
layers that ends in one output. Write `bound_and_slope(network, points)`: two floats, the bound on the slope of $f$ by the
product of the layers' largest singular values, and the largest slope that $f$ really has at the given points (N, d).
"""

# %% [markdown] kind="hint"
"""
Which layers can make a slope larger, and by how much at most? Biases only move things.
"""

# %% [markdown] kind="hint"
"""
`torch.linalg.matrix_norm(W, 2)` is the largest singular value. For the slope: the gradient of each score at its own
point, its length, the largest of them.
"""

# %% [markdown] kind="hint"
"""
`math.prod` over the layers that are `nn.Linear`; `torch.autograd.grad` of the summed scores at detached points; both times
the factor in front of the network.
"""


# %% kind="solution"
def bound_and_slope(network, points):
    ### BEGIN SOLUTION
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return bound, gradient.norm(dim=1).max().item()
    ### END SOLUTION


# %% kind="check"
def observe(bound_and_slope):
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)).double()
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[3.0, 0.0], [4.0, 1.0]]))
        network[0].bias.copy_(torch.tensor([7.0, -1.0]))
        network[2].weight.copy_(torch.tensor([[1.0, 2.0]]))
        network[2].bias.fill_(9.0)
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-5.0, 0.0]], dtype=torch.float64)
    return [float(number) for number in bound_and_slope(network, points)]


def judge(seen):
    K = STEEP
    bound, slope = seen
    largest = math.sqrt(13 + math.sqrt(160))  # of [[3, 0], [4, 1]]: its squares sum to 26 and its determinant is 3
    exact_bound, exact_slope = K * largest * math.sqrt(5), K * math.sqrt(125)
    if near([bound, slope], [exact_slope, exact_bound]):
        reject("order", "the two numbers came out in the other order: the bound first.")
    if near([bound, slope], [exact_bound / K, exact_slope / K]):
        reject("factor", "this is the network alone; the factor in front of it makes the critic steeper.")
    if near(bound, exact_bound * K):
        reject("twice", "the factor stands in front of the network once, not in every layer.")
    if near(bound, K * math.sqrt(26 * 5)):
        reject("frobenius", "the bound was made of roots of summed squares; it is larger than need be.")
    if near(bound, K * (largest + math.sqrt(5))):
        reject("sum", "the norms of the layers were added; slopes of layers in a row multiply.")
    if near(bound, K * 4 * 2):
        reject("entries", "the largest entries were taken: a matrix can stretch more than each of its entries.")
    if near(bound, K * math.sqrt(45) * math.sqrt(5)):
        reject("product", "the product is not the one of the layers' norms.")
    if not near(bound, exact_bound):
        reject("bound", "the bound is not the product of the largest singular values, times the factor in front.")
    if near(slope, exact_slope / 3):
        reject("batch", "the mean of the scores was differentiated: every slope came out N times too small.")
    if near(slope, K * (math.sqrt(125) + 3) / 3):
        reject("mean", "this is the mean slope at the points; the largest is due.")
    if near(slope, K * 11):
        reject("coordinate", "this is the largest coordinate of a gradient, not the largest length.")
    if near(slope, 0.0) or near(slope, K * 3):
        reject("least", "there is a point in the check at which the critic is steeper.")
    if not near(slope, exact_slope):
        reject("slope", "the largest slope at the points is not right.")


# %% kind="hidden"
def observe(bound_and_slope):
    sizes, rng = (3, 8, 6, 1), torch.Generator().manual_seed(9)
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    network = nn.Sequential(*layers[:-1]).double()
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=rng, dtype=torch.float64))
    points = torch.randn(40, 3, generator=rng, dtype=torch.float64)
    found = bound_and_slope(network, points)
    matrices = [layer.weight.detach() for layer in network if isinstance(layer, nn.Linear)]
    left = [weight.grad is None for weight in network.parameters()]
    h, jacobian = points, torch.eye(3, dtype=torch.float64).expand(40, 3, 3)
    for layer in network:
        if isinstance(layer, nn.Linear):
            h, jacobian = layer(h).detach(), layer.weight.detach() @ jacobian
        else:
            jacobian = (h > 0)[:, :, None] * jacobian
            h = h.relu()
    return {"found": [float(f) for f in found], "matrices": matrices, "left": left, "jacobian": jacobian[:, 0]}


def judge(seen):
    bound = STEEP * math.prod(torch.linalg.svdvals(weight)[0].item() for weight in seen["matrices"])
    if not near(seen["found"][0], bound):
        reject("bound", "for a network of three layers the bound is not the product of the largest singular values.")
    if not near(seen["found"][1], STEEP * seen["jacobian"].norm(dim=1).max()):
        reject("slope", "for a network of three layers the largest slope is not right.")
    if not all(seen["left"]):
        reject("grads", "the network's weights hold gradients afterwards: measuring a slope should leave none behind.")


# %% kind="wrong" name="exchanged" key="order"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return gradient.norm(dim=1).max().item(), bound


# %% kind="wrong" name="factor forgotten" key="factor"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = math.prod(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(network(x).sum(), x)
    return bound, gradient.norm(dim=1).max().item()


# %% kind="wrong" name="factor in every layer" key="twice"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = math.prod(STEEP * torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return bound, gradient.norm(dim=1).max().item()


# %% kind="wrong" name="Frobenius norms" key="frobenius"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(weight.norm().item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return bound, gradient.norm(dim=1).max().item()


# %% kind="wrong" name="sum of the norms" key="sum"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * sum(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return bound, gradient.norm(dim=1).max().item()


# %% kind="wrong" name="largest entries" key="entries"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(weight.abs().max().item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return bound, gradient.norm(dim=1).max().item()


# %% kind="wrong" name="mean of the scores" key="batch"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).mean(), x)
    return bound, gradient.norm(dim=1).max().item()


# %% kind="wrong" name="mean slope" key="mean"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return bound, gradient.norm(dim=1).mean().item()


# %% kind="wrong" name="largest coordinate" key="coordinate"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(STEEP * network(x).sum(), x)
    return bound, gradient.abs().max().item()


# %% kind="wrong" name="backward leaves gradients" key="grads"
def bound_and_slope(network, points):
    weights = [layer.weight for layer in network if isinstance(layer, nn.Linear)]
    bound = STEEP * math.prod(torch.linalg.matrix_norm(weight, 2).item() for weight in weights)
    x = points.detach().clone().requires_grad_(True)
    (STEEP * network(x).sum()).backward()
    return bound, x.grad.norm(dim=1).max().item()


# %% kind="right" name="by the package"
def bound_and_slope(network, points):
    from ganlab.layers import lipschitz_bound
    from ganlab.objectives import input_gradient

    slopes = input_gradient(network, points).flatten(1).norm(dim=1)
    return STEEP * lipschitz_bound(network), STEEP * slopes.max().item()


# %% kind="right" name="point by point"
def bound_and_slope(network, points):
    bound = float(STEEP)
    for layer in network:
        if isinstance(layer, nn.Linear):
            bound *= torch.linalg.svdvals(layer.weight.detach()).max().item()
    slopes = []
    for point in points:
        row = torch.autograd.functional.jacobian(network, point)
        slopes.append(STEEP * row.norm().item())
    return bound, max(slopes)


# %% [markdown] kind="equivalent"
"""
- `points.detach().clone()` -> `points.detach()`: the points ask for no gradient of their own.
- `points.detach().clone()` -> `points.clone()`: the same.
- `({STEEP} * network(x).sum(), x)` -> `(-({STEEP} * network(x).sum()), x)`: a length has no sign.
- `matrix_norm(weight, 2)` -> `matrix_norm(-weight, 2)`: nor has the norm of a matrix.
- `matrix_norm(weight, 2).item()` -> `matrix_norm(weight, 2)`: a tensor of one number is as good as a float.
- `gradient.norm(dim=1).max().item()` -> `gradient.norm(dim=1).max()`: likewise.
"""

# %% [markdown] kind="explanation"
"""
ReLU never makes a difference larger, so the slope is at most the product. The bound is reached only where the direction
that one layer stretches most is what the next one stretches most, with all units on its way switched on. In the check it
comes close; for deep random networks it is far too large. Spectral normalisation pays that price: it bounds the product,
and the true slope may be far below 1.
"""

# %% [markdown] kind="task" task="08.7" title="A report to be marked" points=6 minutes=10 difficulty="medium"
"""
From a report: "We use WGAN-GP with $\\lambda = 1$. The critic's loss came to $-0.31$, so the Wasserstein distance of our
generator is 0.31. The baseline, with weight clipping at 0.01, reached $-0.004$ and is therefore worse trained. On 100 samples
a direct computation gave $W_1 = 0.18$. We clip all gradients at 1, which keeps them from vanishing."

Answer in at most eight sentences: which of these statements does not follow, and why? What single number or table would you
ask for?
"""

# %% [markdown] kind="hint"
"""
Two critics, two scales. What would have to be known before their losses can be compared?
"""

# %% [markdown] kind="hint"
"""
What is the direct computation's answer for two samples of the *same* law? Which of the three "clips" of the lesson can
make a gradient larger?
"""

# %% [markdown] kind="hint"
"""
Go through the sentences one by one: the value as a distance, the comparison, the 100 samples, the gradients.
"""

# %% [markdown] kind="answer"
"""
The value of a critic is $W_1$ only if its slope is 1 and it is the best of its kind. With $\\lambda=1$ a well trained critic
is steeper than 1 and reports too much, a badly trained one too little; 0.31 may be either. The clipped critic has a
slope near $c^L$, so its 0.004 is on another scale and says nothing about who is better trained, nor about the samples. The
direct 0.18 means little without its floor: on the line two samples of 100 from one $N(0,1)$ are 0.18 apart on average, and in
more dimensions the floor is higher. Clipping a gradient only caps large ones; a vanishing gradient stays as it is. Weight
clipping is another thing, and can be the cause of vanishing. I would ask for the same direct distance, for both generators, on
the same and a larger number of samples, over several seeds, beside the distance between two real samples of that size.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: a critic's value is not $W_1$ without a slope of 1 and a critic near its best.
- 1 point: the direction of an error is named (penalty: too steep, too large; badly trained: too small).
- 1 point: values of a clipped and of a penalised critic are on different scales.
- 1 point: 0.18 at 100 samples is compared with the floor of two real samples.
- 1 point: gradient clipping cannot enlarge a gradient, and is not weight clipping.
- 1 point: a request that would settle it: one distance for both, with floor or with seeds.

Weak answers say that the loss "should be positive" and stop there. Ask: what would the critic's loss be if all its weights
were doubled?
"""
