# %% [markdown] kind="opening"
"""
# 17 Conditional GANs

Tell a generator that listens from one that does not, write the projection logit, derive it for Gaussians, and keep labels
beside their items in a batch that holds real and fake ones. About 50 minutes.
"""

# %% kind="variant"
ACCURACY = [0.98, 0.9, 0.95, 0.8]
TEMPERATURE = [2, 4, 5, 3]
VARIANCE = [2, 0.5, 3, 4]

# %% kind="given"
import torch

# %% [markdown] kind="task" task="17.1" title="A generator that does not listen" points=1 hidden_points=1 minutes=10 difficulty="easy"
"""
A generator ignores what it is asked for and draws class $k$ with probability `drawn[k]`. Class $k$ is asked for with
probability `asked[k]`. The classifier that looks at the samples is right with probability {ACCURACY}, whatever the class;
when it is wrong, it names each *other* class equally often.

Write `deaf_fidelity(drawn, asked)`, the expected label fidelity, for two lists of the same length.
"""

# %% [markdown] kind="hint"
"""
How often is the class that was drawn the one that was asked for? And if it is not, can the sample still count as right?
"""

# %% [markdown] kind="hint"
"""
With $b=\\sum_k$ `asked[k]` `drawn[k]`: either the class is right and the classifier too, or the class is wrong and the
classifier errs in favour of the request.
"""

# %% [markdown] kind="hint"
"""
`b` times the accuracy, plus `1 - b` times the rate of errors, shared by the other classes: `len(drawn) - 1` of them.
"""


# %% kind="solution"
def deaf_fidelity(drawn, asked):
    ### BEGIN SOLUTION
    agree = sum(a * d for a, d in zip(asked, drawn, strict=True))
    return agree * ACCURACY + (1 - agree) * (1 - ACCURACY) / (len(drawn) - 1)
    ### END SOLUTION


# %% kind="check"
def observe(deaf_fidelity):
    return [deaf_fidelity([0.6, 0.3, 0.1], [0.2, 0.2, 0.6]), deaf_fidelity([1.0, 0.0, 0.0, 0.0], [0.25] * 4)]


def judge(seen):
    agree, classes = [0.24, 0.25], [3, 4]
    due = [b * ACCURACY + (1 - b) * (1 - ACCURACY) / (k - 1) for b, k in zip(agree, classes)]
    if near(seen[0], 1 / 3):
        reject("chance", "one in three holds only where requests or classes are equally frequent.")
    if near(seen, agree):
        reject("classifier", "this is what a classifier without errors would find.")
    if near(seen, [b * ACCURACY for b in agree]):
        reject("luck", "a wrong class can be taken for the one that was asked for.")
    if near(seen, [b * ACCURACY + (1 - b) * (1 - ACCURACY) for b in agree]):
        reject("every", "when the classifier errs, it names one of several classes, and not always the one asked for.")
    if near(seen, [b * ACCURACY + (1 - b) * (1 - ACCURACY) / k for b, k in zip(agree, classes)]):
        reject("others", "a wrong answer is one of the *other* classes: there is one class less to share.")
    if not near(seen, due):
        reject(
            "value", "for three classes drawn with .6, .3, .1 and asked for with .2, .2, .6, the value is not right."
        )


# %% kind="hidden"
def observe(deaf_fidelity):
    return [deaf_fidelity([0.1] * 10, [0.1] * 10), deaf_fidelity([0.0, 1.0], [1.0, 0.0])]


def judge(seen):
    if not near(seen, [0.1, 1 - ACCURACY]):
        reject("value", "for ten equal classes, or where the class that is asked for is never drawn, it is not right.")


# %% kind="wrong" name="one in K" key="chance"
def deaf_fidelity(drawn, asked):
    return 1 / len(drawn)


# %% kind="wrong" name="no errors of the classifier" key="classifier"
def deaf_fidelity(drawn, asked):
    return sum(a * d for a, d in zip(asked, drawn, strict=True))


# %% kind="wrong" name="errors never help" key="luck"
def deaf_fidelity(drawn, asked):
    return ACCURACY * sum(a * d for a, d in zip(asked, drawn, strict=True))


# %% kind="wrong" name="errors always help" key="every"
def deaf_fidelity(drawn, asked):
    agree = sum(a * d for a, d in zip(asked, drawn, strict=True))
    return agree * ACCURACY + (1 - agree) * (1 - ACCURACY)


# %% kind="wrong" name="shared by all classes" key="others"
def deaf_fidelity(drawn, asked):
    agree = sum(a * d for a, d in zip(asked, drawn, strict=True))
    return agree * ACCURACY + (1 - agree) * (1 - ACCURACY) / len(drawn)


# %% kind="right" name="by a sum over all cases"
def deaf_fidelity(drawn, asked):
    total = 0.0
    for k, a in enumerate(asked):
        for j, d in enumerate(drawn):
            total += a * d * (ACCURACY if j == k else (1 - ACCURACY) / (len(drawn) - 1))
    return total


# %% kind="right" name="with tensors"
def deaf_fidelity(drawn, asked):
    k = len(drawn)
    confusion = torch.full((k, k), (1 - ACCURACY) / (k - 1), dtype=torch.float64).fill_diagonal_(ACCURACY)
    d, a = (torch.tensor(shares, dtype=torch.float64) for shares in (drawn, asked))
    return float(d @ confusion @ a)


# %% [markdown] kind="equivalent"
"""
- `zip(asked, drawn, strict=True)` -> `zip(drawn, asked, strict=True)`: a product does not care which factor comes first.
- `strict=True` -> `strict=False`: both lists have the same length.
- `zip(asked, drawn, strict=True)` -> `zip(asked, drawn)`: both lists have the same length.
"""

# %% [markdown] kind="explanation"
"""
With ten classes, asked for equally often, the result is 0.1 whatever is drawn and however good the classifier is: that is
the floor to print beside a fidelity. With unequal requests it is not 0.1, so ask for every class equally often.
"""

# %% [markdown] kind="task" task="17.2" title="The projection logit" points=2 hidden_points=1 minutes=12 difficulty="medium"
"""
Write `projection_logit(phi, y, v, w, b)`: the logits, shape (N,), of a projection discriminator with
$\\psi(\\varphi)=w^\\top\\varphi+b$ and a temperature, $s=\\bigl(v_y^\\top\\varphi+\\psi(\\varphi)\\bigr)/{TEMPERATURE}$. `phi` has the
shape (N, F), `y` (N,) with integers below K, `v` (K, F), `w` (F,); `b` is a number.
"""

# %% [markdown] kind="hint"
"""
Each item meets one row of `v`: that of its own class.
"""

# %% [markdown] kind="hint"
"""
`v[y]` has the shape (N, F), like `phi`. An inner product for each item is a product of numbers, then a sum over features.
"""

# %% [markdown] kind="hint"
"""
`(v[y] * phi).sum(1)`, plus `phi @ w + b`, and all of it divided by the temperature.
"""


# %% kind="solution"
def projection_logit(phi, y, v, w, b):
    ### BEGIN SOLUTION
    return ((v[y] * phi).sum(1) + phi @ w + b) / TEMPERATURE
    ### END SOLUTION


# %% kind="check"
def observe(projection_logit):
    phi = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0]])
    v = torch.tensor([[1.0, 1.0], [0.0, -2.0]])
    s = projection_logit(phi, torch.tensor([0, 1, 1]), v, torch.tensor([2.0, 0.5]), 1.0)
    return {"shape": list(s.shape), "values": s.flatten().tolist()}


def judge(seen):
    inner, psi = [3.0, 2.0, -10.0], [4.0, 6.5, 3.5]
    due = [(i + p) / TEMPERATURE for i, p in zip(inner, psi)]
    if seen["shape"] == [3, 3]:
        reject("pairs", "every item met every label: each of the N items has one logit.")
    if seen["shape"] != [3]:
        reject("shape", "the logits have the shape (N,).")
    values = seen["values"]
    if near(values, [i / TEMPERATURE for i in inner]):
        reject("psi", "without psi the logit cannot say that an item looks unreal whatever its class.")
    if near(values, [p / TEMPERATURE for p in psi]):
        reject("class", "this logit does not depend on the class at all.")
    if near(values, [i / TEMPERATURE + p for i, p in zip(inner, psi)]) or near(
        values, [i + p / TEMPERATURE for i, p in zip(inner, psi)]
    ):
        reject("temperature", "the temperature divides both terms.")
    if near(values, [i + p for i, p in zip(inner, psi)]):
        reject("temperature", "the temperature is missing.")
    if near(values, [(i / 2 + p) / TEMPERATURE for i, p in zip(inner, psi)]):
        reject("mean", "an inner product is a sum over the features, not their mean.")
    if near(values, [(i + p - 1) / TEMPERATURE for i, p in zip(inner, psi)]):
        reject("bias", "psi has a constant as well.")
    if near(values, [(i + p) / TEMPERATURE for i, p in zip([1.0, -1.0 + 2 * 2, -5.0], psi)]):
        reject("class", "all rows of v were added: only that of the item's own class counts.")
    if not near(values, due):
        reject("value", "for three items with two features, the logits are not right.")


# %% kind="hidden"
def observe(projection_logit):
    rng = torch.Generator().manual_seed(1)
    phi, v = torch.randn(1, 7, generator=rng), torch.randn(4, 7, generator=rng)
    w = torch.randn(7, generator=rng)
    one = projection_logit(phi, torch.tensor([3]), v, w, -0.5)
    due = (v[3] @ phi[0] + w @ phi[0] - 0.5) / TEMPERATURE
    return {"shape": list(one.shape), "gap": float((one.flatten()[0] - due).abs())}


def judge(seen):
    if seen["shape"] != [1]:
        reject("shape", "a batch of one item has logits of shape (1,).")
    if seen["gap"] > 1e-4:
        reject("value", "for another class and other features, the logit is not right.")


# %% kind="wrong" name="every item with every label" key="pairs"
def projection_logit(phi, y, v, w, b):
    return (phi @ v[y].T + (phi @ w + b)[:, None]) / TEMPERATURE


# %% kind="wrong" name="a column" key="shape"
def projection_logit(phi, y, v, w, b):
    return ((v[y] * phi).sum(1, keepdim=True) + (phi @ w + b)[:, None]) / TEMPERATURE


# %% kind="wrong" name="no psi" key="psi"
def projection_logit(phi, y, v, w, b):
    return (v[y] * phi).sum(1) / TEMPERATURE


# %% kind="wrong" name="no class" key="class"
def projection_logit(phi, y, v, w, b):
    return (phi @ w + b) / TEMPERATURE


# %% kind="wrong" name="temperature of the projection only" key="temperature"
def projection_logit(phi, y, v, w, b):
    return (v[y] * phi).sum(1) / TEMPERATURE + phi @ w + b


# %% kind="wrong" name="no temperature" key="temperature"
def projection_logit(phi, y, v, w, b):
    return (v[y] * phi).sum(1) + phi @ w + b


# %% kind="wrong" name="a mean" key="mean"
def projection_logit(phi, y, v, w, b):
    return ((v[y] * phi).mean(1) + phi @ w + b) / TEMPERATURE


# %% kind="wrong" name="no constant" key="bias"
def projection_logit(phi, y, v, w, b):
    return ((v[y] * phi).sum(1) + phi @ w) / TEMPERATURE


# %% kind="right" name="one vector for each item"
def projection_logit(phi, y, v, w, b):
    return ((v[y] + w) * phi).sum(1) / TEMPERATURE + b / TEMPERATURE


# %% kind="right" name="all classes, then its own"
def projection_logit(phi, y, v, w, b):
    table = phi @ v.T
    return (table.gather(1, y[:, None]).squeeze(1) + phi @ w + b) / TEMPERATURE


# %% [markdown] kind="explanation"
"""
The embedding of a class is one row of a table, and the logit adds one inner product to that of an unconditional
discriminator. A batch of one item is where `squeeze()` without an axis goes wrong.
"""

# %% [markdown] kind="task" task="17.3" title="Exactly a projection" points=2 hidden_points=2 minutes=18 difficulty="hard"
"""
Real items of class $y$ follow $N(m_y,\\tau^2I)$ and fakes $N(f_y,\\tau^2I)$, with the *variance* $\\tau^2={VARIANCE}$. Derive
$\\log p(x\\mid y)-\\log q(x\\mid y)$ and write it as $v_y^\\top\\varphi(x)$ with $\\varphi(x)=(x_1,\\dots,x_d,1)$.

`exact_projection(m, f)` takes the means, both of shape (K, d), and returns `v` of shape (K, d + 1).
"""

# %% [markdown] kind="hint"
"""
Write out both squares. What happens to $\\lVert x\\rVert^2$?
"""

# %% [markdown] kind="hint"
"""
$\\frac{1}{2\\tau^2}\\bigl(\\lVert x-f_y\\rVert^2-\\lVert x-m_y\\rVert^2\\bigr)$: collect what multiplies $x$, and what does not.
"""

# %% [markdown] kind="hint"
"""
$(m_y-f_y)/\\tau^2$ multiplies $x$; the constant is $(\\lVert f_y\\rVert^2-\\lVert m_y\\rVert^2)/(2\\tau^2)$. `torch.cat` along
axis 1 joins the two.
"""


# %% kind="solution"
def exact_projection(m, f):
    ### BEGIN SOLUTION
    slope = (m - f) / VARIANCE
    constant = ((f**2).sum(1) - (m**2).sum(1)) / (2 * VARIANCE)
    return torch.cat([slope, constant[:, None]], 1)
    ### END SOLUTION


# %% kind="check"
def observe(exact_projection):
    m, f = torch.tensor([[2.0, 0.0], [1.0, -3.0]]), torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    v = exact_projection(m, f)
    return {"shape": list(v.shape), "slope": v[:, :-1].tolist(), "constant": v[:, -1].tolist()}


def judge(seen):
    slope, constant = [[2.0, -1.0], [0.0, -4.0]], [-3.0, -8.0]
    scaled = lambda rows, by: [[value / by for value in row] for row in rows]
    if seen["shape"] != [2, 3]:
        reject("shape", "for two classes in two dimensions v has the shape (2, 3): the last column is the constant's.")
    if near(seen["slope"], scaled(slope, -VARIANCE)):
        reject("sign", "the logit is high where fakes are likely: the two laws are exchanged.")
    if near(seen["slope"], slope):
        reject("variance", "the variance of the laws does not enter the slope.")
    if near(seen["slope"], scaled(slope, VARIANCE**0.5)):
        reject("variance", "a density has the square of x over the variance in its exponent, not over its root.")
    if near(seen["slope"], scaled(slope, 2 * VARIANCE)):
        reject("two", "the mixed term of a square comes twice, which cancels the 2 below.")
    if not near(seen["slope"], scaled(slope, VARIANCE)):
        reject("slope", "what multiplies x is not right.")
    if near(seen["constant"], [0.0, 0.0]):
        reject("constant", "the squares of the means do not depend on x, and they do not cancel.")
    if near(seen["constant"], [c / VARIANCE for c in constant]):
        reject("two", "the constant has a 2 below the line.")
    if near(seen["constant"], [-c / (2 * VARIANCE) for c in constant]):
        reject("sign", "the constant has the wrong sign: an item is less likely under the law whose mean is farther.")
    if near(seen["constant"], [-4 / (2 * VARIANCE), -10 / (2 * VARIANCE)]):
        reject("fakes", "the fakes' means have squares as well.")
    if not near(seen["constant"], [c / (2 * VARIANCE) for c in constant]):
        reject("value", "the constant is not right.")


# %% kind="hidden"
def observe(exact_projection):
    rng = torch.Generator().manual_seed(4)
    m, f = torch.randn(2, 3, 4, generator=rng, dtype=torch.float64)
    x = torch.randn(20, 4, generator=rng, dtype=torch.float64)
    v, width = exact_projection(m, f), torch.tensor(float(VARIANCE), dtype=torch.float64).sqrt()
    gaps = []
    for y in range(3):
        p, q = (torch.distributions.Normal(mean[y], width).log_prob(x).sum(1) for mean in (m, f))
        gaps.append(float((torch.cat([x, torch.ones(20, 1, dtype=torch.float64)], 1) @ v[y] - (p - q)).abs().max()))
    return gaps


def judge(seen):
    if max(seen) > 1e-6:
        reject("value", "on random points the projection is not the difference of the two log densities.")


# %% kind="wrong" name="laws exchanged" key="sign"
def exact_projection(m, f):
    constant = ((m**2).sum(1) - (f**2).sum(1)) / (2 * VARIANCE)
    return torch.cat([(f - m) / VARIANCE, constant[:, None]], 1)


# %% kind="wrong" name="no variance" key="variance"
def exact_projection(m, f):
    constant = ((f**2).sum(1) - (m**2).sum(1)) / 2
    return torch.cat([m - f, constant[:, None]], 1)


# %% kind="wrong" name="deviation for variance" key="variance"
def exact_projection(m, f):
    constant = ((f**2).sum(1) - (m**2).sum(1)) / (2 * VARIANCE**0.5)
    return torch.cat([(m - f) / VARIANCE**0.5, constant[:, None]], 1)


# %% kind="wrong" name="half the slope" key="two"
def exact_projection(m, f):
    constant = ((f**2).sum(1) - (m**2).sum(1)) / (2 * VARIANCE)
    return torch.cat([(m - f) / (2 * VARIANCE), constant[:, None]], 1)


# %% kind="wrong" name="twice the constant" key="two"
def exact_projection(m, f):
    constant = ((f**2).sum(1) - (m**2).sum(1)) / VARIANCE
    return torch.cat([(m - f) / VARIANCE, constant[:, None]], 1)


# %% kind="wrong" name="no constant" key="constant"
def exact_projection(m, f):
    return torch.cat([(m - f) / VARIANCE, torch.zeros(len(m), 1)], 1)


# %% kind="wrong" name="constant of real items only" key="fakes"
def exact_projection(m, f):
    return torch.cat([(m - f) / VARIANCE, -(m**2).sum(1, keepdim=True) / (2 * VARIANCE)], 1)


# %% kind="wrong" name="sign of the constant" key="sign"
def exact_projection(m, f):
    constant = ((m**2).sum(1) - (f**2).sum(1)) / (2 * VARIANCE)
    return torch.cat([(m - f) / VARIANCE, constant[:, None]], 1)


# %% kind="wrong" name="the slope alone" key="shape"
def exact_projection(m, f):
    return (m - f) / VARIANCE


# %% kind="right" name="through the midpoint"
def exact_projection(m, f):
    slope = (m - f) / VARIANCE
    return torch.cat([slope, -(slope * (m + f) / 2).sum(1, keepdim=True)], 1)


# %% kind="right" name="row by row"
def exact_projection(m, f):
    rows = []
    for a, b in zip(m, f, strict=True):
        rows.append(torch.cat([(a - b) / VARIANCE, ((b @ b - a @ a) / (2 * VARIANCE))[None]]))
    return torch.stack(rows)


# %% [markdown] kind="explanation"
"""
$\\frac{1}{2\\tau^2}\\bigl(\\lVert x-f_y\\rVert^2-\\lVert x-m_y\\rVert^2\\bigr)=\\frac{(m_y-f_y)^\\top x}{\\tau^2}+
\\frac{\\lVert f_y\\rVert^2-\\lVert m_y\\rVert^2}{2\\tau^2}$. Two laws of *different* widths would leave a multiple of
$\\lVert x\\rVert^2$: then $\\varphi$ needs it as a feature. That is what the trunk of a network is for.
"""

# %% [markdown] kind="task" task="17.4" title="One pass, two batches" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
To save time, real and fake items go through $D$ in *one* pass. Write `judge_both(D, real, fake, y)`: `D(x, y)` gives one
score for each item of `x` under its label in `y`. `real` and `fake` are batches of N items, and `y` are the N labels of the
real items, for which the fakes were made, in the same order. Return the two tensors of N scores, those of the real items
first. $D$ is called once.
"""

# %% [markdown] kind="hint"
"""
$D$ sees 2N items. How many labels does it need, and in which order?
"""

# %% [markdown] kind="hint"
"""
Items: all real ones, then all fakes. Labels: all N, then the same N again.
"""

# %% [markdown] kind="hint"
"""
`torch.cat([y, y])` and `.chunk(2)`. What would `repeat_interleave` do?
"""


# %% kind="solution"
def judge_both(D, real, fake, y):
    ### BEGIN SOLUTION
    scores = D(torch.cat([real, fake]), torch.cat([y, y]))
    return scores[: len(real)], scores[len(real) :]
    ### END SOLUTION


# %% kind="check"
def observe(judge_both):
    calls = []

    def D(x, y):
        calls.append([len(x), len(y)])
        return x.sum(1) * (y + 1) if len(x) == len(y) else torch.zeros(len(x))

    real, fake = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[10.0], [20.0], [30.0]])
    first, second = judge_both(D, real, fake, torch.tensor([0, 2, 4]))
    return {"calls": calls, "first": first.tolist(), "second": second.tolist()}


def judge(seen):
    real, fake = [1.0, 6.0, 15.0], [10.0, 60.0, 150.0]
    if len(seen["calls"]) != 1:
        reject("passes", "D was called more than once: join the batches first.")
    if seen["calls"][0] != [6, 6]:
        reject("count", "D needs as many labels as items.")
    if near(seen["first"], fake) and near(seen["second"], real):
        reject("order", "the scores of the real items come first.")
    if near(seen["first"], [1.0, 2.0, 9.0]) or near(seen["second"], [30.0, 100.0, 150.0]):
        reject("interleaved", "labels doubled one by one stand beside other items than their own.")
    if near(seen["first"], real) and near(seen["second"], [50.0, 60.0, 30.0]):
        reject("fakes", "the fakes were made for the labels in their given order.")
    if near(seen["first"], real) and near(seen["second"], [10.0, 20.0, 30.0]):
        reject("fakes", "the fakes were judged under label 0, and not under the classes that they were made for.")
    if not (near(seen["first"], real) and near(seen["second"], fake)):
        reject("value", "with a D that multiplies items and labels, the scores are not right.")


# %% kind="hidden"
def observe(judge_both):
    D = lambda x, y: x.flatten(1).sum(1) + 100 * y
    real, fake = torch.ones(2, 1, 2, 2), 2 * torch.ones(2, 1, 2, 2)
    first, second = judge_both(D, real, fake, torch.tensor([1, 0]))
    return [first.tolist(), second.tolist()]


def judge(seen):
    if not near(seen, [[104.0, 4.0], [108.0, 8.0]]):
        reject("value", "with images and another D, the scores are not right.")


# %% kind="wrong" name="two passes" key="passes"
def judge_both(D, real, fake, y):
    return D(real, y), D(fake, y)


# %% kind="wrong" name="labels once" key="count"
def judge_both(D, real, fake, y):
    scores = D(torch.cat([real, fake]), y)
    return scores[: len(real)], scores[len(real) :]


# %% kind="wrong" name="fakes first" key="order"
def judge_both(D, real, fake, y):
    scores = D(torch.cat([fake, real]), torch.cat([y, y]))
    return scores[: len(real)], scores[len(real) :]


# %% kind="wrong" name="labels interleaved" key="interleaved"
def judge_both(D, real, fake, y):
    scores = D(torch.cat([real, fake]), y.repeat_interleave(2))
    return scores[: len(real)], scores[len(real) :]


# %% kind="wrong" name="labels of the fakes backwards" key="fakes"
def judge_both(D, real, fake, y):
    scores = D(torch.cat([real, fake]), torch.cat([y, y.flip(0)]))
    return scores[: len(real)], scores[len(real) :]


# %% kind="wrong" name="label 0 for fakes" key="fakes"
def judge_both(D, real, fake, y):
    scores = D(torch.cat([real, fake]), torch.cat([y, torch.zeros_like(y)]))
    return scores[: len(real)], scores[len(real) :]


# %% kind="right" name="repeat and chunk"
def judge_both(D, real, fake, y):
    real_scores, fake_scores = D(torch.cat([real, fake]), y.repeat(2)).chunk(2)
    return real_scores, fake_scores


# %% kind="right" name="split"
def judge_both(D, real, fake, y):
    return D(torch.cat((real, fake), 0), torch.stack([y, y]).flatten()).split(len(y))


# %% [markdown] kind="explanation"
"""
`repeat` gives $y_1,\\dots,y_N,y_1,\\dots,y_N$ and `repeat_interleave` gives $y_1,y_1,y_2,y_2,\\dots$. Shapes agree either way
and no error is raised: a GAN trained like that looks healthy and does not listen.
"""
