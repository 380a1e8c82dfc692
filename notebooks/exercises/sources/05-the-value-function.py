# %% [markdown] kind="opening"
"""
# 05 The value function

What the best discriminator says, what the game is then worth, and what another weighting, other labels or a forgotten
term change. Six short functions, each with a closed form, and one proof. About 90 minutes.

The two bells of these exercises are $p = N(0, 1)$ for the real numbers and $q = N({GAP}, 1)$ for the generated ones.
"""

# %% kind="variant"
GAP = [1.5, 0.5, 3.0, 2.5]
FAKES = [3, 2, 4, 5]
TIMES = [2, 3, 4, 5]

# %% kind="given"
import math

import torch

STEP = 0.001
GRID = torch.arange(-12, 16, STEP, dtype=torch.float64) + STEP / 2


def normal(mean):
    """The log density of N(mean, 1)."""
    return lambda x: -((x - mean) ** 2) / 2 - math.log(2 * math.pi) / 2


def uniform(low, high):
    """The log density of the uniform law on [low, high]: minus infinity outside."""
    inside, outside = -math.log(high - low), -math.inf
    return lambda x: torch.where((x >= low) & (x <= high), inside, outside).double()


# %% [markdown] kind="task" task="05.1" title="The best judge" points=1 hidden_points=1 minutes=10 difficulty="easy"
"""
Write `best_judge(x)`: $D^*(x)$ for the two bells. A float64 tensor of any shape comes in, one of the same shape goes
out. It should be right far out too, at $x = \\pm 100$, where both densities are too small for a computer.
"""

# %% [markdown] kind="hint"
"""
The two densities appear only through their ratio, and the ratio only through its logarithm.
"""

# %% [markdown] kind="hint"
"""
$D^* = \\sigma(s^*)$ with $s^* = \\log p - \\log q$: a straight line in $x$. Where does it cross zero?
"""

# %% [markdown] kind="hint"
"""
`torch.sigmoid(d * d / 2 - d * x)`, with the distance of the bells in the place of `d`.
"""


# %% kind="solution"
def best_judge(x):
    ### BEGIN SOLUTION
    return torch.sigmoid(GAP * (GAP / 2 - x))
    ### END SOLUTION


# %% kind="check"
def observe(best_judge):
    places = torch.tensor([0.0, GAP / 2, GAP, -1.0], dtype=torch.float64)
    return {"near": best_judge(places), "far": best_judge(torch.tensor([[-100.0, 100.0]], dtype=torch.float64))}


def judge(seen):
    s = torch.tensor([GAP * GAP / 2, 0.0, -GAP * GAP / 2, GAP * GAP / 2 + GAP], dtype=torch.float64)
    due, found = torch.sigmoid(s), seen["near"]
    if near(found, 1 - due):
        reject("generated", "this is the probability of generated; D is the probability of real.")
    if near(found, s):
        reject("score", "this is the score, the logarithm of the ratio; D is a probability.")
    if near(found, torch.exp(s)):
        reject("ratio", "this is the ratio p/q itself, and it can be larger than one.")
    if near(found[1], torch.exp(torch.tensor(-GAP * GAP / 8, dtype=torch.float64)) / math.sqrt(2 * math.pi)):
        reject("density", "this is the height of the real bell alone; the judge compares it with the other one.")
    if not near(found[1], 0.5):
        reject("middle", "midway between the bells the judge should be undecided.")
    if not near(found, due):
        reject("value", "midway the answer is right, at the tops of the bells it is not: how steep is the score?")
    if not torch.isfinite(seen["far"]).all():
        reject("far", "at -100 or at 100 the answer is not a number: zero over zero. Work with the logarithms.")
    if not near(seen["far"], [[1.0, 0.0]]):
        reject("far", "at -100 the judge should be sure of real, at 100 of generated.")


# %% kind="hidden"
def observe(best_judge):
    x = torch.linspace(-9, 11, 40, dtype=torch.float64).reshape(5, 8)
    return {"x": x, "found": best_judge(x)}


def judge(seen):
    p, q = normal(0.0)(seen["x"]).exp(), normal(GAP)(seen["x"]).exp()
    if tuple(seen["found"].shape) != (5, 8):
        reject("shape", "the answer has another shape than the places.")
    if not near(seen["found"], p / (p + q)):
        reject("value", "on a grid of places the answer is not the share of p in p + q.")


# %% kind="wrong" name="probability of generated" key="generated"
def best_judge(x):
    return torch.sigmoid(GAP * x - GAP * GAP / 2)


# %% kind="wrong" name="the score" key="score"
def best_judge(x):
    return GAP * GAP / 2 - GAP * x


# %% kind="wrong" name="the ratio" key="ratio"
def best_judge(x):
    return torch.exp(GAP * GAP / 2 - GAP * x)


# %% kind="wrong" name="one bell" key="density"
def best_judge(x):
    return normal(0.0)(x).exp()


# %% kind="wrong" name="crossing at the wrong place" key="middle"
def best_judge(x):
    return torch.sigmoid(GAP * GAP - GAP * x)


# %% kind="wrong" name="a certain judge" key="value"
def best_judge(x):
    return torch.where(x == GAP / 2, 0.5, (x < GAP / 2).double())


# %% kind="wrong" name="ratio of underflowed densities" key="far"
def best_judge(x):
    p, q = normal(0.0)(x).exp(), normal(GAP)(x).exp()
    return p / (p + q)


# %% kind="wrong" name="the lesson's distance" key="middle"
def best_judge(x):
    return torch.sigmoid(0.5 - x)


# %% kind="right" name="difference of the log densities"
def best_judge(x):
    return torch.sigmoid(normal(0.0)(x) - normal(GAP)(x))


# %% kind="right" name="softmax over the two bells"
def best_judge(x):
    return torch.softmax(torch.stack([normal(0.0)(x), normal(GAP)(x)]), dim=0)[0]


# %% [markdown] kind="explanation"
"""
$\\log p - \\log q = \\tfrac12 (x - d)^2 - \\tfrac12 x^2 = d^2/2 - dx$, so $D^*(x) = \\sigma(d(d/2 - x))$. For the distance
1, $D^*(0) = \\sigma(0.5) = 0.6225$: at the top of the real bell the judge is far from sure.
"""

# %% [markdown] kind="task" task="05.2" title="What the game is worth" points=2 hidden_points=1 minutes=10 difficulty="easy"
"""
Two laws on the same $K$ places, given by their probabilities: `p` and `q`, float64 tensors of shape (K,), each adding up
to one, zeros allowed. Write `value(p, q)`: $V(D^*, G)$, one number. A place where a law has probability zero adds
nothing to its mean.
"""

# %% [markdown] kind="hint"
"""
A mean is a sum of probability times value. D answers $p/(p+q)$ at each place.
"""

# %% [markdown] kind="hint"
"""
$\\sum_k p_k \\log\\frac{p_k}{p_k+q_k} + q_k \\log\\frac{q_k}{p_k+q_k}$, with $0 \\log 0 = 0$.
"""

# %% [markdown] kind="hint"
"""
`torch.xlogy(a, b)` is a · log b, and 0 where a is 0. For places that neither law visits, subtract `xlogy` of the sum
instead of dividing by it.
"""


# %% kind="solution"
def value(p, q):
    ### BEGIN SOLUTION
    both = p + q
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(both, both)).sum().item()
    ### END SOLUTION


# %% kind="check"
def observe(value):
    laws = {
        "equal": ([0.5, 0.3, 0.2], [0.5, 0.3, 0.2]),
        "other": ([0.5, 0.4, 0.1], [0.1, 0.2, 0.7]),
        "apart": ([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]),
        "empty": ([0.5, 0.5, 0.0], [0.5, 0.5, 0.0]),
    }
    return {name: float(value(*torch.tensor(pair, dtype=torch.float64))) for name, pair in laws.items()}


def judge(seen):
    p, q = torch.tensor([[0.5, 0.4, 0.1], [0.1, 0.2, 0.7]], dtype=torch.float64)
    due = (p * (p / (p + q)).log() + q * (q / (p + q)).log()).sum().item()
    if near(seen["other"], -due):
        reject("sign", "this is the loss of D, which is minus the value.")
    if near(seen["other"], due / 2) or near(seen["equal"], -math.log(2)):
        reject("half", "the two means are added in the value, not averaged.")
    if near(seen["equal"], 0.0):
        reject("divergence", "for equal laws the divergence is zero; the value is not the divergence.")
    if near(seen["other"], ((p + q) * (p / (p + q)).log()).sum().item()):
        reject("both", "under q the judge is paid for saying generated: log(1 - D), not log D.")
    if near(seen["equal"], -math.log(4) / 3):
        reject("places", "this was divided by the number of places; a mean over a law is a sum over places.")
    if near(seen["equal"], -2.0):
        reject("bits", "this is in bits; the lesson's logarithm is the natural one.")
    if near(seen["other"], (p / (p + q)).log().sum().item() + (q / (p + q)).log().sum().item()):
        reject("weights", "every place counts as much as the others; weigh each by the probability that it comes up.")
    if not near(seen["equal"], -math.log(4)):
        reject("equal", "for equal laws D answers one half everywhere: what are the two means then?")
    if not near(seen["other"], due):
        reject("value", "for two overlapping laws the two means are not right.")
    if not math.isfinite(seen["apart"]):
        reject("zeros", "laws that do not meet should have a finite value: a place of probability zero adds nothing.")
    if not near(seen["apart"], 0.0):
        reject("apart", "laws that do not meet are told apart without a mistake: neither term costs anything.")
    if not near(seen["empty"], -math.log(4)):
        reject("empty", "a place that neither law visits should change nothing.")


# %% kind="hidden"
def observe(value):
    rng = torch.Generator().manual_seed(3)
    p, q = torch.rand(2, 9, generator=rng, dtype=torch.float64)
    p[0] = q[3] = p[5] = q[5] = 0.0
    p, q = p / p.sum(), q / q.sum()
    return {"p": p, "q": q, "one": float(value(p, q)), "other": float(value(q, p))}


def judge(seen):
    m = (seen["p"] + seen["q"]) / 2
    halves = [torch.where(law > 0, law * (law / m).log(), 0.0).sum() for law in (seen["p"], seen["q"])]
    if not near(seen["one"], (sum(halves) - math.log(4)).item()):
        reject("value", "for laws with some zeros the value is not twice the Jensen-Shannon divergence less log 4.")
    if not near(seen["one"], seen["other"]):
        reject("symmetric", "the value should not change when the two laws change places.")


# %% kind="wrong" name="D's loss" key="sign"
def value(p, q):
    return -(torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(p + q, p + q)).sum().item()


# %% kind="wrong" name="averaged" key="half"
def value(p, q):
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(p + q, p + q)).sum().item() / 2


# %% kind="wrong" name="the divergence" key="divergence"
def value(p, q):
    m = (p + q) / 2
    return ((torch.xlogy(p, p) + torch.xlogy(q, q)) / 2 - torch.xlogy(m, m)).sum().item()


# %% kind="wrong" name="places not weighted" key="weights"
def value(p, q):
    d = p / (p + q)
    return (d.log() + (1 - d).log()).sum().item()


# %% kind="wrong" name="only the real term" key="half"
def value(p, q):
    return torch.xlogy(p, p / (p + q)).sum().item()


# %% kind="wrong" name="zero times minus infinity" key="zeros"
def value(p, q):
    d = p / (p + q)
    return (p * d.log() + q * (1 - d).log()).sum().item()


# %% kind="wrong" name="zero over zero" key="empty"
def value(p, q):
    d = p / (p + q)
    return (torch.xlogy(p, d) + torch.xlogy(q, 1 - d)).sum().item()


# %% kind="wrong" name="log D under both laws" key="both"
def value(p, q):
    d = p / (p + q)
    return (torch.xlogy(p, d) + torch.xlogy(q, d)).sum().item()


# %% kind="wrong" name="mean over the places" key="places"
def value(p, q):
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(p + q, p + q)).mean().item()


# %% kind="wrong" name="in bits" key="bits"
def value(p, q):
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(p + q, p + q)).sum().item() / math.log(2)


# %% kind="wrong" name="D held at one half" key="value"
def value(p, q):
    return -math.log(4)


# %% kind="right" name="places with probability only"
def value(p, q):
    real, fake = p > 0, q > 0
    d = p / (p + q)
    return ((p[real] * d[real].log()).sum() + (q[fake] * torch.log1p(-d[fake])).sum()).item()


# %% kind="right" name="place by place"
def value(p, q):
    total = 0.0
    for a, b in zip(p.tolist(), q.tolist()):
        total += a * math.log(a / (a + b)) if a else 0.0
        total += b * math.log(b / (a + b)) if b else 0.0
    return total


# %% [markdown] kind="equivalent"
"""
- `.sum().item()` -> `.sum()`: a tensor with one number is as good as a float here.
"""

# %% [markdown] kind="explanation"
"""
From $-\\log 4$ for equal laws up to 0 for laws that do not meet: $2\\,\\mathrm{JSD} - \\log 4$. The places may be moved
about as one likes: a value of 0 does not say how far apart the laws are.
"""

# %% [markdown] kind="task" task="05.3" title="Too many fakes" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
A loop shows D {FAKES} fakes for each real picture, in one batch with one mean over all of them. Write
`best_with_crowd(p, q)`: what the best D answers at points with the densities `p` and `q` (float64 tensors of one shape,
above zero).
"""

# %% [markdown] kind="hint"
"""
The judge's question is now: of all pictures in the batch that look like this, which share is real?
"""

# %% [markdown] kind="hint"
"""
$\\pi p \\log D + (1-\\pi) q \\log(1-D)$ is highest at $D = \\pi p / (\\pi p + (1-\\pi) q)$, where $\\pi$ is the share of real
pictures in the batch.
"""

# %% [markdown] kind="hint"
"""
Divide above and below by $\\pi$: what is left is p over p plus a whole number times q.
"""


# %% kind="solution"
def best_with_crowd(p, q):
    ### BEGIN SOLUTION
    return p / (p + FAKES * q)
    ### END SOLUTION


# %% kind="check"
def observe(best_with_crowd):
    return best_with_crowd(*torch.tensor([[1.0, 2.0, 0.3], [1.0, 0.5, 0.6]], dtype=torch.float64))


def judge(seen):
    p, q = torch.tensor([[1.0, 2.0, 0.3], [1.0, 0.5, 0.6]], dtype=torch.float64)
    if near(seen, p / (p + q)):
        reject("even", "this is the answer for as many fakes as real pictures.")
    if near(seen, FAKES * p / (FAKES * p + q)):
        reject(
            "inverted", "where the densities are equal your judge leans to real; in this batch most pictures are fakes."
        )
    if near(seen, FAKES * q / (p + FAKES * q)):
        reject("generated", "this is the probability of generated.")
    if near(seen, p / (p + q) / (1 + FAKES)):
        reject(
            "scaled", "the share of real pictures belongs on the densities before they are compared, not on the answer."
        )
    if near(seen, p / (p + (FAKES - 1) * q)) or near(seen, p / (p + (FAKES + 1) * q)):
        reject("count", "the weights of real and generated are one to the number of fakes for each real picture.")
    if not near(seen[0], 1 / (1 + FAKES)):
        reject("equal", "where the densities are equal, D should answer the share of real pictures in the batch.")
    if not near(seen, p / (p + FAKES * q)):
        reject(
            "value",
            "where the densities differ, the answer is not the share of real pictures among those that look so.",
        )


# %% kind="hidden"
def observe(best_with_crowd):
    p, q = torch.tensor([[0.01, 3.0, 0.7, 1e-9], [0.2, 0.1, 0.7, 1.0]], dtype=torch.float64).reshape(2, 2, 2)
    return {"p": p, "q": q, "found": best_with_crowd(p, q)}


def judge(seen):
    d, (p, q) = seen["found"], (seen["p"], seen["q"])
    if not near(p * (1 - d), FAKES * q * d):
        reject("value", "the slope of the weighted value does not vanish at the answer.")


# %% kind="wrong" name="even batches" key="even"
def best_with_crowd(p, q):
    return p / (p + q)


# %% kind="wrong" name="weights exchanged" key="inverted"
def best_with_crowd(p, q):
    return FAKES * p / (FAKES * p + q)


# %% kind="wrong" name="probability of generated" key="generated"
def best_with_crowd(p, q):
    return FAKES * q / (p + FAKES * q)


# %% kind="wrong" name="answer scaled" key="scaled"
def best_with_crowd(p, q):
    return p / (p + q) / (1 + FAKES)


# %% kind="wrong" name="weights of the whole batch" key="count"
def best_with_crowd(p, q):
    return p / (p + (1 + FAKES) * q)


# %% kind="wrong" name="one third" key="equal"
def best_with_crowd(p, q):
    return torch.full_like(p, 0.3)


# %% kind="wrong" name="the share alone" key="value"
def best_with_crowd(p, q):
    return torch.full_like(p, 1 / (1 + FAKES))


# %% kind="right" name="with the share of real pictures"
def best_with_crowd(p, q):
    share = 1 / (1 + FAKES)
    return share * p / (share * p + (1 - share) * q)


# %% kind="right" name="a shifted score"
def best_with_crowd(p, q):
    return torch.sigmoid(p.log() - q.log() - math.log(FAKES))


# %% [markdown] kind="explanation"
"""
$D^* = \\pi p/(\\pi p + (1-\\pi) q)$; where $p = q$ that is $\\pi$. With two fakes for a real picture D says $\\tfrac13$ at the
equilibrium, with three $\\tfrac14$. One of the source texts weighs its fakes three times as much by accident, once in a
joint batch and once alone: its D settles at $\\tfrac14$, and nothing is wrong with the generator.
"""

# %% [markdown] kind="task" task="05.4" title="Labels that are not sure" points=2 hidden_points=2 minutes=10 difficulty="medium"
"""
D is trained by cross-entropy with the label `on_real` instead of 1 on real pictures and `on_fake` instead of 0 on
fakes. Write `best_with_labels(p, q, on_real, on_fake)`: what the best D answers where the densities are `p` and `q`.
Floats come in, a float goes out.
"""

# %% [markdown] kind="hint"
"""
Cross-entropy with the label $t$ is $-t\\log D - (1-t)\\log(1-D)$. Collect what stands before $\\log D$.
"""

# %% [markdown] kind="hint"
"""
At the point the loss is $-a \\log D - b \\log(1-D)$ with $a + b = p + q$. Where is it lowest?
"""

# %% [markdown] kind="hint"
"""
The mean label of the pictures that look like this: each label weighted by its density, over the sum of the densities.
"""


# %% kind="solution"
def best_with_labels(p, q, on_real, on_fake):
    ### BEGIN SOLUTION
    return (on_real * p + on_fake * q) / (p + q)
    ### END SOLUTION


# %% kind="check"
def observe(best_with_labels):
    cases = [
        (1.0, 1.0, 0.9, 0.0),
        (0.6, 0.2, 1.0, 0.0),
        (0.6, 0.2, 0.9, 0.0),
        (0.6, 0.2, 0.9, 0.1),
        (0.0, 0.5, 0.9, 0.1),
    ]
    return [float(best_with_labels(*case)) for case in cases]


def judge(seen):
    if near(seen[1], 0.25):
        reject("generated", "with the labels 1 and 0 the answer should be the probability of real.")
    if not near(seen[1], 0.75):
        reject("plain", "with the labels 1 and 0 the answer should be that of the lesson.")
    if near(seen[0], 0.9 / 1.9):
        reject(
            "shares",
            "a soft label does not make real pictures rarer: the other part of the label goes to the other answer.",
        )
    if near(seen[0], 0.5):
        reject("ignored", "the label on real pictures changes nothing in your answer.")
    if not near(seen[0], 0.45):
        reject("real", "with 0.9 on real pictures and equal densities D should answer 0.45.")
    if near(seen[3], seen[2]):
        reject("fake", "the label on fakes changes nothing in your answer.")
    if not near(seen[3], 0.7):
        reject(
            "both", "with labels on both sides the answer is not the mean label of the pictures that look like this."
        )
    if not near(seen[4], 0.1):
        reject("alone", "where only fakes are found, D should answer their label.")


# %% kind="hidden"
def observe(best_with_labels):
    return [
        float(best_with_labels(*case)) for case in ((0.1, 0.7, 0.8, 0.3), (2.0, 0.0, 0.95, 0.2), (3.0, 1.0, 0.7, 0.7))
    ]


def judge(seen):
    if not near(seen, [0.3625, 0.95, 0.7]):
        reject("value", "for other densities and labels the answer is not the mean label.")


# %% kind="wrong" name="probability of generated" key="generated"
def best_with_labels(p, q, on_real, on_fake):
    return (on_real * q + on_fake * p) / (p + q)


# %% kind="wrong" name="one half always" key="plain"
def best_with_labels(p, q, on_real, on_fake):
    return on_real / 2 + on_fake / 2


# %% kind="wrong" name="label as a weight" key="shares"
def best_with_labels(p, q, on_real, on_fake):
    return on_real * p / (on_real * p + (1 - on_fake) * q)


# %% kind="wrong" name="no labels" key="ignored"
def best_with_labels(p, q, on_real, on_fake):
    return p / (p + q)


# %% kind="wrong" name="label to the wrong power" key="real"
def best_with_labels(p, q, on_real, on_fake):
    return (on_real**2 * p + on_fake**2 * q) / (p + q)


# %% kind="wrong" name="one side only" key="fake"
def best_with_labels(p, q, on_real, on_fake):
    return on_real * p / (p + q)


# %% kind="wrong" name="fakes pull down" key="both"
def best_with_labels(p, q, on_real, on_fake):
    return (on_real * p - on_fake * q) / (p + q)


# %% kind="wrong" name="clipped to the real label" key="both"
def best_with_labels(p, q, on_real, on_fake):
    return min(on_real, on_real * p / (p + q) + on_fake)


# %% kind="right" name="between the two labels"
def best_with_labels(p, q, on_real, on_fake):
    share = p / (p + q)
    return on_fake + (on_real - on_fake) * share


# %% kind="right" name="from the two coefficients"
def best_with_labels(p, q, on_real, on_fake):
    says_real = on_real * p + on_fake * q
    says_fake = (1 - on_real) * p + (1 - on_fake) * q
    return says_real / (says_real + says_fake)


# %% [markdown] kind="explanation"
"""
$D^* = (\\alpha p + \\beta q)/(p + q)$. One-sided smoothing, $\\alpha = 0.9$ and $\\beta = 0$, moves the equilibrium to 0.45 and
is still a function of the density ratio. With $\\beta > 0$ the answer on fakes that lie far from the data is $\\beta$
instead of 0: D no longer says clearly how bad they are, which is why only the real side is smoothed (Salimans et al.,
2016).
"""

# %% [markdown] kind="task" task="05.5" title="Jensen and Shannon by quadrature" points=2 hidden_points=2 minutes=15 difficulty="hard"
"""
Write `jensen_shannon(log_p, log_q)`: $\\mathrm{JSD}(p, q)$, one number, by the midpoint rule on the given `GRID` with its
`STEP`. Both arguments are log densities as `normal(...)` and `uniform(...)` return them; where a law has no mass its log
density is $-\\infty$. An error below $10^{-3}$ is good enough.
"""

# %% [markdown] kind="hint"
"""
$\\mathrm{JSD} = \\tfrac12 \\mathrm{KL}(p\\|m) + \\tfrac12 \\mathrm{KL}(q\\|m)$ with $m = \\tfrac12 (p + q)$. An integral is a sum times the step.
"""

# %% [markdown] kind="hint"
"""
Write it as $\\int \\tfrac12 p \\log p + \\tfrac12 q \\log q - m \\log m$: then nothing is ever divided, and $0 \\log 0 = 0$ is
all that has to be settled.
"""

# %% [markdown] kind="hint"
"""
The densities are the exponentials of the log densities on the grid. Then three calls of `torch.xlogy` (with p, with q,
with their mean), a sum, times the step.
"""


# %% kind="solution"
def jensen_shannon(log_p, log_q):
    ### BEGIN SOLUTION
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    m = (p + q) / 2
    halves = (torch.xlogy(p, p) + torch.xlogy(q, q)) / 2
    return (halves - torch.xlogy(m, m)).sum().item() * STEP
    ### END SOLUTION


# %% kind="check"
def observe(jensen_shannon):
    pairs = {
        "equal": (normal(0.0), normal(0.0)),
        "bells": (normal(0.0), normal(GAP)),
        "apart": (uniform(0.0, 1.0), uniform(3.0, 4.0)),
        "half": (uniform(0.0, 2.0), uniform(1.0, 3.0)),
    }
    return {name: float(jensen_shannon(*pair)) for name, pair in pairs.items()}


def judge(seen):
    s = GAP * GAP / 2 - GAP * GRID
    p = normal(0.0)(GRID).exp()
    bells = math.log(2) + STEP * (p * torch.nn.functional.logsigmoid(s)).sum().item()
    if near(seen["bells"], 2 * bells, atol=1e-3):
        reject("half", "the halves are missing: the divergence is the mean of two KL divergences, not their sum.")
    if near(seen["bells"], GAP * GAP / 2, atol=1e-3) or near(seen["bells"], GAP * GAP / 4, atol=1e-3):
        reject(
            "kl", "this compares the bells with each other or with a geometric mean; m is the mean of the two heights."
        )
    if near(seen["bells"], -bells, atol=1e-3):
        reject("sign", "a divergence is not negative: the sign is wrong.")
    if near(seen["equal"], -math.log(4), atol=1e-3):
        reject("value", "this is the value of the game; the divergence of equal laws is zero.")
    if near(seen["bells"], bells / math.log(2), atol=1e-3):
        reject("bits", "this is in bits; the lesson's logarithm is the natural one.")
    if near(seen["bells"], math.sqrt(bells), atol=1e-3):
        reject("root", "this is the square root of the divergence, which some libraries return as its distance.")
    if near(seen["bells"], math.erf(GAP / math.sqrt(8)), atol=1e-3):
        reject("variation", "this is the total variation, half of the area between the bells.")
    if near(seen["bells"], bells / STEP, atol=0.1):
        reject("step", "a sum over the grid is not yet an integral: each place stands for a short piece of the line.")
    if not near(seen["equal"], 0.0, atol=1e-3):
        reject("equal", "the divergence of equal laws should be zero.")
    if not near(seen["bells"], bells, atol=1e-3):
        reject("bells", "for the two bells the divergence is not right.")
    if not math.isfinite(seen["apart"]):
        reject(
            "zeros", "where a law has no mass the answer is not a finite number: zero times log zero counts as zero."
        )
    if not near(seen["apart"], math.log(2), atol=1e-3):
        reject("apart", "for two laws that do not meet the divergence should be log 2.")
    if not near(seen["half"], math.log(2) / 2, atol=2e-3):
        reject("overlap", "for two laws that share half of their mass the divergence should be half of log 2.")


# %% kind="hidden"
def observe(jensen_shannon):
    pairs = [(uniform(-1.0, 0.0), normal(12.0)), (uniform(0.0, 1.0), uniform(0.0, 4.0)), (normal(3.0), normal(1.0))]
    return [float(jensen_shannon(*pair)) for pair in pairs] + [float(jensen_shannon(*pair[::-1])) for pair in pairs]


def judge(seen):
    quarter = (math.log(1 / 0.625) + 0.25 * math.log(0.25 / 0.625) + 0.75 * math.log(2)) / 2
    if not near(seen[:2], [math.log(2), quarter], atol=2e-3):
        reject(
            "value",
            "for a uniform law against a bell far off, or inside a wider uniform law, the divergence is not right.",
        )
    if not near(seen[2], 0.33683, atol=1e-3):
        reject("bells", "for two bells at a distance of 2 the divergence is not right.")
    if not near(seen[:3], seen[3:], atol=1e-6):
        reject("symmetric", "the divergence should not change when the laws change places.")


# %% kind="wrong" name="sum of two KLs" key="half"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    m = (p + q) / 2
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - 2 * torch.xlogy(m, m)).sum().item() * STEP


# %% kind="wrong" name="KL of the two laws" key="kl"
def jensen_shannon(log_p, log_q):
    p = log_p(GRID).exp()
    return torch.where(p > 0, p * (log_p(GRID) - log_q(GRID)), 0.0).sum().item() * STEP


# %% kind="wrong" name="middle of the logarithms" key="kl"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    log_m = (log_p(GRID) + log_q(GRID)) / 2
    return ((p * (log_p(GRID) - log_m) + q * (log_q(GRID) - log_m)) / 2).sum().item() * STEP


# %% kind="wrong" name="turned round" key="sign"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    m = (p + q) / 2
    return (torch.xlogy(m, m) - (torch.xlogy(p, p) + torch.xlogy(q, q)) / 2).sum().item() * STEP


# %% kind="wrong" name="the game's value" key="value"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    both = p + q
    return (torch.xlogy(p, p) + torch.xlogy(q, q) - torch.xlogy(both, both)).sum().item() * STEP


# %% kind="wrong" name="in bits" key="bits"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    m = (p + q) / 2
    nats = ((torch.xlogy(p, p) + torch.xlogy(q, q)) / 2 - torch.xlogy(m, m)).sum().item() * STEP
    return nats / math.log(2)


# %% kind="wrong" name="the distance" key="root"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    m = (p + q) / 2
    halves = (torch.xlogy(p, p) + torch.xlogy(q, q)) / 2
    return max((halves - torch.xlogy(m, m)).sum().item() * STEP, 0.0) ** 0.5


# %% kind="wrong" name="total variation" key="variation"
def jensen_shannon(log_p, log_q):
    return (log_p(GRID).exp() - log_q(GRID).exp()).abs().sum().item() * STEP / 2


# %% kind="wrong" name="no step" key="step"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    m = (p + q) / 2
    return ((torch.xlogy(p, p) + torch.xlogy(q, q)) / 2 - torch.xlogy(m, m)).sum().item()


# %% kind="wrong" name="zero over zero" key="zeros"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    m = (p + q) / 2
    return ((p * (p / m).log() + q * (q / m).log()) / 2).sum().item() * STEP


# %% kind="wrong" name="places where both laws live" key="apart"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    both = (p > 0) & (q > 0)
    p, q = p[both], q[both]
    m = (p + q) / 2
    return ((p * (p / m).log() + q * (q / m).log()) / 2).sum().item() * STEP


# %% kind="right" name="from the value of the game"
def jensen_shannon(log_p, log_q):
    p, q = log_p(GRID).exp(), log_q(GRID).exp()
    real = torch.xlogy(p, p / (p + q).clamp(min=1e-300)).sum()
    fake = torch.xlogy(q, q / (p + q).clamp(min=1e-300)).sum()
    return math.log(2) + (real + fake).item() * STEP / 2


# %% kind="right" name="each law where it lives"
def jensen_shannon(log_p, log_q):
    total = 0.0
    for one, other in ((log_p(GRID), log_q(GRID)), (log_q(GRID), log_p(GRID))):
        here = one > -600
        log_m = torch.logaddexp(one[here], other[here]) - math.log(2)
        total += (one[here].exp() * (one[here] - log_m)).sum().item() * STEP / 2
    return total


# %% [markdown] kind="equivalent"
"""
- `.sum().item()` -> `.sum()`: a tensor with one number is as good as a float here.
"""

# %% [markdown] kind="explanation"
"""
Uniform laws that share half of their mass have exactly $\\tfrac12\\log 2$: where they overlap $p = q = m$ and nothing is
added, elsewhere $\\log\\frac pm = \\log 2$. Once the overlap is gone the divergence is $\\log 2$ at any distance.
"""

# %% [markdown] kind="task" task="05.6" title="The term that was left out" points=2 hidden_points=2 minutes=20 difficulty="hard"
"""
One of the source texts updates D by the gradient of its real term alone. Write the whole of it by hand, without
automatic differentiation: D has the score $s(x) = {TIMES}\\, w^\\top x$, and
$L_D = -\\mathbb{E}_p \\log D - \\mathbb{E}_q \\log(1 - D)$. `discriminator_gradient(w, real, fake)` returns
$\\nabla_w L_D$, of shape (d,), for `w` of shape (d,), `real` of shape (N, d) and `fake` of shape (M, d), all float64.
"""

# %% [markdown] kind="hint"
"""
First the slope of each term in the score, then the slope of the score in $w$.
"""

# %% [markdown] kind="hint"
"""
$\\frac{d}{ds}(-\\log\\sigma(s)) = -(1 - \\sigma(s))$ and $\\frac{d}{ds}(-\\log(1 - \\sigma(s))) = \\sigma(s)$; and
$\\nabla_w s = {TIMES}\\, x$.
"""

# %% [markdown] kind="hint"
"""
Two means over rows, each of a number per row times that row: `(numbers[:, None] * rows).mean(0)`. The real rows push
with minus, the fakes with plus.
"""


# %% kind="solution"
def discriminator_gradient(w, real, fake):
    ### BEGIN SOLUTION
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    real_term = -((1 - d_real)[:, None] * real).mean(0)
    fake_term = (d_fake[:, None] * fake).mean(0)
    return TIMES * (real_term + fake_term)
    ### END SOLUTION


# %% kind="check"
def observe(discriminator_gradient):
    w = torch.tensor([0.3, -0.2], dtype=torch.float64)
    real = torch.tensor([[1.0, 2.0], [0.5, -1.0]], dtype=torch.float64)
    fake = torch.tensor([[-1.0, 0.5], [0.0, 1.5], [2.0, 1.0], [-0.5, -0.5]], dtype=torch.float64)
    return {"w": w, "real": real, "fake": fake, "found": discriminator_gradient(w, real, fake)}


def judge(seen):
    w, real, fake, found = (seen[name] for name in ("w", "real", "fake", "found"))
    a, b = torch.sigmoid(TIMES * real @ w)[:, None], torch.sigmoid(TIMES * fake @ w)[:, None]
    first, second = -TIMES * ((1 - a) * real), TIMES * (b * fake)
    due = first.mean(0) + second.mean(0)
    if tuple(found.shape) != (2,):
        reject("shape", "the gradient should have the shape of w: one number for each of its entries.")
    if near(found, first.mean(0)):
        reject("real", "the fake term is missing, as in the source text: nothing tells D which points are generated.")
    if near(found, second.mean(0)):
        reject("fake", "the real term is missing.")
    if near(found, -due):
        reject("ascent", "this is the gradient of V, which D climbs; the loss is minus V.")
    if near(found, first.mean(0) - second.mean(0)):
        reject("sign", "real and generated rows push in the same direction; the fake term has the wrong sign.")
    if near(found, first.sum(0) + second.sum(0)):
        reject("sum", "the rows were added up, but the loss is made of means.")
    if near(found, due / TIMES):
        reject("score", "the factor inside the score is missing in its slope.")
    if near(found, -TIMES * (a * real).mean(0) + TIMES * ((1 - b) * fake).mean(0)):
        reject("sure", "D's slopes were exchanged: a row should push hard where D is wrong about it.")
    if near(found, (first.sum(0) + second.sum(0)) / (len(real) + len(fake))):
        reject("pooled", "the loss has two means, each over its own rows, however many the other batch has.")
    if near(found, -TIMES * (a * (1 - a) * real).mean(0) + TIMES * (b * (1 - b) * fake).mean(0)):
        reject("logarithm", "this is the slope of D itself, D(1 - D); the loss takes its logarithm first.")
    if near(found, -TIMES * (1 - a).mean() * real.mean(0) + TIMES * b.mean() * fake.mean(0)):
        reject("early", "the numbers and the rows were averaged before they were multiplied.")
    if not near(found, due, atol=1e-6):
        reject("value", "the result is not the gradient of the loss.")


# %% kind="hidden"
def observe(discriminator_gradient):
    rng = torch.Generator().manual_seed(8)
    w, real, fake = (torch.randn(*shape, generator=rng, dtype=torch.float64) for shape in ((3,), (5, 3), (7, 3)))
    return {"w": w, "real": real, "fake": fake, "found": discriminator_gradient(w, real, fake)}


def judge(seen):
    w = seen["w"].clone().requires_grad_(True)
    softplus = torch.nn.functional.softplus
    loss = softplus(-TIMES * seen["real"] @ w).mean() + softplus(TIMES * seen["fake"] @ w).mean()
    (due,) = torch.autograd.grad(loss, w)
    if not near(seen["found"], due, atol=1e-6):
        reject("value", "on another batch the result is not what automatic differentiation finds.")


# %% kind="wrong" name="the source text's" key="real"
def discriminator_gradient(w, real, fake):
    d_real = torch.sigmoid(TIMES * real @ w)
    return -TIMES * ((1 - d_real)[:, None] * real).mean(0)


# %% kind="wrong" name="only the fakes" key="fake"
def discriminator_gradient(w, real, fake):
    d_fake = torch.sigmoid(TIMES * fake @ w)
    return TIMES * (d_fake[:, None] * fake).mean(0)


# %% kind="wrong" name="of the value" key="ascent"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return TIMES * (((1 - d_real)[:, None] * real).mean(0) - (d_fake[:, None] * fake).mean(0))


# %% kind="wrong" name="fakes with the wrong sign" key="sign"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return -TIMES * (((1 - d_real)[:, None] * real).mean(0) + (d_fake[:, None] * fake).mean(0))


# %% kind="wrong" name="sums" key="sum"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return TIMES * (d_fake @ fake - (1 - d_real) @ real)


# %% kind="wrong" name="slope of the score" key="score"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return (d_fake[:, None] * fake).mean(0) - ((1 - d_real)[:, None] * real).mean(0)


# %% kind="wrong" name="slopes exchanged" key="sure"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return TIMES * (((1 - d_fake)[:, None] * fake).mean(0) - (d_real[:, None] * real).mean(0))


# %% kind="wrong" name="one number" key="shape"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return TIMES * (d_fake.mean() - (1 - d_real).mean())


# %% kind="wrong" name="one mean for both batches" key="pooled"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return TIMES * (d_fake @ fake - (1 - d_real) @ real) / (len(real) + len(fake))


# %% kind="wrong" name="slope of D" key="logarithm"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    for_real, for_fake = d_real * (1 - d_real), d_fake * (1 - d_fake)
    return TIMES * (for_fake @ fake / len(fake) - for_real @ real / len(real))


# %% kind="wrong" name="means multiplied" key="early"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(TIMES * real @ w), torch.sigmoid(TIMES * fake @ w)
    return TIMES * (d_fake.mean() * fake.mean(0) - (1 - d_real).mean() * real.mean(0))


# %% kind="wrong" name="score without its factor" key="value"
def discriminator_gradient(w, real, fake):
    d_real, d_fake = torch.sigmoid(real @ w), torch.sigmoid(fake @ w)
    return TIMES * ((d_fake[:, None] * fake).mean(0) - ((1 - d_real)[:, None] * real).mean(0))


# %% kind="right" name="as two products"
def discriminator_gradient(w, real, fake):
    push = torch.sigmoid(TIMES * fake @ w) @ fake / len(fake)
    pull = torch.sigmoid(-TIMES * real @ w) @ real / len(real)
    return TIMES * (push - pull)


# %% kind="right" name="row by row"
def discriminator_gradient(w, real, fake):
    total = torch.zeros_like(w)
    for rows, label in ((real, 1.0), (fake, 0.0)):
        for x in rows:
            total += (torch.sigmoid(TIMES * (x @ w)) - label) * TIMES * x / len(rows)
    return total


# %% [markdown] kind="explanation"
"""
$\\nabla_w L_D = {TIMES}\\bigl(-\\mathbb{E}_p[(1-D)\\,x] + \\mathbb{E}_q[D\\,x]\\bigr)$: each row pushes as hard as D is wrong
about it. Without the second mean a D with a bias can make the loss as small as it likes by saying *real* to everything;
lesson 06 runs it.
"""

# %% [markdown] kind="task" task="05.7" title="When is it log 2?" points=6 minutes=15 difficulty="hard"
"""
Prove: for two densities $p$ and $q$, $\\mathrm{JSD}(p, q) \\le \\log 2$, and $\\mathrm{JSD}(p, q) = \\log 2$ exactly when the laws do
not overlap, that is when $\\int \\min(p, q)\\,dx = 0$. Then say in one or two sentences, for somebody who trains a GAN on
images, what this means.
"""

# %% [markdown] kind="hint"
"""
Compare $m = \\tfrac12(p+q)$ with $\\tfrac12 p$ where $p > 0$.
"""

# %% [markdown] kind="hint"
"""
$\\log 2 - \\mathrm{KL}(p\\|m) = \\int p \\log\\bigl(1 + \\tfrac qp\\bigr)$, and the same with the letters exchanged. What is the sign of each
integrand?
"""

# %% [markdown] kind="hint"
"""
An integral of something that is nowhere negative is zero only if the integrand is zero almost everywhere. Where is
$p \\log(1 + q/p)$ zero?
"""

# %% [markdown] kind="answer"
"""
Integrals over p run over the places where $p > 0$. There $\\frac pm = \\frac{2p}{p+q}$, so
$\\log\\frac pm = \\log 2 - \\log(1 + \\frac qp)$ and, since $\\int p = 1$,
$\\mathrm{KL}(p\\|m) = \\log 2 - \\int p\\log(1 + \\frac qp)$. In the same way
$\\mathrm{KL}(q\\|m) = \\log 2 - \\int q\\log(1 + \\frac pq)$. Half of the sum is
$\\mathrm{JSD} = \\log 2 - \\tfrac12\\int p\\log(1+\\frac qp) - \\tfrac12\\int q\\log(1+\\frac pq)$.
Both integrands are at least 0, so $\\mathrm{JSD}\\le\\log 2$.

If the laws do not overlap, then almost everywhere where $p>0$ we have $q=0$, so the first integrand is 0, and likewise
the second: $\\mathrm{JSD}=\\log 2$. Conversely, if $\\mathrm{JSD}=\\log 2$, both integrals are 0. Their integrands are not negative, so they
are 0 almost everywhere. Where $p>0$, $p\\log(1+\\frac qp)=0$ forces $q=0$. So $\\min(p,q)=0$ almost everywhere, and its
integral is 0. $\\square$

For training: while the generated images do not overlap with the real ones, the divergence is $\\log 2$ whether they are
close or far, so with the best D this loss gives G no direction.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: each KL is written as log 2 minus an integral, or $m \\ge p/2$ is used for the bound.
- 1 point: the bound follows, with the reason that the integrand is not negative.
- 1 point: from no overlap to log 2.
- 2 points: from log 2 to no overlap; one of them for the argument that a non-negative integrand with integral zero
  vanishes almost everywhere (or a strict inequality on a set of positive measure).
- 1 point: the meaning: the divergence does not say how far apart the laws are, or a perfect D leaves no gradient.

A common gap: only one direction is proved. Ask: could the divergence be log 2 for laws that overlap a little?
"""
