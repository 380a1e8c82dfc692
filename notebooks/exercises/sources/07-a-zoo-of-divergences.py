# %% [markdown] kind="opening"
"""
# 07 A zoo of divergences: f-GAN, LSGAN, EBGAN, hinge, relativistic

Six short functions, each a line or a few of the lesson's mathematics, and one claim to take apart. About 80 minutes.

Some numbers are yours alone: the margin of the energy-based game is $m = {MARGIN}$, the bells have the standard
deviation {WIDTH}, and there are two more on the way.
"""

# %% kind="variant"
WIDTH = [0.5, 2.0, 1.6, 0.8]
MARGIN = [0.75, 0.5, 1.25, 1.5]
LEAD = [0.5, 0.25, 0.75, 1.25]
WISH = [2, 3, -2, 4]

# %% kind="given"
import math

import torch
from torch import nn
from torch.nn.functional import softplus

from ganlab.objectives import F_DIVERGENCES

# %% [markdown] kind="task" task="07.1" title="A divergence by hand" points=1 hidden_points=1 minutes=10 difficulty="easy"
"""
Let $p = N(0, \\sigma^2)$ and $q = N(d, \\sigma^2)$ with $\\sigma = {WIDTH}$. Write `chi_squared(d)`: Pearson's divergence
$\\int (p - q)^2 / q$ in closed form. A number comes in, a float goes out. For $\\sigma = 1$ and $d = 1$ the lesson found
1.71828.
"""

# %% [markdown] kind="hint"
"""
Multiply out: $\\int (p-q)^2/q = \\int p^2/q - 1$.
"""

# %% [markdown] kind="hint"
"""
$p^2/q$ is the exponential of a quadratic. Complete the square: a bell with mean $-d$, times a constant.
"""

# %% [markdown] kind="hint"
"""
The constant is $e^{d^2/\\sigma^2}$. `math.expm1(...)` is the exponential less one.
"""


# %% kind="solution"
def chi_squared(d):
    ### BEGIN SOLUTION
    return math.expm1((d / WIDTH) ** 2)
    ### END SOLUTION


# %% kind="check"
def observe(chi_squared):
    return [chi_squared(d) for d in (0.0, 1.0, -1.2)]


def judge(seen):
    if not near(seen[0], 0.0):
        reject("zero", "at d = 0 the two bells are the same, and the divergence should be 0.")
    if min(seen) < 0:
        reject("negative", "a divergence is never negative, whatever the sign of d.")
    if matches(seen[1], sealed(math.expm1(1.0))):
        reject("width", "this is right for bells of standard deviation 1; narrower bells overlap less.")
    if matches(seen[1], sealed((1 / WIDTH) ** 2 / 2)):
        reject("kl", "this is the KL divergence, the half of a square; Pearson's grows exponentially.")
    if matches(seen[1], sealed(math.expm1((1 / WIDTH) ** 2 / 2))):
        reject("half", "the exponent is half of what it should be: complete the square, and mind the power of sigma.")
    if not matches(seen[1], sealed(math.expm1((1 / WIDTH) ** 2))) or not matches(
        seen[2], sealed(math.expm1((1.2 / WIDTH) ** 2))
    ):
        reject(
            "value", f"for d = 1 and d = -1.2 the divergence came out as {seen[1:]}, which the integral does not give."
        )


# %% kind="hidden"
def observe(chi_squared):
    return [chi_squared(d) for d in (0.1, 0.9, 1.1)]


def judge(seen):
    if not near(seen, [math.exp(d * d / WIDTH**2) - 1 for d in (0.1, 0.9, 1.1)]):
        reject("value", "for other distances the divergence is not the integral.")


# %% kind="wrong" name="one not taken away" key="zero"
def chi_squared(d):
    return math.exp((d / WIDTH) ** 2)


# %% kind="wrong" name="standard deviation one" key="width"
def chi_squared(d):
    return math.expm1(d**2)


# %% kind="wrong" name="the KL divergence" key="kl"
def chi_squared(d):
    return (d / WIDTH) ** 2 / 2


# %% kind="wrong" name="half of the exponent" key="half"
def chi_squared(d):
    return math.expm1((d / WIDTH) ** 2 / 2)


# %% kind="wrong" name="distance not squared" key="negative"
def chi_squared(d):
    return math.expm1(d / WIDTH)


# %% kind="right" name="exponential less one"
def chi_squared(d):
    return math.exp(d * d / (WIDTH * WIDTH)) - 1


# %% kind="right" name="by quadrature"
def chi_squared(d):
    x = torch.linspace(-14 * WIDTH - abs(d), 14 * WIDTH + abs(d), 40_001, dtype=torch.float64)
    p, q = (torch.distributions.Normal(torch.tensor(mean, dtype=x.dtype), WIDTH).log_prob(x) for mean in (0.0, d))
    return torch.trapezoid((2 * p - q).exp(), x).item() - 1


# %% [markdown] kind="explanation"
"""
$p^2/q = e^{d^2/\\sigma^2}\\,N(x; -d, \\sigma^2)$, and a bell integrates to 1. At a distance of two standard deviations the
divergence is 53.6, at four it is nearly nine million: a loss with such values is hard to estimate from samples.
"""

# %% [markdown] kind="task" task="07.2" title="The energy-based loss of D" points=1 hidden_points=1 minutes=5 difficulty="easy"
"""
Write `ebgan_d_loss(real, fake)`: the loss of an energy-based discriminator with the margin $m = {MARGIN}$, from the
energies of a batch of real samples, shape (N,), and of fakes, shape (M,). A scalar tensor goes out. With $m = 1$,
`real = [0.2]` and `fake = [0.5]` it would be 0.7.
"""

# %% [markdown] kind="hint"
"""
Real samples should have a low energy. Fakes should have a high one, but only up to a point.
"""

# %% [markdown] kind="hint"
"""
$\\mathbb{E}_p E + \\mathbb{E}_q[m - E]_+$: the ramp comes before the mean.
"""

# %% [markdown] kind="hint"
"""
`real.mean() + (... - fake).clamp(min=...).mean()`
"""


# %% kind="solution"
def ebgan_d_loss(real, fake):
    ### BEGIN SOLUTION
    return real.mean() + (MARGIN - fake).clamp(min=0).mean()
    ### END SOLUTION


# %% kind="check"
def observe(ebgan_d_loss):
    real, fake = torch.tensor([0.1, 0.5]), torch.tensor([0.25, 4.0, 0.05, 3.0], requires_grad=True)
    value = ebgan_d_loss(real, fake)
    slope = torch.autograd.grad(value, fake)[0] if value.ndim == 0 and value.requires_grad else None
    return {"value": value, "slope": slope}


def judge(seen):
    ramp = 2 * MARGIN - 0.3
    if seen["value"].ndim:
        reject("scalar", "a loss is one number; a number for each sample came out.")
    if near(seen["value"], 0.3 + MARGIN - 1.825) or near(seen["value"], 0.3):
        reject("ramp", "fakes beyond the margin still count: the ramp is missing, or it comes after the mean.")
    if near(seen["value"], 0.6 + ramp):
        reject("mean", "the energies were added up; the loss is a mean over each batch.")
    if near(seen["value"], 0.3 + (7 - 2 * MARGIN) / 4):
        reject("turned", "the ramp opens to the wrong side: it charges fakes above the margin, and spares those below.")
    if near(seen["value"], 0.3 - ramp / 4):
        reject("minus", "the gaps were taken away: D would be rewarded for fakes below the margin.")
    if near(seen["value"], 0.3 + 1.825):
        reject("gan", "the energy of fakes is being lowered: that is the generator's wish.")
    if not near(seen["value"], 0.3 + ramp / 4):
        reject("value", f"the loss of four fakes and two real samples came out as {float(seen['value']):.3f}.")
    if seen["slope"] is None or not near(seen["slope"], [-0.25, 0.0, -0.25, 0.0]):
        reject("slope", "the loss should push up the two fakes below the margin, and leave the others alone.")


# %% kind="hidden"
def observe(ebgan_d_loss):
    return [
        ebgan_d_loss(torch.tensor(real), torch.tensor(fake))
        for real, fake in (([0.2], [0.5]), ([3.0, 1.0, 2.0], [0.0, 9.0]))
    ]


def judge(seen):
    if not near(torch.stack(seen), [0.2 + max(MARGIN - 0.5, 0.0), 2.0 + MARGIN / 2]):
        reject("value", "for other batches the loss is not right.")


# %% kind="wrong" name="no ramp" key="ramp"
def ebgan_d_loss(real, fake):
    return real.mean() + (MARGIN - fake).mean()


# %% kind="wrong" name="ramp after the mean" key="ramp"
def ebgan_d_loss(real, fake):
    return real.mean() + (MARGIN - fake.mean()).clamp(min=0)


# %% kind="wrong" name="sums" key="mean"
def ebgan_d_loss(real, fake):
    return real.sum() + (MARGIN - fake).clamp(min=0).sum()


# %% kind="wrong" name="no mean" key="scalar"
def ebgan_d_loss(real, fake):
    return real.mean() + (MARGIN - fake).clamp(min=0)


# %% kind="wrong" name="fakes pulled down" key="gan"
def ebgan_d_loss(real, fake):
    return real.mean() + fake.mean()


# %% kind="wrong" name="ramp turned round" key="turned"
def ebgan_d_loss(real, fake):
    return real.mean() + torch.relu(fake - MARGIN).mean()


# %% kind="wrong" name="gaps taken away" key="minus"
def ebgan_d_loss(real, fake):
    return real.mean() - (MARGIN - fake).clamp(min=0).mean()


# %% kind="wrong" name="roles exchanged" key="value"
def ebgan_d_loss(real, fake):
    return fake.mean() + (MARGIN - real).clamp(min=0).mean()


# %% kind="right" name="relu"
def ebgan_d_loss(real, fake):
    return torch.relu(MARGIN - fake).mean() + real.mean()


# %% kind="right" name="the package's own"
def ebgan_d_loss(real, fake):
    from ganlab.objectives import energy_based

    return energy_based(MARGIN).discriminator(real, fake)


# %% [markdown] kind="explanation"
"""
The ramp is what lets D stop. Without it D would gain for ever by raising the energy of fakes that are already rejected.
"""

# %% [markdown] kind="task" task="07.3" title="A relativistic pair" points=1 hidden_points=1 minutes=10 difficulty="medium"
"""
A relativistic D that is not content with a tie: it asks the real score to *lead* by $c = {LEAD}$. Write
`relativistic_losses(real, fake)`: the pair of scalars $\\mathbb{E}\\,\\mathrm{softplus}(c - (s_\\mathrm{real} -
s_\\mathrm{fake}))$ for D and, with the roles of the two scores exchanged, for G. Scores of shape (N,) each, paired by
index. With $c = 0$ and equal scores both would be $\\log 2 = 0.6931$.
"""

# %% [markdown] kind="hint"
"""
Each player wants its own side to be ahead, and pays where it is not.
"""

# %% [markdown] kind="hint"
"""
The nonlinearity comes before the mean: a lead in one pair does not make up for a defeat in another.
"""

# %% [markdown] kind="hint"
"""
With the gaps real less fake, D pays `softplus(... - gap).mean()`, and G the same with the sign of the gap changed.
"""


# %% kind="solution"
def relativistic_losses(real, fake):
    ### BEGIN SOLUTION
    gap = real - fake
    return softplus(LEAD - gap).mean(), softplus(LEAD + gap).mean()
    ### END SOLUTION


# %% kind="check"
def observe(relativistic_losses):
    return list(relativistic_losses(torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.0, 1.0, 0.5])))


def judge(seen):
    def soft(*values):
        return sum(math.log1p(math.exp(v)) for v in values) / len(values)

    gaps = (1.0, -3.0, 0.0)
    loss_d, loss_g = soft(*(LEAD - g for g in gaps)), soft(*(LEAD + g for g in gaps))
    if len(seen) != 2 or any(value.ndim for value in seen):
        reject("scalar", "two scalars are due, D's loss first.")
    if near(seen, [loss_g, loss_d]):
        reject("swapped", "the two losses changed places: D wants the real scores to be ahead.")
    if near(seen, [loss_d, -loss_d]):
        reject("minimax", "G's loss is D's with a minus: the saturating one. Here the two scores change places.")
    if near(seen, [soft(*(-g for g in gaps)), soft(*gaps)]):
        reject("lead", "a tie is enough for these losses: the lead is missing.")
    if near(seen, [soft(LEAD + 2 / 3), soft(LEAD - 2 / 3)]):
        reject("early", "the scores were averaged before they were compared; each fake meets its own real sample.")
    if near(seen, [loss_d, soft(*(g - LEAD for g in gaps))]):
        reject("sign", "G asks for a lead of its own; in your loss D's lead helps G.")
    crossed = [r - f for r in (1.0, -2.0, 0.5) for f in (0.0, 1.0, 0.5)]
    if near(seen, [soft(*(LEAD - g for g in crossed)), soft(*(LEAD + g for g in crossed))]):
        reject("crossed", "every real score met every fake one; the pairs go by index.")
    if near(seen, [sum(max(LEAD - g, 0) for g in gaps) / 3, sum(max(LEAD + g, 0) for g in gaps) / 3]):
        reject("hinge", "these are ramps, the hinge's: softplus is the smooth one, with a slope everywhere.")
    if not near(seen, [loss_d, loss_g]):
        reject("value", f"for three pairs the losses came out as {[round(float(v), 3) for v in seen]}.")


# %% kind="hidden"
def observe(relativistic_losses):
    return [list(relativistic_losses(torch.full((4,), c), torch.full((4,), c))) for c in (0.0, 7.0)]


def judge(seen):
    if not near([[float(v) for v in pair] for pair in seen], [[math.log1p(math.exp(LEAD))] * 2] * 2):
        reject("shift", "with equal scores both losses should be softplus of the lead, whatever the scores are.")


# %% kind="wrong" name="exchanged" key="swapped"
def relativistic_losses(real, fake):
    gap = real - fake
    return softplus(LEAD + gap).mean(), softplus(LEAD - gap).mean()


# %% kind="wrong" name="minus D's loss" key="minimax"
def relativistic_losses(real, fake):
    loss = softplus(LEAD - (real - fake)).mean()
    return loss, -loss


# %% kind="wrong" name="no lead" key="lead"
def relativistic_losses(real, fake):
    gap = real - fake
    return softplus(-gap).mean(), softplus(gap).mean()


# %% kind="wrong" name="means first" key="early"
def relativistic_losses(real, fake):
    gap = real.mean() - fake.mean()
    return softplus(LEAD - gap), softplus(LEAD + gap)


# %% kind="wrong" name="G gets D's lead" key="sign"
def relativistic_losses(real, fake):
    gap = real - fake
    return softplus(LEAD - gap).mean(), softplus(gap - LEAD).mean()


# %% kind="wrong" name="no mean" key="scalar"
def relativistic_losses(real, fake):
    gap = real - fake
    return softplus(LEAD - gap), softplus(LEAD + gap)


# %% kind="wrong" name="all pairs" key="crossed"
def relativistic_losses(real, fake):
    gap = real[:, None] - fake
    return softplus(LEAD - gap).mean(), softplus(LEAD + gap).mean()


# %% kind="wrong" name="ramps" key="hinge"
def relativistic_losses(real, fake):
    gap = real - fake
    return torch.relu(LEAD - gap).mean(), torch.relu(LEAD + gap).mean()


# %% kind="right" name="as logarithms of a sigmoid"
def relativistic_losses(real, fake):
    logsigmoid = nn.functional.logsigmoid
    return -logsigmoid(real - fake - LEAD).mean(), -logsigmoid(fake - real - LEAD).mean()


# %% kind="right" name="through the package's loss"
def relativistic_losses(real, fake):
    from ganlab.objectives import relativistic

    return relativistic.discriminator(real - LEAD, fake), relativistic.generator(real, fake - LEAD)


# %% [markdown] kind="explanation"
"""
Only the gap enters, so that a constant added to all scores changes nothing, with a lead or without. G's loss is not
D's with a minus: at a large gap it still has its full slope, as the non-saturating loss of lesson 06.
"""

# %% [markdown] kind="task" task="07.4" title="One step up the bound" points=2 hidden_points=2 minutes=20 difficulty="medium"
"""
Write `critic_step(divergence, critic, optimiser, real, fake)`: one step of the optimiser that *raises* the bound
$\\mathbb{E}_p T - \\mathbb{E}_q f^\\ast(T)$, where $T$ is the critic's output after the divergence's activation. Return the
bound before the step, as a Python float. `divergence` is one of `F_DIVERGENCES`; its maps `activation`, `conjugate` and
its method `bound` are yours to use. The check trains five critics with your step, and each has to come within 5 % of its
divergence.
"""

# %% [markdown] kind="hint"
"""
An optimiser goes down. Which quantity do you want to go down?
"""

# %% [markdown] kind="hint"
"""
Three lines as in every training step: gradients away, backward, step. Before them the bound, from the activated outputs
on both batches.
"""

# %% [markdown] kind="hint"
"""
`bound = divergence.bound(divergence.activation(critic(real)), ...)`, then backward on its negative; `.item()` at the end.
"""


# %% kind="solution"
def critic_step(divergence, critic, optimiser, real, fake):
    ### BEGIN SOLUTION
    T_real, T_fake = (divergence.activation(critic(x)) for x in (real, fake))
    bound = divergence.bound(T_real, T_fake)
    optimiser.zero_grad()
    (-bound).backward()
    optimiser.step()
    return bound.item()
    ### END SOLUTION


# %% kind="check"
def observe(critic_step):
    line = nn.Linear(1, 1)
    nn.init.zeros_(line.weight), nn.init.zeros_(line.bias)
    optimiser = torch.optim.SGD(line.parameters(), lr=0.1)
    real, fake = torch.tensor([[0.0], [2.0]]), torch.tensor([[1.0], [3.0]])
    told, weights = [], []
    for _ in range(2):
        step = attempt(critic_step, F_DIVERGENCES["pearson"], line, optimiser, real, fake)
        if step["raised"]:
            return {"raised": step["raised"]}
        told.append(step["value"])
        weights.append([line.weight.item(), line.bias.item()])
    z = torch.special.ndtri((torch.arange(400) + 0.5) / 400)[:, None]
    found = {}
    for name in ("kl", "reverse-kl", "js", "squared-hellinger", "pearson"):
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
        optimiser = torch.optim.Adam(critic.parameters(), 0.03)
        for _ in range(250):
            step = attempt(critic_step, F_DIVERGENCES[name], critic, optimiser, z, z + 0.8)
            if step["raised"]:
                return {"raised": None, "told": told, "weights": weights, "stopped": step["raised"]}
        found[name] = step["value"]
    return {"raised": None, "told": told, "weights": weights, "stopped": None, "found": found}


def judge(seen):
    if seen["raised"]:
        reject("raised", f"the step stopped with {seen['raised']}.")
    first, second = seen["weights"]
    if not all(isinstance(value, float) for value in seen["told"]):
        reject("float", "the bound should be returned as a Python float, without its graph.")
    if near(first, [0.0, 0.0]):
        reject("still", "the critic's weights did not move.")
    if near(first, [0.1, 0.0]):
        reject("sign", "the step goes down the bound: an optimiser minimises, and the bound is to rise.")
    if near(first, [-0.2, 0.0]):
        reject("sum", "the step is as long as the batch is large: the bound is made of means.")
    if near(first, [-0.1, 0.0]) and near(second, [-0.275, 0.01]):
        reject("stale", "the second step still contains the first one's gradient.")
    if not near(seen["weights"], [[-0.1, 0.0], [-0.175, 0.01]]):
        reject("step", f"two plain steps of a linear Pearson critic led to {seen['weights']}, not up the bound.")
    if near(seen["told"], [0.0, -0.0875]):
        reject("loss", "the negative of the bound was returned.")
    if near(seen["told"][0], 0.0875, atol=1e-4):
        reject("after", "the bound after the step was returned; the one before it is asked for.")
    if not near(seen["told"], [0.0, 0.0875]):
        reject("told", "the number that is returned is not the bound before the step.")
    if seen["stopped"] == "UserError":
        reject("domain", "T left the domain of the conjugate: the output has to pass the activation, on both batches.")
    if seen["stopped"]:
        reject("stopped", f"the step works for one divergence and stopped with {seen['stopped']} for another.")
    exact = {"kl": 0.32, "reverse-kl": 0.32, "pearson": math.expm1(0.64), "squared-hellinger": -2 * math.expm1(-0.08)}
    for name, value in exact.items():
        if abs(seen["found"][name] / value - 1) > 0.05:
            reject(
                "five", f"the critic of {name} reached {seen['found'][name]:.4f}, further than 5 % from {value:.4f}."
            )
    if abs(seen["found"]["js"] / 0.07418 - 1) > 0.05:
        reject("five", f"the critic of js reached {seen['found']['js']:.4f}, further than 5 % from its divergence.")


# %% kind="hidden"
def observe(critic_step):
    line = nn.Linear(1, 1).double()
    nn.init.constant_(line.weight, 0.5), nn.init.zeros_(line.bias)
    real, fake = (torch.tensor(x, dtype=torch.float64)[:, None] for x in ([1.0, -1.0, 3.0], [0.0, -2.0]))
    optimiser = torch.optim.SGD(line.parameters(), lr=0.2)
    told = [critic_step(F_DIVERGENCES["squared-hellinger"], line, optimiser, real, fake) for _ in range(2)]
    return {"told": told, "weight": line.weight.item()}


def judge(seen):
    w, b, told = 0.5, 0.0, []
    for _ in range(2):
        up = [math.exp(-(w * x + b)) for x in (1.0, -1.0, 3.0)]
        down = [math.exp(w * x + b) for x in (0.0, -2.0)]
        told.append(1 - sum(up) / 3 - sum(down) / 2 + 1)
        slope = (up[0] - up[1] + 3 * up[2]) / 3 + down[1]
        w, b = w + 0.2 * slope, b + 0.2 * (sum(up) / 3 - sum(down) / 2)
    if not near(seen["told"], told, atol=1e-5) or not near(seen["weight"], w, atol=1e-5):
        reject("step", "two steps of a linear Hellinger critic do not lead where they should.")


# %% kind="wrong" name="down the bound" key="sign"
def critic_step(divergence, critic, optimiser, real, fake):
    bound = divergence.bound(divergence.activation(critic(real)), divergence.activation(critic(fake)))
    optimiser.zero_grad()
    bound.backward()
    optimiser.step()
    return bound.item()


# %% kind="wrong" name="gradients kept" key="stale"
def critic_step(divergence, critic, optimiser, real, fake):
    bound = divergence.bound(divergence.activation(critic(real)), divergence.activation(critic(fake)))
    (-bound).backward()
    optimiser.step()
    return bound.item()


# %% kind="wrong" name="no activation" key="domain"
def critic_step(divergence, critic, optimiser, real, fake):
    bound = divergence.bound(critic(real), critic(fake))
    optimiser.zero_grad()
    (-bound).backward()
    optimiser.step()
    return bound.item()


# %% kind="wrong" name="no step" key="still"
def critic_step(divergence, critic, optimiser, real, fake):
    bound = divergence.bound(divergence.activation(critic(real)), divergence.activation(critic(fake)))
    optimiser.zero_grad()
    (-bound).backward()
    return bound.item()


# %% kind="wrong" name="loss returned" key="loss"
def critic_step(divergence, critic, optimiser, real, fake):
    loss = -divergence.bound(divergence.activation(critic(real)), divergence.activation(critic(fake)))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss.item()


# %% kind="wrong" name="sums" key="sum"
def critic_step(divergence, critic, optimiser, real, fake):
    T_real, T_fake = (divergence.activation(critic(x)) for x in (real, fake))
    bound = T_real.sum() - divergence.conjugate(T_fake).sum()
    optimiser.zero_grad()
    (-bound).backward()
    optimiser.step()
    return bound.item()


# %% kind="wrong" name="tensor returned" key="float"
def critic_step(divergence, critic, optimiser, real, fake):
    bound = divergence.bound(divergence.activation(critic(real)), divergence.activation(critic(fake)))
    optimiser.zero_grad()
    (-bound).backward()
    optimiser.step()
    return bound


# %% kind="right" name="the package's game"
def critic_step(divergence, critic, optimiser, real, fake):
    loss = divergence.objective().discriminator(critic(real), critic(fake))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return -loss.item()


# %% kind="right" name="both batches at once"
def critic_step(divergence, critic, optimiser, real, fake):
    optimiser.zero_grad()
    T = divergence.activation(critic(torch.cat([real, fake])))
    bound = T[: len(real)].mean() - divergence.conjugate(T[len(real) :]).mean()
    bound.neg().backward()
    optimiser.step()
    return float(bound.detach())


# %% [markdown] kind="explanation"
"""
The step is the same for all five: a divergence is data, an f, its conjugate and an activation. The bounds stay below
their divergences up to the finite sample; 400 quantiles have slightly shorter tails than the bells.
"""

# %% [markdown] kind="task" task="07.5" title="What a pair of codes minimises" points=2 hidden_points=1 minutes=15 difficulty="hard"
"""
Two laws on K places, as tensors of masses `p` and `q` (K,), all positive. LSGAN with G's wish $c = {WISH}$, and the codes
$b = c + 1$ for real and $a = c - 1$ for fake. Write `lsgan_at_best(p, q)`: the pair of D's best scores $s^\\ast$, shape
(K,), and the cost $\\tfrac12\\sum (p + q)\\,(s^\\ast - c)^2$, a scalar. The check compares the cost with half of Pearson's
divergence between $p + q$ and $2q$.
"""

# %% [markdown] kind="hint"
"""
At each place D regresses one score on two codes, with the masses as weights.
"""

# %% [markdown] kind="hint"
"""
$s^\\ast = (b\\,p + a\\,q)/(p + q)$.
"""

# %% [markdown] kind="hint"
"""
`best = ((WISH + 1) * p + ... * q) / (p + q)` with your wish's number in the place of WISH; then the weighted squares of
`best` less the wish, summed, halved.
"""


# %% kind="solution"
def lsgan_at_best(p, q):
    ### BEGIN SOLUTION
    best = ((WISH + 1) * p + (WISH - 1) * q) / (p + q)
    return best, ((p + q) * (best - WISH) ** 2).sum() / 2
    ### END SOLUTION


# %% kind="check"
def observe(lsgan_at_best):
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.3, 0.6])
    best, cost = lsgan_at_best(p, q)
    return {"best": best, "cost": cost}


def judge(seen):
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.3, 0.6])
    best, cost = seen["best"], seen["cost"]
    lean = (p - q) / (p + q)
    if best.shape != (3,) or cost.ndim:
        reject("shape", "a score for each place is due, and one number for the cost.")
    if near(best, WISH - lean):
        reject("codes", "the codes changed places: b belongs to the real samples.")
    if near(best, p / (p + q)) or near(best, lean):
        reject("lesson", "these are the best scores for the codes of the lesson, not for yours.")
    if near(best, (WISH + 1) * p + (WISH - 1) * q):
        reject("weights", "the weights of the two codes do not sum to one.")
    if not near(best, WISH + lean):
        reject("best", "the scores do not minimise D's loss at each place.")
    half = ((p - q) ** 2 / (p + q)).sum() / 2
    if near(cost, 2 * half):
        reject("half", "the half in front of the squares is missing.")
    if near(cost, (q * lean**2).sum() / 2):
        reject("real", "the term under p is missing: G cannot reach it, but the identity needs it.")
    if near(cost, ((p + q) * best**2).sum() / 2):
        reject("wish", "the scores were compared with 0, not with G's wish.")
    if not near(cost, half):
        reject("cost", f"the cost came out as {float(cost):.4f}, not as half of Pearson's divergence.")


# %% kind="hidden"
def observe(lsgan_at_best):
    p = torch.tensor([3.0, 1.0, 7.0, 2.0], dtype=torch.float64)
    q = torch.tensor([1.0, 1.0, 1.0, 5.0], dtype=torch.float64)
    return [lsgan_at_best(p / 13, q / 8), lsgan_at_best(q / 8, q / 8)]


def judge(seen):
    p, q = torch.tensor([3.0, 1.0, 7.0, 2.0]).double() / 13, torch.tensor([1.0, 1.0, 1.0, 5.0]).double() / 8
    (best, cost), (equal, nothing) = seen
    if not near(equal, [WISH] * 4) or not near(nothing, 0.0):
        reject("equal", "where q = p every score should be the wish, and the cost 0.")
    if not near(best, WISH + (p - q) / (p + q)) or not near(cost, ((p - q) ** 2 / (p + q)).sum() / 2):
        reject("value", "for other masses the scores or the cost are not right.")


# %% kind="wrong" name="codes exchanged" key="codes"
def lsgan_at_best(p, q):
    best = ((WISH - 1) * p + (WISH + 1) * q) / (p + q)
    return best, ((p + q) * (best - WISH) ** 2).sum() / 2


# %% kind="wrong" name="the lesson's codes" key="lesson"
def lsgan_at_best(p, q):
    best = (p - q) / (p + q)
    return best, ((p + q) * best**2).sum() / 2


# %% kind="wrong" name="not divided" key="weights"
def lsgan_at_best(p, q):
    best = (WISH + 1) * p + (WISH - 1) * q
    return best, ((p + q) * (best - WISH) ** 2).sum() / 2


# %% kind="wrong" name="fakes only" key="real"
def lsgan_at_best(p, q):
    best = ((WISH + 1) * p + (WISH - 1) * q) / (p + q)
    return best, (q * (best - WISH) ** 2).sum() / 2


# %% kind="wrong" name="no half" key="half"
def lsgan_at_best(p, q):
    best = ((WISH + 1) * p + (WISH - 1) * q) / (p + q)
    return best, ((p + q) * (best - WISH) ** 2).sum()


# %% kind="wrong" name="wish forgotten" key="wish"
def lsgan_at_best(p, q):
    best = ((WISH + 1) * p + (WISH - 1) * q) / (p + q)
    return best, ((p + q) * best**2).sum() / 2


# %% kind="right" name="the wish plus the lean"
def lsgan_at_best(p, q):
    lean = (p - q) / (p + q)
    return WISH + lean, 0.5 * ((p + q) * lean.square()).sum()


# %% kind="right" name="by Pearson's divergence"
def lsgan_at_best(p, q):
    share = p / (p + q)
    pearson = ((2 * q - (p + q)).square() / (p + q)).sum()
    return share * (WISH + 1) + (1 - share) * (WISH - 1), pearson / 2


# %% [markdown] kind="equivalent"
"""
- `(best - {WISH}) ** 2` -> `({WISH} - best) ** 2`: a square forgets the sign.
"""

# %% [markdown] kind="explanation"
"""
$s^\\ast - c = (p - q)/(p + q)$ for every wish: only $b - c = 1$ and $b - a = 2$ matter. The cost is
$\\tfrac12\\sum (p-q)^2/(p+q)$, at most 1. It is an identity about values; the lesson shows that G's slope with D held is
another one.
"""

# %% [markdown] kind="task" task="07.6" title="The energy-based game, played out" points=2 hidden_points=2 minutes=20 difficulty="hard"
"""
Places instead of networks: `p` (K,) holds the data's masses, D is a table of K energies, and G puts all its mass on one
place in each round. Both answer what the other has done *on average so far*. Keep two sums of shape (K,), of all
energies and of all of G's moves, both zero at first. In round $t = 0, 1, \\dots$

1. D answers: its energy is $m = {MARGIN}$ at places where the sum of G's moves is above $t\\,p$, else 0. Add it to the sum.
2. G answers: it moves to the place where the sum of energies is smallest, the first of equals. Add 1 there.

Write `play(p, rounds)`: the value $L_D$ for the average energies and G's average law, a scalar, and that law, shape (K,).
At the equilibrium the value is the margin; after 2 000 rounds it should be within 5 %.
"""

# %% [markdown] kind="hint"
"""
Two tensors of sums and a loop. Averages are only needed after it.
"""

# %% [markdown] kind="hint"
"""
The value is $\\sum p\\,\\bar E + \\sum \\bar q\\,[m - \\bar E]_+$ with the two averages over the rounds.
"""

# %% [markdown] kind="hint"
"""
`... * (moves > t * p)` is D's answer, a comparison times a number, and `energies.argmin()` the place of G's move; divide both sums by the number of rounds.
"""


# %% kind="solution"
def play(p, rounds):
    ### BEGIN SOLUTION
    energies, moves = torch.zeros_like(p), torch.zeros_like(p)
    for t in range(rounds):
        energies += MARGIN * (moves > t * p)
        moves[energies.argmin()] += 1
    energy, q = energies / rounds, moves / rounds
    return (p * energy).sum() + (q * (MARGIN - energy)).sum(), q
    ### END SOLUTION


# %% kind="check"
def observe(play):
    p = torch.tensor([0.9, 2.1, 0.4, 1.7], dtype=torch.float64).exp()
    p = p / p.sum()
    value, q = play(p, 2_000)
    short = [play(p, rounds) for rounds in (1, 2, 7)]
    return {"p": p, "value": value, "q": q, "short": [float(v) for v, _ in short], "laws": [law for _, law in short]}


def judge(seen):
    value = float(seen["value"])
    if seen["q"].shape != seen["p"].shape or not near(seen["q"].sum(), 1.0):
        reject("law", "G's average law should have one mass for each place, and sum to 1.")
    if near(seen["laws"][0], [0.0, 0.0, 0.0, 1.0]):
        reject("first", "in the first round all energies are equal, and G should take the first of equals.")
    if abs(value) > 20 * MARGIN:
        reject("average", "the value is far above the margin: sums were used where averages are due.")
    if abs(value / MARGIN - 1) > 0.05:
        reject("value", f"after 2000 rounds the value is {value:.3f}, further than 5 % from the margin.")
    if not near(seen["q"], seen["p"], atol=0.05):
        reject("far", "after 2000 rounds G's average law is not the data's.")
    if not matches(
        seen["short"][1], sealed(play(torch.tensor([0.9, 2.1, 0.4, 1.7], dtype=torch.float64).softmax(0), 2)[0].item())
    ):
        reject(
            "order",
            "after two rounds the value is not right: D answers first, and what it answers are the moves so far.",
        )
    if not matches(
        seen["short"][2], sealed(play(torch.tensor([0.9, 2.1, 0.4, 1.7], dtype=torch.float64).softmax(0), 7)[0].item())
    ):
        reject("rounds", "after seven rounds the value is not right, though the end is.")


# %% kind="hidden"
def observe(play):
    p = torch.tensor([2.0, 0.3, 1.1, 1.6, 0.7], dtype=torch.float64).softmax(0)
    kept = p.clone()
    found = [play(p, rounds) for rounds in (3, 40, 3_000)]
    return {"values": [float(v) for v, _ in found], "q": found[-1][1], "p": p, "kept": kept}


def judge(seen):
    if not near(seen["p"], seen["kept"]):
        reject("changed", "the data's masses were changed.")
    if abs(seen["values"][2] / MARGIN - 1) > 0.05 or not near(seen["q"], seen["kept"], atol=0.05):
        reject("value", "on another law the game does not come to its equilibrium.")
    if not matches(
        seen["values"][0],
        sealed(play(torch.tensor([2.0, 0.3, 1.1, 1.6, 0.7], dtype=torch.float64).softmax(0), 3)[0].item()),
    ):
        reject("order", "on another law the first rounds are not right.")
    if not matches(
        seen["values"][1],
        sealed(play(torch.tensor([2.0, 0.3, 1.1, 1.6, 0.7], dtype=torch.float64).softmax(0), 40)[0].item()),
    ):
        reject("rounds", "on another law forty rounds do not come out right.")


# %% kind="wrong" name="G moves first" key="order"
def play(p, rounds):
    energies, moves = torch.zeros_like(p), torch.zeros_like(p)
    for t in range(rounds):
        moves[energies.argmin()] += 1
        energies += MARGIN * (moves > (t + 1) * p)
    energy, q = energies / rounds, moves / rounds
    return (p * energy).sum() + (q * (MARGIN - energy)).sum(), q


# %% kind="wrong" name="G flees nothing" key="far"
def play(p, rounds):
    energies, moves = torch.zeros_like(p), torch.zeros_like(p)
    for t in range(rounds):
        energies += MARGIN * (moves > t * p)
        moves[int(energies.argmax())] += 1
    energy, q = energies / rounds, moves / rounds
    return torch.tensor(MARGIN).double(), q


# %% kind="wrong" name="D wants the wrong places" key="value"
def play(p, rounds):
    energies, moves = torch.zeros_like(p), torch.zeros_like(p)
    for t in range(rounds):
        energies += MARGIN * (moves < t * p)
        moves[energies.argmin()] += 1
    energy, q = energies / rounds, moves / rounds
    return (p * energy).sum() + (q * (MARGIN - energy)).sum(), q


# %% kind="wrong" name="sums, not averages" key="average"
def play(p, rounds):
    energies, moves = torch.zeros_like(p), torch.zeros_like(p)
    for t in range(rounds):
        energies += MARGIN * (moves > t * p)
        moves[energies.argmin()] += 1
    q = moves / rounds
    return (p * energies).sum() + (q * (MARGIN - energies).clamp(min=0)).sum(), q


# %% kind="wrong" name="law not averaged" key="law"
def play(p, rounds):
    energies, moves = torch.zeros_like(p), torch.zeros_like(p)
    for t in range(rounds):
        energies += MARGIN * (moves > t * p)
        moves[energies.argmin()] += 1
    energy = energies / rounds
    return (p * energy).sum() + (moves / rounds * (MARGIN - energy)).sum(), moves


# %% kind="right" name="with the ramp"
def play(p, rounds):
    counts, high = [0] * len(p), [0] * len(p)
    for t in range(rounds):
        high = [h + (count > t * float(mass)) for h, count, mass in zip(high, counts, p)]
        counts[high.index(min(high))] += 1
    energy = MARGIN * torch.tensor(high).to(p) / rounds
    q = torch.tensor(counts).to(p) / rounds
    return p @ energy + q @ (MARGIN - energy).clamp(min=0), q


# %% kind="right" name="by the package's loss"
def play(p, rounds):
    energies, moves = torch.zeros_like(p), torch.zeros_like(p)
    for t in range(rounds):
        energies = energies + torch.where(moves > t * p, MARGIN, 0.0)
        moves = moves + nn.functional.one_hot(energies.argmin(), len(p))
    energy, q = energies / rounds, moves / rounds
    return MARGIN + ((p - q) * energy).sum(), q


# %% [markdown] kind="equivalent"
"""
- `energies, moves = torch.zeros_like(p)` -> `energies, moves = -torch.zeros_like(p)`: nought has no sign that counts.
- `torch.zeros_like(p), torch.zeros_like(p)` -> `torch.zeros_like(p), -torch.zeros_like(p)`: nought has no sign that counts.
- `energies, moves = torch.zeros_like(p)` -> `energies, moves = torch.ones_like(p)`: a constant added to all energies leaves G's answer and, as both laws sum to 1, the value as they were.
- `moves > t * p` -> `moves >= t * p`: equality occurs in round 0 only, where it adds the margin to all energies, a constant.
"""

# %% [markdown] kind="explanation"
"""
Answering the average of the past is called fictitious play; in a game like this one the averages go to the equilibrium
(Robinson, 1951), while the moves themselves go round for ever, as in lesson 09. The value is
$m + \\sum (p - \\bar q)\\,\\bar E$, so it is $m$ as soon as $\\bar q = p$.
"""

# %% [markdown] kind="task" task="07.7" title="Least squares and maximum likelihood?" points=5 minutes=15 difficulty="medium"
"""
A text introduces $L_D = -[\\log D(x) + \\log(1 - D(G(z)))]$ and $L_G = -\\log D(G(z))$ and says that both losses rest on
least squares and maximum likelihood. Take the sentence apart in at most eight sentences: which of its four claims (two losses,
two principles) is true, and of what; which GAN does rest on least squares, and what then changes; one number or run that
would convince the text's author.
"""

# %% [markdown] kind="hint"
"""
A likelihood is the probability of data. Which data, under which model?
"""

# %% [markdown] kind="hint"
"""
Write the log-probability of a coin with probability D that shows "real".
"""

# %% [markdown] kind="hint"
"""
Compare what the loss charges for D = 0.01 on a real sample with half a square; and look for the data in G's loss.
"""

# %% [markdown] kind="answer"
"""
One of the four is true. D is a model of labels: its loss is the negative log-likelihood of "real" for x and of "fake" for
G(z), with D as the probability of "real". It is not least squares: at D = 0.01 for a real sample it charges 4.605, half a
square 0.490, and as D goes to 0 the one grows without bound and the other stops at a half. G's loss contains no data, so
it is the likelihood of nothing; it is the non-saturating heuristic, chosen for its slope. Nor is it a square. Least
squares makes LSGAN: D regresses scores on codes, its best score is a mix of the codes, and at equal laws its loss is 0.25
instead of 1.386. The table of three values of D, or the two equilibrium losses, would do to convince the author.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: D's loss is the negative log-likelihood of labels (Bernoulli), in any words.
- 1 point: it is not least squares, with a number or a limit.
- 1 point: G's loss is no likelihood: it contains no data, or: it is a heuristic.
- 1 point: LSGAN is named, with one thing that changes (best score, equilibrium loss, slope).
- 1 point: a number or a run that decides.

Weak answers call the GAN "likelihood-based" because of D's loss. Ask: which samples does G's law assign a probability to?
"""
