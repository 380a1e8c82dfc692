# %% [markdown] kind="opening"
"""
# 06 What the generator feels

Compute what reaches a generator through its discriminator: at one score, for a whole sample, through a layer, and for a
perfect D. About 75 minutes.

In these exercises D is calibrated with a temperature: $D = \\sigma(s / {HEAT})$ for a score $s$. (The lesson has the
temperature 1.)
"""

# %% kind="variant"
HEAT = [2, 3, 4, 5]
WIDE = [1.5, 2.5, 0.5, 3.0]

# %% kind="given"
import math

import torch

# %% [markdown] kind="task" task="06.1" title="How much louder" points=1 hidden_points=1 minutes=5 difficulty="easy"
"""
Write `louder(s)`: how many times larger the slope of the non-saturating loss $-\\log D$ is than that of the saturating
loss $\\log(1 - D)$, for a fake with the score `s` (a float). Both are slopes in $s$.
"""

# %% [markdown] kind="hint"
"""
The temperature changes both slopes by the same factor. What is left of it in the ratio?
"""

# %% [markdown] kind="hint"
"""
$(1 - D) / D$, with $D$ at this score.
"""

# %% [markdown] kind="hint"
"""
$(1-\\sigma(t))/\\sigma(t)$ is a plain exponential of $-t$.
"""


# %% kind="solution"
def louder(s):
    ### BEGIN SOLUTION
    return math.exp(-s / HEAT)
    ### END SOLUTION


# %% kind="check"
def observe(louder):
    return [louder(-2.0), louder(0.0), louder(3.0)]


def judge(seen):
    due = [math.exp(-s / HEAT) for s in (-2.0, 0.0, 3.0)]
    if near(seen, [1 / value for value in due]):
        reject(
            "inverse",
            "a rejected fake should hear more from the non-saturating loss, not less: the ratio stands on its head.",
        )
    if near(seen, [math.exp(-s) for s in (-2.0, 0.0, 3.0)]):
        reject(
            "heat", "this is right for the temperature 1: here the score is divided before it becomes a probability."
        )
    if near(seen, [math.exp(-s * HEAT) for s in (-2.0, 0.0, 3.0)]):
        reject("multiplied", "the temperature divides the score; your D has become more certain instead of less.")
    if near(seen, [value + 1 for value in due]):
        reject("one", "at the score 0 the two slopes are equal, and your ratio there is 2.")
    if near(seen, [value / (1 + value) for value in due]):
        reject("alone", "this is one of the two slopes, not their ratio.")
    if near(seen, [(value - 1) / (value + 1) for value in due]):
        reject("difference", "this is the difference of the two slopes; how many *times* larger is a ratio.")
    if near(seen, [math.log1p(value) / math.log1p(1 / value) for value in due]):
        reject("losses", "this is the ratio of the two losses; what G feels are their slopes.")
    if not near(seen, due):
        reject("value", "for the scores -2, 0 and 3 the ratio of the two slopes is not right.")


# %% kind="hidden"
def observe(louder):
    return [louder(s) for s in (-40.0, -0.3, 12.0)]


def judge(seen):
    if not near(seen, [math.exp(-s / HEAT) for s in (-40.0, -0.3, 12.0)], rtol=1e-6):
        reject("value", "for other scores, large ones among them, the ratio is not right.")


# %% kind="wrong" name="upside down" key="inverse"
def louder(s):
    return math.exp(s / HEAT)


# %% kind="wrong" name="no temperature" key="heat"
def louder(s):
    return math.exp(-s)


# %% kind="wrong" name="temperature multiplied" key="multiplied"
def louder(s):
    return math.exp(-s * HEAT)


# %% kind="wrong" name="one over D" key="one"
def louder(s):
    return 1 + math.exp(-s / HEAT)


# %% kind="wrong" name="one slope" key="alone"
def louder(s):
    return 1 / (1 + math.exp(s / HEAT))


# %% kind="wrong" name="a difference" key="difference"
def louder(s):
    D = 1 / (1 + math.exp(-s / HEAT))
    return (1 - D) - D


# %% kind="wrong" name="ratio of the losses" key="losses"
def louder(s):
    D = 1 / (1 + math.exp(-s / HEAT))
    return math.log(D) / math.log(1 - D)


# %% kind="right" name="by the two probabilities"
def louder(s):
    D = 1 / (1 + math.exp(-s / HEAT))
    return (1 / (1 + math.exp(s / HEAT))) / D


# %% kind="right" name="by automatic differentiation"
def louder(s):
    t = torch.tensor(s, dtype=torch.float64, requires_grad=True)
    slopes = [
        torch.autograd.grad(loss, t)[0].item()
        for loss in (torch.nn.functional.softplus(-t / HEAT), -torch.nn.functional.softplus(t / HEAT))
    ]
    return slopes[0] / slopes[1]


# %% [markdown] kind="explanation"
"""
$(1-\\sigma(t))/\\sigma(t) = e^{-t}$ with $t = s/{HEAT}$: each unit of score that D takes away from a fake widens the gap
between the two losses by the same factor.
"""

# %% [markdown] kind="task" task="06.2" title="Slopes at any score" points=2 hidden_points=2 minutes=12 difficulty="medium"
"""
Write `g_grad_logit(kind, s)`. `kind` is `"saturating"` or `"non-saturating"`, `s` a tensor of scores, one for each fake.
Return the slope of each fake's own loss in its score, a tensor of the shape of `s` (no mean over the batch). Any score
must give a finite and accurate slope, 10 000 as well as -10 000. Any other `kind` raises a `ValueError`.
"""

# %% [markdown] kind="hint"
"""
Both losses are to be minimised, and both want the score to rise. Which sign have both slopes?
"""

# %% [markdown] kind="hint"
"""
With $t = s/{HEAT}$: $-\\sigma(t)$ and $-(1-\\sigma(t))$, each times the slope of $t$ in $s$.
"""

# %% [markdown] kind="hint"
"""
$1-\\sigma(t)$ loses its digits where $\\sigma(t)$ is nearly 1; $\\sigma(-t)$ is the same number and keeps them.
"""


# %% kind="solution"
def g_grad_logit(kind, s):
    ### BEGIN SOLUTION
    if kind == "saturating":
        return -torch.sigmoid(s / HEAT) / HEAT
    if kind == "non-saturating":
        return -torch.sigmoid(-s / HEAT) / HEAT
    raise ValueError(f"unknown kind {kind!r}")
    ### END SOLUTION


# %% kind="check"
def observe(g_grad_logit):
    s = torch.tensor([-4.0, 0.0, 2.0], dtype=torch.float64)
    return [g_grad_logit("saturating", s), g_grad_logit("non-saturating", s)]


def judge(seen):
    s = torch.tensor([-4.0, 0.0, 2.0], dtype=torch.float64)
    D = torch.sigmoid(s / HEAT)
    due = [-D / HEAT, -(1 - D) / HEAT]
    if any(not isinstance(part, torch.Tensor) or part.shape != (3,) for part in seen):
        reject("shape", "one slope for each fake is due: a tensor of the shape of the scores.")
    if near(seen[0], -due[0]) or near(seen[1], -due[1]):
        reject("sign", "a positive slope would push the fakes' scores down when it is descended.")
    if near(seen[0], due[1]) and near(seen[1], due[0]):
        reject("exchanged", "the two losses have exchanged their slopes: which of them is strong where D rejects?")
    if near(seen[0], due[0] * HEAT) and near(seen[1], due[1] * HEAT):
        reject("chain", "the probability is right, and the slope of the score's own scaling is missing.")
    if near(seen[0], -D * (1 - D) / HEAT):
        reject("logarithm", "this is how D itself changes with the score; the losses take a logarithm of it.")
    if near(seen[0], -1 / (1 - D)) or near(seen[1], -1 / D):
        reject("in D", "these are slopes in D; the slopes in the score are asked for, and D changes with it too.")
    if near(seen[0], -torch.sigmoid(s)) or near(seen[0], -torch.sigmoid(s) / HEAT):
        reject("heat", "D was taken at the temperature 1.")
    if near(seen[0], due[0] / 3):
        reject("mean", "the slopes were divided by the number of fakes; each fake's own loss is asked for.")
    if not near(seen[0], due[0]):
        reject("saturating", "for log(1 - D) the slopes at the scores -4, 0 and 2 are not right.")
    if not near(seen[1], due[1]):
        reject("other", "for -log D the slopes at the scores -4, 0 and 2 are not right.")


# %% kind="hidden"
def observe(g_grad_logit):
    far = torch.tensor([-1e4, -60.0 * HEAT, 60.0 * HEAT, 1e4])
    slopes = [g_grad_logit(kind, far) for kind in ("saturating", "non-saturating")]
    table = g_grad_logit("non-saturating", torch.zeros(2, 3))
    return {"far": slopes, "table": table, "odd": attempt(g_grad_logit, "hinge", far)["raised"]}


def judge(seen):
    tail = math.exp(-60) / HEAT
    rows = [[0.0, -tail, -1 / HEAT, -1 / HEAT], [-1 / HEAT, -1 / HEAT, -tail, 0.0]]
    for row, due in zip(seen["far"], rows, strict=True):
        if not near(row, due, atol=1e-30, rtol=1e-4):
            reject("far", "at large scores the slopes lose their digits, or stop being numbers.")
    if not near(seen["table"], torch.full((2, 3), -0.5 / HEAT)):
        reject("shape", "scores of shape (2, 3) should give slopes of that shape.")
    if seen["odd"] != "ValueError":
        reject("kind", "an unknown kind of loss should raise a ValueError.")


# %% kind="wrong" name="ascending" key="sign"
def g_grad_logit(kind, s):
    if kind == "saturating":
        return torch.sigmoid(s / HEAT) / HEAT
    if kind == "non-saturating":
        return torch.sigmoid(-s / HEAT) / HEAT
    raise ValueError(kind)


# %% kind="wrong" name="losses exchanged" key="exchanged"
def g_grad_logit(kind, s):
    if kind == "non-saturating":
        return -torch.sigmoid(s / HEAT) / HEAT
    if kind == "saturating":
        return -torch.sigmoid(-s / HEAT) / HEAT
    raise ValueError(kind)


# %% kind="wrong" name="inner slope forgotten" key="chain"
def g_grad_logit(kind, s):
    if kind == "saturating":
        return -torch.sigmoid(s / HEAT)
    if kind == "non-saturating":
        return -torch.sigmoid(-s / HEAT)
    raise ValueError(kind)


# %% kind="wrong" name="no temperature" key="heat"
def g_grad_logit(kind, s):
    if kind == "saturating":
        return -torch.sigmoid(s)
    if kind == "non-saturating":
        return -torch.sigmoid(-s)
    raise ValueError(kind)


# %% kind="wrong" name="slope of D" key="logarithm"
def g_grad_logit(kind, s):
    if kind not in ("saturating", "non-saturating"):
        raise ValueError(kind)
    D = torch.sigmoid(s / HEAT)
    return -D * (1 - D) / HEAT


# %% kind="wrong" name="slopes in D" key="in D"
def g_grad_logit(kind, s):
    if kind not in ("saturating", "non-saturating"):
        raise ValueError(kind)
    D = torch.sigmoid(s / HEAT)
    return -1 / (1 - D) if kind == "saturating" else -1 / D


# %% kind="wrong" name="mean over the batch" key="mean"
def g_grad_logit(kind, s):
    if kind == "saturating":
        return -torch.sigmoid(s / HEAT) / HEAT / len(s)
    if kind == "non-saturating":
        return -torch.sigmoid(-s / HEAT) / HEAT / len(s)
    raise ValueError(kind)


# %% kind="wrong" name="one minus the probability" key="far"
def g_grad_logit(kind, s):
    D = torch.sigmoid(s / HEAT)
    if kind not in ("saturating", "non-saturating"):
        raise ValueError(kind)
    return -(D if kind == "saturating" else 1 - D) / HEAT


# %% kind="wrong" name="anything else is saturating" key="kind"
def g_grad_logit(kind, s):
    if kind == "non-saturating":
        return -torch.sigmoid(-s / HEAT) / HEAT
    return -torch.sigmoid(s / HEAT) / HEAT


# %% kind="right" name="one sign for both"
def g_grad_logit(kind, s):
    signs = {"saturating": 1.0, "non-saturating": -1.0}
    if kind not in signs:
        raise ValueError(kind)
    return -(signs[kind] * s / HEAT).sigmoid() / HEAT


# %% kind="right" name="as exponentials of softplus"
def g_grad_logit(kind, s):
    if kind not in ("saturating", "non-saturating"):
        raise ValueError(kind)
    t = s / HEAT if kind == "saturating" else -s / HEAT
    return -torch.exp(-torch.nn.functional.softplus(-t)) / HEAT


# %% [markdown] kind="explanation"
"""
$\\frac{d}{ds}\\log(1-\\sigma(s/T)) = -\\sigma(s/T)/T$ and $\\frac{d}{ds}(-\\log\\sigma(s/T)) = -\\sigma(-s/T)/T$. Written with
$\\sigma(-t)$ the second keeps its digits where $1-\\sigma(t)$ is rounded to 0.
"""

# %% [markdown] kind="task" task="06.3" title="The pull on a bell" points=2 hidden_points=2 minutes=15 difficulty="medium"
"""
Data $p = N(0, {WIDE}^2)$, fakes $q = N(\\theta, {WIDE}^2)$ from $G(z) = \\theta + {WIDE} z$. D is perfect, with
$D = \\sigma(s)$ here (temperature 1), and is held while G learns. Write `pulls(theta, x)`: from a sample `x` of fakes (a
float64 tensor of shape (N,)) estimate how hard each loss pulls $\\theta$ back towards 0. Return two floats, the slope of
$\\mathbb{E}\\log(1-D(G(z)))$ in $\\theta$ first, that of $-\\mathbb{E}\\log D(G(z))$ second.
"""

# %% [markdown] kind="hint"
"""
What is $\\log p(x) - \\log q(x)$ for two bells of the same width?
"""

# %% [markdown] kind="hint"
"""
The score of the perfect D is a line in $x$. Its slope multiplies $-D$ in one loss and $-(1-D)$ in the other.
"""

# %% [markdown] kind="hint"
"""
The score is $(\\theta^2/2 - \\theta x)$ over the variance. Both answers are the mean of a probability times theta over the
variance.
"""


# %% kind="solution"
def pulls(theta, x):
    ### BEGIN SOLUTION
    D = torch.sigmoid((theta**2 / 2 - theta * x) / WIDE**2)
    believed = D.mean().item()
    return theta / WIDE**2 * believed, theta / WIDE**2 * (1 - believed)
    ### END SOLUTION


# %% kind="check"
def observe(pulls):
    x = torch.tensor([0.5, 2.0, 4.5], dtype=torch.float64)
    return [tuple(pulls(2.0, x)), tuple(pulls(-1.0, -x))]


def judge(seen):
    x = torch.tensor([0.5, 2.0, 4.5], dtype=torch.float64)

    def due(theta, points, width):
        log_p, log_q = (-(points - mean).square() / (2 * width**2) for mean in (0.0, theta))
        believed = (log_p.exp() / (log_p.exp() + log_q.exp())).mean().item()
        return theta / width**2 * believed, theta / width**2 * (1 - believed)

    exact = [due(2.0, x, WIDE), due(-1.0, -x, WIDE)]
    if not all(len(pair) == 2 and all(isinstance(part, float) for part in pair) for pair in seen):
        reject("pair", "two plain floats are due: the saturating pull first.")
    if near(seen, exact):
        return
    if near(seen, [pair[::-1] for pair in exact]):
        reject("order", "the two pulls came out in the other order: the saturating one comes first.")
    if near(seen, [tuple(-part for part in pair) for pair in exact]):
        reject("sign", "your pulls drive theta away from 0 when they are descended.")
    if near(seen, [due(2.0, x, 1.0), due(-1.0, -x, 1.0)]):
        reject("width", "this is right for bells of width 1, as in the lesson.")
    if near(seen, [tuple(part * WIDE**2 for part in pair) for pair in exact]):
        reject("slope", "D is right; how fast its score changes with x also depends on the width.")
    one = 1 / (1 + math.exp(-(2.0 - 2.0 * x.mean().item()) / WIDE**2))
    if near(seen[0], (2.0 / WIDE**2 * one, 2.0 / WIDE**2 * (1 - one))):
        reject("early", "D was asked about the mean of the fakes; take its answer to each fake, and then the mean.")
    if near(seen[0][0] + seen[0][1], 2.0 / WIDE) and WIDE != 1:
        reject("squared", "the width was not squared: the score divides by the variance.")
    if near(seen[0][0] + seen[0][1], 2 * 2.0 / WIDE**2):
        reject("sum", "the two pulls should add up to the slope of KL(q, p), and yours make twice that.")
    reject("value", "for three fakes the pulls are not what the perfect D gives.")


# %% kind="hidden"
def observe(pulls):
    z = torch.special.ndtri((torch.arange(4_000, dtype=torch.float64) + 0.5) / 4_000)
    return [tuple(pulls(theta, theta + WIDE * z)) for theta in (0.5, 1.64 * WIDE, 6.0)]


def judge(seen):
    for pair, theta in zip(seen, (0.5, 1.64 * WIDE, 6.0), strict=True):
        if not near(pair[0] + pair[1], theta / WIDE**2):
            reject("sum", "for a large sample the two pulls do not add up to the slope of KL(q, p).")
    if not near(seen[1][0], 0.467 / WIDE, atol=1e-3):
        reject("strongest", "at its strongest place the saturating pull is not right.")


# %% kind="wrong" name="exchanged" key="order"
def pulls(theta, x):
    believed = torch.sigmoid((theta**2 / 2 - theta * x) / WIDE**2).mean().item()
    return theta / WIDE**2 * (1 - believed), theta / WIDE**2 * believed


# %% kind="wrong" name="away from the data" key="sign"
def pulls(theta, x):
    believed = torch.sigmoid((theta**2 / 2 - theta * x) / WIDE**2).mean().item()
    return -theta / WIDE**2 * believed, -theta / WIDE**2 * (1 - believed)


# %% kind="wrong" name="width 1" key="width"
def pulls(theta, x):
    believed = torch.sigmoid(theta**2 / 2 - theta * x).mean().item()
    return theta * believed, theta * (1 - believed)


# %% kind="wrong" name="slope of the score forgotten" key="slope"
def pulls(theta, x):
    believed = torch.sigmoid((theta**2 / 2 - theta * x) / WIDE**2).mean().item()
    return theta * believed, theta * (1 - believed)


# %% kind="wrong" name="half of the square forgotten" key="value"
def pulls(theta, x):
    believed = torch.sigmoid((theta**2 - theta * x) / WIDE**2).mean().item()
    return theta / WIDE**2 * believed, theta / WIDE**2 * (1 - believed)


# %% kind="wrong" name="width not squared" key="squared"
def pulls(theta, x):
    believed = torch.sigmoid((theta**2 / 2 - theta * x) / WIDE).mean().item()
    return theta / WIDE * believed, theta / WIDE * (1 - believed)


# %% kind="wrong" name="D of the mean fake" key="early"
def pulls(theta, x):
    believed = torch.sigmoid((theta**2 / 2 - theta * x.mean()) / WIDE**2).item()
    return theta / WIDE**2 * believed, theta / WIDE**2 * (1 - believed)


# %% kind="wrong" name="twice the slope" key="sum"
def pulls(theta, x):
    believed = torch.sigmoid((theta**2 / 2 - theta * x) / WIDE**2).mean().item()
    return 2 * theta / WIDE**2 * believed, 2 * theta / WIDE**2 * (1 - believed)


# %% kind="right" name="by automatic differentiation"
def pulls(theta, x):
    shift = torch.zeros((), dtype=torch.float64, requires_grad=True)
    s = (theta**2 / 2 - theta * (x + shift)) / WIDE**2
    softplus = torch.nn.functional.softplus
    return tuple(
        torch.autograd.grad(loss.mean(), shift, retain_graph=True)[0].item() for loss in (-softplus(s), softplus(-s))
    )


# %% kind="right" name="by the two densities"
def pulls(theta, x):
    p = torch.exp(-x.square() / (2 * WIDE**2))
    q = torch.exp(-(x - theta).square() / (2 * WIDE**2))
    slope = theta / WIDE**2
    return slope * (p / (p + q)).mean().item(), slope * (q / (p + q)).mean().item()


# %% [markdown] kind="explanation"
"""
$s = \\log p - \\log q = (\\theta^2/2 - \\theta x)/\\sigma^2$ has the slope $-\\theta/\\sigma^2$ in $x$. The pulls are
$\\frac{\\theta}{\\sigma^2}\\mathbb{E}D$ and $\\frac{\\theta}{\\sigma^2}\\mathbb{E}(1-D)$, and they add up to the slope of
$\\mathrm{KL}(q\\|p) = \\theta^2/(2\\sigma^2)$.
"""

# %% [markdown] kind="task" task="06.4" title="The factor that a formula forgot" points=2 hidden_points=2 minutes=15 difficulty="medium"
"""
G is one linear layer, $G(z) = Wz + b$. D has been asked already: `to_picture`, of shape (N, d), holds for each of N fakes
the slope of *its own* loss in its picture. Write `weight_gradients(z, to_picture)`, with the noise `z` of shape (N, k):
return the gradients of the *mean* loss over the batch in $W$, shape (d, k), and in $b$, shape (d,).
"""

# %% [markdown] kind="hint"
"""
How does the picture's coordinate $i$ change when $W_{ij}$ does? And when $b_i$ does?
"""

# %% [markdown] kind="hint"
"""
$\\partial G_i/\\partial W_{ij} = z_j$: for each fake an outer product, then the mean over the fakes.
"""

# %% [markdown] kind="hint"
"""
A product of two matrices sums over the batch; divide by its length. For the bias, the noise is replaced by ones.
"""


# %% kind="solution"
def weight_gradients(z, to_picture):
    ### BEGIN SOLUTION
    for_W = to_picture.T @ z / len(z)
    return for_W, to_picture.mean(0)
    ### END SOLUTION


# %% kind="check"
def observe(weight_gradients):
    z = torch.tensor([[1.0, 0.0], [2.0, -1.0], [0.0, 3.0]], dtype=torch.float64)
    slopes = torch.tensor([[6.0], [3.0], [9.0]], dtype=torch.float64)
    got = attempt(weight_gradients, z, slopes)
    if got["raised"]:
        return got
    wide = attempt(weight_gradients, z, torch.cat([slopes, 2 * slopes], dim=1))
    return [part if isinstance(part, torch.Tensor) else None for part in got["value"]] + [wide]


def judge(seen):
    if isinstance(seen, dict):
        reject(
            "raised",
            f"the function stopped with {seen['raised']}: do the shapes (N, d) and (N, k) meet along the batch?",
        )
    *seen, wide = seen
    if len(seen) != 2 or seen[0] is None or seen[1] is None:
        reject("pair", "two tensors are due, for the weights and for the bias.")
    for_W, for_b = seen
    if for_W.shape == (3, 1):
        reject("picture", "this has one row for each picture: the way from the picture to the weights is missing.")
    if for_W.shape == (2, 1):
        reject(
            "turned", "the weights have a row for each coordinate of the picture and a column for each of the noise."
        )
    if for_W.shape != (1, 2) or for_b.shape != (1,):
        reject("shape", f"shapes (1, 2) and (1,) are due here, and {tuple(for_W.shape)} and {tuple(for_b.shape)} came.")
    if near(for_W, [[12.0, 24.0]]):
        reject("sum", "the fakes' slopes were added up; the loss is their mean.")
    if near(for_W, [[6.0, 4.0]]):
        reject("early", "noise and slopes were averaged before they were multiplied; each fake has noise of its own.")
    if not near(for_W, [[4.0, 8.0]]):
        reject("weights", "the gradient of the weights is not the mean of the outer products.")
    if not near(for_b, [6.0]):
        reject("bias", "the gradient of the bias is not the mean slope.")
    if wide["raised"] or not near(wide["value"][0], [[4.0, 8.0], [8.0, 16.0]]):
        reject("wide", "with pictures of one number it is right, with pictures of two not: divide by the fakes alone.")


# %% kind="hidden"
def observe(weight_gradients):
    rng = torch.Generator().manual_seed(3)
    z, slopes = (torch.randn(7, n, generator=rng, dtype=torch.float64) for n in (4, 5))
    for_W, for_b = weight_gradients(z, slopes)
    return {"W": for_W, "b": for_b, "z": z, "slopes": slopes}


def judge(seen):
    layer = torch.nn.Linear(4, 5).double()
    loss = (layer(seen["z"]) * seen["slopes"]).sum(1).mean()
    loss.backward()
    if not near(seen["W"], layer.weight.grad):
        reject("weights", "for a layer from 4 to 5 numbers the gradient of the weights is not what backward gives.")
    if not near(seen["b"], layer.bias.grad):
        reject("bias", "for a layer from 4 to 5 numbers the gradient of the bias is not what backward gives.")


# %% kind="wrong" name="only the picture" key="picture"
def weight_gradients(z, to_picture):
    return to_picture, to_picture.mean(0)


# %% kind="wrong" name="transposed" key="turned"
def weight_gradients(z, to_picture):
    return z.T @ to_picture / len(z), to_picture.mean(0)


# %% kind="wrong" name="sum over the batch" key="sum"
def weight_gradients(z, to_picture):
    return to_picture.T @ z, to_picture.sum(0)


# %% kind="wrong" name="means multiplied" key="early"
def weight_gradients(z, to_picture):
    return torch.outer(to_picture.mean(0), z.mean(0)), to_picture.mean(0)


# %% kind="wrong" name="mean over all numbers" key="wide"
def weight_gradients(z, to_picture):
    return to_picture.T @ z / to_picture.numel(), to_picture.mean(0)


# %% kind="wrong" name="bias summed" key="bias"
def weight_gradients(z, to_picture):
    return to_picture.T @ z / len(z), to_picture.sum(0)


# %% kind="wrong" name="no transpose" key="raised"
def weight_gradients(z, to_picture):
    return to_picture @ z / len(z), to_picture.mean(0)


# %% kind="right" name="einsum"
def weight_gradients(z, to_picture):
    return torch.einsum("nd,nk->dk", to_picture, z) / z.shape[0], to_picture.mean(dim=0)


# %% kind="right" name="by backward"
def weight_gradients(z, to_picture):
    W = torch.zeros(to_picture.shape[1], z.shape[1], dtype=z.dtype, requires_grad=True)
    b = torch.zeros(to_picture.shape[1], dtype=z.dtype, requires_grad=True)
    loss = ((z @ W.T + b) * to_picture.detach()).sum(1).mean()
    return torch.autograd.grad(loss, [W, b])


# %% [markdown] kind="explanation"
"""
$\\nabla_W L = \\frac1N\\sum_n (\\nabla_x \\ell_n)\\, z_n^\\top$ and $\\nabla_b L = \\frac1N\\sum_n \\nabla_x \\ell_n$. The source
text stopped at $\\nabla_x$, which has the size of a picture and cannot be subtracted from a weight.
"""

# %% [markdown] kind="task" task="06.5" title="What a perfect D pulls at" points=3 hidden_points=2 minutes=20 difficulty="hard"
"""
Now G also widens: $G(z) = \\mu + \\tau z$, so $q = N(\\mu, \\tau^2)$, while $p = N(0, 1)$ and $D = \\sigma(s)$ is perfect
for the present $\\mu$ and $\\tau$ and *held*. Write `ns_slopes(mean, std, z)`: from a sample `z` of $N(0, 1)$ (float64,
shape (N,)) the slopes of the non-saturating loss in $\\mu$ and in $\\tau$, two floats.
"""

# %% [markdown] kind="hint"
"""
"Held" means: the score is one fixed function of $x$. The parameters of G move only the places where it is read.
"""

# %% [markdown] kind="hint"
"""
$s(x) = \\log p(x) - \\log q(x)$ with the present numbers in $q$. A fake moves by 1 when $\\mu$ does, and by $z$ when $\\tau$
does.
"""

# %% [markdown] kind="hint"
"""
Two tensors that ask for a gradient build $x$; plain numbers build $q$. Then `softplus` of minus the score, the mean, and
`torch.autograd.grad`.
"""


# %% kind="solution"
def ns_slopes(mean, std, z):
    ### BEGIN SOLUTION
    mu, tau = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (mean, std))
    x = mu + tau * z
    s = -x.square() / 2 + ((x - mean) / std).square() / 2 + math.log(std)
    loss = torch.nn.functional.softplus(-s).mean()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [mu, tau]))
    ### END SOLUTION


# %% kind="check"
def observe(ns_slopes):
    z = torch.tensor([-1.5, 0.2, 0.9, 2.0], dtype=torch.float64)
    return [tuple(ns_slopes(1.0, 2.0, z)), tuple(ns_slopes(1.0, 1.0, z))]


def judge(seen):
    z = torch.tensor([-1.5, 0.2, 0.9, 2.0], dtype=torch.float64)

    def parts(mean, std):
        x = mean + std * z
        ratio = torch.exp(-x.square() / 2) / (torch.exp(-z.square() / 2) / std)  # p / q
        believed, steep = ratio / (1 + ratio), -x + z / std  # D, and the slope of the score
        return x, believed, steep

    def pair(weight, steep):
        return ((weight * steep).mean().item(), (weight * steep * z).mean().item())

    exact = [pair(-(1 - D), steep) for _, D, steep in (parts(1.0, 2.0), parts(1.0, 1.0))]
    if not all(len(two) == 2 and all(isinstance(part, float) for part in two) for two in seen):
        reject("pair", "two plain floats are due, for the mean and for the width.")
    if near(seen, exact):
        return
    x, D, steep = parts(1.0, 2.0)
    if near(seen[0], pair(-D, steep)):
        reject("saturating", "these are the slopes of log(1 - D), not of -log D.")
    if near(seen[0], tuple(-v for v in exact[0])):
        reject("sign", "these are the slopes of log D, which would be ascended.")
    if near(seen[0], pair(1 - D, x)):
        reject("moving", "D moved along with G: the density q inside the score has to stay where it is.")
    if near(seen[0], (exact[0][1], exact[0][0])):
        reject("order", "the slope in the mean comes first, then the one in the width.")
    if near(seen[0], pair(-torch.ones_like(D), steep)):
        reject("kl", "these are the slopes of KL(q, p) alone: each fake counts fully, where it should count 1 - D.")
    if near(seen[0], tuple(4 * v for v in exact[0])):
        reject("sum", "the fakes' losses were added up; the loss is their mean.")
    if near(seen[0], (exact[0][0], exact[0][0])):
        reject("way", "both slopes are the same: when the width changes, a fake moves by its z.")
    if near(seen[1], exact[1]):
        reject("width", "with width 1 your slopes are right; with width 2 the density q is not.")
    reject("value", "for four fakes the two slopes are not those of a held, perfect D.")


# %% kind="hidden"
def observe(ns_slopes):
    z = torch.special.ndtri((torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000)
    return [tuple(ns_slopes(mean, std, z)) for mean, std in ((0.0, 1.0), (1.0, 1.0), (0.7, 1.6), (-2.0, 0.5))]


def judge(seen):
    line = torch.linspace(-30, 30, 60_001, dtype=torch.float64)
    for pair, (mean, std) in zip(seen, ((0.0, 1.0), (1.0, 1.0), (0.7, 1.6), (-2.0, 0.5)), strict=True):

        def target(mu, tau):
            """KL(q, p) - 2 JSD(p, q), by a sum over a fine grid."""
            log_p = -line.square() / 2 - math.log(2 * math.pi) / 2
            log_q = -((line - mu) / tau).square() / 2 - math.log(tau) - math.log(2 * math.pi) / 2
            log_m = torch.logaddexp(log_p, log_q)
            terms = log_q.exp() * (log_q - log_p) - log_p.exp() * (log_p - log_m) - log_q.exp() * (log_q - log_m)
            return terms.sum().item() * 1e-3

        due = [(target(mean + a, std + b) - target(mean - a, std - b)) / 2e-4 for a, b in ((1e-4, 0), (0, 1e-4))]
        if not near(pair, tuple(due), atol=3e-3):
            reject("theorem", "for a large sample the slopes are not those of KL(q, p) - 2 JSD(p, q).")


# %% kind="wrong" name="saturating" key="saturating"
def ns_slopes(mean, std, z):
    mu, tau = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (mean, std))
    x = mu + tau * z
    s = -x.square() / 2 + ((x - mean) / std).square() / 2 + math.log(std)
    loss = -torch.nn.functional.softplus(s).mean()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [mu, tau]))


# %% kind="wrong" name="sign" key="sign"
def ns_slopes(mean, std, z):
    mu, tau = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (mean, std))
    x = mu + tau * z
    s = -x.square() / 2 + ((x - mean) / std).square() / 2 + math.log(std)
    loss = -torch.nn.functional.softplus(-s).mean()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [mu, tau]))


# %% kind="wrong" name="q moves along" key="moving"
def ns_slopes(mean, std, z):
    mu, tau = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (mean, std))
    x = mu + tau * z
    s = -x.square() / 2 + ((x - mu) / tau).square() / 2 + math.log(std)
    loss = torch.nn.functional.softplus(-s).mean()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [mu, tau]))


# %% kind="wrong" name="width first" key="order"
def ns_slopes(mean, std, z):
    mu, tau = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (mean, std))
    x = mu + tau * z
    s = -x.square() / 2 + ((x - mean) / std).square() / 2 + math.log(std)
    loss = torch.nn.functional.softplus(-s).mean()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [tau, mu]))


# %% kind="wrong" name="every fake counts fully" key="kl"
def ns_slopes(mean, std, z):
    x = mean + std * z
    pull = x - z / std
    return pull.mean().item(), (pull * z).mean().item()


# %% kind="wrong" name="sum over the fakes" key="sum"
def ns_slopes(mean, std, z):
    mu, tau = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (mean, std))
    x = mu + tau * z
    s = -x.square() / 2 + ((x - mean) / std).square() / 2 + math.log(std)
    loss = torch.nn.functional.softplus(-s).sum()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [mu, tau]))


# %% kind="wrong" name="one slope for both" key="way"
def ns_slopes(mean, std, z):
    x = mean + std * z
    s = -x.square() / 2 + z.square() / 2 + math.log(std)
    pull = (-torch.sigmoid(-s) * (z / std - x)).mean().item()
    return pull, pull


# %% kind="wrong" name="normalisation of q forgotten" key="width"
def ns_slopes(mean, std, z):
    mu, tau = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (mean, std))
    x = mu + tau * z
    s = -x.square() / 2 + ((x - mean) / std).square() / 2
    loss = torch.nn.functional.softplus(-s).mean()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [mu, tau]))


# %% kind="right" name="by hand"
def ns_slopes(mean, std, z):
    x = mean + std * z
    s = -x.square() / 2 + z.square() / 2 + math.log(std)
    pull = -torch.sigmoid(-s) * (z / std - x)
    return pull.mean().item(), (pull * z).mean().item()


# %% kind="right" name="with torch's own laws"
def ns_slopes(mean, std, z):
    one = torch.tensor(1.0, dtype=torch.float64)
    p, q = torch.distributions.Normal(0 * one, one), torch.distributions.Normal(mean * one, std * one)
    mu, tau = (mean * one).requires_grad_(True), (std * one).requires_grad_(True)
    x = mu + tau * z
    loss = -torch.nn.functional.logsigmoid(p.log_prob(x) - q.log_prob(x)).mean()
    return tuple(slope.item() for slope in torch.autograd.grad(loss, [mu, tau]))


# %% [markdown] kind="equivalent"
"""
- `torch.tensor(float(v), dtype=torch.float64, requires_grad=True)` -> `torch.tensor(float(v), requires_grad=True)`: a single float32 number joins the float64 sample; the difference is below every tolerance.
- `torch.tensor(float(v), dtype` -> `torch.tensor(v, dtype`: the type is named anyway.
- `((x - mean) / std).square()` -> `((mean - x) / std).square()`: a square.
"""

# %% [markdown] kind="explanation"
"""
With the score held, $\\partial_\\mu L = -\\mathbb{E}[(1-D)\\,s'(x)]$ and $\\partial_\\tau L = -\\mathbb{E}[(1-D)\\,s'(x)\\,z]$,
where $s'(x) = z/\\tau - x$. By theorem 2.5 these are the slopes of $\\mathrm{KL}(q\\|p) - 2\\,\\mathrm{JSD}(p,q)$. Letting $q$
move inside the score answers another question: how D's loss would change if D followed at once.
"""

# %% [markdown] kind="task" task="06.6" title="Which loss, and when" points=5 minutes=10 difficulty="medium"
"""
A colleague has read that "GANs minimise the Jensen-Shannon divergence, so the two generator losses are interchangeable".
Answer in at most eight sentences: one situation in which they are interchangeable, one in which they are not and what a
log of gradient norms would show there, what each descends when D is perfect, and what "perfect" hides in practice.
"""

# %% [markdown] kind="hint"
"""
Where are D and 1 - D about equal?
"""

# %% [markdown] kind="hint"
"""
Which network's gradient norm fades, and under which loss, when real and fake data lie far apart?
"""

# %% [markdown] kind="hint"
"""
Theorem 2.5 needs the best D at every step. What does your training loop have?
"""

# %% [markdown] kind="answer"
"""
Near the equilibrium, where D is about one half for every sample, both losses have about the same gradient. Early in
training, or when real and fake data lie on separate sheets, they do not: the saturating loss passes on the share D, which
is next to nothing, so the log shows G's gradient norm fading by orders of magnitude while D's accuracy is perfect; under
the non-saturating loss it stays large, and noisy. With a perfect D the first descends twice the Jensen-Shannon
divergence, the second the reverse KL less twice that divergence. In practice D is a few steps behind and of finite size,
so neither statement describes a run: what G descends is whatever the present D measures.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: interchangeable near D = 1/2.
- 1 point: not so where fakes are rejected; the saturating gradient carries the factor D.
- 1 point: the log: G's norm fades under the saturating loss and not under the other, with D right.
- 1 point: 2 JSD against KL(q, p) - 2 JSD, at the perfect D.
- 1 point: no run has the perfect D; the divergence belongs to an idealisation.

Ask those who write "the losses have the same optimum, so they are the same": do two slopes that end in the same valley
have to be equally steep?
"""
