# %% [markdown] kind="opening"
"""
# 18 Does synthetic data help?

The parts of an honest study: a ratio, a split without a leak, an interval, weights as a baseline, a case where synthesis
must help; a report to be taken apart, and a cell of the study made again. About 100 minutes.
"""

# %% kind="given"
import math

import torch
from scipy.stats import t as student

# %% [markdown] kind="task" task="18.1" title="Sixty per cent synthetic" points=1 hidden_points=1 minutes=6 difficulty="easy"
"""
You have `real` real images and want a share `share` of each training batch to be synthetic, drawn evenly from all real and
all synthetic images. Write `needed(real, share)`: how many synthetic images that takes, an integer, rounded to the nearest.
The share lies in [0, 1).
"""

# %% [markdown] kind="hint"
"""
The share is that of the synthetic images among *all* images. How many of the others are there?
"""

# %% [markdown] kind="hint"
"""
With r synthetic images for each real one the share is $r/(1+r)$. Solve for r.
"""

# %% [markdown] kind="hint"
"""
Share over one minus share, times the real images, then `round`.
"""


# %% kind="solution"
def needed(real, share):
    ### BEGIN SOLUTION
    return round(real * share / (1 - share))
    ### END SOLUTION


# %% kind="check"
def observe(needed):
    return [needed(200, 0.6), needed(1000, 0.5), needed(90, 0.1), needed(50, 0.0)]


def judge(seen):
    if near(seen, [120, 500, 9, 0]):
        reject("of real", "this is a share of the real images; the batch holds the synthetic ones as well.")
    if near(seen, [133, 1000, 810, 0]) or near(seen, [133, 1000, 810, math.inf]):
        reject("inverse", "you have the ratio upside down: more synthetic images belong to a larger share.")
    if near(seen, [1.5, 1.0, 1 / 9, 0.0]):
        reject("ratio", "this is the ratio; how many images is that?")
    if near(seen, [500, 2000, 100, 50]):
        reject("all", "this counts the real images as well.")
    if not near(seen, [300, 1000, 10, 0]):
        reject("value", "for 200 real images and a share of 0.6 the number is not right.")


# %% kind="hidden"
def observe(needed):
    return [needed(7, 0.75), needed(1198, 0.9), needed(3, 0.25), type(needed(10, 0.5)).__name__]


def judge(seen):
    if not near(seen[:3], [21, 10782, 1]) or seen[3] != "int":
        reject("value", "for other numbers of images and other shares the answer is not a right integer.")


# %% kind="wrong" name="share of the real images" key="of real"
def needed(real, share):
    return round(real * share)


# %% kind="wrong" name="upside down" key="inverse"
def needed(real, share):
    return round(real * (1 - share) / share) if share else 0


# %% kind="wrong" name="the ratio" key="ratio"
def needed(real, share):
    return share / (1 - share)


# %% kind="wrong" name="all images" key="all"
def needed(real, share):
    return round(real / (1 - share))


# %% kind="right" name="by the ratio"
def needed(real, share):
    ratio = share / (1 - share)
    return round(ratio * real)


# %% kind="right" name="all images less the real ones"
def needed(real, share):
    return round(real / (1 - share) - real)


# %% [markdown] kind="explanation"
"""
A ratio of 1.5 is a share of 60 %, and a ratio of 10 one of 91 %: what is left for the real images is a tenth of each batch.
The budget of steps stays the same, so large ratios are not only an offer of synthetic images, they take real ones away.
"""

# %% [markdown] kind="task" task="18.2" title="A leak in the split" points=2 hidden_points=1 minutes=12 difficulty="medium"
"""
Indices are not enough: the same picture may lie in a folder under two names. Write `leaked(train, test)`: the positions in
`test`, in order, of the images that are also in `train`, pixel for pixel. Both are uint8 tensors (N, C, H, W); return a list of
integers.
"""

# %% [markdown] kind="hint"
"""
Each test image has to be compared with every training image, wherever it stands.
"""

# %% [markdown] kind="hint"
"""
A set of the training images' bytes can be asked quickly; a sum or a mean of pixels is not the picture.
"""

# %% [markdown] kind="hint"
"""
`image.numpy().tobytes()` is a key for a set.
"""


# %% kind="solution"
def leaked(train, test):
    ### BEGIN SOLUTION
    seen = {image.numpy().tobytes() for image in train}
    return [i for i, image in enumerate(test) if image.numpy().tobytes() in seen]
    ### END SOLUTION


# %% kind="check"
def observe(leaked):
    rng = torch.Generator().manual_seed(0)
    train = torch.randint(256, (5, 1, 3, 3), generator=rng, dtype=torch.uint8)
    test = torch.randint(256, (6, 1, 3, 3), generator=rng, dtype=torch.uint8)
    test[1], test[4] = train[3], train[0]
    test[5] = train[2].flip(2)  # the same pixels in another order
    return {"found": list(leaked(train, test)), "none": list(leaked(train, test[2:4]))}


def judge(seen):
    if seen["found"] == [3, 0] or seen["found"] == [0, 3]:
        reject("side", "these are the positions in train; the test images have to be named.")
    if seen["found"] == [1, 4, 5]:
        reject("summary", "an image was taken for a copy that only has the same pixels in another order.")
    if seen["found"] == []:
        reject("place", "a copy may stand at another position in train than in test.")
    if seen["found"] == [1] or seen["found"] == [4]:
        reject("first", "there is more than one leaked image.")
    if seen["found"] == [0, 2, 3, 5]:
        reject("clean", "these are the images that did not leak.")
    if seen["found"] != [1, 4] or seen["none"] != []:
        reject("value", "for two copies among six test images the positions are not right.")


# %% kind="hidden"
def observe(leaked):
    images = torch.arange(8, dtype=torch.uint8).view(2, 1, 2, 2)
    twice = torch.cat([images, images[:1]])
    return [list(leaked(images, twice)), list(leaked(images, images + 1)), list(leaked(images[:0], images))]


def judge(seen):
    if seen != [[0, 1, 2], [], []]:
        reject("value", "for a test part that holds an image twice, or an empty train part, the list is not right.")


# %% kind="wrong" name="positions in train" key="side"
def leaked(train, test):
    seen = {image.numpy().tobytes(): i for i, image in enumerate(train)}
    return [seen[image.numpy().tobytes()] for image in test if image.numpy().tobytes() in seen]


# %% kind="wrong" name="sorted pixels" key="summary"
def leaked(train, test):
    seen = {tuple(sorted(image.flatten().tolist())) for image in train}
    return [i for i, image in enumerate(test) if tuple(sorted(image.flatten().tolist())) in seen]


# %% kind="wrong" name="mean of the pixels" key="summary"
def leaked(train, test):
    seen = {image.sum().item() for image in train}
    return [i for i, image in enumerate(test) if image.sum().item() in seen]


# %% kind="wrong" name="same place only" key="place"
def leaked(train, test):
    return [i for i, (a, b) in enumerate(zip(train, test)) if torch.equal(a, b)]


# %% kind="wrong" name="the first alone" key="first"
def leaked(train, test):
    for i, image in enumerate(test):
        if any(torch.equal(image, other) for other in train):
            return [i]
    return []


# %% kind="wrong" name="the clean ones" key="clean"
def leaked(train, test):
    return [i for i, image in enumerate(test) if not any(torch.equal(image, other) for other in train)]


# %% kind="right" name="all pairs"
def leaked(train, test):
    return [i for i, image in enumerate(test) if any(torch.equal(image, other) for other in train)]


# %% kind="right" name="tuples of pixels"
def leaked(train, test):
    seen = {tuple(image.flatten().tolist()) for image in train}
    found = []
    for i in range(len(test)):
        if tuple(test[i].flatten().tolist()) in seen:
            found.append(i)
    return found


# %% [markdown] kind="explanation"
"""
`ganlab.synthesis.check_pixels` does this for every pair of parts, and for the synthetic set against the test part: a generator
that draws a test image has seen it. It cannot see near copies; for those there is the test of lesson 13.
"""

# %% [markdown] kind="task" task="18.3" title="Five seeds, one interval" points=2 hidden_points=2 minutes=14 difficulty="medium"
"""
Two lists of recalls, `after` and `before`, one value for each seed, the same seeds in both. Write `paired(after, before)`: the two
ends `(low, high)` of Student's 95 % interval of the mean gain, as floats. `student.ppf(p, freedom)` is the quantile.
"""

# %% [markdown] kind="hint"
"""
The luck of a seed is in both lists. It goes away in one of the two: the difference of the means, or the mean of the
differences and its spread?
"""

# %% [markdown] kind="hint"
"""
$\\bar d\\pm t\\,s/\\sqrt n$, where s has n - 1 below the fraction line and t has n - 1 degrees of freedom.
"""

# %% [markdown] kind="hint"
"""
Make one tensor of differences in double precision; `std` divides by n - 1 by itself; a two-sided 95 % asks for the quantile at
0.975.
"""


# %% kind="solution"
def paired(after, before):
    ### BEGIN SOLUTION
    d = torch.tensor(after, dtype=torch.float64) - torch.tensor(before, dtype=torch.float64)
    reach = student.ppf(0.975, len(d) - 1) * float(d.std()) / math.sqrt(len(d))
    return float(d.mean() - reach), float(d.mean() + reach)
    ### END SOLUTION


# %% kind="check"
def observe(paired):
    return list(paired([0.91, 0.84, 0.95, 0.88, 0.90], [0.89, 0.83, 0.91, 0.88, 0.87]))


def judge(seen):
    after = torch.tensor([0.91, 0.84, 0.95, 0.88, 0.90], dtype=torch.float64)
    before = torch.tensor([0.89, 0.83, 0.91, 0.88, 0.87], dtype=torch.float64)
    d = after - before
    mean, s, n = d.mean().item(), d.std().item(), 5
    quantile = student.ppf(0.975, 4)

    def ends(reach):
        return [mean - reach, mean + reach]

    if near(seen, ends(quantile * s / n**0.5)[::-1]):
        reject("order", "the lower end comes first.")
    if near(seen, [-end for end in ends(quantile * s / n**0.5)[::-1]]):
        reject("sign", "a gain is after less before.")
    if near(seen, ends(1.96 * s / n**0.5), rtol=1e-3):
        reject("normal", "with five seeds the normal quantile is too small; Student's knows how few there are.")
    if near(seen, ends(quantile * s)):
        reject("mean", "this is where single seeds lie, and not how well their mean is known.")
    if near(seen, ends(quantile * s / n**0.5 * (4 / 5) ** 0.5)):
        reject("freedom", "the deviation is divided by n; of five differences four are free.")
    if near(seen, ends(student.ppf(0.975, 5) * s / n**0.5)):
        reject("freedom", "five differences around their own mean have four degrees of freedom.")
    if near(seen, ends(student.ppf(0.95, 4) * s / n**0.5)):
        reject("two-sided", "two ends share the 5 %.")
    pooled = ((after.var() + before.var()) / n).sqrt().item()
    if near(seen, ends(student.ppf(0.975, 4) * pooled)) or near(seen, ends(student.ppf(0.975, 8) * pooled)):
        reject(
            "pairs", "the two lists were taken as independent: the luck of a seed, which both share, is still in there."
        )
    if not near(seen, ends(quantile * s / n**0.5)):
        reject("value", "for five pairs the ends are not right.")


# %% kind="hidden"
def observe(paired):
    ends = [*paired([0.5, 0.7], [0.4, 0.4]), *paired([0.3, 0.2, 0.4], [0.3, 0.2, 0.4]), *paired([1, 2, 3], [3, 1, 2])]
    return {"ends": ends, "floats": all(isinstance(end, float) for end in ends)}


def judge(seen):
    due = []
    for d in ([0.1, 0.3], [0.0, 0.0, 0.0], [-2.0, 1.0, 1.0]):
        d = torch.tensor(d, dtype=torch.float64)
        reach = student.ppf(0.975, len(d) - 1) * d.std().item() / math.sqrt(len(d))
        due += [d.mean().item() - reach, d.mean().item() + reach]
    if not seen["floats"]:
        reject("type", "plain floats are asked for.")
    if not near(seen["ends"], due, atol=1e-9):
        reject("value", "for two seeds, for equal lists, or for a gain of either sign the ends are not right.")


# %% kind="wrong" name="upper end first" key="order"
def paired(after, before):
    d = torch.tensor(after, dtype=torch.float64) - torch.tensor(before, dtype=torch.float64)
    reach = student.ppf(0.975, len(d) - 1) * d.std().item() / math.sqrt(len(d))
    return d.mean().item() + reach, d.mean().item() - reach


# %% kind="wrong" name="a loss" key="sign"
def paired(after, before):
    d = torch.tensor(before, dtype=torch.float64) - torch.tensor(after, dtype=torch.float64)
    reach = student.ppf(0.975, len(d) - 1) * d.std().item() / math.sqrt(len(d))
    return d.mean().item() - reach, d.mean().item() + reach


# %% kind="wrong" name="normal quantile" key="normal"
def paired(after, before):
    d = torch.tensor(after, dtype=torch.float64) - torch.tensor(before, dtype=torch.float64)
    reach = 1.96 * d.std().item() / math.sqrt(len(d))
    return d.mean().item() - reach, d.mean().item() + reach


# %% kind="wrong" name="spread of single seeds" key="mean"
def paired(after, before):
    d = torch.tensor(after, dtype=torch.float64) - torch.tensor(before, dtype=torch.float64)
    reach = student.ppf(0.975, len(d) - 1) * d.std().item()
    return d.mean().item() - reach, d.mean().item() + reach


# %% kind="wrong" name="divided by n" key="freedom"
def paired(after, before):
    d = torch.tensor(after, dtype=torch.float64) - torch.tensor(before, dtype=torch.float64)
    reach = student.ppf(0.975, len(d) - 1) * d.std(correction=0).item() / math.sqrt(len(d))
    return d.mean().item() - reach, d.mean().item() + reach


# %% kind="wrong" name="n degrees of freedom" key="freedom"
def paired(after, before):
    d = torch.tensor(after, dtype=torch.float64) - torch.tensor(before, dtype=torch.float64)
    reach = student.ppf(0.975, len(d)) * d.std().item() / math.sqrt(len(d))
    return d.mean().item() - reach, d.mean().item() + reach


# %% kind="wrong" name="one-sided" key="two-sided"
def paired(after, before):
    d = torch.tensor(after, dtype=torch.float64) - torch.tensor(before, dtype=torch.float64)
    reach = student.ppf(0.95, len(d) - 1) * d.std().item() / math.sqrt(len(d))
    return d.mean().item() - reach, d.mean().item() + reach


# %% kind="wrong" name="not paired" key="pairs"
def paired(after, before):
    a, b = torch.tensor(after, dtype=torch.float64), torch.tensor(before, dtype=torch.float64)
    reach = student.ppf(0.975, 2 * len(a) - 2) * ((a.var() + b.var()) / len(a)).sqrt().item()
    middle = (a.mean() - b.mean()).item()
    return middle - reach, middle + reach


# %% kind="right" name="scipy's own"
def paired(after, before):
    from scipy.stats import ttest_rel

    if list(after) == list(before):
        return 0.0, 0.0
    found = ttest_rel(after, before).confidence_interval(0.95)
    return float(found.low), float(found.high)


# %% kind="right" name="by hand"
def paired(after, before):
    d = [a - b for a, b in zip(after, before)]
    n, mean = len(d), sum(d) / len(d)
    s = math.sqrt(sum((x - mean) ** 2 for x in d) / (n - 1))
    low, high = student.interval(0.95, n - 1)
    return mean + float(low) * s / math.sqrt(n), mean + float(high) * s / math.sqrt(n)


# %% [markdown] kind="explanation"
"""
A seed with an easy draw of training images is easy for both arms. The difference does not know it, which is why pairs need far
fewer seeds. Student's interval knows that five differences tell their own spread badly: 2.78 stands where 1.96 would be.
"""

# %% [markdown] kind="task" task="18.4" title="The free baseline" points=2 hidden_points=1 minutes=12 difficulty="medium"
"""
Before a generator fills up a rare class, weights in the loss can do so for nothing. Write `class_weights(labels, classes)`: a float
tensor (classes,) with which every class has the same total weight, and the average weight of an item is 1. A class that never
occurs gets 0, and does not count as a class. `labels` is int64 (N,).
"""

# %% [markdown] kind="hint"
"""
A class twice as rare needs twice the weight.
"""

# %% [markdown] kind="hint"
"""
The weights of all items add up to N, and each of the classes that occur has an equal part of that.
"""

# %% [markdown] kind="hint"
"""
All items, over the number of classes that occur times the count of this class; `torch.bincount` counts, `torch.where` spares
the classes that never occur.
"""


# %% kind="solution"
def class_weights(labels, classes):
    ### BEGIN SOLUTION
    count = torch.bincount(labels, minlength=classes)
    weights = torch.zeros(classes)
    weights[count > 0] = len(labels) / count[count > 0]
    return weights / (count > 0).sum()
    ### END SOLUTION


# %% kind="check"
def observe(class_weights):
    weights = class_weights(torch.tensor([0] * 90 + [1] * 9 + [3] * 1), 4)
    return {"weights": weights.tolist(), "float": weights.is_floating_point()}


def judge(seen):
    due = [100 / 270, 100 / 27, 0.0, 100 / 3]
    w = seen["weights"]
    if len(w) != 4:
        reject("length", "there is one weight for each class, for those that never occur as well.")
    if near(w, [100 / 360, 100 / 36, 0.0, 25.0]):
        reject("absent", "a class that never occurs was counted: the weights of the items do not average 1.")
    if near(w, [0.9, 0.09, 0.0, 0.01]):
        reject("inverse", "the rare class got the smallest weight.")
    if near(w, [1 / 90, 1 / 9, 0.0, 1.0]):
        reject(
            "scale",
            "the classes are even, but the average weight of an item is not 1: the learning rate changed with it.",
        )
    if not all(math.isfinite(value) for value in w):
        reject("finite", "a class that never occurs got no finite weight.")
    if near(w, [math.sqrt(value) for value in due]):
        reject("root", "with roots the rare class still weighs less than the others.")
    if not near(w, due) or not seen["float"]:
        reject("value", "for 90, 9, 0 and 1 items the weights are not right.")


# %% kind="hidden"
def observe(class_weights):
    even = class_weights(torch.arange(6) % 3, 3).tolist()
    return [
        *even,
        *class_weights(torch.tensor([2, 2, 0]), 3).tolist(),
        *class_weights(torch.tensor([0, 1]), 4).tolist(),
    ]


def judge(seen):
    if not near(seen, [1.0, 1.0, 1.0, 1.5, 0.0, 0.75, 1.0, 1.0, 0.0, 0.0]):
        reject("value", "for even classes, or for three items of two classes, the weights are not right.")


# %% kind="wrong" name="absent classes counted" key="absent"
def class_weights(labels, classes):
    count = torch.bincount(labels, minlength=classes)
    return torch.where(count > 0, len(labels) / (classes * count.clamp(min=1)), 0.0)


# %% kind="wrong" name="shares" key="inverse"
def class_weights(labels, classes):
    return torch.bincount(labels, minlength=classes) / len(labels)


# %% kind="wrong" name="not normalised" key="scale"
def class_weights(labels, classes):
    count = torch.bincount(labels, minlength=classes)
    return torch.where(count > 0, 1 / count.clamp(min=1), 0.0)


# %% kind="wrong" name="infinite" key="finite"
def class_weights(labels, classes):
    count = torch.bincount(labels, minlength=classes)
    return len(labels) / ((count > 0).sum() * count)


# %% kind="wrong" name="roots" key="root"
def class_weights(labels, classes):
    count = torch.bincount(labels, minlength=classes)
    return torch.where(count > 0, (len(labels) / ((count > 0).sum() * count.clamp(min=1))).sqrt(), 0.0)


# %% kind="wrong" name="present classes only" key="length"
def class_weights(labels, classes):
    count = torch.bincount(labels)
    count = count[count > 0]
    return len(labels) / (len(count) * count)


# %% kind="right" name="class by class"
def class_weights(labels, classes):
    counts = [int((labels == c).sum()) for c in range(classes)]
    present = sum(count > 0 for count in counts)
    return torch.tensor([len(labels) / (present * count) if count else 0.0 for count in counts])


# %% kind="right" name="by shares"
def class_weights(labels, classes):
    share = torch.bincount(labels, minlength=classes) / len(labels)
    weights = torch.zeros(classes)
    weights[share > 0] = 1 / share[share > 0]
    return weights / (share > 0).sum()


# %% [markdown] kind="explanation"
"""
scikit-learn calls these weights "balanced". They know nothing that the data do not say, and neither does a generator
fitted to the same few items: in the recorded cells the two are compared.
"""

# %% [markdown] kind="task" task="18.5" title="A sampler that must help" points=3 hidden_points=2 minutes=18 difficulty="hard"
"""
The camera of next year is mounted a pixel too far to the left or to the right. Your training images do not show that; you know it.
Write `known_shift(x, rng)`: a new batch in which each image (N, C, H, W, floats in [-1, 1]) is shifted sideways by one pixel, to the
left or to the right by a fair coin of its own from `rng` (a torch.Generator). Black, -1, comes in. `x` stays as it is.
"""

# %% [markdown] kind="hint"
"""
What comes in on one side is not what went out on the other.
"""

# %% [markdown] kind="hint"
"""
Make both shifted batches, and choose between them image by image.
"""

# %% [markdown] kind="hint"
"""
Pad both sides by one black column: the first W columns and the last W columns of the result are the two shifts, and
`torch.where` with the coins as (N, 1, 1, 1) chooses.
"""


# %% kind="solution"
def known_shift(x, rng):
    ### BEGIN SOLUTION
    padded = torch.nn.functional.pad(x, (1, 1), value=-1.0)
    coin = torch.rand(len(x), generator=rng) < 0.5
    return torch.where(coin[:, None, None, None], padded[..., 2:], padded[..., :-2])
    ### END SOLUTION


# %% kind="check"
def observe(known_shift):
    image = torch.full((1, 3, 4), 0.5)
    image[0, :, 1] = 1.0
    image[0, 0, 0] = 0.25
    x = image.repeat(400, 1, 1, 1)
    before = x.clone()
    made = known_shift(x, torch.Generator().manual_seed(0))
    kinds = {}
    for one in made:
        key = tuple(one.flatten().tolist())
        kinds[key] = kinds.get(key, 0) + 1
    again = known_shift(before.clone(), torch.Generator().manual_seed(0))
    return {
        "shape": tuple(made.shape),
        "kinds": [(list(key), n) for key, n in kinds.items()],
        "kept": torch.equal(x, before),
        "same": torch.equal(made, again),
    }


def judge(seen):
    image = torch.full((3, 4), 0.5)
    image[:, 1] = 1.0
    image[0, 0] = 0.25
    edge = torch.full((3, 1), -1.0)
    right, left = torch.cat([edge, image[:, :-1]], 1), torch.cat([image[:, 1:], edge], 1)
    due = {tuple(one.flatten().tolist()) for one in (left, right)}
    kinds = {tuple(key): n for key, n in seen["kinds"]}
    if seen["shape"] != (400, 1, 3, 4):
        reject("shape", "the new batch has another shape.")
    if not seen["kept"]:
        reject("in place", "the images that were handed in have changed.")
    rolled = {tuple(image.roll(k, 1).flatten().tolist()) for k in (1, -1)}
    if set(kinds) & rolled:
        reject("wrap", "what goes out on one side comes in on the other: a camera does not do that.")
    grey = {tuple(torch.where(one == -1, 0.0, one).flatten().tolist()) for one in (left, right)}
    if set(kinds) & grey:
        reject("grey", "nought is grey; black is -1.")
    if len(kinds) == 1 and set(kinds) <= due:
        reject("one coin", "all images went to the same side: each has a coin of its own.")
    if tuple(image.flatten().tolist()) in kinds:
        reject("still", "some images were not shifted at all.")
    down = {
        tuple(one.flatten().tolist())
        for one in (
            torch.cat([edge.new_full((1, 4), -1.0), image[:-1]]),
            torch.cat([image[1:], edge.new_full((1, 4), -1.0)]),
        )
    }
    if set(kinds) & down:
        reject("axis", "the images went up or down; the camera is off sideways.")
    if set(kinds) != due:
        reject("value", "the shifted images are not right.")
    if not seen["same"]:
        reject("generator", "the same generator gave another batch: draw the coins from it.")
    if min(kinds.values()) < 150:
        reject("fair", "the two sides are not equally likely.")


# %% kind="hidden"
def observe(known_shift):
    x = torch.linspace(-1, 1, 2 * 3 * 2 * 5).view(2, 3, 2, 5)
    made = known_shift(x, torch.Generator().manual_seed(3))
    edge = torch.full((2, 3, 2, 1), -1.0)
    right, left = torch.cat([edge, x[..., :-1]], 3), torch.cat([x[..., 1:], edge], 3)
    return [bool(torch.equal(m, a) or torch.equal(m, b)) for m, a, b in zip(made, right, left)]


def judge(seen):
    if seen != [True, True]:
        reject("value", "for colour images the result is not one of the two shifts.")


# %% kind="wrong" name="rolled" key="wrap"
def known_shift(x, rng):
    coin = torch.rand(len(x), generator=rng) < 0.5
    return torch.where(coin[:, None, None, None], x.roll(-1, 3), x.roll(1, 3))


# %% kind="wrong" name="grey comes in" key="grey"
def known_shift(x, rng):
    padded = torch.nn.functional.pad(x, (1, 1))
    coin = torch.rand(len(x), generator=rng) < 0.5
    return torch.where(coin[:, None, None, None], padded[..., 2:], padded[..., :-2])


# %% kind="wrong" name="one coin for all" key="one coin"
def known_shift(x, rng):
    padded = torch.nn.functional.pad(x, (1, 1), value=-1.0)
    return padded[..., 2:] if torch.rand(1, generator=rng) < 0.5 else padded[..., :-2]


# %% kind="wrong" name="left, right, or not at all" key="still"
def known_shift(x, rng):
    padded = torch.nn.functional.pad(x, (1, 1), value=-1.0)
    by = torch.randint(3, (len(x),), generator=rng)
    return torch.stack([p[..., k : k + x.shape[3]] for p, k in zip(padded, by.tolist())])


# %% kind="wrong" name="up and down" key="axis"
def known_shift(x, rng):
    padded = torch.nn.functional.pad(x, (0, 0, 1, 1), value=-1.0)
    coin = torch.rand(len(x), generator=rng) < 0.5
    return torch.where(coin[:, None, None, None], padded[..., 2:, :], padded[..., :-2, :])


# %% kind="wrong" name="written into the input" key="in place"
def known_shift(x, rng):
    coin = torch.rand(len(x), generator=rng) < 0.5
    for image, left in zip(x, coin.tolist()):
        moved = torch.full_like(image, -1.0)
        if left:
            moved[..., :-1] = image[..., 1:]
        else:
            moved[..., 1:] = image[..., :-1]
        image.copy_(moved)
    return x


# %% kind="wrong" name="another generator" key="generator"
def known_shift(x, rng):
    padded = torch.nn.functional.pad(x, (1, 1), value=-1.0)
    coin = torch.rand(len(x)) < 0.5
    return torch.where(coin[:, None, None, None], padded[..., 2:], padded[..., :-2])


# %% kind="wrong" name="a loaded coin" key="fair"
def known_shift(x, rng):
    padded = torch.nn.functional.pad(x, (1, 1), value=-1.0)
    coin = torch.rand(len(x), generator=rng) < 0.1
    return torch.where(coin[:, None, None, None], padded[..., 2:], padded[..., :-2])


# %% kind="right" name="image by image"
def known_shift(x, rng):
    made = torch.full_like(x, -1.0)
    for i, left in enumerate((torch.rand(len(x), generator=rng) < 0.5).tolist()):
        if left:
            made[i, ..., :-1] = x[i, ..., 1:]
        else:
            made[i, ..., 1:] = x[i, ..., :-1]
    return made


# %% kind="right" name="rolled, then blackened"
def known_shift(x, rng):
    left, right = x.roll(-1, 3), x.roll(1, 3)
    left[..., -1], right[..., 0] = -1.0, -1.0
    coin = torch.randint(2, (len(x),), generator=rng).bool()
    return torch.where(coin[:, None, None, None], left, right)


# %% [markdown] kind="equivalent"
"""
- `coin = torch.rand(len(x), generator=rng) < 0.5` -> `coin = torch.rand(len(x), generator=rng) <= 0.5`: a draw of exactly one half never matters.
- `coin = torch.rand(len(x), generator=rng) < 0.5` -> `coin = torch.rand(len(x), generator=rng) >= 0.5`: heads and tails change their names.
"""

# %% [markdown] kind="explanation"
"""
This sampler knows one fact more than the data: what the world will do to them. That is where its gain comes from; in the recorded cell
it is large. A GAN fitted to the same images knows nothing of next year's camera, and a Gaussian fitted to class means tells a
classifier by class means only what it had already computed: there, no ratio can help.
"""

# %% [markdown] kind="task" task="18.6" title="Three leaks and a wish" points=6 minutes=18 difficulty="hard"
"""
"We normalised all 400 images together, trained a conditional GAN on them, and drew 4 000 synthetic ones. From these 4 400 we put a random
tenth aside for testing. We tried the ratios 1 to 10 and report the best: 97.1 % accuracy, against 93.8 % for a network trained on
the real images as they are. So synthetic data help." Answer in at most twelve sentences: name three ways in which the test part leaked,
what the comparison lacks besides, and write down, in five lines, the study you would register instead, with what would change your mind.
"""

# %% [markdown] kind="hint"
"""
Follow one test image: which numbers, networks and choices has it touched before it was tested on?
"""

# %% [markdown] kind="hint"
"""
What is free, and was not tried? How many times was the whole thing done?
"""

# %% [markdown] kind="hint"
"""
A plan names data and split, arms and baselines, the score, the seeds and the test, and the result that would refute you.
"""

# %% [markdown] kind="answer"
"""
The generator saw every image, the later test images among them, so its samples carry them into training; the test part holds synthetic
images, relatives of training images, and measures in part how well the network knows the generator; and the ratio was chosen on the test
images, so that the best of ten lucky numbers is reported. The normalisation over all images is a fourth, smaller one. There is one
run, so nobody knows whether 3.3 points are more than the luck of a seed; there is no classical augmentation, which costs nothing,
and no weights; and nothing says that both networks had the same number of steps. Plan: (1) split first, 240 to train on, 60 to choose
on, 100 real images to test on once, no twins across. (2) Arms: as they are, moved, moved and weighted, and each of them with synthetic
images at ratios 1, 2, 5 and 10 from a generator of the train part; the same network and steps. (3) Macro recall on the 100 real images; ratio
chosen on the 60. (4) Five seeds or more, paired, a 95 % interval that counts the test images too. (5) I expect no gain over moved images; an
interval above one point would change my mind.
"""

# %% [markdown] kind="rubric"
"""
- 1 point: the generator was trained on the test images.
- 1 point: the test part holds synthetic images.
- 1 point: the ratio was chosen on the test part (or: normalised over all images, as one of the three).
- 1 point: classical augmentation or another honest baseline is missing.
- 1 point: one run, no interval; or no equal budget.
- 1 point: a plan with split, arms, score, seeds and what would change one's mind.

Weak answers say "more seeds" only. Ask: would a thousand seeds repair the split?
"""

# %% [markdown] kind="task" task="18.7" title="One cell, made again" points=3 hidden_points=2 minutes=20 difficulty="hard"
"""
A record is worth what somebody else can make of it. Make one cell of the study again, *digits centroids k=5*, for a ratio: write
`cell(x, y, test_x, test_y, ratio, rng)`, which returns the macro recall `(before, after)`, two floats in 0..1.

- *before*: an image is given the class whose mean of training images is nearest (Euclidean distance, ten classes).
- *after*: the same with samples in the mix, `round(ratio * len(x))` of them, the classes 0, 1, ..., 9, 0, 1, ... in turn. A sample
  is its class mean plus `spread` times a standard normal number in each pixel, drawn with `rng.normal`; `spread` is one number, the root
  mean square of all deviations of the training images' pixels from the mean of their own class.

`x` (n, pixels) and `test_x` are arrays of floats, `y` and `test_y` of integers. The check runs your cell on the study's own five
splits and lays it beside the record.
"""

# %% kind="given"
import numpy as np

from ganlab import synthesis
from ganlab.experiments import registered

RECORD = registered.kept()["digits centroids k=5"]
material = synthesis.prepare("digits")


def parts(seed):
    index = synthesis.divide(material.pool, 5, seed).train
    x, test_x = (images.floats().flatten(1).double().numpy() for images in (material.pool, material.test))
    return x[index], material.pool.labels[index].numpy(), test_x, material.test.labels.numpy()


# For the check: a case whose answer is known.
def line(spread, still, offset=0.0):
    """Ten classes on a line at 0..9, two images of each; test images all about them, three times as many of class 0."""
    c = np.repeat(np.arange(10), 2)
    x = np.zeros((20, 1 + still)) + offset
    x[:, 0] = c + spread * np.tile([-1.0, 1.0], 10)
    u = np.linspace(-0.45, 0.45, 91) + 0.0007
    test_y = np.concatenate([np.zeros(182, int), np.repeat(np.arange(10), 91)])
    test_x = np.zeros((len(test_y), 1 + still)) + offset
    test_x[:, 0] = test_y + np.tile(u, 12)
    return x, c, test_x, test_y


class Ones:
    """Every normal number is one, and they are counted: each sample lies `spread` above its mean."""

    count = 0

    def normal(self, loc=0.0, scale=1.0, size=None):
        return loc + scale * self.standard_normal(np.shape(loc) if size is None else size)

    def standard_normal(self, size=()):
        self.count += int(np.prod(size))
        return np.ones(size)


def shifted(shift, weights=False):
    """The recall on the line where every mean is moved by ``shift``."""
    kept = float((np.linspace(-0.45, 0.45, 91) + 0.0007 - shift > -0.5).mean())
    return (3 + 9 * kept) / 12 if weights else (1 + 9 * kept) / 10


# %% [markdown] kind="hint"
"""
The classifier is used twice, on two training sets. Write it once, as a function of a training set.
"""

# %% [markdown] kind="hint"
"""
`means[y]` lays each image's own class mean beside it. What are the deviations, and their root mean square?
"""

# %% [markdown] kind="hint"
"""
The mean of class c is `x[y == c].mean(axis=0)`. Its recall is the share of `guess[test_y == c]` that equals c. *After* is trained on the
real images and, below them (`np.vstack`), the samples, with both lists of labels one after the other.
"""


# %% kind="solution"
def cell(x, y, test_x, test_y, ratio, rng):
    ### BEGIN SOLUTION
    def fitted(x, y):
        return np.stack([x[y == c].mean(axis=0) for c in range(10)])

    def recall(means):
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = fitted(x, y)
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(means), recall(fitted(np.vstack([x, drawn]), np.concatenate([y, labels])))
    ### END SOLUTION


# %% kind="check"
def observe(cell):
    ones = Ones()
    seen = {"before": [], "after": [], "line": list(cell(*line(0.4, 1), 4, ones)), "draws": ones.count}
    for seed in range(5):
        before, after = cell(*parts(seed), 10.0, np.random.default_rng(seed))
        seen["before"].append(before)
        seen["after"].append(after)
    return seen


def judge(seen):
    recorded = RECORD["centroids"]["macro_recall"]
    spread = 0.4 / math.sqrt(2)
    before, after = seen["line"]
    if np.mean(seen["before"]) > np.mean(recorded) + 0.02:
        reject(
            "leak",
            "before training on any sample your classifier is better than the record: what are its means made of?",
        )
    if near(after, shifted(0.8 * spread, weights=True)):
        reject(
            "macro", "this is the share of all test images; macro recall is the mean over classes of each one's share."
        )
    if near(before, 1.0) and near(after, shifted(0.8 * spread) - 1):
        reject("pair", "the second number is a gain; the recall after mixing is asked for.")
    if near(after, shifted(spread)):
        reject("mixed", "the real images are not in the mix any more: after is trained on real and synthetic images.")
    if near(after, shifted(0.5 * spread)):
        reject("ratio", "the number of samples does not follow the ratio.")
    if near(after, shifted(0.8 * 0.4)):
        reject("spread", "each pixel has a spread of its own here; one number for all of them is asked for.")
    if not near([before, after], [1.0, shifted(0.8 * spread)]):
        reject("spread", "on ten classes in a row the recalls are not right: look at the spread of the samples.")
    if seen["draws"] != 160:
        reject("draws", f"80 samples of 2 pixels take 160 random numbers, and {seen['draws']} were drawn.")
    if not near(seen["before"], recorded, 1e-3):
        reject("record", "the recalls before mixing are not those of the record.")
    if abs(np.mean(seen["after"]) - np.mean(RECORD["centroids + gaussian 10"]["macro_recall"])) > 0.015:
        reject("record", "the recalls after mixing are further from the record than other draws would be.")


# %% kind="hidden"
def observe(cell):
    x, y, test_x, test_y = line(0.3, 3, offset=-1.0)
    kept = x.copy()
    first = list(cell(x, y, test_x, test_y, 2.5, Ones()))
    order = np.random.default_rng(0).permutation(len(y))
    again = list(cell(x[order], y[order], test_x, test_y, 2.5, Ones()))
    return {"first": first, "again": again, "kept": bool((x == kept).all())}


def judge(seen):
    expected = [1.0, shifted(2.5 / 3.5 * 0.3 / 2)]
    if not near(seen["first"], expected) or not near(seen["again"], expected) or not seen["kept"]:
        reject("value", "for another ratio, other spreads, or images in another order the recalls are not right.")


# %% kind="wrong" name="accuracy" key="macro"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float((guess == test_y).mean())

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="wrong" name="samples only" key="mixed"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(x, y), recall(drawn, labels)


# %% kind="wrong" name="one number for all" key="draws"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal()
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="wrong" name="one number for a sample" key="draws"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), 1))
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="wrong" name="a spread for each pixel" key="spread"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean(axis=0))
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="wrong" name="the spread of all images" key="spread"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = x.std()
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="wrong" name="a variance for the spread" key="spread"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = ((x - means[y]) ** 2).mean()
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="wrong" name="one sample for each image" key="ratio"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(len(x)) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="wrong" name="a gain for the second" key="pair"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    before = recall(x, y)
    return before, recall(np.vstack([x, drawn]), np.concatenate([y, labels])) - before


# %% kind="wrong" name="means of the test images" key="leak"
def cell(x, y, test_x, test_y, ratio, rng):
    def recall(x, y):
        means = np.stack([test_x[test_y == c].mean(axis=0) for c in range(10)])
        guess = ((test_x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))

    means = np.stack([x[y == c].mean(axis=0) for c in range(10)])
    spread = np.sqrt(((x - means[y]) ** 2).mean())
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + spread * rng.normal(size=(len(labels), x.shape[1]))
    return recall(x, y), recall(np.vstack([x, drawn]), np.concatenate([y, labels]))


# %% kind="right" name="scipy's distances, class by class"
def cell(x, y, test_x, test_y, ratio, rng):
    from scipy.spatial.distance import cdist

    def means_of(x, y):
        return np.array([x[y == c].mean(axis=0) for c in range(10)])

    def macro(means):
        guess = cdist(test_x, means).argmin(axis=1)
        return sum(float((guess[test_y == c] == c).mean()) for c in range(10)) / 10

    means = means_of(x, y)
    spread = float(((x - means[y]) ** 2).mean()) ** 0.5
    labels = np.array([i % 10 for i in range(round(ratio * len(x)))])
    drawn = rng.normal(means[labels], spread, size=(len(labels), x.shape[1]))
    return macro(means), macro(means_of(np.concatenate([x, drawn]), np.concatenate([y, labels])))


# %% kind="right" name="sums in place of means"
def cell(x, y, test_x, test_y, ratio, rng):
    hot = np.eye(10)[y]
    means = (hot.T @ x) / hot.sum(axis=0)[:, None]
    spread = np.linalg.norm(x - means[y]) / x.size**0.5
    labels = np.arange(round(ratio * len(x))) % 10
    drawn = means[labels] + rng.normal(0, spread, (len(labels), x.shape[1]))
    more = np.eye(10)[labels]
    mixed = (hot.T @ x + more.T @ drawn) / (hot.sum(axis=0) + more.sum(axis=0))[:, None]
    found = []
    for m in (means, mixed):
        guess = ((m**2).sum(axis=1) - 2 * test_x @ m.T).argmin(axis=1)
        found.append(float(np.mean([(guess == test_y)[test_y == c].mean() for c in range(10)])))
    return tuple(found)


# %% [markdown] kind="equivalent"
"""
- `((test_x[:, None] - means) ** 2)` -> `((means - test_x[:, None]) ** 2)`: a square has no sign.
- `((test_x[:, None] - means) ** 2).sum(axis=2)` -> `((test_x[:, None] - means) ** 2).mean(axis=2)`: the nearest mean is the same one.
- `return float(np.mean([(guess[test_y == c] == c).mean() for c in range(10)]))` -> `return np.mean([(guess[test_y == c] == c).mean() for c in range(10)])`: the same number in numpy's type.
- `spread = np.sqrt(((x - means[y]) ** 2).mean())` -> `spread = -np.sqrt(((x - means[y]) ** 2).mean())`: normal numbers are symmetric about 0.
- `((x - means[y]) ** 2)` -> `((means[y] - x) ** 2)`: a square has no sign.
- `means[labels] + spread` -> `means[labels] - spread`: normal numbers are symmetric about 0.
"""

# %% [markdown] kind="explanation"
"""
*Before* is the record to the last digit: the splits are drawn under the seed, and nothing else is random. *After* is another draw of the
samples, and as far from *before* as in the record: about nothing, a little less than nothing. The samples tell the classifier its own
means, with noise. To make a cell with a GAN again, clone the commit that its rows name and run
`ganlab experiment run synthetic-help --out DIR --only "digits labels k=20"`.
"""
