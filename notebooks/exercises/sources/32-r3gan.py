# %% [markdown] kind="opening"
"""
# 32 R3GAN: a modern baseline from principles

The paired loss and its two players, both penalties in closed form, what a random pairing expects, and what a score means
once a constant may be added to it. About 50 minutes.
"""

# %% kind="variant"
SCALE = [1, 2, 0.5, 3]
GAMMA = [0.5, 1, 3, 4]
MARGIN = [1, 2, 0.5, 3]

# %% kind="given"
import math

import torch
from torch.nn.functional import softplus

# %% [markdown] kind="task" task="32.1" title="One loss, two players" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
Your D gives scores in other units: what counts in the loss is {SCALE} times a score. Write `losses(real, fake)` for scores of
shape (N,), paired by index: it returns the relativistic losses of D and of G, in this order, as two floats. G takes the
practical form, with the two exchanged. Scores of a thousand must not give infinity.
"""

# %% [markdown] kind="hint"
"""
D wants each real score to lie above the fake one of its pair. What does G want?
"""

# %% [markdown] kind="hint"
"""
$L_D$ is the mean of $\\operatorname{softplus}(c\\,(s_{\\text{fake}}-s_{\\text{real}}))$ with c = {SCALE}, and $L_G$ the same with real and fake exchanged.
"""

# %% [markdown] kind="hint"
"""
One difference of tensors, and `softplus(...).mean().item()` of it and of its negative.
"""


# %% kind="solution"
def losses(real, fake):
    ### BEGIN SOLUTION
    gap = SCALE * (fake - real)
    return softplus(gap).mean().item(), softplus(-gap).mean().item()
    ### END SOLUTION


# %% kind="check"
def observe(losses):
    real, fake = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.0, 1.5, 0.25])
    return {"two": list(losses(real, fake)), "same": list(losses(real, real))}


def judge(seen):
    real, fake = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.0, 1.5, 0.25])
    gap = SCALE * (fake - real)
    due = [softplus(gap).mean().item(), softplus(-gap).mean().item()]
    two = seen["two"]
    if not all(isinstance(value, float) for value in two):
        reject("float", "two floats are due, not tensors.")
    if near(two, due[::-1]):
        reject("swapped", "the two are exchanged: D's loss is small where the real scores lie above the fake ones.")
    if near(two, [due[0], -due[0]]):
        reject("saturating", "G's loss is not minus D's: that form saturates where D rejects the fakes.")
    if near(two, [3 * value for value in due]):
        reject("sum", "the losses grow with the batch: a mean over the pairs is due.")
    if near(two, [softplus(gap / SCALE).mean().item(), softplus(-gap / SCALE).mean().item()]) and SCALE != 1:
        reject("scale", "the scores entered as they are, not in the units of the loss.")
    one, other = softplus(-SCALE * real).mean(), softplus(SCALE * fake).mean()
    if near(two[0], (one + other).item()):
        reject("apart", "each score is judged alone here; the relativistic loss sees differences only.")
    if near(two, [softplus(gap.mean()).item(), softplus(-gap.mean()).item()]):
        reject("means", "the mean was taken before softplus: that compares the two means, not the pairs.")
    every = SCALE * (fake[None, :] - real[:, None])
    if near(two[0], softplus(every).mean().item()):
        reject("every", "each fake met every real; here fake number i meets real number i.")
    if near(two, [torch.relu(gap).mean().item(), torch.relu(-gap).mean().item()]):
        reject("hinge", "a hinge is flat where the order is right; softplus goes on to pull a little.")
    if not near(two, due):
        reject("value", "for three pairs of scores the losses are not right.")
    if not near(seen["same"], [math.log(2)] * 2):
        reject("equal", "where real and fake have the same scores, each loss is log 2.")


# %% kind="hidden"
def observe(losses):
    wide = torch.tensor([1000.0, 0.0, -3.0])
    return [list(losses(wide, wide.flip(0))), list(losses(torch.tensor([-1000.0]), torch.tensor([1000.0])))]


def judge(seen):
    wide = torch.tensor([1000.0, 0.0, -3.0])
    rows = [(wide, wide.flip(0)), (torch.tensor([-1000.0]), torch.tensor([1000.0]))]
    due = [[softplus(SCALE * (f - r)).mean().item(), softplus(SCALE * (r - f)).mean().item()] for r, f in rows]
    if not all(math.isfinite(value) for row in seen for value in row):
        reject("overflow", "a score of a thousand gives infinity or NaN: let softplus take care of it.")
    if not near(seen, due, atol=1e-4):
        reject("value", "for very large scores the losses are not right.")


# %% kind="wrong" name="swapped" key="swapped"
def losses(real, fake):
    gap = SCALE * (real - fake)
    return softplus(gap).mean().item(), softplus(-gap).mean().item()


# %% kind="wrong" name="minus D's loss" key="saturating"
def losses(real, fake):
    loss = softplus(SCALE * (fake - real)).mean().item()
    return loss, -loss


# %% kind="wrong" name="missing mean" key="sum"
def losses(real, fake):
    gap = SCALE * (fake - real)
    return softplus(gap).sum().item(), softplus(-gap).sum().item()


# %% kind="wrong" name="the GAN's loss" key="apart"
def losses(real, fake):
    loss_d = softplus(-SCALE * real).mean() + softplus(SCALE * fake).mean()
    return loss_d.item(), softplus(-SCALE * fake).mean().item()


# %% kind="wrong" name="means first" key="means"
def losses(real, fake):
    gap = SCALE * (fake.mean() - real.mean())
    return softplus(gap).item(), softplus(-gap).item()


# %% kind="wrong" name="every pair" key="every"
def losses(real, fake):
    gap = SCALE * (fake[None, :] - real[:, None])
    return softplus(gap).mean().item(), softplus(-gap).mean().item()


# %% kind="wrong" name="hinge" key="hinge"
def losses(real, fake):
    gap = SCALE * (fake - real)
    return torch.relu(gap).mean().item(), torch.relu(-gap).mean().item()


# %% kind="wrong" name="logarithm of an exponential" key="overflow"
def losses(real, fake):
    gap = SCALE * (fake - real)
    return torch.log(1 + torch.exp(gap)).mean().item(), torch.log(1 + torch.exp(-gap)).mean().item()


# %% kind="right" name="by the logarithm of a sigmoid"
def losses(real, fake):
    from torch.nn.functional import logsigmoid

    return -logsigmoid(SCALE * (real - fake)).mean().item(), -logsigmoid(SCALE * (fake - real)).mean().item()


# %% kind="right" name="by a sum of exponentials"
def losses(real, fake):
    rows = torch.stack([SCALE * real, SCALE * fake]).double()
    both = rows.logsumexp(0)
    return (both - rows[0]).mean().item(), (both - rows[1]).mean().item()


# %% [markdown] kind="explanation"
"""
softplus(g) − g = softplus(−g): the two losses differ by the mean gap, and where D cannot tell, both are log 2 = 0.6931. D's
probability that the real one of a pair is the real one is the sigmoid of the difference of their scores.
"""

# %% [markdown] kind="task" task="32.2" title="Both penalties of a quadratic D" points=2 hidden_points=2 minutes=15 difficulty="medium"
"""
A discriminator with the score $s(x)=\\tfrac12x^\\top Ax+b^\\top x$, with a *symmetric* matrix A. Real data have the mean `m` and the covariance
`S`, generated data `n` and `T`. Write `penalty(A, b, m, S, n, T)`: R1 + R2 with $\\gamma={GAMMA}$, as the lesson displays it, exactly and as
a float. All arguments are tensors, of shape (d, d) or (d,).
"""

# %% [markdown] kind="hint"
"""
What is the gradient of the score at x, and what is the mean of its squared length?
"""

# %% [markdown] kind="hint"
"""
$\\nabla s(x)=Ax+b$, and $\\mathbb{E}\\lVert Ax+b\\rVert^2=\\lVert Am+b\\rVert^2+\\operatorname{tr}(ASA^\\top)$.
"""

# %% [markdown] kind="hint"
"""
`(A @ m + b).square().sum() + (A @ S @ A.T).trace()` for the real side, the same for the other; half of {GAMMA} times their sum.
"""


# %% kind="solution"
def penalty(A, b, m, S, n, T):
    ### BEGIN SOLUTION
    sides = [(A @ mean + b).square().sum() + (A @ cov @ A.T).trace() for mean, cov in ((m, S), (n, T))]
    return GAMMA / 2 * (sides[0] + sides[1]).item()
    ### END SOLUTION


# %% kind="check"
def observe(penalty):
    A, b = torch.tensor([[1.0, 2.0], [2.0, -1.0]]), torch.tensor([0.5, -1.0])
    m, n = torch.tensor([1.0, 0.0]), torch.tensor([-1.0, 3.0])
    S, T = torch.tensor([[2.0, 0.5], [0.5, 1.0]]), torch.tensor([[0.25, 0.0], [0.0, 4.0]])
    return penalty(A, b, m, S, n, T)


def judge(seen):
    A, b = torch.tensor([[1.0, 2.0], [2.0, -1.0]]), torch.tensor([0.5, -1.0])
    m, n = torch.tensor([1.0, 0.0]), torch.tensor([-1.0, 3.0])
    S, T = torch.tensor([[2.0, 0.5], [0.5, 1.0]]), torch.tensor([[0.25, 0.0], [0.0, 4.0]])
    at = [float((A @ m + b).square().sum()), float((A @ n + b).square().sum())]
    spread = [float((A @ S @ A).trace()), float((A @ T @ A).trace())]
    due = GAMMA / 2 * (sum(at) + sum(spread))
    if not isinstance(seen, float):
        reject("float", "one float is due.")
    if near(seen, 2 * due):
        reject("half", "a factor 1/2 stands before both means.")
    if near(seen, due / GAMMA) and GAMMA != 1:
        reject("gamma", "the weight of the penalty is missing.")
    if near(seen, due / 2):
        reject("average", "the two means are added, not averaged.")
    if near(seen, GAMMA / 2 * sum(at)):
        reject("spread", "this is the slope at the two means; the data spread around them, and so do the slopes.")
    if near(seen, GAMMA / 2 * (at[0] + spread[0])):
        reject("real", "only the real side is charged: that is R1.")
    if near(seen, GAMMA / 2 * (at[1] + spread[1])):
        reject("fake", "only the generated side is charged: that is R2.")
    lean = [float((A @ x).square().sum()) for x in (m, n)]
    if near(seen, GAMMA / 2 * (sum(lean) + sum(spread))):
        reject("linear", "the linear part of the score has a slope too.")
    half = [float((A @ x / 2 + b).square().sum()) + float((A @ C @ A).trace()) / 4 for x, C in ((m, S), (n, T))]
    if near(seen, GAMMA / 2 * sum(half)):
        reject("gradient", "the gradient of a half of a quadratic form is the whole of A x.")
    if near(seen, GAMMA / 2 * sum(math.sqrt(a + c) for a, c in zip(at, spread))):
        reject("root", "the slopes enter squared, without a root.")
    if near(seen, GAMMA / 2 * (sum(at) + float((A @ S).trace() + (A @ T).trace()))):
        reject("trace", "a covariance passes through A on both sides.")
    if not near(seen, due):
        reject("value", "for a D of two dimensions the penalty is not right.")


# %% kind="hidden"
def observe(penalty):
    eye, zero = torch.eye(3), torch.zeros(3)
    still = penalty(torch.zeros(3, 3), torch.tensor([3.0, 0.0, 4.0]), zero, eye, zero, 5 * eye)
    return [
        still,
        penalty(2 * eye, zero, zero, eye, zero, 4 * eye),
        penalty(eye, zero, zero + 1, 0 * eye, zero, 0 * eye),
    ]


def judge(seen):
    if not near(seen[0], GAMMA / 2 * 50):
        reject("linear", "for a linear D both means are the squared length of b, whatever the data.")
    if not near(seen[1:], [GAMMA / 2 * (12 + 48), GAMMA / 2 * 3]):
        reject("value", "in three dimensions, with other laws, the penalty is not right.")


# %% kind="wrong" name="no half" key="half"
def penalty(A, b, m, S, n, T):
    sides = [(A @ mean + b).square().sum() + (A @ cov @ A.T).trace() for mean, cov in ((m, S), (n, T))]
    return GAMMA * (sides[0] + sides[1]).item()


# %% kind="wrong" name="averaged" key="average"
def penalty(A, b, m, S, n, T):
    sides = [(A @ mean + b).square().sum() + (A @ cov @ A.T).trace() for mean, cov in ((m, S), (n, T))]
    return GAMMA / 2 * ((sides[0] + sides[1]) / 2).item()


# %% kind="wrong" name="at the means" key="spread"
def penalty(A, b, m, S, n, T):
    return GAMMA / 2 * ((A @ m + b).square().sum() + (A @ n + b).square().sum()).item()


# %% kind="wrong" name="R1 alone" key="real"
def penalty(A, b, m, S, n, T):
    return GAMMA / 2 * ((A @ m + b).square().sum() + (A @ S @ A.T).trace()).item()


# %% kind="wrong" name="R2 alone" key="fake"
def penalty(A, b, m, S, n, T):
    return GAMMA / 2 * ((A @ n + b).square().sum() + (A @ T @ A.T).trace()).item()


# %% kind="wrong" name="linear part forgotten" key="linear"
def penalty(A, b, m, S, n, T):
    sides = [(A @ mean).square().sum() + (A @ cov @ A.T).trace() for mean, cov in ((m, S), (n, T))]
    return GAMMA / 2 * (sides[0] + sides[1]).item()


# %% kind="wrong" name="half a gradient" key="gradient"
def penalty(A, b, m, S, n, T):
    H = A / 2
    sides = [(H @ mean + b).square().sum() + (H @ cov @ H.T).trace() for mean, cov in ((m, S), (n, T))]
    return GAMMA / 2 * (sides[0] + sides[1]).item()


# %% kind="wrong" name="with roots" key="root"
def penalty(A, b, m, S, n, T):
    sides = [(A @ mean + b).square().sum() + (A @ cov @ A.T).trace() for mean, cov in ((m, S), (n, T))]
    return GAMMA / 2 * (sides[0].sqrt() + sides[1].sqrt()).item()


# %% kind="wrong" name="trace of A S" key="trace"
def penalty(A, b, m, S, n, T):
    sides = [(A @ mean + b).square().sum() + (A @ cov).trace() for mean, cov in ((m, S), (n, T))]
    return GAMMA / 2 * (sides[0] + sides[1]).item()


# %% kind="right" name="by second moments"
def penalty(A, b, m, S, n, T):
    total = 0.0
    for mean, cov in ((m, S), (n, T)):
        second = cov + torch.outer(mean, mean)
        total += ((A.T @ A * second).sum() + 2 * b @ A @ mean + b @ b).item()
    return GAMMA / 2 * total


# %% kind="right" name="with a root of the covariance"
def penalty(A, b, m, S, n, T):
    def side(mean, cov):
        values, vectors = torch.linalg.eigh(cov)
        moved = A @ (vectors * values.clamp(min=0).sqrt())
        return (A @ mean + b).square().sum() + moved.square().sum()

    return float(GAMMA / 2 * (side(m, S) + side(n, T)))


# %% [markdown] kind="equivalent"
"""
- `(A @ cov @ A.T).trace()` -> `(A @ cov @ A).trace()`: A is symmetric.
- `(A @ mean + b)` -> `(mean @ A + b)`: A is symmetric.
- `(A @ cov @ A.T).trace()` -> `(cov @ A @ A.T).trace()`: a trace does not see where a product begins.
- `(A @ cov @ A.T).trace()` -> `(A.T @ (A @ cov)).trace()`: nor whether it is turned around.
"""

# %% [markdown] kind="explanation"
"""
R1 sees the curvature of D through the spread of the data: $\\operatorname{tr}(ASA)$ is there even where the mean slope is 0. A test of a penalty
needs data with a spread, unequal sides, and a linear part; each of these catches another mistake.
"""

# %% [markdown] kind="task" task="32.3" title="What a random pairing expects" points=2 hidden_points=2 minutes=12 difficulty="medium"
"""
The real scores of a batch are shuffled before they are paired with the fakes, all orders equally likely. With a margin: D
wants each real score to lie {MARGIN} above its fake, so a pair costs $\\operatorname{softplus}(s_{\\text{fake}}-s_{\\text{real}}+{MARGIN})$. Write `expected(real, fake)` for scores of
shape (N,): the *exact* expectation of the mean loss over the random pairing, a float. No random numbers.
"""

# %% [markdown] kind="hint"
"""
Take one fake. Which reals can it meet, and how often each?
"""

# %% [markdown] kind="hint"
"""
Each fake meets each real with the chance $1/N$, so the expectation is $\\frac{1}{N^2}\\sum_{i,j}\\operatorname{softplus}(f_j-r_i+{MARGIN})$.
"""

# %% [markdown] kind="hint"
"""
`fake[None, :] - real[:, None]` is the matrix of all differences.
"""


# %% kind="solution"
def expected(real, fake):
    ### BEGIN SOLUTION
    gaps = fake[None, :] - real[:, None] + MARGIN
    return softplus(gaps).mean().item()
    ### END SOLUTION


# %% kind="check"
def observe(expected):
    real, fake = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.0, 1.5, -4.0])
    return [expected(real, fake), expected(real, fake)]


def judge(seen):
    real, fake = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.0, 1.5, -4.0])
    gaps = fake[None, :] - real[:, None] + MARGIN
    due = softplus(gaps).mean().item()
    if not all(isinstance(value, float) for value in seen):
        reject("float", "one float is due.")
    if seen[0] != seen[1]:
        reject("random", "two calls disagree: the exact expectation needs no draws.")
    if near(seen[0], softplus(gaps.diagonal()).mean().item()):
        reject("index", "this is the loss of one pairing, the one by index.")
    if near(seen[0], softplus(gaps).sum().item() / 3):
        reject("count", "there are N squared pairs in this sum.")
    if near(seen[0], softplus(gaps).sum().item()):
        reject("count", "a sum over all pairs, and an expectation is due.")
    off = softplus(gaps).sum() - softplus(gaps.diagonal()).sum()
    if near(seen[0], off.item() / 6):
        reject("diagonal", "a random order may leave a pair as it was: those with one index belong to it too.")
    if near(seen[0], softplus(gaps.mean()).item()):
        reject("means", "the mean went inside: softplus is curved, so this is too small.")
    if near(seen[0], softplus(gaps.T - 2 * (gaps.T - MARGIN)).mean().item()):
        reject("sign", "D wants the real score above; here it is charged for that.")
    if near(seen[0], softplus(gaps - MARGIN).mean().item()):
        reject("margin", "the margin is missing.")
    if near(seen[0], softplus(gaps - 2 * MARGIN).mean().item()):
        reject("margin", "the margin has the wrong sign: it makes a pair cost more.")
    if not near(seen[0], due):
        reject("value", "for three scores on each side the expectation is not right.")


# %% kind="hidden"
def observe(expected):
    rng = torch.Generator().manual_seed(4)
    real, fake = torch.randn(2, 5, generator=rng)
    return [expected(real, fake), expected(torch.tensor([1.0]), torch.tensor([3.0]))]


def judge(seen):
    import itertools

    rng = torch.Generator().manual_seed(4)
    real, fake = torch.randn(2, 5, generator=rng)
    orders = [list(order) for order in itertools.permutations(range(5))]
    every = [softplus(fake - real[order] + MARGIN).mean().item() for order in orders]
    if not near(seen[0], sum(every) / len(every), rtol=1e-4):
        reject("value", "averaged over all 120 orders of five reals the loss is another.")
    if not near(seen[1], softplus(torch.tensor(2.0 + MARGIN)).item()):
        reject("one", "with one pair there is only one order.")


# %% kind="wrong" name="by index" key="index"
def expected(real, fake):
    return softplus(fake - real + MARGIN).mean().item()


# %% kind="wrong" name="shuffled once" key="random"
def expected(real, fake):
    return softplus(fake - real[torch.randperm(len(real))] + MARGIN + 1e-3 * torch.rand(1)).mean().item()


# %% kind="wrong" name="divided by N" key="count"
def expected(real, fake):
    return softplus(fake[None, :] - real[:, None] + MARGIN).sum().item() / len(real)


# %% kind="wrong" name="no pair kept" key="diagonal"
def expected(real, fake):
    costs = softplus(fake[None, :] - real[:, None] + MARGIN)
    n = len(real)
    return ((costs.sum() - costs.diagonal().sum()) / (n * (n - 1))).item()


# %% kind="wrong" name="means compared" key="means"
def expected(real, fake):
    return softplus(fake.mean() - real.mean() + MARGIN).item()


# %% kind="wrong" name="signs exchanged" key="sign"
def expected(real, fake):
    return softplus(real[:, None] - fake[None, :] + MARGIN).mean().item()


# %% kind="wrong" name="no margin" key="margin"
def expected(real, fake):
    return softplus(fake[None, :] - real[:, None]).mean().item()


# %% kind="wrong" name="margin the other way" key="margin"
def expected(real, fake):
    return softplus(fake[None, :] - real[:, None] - MARGIN).mean().item()


# %% kind="right" name="shift by shift"
def expected(real, fake):
    losses = [softplus(fake - real.roll(shift) + MARGIN).mean() for shift in range(len(real))]
    return torch.stack(losses).mean().item()


# %% kind="right" name="with loops"
def expected(real, fake):
    costs = [math.log1p(math.exp(f - r + MARGIN)) for f in fake.tolist() for r in real.tolist()]
    return math.fsum(costs) / len(costs)


# %% [markdown] kind="explanation"
"""
N shifts of the order visit every pair once, so their mean is the mean over all pairs, and so is that over all N! orders. The
pairing by index is one fair draw: unbiased, with a little more noise than the N² pairs would have.
"""

# %% [markdown] kind="task" task="32.4" title="A constant that nobody sees" points=6 minutes=15 difficulty="hard"
"""
Prove that the relativistic losses, R1 and R2 stay as they are when a constant c is added to D. Then draw three consequences,
in at most ten sentences altogether: what the sign of a score says, what a bias in D's last layer learns, and why the monitor
of lesson 12 must not read "accuracy" off such a D. Does your proof hold for the GAN's loss?
"""

# %% [markdown] kind="hint"
"""
Where does D enter each of the four terms: by its scores, or by differences and slopes?
"""

# %% [markdown] kind="hint"
"""
$(s(G(z))+c)-(s(x)+c)$, and $\\nabla(s+c)$.
"""

# %% [markdown] kind="hint"
"""
A quantity that no loss depends on has the gradient 0. Who then moves it, and who looks at it?
"""

# %% [markdown] kind="answer"
"""
In both losses D enters by the difference of two scores, and the constant cancels in each pair before softplus is applied; in R1 and
R2 it enters by a gradient with respect to x, and the gradient of a constant is 0. So every term, its mean, and hence every
update of the other weights is the same. The sign of a score says nothing: only differences do, and "above 0" may hold for all samples or
for none. The bias of D's last layer has the gradient 0 in every term; it stays where it began, apart from rounding, which an
optimiser that divides by the size of the gradient can blow up: leave it out. The share of held-out images with a score above 0
is no accuracy here; ask instead how often a real score lies above a fake one. For the GAN's loss it fails: softplus(−s − c) + softplus(s + c) has a
minimum in c, which is what makes 0 its threshold.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: the constant cancels in each pair, for both players.
- 1 point: the gradient with respect to x does not see a constant, so neither R1 nor R2 does.
- 1 point: the sign of a score, or a threshold at 0, means nothing.
- 1 point: the last bias gets no gradient (or only rounding).
- 1 point: accuracy is replaced by the share of pairs in the right order.
- 1 point: the GAN's loss does feel the constant, with a reason.

Weak answers prove it for one loss only. Ask: and the penalties?
"""
