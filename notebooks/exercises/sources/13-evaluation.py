# %% [markdown] kind="opening"
"""
# 13 Evaluation in four dimensions

Write the metrics yourself, and meet the mistake that belongs to each: a distance of bells, a kernel distance without bias,
a count of duplicates, a test of bins, a fraud that one distance cannot see, an error bar. About 90 minutes.
"""

# %% kind="variant"
GAIN = [3, 5, 0.5, 6]
OFFSET = [1, 2, 0.5, 3]
SHARE = [0.4, 0.3, 0.7, 0.2]
ALPHA = [0.05, 0.01, 0.1, 0.02]
WIDTH = [2, 3, 4, 5]
GROUPS = [5, 4, 8, 10]

# %% kind="given"
import math
from statistics import NormalDist

import torch

# %% [markdown] kind="task" task="13.1" title="Two bells" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
Two feature extractors differ by a factor: yours gives numbers {GAIN} times as large as your colleague's. She measured one
feature of each side: real data follow $N(m_1, v_1)$, generated data $N(m_2, v_2)$, where $v$ is a *variance*.

Write `frechet(m1, v1, m2, v2)`, the squared Fréchet distance that *you* find between the two laws, from her numbers
(floats).
"""

# %% [markdown] kind="hint"
"""
What do her mean and her variance become when the feature is multiplied?
"""

# %% [markdown] kind="hint"
"""
In one dimension the trace is $v_1 + v_2 - 2\\sqrt{v_1 v_2}$, the square of a difference.
"""

# %% [markdown] kind="hint"
"""
The square of the difference of the means, plus the square of the difference of the standard deviations, times the square
of the factor.
"""


# %% kind="solution"
def frechet(m1, v1, m2, v2):
    ### BEGIN SOLUTION
    return GAIN**2 * ((m1 - m2) ** 2 + (math.sqrt(v1) - math.sqrt(v2)) ** 2)
    ### END SOLUTION


# %% kind="check"
def observe(frechet):
    return [frechet(0.0, 1.0, 1.0, 4.0), frechet(2.0, 9.0, -1.0, 9.0)]


def judge(seen):
    due = [GAIN**2 * 2.0, GAIN**2 * 9.0]
    if near(seen, [value / GAIN**2 for value in due]):
        reject("gain", "this is the distance in your colleague's units; your features are larger by a factor.")
    if near(seen, [value / GAIN for value in due]):
        reject("square", "a squared distance does not grow like the features themselves.")
    if near(seen, [math.sqrt(value) for value in due]):
        reject("root", "the square of the distance is asked for, as the lesson's formula has it.")
    if near(seen, [GAIN**2 * (1 + 9), GAIN**2 * 9.0]):
        reject("variance", "the spread of the two bells entered by its variances; the formula compares their roots.")
    if near(seen, [GAIN**2 * (1 + 5), GAIN**2 * (9 + 18)]):
        reject(
            "cross", "two bells of the same spread should not be charged for it: the last term of the trace is gone."
        )
    if near(seen, [GAIN**2 * (1 + 5 - 4 * 2), GAIN**2 * (9 + 18 - 2 * 81)]):
        reject("cross root", "the last term of the trace holds the root of a product.")
    if near(seen, [GAIN**2 * (1 + 5 - 2), GAIN**2 * (9 + 18 - 9)]):
        reject("two", "the last term of the trace comes twice, as in the square of a difference.")
    if near(seen, [GAIN**2, GAIN**2 * 9.0]):
        reject("means", "only the means were compared: two bells with one centre and two widths are not the same law.")
    if not near(seen, due):
        reject("value", "for N(0, 1) and N(1, 4), or for two bells of variance 9, the distance is not right.")


# %% kind="hidden"
def observe(frechet):
    return [frechet(-1.5, 0.25, 0.5, 0.0), frechet(3.0, 2.0, 3.0, 2.0), frechet(0.0, 5.0, 0.0, 0.3)]


def judge(seen):
    rows = [(-1.5, 0.25, 0.5, 0.0), (3.0, 2.0, 3.0, 2.0), (0.0, 5.0, 0.0, 0.3)]
    due = [GAIN**2 * ((a - b) ** 2 + (math.sqrt(v) - math.sqrt(w)) ** 2) for a, v, b, w in rows]
    if not near(seen, due, atol=1e-9):
        reject("value", "for other bells, one without any spread among them, the distance is not right.")


# %% kind="wrong" name="her units" key="gain"
def frechet(m1, v1, m2, v2):
    return (m1 - m2) ** 2 + (math.sqrt(v1) - math.sqrt(v2)) ** 2


# %% kind="wrong" name="factor not squared" key="square"
def frechet(m1, v1, m2, v2):
    return GAIN * ((m1 - m2) ** 2 + (math.sqrt(v1) - math.sqrt(v2)) ** 2)


# %% kind="wrong" name="not squared" key="root"
def frechet(m1, v1, m2, v2):
    return GAIN * math.hypot(m1 - m2, math.sqrt(v1) - math.sqrt(v2))


# %% kind="wrong" name="variances for deviations" key="variance"
def frechet(m1, v1, m2, v2):
    return GAIN**2 * ((m1 - m2) ** 2 + (v1 - v2) ** 2)


# %% kind="wrong" name="no cross term" key="cross"
def frechet(m1, v1, m2, v2):
    return GAIN**2 * ((m1 - m2) ** 2 + v1 + v2)


# %% kind="wrong" name="product without its root" key="cross root"
def frechet(m1, v1, m2, v2):
    return GAIN**2 * ((m1 - m2) ** 2 + v1 + v2 - 2 * v1 * v2)


# %% kind="wrong" name="cross term once" key="two"
def frechet(m1, v1, m2, v2):
    return GAIN**2 * ((m1 - m2) ** 2 + v1 + v2 - math.sqrt(v1 * v2))


# %% kind="wrong" name="means only" key="means"
def frechet(m1, v1, m2, v2):
    return GAIN**2 * (m1 - m2) ** 2


# %% kind="right" name="her numbers made mine first"
def frechet(m1, v1, m2, v2):
    m1, m2, v1, v2 = GAIN * m1, GAIN * m2, GAIN**2 * v1, GAIN**2 * v2
    return (m1 - m2) ** 2 + v1 + v2 - 2 * math.sqrt(v1 * v2)


# %% kind="right" name="as a trace of matrices"
def frechet(m1, v1, m2, v2):
    from ganlab.metrics import frechet_gaussians

    one = torch.ones(1, 1, dtype=torch.float64)
    return GAIN**2 * frechet_gaussians(m1 * one[0], v1 * one, m2 * one[0], v2 * one)


# %% [markdown] kind="equivalent"
"""
- `(m1 - m2) ** 2` -> `(m2 - m1) ** 2`: a square forgets the sign.
- `(math.sqrt(v1) - math.sqrt(v2)) ** 2` -> `(math.sqrt(v2) - math.sqrt(v1)) ** 2`: a square forgets the sign.
"""

# %% [markdown] kind="explanation"
"""
$v_1 + v_2 - 2\\sqrt{v_1v_2} = (\\sqrt{v_1}-\\sqrt{v_2})^2$. For $N(0,1)$ and $N(1,4)$ her distance is 2. Multiply every
feature by {GAIN} and the distance grows by the square: a Fréchet distance has the units of its features, which is one more
reason why two of them compare only on the same features.
"""

# %% [markdown] kind="task" task="13.2" title="A kernel distance without bias" points=2 hidden_points=2 minutes=15 difficulty="medium"
"""
Write `kernel_distance(x, y)` for features `x` of shape (N, d) and `y` of shape (M, d), with the kernel
$k(a, b) = (a^\\top b/d + {OFFSET})^3$: the *unbiased* estimate of the squared maximum mean discrepancy, a float. Its mean over many
pairs of samples of one law is 0, so single values may well be negative. Work in double precision.
"""

# %% [markdown] kind="hint"
"""
Three averages of kernel values: within `x`, within `y`, and across. Which pairs belong to an average *within*?
"""

# %% [markdown] kind="hint"
"""
$\\frac{1}{N(N-1)}\\sum_{i\\ne j}k(x_i,x_j)+\\frac{1}{M(M-1)}\\sum_{i\\ne j}k(y_i,y_j)-\\frac{2}{NM}\\sum_{i,j}k(x_i,y_j)$.
"""

# %% [markdown] kind="hint"
"""
For a square matrix of kernel values, `K.sum() - K.diagonal().sum()` is the sum over $i \\ne j$.
"""


# %% kind="solution"
def kernel_distance(x, y):
    ### BEGIN SOLUTION
    x, y = x.double(), y.double()
    n, m, d = len(x), len(y), x.shape[1]
    within_x = (x @ x.T / d + OFFSET) ** 3
    within_y = (y @ y.T / d + OFFSET) ** 3
    across = (x @ y.T / d + OFFSET) ** 3
    first = (within_x.sum() - within_x.diagonal().sum()) / (n * (n - 1))
    second = (within_y.sum() - within_y.diagonal().sum()) / (m * (m - 1))
    return (first + second - 2 * across.mean()).item()
    ### END SOLUTION


# %% kind="check"
def observe(kernel_distance):
    x = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, -1.0]])
    y = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    return [kernel_distance(x, y), kernel_distance(y, x)]


def judge(seen):
    x = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, -1.0]], dtype=torch.float64)
    y = torch.tensor([[0.0, 1.0], [2.0, 1.0]], dtype=torch.float64)

    def parts(scale, offset=float(OFFSET)):
        of = lambda a, b: (a @ b.T / scale + offset) ** 3
        a, b, c = of(x, x), of(y, y), of(x, y)
        off = lambda k: k.sum() - k.diagonal().sum()
        return a, b, c, off(a) / 6 + off(b) / 2

    a, b, c, within = parts(2.0)
    due = float(within - 2 * c.mean())
    if not all(isinstance(value, float) for value in seen):
        reject("float", "one float is due, not a tensor and not a matrix of pairs.")
    if near(seen[0], float(a.mean() + b.mean() - 2 * c.mean())):
        reject("diagonal", "each sample was paired with itself: under equal laws this estimate is positive on average.")
    if near(seen[0], float(a.sum() / 6 + b.sum() / 2 - 2 * c.mean())):
        reject("diagonal", "the pairs are counted without each sample's own, but its kernel value was still added.")
    if near(seen[0], float((a.sum() - a.diagonal().sum()) / 9 + (b.sum() - b.diagonal().sum()) / 4 - 2 * c.mean())):
        reject("count", "an average divides by the number of pairs that were added, and the diagonal was not.")
    if near(seen[0], float(within - c.mean())):
        reject("two", "under equal laws all three averages are about the same, and yours would not cancel.")
    if near(seen[0], float(within + 2 * c.mean())):
        reject("sign", "the closer the two sides, the larger your value: look at the sign of the average across.")
    if near(seen[0], due**0.5) if due > 0 else near(seen[0], 0.0):
        reject("positive", "a root, or a cut at 0, brings the bias back that the sums had avoided.")
    if near(seen[0], max(due, 0.0)) and due < 0:
        reject("positive", "a cut at 0 brings the bias back that the sums had avoided.")
    a, b, c, within = parts(1.0)
    if near(seen[0], float(within - 2 * c.mean())):
        reject("scale", "the inner product is divided by the number of features first; yours grows with them.")
    a, b, c, within = parts(2.0, 0.0)
    if near(seen[0], float(within - 2 * c.mean())):
        reject("offset", "without the constant the kernel sees only third moments, not the means.")
    a, b, c, within = parts(2.0, 1.0)
    if OFFSET != 1 and near(seen[0], float(within - 2 * c.mean())):
        reject("offset", "the kernel of this exercise has another constant than the lesson's.")
    if not near(seen[0], due):
        reject("value", "for three samples against two, with two features each, the value is not right.")
    if not near(seen[1], due):
        reject("symmetry", "with the two sides exchanged the value changed: each average has its own number of pairs.")


# %% kind="hidden"
def observe(kernel_distance):
    rng = torch.Generator().manual_seed(3)
    draws = [kernel_distance(*torch.randn(2, 12, 3, generator=rng).unbind()) for _ in range(400)]
    far = kernel_distance(torch.randn(40, 3, generator=rng) + 2, torch.randn(50, 3, generator=rng))
    big = kernel_distance(300 + torch.eye(4), 300 - torch.eye(4)[:3])
    return {"draws": draws, "far": far, "big": big}


def judge(seen):
    draws = torch.tensor(seen["draws"], dtype=torch.float64)
    if abs(float(draws.mean())) > 5 * float(draws.std()) / 20:
        reject("bias", "over 400 pairs of samples of one law the mean is not near 0.")
    if not seen["far"] > 1:
        reject("far", "two laws two deviations apart should be found different.")
    x, y = 300 + torch.eye(4, dtype=torch.float64), 300 - torch.eye(4, dtype=torch.float64)[:3]
    of = lambda a, b: (a @ b.T / 4 + OFFSET) ** 3
    off = lambda k: (k.sum() - k.diagonal().sum()) / (len(k) * (len(k) - 1))
    if not near(seen["big"], float(off(of(x, x)) + off(of(y, y)) - 2 * of(x, y).mean()), rtol=1e-3):
        reject("precision", "with large features the digits are lost: take the sums in double precision.")


# %% kind="wrong" name="diagonal kept" key="diagonal"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    k = lambda a, b: (a @ b.T / a.shape[1] + OFFSET) ** 3
    return (k(x, x).mean() + k(y, y).mean() - 2 * k(x, y).mean()).item()


# %% kind="wrong" name="diagonal added, not counted" key="diagonal"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    n, m = len(x), len(y)
    k = lambda a, b: (a @ b.T / a.shape[1] + OFFSET) ** 3
    return (k(x, x).sum() / (n * (n - 1)) + k(y, y).sum() / (m * (m - 1)) - 2 * k(x, y).mean()).item()


# %% kind="wrong" name="diagonal counted, not added" key="count"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    k = lambda a, b: (a @ b.T / a.shape[1] + OFFSET) ** 3
    off = lambda kernel: (kernel.sum() - kernel.diagonal().sum()) / kernel.numel()
    return (off(k(x, x)) + off(k(y, y)) - 2 * k(x, y).mean()).item()


# %% kind="wrong" name="across once" key="two"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    k = lambda a, b: (a @ b.T / a.shape[1] + OFFSET) ** 3
    off = lambda kernel: (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
    return (off(k(x, x)) + off(k(y, y)) - k(x, y).mean()).item()


# %% kind="wrong" name="across added" key="sign"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    k = lambda a, b: (a @ b.T / a.shape[1] + OFFSET) ** 3
    off = lambda kernel: (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
    return (off(k(x, x)) + off(k(y, y)) + 2 * k(x, y).mean()).item()


# %% kind="wrong" name="never negative" key="positive"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    k = lambda a, b: (a @ b.T / a.shape[1] + OFFSET) ** 3
    off = lambda kernel: (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
    return max((off(k(x, x)) + off(k(y, y)) - 2 * k(x, y).mean()).item(), 0.0)


# %% kind="wrong" name="not divided by the width" key="scale"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    k = lambda a, b: (a @ b.T + OFFSET) ** 3
    off = lambda kernel: (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
    return (off(k(x, x)) + off(k(y, y)) - 2 * k(x, y).mean()).item()


# %% kind="wrong" name="no constant" key="offset"
def kernel_distance(x, y):
    x, y = x.double(), y.double()
    k = lambda a, b: (a @ b.T / a.shape[1]) ** 3
    off = lambda kernel: (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
    return (off(k(x, x)) + off(k(y, y)) - 2 * k(x, y).mean()).item()


# %% kind="wrong" name="single precision" key="precision"
def kernel_distance(x, y):
    k = lambda a, b: (a @ b.T / a.shape[1] + OFFSET) ** 3
    off = lambda kernel: (kernel.sum() - kernel.diagonal().sum()) / (len(kernel) * (len(kernel) - 1))
    return (off(k(x, x)) + off(k(y, y)) - 2 * k(x, y).mean()).item()


# %% kind="right" name="with a mask"
def kernel_distance(x, y):
    both = torch.cat([x, y]).double()
    kernel = (both @ both.T / x.shape[1] + OFFSET).pow(3)
    n = len(x)
    own = ~torch.eye(len(both), dtype=torch.bool)
    first, second = kernel[:n, :n][own[:n, :n]].mean(), kernel[n:, n:][own[n:, n:]].mean()
    return float(first + second - 2 * kernel[:n, n:].mean())


# %% kind="right" name="pair by pair"
def kernel_distance(x, y):
    x, y = x.double().tolist(), y.double().tolist()
    k = lambda a, b: (math.fsum(p * q for p, q in zip(a, b)) / len(a) + OFFSET) ** 3
    within = lambda z: math.fsum(k(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if i != j)
    across = math.fsum(k(a, b) for a in x for b in y)
    n, m = len(x), len(y)
    return within(x) / (n * (n - 1)) + within(y) / (m * (m - 1)) - 2 * across / (n * m)


# %% [markdown] kind="explanation"
"""
The value of a sample with itself, $k(x_i, x_i)$, is larger than that of two different ones, so leaving it in lifts both
averages within and nothing takes it back: the estimate is positive under equal laws, by an amount that falls like
$1/N$. That is the disease of the Fréchet distance. An unbiased estimate has to be free to be negative.
"""

# %% [markdown] kind="task" task="13.3" title="How many different pictures?" points=1 hidden_points=1 minutes=10 difficulty="medium"
"""
Of a generator's batches of `n` pictures, a share of {SHARE} holds a duplicate. Write `support(n)`: how many equally likely
pictures it draws from, by the approximation $1 - e^{-n(n-1)/2N}$ for the chance of a duplicate. For `n` below 2 raise a
`ValueError`: no duplicate is possible.
"""

# %% [markdown] kind="hint"
"""
Set the chance equal to the share and solve for $N$.
"""

# %% [markdown] kind="hint"
"""
$-\\frac{n(n-1)}{2N} = \\log(1 - \\text{share})$.
"""

# %% [markdown] kind="hint"
"""
$N = n(n-1) / (2 \\log \\frac{1}{1 - \\text{share}})$, with the natural logarithm.
"""


# %% kind="solution"
def support(n):
    ### BEGIN SOLUTION
    if n < 2:
        raise ValueError("two pictures or more")
    return n * (n - 1) / (-2 * math.log(1 - SHARE))
    ### END SOLUTION


# %% kind="check"
def observe(support):
    return [support(24), support(5), attempt(support, 1)["raised"]]


def judge(seen):
    rate = -2 * math.log(1 - SHARE)
    due = [24 * 23 / rate, 5 * 4 / rate]
    if near(seen[:2], [-value for value in due]):
        reject("sign", "a number of pictures came out negative: the logarithm of a number below 1 is.")
    if near(seen[:2], [24 * 24 / rate, 5 * 5 / rate]):
        reject("pairs", "for small batches it matters that nobody is a pair with himself: count the pairs of n.")
    if near(seen[:2], [2 * value for value in due]):
        reject("half", "each pair was counted twice.")
    if near(seen[:2], [24 * 23 / (-2 * math.log(SHARE)), 5 * 4 / (-2 * math.log(SHARE))]):
        reject("complement", "the exponential is the chance of *no* duplicate.")
    if near(seen[:2], [value * math.log(10) for value in due]) or near(
        seen[:2], [value * math.log(2) for value in due]
    ):
        reject("logarithm", "the inverse of the exponential is the natural logarithm.")
    if near(seen[:2], [24 * 23 / (2 * SHARE), 5 * 4 / (2 * SHARE)]):
        reject("rate", "this takes the share for the *number* of duplicate pairs; some batches hold two or more.")
    if not near(seen[:2], due):
        reject("value", "for batches of 24 and of 5 the number of pictures is not right.")
    if seen[2] != "ValueError":
        reject("few", "a batch of one cannot hold a duplicate: that should be a ValueError.")


# %% kind="hidden"
def observe(support):
    return [support(2), support(2000), attempt(support, 0)["raised"]]


def judge(seen):
    rate = -2 * math.log(1 - SHARE)
    if not near(seen[:2], [2 / rate, 2000 * 1999 / rate], rtol=1e-7):
        reject("value", "for a batch of 2, or a large one, the number of pictures is not right.")
    if seen[2] != "ValueError":
        reject("few", "an empty batch should be a ValueError as well.")


# %% kind="wrong" name="negative" key="sign"
def support(n):
    if n < 2:
        raise ValueError
    return n * (n - 1) / (2 * math.log(1 - SHARE))


# %% kind="wrong" name="n squared" key="pairs"
def support(n):
    if n < 2:
        raise ValueError
    return n * n / (-2 * math.log(1 - SHARE))


# %% kind="wrong" name="ordered pairs" key="half"
def support(n):
    if n < 2:
        raise ValueError
    return n * (n - 1) / -math.log(1 - SHARE)


# %% kind="wrong" name="decimal logarithm" key="logarithm"
def support(n):
    if n < 2:
        raise ValueError
    return n * (n - 1) / (-2 * math.log10(1 - SHARE))


# %% kind="wrong" name="the share itself" key="complement"
def support(n):
    if n < 2:
        raise ValueError
    return n * (n - 1) / (-2 * math.log(SHARE))


# %% kind="wrong" name="share as a rate" key="rate"
def support(n):
    if n < 2:
        raise ValueError
    return n * (n - 1) / (2 * SHARE)


# %% kind="wrong" name="a batch of one" key="few"
def support(n):
    return n * (n - 1) / (-2 * math.log(1 - SHARE))


# %% kind="right" name="pairs by the binomial"
def support(n):
    if n <= 1:
        raise ValueError("no pair")
    return math.comb(n, 2) / math.log(1 / (1 - SHARE))


# %% kind="right" name="by bisection"
def support(n):
    if n < 2:
        raise ValueError("no pair")
    low, high = 1e-3, 1e12
    for _ in range(200):
        middle = math.sqrt(low * high)
        if -math.expm1(-n * (n - 1) / (2 * middle)) > SHARE:
            low = middle
        else:
            high = middle
    return low


# %% [markdown] kind="explanation"
"""
At a share of one half, $N \\approx n^2/(2\\log 2) \\approx 0.72\\,n^2$: a generator of which half the batches of 24 hold a
duplicate draws from about 400 pictures, however sharp they are. The weak point is the word *duplicate*: somebody has to say
how near is the same.
"""

# %% [markdown] kind="task" task="13.4" title="Which cells differ?" points=2 hidden_points=2 minutes=15 difficulty="medium"
"""
Samples were sorted into K cells. Write `different(counts, counts_real)`: both are integer tensors of shape (K,), the
generated and the real samples in each cell. Return the pair `(z, how_many)`: the tensor of the K statistics of the
two-proportion test, negative where generated samples are missing, and the number of cells that differ at the two-sided
level {ALPHA}, an int. The two sides need not have the same number of samples. A cell that is empty on both sides has
$z = 0$.
"""

# %% [markdown] kind="hint"
"""
If both sides had the same share in a cell, what would be the best guess of it, and how far would the two observed shares
lie apart by chance?
"""

# %% [markdown] kind="hint"
"""
$z = (\\hat p_g - \\hat p_r)/\\sqrt{\\hat p(1-\\hat p)(1/N + 1/M)}$, with $\\hat p$ the share of both sides together.
"""

# %% [markdown] kind="hint"
"""
`NormalDist().inv_cdf(1 - alpha / 2)` is the limit for $|z|$; `torch.where` keeps the empty cells from dividing 0 by 0.
"""


# %% kind="solution"
def different(counts, counts_real):
    ### BEGIN SOLUTION
    n, m = counts.sum(), counts_real.sum()
    together = (counts + counts_real) / (n + m)
    error = torch.sqrt(together * (1 - together) * (1 / n + 1 / m))
    gap = counts / n - counts_real / m
    z = torch.where(error > 0, gap / error, torch.zeros_like(gap))
    limit = NormalDist().inv_cdf(1 - ALPHA / 2)
    return z, int((z.abs() > limit).sum())
    ### END SOLUTION


# %% kind="check"
def observe(different):
    counts = torch.tensor([40, 2, 0, 30, 28])
    counts_real = torch.tensor([90, 30, 0, 60, 20])
    z, how_many = different(counts, counts_real)
    return {"z": z, "how_many": how_many}


def judge(seen):
    counts = torch.tensor([40, 2, 0, 30, 28], dtype=torch.float64)
    real = torch.tensor([90, 30, 0, 60, 20], dtype=torch.float64)
    z, p, r = seen["z"], counts / 100, real / 200
    share = (counts + real) / 300
    alive = torch.tensor([0, 1, 3, 4])
    error = (share * (1 - share) * (1 / 100 + 1 / 200)).sqrt()
    due = torch.where(error > 0, (p - r) / error.clamp(min=1e-12), torch.zeros(5, dtype=torch.float64))
    if not isinstance(z, torch.Tensor) or z.shape != (5,):
        reject("shape", "one statistic for each cell is due, a tensor of shape (K,).")
    if not torch.isfinite(z).all():
        reject("empty", "a cell that is empty on both sides gave a value that is no number.")
    live = lambda values: near(z[alive], values[alive], atol=1e-4, rtol=1e-4)
    if live(-due):
        reject("sign", "cells where generated samples are missing came out positive.")
    if live(due.abs()):
        reject("absolute", "the sign was lost, and with it whether a cell is short of samples or overfull.")
    alone = (p * (1 - p) / 100 + r * (1 - r) / 200).sqrt().clamp(min=1e-12)
    if live((p - r) / alone):
        reject("pooled", "the error was taken from two separate shares; under the hypothesis there is only one.")
    if live((p - r) / (share * (1 - share) / 100).sqrt().clamp(min=1e-12)):
        reject("real", "the real shares were taken for exact; they are counts of a sample, too.")
    if live((p - r) / (share * (1 - share) / 300).sqrt().clamp(min=1e-12)):
        reject("sizes", "the error of a difference is larger than that of one share of all samples together.")
    if live((p - r) / (share * (1 - share) * (1 / 100 + 1 / 200)).clamp(min=1e-12)):
        reject("root", "the difference was divided by a variance.")
    if live((counts - real) / (share * (1 - share) * (1 / 100 + 1 / 200)).sqrt().clamp(min=1e-12)):
        reject("shares", "counts of samples of two sizes were compared, not shares.")
    if live((p - r) / (r * (1 - r) * (1 / 100 + 1 / 200)).sqrt().clamp(min=1e-12)):
        reject("pooled", "the error was taken from the real side's share alone; both sides together know it better.")
    if not near(z, due, atol=1e-4, rtol=1e-4):
        reject("value", "for five cells, 100 generated and 200 real samples, the statistics are not right.")
    limit = NormalDist().inv_cdf(1 - ALPHA / 2)
    if isinstance(seen["how_many"], bool) or not isinstance(seen["how_many"], int):
        reject("int", "the number of cells is an int.")
    if seen["how_many"] != int((due.abs() > limit).sum()):
        reject("number", "the statistics are right, and the number of cells beyond the limit is not.")


# %% kind="hidden"
def observe(different):
    limit = NormalDist().inv_cdf(1 - ALPHA / 2)
    found = []
    for wanted in (-1.02 * limit, -0.98 * limit, 0.98 * limit, 1.02 * limit):
        gap = round(wanted * math.sqrt(0.25 * 2 / 100_000) * 100_000)
        counts = torch.tensor([50_000 + gap, 50_000 - gap, 0])
        z, how_many = different(counts, torch.tensor([50_000, 50_000, 0]))
        found.append([float(z[0]), how_many])
    same = different(torch.tensor([3, 5]), torch.tensor([6, 10]))
    return {"found": found, "same": [same[0], same[1]]}


def judge(seen):
    if [row[1] for row in seen["found"]] != [2, 0, 0, 2]:
        reject("limit", "just below or just above the two-sided limit, on either side of 0, the count is not right.")
    if not near(seen["same"][0], [0.0, 0.0]) or seen["same"][1] != 0:
        reject("same", "equal shares of samples of two sizes should not differ.")


# %% kind="wrong" name="the other sign" key="sign"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    error = torch.sqrt(p * (1 - p) * (1 / n + 1 / m))
    z = torch.nan_to_num((counts_real / m - counts / n) / error)
    return z, int((z.abs() > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="wrong" name="absolute" key="absolute"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    error = torch.sqrt(p * (1 - p) * (1 / n + 1 / m))
    z = torch.nan_to_num((counts / n - counts_real / m) / error).abs()
    return z, int((z > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="wrong" name="two separate errors" key="pooled"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p, r = counts / n, counts_real / m
    z = torch.nan_to_num((p - r) / torch.sqrt(p * (1 - p) / n + r * (1 - r) / m))
    return z, int((z.abs() > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="wrong" name="real shares taken for exact" key="real"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    z = torch.nan_to_num((counts / n - counts_real / m) / torch.sqrt(p * (1 - p) / n))
    return z, int((z.abs() > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="wrong" name="all samples as one" key="sizes"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    z = torch.nan_to_num((counts / n - counts_real / m) / torch.sqrt(p * (1 - p) / (n + m)))
    return z, int((z.abs() > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="wrong" name="a variance below" key="root"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    z = torch.nan_to_num((counts / n - counts_real / m) / (p * (1 - p) * (1 / n + 1 / m)))
    return z, int((z.abs() > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="wrong" name="nought by nought" key="empty"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    z = (counts / n - counts_real / m) / torch.sqrt(p * (1 - p) * (1 / n + 1 / m))
    return z, int((z.abs() > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="wrong" name="one-sided limit" key="limit"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    z = torch.nan_to_num((counts / n - counts_real / m) / torch.sqrt(p * (1 - p) * (1 / n + 1 / m)))
    return z, int((z.abs() > NormalDist().inv_cdf(1 - ALPHA)).sum())


# %% kind="wrong" name="overfull cells only" key="number"
def different(counts, counts_real):
    n, m = counts.sum(), counts_real.sum()
    p = (counts + counts_real) / (n + m)
    z = torch.nan_to_num((counts / n - counts_real / m) / torch.sqrt(p * (1 - p) * (1 / n + 1 / m)))
    return z, int((z > NormalDist().inv_cdf(1 - ALPHA / 2)).sum())


# %% kind="right" name="not a number to nought"
def different(counts, counts_real):
    n, m = counts.sum().double(), counts_real.sum().double()
    p = (counts + counts_real).double() / (n + m)
    z = (counts / n - counts_real / m) / (p * (1 - p) * (n + m) / (n * m)).sqrt()
    z = z.nan_to_num(nan=0.0)
    return z, int((2 * torch.special.ndtr(-z.abs()) < ALPHA).sum())


# %% kind="right" name="cell by cell"
def different(counts, counts_real):
    n, m = int(counts.sum()), int(counts_real.sum())
    limit, z = NormalDist().inv_cdf(1 - ALPHA / 2), []
    for a, b in zip(counts.tolist(), counts_real.tolist()):
        share = (a + b) / (n + m)
        error = math.sqrt(share * (1 - share) * (1 / n + 1 / m))
        z.append((a / n - b / m) / error if error else 0.0)
    return torch.tensor(z), sum(abs(value) > limit for value in z)


# %% [markdown] kind="equivalent"
"""
- `torch.zeros_like(gap))` -> `-torch.zeros_like(gap))`: minus nought is nought.
- `torch.zeros_like(gap))` -> `gap)`: where both sides are empty the gap is nought as well.
- `z.abs() > limit` -> `z.abs() >= limit`: no count gives a statistic that equals the limit to the last digit.
"""

# %% [markdown] kind="explanation"
"""
Under equal laws about {ALPHA} of the cells are beyond the limit by chance, so the number of different cells has a floor
too. The sign is worth keeping: a cell far below 0 is a place where data are and samples are not, and its centre is a picture of
what is missing.
"""

# %% [markdown] kind="task" task="13.5" title="A fraud that the Fréchet distance passes" points=3 hidden_points=2 minutes=20 difficulty="hard"
"""
Write `impostor(x)`: for features `x` of shape (N, {WIDTH}), float64, with N a few hundred, return other features of the same
shape with *exactly* the mean and the covariance of `x` (to 1e-6), so that their Fréchet distance is 0, but of another law: in
coordinates in which `x` has mean 0 and covariance 1, each of your points shall lie at about the same distance from the
origin, where those of `x` lie near and far. The check measures this: the mean of $\\lVert u\\rVert^4$ over the square of the
mean of $\\lVert u\\rVert^2$, in those coordinates, must be below 1.1 (for a Gaussian it is $1 + 2/{WIDTH}$).
"""

# %% [markdown] kind="hint"
"""
Make points that lie on a sphere, or are made of coins, first. Then give them the mean and the covariance that they need.
"""

# %% [markdown] kind="hint"
"""
With $C = LL^\\top$ (Cholesky), $u \\mapsto \\mu + Lu$ takes mean 0 and covariance 1 to $\\mu$ and $C$, and
$L^{-1}(\\,\\cdot - \\mu)$ takes them away.
"""

# %% [markdown] kind="hint"
"""
Coins, 0 or 1, have neither: whiten them by their own mean and Cholesky factor, then colour them by those of `x`.
"""


# %% kind="solution"
def impostor(x):
    ### BEGIN SOLUTION
    coins = torch.randint(0, 2, x.shape).double()
    factor = torch.linalg.cholesky(torch.cov(coins.T))
    white = torch.linalg.solve(factor, (coins - coins.mean(dim=0)).T)
    return x.mean(dim=0) + (torch.linalg.cholesky(torch.cov(x.T)) @ white).T
    ### END SOLUTION


# %% kind="check"
def observe(impostor):
    rng = torch.Generator().manual_seed(13)
    x = torch.randn(400, WIDTH, generator=rng, dtype=torch.float64)
    x = 3 + x @ torch.randn(WIDTH, WIDTH, generator=rng, dtype=torch.float64)
    return impostor(x.clone())


def judge(seen):
    rng = torch.Generator().manual_seed(13)
    x = torch.randn(400, WIDTH, generator=rng, dtype=torch.float64)
    x = 3 + x @ torch.randn(WIDTH, WIDTH, generator=rng, dtype=torch.float64)
    if not isinstance(seen, torch.Tensor) or seen.shape != x.shape:
        reject("shape", "as many features of the same width are due.")
    if not torch.isfinite(seen).all():
        reject("finite", "some of the features are no finite numbers.")
    seen = seen.double()
    of_x, of_y = torch.cov(x.T), torch.cov(seen.T)
    if not near(seen.mean(dim=0), x.mean(dim=0), atol=1e-6):
        reject("mean", "the means differ: the Fréchet distance would see the first moments.")
    if near(of_y.diagonal(), of_x.diagonal(), atol=1e-6) and not near(of_y, of_x, atol=1e-6):
        reject("correlations", "each feature has the right spread, and their correlations are lost.")
    if near(of_y, torch.cov(x.T, correction=0), atol=1e-6) or near(of_y * 400 / 399, torch.cov(x.T), atol=1e-6):
        reject("correction", "the covariance is off by the factor (N - 1) / N: take the same estimate for both.")
    if not near(of_y, of_x, atol=1e-6):
        reject("covariance", "the covariances differ: the Fréchet distance would see the second moments.")
    white = torch.linalg.solve(torch.linalg.cholesky(of_x), (seen - x.mean(dim=0)).T).T
    size = white.square().sum(dim=1)
    if float(size.square().mean() / size.mean() ** 2) >= 1.1:
        reject("same", "mean and covariance agree, and the distances from the middle vary as they do in the data.")


# %% kind="hidden"
def observe(impostor):
    rng = torch.Generator().manual_seed(31)
    x = torch.randn(300, WIDTH, generator=rng, dtype=torch.float64).exp()
    return impostor(x.clone())


def judge(seen):
    rng = torch.Generator().manual_seed(31)
    x = torch.randn(300, WIDTH, generator=rng, dtype=torch.float64).exp()
    if not isinstance(seen, torch.Tensor) or seen.shape != x.shape or not torch.isfinite(seen).all():
        reject("shape", "for skewed data as many finite features of the same width are due.")
    if not near(seen.mean(dim=0), x.mean(dim=0)) or not near(torch.cov(seen.T), torch.cov(x.T), atol=1e-6):
        reject("moments", "for skewed data the mean or the covariance differs.")
    white = torch.linalg.solve(torch.linalg.cholesky(torch.cov(x.T)), (seen - x.mean(dim=0)).T).T
    size = white.square().sum(dim=1)
    if float(size.square().mean() / size.mean() ** 2) >= 1.1:
        reject("same", "for skewed data the distances from the middle vary too much.")


# %% kind="wrong" name="a copy" key="same"
def impostor(x):
    return x[torch.randperm(len(x))]


# %% kind="wrong" name="a mirror" key="same"
def impostor(x):
    return 2 * x.mean(dim=0) - x


# %% kind="wrong" name="signs not whitened" key="mean"
def impostor(x):
    signs = torch.randint(0, 2, x.shape).double() * 2 - 1
    return x.mean(dim=0) + signs @ torch.linalg.cholesky(torch.cov(x.T)).T


# %% kind="wrong" name="centred, not whitened" key="covariance"
def impostor(x):
    signs = torch.randint(0, 2, x.shape).double() * 2 - 1
    signs = signs - signs.mean(dim=0)
    return x.mean(dim=0) + signs @ torch.linalg.cholesky(torch.cov(x.T)).T


# %% kind="wrong" name="spreads only" key="correlations"
def impostor(x):
    signs = torch.randint(0, 2, x.shape).double() * 2 - 1
    white = torch.linalg.solve(torch.linalg.cholesky(torch.cov(signs.T)), (signs - signs.mean(dim=0)).T).T
    return x.mean(dim=0) + white * x.std(dim=0)


# %% kind="wrong" name="two estimates of the covariance" key="correction"
def impostor(x):
    signs = torch.randint(0, 2, x.shape).double() * 2 - 1
    white = torch.linalg.solve(torch.linalg.cholesky(torch.cov(signs.T)), (signs - signs.mean(dim=0)).T).T
    return x.mean(dim=0) + white @ torch.linalg.cholesky(torch.cov(x.T, correction=0)).T


# %% kind="wrong" name="factor not transposed" key="covariance"
def impostor(x):
    signs = torch.randint(0, 2, x.shape).double() * 2 - 1
    white = torch.linalg.solve(torch.linalg.cholesky(torch.cov(signs.T)), (signs - signs.mean(dim=0)).T).T
    return x.mean(dim=0) + white @ torch.linalg.cholesky(torch.cov(x.T))


# %% kind="wrong" name="a Gaussian in its place" key="same"
def impostor(x):
    bell = torch.randn_like(x)
    white = torch.linalg.solve(torch.linalg.cholesky(torch.cov(bell.T)), (bell - bell.mean(dim=0)).T).T
    return x.mean(dim=0) + white @ torch.linalg.cholesky(torch.cov(x.T)).T


# %% kind="right" name="points on a sphere"
def impostor(x):
    u = torch.nn.functional.normalize(torch.randn_like(x), dim=1)
    u = u - u.mean(dim=0)
    values, vectors = torch.linalg.eigh(u.T @ u / (len(u) - 1))
    white = u @ (vectors / values.sqrt()) @ vectors.T
    values, vectors = torch.linalg.eigh(torch.cov(x.T))
    return x.mean(dim=0) + white @ (vectors * values.sqrt()) @ vectors.T


# %% kind="right" name="pairs of opposite points"
def impostor(x):
    half = torch.nn.functional.normalize(torch.randn(len(x) // 2, x.shape[1], dtype=x.dtype), dim=1)
    u = torch.cat([half, -half])
    factor = torch.linalg.cholesky(torch.cov(u.T))
    white = torch.linalg.solve_triangular(factor, u.T, upper=False)
    return (x.mean(dim=0)[:, None] + torch.linalg.cholesky(torch.cov(x.T)) @ white).T.contiguous()


# %% [markdown] kind="equivalent"
"""
- `coins = torch.randint` -> `coins = -torch.randint`: mirrored coins are coins.
- `factor = torch.linalg.cholesky(torch.cov(coins.T))` -> `factor = -torch.linalg.cholesky(torch.cov(coins.T))`: mirrored coins are coins.
- `torch.cov(coins.T)` -> `torch.cov(-coins.T)`: a covariance forgets the sign.
- `white = torch.linalg.solve` -> `white = -torch.linalg.solve`: mirrored coins are coins.
- `solve(factor` -> `solve(-factor`: mirrored coins are coins.
- `, (coins - coins.mean(dim=0)).T)` -> `, -(coins - coins.mean(dim=0)).T)`: mirrored coins are coins.
- `(coins - coins.mean(dim=0)).T` -> `(coins.mean(dim=0) - coins).T`: mirrored coins are coins.
- `x.mean(dim=0) + (` -> `x.mean(dim=0) - (`: mirrored coins are coins.
- `torch.cov(x.T)` -> `torch.cov(-x.T)`: a covariance forgets the sign.
"""

# %% [markdown] kind="explanation"
"""
Any two laws with the same first two moments have Fréchet distance 0: what is compared are the two Gaussians that were
fitted. Points of coins are as different from a bell as one can wish. The mirror image $2\\mu - x$ passes as well, and is
another law as soon as `x` is skewed, but its distances from the middle are those of the data. A two-sample test,
precision and recall see the coins at once.
"""

# %% [markdown] kind="task" task="13.6" title="How sure is a recall?" points=2 hidden_points=2 minutes=15 difficulty="hard"
"""
The bootstrap repeats samples, which ruins recall. Write `spread(statistic, x)`: the standard error of `statistic(x)`, a
function from samples (N, ...) to a float, without repeating anybody. Put row i into group i mod {GROUPS}, compute the statistic
without each group in turn, and return the delete-a-group jackknife's standard error, a float:

$$\\sqrt{\\frac{g-1}{g}\\sum_{j=1}^{g}(t_j-\\bar t)^2},\\qquad g = {GROUPS}.$$
"""

# %% [markdown] kind="hint"
"""
Each $t_j$ comes from nearly all samples, so the $t_j$ lie much closer together than values from fresh samples would: what
in the formula makes up for that?
"""

# %% [markdown] kind="hint"
"""
$g$ calls of the statistic; $\\bar t$ is the mean of the $t_j$; the sum is not divided by $g - 1$.
"""

# %% [markdown] kind="hint"
"""
`torch.arange(len(x)) % g != j` is the mask of the rows that stay.
"""


# %% kind="solution"
def spread(statistic, x):
    ### BEGIN SOLUTION
    group = torch.arange(len(x)) % GROUPS
    values = [float(statistic(x[group != j])) for j in range(GROUPS)]
    centre = sum(values) / GROUPS
    return math.sqrt((GROUPS - 1) / GROUPS * sum((value - centre) ** 2 for value in values))
    ### END SOLUTION


# %% kind="check"
def observe(spread):
    x = torch.arange(1.0, 4 * GROUPS + 1).square()
    asked = []

    def mean(part):
        asked.append(sorted(part.tolist()))
        return part.mean().item()

    return {"error": spread(mean, x), "asked": asked}


def judge(seen):
    x = [float(i * i) for i in range(1, 4 * GROUPS + 1)]
    without = [[v for i, v in enumerate(x) if i % GROUPS != j] for j in range(GROUPS)]
    parts = [[v for i, v in enumerate(x) if i % GROUPS == j] for j in range(GROUPS)]
    asked = [list(part) for part in seen["asked"]]
    if any(len(set(part)) < len(part) for part in asked):
        reject("repeated", "some samples came twice: their nearest neighbour would lie at distance nought.")
    if sorted(map(tuple, asked)) == sorted(map(tuple, parts)):
        reject("kept", "each group was kept alone; it should be left out, and everybody else stay.")
    blocks = [[v for i, v in enumerate(x) if i // 4 != j] for j in range(GROUPS)]
    if sorted(map(tuple, asked)) == sorted(map(tuple, blocks)):
        reject("blocks", "the groups are neighbours in the file; row i belongs to group i modulo their number.")
    if len(asked) == len(x) and all(len(part) == len(x) - 1 for part in asked):
        reject("one", "single samples were left out; the groups are larger, and fewer.")
    if any(part not in asked for part in without):
        reject("groups", "the statistic was not asked once without each of the groups.")
    if any(part != sorted(x) and part not in without for part in asked):
        reject("groups", "the statistic was asked of samples that belong to no group left out.")
    means = torch.tensor([sum(part) / len(part) for part in without], dtype=torch.float64)
    g, due = GROUPS, float(((GROUPS - 1) / GROUPS * (means - means.mean()).square().sum()).sqrt())
    if near(seen["error"], float(means.std())):
        reject("factor", "this is the spread of the values themselves, each from nearly the same samples: too small.")
    if near(seen["error"], float(means.std() / g**0.5)):
        reject("factor", "values that share nearly all of their samples are not independent: this is far too small.")
    if near(seen["error"], due**2):
        reject("root", "this is a variance; the standard error is asked for.")
    if near(seen["error"], float((means - means.mean()).square().sum().sqrt())):
        reject("factor", "the factor in front of the sum is missing.")
    if not near(seen["error"], due):
        reject("value", "for the mean of the first squares the standard error is not right.")


# %% kind="hidden"
def observe(spread):
    x = torch.stack([torch.arange(3.0 * GROUPS), torch.ones(3 * GROUPS)], dim=1)
    largest = spread(lambda part: part[:, 0].max().item(), x)
    tensor = spread(lambda part: part.sum(), x)
    return [largest, tensor, spread(lambda part: 4.0, x)]


def judge(seen):
    x = torch.stack([torch.arange(3.0 * GROUPS), torch.ones(3 * GROUPS)], dim=1).double()
    group = torch.arange(len(x)) % GROUPS
    rows = []
    for statistic in (lambda part: part[:, 0].max(), lambda part: part.sum(), lambda part: torch.tensor(4.0)):
        values = torch.stack([statistic(x[group != j]).double() for j in range(GROUPS)])
        rows.append(float(((GROUPS - 1) / GROUPS * (values - values.mean()).square().sum()).sqrt()))
    if not near(seen, rows, rtol=1e-5):
        reject("value", "for a maximum, a sum or a constant over rows of two numbers the standard error is not right.")


# %% kind="wrong" name="bootstrap" key="repeated"
def spread(statistic, x):
    values = [float(statistic(x[torch.randint(len(x), (len(x),))])) for _ in range(GROUPS)]
    return torch.tensor(values).std().item()


# %% kind="wrong" name="each group alone" key="kept"
def spread(statistic, x):
    group = torch.arange(len(x)) % GROUPS
    values = torch.tensor([float(statistic(x[group == j])) for j in range(GROUPS)], dtype=torch.float64)
    return (values.std() / GROUPS**0.5).item()


# %% kind="wrong" name="groups in a row" key="blocks"
def spread(statistic, x):
    group = torch.arange(len(x)) // (len(x) // GROUPS)
    values = torch.tensor([float(statistic(x[group != j])) for j in range(GROUPS)], dtype=torch.float64)
    return ((GROUPS - 1) / GROUPS * (values - values.mean()).square().sum()).sqrt().item()


# %% kind="wrong" name="one at a time" key="one"
def spread(statistic, x):
    n = len(x)
    values = [float(statistic(x[torch.arange(n) != j])) for j in range(n)]
    centre = sum(values) / n
    return math.sqrt((n - 1) / n * sum((value - centre) ** 2 for value in values))


# %% kind="wrong" name="plain spread" key="factor"
def spread(statistic, x):
    group = torch.arange(len(x)) % GROUPS
    values = torch.tensor([float(statistic(x[group != j])) for j in range(GROUPS)], dtype=torch.float64)
    return values.std().item()


# %% kind="wrong" name="error of independent values" key="factor"
def spread(statistic, x):
    group = torch.arange(len(x)) % GROUPS
    values = torch.tensor([float(statistic(x[group != j])) for j in range(GROUPS)], dtype=torch.float64)
    return (values.std() / GROUPS**0.5).item()


# %% kind="wrong" name="a variance" key="root"
def spread(statistic, x):
    group = torch.arange(len(x)) % GROUPS
    values = torch.tensor([float(statistic(x[group != j])) for j in range(GROUPS)], dtype=torch.float64)
    return ((GROUPS - 1) / GROUPS * (values - values.mean()).square().sum()).item()


# %% kind="wrong" name="no factor" key="factor"
def spread(statistic, x):
    group = torch.arange(len(x)) % GROUPS
    values = torch.tensor([float(statistic(x[group != j])) for j in range(GROUPS)], dtype=torch.float64)
    return (values - values.mean()).square().sum().sqrt().item()


# %% kind="right" name="by the variance of torch"
def spread(statistic, x):
    group = torch.arange(len(x)) % GROUPS
    values = torch.tensor([float(statistic(x[group != j])) for j in range(GROUPS)], dtype=torch.float64)
    return (GROUPS - 1) * (values.var(correction=0) / (GROUPS - 1)).sqrt().item()


# %% kind="right" name="with lists of rows"
def spread(statistic, x):
    values = []
    for j in range(GROUPS):
        rows = [i for i in range(len(x)) if i % GROUPS != j]
        values.append(float(statistic(x[rows])))
    centre = math.fsum(values) / len(values)
    return ((1 - 1 / GROUPS) * math.fsum((value - centre) ** 2 for value in values)) ** 0.5


# %% [markdown] kind="equivalent"
"""
- `float(statistic(x[group != j]))` -> `statistic(x[group != j])`: a tensor of one number is as good as a float here.
- `float(statistic(x[group != j]))` -> `float(-statistic(x[group != j]))`: a spread forgets the sign.
- `(value - centre) ** 2` -> `(centre - value) ** 2`: a square forgets the sign.
"""

# %% [markdown] kind="explanation"
"""
For the mean of n equal groups this gives exactly $s/\\sqrt g$ with $s$ the standard deviation of the group means: the usual standard error. For recall
nobody is repeated, so no distance is nought. It measures spread alone: a recall from 600 samples stays a recall from 600
samples, below that from 60 000.
"""

# %% [markdown] kind="task" task="13.7" title="A report to be marked" points=6 minutes=15 difficulty="medium"
"""
"Our generator has a Fréchet distance of 4.1 (5 000 samples), theirs 4.6 (2 000 samples, from their paper). Our discriminator
is right 50 % of the time, so the laws agree. A t-SNE map shows generated and real points well mixed, so no mode is
missing. The samples look flawless, so nothing else need be measured." Answer in at most ten sentences: what each of the four
sentences does and does not show, and the three numbers that you would ask for first, each with its floor.
"""

# %% [markdown] kind="hint"
"""
What would a generator that replays its training images score in each of the four sentences?
"""

# %% [markdown] kind="hint"
"""
Whose judgement is the discriminator's, and what does a map keep?
"""

# %% [markdown] kind="hint"
"""
Ask for something that sees missing data, something that sees copies, and something that makes the first number comparable.
"""

# %% [markdown] kind="answer"
"""
The two distances cannot be compared: the bias grows as the number of samples falls, and nothing says that the features and the
real reference are the same; both have to be computed anew at one sample size, with the distance of real data from real data beside
them. The discriminator's 50 % says that this network, at this moment, cannot tell; it may be weak, badly trained or
blinded by batch normalisation, so I would ask for a two-sample test by a fresh classifier on held-out samples, against
one half plus and minus its error. A t-SNE map keeps neither densities nor widths nor counts, so it can neither
prove nor exclude a missing mode; recall or coverage can, beside what real data get at that size. Flawless looks are precision without recall, and they are also what copies of
training images have. I would ask for the distances to the training set against those of held-out data. First of all,
then: the Fréchet distance of both at one size with its floor, recall with its floor, and the share of copies with that
of held-out data.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: Fréchet distances at two sample sizes (or on two sets of features) do not compare.
- 1 point: a discriminator at 50 % is a statement about the discriminator.
- 1 point: a map shows no counts, widths or densities; it proves nothing about modes.
- 1 point: good looks are precision, and say nothing about diversity.
- 1 point: copying is named, with a way to measure it against held-out data.
- 1 point: three numbers are asked for, each with a floor.

Weak answers ask for a lower distance. Ask: what would a memoriser get?
"""
