# %% [markdown] kind="opening"
r"""
# 10 The training loop, line by line

Six tasks of code and one in words, from easy to hard: about an hour and a half. The notation is that of lesson 10: D
maps items to scores (logits), every loss is minimised, and $L_D$ and $L_G$ are its two losses,

$$
L_D = \mathbb{E}\,\mathrm{softplus}(-s(x)) + \mathbb{E}\,\mathrm{softplus}(s(G(z))), \qquad
L_G = \mathbb{E}\,\mathrm{softplus}(-s(G(z))).
$$

Most checks run your code on the smallest GAN there is: the score of $x$ is $wx$, a fake is $a(z_1 + z_2 + \dots)$, and
both weights move by plain gradient descent. Every right update has one exact number, and a diary of who scored what,
and when, tells the checks where a wrong one comes from. The hidden tests use other networks and other optimisers.
"""

# %% kind="variant"
MOVES = [2, 3, 4, 5, 6, 7]
DIM = [2, 3, 4, 5, 6, 7, 9]
LATENT = [3, 4, 5, 6, 7, 8]
UPDATES = [3, 2, 4, 5, 6]
SMOOTH = [0.9, 0.8, 0.85, 0.7, 0.75, 0.95, 0.65]
SOFT = [0.8, 0.9, 0.85, 0.7, 0.75, 0.95, 0.65]

# %% kind="given"
import torch
from torch import nn
from torch.nn.functional import softplus

from ganlab.teaching import Rejected
from ganlab.teaching.referee import explain, gradient_D, gradient_G, mistakes_D, mistakes_G, referee
from ganlab.teaching.tiny import TinyGAN, play


def networks(latent, width=6, dim=2):
    """A small G and D in double precision, with the same weights every time."""
    G = nn.Sequential(nn.Linear(latent, width), nn.Tanh(), nn.Linear(width, dim))
    D = nn.Sequential(nn.Linear(dim, width), nn.Tanh(), nn.Linear(width, 1), nn.Flatten(0))
    for network in (G.double(), D.double()):
        for place, p in enumerate(network.parameters(), 1):
            p.data = torch.arange(1.0, p.numel() + 1).mul(place * 1.7).sin().reshape(p.shape).double()
    return G, D


# %% [markdown] kind="task" task="10.1" title="Six shuffled lines" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
Lesson 10 has a word for each line of a step. The six of D's half, shuffled:

`step_D` `loss_D` `clear_D` `make` `backward` `detach`

and the five of G's half:

`backward` `step_G` `loss_G` `clear_G` `make`

| word | what it does |
|---|---|
| `make` | draws noise; G makes fakes of it, with a path back into G |
| `detach` | cuts that path |
| `loss_D`, `loss_G` | D scores what the loss needs, and the loss is made: of the fakes that are there now |
| `backward` | goes backward from the loss made last |
| `clear_D`, `clear_G` | clears the gradients of D, of G |
| `step_D`, `step_G` | moves D, moves G, by the gradients that they hold |

Write `plan()`. It returns **one text**: the words of a whole step with {MOVES} updates of D and then one of G, with blanks
between. Every update of D uses the six words once, on fakes of its own; G's update uses the five, and hears the D that
has moved. The plan is played over and over, so mind what a step leaves behind for the next one.
"""

# %% [markdown] kind="hint"
"""
Ask of each word what has to be there before it: a loss needs fakes, a step needs gradients. Then ask what must *not* be
there any more when `backward` writes its gradients.
"""

# %% [markdown] kind="hint"
"""
A half is: fakes, loss, gradients of this loss alone, move. `detach` acts on the fakes that are there; `backward` adds to
whatever gradients it finds.
"""

# %% [markdown] kind="hint"
"""
D's half begins `make detach loss_D` and ends `step_D`; two words are left for the middle. In Python a text times a whole
number repeats it: leave a blank at its end. G's half is the same without `detach`.
"""


# %% kind="solution"
def plan():
    ### BEGIN SOLUTION
    half_D = "make detach loss_D clear_D backward step_D "
    return half_D * MOVES + "make loss_G clear_G backward step_G"
    ### END SOLUTION


# %% kind="check"
def observe(plan):
    return plan()


def judge(seen):
    if not isinstance(seen, str):
        reject("lines", "a plan is one text: words with blanks between them.")
    words = seen.split()
    if len(words) > 200:
        reject("count", f"the plan has {len(words)} words: far more than a step needs.")
    tiny, stream = TinyGAN(0.75, -0.5, 0.5, 0.25), torch.Generator().manual_seed(1)
    real = [1.0, -0.5, 2.0, 0.25]
    x = torch.tensor(real, dtype=torch.float64).unsqueeze(1)
    try:
        for _ in range(2):
            play(seen, tiny, x, lambda n: torch.randn(n, 2, generator=stream))
    except ValueError as error:
        reject("order", f"{error}.")
    referee(tiny.diary(), start=(0.75, -0.5), rates=(0.5, 0.25), batches=[real] * (2 * MOVES), k=MOVES)
    if len(words) != 6 * MOVES + 5:
        reject("idle", "the plan trains as it should, and some of its words do nothing.")


# %% kind="hidden"
def observe(plan):
    return plan()


def judge(seen):
    if not isinstance(seen, str) or len(seen.split()) > 200:
        reject("lines", "a plan is one text of some dozen words.")
    tiny, stream = TinyGAN(-1.25, 0.5, 0.125, 0.5), torch.Generator().manual_seed(2)
    tiny.D.w.grad, tiny.G.a.grad = torch.tensor([[3.0], [-2.0]], dtype=torch.float64)
    real = [0.5, -1.5, 3.0]
    x = torch.tensor(real, dtype=torch.float64).unsqueeze(1)
    try:
        for _ in range(3):
            play(seen, tiny, x, lambda n: torch.randn(n, 1, generator=stream))
    except ValueError as error:
        reject("order", f"{error}.")
    referee(tiny.diary(), start=(-1.25, 0.5), rates=(0.125, 0.5), batches=[real] * (3 * MOVES), k=MOVES)


# %% kind="wrong" name="never cleared" key="accumulated"
def plan():
    return "make detach loss_D backward step_D " * MOVES + "make loss_G backward step_G"


# %% kind="wrong" name="D cleared after its step, not before its backward" key="accumulated"
def plan():
    return "make detach loss_D backward step_D clear_D " * MOVES + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="D's half clears G" key="accumulated"
def plan():
    return "make detach loss_D clear_G backward step_D " * MOVES + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="cleared between backward and step" key="cleared"
def plan():
    return "make detach loss_D backward clear_D step_D " * MOVES + "make loss_G backward clear_G step_G"


# %% kind="wrong" name="G cleared between backward and step" key="cleared"
def plan():
    return "make detach loss_D clear_D backward step_D " * MOVES + "make loss_G backward clear_G step_G"


# %% kind="wrong" name="no detach" key="graph"
def plan():
    return "make loss_D clear_D backward step_D " * MOVES + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="detached after the loss" key="graph"
def plan():
    return "make loss_D detach clear_D backward step_D " * MOVES + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="the quiet loop" key="detached"
def plan():
    return "make detach loss_D clear_D backward step_D " * MOVES + "loss_G clear_G backward step_G"


# %% kind="wrong" name="G's fakes detached" key="detached"
def plan():
    return "make detach loss_D clear_D backward step_D " * MOVES + "make detach loss_G clear_G backward step_G"


# %% kind="wrong" name="G's loss made before D moves" key="stale"
def plan():
    return (
        "make detach loss_D clear_D backward step_D " * (MOVES - 1)
        + "make detach loss_D clear_D backward make loss_G step_D clear_G backward step_G"
    )


# %% kind="wrong" name="one update of D too few" key="count"
def plan():
    return "make detach loss_D clear_D backward step_D " * (MOVES - 1) + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="G moves as often as D" key="count"
def plan():
    return "make detach loss_D clear_D backward step_D make loss_G clear_G backward step_G " * MOVES


# %% kind="wrong" name="G first" key="order"
def plan():
    return "make loss_G clear_G backward step_G" + " make detach loss_D clear_D backward step_D" * MOVES


# %% kind="wrong" name="the loss before the fakes" key="order"
def plan():
    return "loss_D make detach clear_D backward step_D " * MOVES + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="the step before the gradients" key="cleared"
def plan():
    return "make detach loss_D clear_D step_D backward " * MOVES + "make loss_G clear_G step_G backward"


# %% kind="wrong" name="words without blanks" key="order"
def plan():
    return "make detach loss_D clear_D backward step_D" * MOVES + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="fakes made once for all updates" key="reused"
def plan():
    return "make detach " + "loss_D clear_D backward step_D " * MOVES + "make loss_G clear_G backward step_G"


# %% kind="wrong" name="clears D once more at the end" key="idle"
def plan():
    return "make detach loss_D clear_D backward step_D " * MOVES + "make loss_G clear_G backward step_G clear_D"


# %% kind="wrong" name="a list of words" key="lines"
def plan():
    return ["make", "detach", "loss_D", "clear_D", "backward", "step_D"] * MOVES


# %% kind="right" name="cleared first, lines joined"
def plan():
    half_D = ["clear_D", "make", "detach", "loss_D", "backward", "step_D"]
    half_G = ["clear_G", "make", "loss_G", "backward", "step_G"]
    return " ".join(half_D * MOVES + half_G)


# %% kind="right" name="written as lines, cleared at other places"
def plan():
    lines = ""
    for _ in range(MOVES):
        lines += """
            make
            clear_D
            detach
            loss_D
            backward
            step_D
        """
    return lines + "make clear_G loss_G backward step_G"


# %% [markdown] kind="explanation"
"""
`make detach loss_D clear_D backward step_D`, {MOVES} times, then `make loss_G clear_G backward step_G`. The word that clears
may stand anywhere in its half before `backward`. What counts is that nothing else fills these gradients in between: G's
`backward` leaves gradients of $L_G$ in D as well, and only the clearing in D's next half removes them.
"""

# %% [markdown] kind="task" task="10.2" title="Who holds gradients?" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
Two networks of linear layers with biases and LeakyReLU in between:

- G: `latent` → `width` → {DIM} numbers,
- D: {DIM} → `width` → 1 score.

A *weight* here is one single number, in a matrix or in a bias. It holds a gradient if its `grad` is not `None`. In each
of these five cases no weight holds one at first; then one `backward` runs:

1. from $L_D$, the fakes detached;
2. from $L_D$, the fakes not detached;
3. from $L_G$, the fakes not detached;
4. from $L_G$, the fakes not detached, and D's weights set to `requires_grad_(False)`;
5. from $L_G$, the fakes detached, D's weights as usual.

Write `held(latent, width)`. It returns a list of five pairs, case by case: how many weights hold a gradient **in G**,
and how many **in D**. Count by thought, or build the networks and count.
"""

# %% [markdown] kind="hint"
"""
`backward` walks from the loss along every path that is not cut. Which networks lie on the way? And what do weights hold
that it never reaches: a zero, or nothing?
"""

# %% [markdown] kind="hint"
"""
A linear layer from $n$ to $m$ numbers has $nm + m$ weights. A whole network holds gradients, or none of it does; so each
entry of a pair is 0 or the size of a network.
"""

# %% [markdown] kind="hint"
"""
Call the two sizes `n_G` and `n_D`. Case 1 is `(0, n_D)`. In case 3 the loss reaches G only *through* D. In case 4 the
path through D's scores is still there; only D's own weights ask for nothing.
"""


# %% kind="solution"
def held(latent, width):
    ### BEGIN SOLUTION
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(0, n_D), (n_G, n_D), (n_G, n_D), (n_G, 0), (0, n_D)]
    ### END SOLUTION


# %% kind="check"
def observe(held):
    return held(5, 8)


def judge(seen):
    def holds(fake_cut, for_G, D_frozen=False):
        G = nn.Sequential(nn.Linear(5, 8), nn.LeakyReLU(0.2), nn.Linear(8, DIM))
        D = nn.Sequential(nn.Linear(DIM, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1)).requires_grad_(not D_frozen)
        fake = G(torch.ones(3, 5))
        s_real, s_fake = D(torch.ones(3, DIM)), D(fake.detach() if fake_cut else fake)
        loss = softplus(-s_fake).mean() if for_G else softplus(-s_real).mean() + softplus(s_fake).mean()
        loss.backward()
        return [[p.numel() for p in network.parameters() if p.grad is not None] for network in (G, D)]

    if not isinstance(seen, (tuple, list)):
        reject("pairs", "five cases need a list of five pairs, each (in G, in D).")
    cases = [holds(True, False), holds(False, False), holds(False, True), holds(False, True, True), holds(True, True)]
    pairs = [tuple(pair) if isinstance(pair, (tuple, list)) else pair for pair in seen]
    if len(pairs) != 5 or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        reject("pairs", "five cases need a list of five pairs, each (in G, in D).")
    right = [tuple(map(sum, case)) for case in cases]
    swapped = [pair[::-1] for pair in right]
    if [tuple(map(len, case)) for case in cases] == pairs:
        reject("tensors", "these are the numbers of tensors; count the single numbers in them.")
    if pairs == swapped:
        reject("pairs", "each pair begins with G; yours begin with D.")
    n_G, n_D = right[1]
    sizes = {number for pair in pairs for number in pair} - {0}
    if {n_G - 8 - DIM, n_D - 8 - 1} & sizes and not {n_G, n_D} & sizes:
        reject("biases", "the sizes of the networks are too small: the biases are weights too.")
    if not sizes <= {n_G, n_D}:
        reject("size", "a number is neither 0 nor the size of a network: a network holds gradients as a whole or not.")
    if pairs[0] != right[0]:
        reject(
            "detach", "case 1: think again about what a weight holds that backward never reached, and which are these."
        )
    if pairs[1] != right[1]:
        reject("graph", "case 2: nothing stops backward at the fakes here. Where does it end?")
    if pairs[2] != right[2]:
        reject("through", "case 3: go from the loss to G, and note all the weights on the way.")
    if pairs[3] != right[3]:
        reject("frozen", "case 4: weights that want no gradient are not a wall; the path through D's scores is there.")
    if pairs[4] != right[4]:
        reject("detached", "case 5: the fakes are cut off from G. Which weights are left on the way from the loss?")


# %% kind="hidden"
def observe(held):
    return [held(32, 64), held(1, 3), held(7, 2)]


def judge(seen):
    for (latent, width), pairs in zip([(32, 64), (1, 3), (7, 2)], seen, strict=True):
        G = nn.Sequential(nn.Linear(latent, width), nn.Linear(width, DIM))
        D = nn.Sequential(nn.Linear(DIM, width), nn.Linear(width, 1))
        n_G, n_D = (sum(p.numel() for p in network.parameters()) for network in (G, D))
        if not near(pairs, [[0, n_D], [n_G, n_D], [n_G, n_D], [n_G, 0], [0, n_D]], atol=0.1, rtol=0):
            reject("size", f"the counts for latent={latent} and width={width} are not right.")


# %% kind="wrong" name="detach leaves zeros that count" key="detach"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(n_G, n_D), (n_G, n_D), (n_G, n_D), (n_G, 0), (0, n_D)]


# %% kind="wrong" name="detached fakes spare D" key="detach"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(0, 0), (n_G, n_D), (n_G, n_D), (n_G, 0), (0, 0)]


# %% kind="wrong" name="D's loss fills D only" key="graph"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(0, n_D), (0, n_D), (n_G, n_D), (n_G, 0), (0, n_D)]


# %% kind="wrong" name="G's loss fills G only" key="through"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(0, n_D), (n_G, n_D), (n_G, 0), (n_G, 0), (0, 0)]


# %% kind="wrong" name="a frozen D stops the gradient" key="frozen"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(0, n_D), (n_G, n_D), (n_G, n_D), (0, 0), (0, n_D)]


# %% kind="wrong" name="detach in G's half changes nothing" key="detached"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(0, n_D), (n_G, n_D), (n_G, n_D), (n_G, 0), (n_G, n_D)]


# %% kind="wrong" name="biases forgotten" key="biases"
def held(latent, width):
    n_G = latent * width + width * DIM
    n_D = DIM * width + width
    return [(0, n_D), (n_G, n_D), (n_G, n_D), (n_G, 0), (0, n_D)]


# %% kind="wrong" name="the last bias of D forgotten" key="size"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width
    return [(0, n_D), (n_G, n_D), (n_G, n_D), (n_G, 0), (0, n_D)]


# %% kind="wrong" name="tensors counted" key="tensors"
def held(latent, width):
    return [(0, 4), (4, 4), (4, 4), (4, 0), (0, 4)]


# %% kind="wrong" name="D before G" key="pairs"
def held(latent, width):
    n_G = latent * width + width + width * DIM + DIM
    n_D = DIM * width + width + width + 1
    return [(n_D, 0), (n_D, n_G), (n_D, n_G), (0, n_G), (n_D, 0)]


# %% kind="wrong" name="only the first case" key="pairs"
def held(latent, width):
    return (0, DIM * width + width + width + 1)


# %% kind="right" name="counted after backward"
def held(latent, width):
    def players():
        G = nn.Sequential(nn.Linear(latent, width), nn.LeakyReLU(0.2), nn.Linear(width, DIM))
        return G, nn.Sequential(nn.Linear(DIM, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))

    def count(network):
        return sum(p.numel() for p in network.parameters() if p.grad is not None)

    pairs = []
    for player, cut, frozen in [("D", 1, 0), ("D", 0, 0), ("G", 0, 0), ("G", 0, 1), ("G", 1, 0)]:
        G, D = players()
        D.requires_grad_(not frozen)
        fake = G(torch.randn(4, latent))
        fake = fake.detach() if cut else fake
        s_real, s_fake = D(torch.randn(4, DIM)), D(fake)
        loss = softplus(-s_fake).mean() if player == "G" else softplus(-s_real).mean() + softplus(s_fake).mean()
        loss.backward()
        pairs.append((count(G), count(D)))
    return pairs


# %% kind="right" name="factored, as lists"
def held(latent, width):
    n_G, n_D = (latent + 1) * width + (width + 1) * DIM, (DIM + 2) * width + 1
    return [[n_G * in_G, n_D * in_D] for in_G, in_D in [(0, 1), (1, 1), (1, 1), (1, 0), (0, 1)]]


# %% [markdown] kind="explanation"
"""
`backward` fills every weight on an uncut path that asks for a gradient. Detached fakes cut G off, and G's weights keep
`None`, which is not a zero (cases 1 and 5). Without `detach` D's loss fills G too (2): wasted work, and a trap for
whoever clears at the wrong time. G's loss reaches G only through D, so it fills both (3). Freezing D's weights spares the
gradients that nobody wants, and leaves the path (4): that is what the package does in G's half. Case 5 is the quiet loop:
D's weights are filled, so nothing complains, and G learns nothing.
"""

# %% [markdown] kind="task" task="10.3" title="One step, from memory" points=3 hidden_points=2 minutes=15 difficulty="medium"
"""
Write `train_step(G, D, opt_G, opt_D, x, rng)`: one step of Algorithm 1 with one update of each network, D's half first.

- `x` is a real batch of N items. `G` maps noise of shape (N, {LATENT}), drawn from $\\mathcal{N}(0, 1)$ with the generator
  `rng`, to N fakes. `D` maps N items to N logits, of shape (N,).
- D minimises $L_D$, G the **non-saturating** $L_G$; each expectation is a mean over the batch.
- Each half draws noise of its own. G hears the D that has just moved. D's `backward` does not go on into G.
- Scores may have any size: a D that is sure of itself and wrong still has to learn.
- No graph is kept once it was used, and both networks stay in the mode they are in.
- Return the two losses, `(loss_D, loss_G)`, as plain Python numbers: whoever keeps tensors keeps their graphs.

Your step is compared with exact ones over three batches of unequal size, to $10^{-7}$.
"""

# %% [markdown] kind="hint"
"""
Two halves of the same shape: fakes, scores, loss, clear, backward, step. They differ in whether the fakes keep their
path into G, in the loss, and in who steps.
"""

# %% [markdown] kind="hint"
r"""
$L_D = \frac1N\sum_i \mathrm{softplus}(-s(x_i)) + \frac1N\sum_i \mathrm{softplus}(s(G(z_i)))$, and for fresh $z'_i$
$L_G = \frac1N\sum_i \mathrm{softplus}(-s(G(z'_i)))$, with the scores of the new D. `torch.randn` takes a `generator`.
"""

# %% [markdown] kind="hint"
"""
D's half: noise of shape `(len(x), {LATENT})` from `rng`, through G, then `detach()`; the two means of `softplus`; then
`zero_grad`, `backward`, `step` with D's optimiser. G's half: new noise, no `detach()`, one mean of `softplus` of *minus*
the scores; the same three calls with G's optimiser. `.item()` turns a loss into a number.
"""


# %% kind="solution"
def train_step(G, D, opt_G, opt_D, x, rng):
    ### BEGIN SOLUTION
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()

    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()
    ### END SOLUTION


# %% kind="check"
def observe(train_step):
    def run(seed):
        torch.manual_seed(seed)
        tiny, rng = TinyGAN(0.75, -0.5, 0.5, 0.25), torch.Generator().manual_seed(5)
        losses = []
        for row in ([1.0, -0.5, 2.0, 0.25, 1.5], [0.5, 1.75, -1.0], [-0.75, 1.25, 0.125, 3.0]):
            x = torch.tensor(row, dtype=torch.float64).unsqueeze(1)
            losses.append(train_step(tiny.G, tiny.D, tiny.opt_G, tiny.opt_D, x, rng))
        return {"diary": tiny.diary(), "losses": losses}

    bold, rng = TinyGAN(40.0, -20.0, 0.5, 0.25), torch.Generator().manual_seed(6)
    x = torch.linspace(-2.5, 2.0, 10, dtype=torch.float64).unsqueeze(1)
    train_step(bold.G, bold.D, bold.opt_G, bold.opt_D, x, rng)
    return [run(1), run(2), bold.diary()]


def judge(seen):
    *seen, bold = seen
    batches = ([1.0, -0.5, 2.0, 0.25, 1.5], [0.5, 1.75, -1.0], [-0.75, 1.25, 0.125, 3.0])
    noise = [[entry["z"] for entry in run["diary"] if entry["line"] == "make"] for run in seen]
    if any(z.ndim != 2 or z.shape[1] != LATENT for z in noise[0]):
        reject("noise", "G was given noise of another shape than it takes.")
    right = referee(seen[0]["diary"], start=(0.75, -0.5), rates=(0.5, 0.25), batches=batches)
    if not near(torch.cat(noise[0]), torch.cat(noise[1])):
        reject("rng", "the same generator gave other noise in a second run: not all noise was drawn from it.")
    if any(torch.cat(noise[0][half::2]).min() > -0.5 for half in range(min(2, len(noise[0])))):
        reject("noise", "the noise is never far below zero: another law than the normal one.")
    try:
        real = torch.linspace(-2.5, 2.0, 10, dtype=torch.float64).tolist()
        referee(bold, start=(40.0, -20.0), rates=(0.5, 0.25), batches=[real])
    except Rejected:
        reject("logits", "where D is sure of itself and wrong, a loss is cut off, or is not a number any more.")
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in seen[0]["losses"]):
        reject("returned", "a step returns two losses.")
    losses = [loss for pair in seen[0]["losses"] for loss in pair]
    if any(isinstance(loss, torch.Tensor) for loss in losses):
        reject("numbers", "the losses came back as tensors, and a tensor may hold its whole graph.")
    if near(losses[::2], right[1::2], atol=1e-7):
        reject("returned", "the two losses came back in the wrong order.")
    if not near(losses, right, atol=1e-7):
        reject("returned", "both networks move as they should, but what was returned is not the losses they followed.")


# %% kind="hidden"
def observe(train_step):
    G, D = networks(LATENT)
    noise = []

    def listen(_, inputs):
        noise.append(inputs[0].detach().double())
        return (inputs[0].double(),)

    G.register_forward_pre_hook(listen)
    opt_G, opt_D = torch.optim.SGD(G.parameters(), 0.1, momentum=0.5), torch.optim.Adam(D.parameters(), 0.02)
    rng = torch.Generator().manual_seed(7)
    losses = [
        train_step(G, D, opt_G, opt_D, torch.cos(torch.arange(2.0 * n)).view(n, 2).double(), rng) for n in (150, 9)
    ]
    weights = [nn.utils.parameters_to_vector(network.parameters()) for network in (G, D)]
    return {"noise": torch.cat(noise), "losses": losses, "weights": weights, "training": [G.training, D.training]}


def judge(seen):
    noise = seen["noise"]
    if noise.shape != (318, LATENT):
        reject("noise", "G was given noise of another shape than it takes, or not as often.")
    if abs(noise.mean()) > 0.2 or abs(noise.std() - 1) > 0.2:
        reject("noise", "the noise does not have mean 0 and spread 1.")
    if noise.unique(dim=0).shape != noise.shape:
        reject("reused", "the same noise came twice.")
    if seen["training"] != [True, True]:
        reject("mode", "a network was left in another mode.")
    G, D = networks(LATENT)
    opt_G, opt_D = torch.optim.SGD(G.parameters(), 0.1, momentum=0.5), torch.optim.Adam(D.parameters(), 0.02)
    losses = []

    def follow(loss, network, optimiser):
        weights = list(network.parameters())
        for p, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            p.grad = gradient
        optimiser.step()
        losses.append(loss.item())

    for n, z in ((150, noise[:300]), (9, noise[300:])):
        items = torch.cat([torch.cos(torch.arange(2.0 * n)).view(n, 2).double(), G(z[:n]).detach()])
        labels = (torch.arange(2 * n) < n).double()
        follow(2 * nn.functional.binary_cross_entropy_with_logits(D(items), labels), D, opt_D)
        follow(nn.functional.binary_cross_entropy_with_logits(D(G(z[n:])), labels[:n]), G, opt_G)
    for name, network, weights in zip("GD", (G, D), seen["weights"], strict=True):
        if not near(weights, nn.utils.parameters_to_vector(network.parameters()), atol=1e-7, rtol=1e-7):
            reject("weights", f"with other networks and optimisers, {name} ends elsewhere.")
    if not near([loss for pair in seen["losses"] for loss in pair], losses, atol=1e-7):
        reject("returned", "the losses that were returned are not those that the networks followed.")


# %% kind="wrong" name="no detach" key="graph"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="D never cleared" key="accumulated"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G never cleared" key="accumulated"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="cleared after each step: D keeps gradients of G's loss" key="accumulated"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    loss_D.backward()
    opt_D.step()
    opt_D.zero_grad()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    loss_G.backward()
    opt_G.step()
    opt_G.zero_grad()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="zero_grad after backward" key="cleared"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    loss_D.backward()
    opt_D.zero_grad()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    loss_G.backward()
    opt_G.zero_grad()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G cleared after its backward" key="cleared"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    loss_G.backward()
    opt_G.zero_grad()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="D's labels swapped" key="labels"
def train_step(G, D, opt_G, opt_D, x, rng):
    bce = nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(len(x)), torch.zeros(len(x))
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = bce(D(x), zeros) + bce(D(fake), ones)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = bce(D(G(torch.randn(len(x), LATENT, generator=rng))), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G labelled as fake" key="labels"
def train_step(G, D, opt_G, opt_D, x, rng):
    bce = nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(len(x)), torch.zeros(len(x))
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = bce(D(x), ones) + bce(D(fake), zeros)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = bce(D(G(torch.randn(len(x), LATENT, generator=rng))), zeros)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="the saturating loss" key="saturating"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = -softplus(D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G ascends" key="sign"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = -softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="D maximises its loss" key="sign"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = torch.log(torch.sigmoid(D(x))).mean() + torch.log(1 - torch.sigmoid(D(fake))).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="sums instead of means" key="mean"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).sum() + softplus(D(fake)).sum()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).sum()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G's loss is a sum" key="mean"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).sum()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="D's two terms averaged" key="half"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = (softplus(-D(x)).mean() + softplus(D(fake)).mean()) / 2
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="one mean over the whole pile" key="half"
def train_step(G, D, opt_G, opt_D, x, rng):
    bce = nn.functional.binary_cross_entropy_with_logits
    labels = torch.cat([torch.ones(len(x)), torch.zeros(len(x))])
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = bce(D(torch.cat([x, fake])), labels)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = bce(D(G(torch.randn(len(x), LATENT, generator=rng))), torch.ones(len(x)))
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="D's loss without its fakes" key="terms"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    s_real, s_fake = D(x), D(fake)
    loss_D = softplus(-s_real).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G's fakes detached" key="detached"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="the quiet loop: D's detached fakes again" key="detached"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="the same fakes in both halves" key="reused"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake.detach())).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="the same noise in both halves" key="reused"
def train_step(G, D, opt_G, opt_D, x, rng):
    z = torch.randn(len(x), LATENT, generator=rng)
    loss_D = softplus(-D(x)).mean() + softplus(D(G(z).detach())).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="noise from the global generator" key="rng"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="uniform noise" key="noise"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.rand(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.rand(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="the batch size of the lesson" key="batch"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(64, LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(64, LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="the noise of the lesson" key="noise"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), 32, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), 32, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="D stepped with G's optimiser" key="optimiser"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_G.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="the optimisers swapped" key="optimiser"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_G.zero_grad()
    loss_D.backward()
    opt_G.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_D.zero_grad()
    loss_G.backward()
    opt_D.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G's loss from scores before D's step" key="stale"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="G first" key="order"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="both networks step in G's half" key="count"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    opt_D.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="one sum of both losses, one backward" key="graph"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    loss_G = softplus(-D(G(torch.randn(len(x), LATENT, generator=rng)))).mean()
    opt_D.zero_grad()
    opt_G.zero_grad()
    (loss_D + loss_G).backward()
    opt_D.step()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="evaluation mode in G's half" key="mode"
def train_step(G, D, opt_G, opt_D, x, rng):
    G.train()
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    G.eval()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="retain_graph in D's half" key="retained"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward(retain_graph=True)
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="losses returned as tensors" key="numbers"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D, loss_G


# %% kind="wrong" name="losses returned the other way round" key="returned"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_G.item(), loss_D.item()


# %% kind="wrong" name="logarithms of sigmoids" key="logits"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = -torch.log(torch.sigmoid(D(x))).mean() - torch.log(1 - torch.sigmoid(D(fake))).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = -torch.log(torch.sigmoid(D(fake))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="BCELoss of sigmoids" key="logits"
def train_step(G, D, opt_G, opt_D, x, rng):
    bce, ones, zeros = nn.BCELoss(), torch.ones(len(x)).to(x), torch.zeros(len(x)).to(x)
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = bce(torch.sigmoid(D(x)), ones) + bce(torch.sigmoid(D(fake)), zeros)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = bce(torch.sigmoid(D(G(torch.randn(len(x), LATENT, generator=rng)))), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="a sigmoid before a loss of logits" key="sigmoid"
def train_step(G, D, opt_G, opt_D, x, rng):
    bce = nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(len(x)), torch.zeros(len(x))
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = bce(torch.sigmoid(D(x)), ones) + bce(torch.sigmoid(D(fake)), zeros)
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = bce(torch.sigmoid(D(G(torch.randn(len(x), LATENT, generator=rng)))), ones)
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="nothing returned" key="returned"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="D is never stepped" key="optimiser"
def train_step(G, D, opt_G, opt_D, x, rng):
    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    opt_D.zero_grad()
    loss_D.backward()
    fake = G(torch.randn(len(x), LATENT, generator=rng))
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return loss_D.item(), loss_G.item()


# %% kind="wrong" name="weights moved by hand" key="optimiser"
def train_step(G, D, opt_G, opt_D, x, rng):
    def descend(loss, network, rate):
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        with torch.no_grad():
            for p, gradient in zip(network.parameters(), gradients):
                p -= rate * gradient

    fake = G(torch.randn(len(x), LATENT, generator=rng)).detach()
    loss_D = softplus(-D(x)).mean() + softplus(D(fake)).mean()
    descend(loss_D, D, 0.5)
    loss_G = softplus(-D(G(torch.randn(len(x), LATENT, generator=rng)))).mean()
    descend(loss_G, G, 0.25)
    return loss_D.item(), loss_G.item()


# %% kind="right" name="BCE with logits, one pile, no_grad"
def train_step(G, D, opt_G, opt_D, x, rng):
    bce, n = nn.functional.binary_cross_entropy_with_logits, x.shape[0]
    with torch.no_grad():
        fake = G(torch.randn((n, LATENT), generator=rng))
    s_real, s_fake = D(torch.cat([x, fake])).chunk(2)
    loss_D = bce(s_real, torch.ones_like(s_real)) + bce(s_fake, torch.zeros_like(s_fake))
    opt_D.zero_grad(set_to_none=False)
    loss_D.backward()
    opt_D.step()

    s = D(G(torch.randn((n, LATENT), generator=rng)))
    loss_G = bce(s, torch.ones_like(s))
    opt_G.zero_grad(set_to_none=False)
    loss_G.backward()
    opt_G.step()
    return float(loss_D.detach()), float(loss_G.detach())


# %% kind="right" name="a backward for each term, and a look at the scores"
def train_step(G, D, opt_G, opt_D, x, rng):
    bce, ones, zeros = nn.BCEWithLogitsLoss(), torch.ones(len(x)), torch.zeros(len(x))
    fakes = G(torch.randn(2 * len(x), LATENT, generator=rng))
    D.zero_grad()
    of_real = bce(D(x), ones)
    of_real.backward()
    of_fake = bce(D(fakes[: len(x)].detach()), zeros)
    of_fake.backward()
    opt_D.step()
    with torch.no_grad():
        D(x).mean() - D(fakes).mean()
    G.zero_grad()
    loss_G = bce(D(fakes[len(x) :]), ones)
    loss_G.backward()
    opt_G.step()
    return (of_real + of_fake).item(), loss_G.item()


# %% kind="right" name="gradients assigned by hand"
def train_step(G, D, opt_G, opt_D, x, rng):
    def follow(loss, network, optimiser):
        weights = list(network.parameters())
        for p, gradient in zip(weights, torch.autograd.grad(loss, weights)):
            p.grad = gradient
        optimiser.step()
        return loss.item()

    fake = G(torch.randn(len(x), LATENT, generator=rng))
    of_D = follow(softplus(-D(x)).mean() + softplus(D(fake)).mean(), D, opt_D)
    return of_D, follow(softplus(-D(G(torch.randn(len(x), LATENT, generator=rng)))).mean(), G, opt_G)


# %% kind="right" name="D frozen in G's half, fakes made ahead"
def train_step(G, D, opt_G, opt_D, x, rng):
    first = G(torch.randn(len(x), LATENT, generator=rng).to(x.dtype)).detach()
    second = G(torch.randn(len(x), LATENT, generator=rng).to(x.dtype))
    D.zero_grad()
    loss_D = -nn.functional.logsigmoid(D(x)).mean() - nn.functional.logsigmoid(-D(first)).mean()
    loss_D.backward()
    opt_D.step()
    D.requires_grad_(False)
    G.zero_grad()
    loss_G = -nn.functional.logsigmoid(D(second)).mean()
    loss_G.backward()
    D.requires_grad_(True)
    opt_G.step()
    return loss_D.detach().item(), loss_G.detach().item()


# %% [markdown] kind="explanation"
"""
This is the `step` of lesson 10. The order inside each half has freedom (the clearing may stand anywhere before
`backward`), the order of the halves has none: G's scores come after D's step. Three details are easy to lose. The fakes
of D's half are detached, or made under `torch.no_grad()`: nobody needs their gradient. The means are means in both terms,
so that the step does not grow with the batch. And what is returned are numbers: a list of loss tensors keeps the graph of
every step alive.
"""

# %% [markdown] kind="equivalent"
"""
- `fake = G(torch.randn(len(x), {LATENT}, generator=rng)).detach()` -> `fake = G(-torch.randn(len(x), {LATENT}, generator=rng)).detach()`: normal noise with the opposite sign is normal noise
- `fake = G(torch.randn(len(x), {LATENT}, generator=rng))` -> `fake = G(-torch.randn(len(x), {LATENT}, generator=rng))`: normal noise with the opposite sign is normal noise
"""

# %% [markdown] kind="rubric"
"""
Common errors, and what to say. *No `detach`*: the weights come out right, so ask what the second pass through G was paid
for (case 2 of 10.2). *`zero_grad` missing or late*: let the learner print the gradients after each line for two steps,
not one; the first step is innocent. *Sum for mean*: ask for the loss of the same batch written twice. *Fixed batch size*:
the last batch of an epoch is smaller. *Noise without `rng`*: two runs from one seed differ.
"""

# %% [markdown] kind="task" task="10.4" title="The sheet that stopped the learning" points=2 hidden_points=1 minutes=12 difficulty="medium"
"""
G uses batch normalisation. A colleague wants a sheet of samples after each step, from the same noise `z_sheet` every
time, and the items of the sheet should not depend on each other. So the function below begins with `G.eval()`. Since then
G's updates come out differently, its running averages never move, and the sheets keep a graph.

Write `g_half(G, D, opt_G, z, z_sheet)`, the same thing repaired:

- G learns from the noise `z` in **training mode**, in whatever mode it arrives, and its running averages follow;
- then G, as it is after its update, draws the sheet in **evaluation mode**, without a graph, and this leaves no trace in
  its running averages;
- G leaves in training mode; D's mode is not touched;
- the sheet is returned.
"""


# %% kind="given"
def colleague(G, D, opt_G, z, z_sheet):
    """G's half of a step and a sheet of samples, with the modes at the wrong places."""
    G.eval()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return G(z_sheet)


# %% [markdown] kind="hint"
"""
A mode belongs to a purpose: which of G's two calls is learning, and which is looking? Then ask in which mode the *next*
step finds G.
"""

# %% [markdown] kind="hint"
"""
In training mode batch normalisation uses the mean and variance of the batch, and its running averages take a step
towards them; in evaluation mode it uses the running averages and leaves them alone. A mode stays until somebody changes
it. A graph is avoided by `torch.no_grad()`.
"""

# %% [markdown] kind="hint"
"""
Four parts: training mode; the half as the colleague has it, down to the update; evaluation mode and the sheet, inside
`torch.no_grad()`; training mode again. Keep the sheet under a name, so that something can follow before you return it.
"""


# %% kind="solution"
def g_half(G, D, opt_G, z, z_sheet):
    ### BEGIN SOLUTION
    G.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    return sheet
    ### END SOLUTION


# %% kind="check"
def observe(g_half):
    def run(training):
        G, D = nn.BatchNorm1d(1, eps=0.25, momentum=0.25).double(), nn.Linear(1, 1, bias=False).double()
        nn.init.constant_(D.weight, 0.75)
        scorer, calls = nn.Sequential(D, nn.Flatten(0)), []
        for p in G.parameters():
            p.grad = torch.full_like(p, 2.0)
        for name, network in (("G", G), ("D", scorer)):
            network.register_forward_hook(lambda m, i, o, name=name: calls.append([name, m.training, i[0].detach()]))
        opt_G = torch.optim.SGD(G.parameters(), 0.5)
        G.train(training), scorer.train(training)
        z = torch.tensor([[1.0], [-0.5], [2.5], [0.25]], dtype=torch.float64)
        sheet = g_half(G, scorer, opt_G, z, torch.tensor([[0.5], [2.0]], dtype=torch.float64))
        return {
            "calls": calls, "sheet": sheet, "graph": getattr(sheet, "requires_grad", None),
            "left": [G.training, scorer.training], "gamma": G.weight.item(), "beta": G.bias.item(),
            "mean": G.running_mean.item(), "var": G.running_var.item(), "D": D.weight.item(),
        }  # fmt: skip

    return [run(True), run(False)]


def judge(seen):
    z, w, rate = torch.tensor([1.0, -0.5, 2.5, 0.25], dtype=torch.float64), 0.75, 0.5
    unit = (z - z.mean()) / (z.var(unbiased=False) + 0.25).sqrt()  # what batch normalisation makes of z
    slope = -w * torch.sigmoid(-w * unit)  # dL_G / dG(z), item by item, times their number
    steps = [(slope * unit).mean(), slope.mean()]  # in the directions of gamma, which starts at 1, and of beta, at 0
    gamma, beta = 1 - rate * steps[0], -rate * steps[1]
    mean, var = 0.25 * z.mean(), 0.75 + 0.25 * z.var()
    for run, training in zip(seen, (True, False), strict=True):
        modes_G = [call[1] for call in run["calls"] if call[0] == "G"]
        sizes_G = [len(call[2]) for call in run["calls"] if call[0] == "G"]
        if any(call[1] != training for call in run["calls"] if call[0] == "D") or run["left"][1] != training:
            reject("D", "D's mode was changed: it is D's own business, and a later line would find it in another mode.")
        if len(sizes_G) < 2 or sizes_G[0] != 4:
            reject("order", "G first learns from `z`, and then, as it is after its update, draws the sheet.")
        if not modes_G[0]:
            reject(
                "mode", "G learned in evaluation mode: its batch was normalised with old averages, not with its own."
            )
        if modes_G[-1]:
            reject("sheet", "the sheet was drawn in training mode, where the items of a sheet depend on each other.")
        if not run["left"][0]:
            reject("left", "G leaves in evaluation mode, and whoever trains it next trains it in that mode.")
        if run["graph"] is not False:
            reject("graph", "the sheet still carries a graph: kept for later, it keeps all of G's activations.")
        used = [(1 - run["gamma"]) / rate, -run["beta"] / rate]
        for factor, key, message in [
            (0, "cleared", "G did not move: its weights held no gradient when they were stepped."),
            (4, "mean", "G's step grows with the batch: its loss is a mean over the items."),
            (-1, "sign", "G moved uphill: its loss grew."),
        ]:
            if near(used, [factor * step for step in steps]):
                reject(key, message)
        flat = -w * torch.sigmoid(w * unit)
        if near(used, [(flat * unit).mean(), flat.mean()]):
            reject("saturating", "G followed the saturating loss, which is flat where D rejects its fakes.")
        if near(used, [step + 2 for step in steps]):
            reject("accumulated", "G followed more than its own loss: old gradients were still there.")
        if not near(used, steps):
            reject("gradient", "G's update is not that of the non-saturating loss on the batch of its own.")
        if not near([run["mean"], run["var"]], [mean, var]):
            reject("running", "G's running averages should take one step, towards the batch that G learns from.")
        if near(run["sheet"], [[0.5], [2.0]], atol=0.05) or run["sheet"].shape != (2, 1):
            reject("order", "the sheet is not one of the G that has just moved.")
        if not near(run["sheet"][:, 0], gamma * (torch.tensor([0.5, 2.0]) - mean) / (var + 0.25).sqrt() + beta):
            reject("order", "the sheet is not one of the G that has just moved.")
        if run["D"] != w:
            reject("D", "D's weights moved in G's half.")


# %% kind="hidden"
def observe(g_half):
    torch.manual_seed(4)
    G = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 2)).double().eval()
    D = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0)).double()
    start = [p.detach().clone() for p in (*G.parameters(), *D.parameters())]
    opt_G = torch.optim.Adam(G.parameters(), 0.05)
    z, z_sheet = (torch.sin(torch.arange(3.0 * n)).view(n, 3).double() for n in (6, 4))
    sheets = [g_half(G, D, opt_G, z, z_sheet) for _ in range(3)]
    state = [value.double() for value in G.state_dict().values()]
    flags = [getattr(sheet, "requires_grad", None) for sheet in sheets] + [G.training, D.training]
    return {"start": start, "sheets": sheets, "state": state, "flags": flags}


def judge(seen):
    if seen["flags"] != [False, False, False, True, True]:
        reject("mode", "over three steps, a sheet carries a graph or a network is left in another mode.")
    G = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 2)).double()
    D = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0)).double()
    for p, value in zip((*G.parameters(), *D.parameters()), seen["start"], strict=True):
        p.data = value
    opt_G = torch.optim.Adam(G.parameters(), 0.05)
    z, z_sheet = (torch.sin(torch.arange(3.0 * n)).view(n, 3).double() for n in (6, 4))
    for sheet in seen["sheets"]:
        weights = list(G.parameters())
        loss = nn.functional.binary_cross_entropy_with_logits(D(G(z)), torch.ones(6).double())
        for p, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            p.grad = gradient
        opt_G.step()
        wanted = nn.functional.batch_norm(G[0](z_sheet), G[1].running_mean, G[1].running_var, G[1].weight, G[1].bias)
        if not near(sheet, G[3](G[2](wanted)), atol=1e-7):
            reject("sheet", "over three steps, with another G, a sheet is not what G draws in evaluation mode.")
    if not near(torch.cat([s.flatten() for s in seen["state"]]),
                torch.cat([s.double().flatten() for s in G.state_dict().values()]), atol=1e-7):  # fmt: skip
        reject("weights", "over three steps, G's weights or running averages end elsewhere.")


# %% kind="wrong" name="the colleague's" key="mode"
def g_half(G, D, opt_G, z, z_sheet):
    G.eval()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return G(z_sheet)


# %% kind="wrong" name="nobody calls train" key="left"
def g_half(G, D, opt_G, z, z_sheet):
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        return G(z_sheet)


# %% kind="wrong" name="the mode that it finds" key="mode"
def g_half(G, D, opt_G, z, z_sheet):
    found = G.training
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train(found)
    return sheet


# %% kind="wrong" name="evaluation mode left on" key="left"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        return G(z_sheet)


# %% kind="wrong" name="training mode for the sheet" key="sheet"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    with torch.no_grad():
        return G(z_sheet)


# %% kind="wrong" name="the sheet keeps a graph" key="graph"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    sheet = G(z_sheet)
    G.train()
    return sheet


# %% kind="wrong" name="the sheet before the update" key="order"
def g_half(G, D, opt_G, z, z_sheet):
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    return sheet


# %% kind="wrong" name="the sheet between backward and step" key="order"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    opt_G.step()
    return sheet


# %% kind="wrong" name="the training noise on the sheet" key="order"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z)
    G.train()
    return sheet


# %% kind="wrong" name="a second pass moves the averages" key="running"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    G(z)
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    return sheet


# %% kind="wrong" name="D put into evaluation mode" key="D"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    D.eval()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    D.train()
    return sheet


# %% kind="wrong" name="both networks put into training mode" key="D"
def g_half(G, D, opt_G, z, z_sheet):
    for network in (G, D):
        network.train()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    return sheet


# %% kind="wrong" name="old gradients kept" key="accumulated"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    softplus(-D(G(z))).mean().backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    return sheet


# %% kind="wrong" name="cleared after backward" key="cleared"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    softplus(-D(G(z))).mean().backward()
    opt_G.zero_grad()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    return sheet


# %% kind="wrong" name="a sum for a mean" key="mean"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    opt_G.zero_grad()
    softplus(-D(G(z))).sum().backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    return sheet


# %% kind="wrong" name="the saturating loss" key="saturating"
def g_half(G, D, opt_G, z, z_sheet):
    G.train()
    opt_G.zero_grad()
    (-softplus(D(G(z)))).mean().backward()
    opt_G.step()
    G.eval()
    with torch.no_grad():
        sheet = G(z_sheet)
    G.train()
    return sheet


# %% kind="right" name="train(False), detach"
def g_half(G, D, opt_G, z, z_sheet):
    opt_G.zero_grad()
    s = D(G.train()(z))
    nn.functional.binary_cross_entropy_with_logits(s, torch.ones_like(s)).backward()
    opt_G.step()
    sheet = G.train(False)(z_sheet).detach()
    G.train(True)
    return sheet


# %% kind="right" name="a helper with try and finally"
def g_half(G, D, opt_G, z, z_sheet):
    @torch.no_grad()
    def look():
        G.eval()
        try:
            return G(z_sheet)
        finally:
            G.train()

    G.train()
    for p in G.parameters():
        p.grad = None
    loss_G = -nn.functional.logsigmoid(D(G(z))).mean()
    loss_G.backward()
    opt_G.step()
    return look()


# %% [markdown] kind="explanation"
"""
A mode is a switch that stays where it was left. In evaluation mode batch normalisation divides by the running averages:
the gradient no longer contains how each item moves the mean and the spread of its batch, so the update differs, and the
averages, which only training mode moves, stand still. Looking needs the other mode, for its own short time: switch,
look without a graph, switch back. A `state_dict()` would have shown it: the averages did not change.
"""

# %% [markdown] kind="task" task="10.5" title="More updates of D, softer labels" points=2 hidden_points=2 minutes=15 difficulty="medium"
r"""
Two variations that papers combine with Algorithm 1: D is updated {UPDATES} times for each update of G, and D is taught
to be a little unsure of real items. Its *one-sided* smoothed loss uses the label {SMOOTH} for real items and 0 for fakes,

$$
L_D = \mathbb{E}\bigl[y\,\mathrm{softplus}(-s(x)) + (1-y)\,\mathrm{softplus}(s(x))\bigr]
+ \mathbb{E}\,\mathrm{softplus}(s(G(z))), \qquad y = {SMOOTH}.
$$

Write `step_k(G, D, opt_G, opt_D, batches, noise)`: one such step.

- `next(batches)` gives a real batch; `noise(n)` gives fresh noise for n fakes.
- Every update of D has a real batch and noise of its own, and follows the gradient of its own loss alone. As always, its
  `backward` does not go on into G, and no graph is kept once it was used.
- Then G moves once, with the plain non-saturating $L_G$, on fresh noise for as many fakes as the last real batch has
  items. Batches need not be equally large.

It returns nothing.
"""

# %% [markdown] kind="hint"
"""
What belongs inside the loop and what after it? Everything that an update of D must have for itself is inside. And whose
labels are smoothed: those of real items, of fakes, of G's wish?
"""

# %% [markdown] kind="hint"
r"""
The cross-entropy of a score $s$ with the label $y$ is $y\,\mathrm{softplus}(-s) + (1-y)\,\mathrm{softplus}(s)$. It is
smallest where $\sigma(s) = y$. `binary_cross_entropy_with_logits` takes any label between 0 and 1.
"""

# %% [markdown] kind="hint"
"""
Loop {UPDATES} times over: a real batch `x`, fakes from `noise(len(x))`, detached; three means, weighted {SMOOTH},
one minus {SMOOTH}, and 1; clear, backward, step for D. After the loop, G's half of 10.3 with `noise(len(x))`.
"""


# %% kind="solution"
def step_k(G, D, opt_G, opt_D, batches, noise):
    ### BEGIN SOLUTION
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        of_real = SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)
        loss_D = of_real.mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()

    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()
    ### END SOLUTION


# %% kind="check"
def observe(step_k):
    tiny, stream, drawn = TinyGAN(0.75, -0.5, 0.5, 0.25), torch.Generator().manual_seed(3), []
    rows = [[(5 * i + 3 * j) % 17 / 8 - 0.875 for j in range(4 - i % 2)] for i in range(40)]

    def noise(n):
        drawn.append(torch.randn(n, 2, generator=stream))
        return drawn[-1]

    batches = (torch.tensor(row, dtype=torch.float64).unsqueeze(1) for row in rows)
    for _ in range(2):
        step_k(tiny.G, tiny.D, tiny.opt_G, tiny.opt_D, batches, noise)
    return {"diary": tiny.diary(), "drawn": torch.cat(drawn)}


def judge(seen):
    rows = [[(5 * i + 3 * j) % 17 / 8 - 0.875 for j in range(4 - i % 2)] for i in range(2 * UPDATES)]
    referee(seen["diary"], start=(0.75, -0.5), rates=(0.5, 0.25), batches=rows, k=UPDATES, label=SMOOTH)
    used = torch.cat([entry["z"] for entry in seen["diary"] if entry["line"] == "make"])
    if not near(used, seen["drawn"]):
        reject("noise", "G was given something else than the noise that was drawn for it.")


# %% kind="hidden"
def observe(step_k):
    G, D = networks(2)
    opt_G, opt_D = torch.optim.Adam(G.parameters(), 0.02), torch.optim.SGD(D.parameters(), 0.1, momentum=0.5)
    asked, served = [], []

    def serve():
        while len(served) < 40:
            n = 4 + len(served) % 3
            served.append(n)
            yield torch.cos(torch.arange(2.0 * n) + len(served)).view(n, 2).double()

    def noise(n):
        asked.append(n)
        return torch.sin(torch.arange(2.0 * n) * 3 + len(asked)).view(n, 2).double()

    batches = serve()
    returned = [step_k(G, D, opt_G, opt_D, batches, noise) for _ in range(2)]
    weights = [nn.utils.parameters_to_vector(network.parameters()) for network in (G, D)]
    return {"weights": weights, "asked": asked, "served": served, "returned": returned}


def judge(seen):
    sizes = [4 + i % 3 for i in range(2 * UPDATES)]
    halves = [n for i, n in enumerate(sizes, 1) for n in ([n, n] if i % UPDATES == 0 else [n])]
    if seen["served"] != sizes:
        reject("count", "over two steps, more or fewer real batches were taken than updates of D are due.")
    if seen["asked"] != halves:
        reject("noise", "noise was not drawn once for each half, for as many fakes as there are real items.")
    if seen["returned"] != [None, None]:
        reject("returned", "the step returns nothing.")
    G, D = networks(2)
    opt_G, opt_D = torch.optim.Adam(G.parameters(), 0.02), torch.optim.SGD(D.parameters(), 0.1, momentum=0.5)
    bce = nn.functional.binary_cross_entropy_with_logits

    def follow(loss, network, optimiser):
        weights = list(network.parameters())
        for p, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            p.grad = gradient
        optimiser.step()

    turn = 0
    for i, n in enumerate(sizes, 1):
        for player in "DG" if i % UPDATES == 0 else "D":
            turn += 1
            fake = G(torch.sin(torch.arange(2.0 * n) * 3 + turn).view(n, 2).double())
            x = torch.cos(torch.arange(2.0 * n) + i).view(n, 2).double()
            of_fake = bce(D(fake), torch.full((n,), float(player == "G")).double())
            if player == "D":
                follow(of_fake + bce(D(x), torch.full((n,), SMOOTH).double()), D, opt_D)
            else:
                follow(of_fake, G, opt_G)
    for name, network, weights in zip("GD", (G, D), seen["weights"], strict=True):
        if not near(weights, nn.utils.parameters_to_vector(network.parameters()), atol=1e-7, rtol=1e-7):
            reject("weights", f"with other networks and optimisers, {name} ends elsewhere.")


# %% kind="wrong" name="one update of D" key="count"
def step_k(G, D, opt_G, opt_D, batches, noise):
    x = next(batches)
    s_real, s_fake = D(x), D(G(noise(len(x))).detach())
    loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="G moves as often as D" key="count"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
        loss_G = softplus(-D(G(noise(len(x))))).mean()
        opt_G.zero_grad()
        loss_G.backward()
        opt_G.step()


# %% kind="wrong" name="losses added up, one step of D" key="count"
def step_k(G, D, opt_G, opt_D, batches, noise):
    loss_D = 0.0
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = (
            loss_D + (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        )
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="the same real batch every time" key="batch"
def step_k(G, D, opt_G, opt_D, batches, noise):
    x = next(batches)
    for _ in range(UPDATES):
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="the same fakes every time" key="reused"
def step_k(G, D, opt_G, opt_D, batches, noise):
    fake = None
    for _ in range(UPDATES):
        x = next(batches)
        fake = G(noise(len(x))).detach() if fake is None or len(fake) < len(x) else fake[: len(x)]
        s_real, s_fake = D(x), D(fake)
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="G on the noise of D's last update" key="reused"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        z = noise(len(x))
        s_real, s_fake = D(x), D(G(z).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="cleared once, before the loop" key="accumulated"
def step_k(G, D, opt_G, opt_D, batches, noise):
    opt_D.zero_grad()
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="no smoothing" key="labels"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        loss_D = softplus(-D(x)).mean() + softplus(D(G(noise(len(x))).detach())).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="smoothed on both sides" key="labels"
def step_k(G, D, opt_G, opt_D, batches, noise):
    bce = nn.functional.binary_cross_entropy_with_logits
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = bce(s_real, torch.full_like(s_real, SMOOTH)) + bce(s_fake, torch.full_like(s_fake, 1 - SMOOTH))
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="the fakes smoothed instead" key="labels"
def step_k(G, D, opt_G, opt_D, batches, noise):
    bce = nn.functional.binary_cross_entropy_with_logits
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = bce(s_real, torch.ones_like(s_real)) + bce(s_fake, torch.full_like(s_fake, 1 - SMOOTH))
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="real items called fake, softly" key="labels"
def step_k(G, D, opt_G, opt_D, batches, noise):
    bce = nn.functional.binary_cross_entropy_with_logits
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = bce(s_real, torch.full_like(s_real, 1 - SMOOTH)) + bce(s_fake, torch.zeros_like(s_fake))
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="the label as a mere factor" key="labels"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        loss_D = SMOOTH * softplus(-D(x)).mean() + softplus(D(G(noise(len(x))).detach())).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="G's wish smoothed too" key="wish"
def step_k(G, D, opt_G, opt_D, batches, noise):
    bce = nn.functional.binary_cross_entropy_with_logits
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = bce(s_real, torch.full_like(s_real, SMOOTH)) + bce(s_fake, torch.zeros_like(s_fake))
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    s = D(G(noise(len(x))))
    loss_G = bce(s, torch.full_like(s, SMOOTH))
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="noise for a fixed number of fakes" key="batch"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(64)).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(64)))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="no detach" key="graph"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))))
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="saturating, and sums in D's loss" key="mean"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).sum() + softplus(s_fake).sum()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = -softplus(D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="the saturating loss" key="saturating"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = -softplus(D(G(noise(len(x))))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="wrong" name="G's fakes detached" key="detached"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        s_real, s_fake = D(x), D(G(noise(len(x))).detach())
        loss_D = (SMOOTH * softplus(-s_real) + (1 - SMOOTH) * softplus(s_real)).mean() + softplus(s_fake).mean()
        opt_D.zero_grad()
        loss_D.backward()
        opt_D.step()
    loss_G = softplus(-D(G(noise(len(x))).detach())).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_G.step()


# %% kind="right" name="BCE with a soft label, one pile"
def step_k(G, D, opt_G, opt_D, batches, noise):
    for _ in range(UPDATES):
        x = next(batches)
        with torch.no_grad():
            fake = G(noise(len(x)))
        s = D(torch.cat([x, fake]))
        y = torch.cat([torch.full((len(x),), SMOOTH), torch.zeros(len(x))]).to(s)
        opt_D.zero_grad()
        (2 * nn.functional.binary_cross_entropy_with_logits(s, y)).backward()
        opt_D.step()
    D.requires_grad_(False)
    s = D(G(noise(len(x))))
    opt_G.zero_grad(set_to_none=False)
    nn.functional.binary_cross_entropy_with_logits(s, torch.ones_like(s)).backward()
    opt_G.step()
    D.requires_grad_(True)


# %% kind="right" name="softplus minus y s"
def step_k(G, D, opt_G, opt_D, batches, noise):
    done = 0
    while done < UPDATES:
        x = next(batches)
        s, fake = D(x), G(noise(len(x))).detach()
        D.zero_grad()
        ((softplus(s) - SMOOTH * s).mean() + softplus(D(fake)).mean()).backward()
        opt_D.step()
        done += 1
    G.zero_grad()
    softplus(-D(G(noise(len(x))))).mean().backward()
    opt_G.step()


# %% [markdown] kind="explanation"
r"""
Everything that an update of D must have for itself stands inside the loop: batch, noise, clearing, step. With the label
$y$ on real items the best D is $y\,p/(p+q)$ instead of $p/(p+q)$: it never claims more than {SMOOTH}. Smoothing the fakes
as well would add a term that grows with $q$ and holds bad fakes where they are (Salimans et al., 2016), so they keep 0,
and G, which is not a classifier, keeps its wish: 1.
"""

# %% [markdown] kind="task" task="10.6" title="One forward pass, two gradients" points=3 hidden_points=2 minutes=20 difficulty="hard"
r"""
In the *simultaneous* game both networks move at once, from the same point. Then nothing has to be computed twice: G makes
its fakes once, D scores them once, and both losses are made of the same scores.

Write `joint_step(G, D, opt_G, opt_D, x, z)`: one such step on a real batch `x` and noise `z`.

- G is called once. D scores the fakes once, and the real items once.
- D's weights follow the gradient of $L_D$ **alone**, with the label {SOFT} for real items as in 10.5. G's weights follow
  that of the plain non-saturating $L_G$ **alone**. Both are taken before either network moves, and what the weights held
  before the step plays no part.
- A graph is kept only as long as it is needed: at the end, nothing of it is left.

It returns nothing. The result has to equal that of two separate passes, to $10^{-7}$.
"""

# %% [markdown] kind="hint"
"""
Two losses share a graph. The first `backward` would do two things that you do not want: throw the shared graph away, and
fill the weights of both networks. Is there a way to ask for *some* gradients only?
"""

# %% [markdown] kind="hint"
r"""
You need $\partial L_D/\partial\theta_D$ and $\partial L_G/\partial\theta_G$, and neither $\partial L_D/\partial\theta_G$
nor $\partial L_G/\partial\theta_D$. `torch.autograd.grad(loss, weights)` returns gradients and writes none into `.grad`;
`backward` has an argument `inputs`. Both have `retain_graph`.
"""

# %% [markdown] kind="hint"
"""
Scores once; two losses; the gradients of the first loss for one network, keeping the graph; the gradients of the second
for the other network, not keeping it; write each gradient into the `.grad` of its weight; only then both `step`s.
"""


# %% kind="solution"
def joint_step(G, D, opt_G, opt_D, x, z):
    ### BEGIN SOLUTION
    s_real, s_fake = D(x), D(G(z))
    loss_D = (softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()
    loss_G = softplus(-s_fake).mean()
    of_D, of_G = list(D.parameters()), list(G.parameters())
    grads = torch.autograd.grad(loss_D, of_D, retain_graph=True)
    grads += torch.autograd.grad(loss_G, of_G)
    for p, grad in zip(of_D + of_G, grads):
        p.grad = grad
    opt_D.step()
    opt_G.step()
    ### END SOLUTION


# %% kind="check"
def observe(joint_step):
    tiny = TinyGAN(0.75, -0.5, 0.5, 0.25)
    tiny.D.w.grad, tiny.G.a.grad = torch.tensor([[3.0], [-2.0]], dtype=torch.float64)
    x = torch.tensor([[1.0], [-0.5], [2.0], [0.25]], dtype=torch.float64)
    z = torch.tensor([[0.5], [-1.5], [2.25]], dtype=torch.float64)
    tried = attempt(joint_step, tiny.G, tiny.D, tiny.opt_G, tiny.opt_D, x, z)
    return {**tried, "diary": tiny.diary()}


def judge(seen):
    if "second time" in seen["message"]:
        reject("freed", "the shared graph was gone when the second gradient was asked for: the first pass freed it.")
    if seen["raised"]:
        reject("raised", f"your code stopped with {seen['raised']}: {seen['message']}")
    real, fakes, w, a = [1.0, -0.5, 2.0, 0.25], [-0.25, 0.75, -1.125], 0.75, -0.5
    diary = seen["diary"]
    lines = [entry["line"] for entry in diary]
    scores = [entry for entry in diary if entry["line"] == "score"]
    if lines.count("make") != 1:
        reject("forward", f"G was called {lines.count('make')} times: once is enough for both losses.")
    if sorted(x for entry in scores for x in entry["x"]) != sorted(real + fakes):
        reject("forward", "D is to score each real item once and each fake once, and nothing else.")
    moves = [place for place, line in enumerate(lines) if line.startswith("step")]
    if sorted(lines[place] for place in moves) != ["step_D", "step_G"]:
        reject("count", "each optimiser makes one step.")
    if {"pass", "back"} & set(lines[moves[0] :]):
        reject("moved", "a gradient was still being taken when a network had already moved.")
    step = {entry["line"]: entry for entry in diary}
    used_D, used_G = (w - step["end"]["w"]) / 0.5, (a - step["end"]["a"]) / 0.25
    right_D, right_G = gradient_D(w, real, fakes, SOFT), gradient_G(w, a, fakes)
    s = torch.tensor(fakes, dtype=torch.float64) * w
    of_G = (s / w * (torch.sigmoid(s) - 1)).mean().item()  # dL_G / dw
    of_D = (s / a * torch.sigmoid(s)).mean().item()  # dL_D / da
    of_real = right_D - (s / w * torch.sigmoid(s)).mean().item()
    said = "{} followed the sum of both losses: gradients of the other player's loss were in its weights."
    more_D = [(right_D + of_G + old, "polluted", said.format("D")) for old in (0.0, 3.0)]
    more_G = [(right_G + of_D + old, "polluted", said.format("G")) for old in (0.0, -2.0)]
    more_D += [(of_G, "swapped", "D followed the loss of G."), (of_real + of_G, "labels", "D is to reject the fakes.")]
    more_G += [(of_D, "swapped", "G followed the loss of D, and helps D to reject its fakes.")]
    explain(used_D, right_D, more_D + mistakes_D(w, real, fakes, SOFT), 3.0, "D")
    explain(used_G, right_G, more_G + mistakes_G(w, a, fakes, label=SOFT), -2.0, "G")
    if any(entry["alive"] and set(entry["x"]) & set(fakes) for entry in scores):
        reject("retained", "the graph of the fakes is still there after its last use.")


# %% kind="hidden"
def observe(joint_step):
    G, D = networks(3)
    calls = []
    G.register_forward_hook(lambda *_: calls.append("G"))
    D.register_forward_hook(lambda _, inputs, __: calls.append(f"D {len(inputs[0])}"))
    opt_G, opt_D = torch.optim.Adam(G.parameters(), 0.02), torch.optim.SGD(D.parameters(), 0.1, momentum=0.5)
    for n in (5, 7, 4):
        x = torch.cos(torch.arange(2.0 * n) + n).view(n, 2).double()
        joint_step(G, D, opt_G, opt_D, x, torch.sin(torch.arange(12.0) + n).view(4, 3).double())
    weights = [nn.utils.parameters_to_vector(network.parameters()) for network in (G, D)]
    return {"weights": weights, "calls": calls}


def judge(seen):
    calls = seen["calls"]
    scored = sum(int(call[2:]) for call in calls if call.startswith("D "))
    if calls.count("G") != 3 or scored != 5 + 7 + 4 + 3 * 4:
        reject("forward", "over three steps, G was called or D scored something more often than needed.")
    G, D = networks(3)
    opt_G, opt_D = torch.optim.Adam(G.parameters(), 0.02), torch.optim.SGD(D.parameters(), 0.1, momentum=0.5)
    bce = nn.functional.binary_cross_entropy_with_logits
    for n in (5, 7, 4):
        x = torch.cos(torch.arange(2.0 * n) + n).view(n, 2).double()
        z = torch.sin(torch.arange(12.0) + n).view(4, 3).double()
        opt_G.zero_grad()
        bce(D(G(z)), torch.ones(4).double()).backward()
        opt_D.zero_grad()
        (bce(D(x), torch.full((n,), SOFT).double()) + bce(D(G(z).detach()), torch.zeros(4).double())).backward()
        opt_G.step()
        opt_D.step()
    for name, network, weights in zip("GD", (G, D), seen["weights"], strict=True):
        if not near(weights, nn.utils.parameters_to_vector(network.parameters()), atol=1e-7, rtol=1e-7):
            reject("weights", f"with other networks and optimisers, {name} does not end where two passes lead.")


# %% kind="wrong" name="two plain backward passes" key="freed"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward()
    softplus(-s_fake).mean().backward()
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="retain_graph and nothing else" key="polluted"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward(retain_graph=True)
    softplus(-s_fake).mean().backward()
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="the sum of the losses" key="polluted"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean() + softplus(-s_fake).mean()).backward()
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="G cleared in between, D not saved" key="polluted"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward(retain_graph=True)
    opt_G.zero_grad()
    softplus(-s_fake).mean().backward()
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="D steps before G's backward" key="moved"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward(retain_graph=True)
    opt_D.step()
    opt_G.zero_grad()
    softplus(-s_fake).mean().backward()
    opt_G.step()


# %% kind="wrong" name="the fakes scored twice" key="forward"
def joint_step(G, D, opt_G, opt_D, x, z):
    fake, s_real = G(z), D(x)
    loss_D = (softplus(s_real) - SOFT * s_real).mean() + softplus(D(fake.detach())).mean()
    loss_G = softplus(-D(fake)).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="the fakes made twice" key="forward"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real = D(x)
    loss_D = (softplus(s_real) - SOFT * s_real).mean() + softplus(D(G(z).detach())).mean()
    loss_G = softplus(-D(G(z))).mean()
    opt_G.zero_grad()
    loss_G.backward()
    opt_D.zero_grad()
    loss_D.backward()
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="detached fakes" key="cleared"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z).detach())
    opt_D.zero_grad()
    opt_G.zero_grad()
    loss_D = (softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()
    loss_D.backward(inputs=list(D.parameters()))
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="the graph kept both times" key="retained"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    loss_D = (softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()
    loss_G = softplus(-s_fake).mean()
    for loss, network in ((loss_D, D), (loss_G, G)):
        weights = list(network.parameters())
        for p, grad in zip(weights, torch.autograd.grad(loss, weights, retain_graph=True)):
            p.grad = grad
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="gradients added to old ones" key="accumulated"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward(
        inputs=list(D.parameters()), retain_graph=True
    )
    softplus(-s_fake).mean().backward(inputs=list(G.parameters()))
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="losses and networks crossed" key="swapped"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward(
        inputs=list(G.parameters()), retain_graph=True
    )
    softplus(-s_fake).mean().backward(inputs=list(D.parameters()))
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="the saturating loss: one gradient with its sign turned" key="saturating"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward()
    for p in G.parameters():
        p.grad = -p.grad
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="sums" key="mean"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    ((softplus(s_real) - SOFT * s_real).sum() + softplus(s_fake).sum()).backward(
        inputs=list(D.parameters()), retain_graph=True
    )
    softplus(-s_fake).sum().backward(inputs=list(G.parameters()))
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="the label 1 for real items" key="labels"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    softplus(-s_fake).mean().backward(inputs=list(G.parameters()), retain_graph=True)
    (softplus(-s_real).mean() + softplus(s_fake).mean()).backward(inputs=list(D.parameters()))
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="G's wish softened too" key="wish"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    (softplus(s_fake) - SOFT * s_fake).mean().backward(inputs=list(G.parameters()), retain_graph=True)
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward(inputs=list(D.parameters()))
    opt_D.step()
    opt_G.step()


# %% kind="wrong" name="the same label everywhere" key="labels"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    loss = (softplus(s_real) - SOFT * s_real).mean() + softplus(-s_fake).mean()
    loss.backward()
    opt_D.step()
    opt_G.step()


# %% kind="right" name="backward with inputs"
def joint_step(G, D, opt_G, opt_D, x, z):
    s_real, s_fake = D(x), D(G(z))
    opt_D.zero_grad()
    opt_G.zero_grad()
    softplus(-s_fake).mean().backward(inputs=list(G.parameters()), retain_graph=True)
    ((softplus(s_real) - SOFT * s_real).mean() + softplus(s_fake).mean()).backward(inputs=list(D.parameters()))
    opt_G.step()
    opt_D.step()


# %% kind="right" name="D's gradients set aside"
def joint_step(G, D, opt_G, opt_D, x, z):
    bce = nn.functional.binary_cross_entropy_with_logits
    s = D(torch.cat([x, G(z)]))
    s_real, s_fake = s[: len(x)], s[len(x) :]
    D.zero_grad()
    loss_D = bce(s_real, torch.full_like(s_real, SOFT)) + bce(s_fake, torch.zeros_like(s_fake))
    loss_D.backward(retain_graph=True)
    aside = [p.grad.clone() for p in D.parameters()]
    G.zero_grad()
    bce(s_fake, torch.ones_like(s_fake)).backward()
    for p, grad in zip(D.parameters(), aside):
        p.grad = grad
    opt_D.step()
    opt_G.step()


# %% [markdown] kind="explanation"
r"""
`torch.autograd.grad` asks for the gradients of one loss for one list of weights and writes nothing, so neither loss
leaves anything in the other network. The first call keeps the graph, because the second walks the same fakes and scores;
the second lets it go. `backward` with `inputs` does the same. `retain_graph` alone would not do: each `backward` then
fills both networks, and each follows the sum of the losses, whose pull on a fake's score ends where D is undecided. In the
alternating step of 10.3 none of this is needed, because there D moves in between and has to score anew.

A soft label is cheaper than it looks: $y\,\mathrm{softplus}(-s) + (1-y)\,\mathrm{softplus}(s) = \mathrm{softplus}(s) - ys$.
"""

# %% [markdown] kind="task" task="10.7" title="Two detaches, explained" points=4 minutes=10 difficulty="medium"
"""
A colleague writes: *"I left `detach` out of D's half and my weights were the same to the bit, so I think it does nothing.
For symmetry I then put one into G's half. Nothing was raised, both losses still move, and my `state_dict` of G changes at
every step. But what G makes of one fixed batch of noise never changes. What is going on?"* Their G has batch normalisation
and is always in training mode, and the gradients of a network are cleared before the `backward` of its half.

Answer in six to twelve sentences. Say what `detach` is worth in D's half and why the weights did not change without it;
what it does in G's half, and why nothing complains; why the `state_dict` changes; and give **one line of code** that would
have shown the mistake after the first step.
"""

# %% [markdown] kind="hint"
"""
Follow `backward` in both halves, once with `detach` and once without, and note which weights it fills. 10.2 has all the
cases.
"""

# %% [markdown] kind="hint"
"""
Gradients that are cleared before they are used cost time and change nothing. A weight whose gradient is `None` is skipped
by its optimiser, silently. And not everything in a `state_dict` is a weight.
"""

# %% [markdown] kind="hint"
"""
Four parts: the price of the longer backward pass, and who clears what it leaves; the only path from $L_G$ to G; whose
weights keep `backward` from raising; what training mode moves. For the line of code, look at G's gradients or at G's
weights after one step.
"""

# %% [markdown] kind="answer"
"""
In D's half `detach` is economy. Without it, D's `backward` runs on through the fakes into G and leaves gradients of $L_D$
there; your `opt_G.zero_grad()` removes them before G's own `backward`, and D's gradients do not depend on what happens
behind the fakes, so the weights are the same to the bit. You pay for a backward pass through G that nobody uses, and were
G cleared at another place, it would follow the sum of both losses.

In G's half the fakes are the only way from $L_G$ to G's weights: score, fake, weights. A `detach` there cuts it. G's
gradients stay `None`, and the optimiser skips such weights without a word. `backward` does not complain either, because
it still finds D's weights, which want gradients; they get gradients of $L_G$, which D's next half clears. The losses move
because D goes on learning. The `state_dict` changes because it also holds the running averages of batch normalisation,
and every pass in training mode moves these; compare `parameters()`. After the first step,
`assert all(p.grad is not None for p in G.parameters())` would have failed.
"""

# %% [markdown] kind="rubric"
"""
One point each, half points allowed:

- **D's half.** Without `detach` the backward pass goes on into G; the gradients it leaves are cleared before G moves, so
  only time (and memory) is lost. Half a point for "saves time" without saying why the weights agree.
- **G's half.** The detached fakes cut the only path from $L_G$ to G; G's gradients stay `None` and its optimiser skips
  them. Half a point for "G gets no gradient" without the path.
- **The silence.** No error, because `backward` still fills D's weights, which want gradients (with D frozen it would
  raise); the losses move because D learns. The `state_dict` changes because of the running averages of batch
  normalisation. Half a point for one of the two.
- **The line.** Code that fails in the quiet loop and passes in a right one: no gradient of G is `None` after G's
  `backward`, or some *parameter* of G changed in the step. No point for comparing a `state_dict`, for looking at the
  losses, or for "gradients are not zero" where they are `None` and the line itself would stop.

Common errors: "`detach` keeps D from moving G" (it is the optimiser that moves, and it holds G's weights only); "detach
sets gradients to zero" (they stay `None`); "requires_grad of the fakes is False, so backward raises" (only if nothing
else wants a gradient). Ask for the list of weights that `backward` meets on its way.
"""
