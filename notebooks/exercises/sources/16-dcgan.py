# %% [markdown] kind="opening"
"""
# 16 DCGAN

Shapes before networks: two formulas, a count, a receptive field. Then a pair for larger images, a layer translated from
Keras, and a listing that its author left unfinished. About 80 minutes; you need lesson 16.
"""

# %% kind="variant"
KERNEL = [4, 3, 5, 2]
LATENT = [100, 64, 128, 32]
WIDTH = [8, 6, 10, 4]
CHANNELS = [256, 64, 128, 32]

# %% kind="given"
import torch
from torch import nn

# %% [markdown] kind="task" task="16.1" title="Sides, down and up" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
Write `conv(n, k, s, p)`, the side that a convolution makes of `n` pixels with kernel `k`, stride `s` and padding `p`, and
`transposed(n, k, s, p)`, the side that a transposed convolution makes. Integers in, an integer out, and no network
built. Pixels that no full kernel reaches are lost; no output padding.
"""

# %% [markdown] kind="hint"
"""
Down: in how many places can the kernel stand? Up: how far apart do the kernel's first and last copy lie?
"""

# %% [markdown] kind="hint"
r"""
$\lfloor (n+2p-k)/s\rfloor+1$, and $(n-1)s-2p+k$.
"""

# %% [markdown] kind="hint"
"""
`//` rounds down. Padding counts on both sides: it adds room below a convolution, and is cut off from a transposed one.
"""


# %% kind="solution"
def conv(n, k, s, p):
    ### BEGIN SOLUTION
    return (n + 2 * p - k) // s + 1
    ### END SOLUTION


def transposed(n, k, s, p):
    ### BEGIN SOLUTION
    return (n - 1) * s - 2 * p + k
    ### END SOLUTION


# %% kind="check"
def observe(conv, transposed):
    down = [conv(28, 4, 2, 1), conv(7, 3, 2, 1), conv(218, 4, 2, 1), conv(5, 2, 2, 0)]
    return {"down": down, "up": [transposed(7, 4, 2, 1), transposed(1, 4, 1, 0), transposed(5, 3, 2, 1)]}


def judge(seen):
    down, up = seen["down"], seen["up"]
    if not all(isinstance(side, int) for side in down + up):
        reject("whole", "a side is a whole number of pixels, an int.")
    if near(down, [13, 3, 108, 1]):
        reject("fence", "a kernel that fits exactly once makes one pixel, not none.")
    if near(down, [13, 3, 108, 2]) or near(down[0], 13):
        reject("once", "padding was counted on one side of the image only.")
    if near(down, [14, 4, 109, 3]):
        reject("ceiling", "five pixels under a kernel of two with stride two: the fifth has no partner and is lost.")
    if not near(down, [14, 4, 109, 2]):
        reject("down", "for one of 28, 7, 218 and 5 pixels the side after a convolution is not right.")
    if near(up, [15, 4, 10]):
        reject("cut", "padding cuts the border of a transposed convolution on both sides.")
    if near(up, [18, 4, 13]):
        reject("sign", "padding makes a convolution's side larger; in the transposed one it does the opposite.")
    if near(up, [16, 5, 11]):
        reject("gaps", "n copies of the kernel have n - 1 steps between them.")
    if near(up, [11, 1, 7]) or near(up, [10, 0, 6]):
        reject("kernel", "the last copy of the kernel is as wide as a kernel, and yours is not.")
    if near(up, [13, 3, 8]):
        reject(
            "fence up", "the fence post of a convolution has nothing to do here: look at one pixel and a kernel of 4."
        )
    if not near(up, [14, 4, 9]):
        reject("up", "for one of 7, 1 and 5 pixels the side after a transposed convolution is not right.")


# %% kind="hidden"
def observe(conv, transposed):
    cases = [(n, k, s, p) for n in (1, 6, 13, 32) for k in (1, 2, 3, 5) for s in (1, 2, 3) for p in (0, 1, 2)]
    cases = [c for c in cases if c[0] + 2 * c[3] >= c[1] and (c[0] - 1) * c[2] - 2 * c[3] + c[1] > 0]
    return [[*case, conv(*case), transposed(*case)] for case in cases]


def judge(seen):
    for n, k, s, p, down, up in seen:
        x = torch.zeros(1, 1, n, n)
        wanted = nn.Conv2d(1, 1, k, s, p)(x).shape[-1], nn.ConvTranspose2d(1, 1, k, s, p)(x).shape[-1]
        if not near([down, up], list(wanted)):
            reject("torch", f"for n = {n}, k = {k}, s = {s}, p = {p} torch's own layers make other sides.")


# %% kind="wrong" name="no fence post" key="fence"
def conv(n, k, s, p):
    return (n + 2 * p - k) // s


def transposed(n, k, s, p):
    return (n - 1) * s - 2 * p + k


# %% kind="wrong" name="one-sided padding" key="once"
def conv(n, k, s, p):
    return (n + p - k) // s + 1


def transposed(n, k, s, p):
    return (n - 1) * s - 2 * p + k


# %% kind="wrong" name="rounded up" key="ceiling"
def conv(n, k, s, p):
    return -((k - n - 2 * p) // s) + 1


def transposed(n, k, s, p):
    return (n - 1) * s - 2 * p + k


# %% kind="wrong" name="true division" key="whole"
def conv(n, k, s, p):
    return (n + 2 * p - k) / s + 1


def transposed(n, k, s, p):
    return (n - 1) * s - 2 * p + k


# %% kind="wrong" name="half the side, always" key="down"
def conv(n, k, s, p):
    return n // s


def transposed(n, k, s, p):
    return (n - 1) * s - 2 * p + k


# %% kind="wrong" name="padding cut once" key="cut"
def conv(n, k, s, p):
    return (n + 2 * p - k) // s + 1


def transposed(n, k, s, p):
    return (n - 1) * s - p + k


# %% kind="wrong" name="padding added" key="sign"
def conv(n, k, s, p):
    return (n + 2 * p - k) // s + 1


def transposed(n, k, s, p):
    return (n - 1) * s + 2 * p + k


# %% kind="wrong" name="n steps" key="gaps"
def conv(n, k, s, p):
    return (n + 2 * p - k) // s + 1


def transposed(n, k, s, p):
    return n * s - 2 * p + k


# %% kind="wrong" name="kernel of one pixel" key="kernel"
def conv(n, k, s, p):
    return (n + 2 * p - k) // s + 1


def transposed(n, k, s, p):
    return (n - 1) * s - 2 * p + 1


# %% kind="wrong" name="solved for n without care" key="fence up"
def conv(n, k, s, p):
    return (n + 2 * p - k) // s + 1


def transposed(n, k, s, p):
    return (n - 1) * s - 2 * p + k - 1


# %% kind="right" name="places counted"
def conv(n, k, s, p):
    return len(range(-p, n + p - k + 1, s))


def transposed(n, k, s, p):
    return max(s * i + k for i in range(n)) - p - p


# %% kind="right" name="rounded towards the ceiling of the room"
def conv(n, k, s, p):
    room = n + 2 * p - k
    return (room - room % s) // s + 1


def transposed(n, k, s, p):
    return n * s + (k - s) - 2 * p


# %% [markdown] kind="explanation"
"""
`transposed(7, 4, 2, 1)` is 14. Kernel 4, stride 2, padding 1 doubles every side on the way up and halves every even side
on the way down, which is why DCGANs hardly use anything else.
"""

# %% [markdown] kind="task" task="16.2" title="Weights of a stack" points=1 hidden_points=1 minutes=8 difficulty="easy"
"""
A stack of convolutions (or of transposed ones) has kernels of {KERNEL} × {KERNEL} everywhere. Write `count(layers)`, the
number of its parameters. `layers` is a list of tuples `(inputs, outputs, bias, norm)`: channels in, channels out, whether
the convolution has a bias, and whether batch normalisation follows.
"""

# %% [markdown] kind="hint"
"""
How many kernels does a layer hold? One for each pair of an input and an output channel.
"""

# %% [markdown] kind="hint"
"""
inputs × outputs × {KERNEL} × {KERNEL}, a bias for each output, and two numbers for each normalised channel.
"""

# %% [markdown] kind="hint"
"""
Sum over the layers: `inputs * outputs * {KERNEL} ** 2 + bias * outputs + 2 * norm * outputs`.
"""


# %% kind="solution"
def count(layers):
    ### BEGIN SOLUTION
    total = 0
    for inputs, outputs, bias, norm in layers:
        total += inputs * outputs * KERNEL * KERNEL + bias * outputs + 2 * norm * outputs
    return total
    ### END SOLUTION


# %% kind="check"
def observe(count):
    G = [(100, 64, False, True), (64, 32, False, True), (32, 3, False, False)]
    D = [(3, 64, False, False), (64, 128, False, False), (128, 1, False, False)]
    return [
        count([(3, 5, False, False)]),
        count([(3, 5, True, False)]),
        count([(3, 5, False, True)]),
        count(G),
        count(D),
    ]


def judge(seen):
    area, plain = KERNEL * KERNEL, 15 * KERNEL * KERNEL
    first = seen[0]
    if near(first, 15 * KERNEL):
        reject("square", "a kernel has two sides.")
    if near(first, 15):
        reject("kernel", "one weight for each pair of channels would be a kernel of one pixel.")
    if near(first, 5 * area):
        reject("inputs", "every output channel looks at every input channel, with a kernel for each.")
    if not near(first, plain):
        reject("weights", "for three channels in, five out, no bias and no norm the number is not right.")
    if near(seen[1], plain):
        reject("no bias", "the bias of a convolution learns too.")
    if near(seen[1], plain + 3):
        reject("bias", "a bias belongs to an output channel.")
    if not near(seen[1], plain + 5):
        reject("bias", "with a bias the number is not right; it is one for each output channel.")
    if near(seen[2], plain + 5):
        reject("half", "batch normalisation learns a scale and a shift.")
    if near(seen[2], plain + 20):
        reject("running", "running mean and variance are kept, and nothing learns them.")
    if not near(seen[2], plain + 10):
        reject("norm", "with batch normalisation the number is not right.")
    due = [area * (6400 + 2048 + 96) + 192, area * (192 + 8192 + 128)]
    if not near(seen[3:], due):
        reject("sum", "for each layer alone the number is right, and for the listing's two players it is not.")


# %% kind="hidden"
def observe(count):
    return [
        count([]),
        count([(7, 11, True, True), (11, 2, True, False), (2, 9, False, True)]),
        count([(512, 512, 0, 1)]),
    ]


def judge(seen):
    nets = [
        nn.Sequential(),
        nn.Sequential(
            nn.Conv2d(7, 11, KERNEL), nn.BatchNorm2d(11), nn.Conv2d(11, 2, KERNEL),
            nn.ConvTranspose2d(2, 9, KERNEL, bias=False), nn.BatchNorm2d(9),
        ),
        nn.Sequential(nn.Conv2d(512, 512, KERNEL, bias=False), nn.BatchNorm2d(512)),
    ]  # fmt: skip
    if not near(seen, [sum(p.numel() for p in net.parameters()) for net in nets]):
        reject("torch", "for another stack, an empty one among them, torch counts other parameters.")


# %% kind="wrong" name="one side of the kernel" key="square"
def count(layers):
    return sum(a * b * KERNEL + bias * b + 2 * norm * b for a, b, bias, norm in layers)


# %% kind="wrong" name="no kernel" key="kernel"
def count(layers):
    return sum(a * b + bias * b + 2 * norm * b for a, b, bias, norm in layers)


# %% kind="wrong" name="one kernel an output" key="inputs"
def count(layers):
    return sum(b * KERNEL**2 + bias * b + 2 * norm * b for a, b, bias, norm in layers)


# %% kind="wrong" name="no biases" key="no bias"
def count(layers):
    return sum(a * b * KERNEL**2 + 2 * norm * b for a, b, bias, norm in layers)


# %% kind="wrong" name="biases of the inputs" key="bias"
def count(layers):
    return sum(a * b * KERNEL**2 + bias * a + 2 * norm * b for a, b, bias, norm in layers)


# %% kind="wrong" name="scale only" key="half"
def count(layers):
    return sum(a * b * KERNEL**2 + bias * b + norm * b for a, b, bias, norm in layers)


# %% kind="wrong" name="running statistics" key="running"
def count(layers):
    return sum(a * b * KERNEL**2 + bias * b + 4 * norm * b for a, b, bias, norm in layers)


# %% kind="wrong" name="norm ignored" key="norm"
def count(layers):
    return sum(a * b * KERNEL**2 + bias * b for a, b, bias, norm in layers)


# %% kind="wrong" name="last layer only" key="sum"
def count(layers):
    total = 0
    for a, b, bias, norm in layers:
        total = a * b * KERNEL**2 + bias * b + 2 * norm * b
    return total


# %% kind="right" name="by outputs"
def count(layers):
    return sum(b * (a * KERNEL * KERNEL + int(bias) + 2 * int(norm)) for a, b, bias, norm in layers)


# %% kind="right" name="built without numbers"
def count(layers):
    with torch.device("meta"):
        nets = [nn.Conv2d(a, b, KERNEL, bias=bool(bias)) for a, b, bias, _ in layers]
        nets += [nn.BatchNorm2d(b) for _, b, _, norm in layers if norm]
    return sum(p.numel() for net in nets for p in net.parameters())


# %% [markdown] kind="explanation"
"""
With kernels of 4 × 4 the fourth document's generator has 136 896 parameters and its discriminator 136 192. Most of the
generator's sit in the first layer, which turns 100 numbers into 64 maps of 4 × 4.
"""

# %% [markdown] kind="task" task="16.3" title="How much one score sees" points=1 hidden_points=1 minutes=10 difficulty="medium"
"""
Write `receptive_field(layers)`: the side, in pixels of the image, of the patch that one output of a stack of convolutions
looks at. `layers` is a list of `(kernel, stride)` from the image inwards. No layer: one pixel.
"""

# %% [markdown] kind="hint"
"""
Begin with one pixel. How much wider does the patch become with each layer, and in whose pixels is that measured?
"""

# %% [markdown] kind="hint"
r"""
$1+\sum_i (k_i-1)\prod_{j<i}s_j$: neighbours of layer $i$ lie $\prod_{j<i}s_j$ image pixels apart.
"""

# %% [markdown] kind="hint"
"""
Two numbers in a loop over the layers: the field so far, and how many image pixels apart neighbours lie. The field grows first, then the distance.
"""


# %% kind="solution"
def receptive_field(layers):
    ### BEGIN SOLUTION
    field = apart = 1
    for kernel, stride in layers:
        field += (kernel - 1) * apart
        apart *= stride
    return field
    ### END SOLUTION


# %% kind="check"
def observe(receptive_field):
    stacks = [[], [(5, 3)], [(3, 1), (3, 1)], [(4, 2), (4, 2), (4, 1)], [(3, 2), (5, 1)]]
    return [receptive_field(stack) for stack in stacks]


def judge(seen):
    if near(seen[1], 4):
        reject("one", "one layer with a kernel of 5 sees five pixels: begin with the pixel itself.")
    if near(seen[1], 13):
        reject("own stride", "a layer's own stride moves its kernel and makes it no wider: it counts from the next on.")
    if near(seen[2:4], [6, 12]) or near(seen[2], 9):
        reject("overlap", "neighbouring kernels overlap: two layers of 3 do not see six pixels.")
    if near(seen[3], 10):
        reject("strides", "after a stride of 2, neighbours lie two pixels of the image apart.")
    if near(seen[3], 16):
        reject("product", "strides multiply along the stack: 2 after 2 is 4.")
    if near(seen[4], 7) and near(seen[3], 13):
        reject("order", "the list starts at the image; this is the field of the stack turned round.")
    if not near(seen, [1, 5, 5, 22, 11]):
        reject("field", "for no layer, one, or a stack of two or three, the side of the patch is not right.")


# %% kind="hidden"
def observe(receptive_field):
    stacks = [[(4, 2)] * 4 + [(4, 1)], [(1, 2), (3, 3), (2, 2), (3, 1)], [(7, 1)]]
    return [receptive_field(stack) for stack in stacks]


def judge(seen):
    stacks = [[(4, 2)] * 4 + [(4, 1)], [(1, 2), (3, 3), (2, 2), (3, 1)], [(7, 1)]]
    for stack, found in zip(stacks, seen, strict=True):
        x = torch.zeros(1, 1, 1, 200, requires_grad=True)
        net = nn.Sequential(*(nn.Conv2d(1, 1, (1, k), (1, s)) for k, s in stack))
        for layer in net:
            nn.init.ones_(layer.weight)
        middle = net(x)
        (slope,) = torch.autograd.grad(middle[0, 0, 0, 1], x)
        reached = slope[0, 0, 0].nonzero()
        if not near(found, int(reached.max() - reached.min()) + 1):
            reject("gradient", f"for layers {stack} a gradient reaches another number of pixels.")


# %% kind="wrong" name="begins with nothing" key="one"
def receptive_field(layers):
    field, apart = 0, 1
    for kernel, stride in layers:
        field += (kernel - 1) * apart
        apart *= stride
    return field


# %% kind="wrong" name="own stride at once" key="own stride"
def receptive_field(layers):
    field = apart = 1
    for kernel, stride in layers:
        apart *= stride
        field += (kernel - 1) * apart
    return field


# %% kind="wrong" name="a sum of kernels" key="overlap"
def receptive_field(layers):
    return max(1, sum(kernel for kernel, _ in layers))


# %% kind="wrong" name="a product of kernels" key="overlap"
def receptive_field(layers):
    field = 1
    for kernel, _ in layers:
        field *= kernel
    return field


# %% kind="wrong" name="no strides" key="strides"
def receptive_field(layers):
    return 1 + sum(kernel - 1 for kernel, _ in layers)


# %% kind="wrong" name="last stride only" key="product"
def receptive_field(layers):
    field = apart = 1
    for kernel, stride in layers:
        field += (kernel - 1) * apart
        apart = stride
    return field


# %% kind="wrong" name="turned round" key="order"
def receptive_field(layers):
    field = apart = 1
    for kernel, stride in reversed(layers):
        field += (kernel - 1) * apart
        apart *= stride
    return field


# %% kind="right" name="backwards from one output"
def receptive_field(layers):
    side = 1
    for kernel, stride in reversed(layers):
        side = (side - 1) * stride + kernel
    return side


# %% kind="right" name="first and last pixel"
def receptive_field(layers):
    first = last = 0
    for kernel, stride in layers[::-1]:
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1


# %% [markdown] kind="explanation"
r"""
$1+3+3\cdot2+3\cdot4=22$ for the fourth document's discriminator. Read backwards, the formula is the transposed one: a
side of 1 becomes $(1-1)s+k$, and so on.
"""

# %% [markdown] kind="task" task="16.4" title="A layer from Keras" points=2 hidden_points=1 minutes=10 difficulty="medium"
"""
A listing in Keras has `BatchNormalization(momentum=0.8)` behind a layer with {CHANNELS} channels of images. In Keras the momentum is the share of
the *old* statistics that is kept; the default is 0.99, and that of `epsilon` 0.001.

Write `from_keras(momentum=0.99, epsilon=0.001)`: the `nn.BatchNorm2d` for {CHANNELS} channels that keeps the same share and
adds the same `epsilon`.
"""

# %% [markdown] kind="hint"
"""
What does torch's `momentum` multiply, the old statistics or those of the new batch? Its documentation has the formula.
"""

# %% [markdown] kind="hint"
"""
torch: new = (1 − momentum) · old + momentum · seen. And what is the *second* argument of `nn.BatchNorm2d`?
"""

# %% [markdown] kind="hint"
"""
`nn.BatchNorm2d({CHANNELS}, eps=..., momentum=...)`, by name.
"""


# %% kind="solution"
def from_keras(momentum=0.99, epsilon=0.001):
    ### BEGIN SOLUTION
    return nn.BatchNorm2d(CHANNELS, eps=epsilon, momentum=1 - momentum)
    ### END SOLUTION


# %% kind="check"
def observe(from_keras):
    found = []
    for layer in (from_keras(0.8), from_keras()):
        kind = type(layer).__name__
        shape = list(layer.weight.shape) if layer.weight is not None else []
        layer(torch.ones(2, CHANNELS, 3, 3))
        mean = layer.running_mean.mean().item() if layer.running_mean is not None else -1.0
        found.append([kind, shape, layer.eps, mean, bool(layer.training)])
    return found


def judge(seen):
    (kind, shape, eps, mean, training), usual = seen
    if kind != "BatchNorm2d":
        reject("layer", "images have four axes: torch's layer for them is nn.BatchNorm2d.")
    if shape != [CHANNELS]:
        reject("channels", "the layer learns a scale and a shift for each channel, as Keras' does by default.")
    if near(eps, 0.8, 1e-3) or near(eps, 0.2, 1e-3):
        reject("epsilon", "the momentum arrived in epsilon, which is the second place of torch's layer.")
    if near(mean, 0.8):
        reject("old", "after one batch of ones the running mean is 0.8: torch's momentum is the share of the new.")
    if near(mean, 0.1):
        reject("default", "the momentum did not arrive: this is torch's own.")
    if not near(mean, 0.2):
        reject("momentum", "after one batch of ones the running mean should be 0.2.")
    if near(eps, 1e-5, 1e-9):
        reject("eps", "epsilon is torch's default, and Keras' is a hundred times as large.")
    if not near([eps, usual[2], usual[3]], [1e-3, 1e-3, 0.01]):
        reject("defaults", "without arguments the layer should be the one that Keras makes without arguments.")


# %% kind="hidden"
def observe(from_keras):
    layer = from_keras(momentum=0.5, epsilon=0.25)
    torch.manual_seed(0)
    x = torch.randn(4, CHANNELS, 2, 2) * torch.arange(1, CHANNELS + 1)[:, None, None]
    y = layer(x)
    return [layer.eps, layer.momentum, float((y.std() / x.std()).item()), float(y[0, 1, 0, 1])]


def judge(seen):
    torch.manual_seed(0)
    x = torch.randn(4, CHANNELS, 2, 2) * torch.arange(1, CHANNELS + 1)[:, None, None]
    mean, var = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), keepdim=True, correction=0)
    y = (x - mean) / (var + 0.25).sqrt()
    if not near(seen, [0.25, 0.5, float(y.std() / x.std()), float(y[0, 1, 0, 1])], atol=1e-4, rtol=1e-3):
        reject("value", "with momentum 0.5 and epsilon 0.25 the layer does something else.")


# %% kind="wrong" name="second place" key="epsilon"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, momentum)


# %% kind="wrong" name="second place, turned" key="epsilon"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, 1 - momentum)


# %% kind="wrong" name="same word, same number" key="old"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, eps=epsilon, momentum=momentum)


# %% kind="wrong" name="torch's momentum" key="default"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, eps=epsilon)


# %% kind="wrong" name="torch's epsilon" key="eps"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, momentum=1 - momentum)


# %% kind="wrong" name="a layer for rows" key="layer"
def from_keras(momentum=0.99, epsilon=0.001):
    class Rows(nn.BatchNorm1d):
        def _check_input_dim(self, x):
            pass

    return Rows(CHANNELS, eps=epsilon, momentum=1 - momentum)


# %% kind="wrong" name="nothing learned" key="channels"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, eps=epsilon, momentum=1 - momentum, affine=False)


# %% kind="wrong" name="averaged over all batches" key="momentum"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, eps=epsilon, momentum=None)


# %% kind="right" name="set afterwards"
def from_keras(momentum=0.99, epsilon=0.001):
    layer = nn.BatchNorm2d(CHANNELS)
    layer.eps, layer.momentum = epsilon, 1.0 - momentum
    return layer


# %% kind="right" name="all places in order"
def from_keras(momentum=0.99, epsilon=0.001):
    return nn.BatchNorm2d(CHANNELS, epsilon, 1 - momentum, True, True)


# %% [markdown] kind="explanation"
"""
0.8 becomes 0.2. `nn.BatchNorm2d({CHANNELS}, 0.8)` runs as well: it sets epsilon to 0.8, so no channel of small variance is
normalised any more. Two libraries, one word, two meanings: compare formulas, not names. (One difference stays: torch keeps the
unbiased variance, Keras the biased one.)
"""

# %% [markdown] kind="task" task="16.5" title="A pair for 64 pixels" points=3 hidden_points=1 minutes=20 difficulty="medium"
"""
Build the DCGAN of the paper for colour images of 64 × 64, narrow: `pair()` returns `(G, D)`.

`G` takes noise of shape (N, {LATENT}, 1, 1) through sides 4, 8, 16, 32 to 64, with 8, 4, 2 and 1 times {WIDTH} channels before the last
layer; `D` goes back, with 1, 2, 4 and 8 times {WIDTH} channels, to logits of shape (N, 1, 1, 1). All kernels are 4 × 4. Choose strides, padding,
normalisation, activations and biases by the rules of the lesson; convolutions without batch normalisation behind them keep
their bias. Initial weights do not matter here.
"""

# %% [markdown] kind="hint"
"""
Write the sides first, then the formula under each arrow. Only the arrow between 1 and 4 is not a doubling.
"""

# %% [markdown] kind="hint"
"""
Stride 1, padding 0 takes 1 to 4 and 4 to 1; stride 2, padding 1 does all the rest. Normalise all but G's output and D's
input, and D's output is a number nobody normalises either.
"""

# %% [markdown] kind="hint"
"""
A list that grows in a loop over `[8, 4, 2, 1]`: transposed convolution without bias, `nn.BatchNorm2d`, `nn.ReLU`; then
the last one with `nn.Tanh`. D: the same with `nn.Conv2d` and `nn.LeakyReLU(0.2)`.
"""


# %% kind="solution"
def pair():
    ### BEGIN SOLUTION
    widths = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, widths[0], 4, 1, 0, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    for inputs, outputs in zip(widths, widths[1:]):
        up += [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    widths = widths[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    for inputs, outputs in zip(widths, widths[1:]):
        down += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
    down += [nn.Conv2d(8 * WIDTH, 1, 4, 1, 0)]
    return nn.Sequential(*up), nn.Sequential(*down)
    ### END SOLUTION


# %% kind="check"
def observe(pair):
    G, D = pair()
    torch.manual_seed(0)
    for network in (G, D):
        for layer in network.modules():
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(layer.weight, 0, 0.2)
    seen = {"sides": [[], []], "layers": [[], []]}
    for place, network in enumerate((G, D)):
        for layer in network.modules():
            if not list(layer.children()):
                name = type(layer).__name__
                seen["layers"][place].append(
                    [name, getattr(layer, "bias", None) is not None, getattr(layer, "negative_slope", -1.0)]
                )
                if "Conv" in name:
                    note = lambda _layer, _given, out, place=place: seen["sides"][place].append(list(out.shape[1:3]))
                    layer.register_forward_hook(note)
    image = G(torch.randn(3, LATENT, 1, 1))
    seen["image"], seen["range"] = list(image.shape), [float(image.min()), float(image.max())]
    score = D(torch.randn(3, 3, 64, 64))
    seen["score"], seen["logits"] = list(score.shape), [float(s) for s in score.flatten()[:3]]
    seen["count"] = [sum(p.numel() for p in network.parameters()) for network in (G, D)]
    return seen


def judge(seen):
    if seen["image"] != [3, 3, 64, 64]:
        reject("image", f"three codes became images of shape {seen['image']}.")
    if seen["score"] != [3, 1, 1, 1]:
        reject("score", f"three images became scores of shape {seen['score']}.")
    names = [[name for name, _, _ in layers] for layers in seen["layers"]]
    flat = names[0] + names[1]
    if any("Pool" in name or "Upsample" in name for name in flat):
        reject("pooling", "sides change by strides here: no pooling, and no upsampling in between.")
    if min(seen["range"]) < -1 or max(seen["range"]) > 1 or min(seen["range"]) > -0.01 or names[0][-1] != "Tanh":
        reject("range", "the images do not fill [-1, 1], where the data are.")
    if "Sigmoid" in flat or all(0 <= s <= 1 for s in seen["logits"]):
        reject("sigmoid", "these scores are probabilities; the sigmoid belongs into the loss.")
    if "BatchNorm2d" in names[0][names[0].index("Tanh") - 1 :]:
        reject("output", "G's output is normalised: the brightness of an image is then no longer G's to choose.")
    if names[1][1] == "BatchNorm2d":
        reject("input", "D's first layer is normalised: D then does not see how bright a batch is.")
    if names[1][-1] == "BatchNorm2d":
        reject("scores", "normalised scores have mean 0 in every batch: D could not say that all are fakes.")
    if names[0].count("BatchNorm2d") < 4 or names[1].count("BatchNorm2d") < 3:
        reject("norm", "batch normalisation is missing somewhere between the ends.")
    for layers in seen["layers"]:
        for (_, bias, _), (following, _, _) in zip(layers, layers[1:]):
            if following == "BatchNorm2d" and bias:
                reject("bias", "a bias stands right before a normalisation, which subtracts it again.")
    if names[0].count("ReLU") != 4:
        reject("relu", "G's activations before its last layer are not the paper's.")
    if [slope for _, _, slope in seen["layers"][1] if slope >= 0] != [0.2] * 4:
        reject("leaky", "D's activations are not the paper's: leaky, with the slope it states.")
    pattern = [[4, 8, 16, 32, 64], [32, 16, 8, 4, 1]]
    if [[side for _, side in sides] for sides in seen["sides"]] != pattern:
        reject("sides", f"the sides are {[[side for _, side in sides] for sides in seen['sides']]}.")
    channels = [[8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH, 3], [WIDTH, 2 * WIDTH, 4 * WIDTH, 8 * WIDTH, 1]]
    if [[channel for channel, _ in sides] for sides in seen["sides"]] != channels:
        reject("channels", "the channels along the way are not those of the task.")
    inner = 16 * (8 * 4 + 4 * 2 + 2) * WIDTH * WIDTH
    due = [16 * LATENT * 8 * WIDTH + inner + 2 * 15 * WIDTH + 48 * WIDTH + 3]
    due.append(48 * WIDTH + WIDTH + inner + 2 * 14 * WIDTH + 16 * 8 * WIDTH + 1)
    if not near(seen["count"], due):
        reject(
            "count",
            f"sides and channels are right, and the parameters, {seen['count']}, are not: look at kernels, then biases.",
        )


# %% kind="hidden"
def observe(pair):
    G, D = pair()
    orders = []
    for network in (G, D):
        orders.append([type(layer).__name__ for layer in network.modules() if not list(layer.children())])
    strides = [
        [[*m.kernel_size, *m.stride, *m.padding] for m in n.modules() if hasattr(m, "kernel_size")] for n in (G, D)
    ]
    x = torch.zeros(1, 3, 64, 64, requires_grad=True)
    D.eval()(x).sum().backward()
    return {"orders": orders, "strides": strides, "reached": float((x.grad != 0).float().mean())}


def judge(seen):
    up, down = ["ConvTranspose2d", "BatchNorm2d", "ReLU"], ["Conv2d", "BatchNorm2d", "LeakyReLU"]
    if seen["orders"] != [up * 4 + ["ConvTranspose2d", "Tanh"], ["Conv2d", "LeakyReLU", *(down * 3), "Conv2d"]]:
        reject("order", "the layers do not stand in the paper's order: convolution, normalisation, activation.")
    double, ends = [4, 4, 2, 2, 1, 1], [4, 4, 1, 1, 0, 0]
    if seen["strides"] != [[ends] + [double] * 4, [double] * 4 + [ends]]:
        reject("kernels", "kernel, stride and padding of some layer are not as due.")
    if seen["reached"] < 0.5:
        reject("blind", "D's score does not depend on most of the image.")


# %% kind="wrong" name="one doubling short" key="image"
def pair():
    widths = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH]
    up = [nn.ConvTranspose2d(LATENT, widths[0], 4, 1, 0, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    for a, b in zip(widths, widths[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1), nn.Tanh()]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(WIDTH, 1, 4, 1, 0)]
    return nn.Sequential(*up), nn.Sequential(*down)


# %% kind="wrong" name="a map of scores" key="score"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    for a, b in zip(w[:3], w[1:3]):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(4 * WIDTH, 1, 4, 1, 0))


# %% kind="wrong" name="a sigmoid at D's end" key="sigmoid"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0), nn.Sigmoid())


# %% kind="wrong" name="pixels between 0 and 1" key="range"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Sigmoid()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0))


# %% kind="wrong" name="batch norm everywhere in G" key="output"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1, bias=False), nn.BatchNorm2d(3), nn.Tanh()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0))


# %% kind="wrong" name="batch norm everywhere in D" key="input"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w, down = [3, *w[::-1]], []
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0))


# %% kind="wrong" name="normalised scores" key="scores"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0), nn.BatchNorm2d(1))


# %% kind="wrong" name="no batch norm" key="norm"
def pair():
    w = [LATENT, 8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up, down = [], []
    for i, (a, b) in enumerate(zip(w, w[1:])):
        up += [nn.ConvTranspose2d(a, b, 4, 2 if i else 1, 1 if i else 0), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w = [3, *w[:0:-1]]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0))


# %% kind="wrong" name="biases before batch norm" key="bias"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2)]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1), nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0))


# %% kind="wrong" name="torch's slope" key="leaky"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU()]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU()]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0))


# %% kind="wrong" name="pooling in D" key="pooling"
def pair():
    w = [8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    up = [nn.ConvTranspose2d(LATENT, w[0], 4, 1, 0, bias=False), nn.BatchNorm2d(w[0]), nn.ReLU()]
    for a, b in zip(w, w[1:]):
        up += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU()]
    up += [nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh()]
    w = w[::-1]
    down = [nn.Conv2d(3, WIDTH, 3, 1, 1), nn.LeakyReLU(0.2), nn.MaxPool2d(2)]
    for a, b in zip(w, w[1:]):
        down += [nn.Conv2d(a, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b), nn.LeakyReLU(0.2), nn.MaxPool2d(2)]
    return nn.Sequential(*up), nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0))


# %% kind="right" name="spelled out"
def pair():
    w = WIDTH
    G = nn.Sequential(
        nn.ConvTranspose2d(LATENT, 8 * w, 4, bias=False), nn.BatchNorm2d(8 * w), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(8 * w, 4 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * w), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(4 * w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(2 * w, w, 4, 2, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True),
        nn.ConvTranspose2d(w, 3, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip
    D = nn.Sequential(
        nn.Conv2d(3, w, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.LeakyReLU(0.2),
        nn.Conv2d(2 * w, 4 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * w), nn.LeakyReLU(0.2),
        nn.Conv2d(4 * w, 8 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(8 * w), nn.LeakyReLU(0.2),
        nn.Conv2d(8 * w, 1, 4),
    )  # fmt: skip
    return G, D


# %% kind="right" name="blocks in blocks"
def pair():
    def block(layer, inputs, outputs, act, stride=2, padding=1):
        return nn.Sequential(layer(inputs, outputs, 4, stride, padding, bias=False), nn.BatchNorm2d(outputs), act)

    up = [block(nn.ConvTranspose2d, LATENT, 8 * WIDTH, nn.ReLU(), 1, 0)]
    down = [nn.Sequential(nn.Conv2d(3, WIDTH, 4, 2, 1), nn.LeakyReLU(0.2))]
    for times in (4, 2, 1):
        up.append(block(nn.ConvTranspose2d, 2 * times * WIDTH, times * WIDTH, nn.ReLU()))
    for times in (1, 2, 4):
        down.append(block(nn.Conv2d, times * WIDTH, 2 * times * WIDTH, nn.LeakyReLU(0.2)))
    G = nn.Sequential(*up, nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh())
    return G, nn.Sequential(*down, nn.Conv2d(8 * WIDTH, 1, 4))


# %% [markdown] kind="explanation"
"""
Sides 1, 4, 8, 16, 32, 64 and back. One arrow has stride 1 and no padding; all the others are kernel 4, stride 2, padding
1. With 64 in the place of {WIDTH} the shapes are those of the common implementations of the paper.
"""

# %% [markdown] kind="task" task="16.6" title="The listing that stops" points=3 hidden_points=1 minutes=20 difficulty="hard"
"""
The second document's listing begins a generator for 28 × 28 digits (linear layer to 7 × 7, batch normalisation, leaky ReLU, reshape)
and a discriminator (one convolution with stride 2, leaky ReLU), and then writes three dots. Finish both.

`complete(stem, first, wide, narrow)` gets `stem`, a module from codes (N, d) to maps (N, `wide`, 7, 7), and `first`, one from
images (N, 1, 28, 28) to maps (N, `narrow`, 14, 14). Return `(G, D)` that *use* them: G ends in images (N, 1, 28, 28) in
[-1, 1], D in logits of shape (N, 1). The rules: one transposed convolution to `narrow` channels and 14 × 14, normalised, ReLU,
one to the image; one convolution to `wide` channels and 7 × 7, normalised, LeakyReLU 0.2, one linear layer. All kernels
4 × 4, no bias before a normalisation.
"""

# %% [markdown] kind="hint"
"""
Two doublings are missing in G, one halving in D, and D has to become one number an image.
"""

# %% [markdown] kind="hint"
"""
Kernel 4, stride 2, padding 1 everywhere. The linear layer sees `wide` maps of 7 × 7, flattened.
"""

# %% [markdown] kind="hint"
"""
`nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), ...)`.
"""


# %% kind="solution"
def complete(stem, first, wide, narrow):
    ### BEGIN SOLUTION
    G = nn.Sequential(
        stem,
        nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
        nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip
    D = nn.Sequential(
        first,
        nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(wide * 7 * 7, 1),
    )  # fmt: skip
    return G, D
    ### END SOLUTION


# %% kind="check"
def observe(complete):
    torch.manual_seed(0)
    stem = nn.Sequential(nn.Linear(5, 6 * 49), nn.Unflatten(1, (6, 7, 7)))
    first = nn.Conv2d(1, 4, 4, 2, 1)
    given = [sum(p.numel() for p in part.parameters()) for part in (stem, first)]
    G, D = complete(stem, first, 6, 4)
    used = [all(any(p is q for q in n.parameters()) for p in part.parameters()) for n, part in ((G, stem), (D, first))]
    for network, part in ((G, stem), (D, first)):
        ours = list(part.parameters())
        for layer in network.modules():
            weight = getattr(layer, "weight", None)
            if weight is not None and weight.dim() > 1 and not any(weight is p for p in ours):
                nn.init.normal_(layer.weight, 0, 0.5)
    z, x = torch.randn(3, 5), torch.randn(3, 1, 28, 28)
    image, score = G(z), D(x)
    names = [[type(m).__name__ for m in n.modules() if not list(m.children())] for n in (G, D)]
    count = [sum(p.numel() for p in n.parameters()) - g for n, g in zip((G, D), given)]
    slopes = [m.negative_slope for m in D.modules() if isinstance(m, nn.LeakyReLU)]
    return {
        "used": used, "image": list(image.shape), "range": [float(image.min()), float(image.max())],
        "score": list(score.shape), "scores": [float(s) for s in score.flatten()[:3]], "names": names, "count": count,
        "slopes": slopes,
    }  # fmt: skip


def judge(seen):
    if not all(seen["used"]):
        reject("used", "the parts that the listing does have do not occur in what you return.")
    if seen["image"] != [3, 1, 28, 28]:
        reject("image", f"three codes became images of shape {seen['image']}.")
    if seen["score"] != [3, 1]:
        reject("score", f"three images became scores of shape {seen['score']}.")
    G, D = seen["names"]
    low, high = seen["range"]
    if low < -1 or high > 1 or low > -0.01:
        reject("range", "G's images do not fill [-1, 1].")
    if all(0 <= s <= 1 for s in seen["scores"]):
        reject("sigmoid", "D returns probabilities, and the loss takes logits.")
    if G[-2] == "BatchNorm2d":
        reject("output", "G's output is normalised.")
    if "BatchNorm2d" not in G or "BatchNorm2d" not in D:
        reject("norm", "a normalisation is missing in the new part of one of the players.")
    if "ReLU" not in G:
        reject("relu", "G lacks its activation after the normalisation.")
    if seen["slopes"] != [0.2]:
        reject("leaky", "D's new activation is not the one that the rules name.")
    due = [6 * 4 * 16 + 8 + 4 * 16 + 1, 4 * 6 * 16 + 12 + 6 * 49 + 1]
    if near(seen["count"], [due[0] + 4, due[1] + 6]):
        reject("bias", "a bias stands right before a normalisation, which subtracts it again.")
    if not near(seen["count"], due):
        reject("count", f"the new parts have {seen['count']} parameters: look at channels, kernels and biases.")


# %% kind="hidden"
def observe(complete):
    torch.manual_seed(0)
    stem = nn.Sequential(nn.Linear(3, 5 * 49), nn.Unflatten(1, (5, 7, 7)))
    G, D = complete(stem, nn.Conv2d(1, 2, 3, 2, 1), 5, 2)
    names = [[type(m).__name__ for m in n.modules() if not list(m.children())] for n in (G, D)]
    kernels = [
        [[*m.kernel_size, *m.stride, *m.padding] for m in list(n.modules()) if hasattr(m, "kernel_size")]
        for n in (G, D)
    ]
    logits = D(G(torch.randn(4, 3)))
    return {"names": names, "kernels": kernels, "joined": list(logits.shape)}


def judge(seen):
    G = ["Linear", "Unflatten", "ConvTranspose2d", "BatchNorm2d", "ReLU", "ConvTranspose2d", "Tanh"]
    D = ["Conv2d", "Conv2d", "BatchNorm2d", "LeakyReLU", "Flatten", "Linear"]
    if seen["names"] != [G, D]:
        reject("order", "the layers do not stand in the order that the rules give.")
    due = [4, 4, 2, 2, 1, 1]
    if seen["kernels"] != [[due, due], [[3, 3, 2, 2, 1, 1], due]] or seen["joined"] != [4, 1]:
        reject("kernels", "kernel, stride or padding of a new layer is not as due.")


# %% kind="wrong" name="new beginnings" key="used"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(nn.Linear(5, wide * 49), nn.Unflatten(1, (wide, 7, 7)), nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False),
                      nn.BatchNorm2d(narrow), nn.ReLU(), nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(nn.Conv2d(1, narrow, 4, 2, 1), nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide),
                      nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(wide * 49, 1))  # fmt: skip
    return G, D


# %% kind="wrong" name="14 pixels" key="image"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 3, 1, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
                      nn.Flatten(), nn.Linear(wide * 49, 1))  # fmt: skip
    return G, D


# %% kind="wrong" name="not flattened" key="score"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
                      nn.Conv2d(wide, 1, 1))  # fmt: skip
    return G, D


# %% kind="wrong" name="no tanh" key="range"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1))  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
                      nn.Flatten(), nn.Linear(wide * 49, 1))  # fmt: skip
    return G, D


# %% kind="wrong" name="a sigmoid" key="sigmoid"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
                      nn.Flatten(), nn.Linear(wide * 49, 1), nn.Sigmoid())  # fmt: skip
    return G, D


# %% kind="wrong" name="output normalised" key="output"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1, bias=False), nn.BatchNorm2d(1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
                      nn.Flatten(), nn.Linear(wide * 49, 1))  # fmt: skip
    return G, D


# %% kind="wrong" name="D without norm" key="norm"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1), nn.LeakyReLU(0.2),
                      nn.Flatten(), nn.Linear(wide * 49, 1))  # fmt: skip
    return G, D


# %% kind="wrong" name="biases that are subtracted" key="bias"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
                      nn.Flatten(), nn.Linear(wide * 49, 1))  # fmt: skip
    return G, D


# %% kind="wrong" name="torch's slope" key="leaky"
def complete(stem, first, wide, narrow):
    G = nn.Sequential(stem, nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
                      nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())  # fmt: skip
    D = nn.Sequential(first, nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(),
                      nn.Flatten(), nn.Linear(wide * 49, 1))  # fmt: skip
    return G, D


# %% kind="right" name="layer by layer"
def complete(stem, first, wide, narrow):
    up = nn.Sequential(nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU(True))
    down = nn.Sequential(nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2, True))
    G = nn.Sequential(stem, up, nn.ConvTranspose2d(narrow, 1, 4, 2, 1), nn.Tanh())
    return G, nn.Sequential(first, down, nn.Flatten(), nn.Linear(49 * wide, 1))


# %% kind="right" name="modules added one by one"
def complete(stem, first, wide, narrow):
    players = []
    for layers in (
        [stem, nn.ConvTranspose2d(wide, narrow, (4, 4), (2, 2), (1, 1), bias=False), nn.BatchNorm2d(narrow), nn.ReLU(),
         nn.ConvTranspose2d(narrow, 1, (4, 4), (2, 2), (1, 1)), nn.Tanh()],
        [first, nn.Conv2d(narrow, wide, (4, 4), (2, 2), (1, 1), bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2),
         nn.Flatten(start_dim=1), nn.Linear(wide * 7 * 7, 1)],
    ):  # fmt: skip
        net = nn.Sequential()
        for place, layer in enumerate(layers):
            net.add_module(str(place), layer)
        players.append(net)
    return tuple(players)


# %% [markdown] kind="explanation"
"""
7 → 14 → 28 and back, by the one layer that doubles and the one that halves. The listing's own D has kernels of 3 with
stride 2 and padding 1, which halve as well: ⌊(28 + 2 − 3)/2⌋ + 1 = 14.
"""
