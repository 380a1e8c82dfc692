"""The command line: every command is one call into a floor below. Names become values here.

Nothing heavy is imported at the top: ``ganlab --version`` and every ``--help`` run without torch.
"""

from __future__ import annotations

import inspect
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import ganlab
from ganlab.errors import UserError, unknown

if TYPE_CHECKING:
    from ganlab.synthesis import Study

app = typer.Typer(
    help="Generative adversarial networks, from a laptop to a GPU. The course explains every line.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Data sets: list, download and describe them.", no_args_is_help=True)
experiment_app = typer.Typer(help="Experiments behind the book's numbers.", no_args_is_help=True)
assign_app = typer.Typer(help="Assignments: make the editions, prove the checks, mark the work.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(assign_app, name="assign")
app.add_typer(experiment_app, name="experiment")

Out = Annotated[Path | None, typer.Option("--out", help="Where to write.")]
Assignment = Annotated[str, typer.Argument(help="A lesson's number (10), or the path of an assignment's source.")]
Bank = Annotated[Path, typer.Option(help="The folder with the sources.")]
Private = Annotated[Path | None, typer.Option(help="A folder with your own hidden tests, laid over the public ones.")]
Variant = Annotated[int | None, typer.Option(min=0, help="Numbers of this seed [the published ones].")]
_BANK = Path("notebooks/exercises/sources")


@app.callback(invoke_without_command=True)
def _top(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        typer.echo(ganlab.__version__)
        raise typer.Exit


@app.command()
def train(
    model: Annotated[str, typer.Argument(help="gan, dcgan, ... (see `ganlab models`).")],
    data: Annotated[
        str | None, typer.Option(help="A data set's name, or a folder of images [digits, or that of the run].")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Total number of steps to reach.")] = 2000,
    out: Out = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Real samples a step [64].")] = None,
    lr: Annotated[float | None, typer.Option(help="Adam's learning rate [0.0002].")] = None,
    objective: Annotated[str | None, typer.Option(help="Losses of the game [the model's own].")] = None,
    penalty: Annotated[str | None, typer.Option(help="What keeps D smooth [the model's own].")] = None,
    penalty_weight: Annotated[float | None, typer.Option(help="Its weight [the published one].")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Seed of everything random [0].")] = None,
    size: Annotated[int | None, typer.Option(min=1, max=4096, help="Resize a folder's images to SIZE x SIZE.")] = None,
    lr_end: Annotated[float | None, typer.Option(help="Let the rate fall to this value ...")] = None,
    penalty_weight_end: Annotated[float | None, typer.Option(help="... the penalty's weight to this one ...")] = None,
    beta2_end: Annotated[float | None, typer.Option(help="... Adam's beta2 to this one ...")] = None,
    ema_halflife_end: Annotated[float | None, typer.Option(help="... the half-life to this many steps ...")] = None,
    augment_p_end: Annotated[float | None, typer.Option(help="... augmentation's probability to this one ...")] = None,
    schedule_steps: Annotated[int | None, typer.Option(help="... along a cosine of this many steps.")] = None,
    checkpoint_every: Annotated[int | None, typer.Option(min=1, help="Steps between checkpoints [500].")] = None,
    sample_every: Annotated[int | None, typer.Option(min=1, help="Steps between sample sheets [500].")] = None,
    log_every: Annotated[int | None, typer.Option(min=1, help="Steps between log rows [50].")] = None,
    ema_halflife: Annotated[float | None, typer.Option(help="Half-life of the average, in steps [500].")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="A model's setting, KEY=VALUE; repeat.")] = None,
    warm_start: Annotated[Path | None, typer.Option(help="Begin with the networks of this run folder.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, max=1024, help="CPU threads [half the processors].")] = None,
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Log to RUN/tensorboard too.")] = False,
    monitor: Annotated[bool, typer.Option(help="Log what D knows, warn early, keep RUN/dashboard.html.")] = True,
    metric_every: Annotated[int | None, typer.Option(min=1, help="Steps between measurements [never].")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
) -> None:
    """Train a GAN into a run folder.

    Example: ganlab train dcgan --data mnist --steps 5000 --out runs/digits

    On several GPUs or processors, with the same result: torchrun --nproc-per-node 2 -m ganlab train ...
    """
    from ganlab.progress import speaks
    from ganlab.training import Interrupted, train_run

    folder = out or Path("runs") / f"{model}-{Path(data or 'digits').resolve().name}"
    asked = {
        "objective": objective, "penalty": penalty, "penalty_weight": penalty_weight, "size": size,
        "warm_start": None if warm_start is None else str(warm_start),
        "settings": _settings(set_) | ({} if lr is None else {"lr": lr}),
        "training": {
            "batch_size": batch_size, "seed": seed, "lr_end": lr_end, "schedule_steps": schedule_steps,
            "checkpoint_every": checkpoint_every, "sample_every": sample_every, "log_every": log_every,
            "ema_halflife": ema_halflife, "penalty_weight_end": penalty_weight_end, "beta2_end": beta2_end,
            "ema_halflife_end": ema_halflife_end, "augment_p_end": augment_p_end,
        },
    }  # fmt: skip
    try:
        trainer = train_run(
            model, data, folder, steps=steps, asked=_given(asked), where=device, threads=threads, precision=precision,
            resume=resume, tensorboard=tensorboard, monitor=monitor, metric_every=metric_every, say=typer.echo,
        )  # fmt: skip
    except Interrupted as stop:
        again = ["ganlab", "train", model, "--out", str(folder), "--steps", str(steps), "--resume"]
        if speaks():
            typer.echo(f"stopped and saved; go on with: {shlex.join(again)}", err=True)
        raise typer.Exit(128 + stop.signum) from None
    if not speaks():
        return
    typer.echo(f"{trainer.step} steps done; the run is in {folder}")
    sheets = sorted((folder / "samples").glob("*.png"))
    if sheets:
        typer.echo(f"samples: {sheets[-1]}")
    if monitor:
        typer.echo(f"curves and warnings: {folder / 'dashboard.html'}")


@app.command()
def dashboard(run: Annotated[Path, typer.Argument(help="A run folder, finished or not.")]) -> None:
    """Write a run's dashboard.html anew from its log, and say its warnings.

    Example: ganlab dashboard runs/digits
    """
    from ganlab.files import read_json_lines
    from ganlab.training import RunFolder, alarms, write_dashboard

    typer.echo(f"open {write_dashboard(run)}")
    log = RunFolder(run).log
    found = alarms(read_json_lines(log)) if log.exists() else []
    for alarm in found:
        typer.echo(f"warning: {alarm}")
    if not found:
        typer.echo("no alarm, which is no proof of health")


@app.command()
def sample(
    source: Annotated[str, typer.Argument(help="A run folder, or a name from `ganlab zoo`.")],
    n: Annotated[int, typer.Option("-n", min=1, max=1_000_000, help="How many samples.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
    label: Annotated[int | None, typer.Option(min=0, help="Ask for this class (0, 1, ...) only.")] = None,
    out: Annotated[Path, typer.Option(help="FILE.png for a sheet, FILE.npz for the numbers.")] = Path("samples.png"),
) -> None:
    """Draw samples from a trained generator.

    Example: ganlab sample dcgan-digits -n 100 --seed 1 --out digits.png
    """
    from ganlab.evaluation import generator
    from ganlab.training.checkpoint import write_samples

    if out.suffix not in (".png", ".npz"):
        raise UserError(f"--out must end in .png or .npz, not {out.suffix or 'nothing'}")
    samples = generator(source).sample(n, seed, label)
    write_samples(samples, out)
    typer.echo(f"{n} samples in {out}")


@app.command()
def evaluate(
    source: Annotated[str, typer.Argument(help="A run folder, a zoo name, FILE.npz or FILE.npy, a folder of images.")],
    data: Annotated[str | None, typer.Option(help="Compare with this data set [that of the run].")] = None,
    real: Annotated[
        Path | None, typer.Option(help="Compare with real data of your own: a folder of images, FILE.npz or FILE.npy.")
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="With --real: what the generator was trained on [half of the real data].")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, max=4096, help="With --real: resize images to SIZE x SIZE.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here too.")] = None,
    page: Annotated[Path | None, typer.Option(help="Draw the report: FILE.html (all of it) or FILE.png.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
) -> None:
    """Measure samples in four dimensions and for copying, each value beside what real data get.

    With data of your own, --real names the real ones: evaluate my-samples.npz --real my-images

    Example: ganlab evaluate runs/digits --page report.html
    """
    from ganlab import evaluation
    from ganlab.files import write_atomically

    if page is not None and page.suffix not in (".html", ".png"):
        raise UserError(f"--page must end in .html or .png, not {page.suffix or 'nothing'}")
    if real is None and (train is not None or size is not None):
        raise UserError("--train and --size belong to --real PATH: say which real data to compare with")
    if real is not None and data is not None:
        raise UserError("--data names a data set and --real gives files: choose one of them")
    if real is None:
        case = evaluation.against_data(source, data, seed=seed)
    else:
        case = evaluation.against_files(source, real, train, seed=seed, size=size)
    typer.echo(case.text())
    if json_file is not None:
        write_atomically(json_file, (json.dumps(case.to_dict(), indent=2, allow_nan=False) + "\n").encode())
    if page is not None:
        typer.echo(f"the page is in {evaluation.save_page(case, page)}")


@app.command()
def synth(
    data: Annotated[str, typer.Argument(help="A data set's name, or a folder with one sub-folder for each class.")],
    out: Annotated[Path, typer.Option(help="A folder for the study; the same one goes on with it.")],
    labels: Annotated[int | None, typer.Option(help="Labelled images of each class to train on [all].")] = None,
    seeds: Annotated[int | None, typer.Option(help="Repetitions, each with its own split [5].")] = None,
    ratio: Annotated[str | None, typer.Option(help="Synthetic / real, with commas [0.5,1,2,5,10].")] = None,
    size: Annotated[int | None, typer.Option(min=1, max=4096, help="Resize the images to SIZE x SIZE.")] = None,
    keep_by: Annotated[
        str, typer.Option("--filter", help="classifier, discriminator or none: keep the better of two samples by it.")
    ] = "classifier",
    flip: Annotated[bool, typer.Option("--flip", help="Mirror images keep their label here.")] = False,
    worth: Annotated[float, typer.Option(help="The smallest gain in macro recall that pays.")] = 0.01,
    steps: Annotated[int | None, typer.Option(min=1, help="Training steps of each generator [1500].")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Three seeds, short trainings: a first look.")] = False,
) -> None:
    """Find out whether synthetic images help a classifier of your data: use them, do not, or collect more.

    Example: ganlab synth digits --labels 20 --out runs/does-it-help
    """
    from ganlab import synthesis

    study = synthesis.open_study(
        data, out, labels=labels, seeds=seeds, ratios=None if ratio is None else synthesis.parse_ratios(ratio),
        size=size, keep_by=keep_by, flip=flip, worth=worth, generator_steps=steps, quick=quick,
    )  # fmt: skip
    rows = study.begin()
    if len(rows) == study.total:
        typer.echo(f"the study in {out} is finished; this is its verdict")
    else:
        _announce(study, len(rows))
    rows = study.run()
    verdict = synthesis.judge(study, rows)
    typer.echo(verdict.text())
    typer.echo(f"the page is in {synthesis.write(study, verdict, rows)['html']}")


def _announce(study: Study, done: int) -> None:
    """What a study will do, before it does anything, then how long that takes here."""
    from ganlab import synthesis

    typer.echo(
        f"{study.plan.seeds} seeds, each with a generator and {len(study.arms)} classifiers on"
        f" {int(study.counts.sum())} images of {len(study.counts)} classes, tested on"
        f" {len(study.material.test)} others; timing a few steps"
    )
    left = study.seconds() * (1 - done / study.total)
    typer.echo(f"about {synthesis.spoken(left)} here; stop when you like, the same command goes on")


@app.command()
def models() -> None:
    """List the models with what they take, their settings, and the stabilisers that each can be given.

    Example: ganlab models
    """
    from dataclasses import fields

    from ganlab.models import MODELS
    from ganlab.models.stabilisers import Stabilisers
    from ganlab.objectives import OBJECTIVES, PENALTIES
    from ganlab.training.stabilisers import STABILISERS, choice

    common = {field.name for field in fields(Stabilisers)}
    for name, model in sorted(MODELS.items()):
        labels = " with labels" if model.labelled else ""
        typer.echo(f"{name}: takes {' or '.join(model.takes)}{labels}. {(model.__doc__ or '').splitlines()[0]}")
        typer.echo(f"    --objective {model.default_objective.name} --penalty {model.default_penalty.name}")
        for field in fields(model.Config):
            if field.name not in common and field.name not in model.refuses:
                typer.echo(f"    --set {field.name}={_shown(field.default)}")
        if model.refuses:
            typer.echo(f"    has no use for: {', '.join(model.refuses)}")
    typer.echo("every model that does not say otherwise, all of it off at first:")
    for field in fields(Stabilisers):
        typer.echo(f"    --set {field.name}={_shown(field.default)}")
    typer.echo(f"objectives: {', '.join(sorted(OBJECTIVES))}")
    typer.echo(f"penalties: {', '.join(sorted(PENALTIES))}")
    typer.echo(f"stabilisers, for {', '.join(sorted(MODELS))}:")
    for row in STABILISERS:
        ways = {way: None for name in sorted(MODELS) if (way := choice(row, name)) is not None}
        typer.echo(f"    {row.name}: {' or '.join(ways)}")
        typer.echo(f"        against {row.treats} ({row.source})")


@app.command()
def zoo() -> None:
    """List the trained generators that ship with the package.

    Example: ganlab zoo
    """
    from ganlab import zoo as shelf

    for name in shelf.names():
        entry = shelf.card(name)
        metrics = ", ".join(f"{k} {v}" for k, v in entry["metrics"].items() if not isinstance(v, str))
        typer.echo(
            f"{name}: {entry['model']} on {entry['data']}, {entry['steps']} steps, {entry['bytes'] / 1e6:.1f} MB"
        )
        typer.echo(f"    {metrics}")


@app.command()
def museum(
    name: Annotated[str | None, typer.Argument(help="A piece; without a name they are listed.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of both runs.")] = 0,
    out: Annotated[Path | None, typer.Option(help="FILE.png for the picture.")] = None,
) -> None:
    """Show a training failure beside its healthy twin: the one line, the symptoms, the cure.

    Example: ganlab museum mode-collapse --out collapse.png
    """
    from ganlab import museum as pieces
    from ganlab import viz
    from ganlab.files import write_atomically

    if name is None:
        for known in pieces.names():
            typer.echo(f"{known:26} {pieces.piece(known).title}")
        return
    pieces.piece(name)  # refuses an unknown name before anything runs
    if out is not None and out.suffix != ".png":
        raise UserError(f"--out must end in .png, not {out.suffix or 'nothing'}")
    exhibit = pieces.show(name, seed=seed)
    typer.echo(str(exhibit))
    if out is not None:
        write_atomically(out, viz.png(exhibit.figure()))
        typer.echo(f"picture: {out}")


@app.command()
def bench(
    model: Annotated[str, typer.Argument(help="gan or dcgan.")],
    data: Annotated[str, typer.Option(help="A data set's name, or a folder of images.")] = "digits",
    batch_size: Annotated[int, typer.Option(min=1)] = 64,
    size: Annotated[int | None, typer.Option(min=1, max=4096, help="Resize the images to SIZE x SIZE.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="A model's setting, KEY=VALUE; repeat.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    rounds: Annotated[int, typer.Option(min=1, help="Pairs of blocks to time.")] = 7,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here too.")] = None,
) -> None:
    """Time training beside a plain DataLoader loop of the same networks, in one interleaved run.

    Example: ganlab bench gan --data mnist
    """
    from ganlab.files import write_atomically
    from ganlab.training.bench import benchmark

    result = benchmark(
        model,
        data,
        batch_size=batch_size,
        size=size,
        settings=_settings(set_),
        where=device,
        precision=precision,
        rounds=rounds,
    )
    typer.echo(result.text())
    if json_file is not None:
        write_atomically(json_file, (json.dumps(result.to_dict(), indent=2) + "\n").encode())


@app.command()
def doctor() -> None:
    """Say what is installed, where training would run, and what is missing.

    Example: ganlab doctor
    """
    from importlib.metadata import PackageNotFoundError, version

    from ganlab import data as shelf
    from ganlab.training import choose_device, choose_precision, default_threads, describe, most_processes

    typer.echo(f"ganlab {ganlab.__version__}, Python {sys.version.split()[0]}")
    for package in ("torch", "numpy", "scikit-learn", "matplotlib", "safetensors", "ipywidgets", "tensorboard"):
        try:
            typer.echo(f"{package} {version(package)}")
        except PackageNotFoundError:
            optional = (
                " (optional: pip install 'ganlab[tensorboard]')" if package == "tensorboard" else ": pip install it"
            )
            typer.echo(f"{package} is missing{optional}")
    device = choose_device()
    precision = str(choose_precision(device)).removeprefix("torch.")
    typer.echo(f"device: {describe(device)}; training threads: {default_threads()}; precision: {precision}")
    count, what = most_processes()
    typer.echo(f"training in several processes: up to {count}, one for each {what}")
    typer.echo(f"data root: {shelf.root()}")
    for name in shelf.names():
        typer.echo(f"    {name}: {shelf.status(name)}")
    missing = [name for name in shelf.names() if shelf.status(name) == "missing"]
    if missing:
        typer.echo(f"not here yet: {', '.join(missing)} (ganlab data get NAME)")


@data_app.command("list")
def data_list() -> None:
    """List the data sets and whether they are here.

    Example: ganlab data list
    """
    from ganlab import data as shelf

    for name in shelf.names():
        typer.echo(f"{name:15} {shelf.status(name):9} {shelf.info(name).kind}")


@data_app.command("get")
def data_get(name: Annotated[str, typer.Argument(help="A data set's name.")]) -> None:
    """Download a data set and verify it.

    Example: ganlab data get mnist
    """
    from ganlab import data as shelf

    if shelf.info(name).embedded:
        typer.echo(f"{name} needs no download")
    else:
        typer.echo(f"{name} is complete in {shelf.fetch(name)}")


@data_app.command("info")
def data_info(name: Annotated[str, typer.Argument(help="A data set's name.")]) -> None:
    """Describe a data set: size, source, licence.

    Example: ganlab data info digits
    """
    from ganlab import data as shelf

    entry = shelf.info(name)
    typer.echo(f"{entry.name}: {entry.kind}, shape {tuple(entry.shape)}, {entry.train} train and {entry.test} test")
    typer.echo(f"source: {entry.source}")
    typer.echo(f"licence: {entry.licence}")
    typer.echo(f"state: {shelf.status(name)}")


@experiment_app.command("list")
def experiment_list() -> None:
    """List the experiments.

    Example: ganlab experiment list
    """
    from ganlab.experiments import EXPERIMENTS

    for name, function in sorted(EXPERIMENTS.items()):
        typer.echo(f"{name}: {(function.__doc__ or '').splitlines()[0]}")


@experiment_app.command("run")
def experiment_run(
    name: Annotated[str, typer.Argument(help="See `ganlab experiment list`.")],
    out: Annotated[Path, typer.Option(help="Where to write records and weights.")],
    size: Annotated[str | None, typer.Option(help="small, normal or full [normal].")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    only: Annotated[list[str] | None, typer.Option(help="Run this part alone; repeat for more [all].")] = None,
) -> None:
    """Run one experiment and record its numbers.

    Example: ganlab experiment run digits-classifier --out runs/classifier
    """
    from ganlab.experiments import EXPERIMENTS

    if name not in EXPERIMENTS:
        raise unknown("experiment", name, EXPERIMENTS)
    if size not in (None, "small", "normal", "full"):
        raise unknown("size", size, ("small", "normal", "full"))
    function = EXPERIMENTS[name]
    if only and "only" not in inspect.signature(function).parameters:
        raise UserError(f"{name} has no parts to choose from: leave out --only")
    function(out, seed=seed, size=size, **({"only": only} if only else {}))


@experiment_app.command("show")
def experiment_show(
    name: Annotated[str, typer.Argument(help="See `ganlab experiment list`.")],
    out: Annotated[Path | None, typer.Option(help="Where you ran it [the book's records].")] = None,
) -> None:
    """Print recorded rows as a table: mean and spread over the seeds, and the floor of a perfect sampler.

    Example: ganlab experiment show plane-remedies
    """
    from ganlab.experiments import EXPERIMENTS, tables

    if name not in EXPERIMENTS:
        raise unknown("experiment", name, EXPERIMENTS)
    typer.echo(tables.show(name, out))


@assign_app.command("build")
def assign_build(
    assignment: Assignment,
    out: Annotated[Path, typer.Option(help="Where to write the three editions.")],
    variant: Variant = None,
    private: Private = None,
    bank: Bank = _BANK,
) -> None:
    """Write the student, solution and instructor editions of an assignment.

    Example: ganlab assign build 10 --variant 7 --out editions
    """
    from ganlab import assign
    from ganlab.assign.editions import build

    for path in build(assign.load(assignment, bank=bank, private=private, variant=variant), out):
        typer.echo(path)


@assign_app.command("check")
def assign_check(
    assignment: Assignment,
    variant: Variant = None,
    private: Private = None,
    bank: Bank = _BANK,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the table here too.")] = None,
) -> None:
    """Prove an assignment's own checks: solutions, stubs, right and wrong answers, mutants.

    Example: ganlab assign check 10
    """
    from ganlab import assign
    from ganlab.assign.proof import prove
    from ganlab.files import write_atomically

    proof = prove(assign.load(assignment, bank=bank, private=private, variant=variant))
    typer.echo(proof.text())
    if json_file is not None:
        write_atomically(json_file, (json.dumps(proof.to_dict(), indent=2) + "\n").encode())
    if proof.faults:
        raise typer.Exit(1)


@assign_app.command("grade")
def assign_grade(
    assignment: Assignment,
    submissions: Annotated[Path, typer.Argument(help="A folder of notebooks, one a student.")],
    out: Annotated[Path, typer.Option(help="Where to write marks and feedback.")],
    variant: Variant = None,
    private: Private = None,
    bank: Bank = _BANK,
    jobs: Annotated[int | None, typer.Option(min=1, max=64, help="How many at a time [the processors].")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Time limit of one submission.")] = 120,
    memory: Annotated[int, typer.Option(min=256, help="Memory limit of one submission, in MB.")] = 2048,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Go on where the system offers no sandbox.")] = False,
) -> None:
    """Mark a folder of submissions: a table of marks, feedback for each student, results for Gradescope.

    Example: ganlab assign grade 10 handed-in --out marks
    """
    from ganlab import assign
    from ganlab.assign.grade import grade
    from ganlab.assign.sandbox import Limits
    from ganlab.assign.source import find

    loaded = assign.load(assignment, bank=bank, private=private, variant=variant)
    limits = Limits(seconds=seconds, megabytes=memory)
    covered = [find(assignment, bank).parent, *([private] if private else [])]
    typer.echo(grade(loaded, submissions, out, limits=limits, jobs=jobs, unsafe=unsafe, covered=covered).text())


def _settings(pairs: list[str] | None) -> dict[str, Any]:
    """KEY=VALUE pairs as plain values: numbers, true or false, words, or lists of these with commas (KEY= is empty)."""
    settings: dict[str, Any] = {}
    for pair in pairs or []:
        key, equals, text = pair.partition("=")
        if not (key and equals):
            raise UserError(f"--set takes KEY=VALUE, not {pair!r} (see `ganlab models`)")
        parts = [_value(part) for part in text.split(",") if part]
        settings[key] = parts[0] if text and "," not in text else parts
    return settings


def _value(text: str) -> bool | int | float | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """What the user really said: nested options without those left at None."""
    nested = {k: _given(v) if isinstance(v, dict) else v for k, v in options.items()}
    return {k: v for k, v in nested.items() if v is not None}
