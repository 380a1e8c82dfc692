# %% [markdown] kind="opening"
"""
# 12 Monitoring

Four short functions that a monitor is made of: read a gap, raise an alarm, count what is logged, and steer by what was
read. About 70 minutes. The words are those of lesson 12: $s$ is D's score, positive for "real".
"""

# %% kind="variant"
SPAN = [500, 400, 600, 300]
EPOCHS = [100, 40, 60, 200]
RAMP = [500_000, 400_000, 250_000, 800_000]

# %% kind="given"
import math

import torch

# %% [markdown] kind="task" task="12.1" title="The gap, and how sure D is" points=1 hidden_points=1 minutes=10 difficulty="easy"
"""
Write `reading(D, train, held_out)`. It returns two numbers as a tuple: the overfitting gap, which is D's mean score of the
training data less its mean score of the held-out data, and $r$, the mean *sign* of D's scores of the training data. `D`
maps a batch to scores (logits), one an item; the two batches may differ in size.
"""

# %% [markdown] kind="hint"
"""
Score both batches once. Everything else is a mean.
"""

# %% [markdown] kind="hint"
"""
$\\text{gap} = \\frac1n\\sum_i s(x_i) - \\frac1m\\sum_j s(y_j)$ and $r = \\frac1n\\sum_i \\operatorname{sign} s(x_i)$.
"""

# %% [markdown] kind="hint"
"""
Keep the two tensors of scores, and return a tuple: `.mean()` twice and a difference; then `.sign()` before a `.mean()`.
"""


# %% kind="solution"
def reading(D, train, held_out):
    ### BEGIN SOLUTION
    s, t = D(train), D(held_out)
    return (s.mean() - t.mean()).item(), s.sign().mean().item()
    ### END SOLUTION


# %% kind="check"
def observe(reading):
    train = torch.tensor([4.0, 2.0, 1.0, -1.0])
    held_out = torch.tensor([0.5, -1.5])
    return [float(value) for value in reading(lambda x: x, train, held_out)]


def judge(seen):
    if len(seen) != 2:
        reject("two", "two numbers are due: the gap, and r.")
    gap, r = seen
    if near(gap, -2.0):
        reject("swapped", "the gap has the wrong sign: it is positive where D favours the data that it knows.")
    if near(gap, 7.0):
        reject("sum", "the scores were added up; batches of different sizes compare by their means.")
    if near(
        gap,
        sum(1 / (1 + math.exp(-s)) for s in (4, 2, 1, -1)) / 4
        - (1 / (1 + math.exp(-0.5)) + 1 / (1 + math.exp(1.5))) / 2,
    ):
        reject("sigmoid", "this is the gap of probabilities; the gap is taken of the scores, before any sigmoid.")
    if not near(gap, 2.0):
        reject("gap", "the gap of scores with means 1.5 and -0.5 should be 2.")
    if near(r, 0.75):
        reject(
            "accuracy", "this is the share of training items that D takes for real; a sign counts -1 where D says fake."
        )
    if near(r, -0.0) or near(r, 0.0):
        reject("held", "r is read from the training data, not from the held-out data.")
    if not near(r, 0.5):
        reject("r", "three of four signs are plus and one is minus: r should be 0.5.")


# %% kind="hidden"
def observe(reading):
    weight = torch.tensor([1.0, -2.0, 0.5])
    rng = torch.Generator().manual_seed(3)
    train, held_out = torch.randn(31, 3, generator=rng) + 1, torch.randn(17, 3, generator=rng)
    found = [float(value) for value in reading(lambda x: x @ weight - 0.3, train, held_out)]
    return {"found": found, "s": train @ weight - 0.3, "t": held_out @ weight - 0.3}


def judge(seen):
    gap, r = seen["found"]
    if not near(gap, seen["s"].mean() - seen["t"].mean()):
        reject("gap", "for a linear D and batches of 31 and 17 the gap is not the difference of the means.")
    if not near(r, seen["s"].sign().mean()):
        reject("r", "for a linear D, r is not the mean sign of the training scores.")


# %% kind="wrong" name="the other way round" key="swapped"
def reading(D, train, held_out):
    s, t = D(train), D(held_out)
    return (t.mean() - s.mean()).item(), s.sign().mean().item()


# %% kind="wrong" name="sums" key="sum"
def reading(D, train, held_out):
    s, t = D(train), D(held_out)
    return (s.sum() - t.sum()).item(), s.sign().mean().item()


# %% kind="wrong" name="probabilities" key="sigmoid"
def reading(D, train, held_out):
    s, t = D(train), D(held_out)
    return (s.sigmoid().mean() - t.sigmoid().mean()).item(), s.sign().mean().item()


# %% kind="wrong" name="median" key="gap"
def reading(D, train, held_out):
    s, t = D(train), D(held_out)
    return (s.median() - t.mean()).item(), s.sign().mean().item()


# %% kind="wrong" name="share taken for real" key="accuracy"
def reading(D, train, held_out):
    s, t = D(train), D(held_out)
    return (s.mean() - t.mean()).item(), (s > 0).float().mean().item()


# %% kind="wrong" name="sign of held-out scores" key="held"
def reading(D, train, held_out):
    s, t = D(train), D(held_out)
    return (s.mean() - t.mean()).item(), t.sign().mean().item()


# %% kind="wrong" name="sign of the mean" key="r"
def reading(D, train, held_out):
    s, t = D(train), D(held_out)
    return (s.mean() - t.mean()).item(), s.mean().sign().item()


# %% kind="wrong" name="only the gap" key="two"
def reading(D, train, held_out):
    return ((D(train).mean() - D(held_out).mean()).item(),)


# %% kind="right" name="shares of either sign"
def reading(D, train, held_out):
    s = D(train)
    r = (s > 0).double().mean() - (s < 0).double().mean()
    return float(s.mean()) - float(D(held_out).mean()), float(r)


# %% kind="right" name="sums over counts, without a graph"
def reading(D, train, held_out):
    with torch.no_grad():
        s, t = D(train).double(), D(held_out).double()
    return (s.sum() / len(s) - t.sum() / len(t)).item(), (torch.sign(s).sum() / len(s)).item()


# %% [markdown] kind="equivalent"
"""
- `(s.mean() - t.mean()).item()` -> `s.mean() - t.mean()`: a tensor that holds one number serves as a number.
- `s.sign().mean().item()` -> `s.sign().mean()`: the same.
"""

# %% [markdown] kind="explanation"
"""
Both are means of what D says, so a forward pass without gradients is enough. The gap is in units of the score and
compares moments of one run; $r$ lies between $-1$ and 1 in every run, which makes it fit for a controller.
"""

# %% [markdown] kind="task" task="12.2" title="An alarm for four of five" points=3 hidden_points=2 minutes=25 difficulty="medium"
"""
Write `alarm(rows)`. A row is a dictionary with `step`, and perhaps `loss_D`, `loss_G`, `update_G` and `outside`; rows come
in the order of their steps, at any distance. Return the *first* of these words that applies, or `None`:

- `"nan"`: some value in some row is NaN or infinite;
- `"frozen"`: in some row `update_G` is exactly 0;
- `"dead"`: `loss_D` was at least 0 and below 0.01 in every row of a stretch that covers {SPAN} steps or more, from the step
  of its first row to the step of its last;
- `"range"`: `outside` is above 0.05 in the last row.

Five logs await it in the check, and one of them is healthy.
"""

# %% [markdown] kind="hint"
"""
Four questions, one after the other, each with a `return`. Only "dead" needs a memory: where did the stretch begin?
"""

# %% [markdown] kind="hint"
"""
`math.isfinite` knows NaN and infinity; a comparison with NaN is never true. A row may lack a value: `row.get(name)`.
"""

# %% [markdown] kind="hint"
"""
Remember the step at which the present stretch began, and nothing between stretches. A row that is not low forgets it; a
low row either begins a stretch or compares its own step with the remembered one.
"""


# %% kind="solution"
def alarm(rows):
    ### BEGIN SOLUTION
    if any(not math.isfinite(value) for row in rows for value in row.values()):
        return "nan"
    if any(row.get("update_G") == 0 for row in rows):
        return "frozen"
    start = None
    for row in rows:
        if not 0 <= row.get("loss_D", 1.0) < 0.01:
            start = None
        elif start is None:
            start = row["step"]
        elif row["step"] - start >= SPAN:
            return "dead"
    if rows and rows[-1].get("outside", 0.0) > 0.05:
        return "range"
    return None
    ### END SOLUTION


# %% kind="check"
def observe(alarm):
    def log(count=60, every=20, **late):
        """Sixty healthy rows; the values in `late` replace those of the last rows: name -> (how many, value)."""
        rows = [
            {
                "step": every * (i + 1),
                "loss_D": 1.2 + 0.1 * math.sin(i),
                "loss_G": 0.8,
                "update_G": 1e-7,
                "outside": 0.04,
            }
            for i in range(count)
        ]
        for name, (how_many, value) in late.items():
            for row in rows[count - how_many :]:
                row[name] = value
        return rows

    enough = SPAN // 20 + 1
    brief = log(loss_D=(enough + 5, 0.001))
    brief[-8]["loss_D"] = 0.5
    sparse = [{"step": SPAN * i, "loss_D": 0.004} for i in range(3)]
    critic = log(loss_D=(50, -0.4))
    early = log(outside=(60, 0.3))
    early[-1]["outside"] = 0.0
    logs = {
        "healthy": log(), "nan": log(loss_G=(1, math.nan)), "frozen": log(update_G=(1, 0.0)),
        "dead": log(loss_D=(enough, 0.004)), "range": log(outside=(1, 0.25)), "infinite": log(loss_D=(1, math.inf)),
        "almost": log(loss_D=(enough - 1, 0.004)), "brief": brief, "sparse": sparse, "critic": critic, "early": early,
        "both": log(loss_D=(50, 0.001), update_G=(1, 0.0)), "little": [{"step": 1, "loss_G": 0.7}], "none": [],
    }  # fmt: skip
    return {name: attempt(alarm, rows) for name, rows in logs.items()}


def judge(seen):
    for name, found in seen.items():
        if found["raised"] == "KeyError":
            reject("missing", "a row that lacks a value stopped the function: rows need not have every value.")
        if found["raised"]:
            reject("raised", f"the log called {name} stopped the function with {found['raised']}.")
    said = {name: found["value"] for name, found in seen.items()}
    if said["healthy"] == "frozen":
        reject("tiny", "an update of 1e-7 is small, and not zero: a frozen network does not move by a single bit.")
    if said["healthy"] is not None:
        reject("false", "the healthy log set off an alarm.")
    if said["nan"] != "nan":
        reject("nan", "a loss that is NaN in the last row went unnoticed: NaN equals nothing, not even itself.")
    if said["infinite"] != "nan":
        reject("infinite", "an infinite loss went unnoticed.")
    if said["both"] == "dead":
        reject("order", "where G is frozen and D has won, the word that comes first on the list is due.")
    if said["frozen"] != "frozen":
        reject("frozen", "one update of exactly 0 went unnoticed.")
    if said["dead"] != "dead":
        reject("dead", f"a loss of D below 0.01 over {SPAN} steps went unnoticed.")
    if said["almost"] is not None:
        reject("early", f"a stretch shorter than {SPAN} steps set off the alarm.")
    if said["brief"] is not None:
        reject("broken", "a stretch that a loss of 0.5 interrupts counts as two.")
    if said["sparse"] != "dead":
        reject("rows", "three rows can cover a thousand steps: steps count, not rows.")
    if said["critic"] is not None:
        reject("negative", "a critic's loss of -0.4 is no dead D: the loss has to be at least 0.")
    if said["range"] != "range":
        reject("range", "a quarter of the values out of range in the last row went unnoticed.")
    if said["early"] is not None:
        reject("past", "values that were out of range only in earlier rows set off the alarm.")
    if said["little"] is not None or said["none"] is not None:
        reject("little", "a log with one harmless row, or with none, is no reason for an alarm.")


# %% kind="hidden"
def observe(alarm):
    rows = [{"step": 7 * i, "loss_D": 0.0, "update_G": 0.1} for i in range(1 + SPAN // 7)]
    longer = [*rows, {"step": 7 * len(rows), "loss_D": 0.0099}]
    later = [*longer, {"step": 7 * len(longer), "loss_D": 2.0, "outside": 0.05}]
    other = [{"step": 1, "grad_D": -math.inf}, {"step": 2, "update_G": 0}]
    edge = [{"step": SPAN * i, "loss_D": 0.01} for i in range(4)]
    near_span = [{"step": 3, "loss_D": 0.004}, {"step": 2 + SPAN, "loss_D": 0.004}]
    shares = [[{"step": 5, "outside": share}] for share in (0.05, 0.0501)]
    return [alarm(log) for log in (rows, longer, later, other, other[1:], edge, near_span, *shares)]


def judge(seen):
    if seen[:3] != [None, "dead", "dead"]:
        reject(
            "dead", "stretches just below and just above the span, and one that lies in the past, are not told right."
        )
    if seen[3:5] != ["nan", "frozen"]:
        reject("others", "minus infinity in another value, or an integer 0 as update, was missed.")
    if seen[5:] != [None, None, None, "range"]:
        reject(
            "edges",
            "0.01 is not below 0.01, one step less than the span is too few, 0.05 is not above 0.05, and 0.0501 is.",
        )


# %% kind="wrong" name="compared with NaN" key="nan"
def alarm(rows):
    if any(value in (float("nan"), math.inf, -math.inf) for row in rows for value in row.values()):
        return "nan"
    return None


# %% kind="wrong" name="only NaN" key="infinite"
def alarm(rows):
    if any(math.isnan(value) for row in rows for value in row.values()):
        return "nan"
    return None


# %% kind="wrong" name="nearly zero" key="tiny"
def alarm(rows):
    if any(row.get("update_G", 1) < 1e-6 for row in rows):
        return "frozen"
    return None


# %% kind="wrong" name="every value taken for granted" key="missing"
def alarm(rows):
    if any(row["update_G"] == 0 for row in rows):
        return "frozen"
    return None


# %% kind="wrong" name="a low loss anywhere" key="early"
def alarm(rows):
    if any(not math.isfinite(value) for row in rows for value in row.values()):
        return "nan"
    if any(row.get("update_G") == 0 for row in rows):
        return "frozen"
    if any(0 <= row.get("loss_D", 1.0) < 0.01 for row in rows):
        return "dead"
    return None


# %% kind="wrong" name="rows counted" key="rows"
def alarm(rows):
    if any(not math.isfinite(value) for row in rows for value in row.values()):
        return "nan"
    if any(row.get("update_G") == 0 for row in rows):
        return "frozen"
    low = 0
    for row in rows:
        low = low + 1 if 0 <= row.get("loss_D", 1.0) < 0.01 else 0
        if low > SPAN // 20:
            return "dead"
    return None


# %% kind="wrong" name="interruptions forgotten" key="broken"
def alarm(rows):
    if any(not math.isfinite(value) for row in rows for value in row.values()):
        return "nan"
    if any(row.get("update_G") == 0 for row in rows):
        return "frozen"
    low = [row["step"] for row in rows if 0 <= row.get("loss_D", 1.0) < 0.01]
    if low and low[-1] - low[0] >= SPAN:
        return "dead"
    return None


# %% kind="wrong" name="negative losses" key="negative"
def alarm(rows):
    if any(not math.isfinite(value) for row in rows for value in row.values()):
        return "nan"
    if any(row.get("update_G") == 0 for row in rows):
        return "frozen"
    start = None
    for row in rows:
        if row.get("loss_D", 1.0) >= 0.01:
            start = None
        elif start is None:
            start = row["step"]
        elif row["step"] - start >= SPAN:
            return "dead"
    return None


# %% kind="wrong" name="dead before frozen" key="order"
def alarm(rows):
    if any(not math.isfinite(value) for row in rows for value in row.values()):
        return "nan"
    start = None
    for row in rows:
        if not 0 <= row.get("loss_D", 1.0) < 0.01:
            start = None
        elif start is None:
            start = row["step"]
        elif row["step"] - start >= SPAN:
            return "dead"
    if any(row.get("update_G") == 0 for row in rows):
        return "frozen"
    return None


# %% kind="wrong" name="out of range at any time" key="past"
def alarm(rows):
    if any(not math.isfinite(value) for row in rows for value in row.values()):
        return "nan"
    if any(row.get("update_G") == 0 for row in rows):
        return "frozen"
    start = None
    for row in rows:
        if not 0 <= row.get("loss_D", 1.0) < 0.01:
            start = None
        elif start is None:
            start = row["step"]
        elif row["step"] - start >= SPAN:
            return "dead"
    if any(row.get("outside", 0.0) > 0.05 for row in rows):
        return "range"
    return None


# %% kind="right" name="one pass with a note of each kind"
def alarm(rows):
    words, start, outside = set(), None, 0.0
    for row in rows:
        if any(value != value or abs(value) == math.inf for value in row.values()):
            words.add("nan")
        if "update_G" in row and not row["update_G"]:
            words.add("frozen")
        low = "loss_D" in row and 0 <= row["loss_D"] < 0.01
        start = (row["step"] if start is None else start) if low else None
        if start is not None and row["step"] - start >= SPAN:
            words.add("dead")
        outside = row.get("outside", 0.0)
    if outside > 0.05:
        words.add("range")
    return next((word for word in ("nan", "frozen", "dead", "range") if word in words), None)


# %% kind="right" name="stretches as lists"
def alarm(rows):
    if not all(map(math.isfinite, [value for row in rows for value in row.values()])):
        return "nan"
    if 0 in [row["update_G"] for row in rows if "update_G" in row]:
        return "frozen"
    stretches = [[]]
    for row in rows:
        if 0 <= row.get("loss_D", math.inf) < 0.01:
            stretches[-1].append(row["step"])
        else:
            stretches.append([])
    if any(steps and steps[-1] - steps[0] >= SPAN for steps in stretches):
        return "dead"
    return "range" if len(rows) and rows[-1].get("outside", 0) > 0.05 else None


# %% [markdown] kind="equivalent"
"""
- `row.get("loss_D", 1.0)` -> `row.get("loss_D", 2.0)`: any value of 0.01 or more stands for a row without a loss.
- `row.get("loss_D", 1.0)` -> `row.get("loss_D", 0.5)`: the same.
- `math.isfinite(value)` -> `math.isfinite(-value)`: a sign makes nothing finite.
"""

# %% [markdown] kind="explanation"
"""
The order is that of causes: a NaN explains everything after it, and a G that stands still lets D win. The package's
alarms (`ganlab.training.alarms`) say beside the word since when, what was seen, and what to do.
"""

# %% [markdown] kind="task" task="12.3" title="Ninety-three thousand lines" points=1 hidden_points=1 minutes=10 difficulty="medium"
"""
Write `rows_logged(images, batch, epochs, every)`: how many rows a run writes that logs its very first step and every step
whose number is a multiple of `every`. Steps are counted from 1 through all epochs, and the last batch of an epoch may
be smaller. For `every=1` this is one row a step, which is how the listing of one source text comes to print 93 800 lines
in 100 epochs of 60 000 images in batches of 64.
"""

# %% [markdown] kind="hint"
"""
First the number of steps, then the multiples among them, then the first step, unless it was counted.
"""

# %% [markdown] kind="hint"
"""
$\\lceil n/b \\rceil$ batches an epoch; $\\lfloor S/k \\rfloor$ multiples of $k$ among the numbers from 1 to $S$.
"""

# %% [markdown] kind="hint"
"""
`steps = math.ceil(...) * epochs`; then `steps // every`, plus 1 if `every` is more than 1.
"""


# %% kind="solution"
def rows_logged(images, batch, epochs, every):
    ### BEGIN SOLUTION
    steps = math.ceil(images / batch) * epochs
    return steps // every + (every > 1)
    ### END SOLUTION


# %% kind="check"
def observe(rows_logged):
    return [float(rows_logged(60_000, 64, EPOCHS, every)) for every in (1, 50)] + [float(rows_logged(128, 64, 3, 2))]


def judge(seen):
    steps = 938 * EPOCHS
    if near(seen[0], 937 * EPOCHS):
        reject("floor", "the last, smaller batch of every epoch was left out.")
    if near(seen[0], 937.5 * EPOCHS):
        reject("half", "half a batch was counted as half a step: the last batch of an epoch is a step of its own.")
    if near(seen[0], math.ceil(60_000 * EPOCHS / 64)):
        reject("half", "the epochs were joined to one long list: each of them ends with a smaller batch.")
    if near(seen[0], steps + 1):
        reject("twice", "with every=1 the first step is logged once, not twice.")
    if near(seen[1], steps // 50):
        reject("first", "the very first step is logged too, though 1 is no multiple of 50.")
    if near(seen[1], EPOCHS * (938 // 50) + 1) or near(seen[1], EPOCHS * (938 // 50 + 1)):
        reject("epoch", "the steps were counted anew in each epoch; their numbers run through all epochs.")
    if seen[:2] != [steps, steps // 50 + 1] or seen[2] != 4:
        reject(
            "value",
            f"60 000 images, batches of 64, {EPOCHS} epochs: {steps} rows are due for every=1, and {steps // 50 + 1} for 50.",
        )


# %% kind="hidden"
def observe(rows_logged):
    return [
        float(rows_logged(*numbers))
        for numbers in ((10, 3, 2, 8), (10, 3, 2, 9), (1, 64, 1, 1), (7, 7, 5, 2), (100, 8, 7, 13))
    ]


def judge(seen):
    if seen != [2, 1, 1, 3, 8]:
        reject("value", "for small numbers, counted by hand, the rows are 2, 1, 1, 3 and 8.")


# %% kind="wrong" name="whole batches only" key="floor"
def rows_logged(images, batch, epochs, every):
    return images // batch * epochs // every + (every > 1)


# %% kind="wrong" name="half a batch" key="half"
def rows_logged(images, batch, epochs, every):
    return math.ceil(images * epochs / batch) // every + (every > 1)


# %% kind="wrong" name="first step twice" key="twice"
def rows_logged(images, batch, epochs, every):
    return math.ceil(images / batch) * epochs // every + 1


# %% kind="wrong" name="multiples only" key="first"
def rows_logged(images, batch, epochs, every):
    return math.ceil(images / batch) * epochs // every


# %% kind="wrong" name="anew in each epoch" key="epoch"
def rows_logged(images, batch, epochs, every):
    return epochs * (math.ceil(images / batch) // every) + (every > 1)


# %% kind="wrong" name="rounded up" key="value"
def rows_logged(images, batch, epochs, every):
    return math.ceil(math.ceil(images / batch) * epochs / every) + (every > 1)


# %% kind="right" name="counted"
def rows_logged(images, batch, epochs, every):
    steps = (images + batch - 1) // batch * epochs
    return len({1, *range(every, steps + 1, every)})


# %% kind="right" name="asked of every step"
def rows_logged(images, batch, epochs, every):
    steps = -(-images // batch) * epochs
    return sum(step == 1 or step % every == 0 for step in range(1, steps + 1))


# %% [markdown] kind="explanation"
"""
938 batches an epoch, a hundred epochs: 93 800 lines, which nobody reads. Every fiftieth step makes 1 877, which fit in a
plot. On a GPU each row also waits until the step is done.
"""

# %% [markdown] kind="task" task="12.4" title="Hold r at its target" points=3 hidden_points=2 minutes=25 difficulty="hard"
"""
Adaptive augmentation changes the probability $p$ of an augmentation by a fixed amount after each reading: up while $r$ is
above the target, down while it is below, and not at all where both are equal. Write `adjust(p, r, images, target=0.6)`: the
new $p$. The amount is such that $p$ could rise from 0 to 1 over {RAMP:,} images, of which `images` have been seen since the
last reading. A probability stays between 0 and 1.

The check lets it play against a D whose $r$ falls as $p$ rises, and looks where the two come to rest.
"""

# %% [markdown] kind="hint"
"""
The size of a move is known before $r$ is read. Only its direction depends on $r$.
"""

# %% [markdown] kind="hint"
"""
$p' = \\min\\bigl(1, \\max\\bigl(0,\\; p + \\operatorname{sign}(r - r^\\ast)\\, n/N\\bigr)\\bigr)$ for $n$ images of $N$.
"""

# %% [markdown] kind="hint"
"""
Divide the images by the number above; let two comparisons of `r` with `target` choose the sign, or nothing; then `min`
and `max` keep the sum between the ends.
"""


# %% kind="solution"
def adjust(p, r, images, target=0.6):
    ### BEGIN SOLUTION
    move = images / RAMP
    if r < target:
        move = -move
    if r == target:
        move = 0.0
    return min(max(p + move, 0.0), 1.0)
    ### END SOLUTION


# %% kind="check"
def observe(adjust):
    def settled(start, images=RAMP // 200, target=None):
        """Play 400 rounds against a D with r = 0.95 - 0.7 p; the last 50 values of p."""
        p, path = start, []
        for _ in range(400):
            p = float(
                adjust(p, 0.95 - 0.7 * p, images) if target is None else adjust(p, 0.95 - 0.7 * p, images, target)
            )
            path.append(p)
        return path[-50:]

    n = RAMP // 100
    return {
        "up": float(adjust(0.5, 0.9, n)), "up far": float(adjust(0.5, 0.65, n)), "down": float(adjust(0.5, 0.2, n)),
        "still": float(adjust(0.5, 0.6, n)), "double": float(adjust(0.5, 0.9, 2 * n)), "top": float(adjust(0.995, 0.9, n)),
        "bottom": float(adjust(0.005, 0.1, n)), "target": float(adjust(0.5, 0.4, n, target=0.3)),
        "from 0": settled(0.0), "from 1": settled(1.0),
    }  # fmt: skip


def judge(seen):
    if near(seen["up"], 0.49) and near(seen["down"], 0.51):
        reject("sign", "p goes the wrong way: a D that is too sure of its images should see more augmentation.")
    if not near(seen["double"] - 0.5, 2 * (seen["up"] - 0.5)):
        reject("images", "twice as many images since the last reading should move p twice as far.")
    if not near(seen["up"], seen["up far"]):
        reject(
            "proportional",
            "the move depends on how far r is from its target; its size is fixed, only its direction is read.",
        )
    if not (near(seen["up"], 0.51) and near(seen["down"], 0.49)):
        reject("size", f"a hundredth of {RAMP} images should move p by a hundredth, up or down.")
    if not near(seen["still"], 0.5):
        reject("still", "where r equals its target, p should stay.")
    if seen["top"] > 1:
        reject("above", "p rose above 1, and a probability cannot.")
    if seen["bottom"] < 0:
        reject("below", "p fell below 0, and a probability cannot.")
    if not (near(seen["top"], 1.0) and near(seen["bottom"], 0.0)):
        reject("ends", "a move that would pass an end should stop at the end.")
    if not near(seen["target"], 0.51):
        reject("target", "with a target of 0.3 an r of 0.4 is too high; is the argument used?")
    for start in ("from 0", "from 1"):
        if max(abs(p - 0.5) for p in seen[start]) > 0.0051:
            reject("steady", f"started {start}, p does not come to rest about 0.5, where r is 0.6, within one move.")


# %% kind="hidden"
def observe(adjust):
    def settled(start, images=RAMP // 200, target=None):
        """Play 400 rounds against a D with r = 0.95 - 0.7 p; the last 50 values of p."""
        p, path = start, []
        for _ in range(400):
            p = float(
                adjust(p, 0.95 - 0.7 * p, images) if target is None else adjust(p, 0.95 - 0.7 * p, images, target)
            )
            path.append(p)
        return path[-50:]

    return {
        "rest": settled(0.2, RAMP // 400, 0.81),
        "never": settled(0.0, RAMP // 50, 0.1),
        "always": settled(1.0, RAMP // 50, 0.99),
        "none": float(adjust(0.3, 0.9, 0)),
        "whole": float(adjust(0.0, 0.9, RAMP - 1)),
        "near": float(adjust(0.3, 0.6000001, RAMP // 10)),
    }


def judge(seen):
    if max(abs(p - 0.2) for p in seen["rest"]) > 0.0026:
        reject("steady", "with another target p does not come to rest where r meets it.")
    if not (near(seen["never"], [1.0] * 50) and near(seen["always"], [0.0] * 50)):
        reject("ends", "where the target cannot be reached p should stay at its end.")
    if abs(seen["whole"] - (RAMP - 1) / RAMP) > 1e-7:
        reject("ramp", f"one image short of {RAMP}, p should be one part in {RAMP} short of 1.")
    if not near(seen["none"], 0.3) or not near(seen["near"], 0.4):
        reject("value", "no images, no move; and the least excess of r is an excess.")


# %% kind="wrong" name="wrong way" key="sign"
def adjust(p, r, images, target=0.6):
    move = images / RAMP * (1 if r < target else -1 if r > target else 0)
    return min(max(p + move, 0.0), 1.0)


# %% kind="wrong" name="by the distance" key="proportional"
def adjust(p, r, images, target=0.6):
    return min(max(p + (r - target) * images / RAMP, 0.0), 1.0)


# %% kind="wrong" name="images ignored" key="images"
def adjust(p, r, images, target=0.6):
    move = 0.01 if r > target else -0.01 if r < target else 0.0
    return min(max(p + move, 0.0), 1.0)


# %% kind="wrong" name="in thousands" key="size"
def adjust(p, r, images, target=0.6):
    move = images / (RAMP * 1000) * (1 if r > target else -1 if r < target else 0)
    return min(max(p + move, 0.0), 1.0)


# %% kind="wrong" name="never still" key="still"
def adjust(p, r, images, target=0.6):
    move = images / RAMP if r > target else -images / RAMP
    return min(max(p + move, 0.0), 1.0)


# %% kind="wrong" name="no upper end" key="above"
def adjust(p, r, images, target=0.6):
    move = images / RAMP * (1 if r > target else -1 if r < target else 0)
    return max(p + move, 0.0)


# %% kind="wrong" name="no lower end" key="below"
def adjust(p, r, images, target=0.6):
    move = images / RAMP * (1 if r > target else -1 if r < target else 0)
    return min(p + move, 1.0)


# %% kind="wrong" name="moves that pass an end dropped" key="ends"
def adjust(p, r, images, target=0.6):
    moved = p + images / RAMP * (1 if r > target else -1 if r < target else 0)
    return moved if 0 <= moved <= 1 else p


# %% kind="wrong" name="target fixed" key="target"
def adjust(p, r, images, target=0.6):
    move = images / RAMP * (1 if r > 0.6 else -1 if r < 0.6 else 0)
    return min(max(p + move, 0.0), 1.0)


# %% kind="wrong" name="reading remembered" key="steady"
def adjust(p, r, images, target=0.6):
    move = images / RAMP * (1 if r > target else -1 if r < target else 0)
    return min(max(p + move, 0.0), 1.0) if images >= RAMP // 100 else min(p + abs(move), 1.0)


# %% kind="right" name="with torch"
def adjust(p, r, images, target=0.6):
    direction = torch.sign(torch.tensor(r, dtype=torch.float64) - target)
    return torch.clamp(p + direction * images / RAMP, 0, 1).item()


# %% kind="right" name="difference of comparisons"
def adjust(p, r, images, target=0.6):
    moved = p + ((r > target) - (r < target)) * images / RAMP
    return 0.0 if moved < 0 else 1.0 if moved > 1 else moved


# %% [markdown] kind="equivalent"
"""
- `if r < target:` -> `if r <= target:`: the next line overrules equality.
- `min(max(p + move, 0.0), 1.0)` -> `min(1.0, max(p + move, 0.0))`: a minimum has no order.
- `max(p + move, 0.0)` -> `max(0.0, p + move)`: a maximum has none either.
"""

# %% [markdown] kind="explanation"
"""
Such a controller never quite rests: it steps up and down about the $p$ at which $r$ meets the target, by one move. A move
that grew with the distance would be a different controller, with a gain to be tuned. `ganlab` has this one behind
`--set augment=... --set ada_target=0.6`.
"""
