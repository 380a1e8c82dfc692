# %% [markdown] kind="opening"
"""
# 09 The game: why training circles, and what stops it

Predict on paper what two players do, then let the checks play the game. Five short functions with a closed form, one
for any discriminator, one answer in words. About 95 minutes.

The game of these exercises is the Dirac-GAN with a slope of its own: its field near the equilibrium is
$J = \\begin{pmatrix} 0 & a \\\\ -a & -\\gamma \\end{pmatrix}$ with $a = {TURN}$ (the lesson has $a = 0.5$), for
$w = (\\theta, \\psi)$: the generator's number first. One step of size $h$ adds $h J w$.
"""

# %% kind="variant"
TURN = [0.8, 1.5, 0.6, 1.2]

# %% kind="given"
import cmath
import math

import torch

# %% [markdown] kind="task" task="09.1" title="How a step grows" points=1 hidden_points=1 minutes=5 difficulty="easy"
"""
Without a penalty ($\\gamma = 0$) the eigenvalues are $\\pm{TURN}\\,i$. Write `growth(h)`: the factor by which one
*simultaneous* step of size `h` multiplies the distance from the equilibrium. A positive number comes in, a float goes
out.
"""

# %% [markdown] kind="hint"
"""
A step multiplies by $1 + h\\lambda$, a complex number. How far does it carry a point?
"""

# %% [markdown] kind="hint"
"""
The modulus of $1 + i b$ is the length of the hypotenuse over the sides 1 and $b$.
"""

# %% [markdown] kind="hint"
"""
`math.hypot(1, ...)`, with the step size times the turning rate in place of the dots.
"""


# %% kind="solution"
def growth(h):
    ### BEGIN SOLUTION
    return math.hypot(1, TURN * h)
    ### END SOLUTION


# %% kind="check"
def observe(growth):
    return [growth(0.5), growth(2.0)]


def judge(seen):
    exact = [math.sqrt(1 + (TURN * h) ** 2) for h in (0.5, 2.0)]
    if near(seen, [1 + TURN * h for h in (0.5, 2.0)]):
        reject(
            "sum",
            "the real part 1 and the imaginary part were added like lengths on one line; they stand at a right angle.",
        )
    if near(seen, [value**2 for value in exact]):
        reject("square", "this is the square of the factor.")
    if near(seen, [1.0, 1.0]):
        reject(
            "flow", "this is the continuous flow, which keeps its distance; a step leaves the circle along its tangent."
        )
    if near(seen, [math.sqrt(1 + TURN**2)] * 2):
        reject("size", "the factor does not depend on the step size.")
    if near(seen, [math.sqrt(1 + (0.5 * h) ** 2) for h in (0.5, 2.0)]):
        reject(
            "lesson",
            "this is right for the lesson's game, whose field turns at 0.5; look at the eigenvalues of this one.",
        )
    if not near(seen, exact):
        reject(
            "value",
            f"steps of size 0.5 and 2 came out as {seen}; the modulus of one plus h times the eigenvalue is due.",
        )


# %% kind="hidden"
def observe(growth):
    return [growth(h) for h in (0.01, 0.1, 1.0, 7.0)]


def judge(seen):
    if not near(seen, [abs(1 + 1j * TURN * h) for h in (0.01, 0.1, 1.0, 7.0)]):
        reject("value", "for other step sizes the factor is not the modulus of one plus h times the eigenvalue.")


# %% kind="wrong" name="parts added" key="sum"
def growth(h):
    return 1 + TURN * h


# %% kind="wrong" name="no root" key="square"
def growth(h):
    return 1 + (TURN * h) ** 2


# %% kind="wrong" name="the flow" key="flow"
def growth(h):
    return abs(cmath.exp(1j * TURN * h))


# %% kind="wrong" name="no step size" key="size"
def growth(h):
    return math.hypot(1, TURN)


# %% kind="wrong" name="the lesson's number" key="lesson"
def growth(h):
    return math.sqrt(1 + h * h / 4)


# %% kind="wrong" name="half of the rate" key="value"
def growth(h):
    return math.hypot(1, TURN * h / 2)


# %% kind="right" name="modulus of a complex number"
def growth(h):
    return abs(complex(1, h * TURN))


# %% kind="right" name="largest eigenvalue of the matrix"
def growth(h):
    field = torch.tensor([[0.0, TURN], [-TURN, 0.0]], dtype=torch.float64)
    return torch.linalg.eigvals(torch.eye(2) + h * field).abs().max().item()


# %% [markdown] kind="equivalent"
"""
- `math.hypot(1, {TURN} * h)` -> `math.hypot({TURN} * h, 1)`: the two sides of a right angle may be named in any order.
- `math.hypot(1, {TURN} * h)` -> `math.hypot(1, -({TURN} * h))`: turning the other way round makes a step as long.
"""

# %% [markdown] kind="explanation"
"""
$|1 + h\\lambda| = \\sqrt{1 + h^2 a^2}$, above one for every step size: the tangent of a circle leads out of it.
"""

# %% [markdown] kind="task" task="09.2" title="The spectrum with a brake" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
Write `dirac_eigs(gamma)`: the two eigenvalues of $J$ for a penalty of weight `gamma` $\\ge 0$, as a list of two Python
complex numbers, in any order.
"""

# %% [markdown] kind="hint"
"""
Two numbers are enough for a matrix of two rows: its trace and its determinant.
"""

# %% [markdown] kind="hint"
"""
$\\lambda^2 + \\gamma\\lambda + a^2 = 0$. Below some $\\gamma$ the root of a negative number comes out: use `cmath`.
"""

# %% [markdown] kind="hint"
"""
`root = cmath.sqrt(...)` of the quarter of a square less another square; then minus half of gamma, plus and minus it.
"""


# %% kind="solution"
def dirac_eigs(gamma):
    ### BEGIN SOLUTION
    root = cmath.sqrt(gamma**2 / 4 - TURN**2)
    return [-gamma / 2 + root, -gamma / 2 - root]
    ### END SOLUTION


# %% kind="check"
def observe(dirac_eigs):
    pairs = [attempt(dirac_eigs, gamma) for gamma in (0.0, TURN, 4 * TURN)]
    return [pair if pair["raised"] else [[complex(v).real, complex(v).imag] for v in pair["value"]] for pair in pairs]


def judge(seen):
    if any(isinstance(pair, dict) and pair["raised"] == "ValueError" for pair in seen):
        reject(
            "real",
            "a real square root was asked for a negative number: below the critical weight the roots are complex.",
        )
    if any(isinstance(pair, dict) for pair in seen):
        reject("raised", "the function stopped with an error for one of the weights 0, a and 4 a.")
    if any(len(pair) != 2 for pair in seen):
        reject("two", "a matrix of two rows has two eigenvalues.")
    free, turning, stiff = [sorted(pair) for pair in seen]
    if not near(free, sorted([[0.0, -TURN], [0.0, TURN]])):
        reject("free", "without a penalty the two eigenvalues should be plus and minus a times i.")
    side = TURN * math.sqrt(0.75)
    if near(turning, sorted([[TURN / 2, -side], [TURN / 2, side]])):
        reject("sign", "the penalty pushes outwards in your answer: a brake has a negative real part.")
    if near([pair[0] for pair in turning], [-TURN, -TURN]):
        reject("half", "the real part is the whole of minus gamma; the trace is shared by two eigenvalues.")
    if not near(turning, sorted([[-TURN / 2, -side], [-TURN / 2, side]])):
        reject("turning", "with gamma equal to a the pair should still turn, and be pulled in at half of gamma.")
    fast, slow = -2 * TURN - TURN * math.sqrt(3), -2 * TURN + TURN * math.sqrt(3)
    if not near(stiff, [[fast, 0.0], [slow, 0.0]]):
        reject("stiff", "with gamma equal to 4 a both eigenvalues should be real, one fast and one slow.")


# %% kind="hidden"
def observe(dirac_eigs):
    return [[[complex(v).real, complex(v).imag] for v in dirac_eigs(gamma)] for gamma in (0.1, 1.7, 2 * TURN, 9.0)]


def judge(seen):
    for pair, gamma in zip(seen, (0.1, 1.7, 2 * TURN, 9.0), strict=True):
        one, two = (complex(*parts) for parts in pair)
        if abs(one + two + gamma) > 1e-6:
            reject("trace", "the eigenvalues do not add up to the trace, minus gamma.")
        if abs(one * two - TURN**2) > 1e-6:
            reject("determinant", "the product of the eigenvalues is not the determinant.")


# %% kind="wrong" name="real root" key="real"
def dirac_eigs(gamma):
    root = math.sqrt(gamma**2 / 4 - TURN**2)
    return [-gamma / 2 + root, -gamma / 2 - root]


# %% kind="wrong" name="pushed outwards" key="sign"
def dirac_eigs(gamma):
    root = cmath.sqrt(gamma**2 / 4 - TURN**2)
    return [gamma / 2 + root, gamma / 2 - root]


# %% kind="wrong" name="gamma not halved" key="half"
def dirac_eigs(gamma):
    root = cmath.sqrt(gamma**2 / 4 - TURN**2)
    return [-gamma + root, -gamma - root]


# %% kind="wrong" name="square forgotten" key="turning"
def dirac_eigs(gamma):
    root = cmath.sqrt(gamma / 4 - TURN**2)
    return [-gamma / 2 + root, -gamma / 2 - root]


# %% kind="wrong" name="one eigenvalue" key="two"
def dirac_eigs(gamma):
    return [-gamma / 2 + cmath.sqrt(gamma**2 / 4 - TURN**2)]


# %% kind="wrong" name="the lesson's quarter" key="free"
def dirac_eigs(gamma):
    root = cmath.sqrt(gamma**2 / 4 - 0.25)
    return [-gamma / 2 + root, -gamma / 2 - root]


# %% kind="right" name="roots of the polynomial, scaled"
def dirac_eigs(gamma):
    root = cmath.sqrt(gamma * gamma - 4 * TURN * TURN)
    return [(root - gamma) / 2, -(root + gamma) / 2]


# %% kind="right" name="by linear algebra"
def dirac_eigs(gamma):
    field = torch.tensor([[0.0, TURN], [-TURN, -gamma]], dtype=torch.float64)
    return [complex(value) for value in torch.linalg.eigvals(field)]


# %% [markdown] kind="equivalent"
"""
- `root = cmath.sqrt(` -> `root = -cmath.sqrt(`: the two roots exchange their places, and any order is right.
"""

# %% [markdown] kind="explanation"
"""
The trace is $-\\gamma$ and the determinant $a^2$, so $\\lambda^2 + \\gamma\\lambda + a^2 = 0$. Critical damping is at
$\\gamma = 2a$, where both eigenvalues are $-a$; beyond it one of them comes back towards 0.
"""

# %% [markdown] kind="task" task="09.3" title="One round of taken turns" points=2 hidden_points=2 minutes=15 difficulty="medium"
"""
D moves first: $\\psi' = \\psi + h\\,(-a\\theta - \\gamma\\psi)$. Then G answers the D it meets:
$\\theta' = \\theta + h\\,a\\psi'$. Write `round_matrix(h, gamma)`: the 2×2 float64 tensor $M$ with
$(\\theta', \\psi') = M\\,(\\theta, \\psi)$.
"""

# %% [markdown] kind="hint"
"""
Each of the two moves is a matrix that leaves one of the numbers alone. A round is their product.
"""

# %% [markdown] kind="hint"
"""
D's move: $\\begin{pmatrix} 1 & 0 \\\\ -ha & 1 - h\\gamma \\end{pmatrix}$. G's move changes the first row instead. The one
that comes first stands on the right.
"""

# %% [markdown] kind="hint"
"""
Two tensors, `torch.tensor([[..., ...], [..., ...]], dtype=torch.float64)`, one for each move; then `@`, with D's move last.
"""


# %% kind="solution"
def round_matrix(h, gamma):
    ### BEGIN SOLUTION
    move_d = torch.tensor([[1, 0], [-h * TURN, 1 - h * gamma]], dtype=torch.float64)
    move_g = torch.tensor([[1, h * TURN], [0, 1]], dtype=torch.float64)
    return move_g @ move_d
    ### END SOLUTION


# %% kind="check"
def observe(round_matrix):
    return [round_matrix(0.5, 0.0), round_matrix(0.5, 0.4)]


def judge(seen):
    if not all(isinstance(m, torch.Tensor) and m.shape == (2, 2) for m in seen):
        reject("shape", "a 2 by 2 tensor is due for every h and gamma.")
    c = 0.5 * TURN
    free, braked = seen
    if near(free, [[1.0, c], [-c, 1.0]]):
        reject("together", "this matrix moves both at once: G answers the old D, not the one that has just moved.")
    if near(free, [[1.0, c], [-c, 1 - c * c]]):
        reject("order", "in your round G moves first, and D answers it.")
    if near(free, [[1 - c * c, -c], [c, 1.0]]):
        reject("sign", "the field turns the other way round: look at the signs of a in the two moves.")
    if near(free, [[1 - c * c, -c], [c, 1.0]][::-1]) or near(free, [[1.0, -c], [c, 1 - c * c]]):
        reject("rows", "the generator's number stands first, in the rows as in the columns.")
    if not near(free, [[1 - c * c, c], [-c, 1.0]]):
        reject(
            "free",
            f"without a penalty the round with h = 0.5 came out as {[[round(v, 3) for v in row] for row in free.tolist()]}.",
        )
    if near(braked, free):
        reject("brake", "gamma changes nothing in your round.")
    if not near(braked, [[1 - c * c, c * 0.8], [-c, 0.8]]):
        reject("braked", "the penalty acts on D's own number, and G then meets the D that it has slowed down.")


# %% kind="hidden"
def observe(round_matrix):
    return [round_matrix(h, gamma).double() for h, gamma in ((0.1, 1.0), (1.3, 0.2), (2.0, 0.0))]


def judge(seen):
    for m, (h, gamma) in zip(seen, ((0.1, 1.0), (1.3, 0.2), (2.0, 0.0)), strict=True):
        if m.shape != (2, 2) or not near(m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0], 1 - h * gamma):
            reject("area", "a round should multiply areas by 1 - h gamma, the determinant of D's move.")
        if not near(m[0, 0] + m[1, 1], 2 - h * gamma - (h * TURN) ** 2):
            reject("trace", "the trace of a round is not what two half steps give.")
        if not near(m @ torch.tensor([1.0, 0.0]).double(), [1 - (h * TURN) ** 2, -h * TURN]):
            reject("start", "a pair that starts at (1, 0) is not taken where two half steps take it.")


# %% kind="wrong" name="both at once" key="together"
def round_matrix(h, gamma):
    return torch.tensor([[1, h * TURN], [-h * TURN, 1 - h * gamma]], dtype=torch.float64)


# %% kind="wrong" name="factors exchanged" key="order"
def round_matrix(h, gamma):
    move_d = torch.tensor([[1, 0], [-h * TURN, 1 - h * gamma]], dtype=torch.float64)
    move_g = torch.tensor([[1, h * TURN], [0, 1]], dtype=torch.float64)
    return move_d @ move_g


# %% kind="wrong" name="signs exchanged" key="sign"
def round_matrix(h, gamma):
    move_d = torch.tensor([[1, 0], [h * TURN, 1 - h * gamma]], dtype=torch.float64)
    move_g = torch.tensor([[1, -h * TURN], [0, 1]], dtype=torch.float64)
    return move_g @ move_d


# %% kind="wrong" name="no brake" key="brake"
def round_matrix(h, gamma):
    move_d = torch.tensor([[1, 0], [-h * TURN, 1]], dtype=torch.float64)
    move_g = torch.tensor([[1, h * TURN], [0, 1]], dtype=torch.float64)
    return move_g @ move_d


# %% kind="wrong" name="brake on the generator" key="braked"
def round_matrix(h, gamma):
    move_d = torch.tensor([[1, 0], [-h * TURN, 1]], dtype=torch.float64)
    move_g = torch.tensor([[1 - h * gamma, h * TURN], [0, 1]], dtype=torch.float64)
    return move_g @ move_d


# %% kind="right" name="multiplied out"
def round_matrix(h, gamma):
    c, keep = h * TURN, 1 - h * gamma
    return torch.tensor([[1 - c * c, c * keep], [-c, keep]], dtype=torch.float64)


# %% kind="right" name="the two moves applied to the unit vectors"
def round_matrix(h, gamma):
    columns = []
    for theta, psi in ((1.0, 0.0), (0.0, 1.0)):
        psi = psi + h * (-TURN * theta - gamma * psi)
        theta = theta + h * TURN * psi
        columns.append([theta, psi])
    return torch.tensor(columns, dtype=torch.float64).T


# %% [markdown] kind="explanation"
"""
$M = M_G M_D = \\begin{pmatrix} 1 - h^2a^2 & ha(1 - h\\gamma) \\\\ -ha & 1 - h\\gamma \\end{pmatrix}$. Its determinant is
$1 - h\\gamma$: without a penalty the area is kept, and with one each round shrinks it.
"""

# %% [markdown] kind="task" task="09.4" title="The weakest brake that is enough" points=2 hidden_points=2 minutes=15 difficulty="medium"
"""
Simultaneous steps again. Write `smallest_gamma(h, target)`: the smallest weight with which the largest multiplier
$|1 + h\\lambda|$ is at most `target`. You may take for granted that it lies between 0 and the critical weight $2a$,
where the eigenvalues are still complex.
"""

# %% [markdown] kind="hint"
"""
As long as the two eigenvalues are conjugate, both multipliers have the same modulus. Square it.
"""

# %% [markdown] kind="hint"
"""
$|1 + h\\lambda|^2$ is the product of the two multipliers: the determinant of $1 + hJ$, which is linear in $\\gamma$.
"""

# %% [markdown] kind="hint"
"""
$1 - h\\gamma + h^2a^2$ equals the target's square. Solve it for gamma.
"""


# %% kind="solution"
def smallest_gamma(h, target):
    ### BEGIN SOLUTION
    return (1 + (h * TURN) ** 2 - target**2) / h
    ### END SOLUTION


# %% kind="check"
def observe(smallest_gamma):
    return smallest_gamma(0.1, 0.96)


def judge(seen):
    due = (1 + 0.01 * TURN**2 - 0.96**2) / 0.1
    if near(seen, 0.1 * due):
        reject("size", "the step size is missing in the end: a smaller step needs a larger weight for the same factor.")
    if near(seen, (1 + 0.01 * TURN**2 - 0.96) / 0.1):
        reject("square", "the modulus and its square were set equal.")
    if near(seen, (1 - 0.96**2) / 0.1) or near(seen, (1 - 0.01 * TURN**2 - 0.96**2) / 0.1):
        reject("turn", "the turn makes every step longer, and the brake has to make up for that as well.")
    if near(seen, 2 * (1 - 0.96) / 0.1):
        reject("real", "only the real part was looked at: a multiplier has an imaginary part too.")
    if not near(seen, due):
        reject("value", f"with h = 0.1 the weight {seen} does not bring the largest multiplier to 0.96.")


# %% kind="hidden"
def observe(smallest_gamma):
    return [smallest_gamma(h, target) for h, target in ((0.05, 0.98), (0.2, 0.95), (0.2, 1.0))]


def judge(seen):
    for gamma, (h, target) in zip(seen, ((0.05, 0.98), (0.2, 0.95), (0.2, 1.0)), strict=True):
        field = torch.tensor([[0.0, TURN], [-TURN, -float(gamma)]], dtype=torch.float64)
        largest = torch.linalg.eigvals(torch.eye(2) + h * field).abs().max()
        if not near(largest, target, atol=1e-6):
            reject("value", "for other steps and targets the largest multiplier does not come out at the target.")


# %% kind="wrong" name="not divided by h" key="size"
def smallest_gamma(h, target):
    return 1 + (h * TURN) ** 2 - target**2


# %% kind="wrong" name="target not squared" key="square"
def smallest_gamma(h, target):
    return (1 + (h * TURN) ** 2 - target) / h


# %% kind="wrong" name="turn forgotten" key="turn"
def smallest_gamma(h, target):
    return (1 - target**2) / h


# %% kind="wrong" name="turn with the wrong sign" key="turn"
def smallest_gamma(h, target):
    return (1 - (h * TURN) ** 2 - target**2) / h


# %% kind="wrong" name="real part only" key="real"
def smallest_gamma(h, target):
    return 2 * (1 - target) / h


# %% kind="right" name="by bisection"
def smallest_gamma(h, target):
    low, high = 0.0, 2 * TURN
    for _ in range(60):
        gamma = (low + high) / 2
        lam = -gamma / 2 + cmath.sqrt(gamma**2 / 4 - TURN**2)
        low, high = (gamma, high) if abs(1 + h * lam) > target else (low, gamma)
    return high


# %% kind="right" name="summed term by term"
def smallest_gamma(h, target):
    return (1 - target) * (1 + target) / h + h * TURN * TURN


# %% [markdown] kind="explanation"
"""
For conjugate eigenvalues $|1+h\\lambda|^2 = \\det(1 + hJ) = 1 - h\\gamma + h^2a^2$. So
$\\gamma = (1 + h^2a^2 - t^2)/h$: at $t = 1$ what is left is $ha^2$, the weight that only just holds the ring.
"""

# %% [markdown] kind="task" task="09.5" title="R1 and R2 part company" points=2 hidden_points=2 minutes=20 difficulty="hard"
"""
On the Dirac-GAN R1 and R2 are one function. Write `penalties(score, real, fake)` for any discriminator: `score` maps
points of shape (N, d) to N scores, each from its own point; return the pair
$\\bigl(\\tfrac12\\,\\mathbb{E}_{p}\\lVert\\nabla s\\rVert^2,\\ \\tfrac12\\,\\mathbb{E}_{q}\\lVert\\nabla s\\rVert^2\\bigr)$ as two
scalars, with `real` of shape (N, d) drawn from $p$ and `fake` of shape (M, d) from $q$. D is trained through them, so
they carry a graph back to whatever `score` is made of; no gradient may reach the makers of `real` and `fake`.
"""

# %% [markdown] kind="hint"
"""
Each score depends on its own point alone, so the gradient of the *sum* of scores holds every point's gradient.
"""

# %% [markdown] kind="hint"
"""
`torch.autograd.grad` of that sum, with `create_graph=True`, for an `x` that asks for a gradient and has no history; then
square, sum over the coordinates, average over the points, halve.
"""

# %% [markdown] kind="hint"
"""
A helper for one batch: `x` is the batch, detached and with `requires_grad_(True)`; the gradient as above; its squares
summed over axis 1. Call it twice.
"""


# %% kind="solution"
def penalties(score, real, fake):
    ### BEGIN SOLUTION
    def half_squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return gradient.square().sum(1).mean() / 2

    return half_squared_slope(real), half_squared_slope(fake)
    ### END SOLUTION


# %% kind="check"
def observe(penalties):
    psi = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    source = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    real = torch.tensor([[1.0, 2.0], [0.0, -1.0]], dtype=torch.float64)
    fake = torch.stack([source, 2 * source]).reshape(1, 2)
    values = attempt(penalties, lambda x: psi * x.square().sum(1), real, fake)
    if values["raised"]:
        return values
    r1, r2 = values["value"]
    slopes = [torch.autograd.grad(r, psi, retain_graph=True)[0] if r.requires_grad else None for r in (r1, r2)]
    leak = torch.autograd.grad(r2, source, allow_unused=True)[0] if r2.requires_grad else None
    return {"r1": r1, "r2": r2, "slopes": slopes, "leak": leak, "raised": None}


def judge(seen):
    if seen["raised"]:
        reject(
            "raised",
            f"the function stopped with {seen['raised']}: does the batch ask for a gradient, and is score called on it?",
        )
    r1, r2 = seen["r1"], seen["r2"]
    if near(r1, 22.5) and near(r2, 1.5):
        reject("swapped", "the two came out in the other order: R1 looks at the real points, R2 at the fakes.")
    if near(r1, 3.0):
        reject("half", "the half in front of the penalties is missing.")
    if near(r1, 0.75):
        reject("coordinates", "the squares were averaged over the coordinates too; a squared length is their sum.")
    if near(r1, 0.5):
        reject(
            "early",
            "the gradients were averaged over the points before they were squared: opposite slopes then cancel.",
        )
    if near(r1, math.sqrt(5) / 4 + 0.25):
        reject("norm", "the norm itself was averaged; the penalty takes its square.")
    if near(r1, 0.375):
        reject(
            "mean", "the mean score was differentiated: each point's slope came out divided by the number of points."
        )
    if near(r1, (math.sqrt(5) - 1) ** 2 / 4):
        reject("target", "your penalty asks for a slope of 1, as WGAN-GP does; R1 and R2 ask for none.")
    if near(r1, r2):
        reject("same", "both numbers come from the same points.")
    if near(r2, 0.0):
        reject("fakes", "D has a slope at the fakes, but R2 came out as zero.")
    if not (near(r1, 1.5) and near(r2, 22.5)):
        reject("value", "for a quadratic score the two values are not half of the mean squared slopes.")
    if any(slope is None for slope in seen["slopes"]):
        reject("graph", "the penalties carry no graph: D cannot be trained through them.")
    if not near(torch.stack(seen["slopes"]), [6.0, 90.0]):
        reject("graph", "the penalties do not change with D's weights as they should.")
    if seen["leak"] is not None:
        reject("leak", "a gradient of R2 reaches the maker of the fakes: a penalty is D's business alone.")


# %% kind="hidden"
def observe(penalties):
    weights = torch.tensor([3.0, -4.0, 12.0], dtype=torch.float64, requires_grad=True)
    rng = torch.Generator().manual_seed(5)
    real, fake = (torch.randn(n, 3, generator=rng, dtype=torch.float64) for n in (4, 7))
    kept = real.clone()
    linear = penalties(lambda x: x @ weights + 2.0, real, fake)
    cubic = penalties(lambda x: (x**3 + x**2).sum(1) * weights[0], real, fake)
    (slope,) = torch.autograd.grad(cubic[0], weights)
    return {
        "linear": torch.stack(linear),
        "cubic": torch.stack(cubic),
        "slope": slope,
        "real": real,
        "fake": fake,
        "same": kept,
    }


def judge(seen):
    if not near(seen["linear"], [84.5, 84.5]):
        reject("linear", "for a linear score both penalties are half of the squared length of its weights.")
    by_hand = [0.5 * (9 * x.square() + 6 * x).square().sum(1).mean() for x in (seen["real"], seen["fake"])]
    if not near(seen["cubic"], torch.stack(by_hand)):
        reject("cubic", "for a score whose slope differs from point to point the means are not right.")
    if not near(seen["slope"], [2 * by_hand[0].item() / 3, 0.0, 0.0]):
        reject("graph", "the graph back to D's weights is not right.")
    if not near(seen["real"], seen["same"]):
        reject("changed", "the batch of real points was changed.")


# %% kind="wrong" name="exchanged" key="swapped"
def penalties(score, real, fake):
    def half_squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return gradient.square().sum(1).mean() / 2

    return half_squared_slope(fake), half_squared_slope(real)


# %% kind="wrong" name="no half" key="half"
def penalties(score, real, fake):
    def squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return gradient.square().sum(1).mean()

    return squared_slope(real), squared_slope(fake)


# %% kind="wrong" name="mean over the coordinates" key="coordinates"
def penalties(score, real, fake):
    def half_squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return gradient.square().mean() / 2

    return half_squared_slope(real), half_squared_slope(fake)


# %% kind="wrong" name="mean before the square" key="early"
def penalties(score, real, fake):
    def half_squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).mean(), x, create_graph=True)
        return gradient.sum(0).square().sum() / 2 * 2

    return half_squared_slope(real), half_squared_slope(fake)


# %% kind="wrong" name="norm instead of its square" key="norm"
def penalties(score, real, fake):
    def half_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return gradient.norm(dim=1).mean() / 2

    return half_slope(real), half_slope(fake)


# %% kind="wrong" name="mean score" key="mean"
def penalties(score, real, fake):
    def half_squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).mean(), x, create_graph=True)
        return gradient.square().sum(1).mean() / 2

    return half_squared_slope(real), half_squared_slope(fake)


# %% kind="wrong" name="slope of one" key="target"
def penalties(score, real, fake):
    def half_squared_miss(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return (gradient.norm(dim=1) - 1).square().mean() / 2

    return half_squared_miss(real), half_squared_miss(fake)


# %% kind="wrong" name="create_graph forgotten" key="graph"
def penalties(score, real, fake):
    def half_squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x)
        return gradient.square().sum(1).mean() / 2

    return half_squared_slope(real), half_squared_slope(fake)


# %% kind="wrong" name="real points twice" key="same"
def penalties(score, real, fake):
    def half_squared_slope(batch):
        x = batch.detach().clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return gradient.square().sum(1).mean() / 2

    return half_squared_slope(real), half_squared_slope(real)


# %% kind="wrong" name="fakes keep their history" key="leak"
def penalties(score, real, fake):
    def half_squared_slope(x):
        (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
        return gradient.square().sum(1).mean() / 2

    return half_squared_slope(real.clone().requires_grad_(True)), half_squared_slope(fake)


# %% kind="right" name="one batch for both"
def penalties(score, real, fake):
    x = torch.cat([real, fake]).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
    slopes = (gradient * gradient).sum(dim=1) / 2
    return slopes[: len(real)].mean(), slopes[len(real) :].mean()


# %% kind="right" name="the package's own"
def penalties(score, real, fake):
    from ganlab.objectives import r1, r2

    return r1(score, real), r2(score, fake)


# %% [markdown] kind="equivalent"
"""
- `batch.detach().clone()` -> `batch.detach()`: a detached tensor is new enough to ask for a gradient of its own.
- `score(x).sum()` -> `-score(x).sum()`: the sign of a slope is lost in its square.
"""

# %% [markdown] kind="explanation"
"""
The two agree where the slope is the same everywhere, as in the Dirac-GAN and for every linear score. For
$s(x) = \\psi\\lVert x\\rVert^2$ they are $2\\psi^2\\,\\mathbb{E}_p\\lVert x\\rVert^2$ and $2\\psi^2\\,\\mathbb{E}_q\\lVert x\\rVert^2$: R1
is blind to what D does far from the data, where the fakes may be. Modern baselines therefore use both.
"""

# %% [markdown] kind="task" task="09.6" title="What looking ahead buys" points=3 hidden_points=2 minutes=20 difficulty="hard"
"""
The optimistic rule moves by $w_{t+1} = w_t + h\\,(2v(w_t) - v(w_{t-1}))$. Near the equilibrium $v(w) = Jw$. Follow one
eigenvector of $J$ with the eigenvalue `lam`, any complex number: each step multiplies it by $\\mu$ in the long run.
Write `optimistic_factor(h, lam)`: the largest modulus $|\\mu|$, a float.
"""

# %% [markdown] kind="hint"
"""
Put $w_t = \\mu^t u$ with $Ju = \\lambda u$ into the rule and divide by what all terms share.
"""

# %% [markdown] kind="hint"
"""
What is left is quadratic: $\\mu^2 - (1 + 2h\\lambda)\\mu + h\\lambda = 0$.
"""

# %% [markdown] kind="hint"
"""
`cmath.sqrt` of the discriminant, both signs, half of each sum, then `max(abs(...), abs(...))`.
"""


# %% kind="solution"
def optimistic_factor(h, lam):
    ### BEGIN SOLUTION
    middle = 1 + 2 * h * lam
    root = cmath.sqrt(middle**2 - 4 * h * lam)
    return max(abs(middle + root), abs(middle - root)) / 2
    ### END SOLUTION


# %% kind="check"
def observe(optimistic_factor):
    return [
        attempt(optimistic_factor, h, lam) for h, lam in ((0.4, 1j * TURN), (0.3, -TURN + 2j * TURN), (0.2, -1 + 0j))
    ]


def judge(seen):
    cases = ((0.4, 1j * TURN), (0.3, -TURN + 2j * TURN), (0.2, -1 + 0j))

    def roots(h, lam, now=2, then=1):
        middle = 1 + now * h * lam
        root = cmath.sqrt(middle**2 - 4 * then * h * lam)
        return sorted([abs(middle + root) / 2, abs(middle - root) / 2])

    if any(each["raised"] == "TypeError" for each in seen):
        reject("real", "a real function met a complex number: the eigenvalue and the root are complex, use cmath.")
    if any(each["raised"] for each in seen):
        reject("raised", "the function stopped with an error for a complex eigenvalue.")
    found = [each["value"] for each in seen]
    if near(found, [abs(1 + h * lam) for h, lam in cases]):
        reject("plain", "this is the simultaneous step; the last step's field does not enter.")
    if near(found, [abs(1 + h * lam + (h * lam) ** 2) for h, lam in cases]):
        reject("extra", "this is extragradient, which makes a trial step; the optimistic rule remembers one.")
    if near(found, [roots(h, lam)[0] for h, lam in cases]):
        reject("smaller", "of the two roots this is the smaller one, which dies out; the larger one decides.")
    if near(found, [roots(h, lam, now=1)[1] for h, lam in cases]):
        reject("double", "the field of now counts twice.")
    if near(found, [roots(h, lam, then=-1)[1] for h, lam in cases]):
        reject("sign", "the field of the step before is taken away, not added.")
    if not near(found, [roots(h, lam)[1] for h, lam in cases]):
        reject(
            "value",
            f"with h = 0.4 and the eigenvalue {TURN}i the factor {found[0]:.4f} came out; the rule itself multiplies the "
            "distance by another one in the long run.",
        )


# %% kind="hidden"
def observe(optimistic_factor):
    return [optimistic_factor(h, lam) for h, lam in ((0.1, 2j), (0.9, -0.5 + 0.3j), (0.5, 0.4j), (1.5, 1j))]


def judge(seen):
    for found, (h, lam) in zip(seen, ((0.1, 2j), (0.9, -0.5 + 0.3j), (0.5, 0.4j), (1.5, 1j)), strict=True):
        before, w = 1 + 0j, 1 + h * lam
        size = 0.0
        for _ in range(400):
            before, w = w, w + h * lam * (2 * w - before)
            scale = abs(w)
            size, before, w = scale, before / scale, w / scale
        if not near(found, size, atol=1e-4):
            reject("value", "for other steps and eigenvalues the rule itself grows or shrinks at another rate.")


# %% kind="wrong" name="simultaneous step" key="plain"
def optimistic_factor(h, lam):
    return abs(1 + h * lam)


# %% kind="wrong" name="extragradient" key="extra"
def optimistic_factor(h, lam):
    return abs(1 + h * lam + (h * lam) ** 2)


# %% kind="wrong" name="smaller root" key="smaller"
def optimistic_factor(h, lam):
    middle = 1 + 2 * h * lam
    root = cmath.sqrt(middle**2 - 4 * h * lam)
    return min(abs(middle + root), abs(middle - root)) / 2


# %% kind="wrong" name="now counted once" key="double"
def optimistic_factor(h, lam):
    middle = 1 + h * lam
    root = cmath.sqrt(middle**2 - 4 * h * lam)
    return max(abs(middle + root), abs(middle - root)) / 2


# %% kind="wrong" name="last field added" key="sign"
def optimistic_factor(h, lam):
    middle = 1 + 2 * h * lam
    root = cmath.sqrt(middle**2 + 4 * h * lam)
    return max(abs(middle + root), abs(middle - root)) / 2


# %% kind="wrong" name="real root" key="real"
def optimistic_factor(h, lam):
    middle = 1 + 2 * h * lam
    root = math.sqrt(middle**2 - 4 * h * lam)
    return max(abs(middle + root), abs(middle - root)) / 2


# %% kind="wrong" name="no modulus" key="type"
def optimistic_factor(h, lam):
    middle = 1 + 2 * h * lam
    return (middle + cmath.sqrt(middle**2 - 4 * h * lam)) / 2


# %% kind="wrong" name="never halved" key="value"
def optimistic_factor(h, lam):
    middle = 1 + 2 * h * lam
    root = cmath.sqrt(middle**2 - 4 * h * lam)
    return max(abs(middle + root), abs(middle - root))


# %% kind="right" name="companion matrix"
def optimistic_factor(h, lam):
    matrix = torch.tensor([[1 + 2 * h * lam, -h * lam], [1, 0]], dtype=torch.complex128)
    return torch.linalg.eigvals(matrix).abs().max().item()


# %% kind="right" name="second root by Vieta"
def optimistic_factor(h, lam):
    first = 0.5 + h * lam + cmath.sqrt(0.25 + (h * lam) ** 2)
    return max(abs(first), abs(1 + 2 * h * lam - first))


# %% [markdown] kind="equivalent"
"""
- `root = cmath.sqrt(` -> `root = -cmath.sqrt(`: the two roots exchange their places; the larger one stays the larger.
- `middle = 1 + 2 * h * lam` -> `middle = -(1 + 2 * h * lam)`: both roots change their sign, which a modulus does not see.
- `max(abs(middle + root), abs(middle - root))` -> `max(abs(middle - root), abs(middle + root))`: the order of a maximum.
- `abs(middle - root)` -> `abs(root - middle)`: a modulus does not see the sign.
"""

# %% [markdown] kind="explanation"
"""
$\\mu = \\tfrac12 + h\\lambda \\pm \\sqrt{\\tfrac14 + h^2\\lambda^2}$. For a pure turn, $\\lambda = ia$, and a small step the
larger root has modulus about $1 - h^2a^2/2$: a pull of second order, which no simultaneous step has. From $ha = 1/\\sqrt 3$
on it is gone: there $|\\mu| = 1$ again, and beyond it the rule drives out.
"""

# %% [markdown] kind="task" task="09.7" title="Stuck in a local optimum?" points=6 minutes=15 difficulty="medium"
"""
A colleague watches losses that swing without end and says: "It is stuck in a local optimum, I will restart it with
another seed." Answer in at most eight sentences: what the picture of a landscape gets wrong here, what does decide
whether such a run settles, one measurement or run that could tell the two explanations apart, and one remedy that
follows from yours, with its price.
"""

# %% [markdown] kind="hint"
"""
What would the losses do if both networks sat in a minimum?
"""

# %% [markdown] kind="hint"
"""
Name the object that replaces the landscape's slope, and the numbers that decide near the equilibrium.
"""

# %% [markdown] kind="hint"
"""
A smaller step size, an averaged generator, a penalty: which of these changes the swing, and how?
"""

# %% [markdown] kind="answer"
"""
In a minimum both losses would come to rest; these do not. Two networks with two losses follow a field that is the slope
of no landscape, so there need be nothing to be stuck in. Near an equilibrium the eigenvalues of the field's Jacobian
decide: imaginary parts turn, and only negative real parts pull in. To tell the two apart, average the weights over
several swings: if the average is much better than every single state, the run goes round something. Halving both step
sizes makes the swing slower and perhaps smaller; if it only swung because its steps were too long for a valley, it would
now come to rest. A restart keeps the eigenvalues and will swing again. A penalty on D's slope at real and fake points adds
a negative real part. Its price is a second backward pass, and a weight that has to be found: too large, and D becomes
stiff and everything slow.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: in a minimum the losses would stop moving, or: there is no common landscape.
- 1 point: the field of both players, or the Jacobian at the equilibrium, is what decides.
- 1 point: imaginary parts turn and real parts pull in, in any words.
- 1 point: a measurement that separates the two explanations (averaging, step size, eigenvalues of a small copy).
- 1 point: a remedy that touches the rotation (R1, R2, look-ahead). Two time scales or Adam alone earn nothing here.
- 1 point: its price or its limit.

Weak answers call every failure mode collapse, or propose a smaller learning rate as a cure. Ask: what would the smaller
rate do to the ring?
"""
