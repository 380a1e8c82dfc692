"""From names and plain values to a run in a folder, new or resumed: the command line's one call, and a notebook's.

Lesson: 14 The MLP GAN on MNIST.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from ganlab.data import classes_of, load, names
from ganlab.data.contract import Data
from ganlab.errors import UserError, unknown
from ganlab.layers import Rank
from ganlab.models import MODELS
from ganlab.objectives import OBJECTIVES, PENALTIES
from ganlab.training.generator import build_model
from ganlab.training.monitor import Monitor
from ganlab.training.ranks import default_threads, started, together
from ganlab.training.ruler import metric_for
from ganlab.training.runfolder import RunFolder, differences
from ganlab.training.trainer import TrainConfig, Trainer


def _ignore(line: str) -> None:
    pass


def train_run(
    model: str,
    data: str | None,
    folder: str | Path,
    *,
    steps: int,
    asked: dict[str, Any] | None = None,
    where: str = "auto",
    threads: int | None = None,
    precision: str = "auto",
    resume: bool = False,
    tensorboard: bool = False,
    monitor: bool = True,
    metric_every: int | None = None,
    say: Callable[[str], None] = _ignore,
    progress: bool = True,
) -> Trainer:
    """Train ``model`` on ``data`` into ``folder`` until ``steps`` steps in total; return the trainer.

    ``data`` is a data set's name, a folder of images, or None: the digits, or with ``resume`` what the run has.
    ``asked`` holds what differs from the defaults, as in ``config.json``: objective, penalty, penalty_weight, size,
    ``warm_start`` (another run's folder, with whose networks this one begins), ``settings`` (the model's) and
    ``training`` (batch_size, seed, ...). With ``resume`` everything that is not asked for is taken from the run, and
    what is asked for must agree with it. With ``monitor`` a `Monitor` looks on, with the data's test split held out,
    tells ``say`` of alarms and keeps ``dashboard.html``; every ``metric_every`` steps it measures the samples (see
    `metric_for`). Started several times by ``torchrun`` or a notebook launcher, it is one run, whose ``batch_size`` is
    that of all processes together (see ``ganlab.training.ranks``). Raises UserError for what does not fit together.
    """
    with started(where) as rank:
        request = _Request(
            model, data, folder, steps, copy.deepcopy(asked or {}), where, threads, precision, resume, tensorboard,
            monitor, metric_every, say if rank.first else _ignore, rank,
        )  # fmt: skip
        with together(rank):
            trainer = _prepared(request)
        trainer.run(steps, progress=progress)
    return trainer


@dataclass(frozen=True)
class _Request:
    """The arguments of `train_run`, in the process that is to answer them."""

    model: str
    data: str | None
    folder: str | Path
    steps: int
    asked: dict[str, Any]
    where: str
    threads: int | None
    precision: str
    resume: bool
    tensorboard: bool
    monitor: bool
    metric_every: int | None
    say: Callable[[str], None]
    rank: Rank


def _prepared(request: _Request) -> Trainer:
    """A trainer that stands where ``train_run`` begins or goes on. What is wrong with the request is said here."""
    _check_names(request.model, request.asked)
    if request.metric_every is not None and not request.monitor:
        raise UserError("a metric is computed by the monitor: leave out --no-monitor, or --metric-every")
    run = RunFolder(request.folder)
    config = _config(request, run)
    request = _on_its_machine(request, config.get("machine", {}))
    items = _items(request, config)
    trainer = _trainer(request, config, items)
    if config.get("warm_start") and not (request.resume and run.checkpoint.exists()):
        trainer.warm_start(config["warm_start"])
    if request.resume:
        if request.rank.first:
            run.tidy()
        trainer.resume()
        request.say(f"resuming {request.folder} at step {trainer.step}")
        if trainer.step >= request.steps:
            request.say(f"it has made {trainer.step} steps already: raise --steps to train longer")
    chosen = "" if request.threads else f" (half of this machine's processors; {default_threads()} by rule)"
    several = f", {request.rank.world} processes" if request.rank.world > 1 else ""
    request.say(f"{request.model} on {Path(config['data']).name}: {trainer.where()}{several}{chosen}")
    return trainer


def _config(request: _Request, run: RunFolder) -> dict[str, Any]:
    """The settings of the run: those asked for, or with ``resume`` its own, with which the former must agree."""
    asked = dict(request.asked)
    if request.data is not None:
        asked["data"] = _source(request.data)
    if asked.get("warm_start") is not None:
        asked["warm_start"] = str(Path(asked["warm_start"]).expanduser().resolve())
    if not request.resume:
        run.check_free()  # before the data take their time
        return {"model": request.model, "data": "digits"} | asked
    config = run.read_config()
    changed = differences(config, {"model": request.model} | asked)
    if changed:
        raise UserError(f"the run in {request.folder} was started otherwise: {'; '.join(changed)}; drop what differs")
    return config


def _on_its_machine(request: _Request, machine: dict[str, Any]) -> _Request:
    """The request with the threads and the precision that the run had, where none are asked for."""
    precision = machine.get("precision", "auto") if request.precision == "auto" else request.precision
    return replace(request, threads=request.threads or machine.get("threads"), precision=precision)


def _items(request: _Request, config: dict[str, Any]) -> Data:
    """The training items; they may have to be downloaded, which one process does for all."""
    source, size = config["data"], config.get("size")
    with together(request.rank):
        if request.rank.first:
            load(source, size=size)
    items = load(source, size=size)
    if request.resume and config.get("items") not in (None, len(items)):
        raise UserError(
            f"{source} held {config['items']} items when the run began and holds {len(items)} now: restore it"
        )
    return items


def _trainer(request: _Request, config: dict[str, Any], items: Data) -> Trainer:
    """The trainer at step 0."""
    source, training = config["data"], _train_config(config.get("training", {}))
    network = build_model(config | {"shape": list(items.shape), "classes": classes_of(items)}, seed=training.seed)
    if not network.objective.bounded and network.penalty.name == "none":
        request.say(
            f"note: the {network.objective.name} critic has no best answer without a Lipschitz constraint:"
            " consider --penalty gp or --penalty clip"
        )
    options = {"data": source, "size": config.get("size"), "items": len(items)}
    if config.get("warm_start"):
        options["warm_start"] = config["warm_start"]
    hooks = [_monitor(source, config.get("size"), request)] if request.monitor and request.rank.first else []
    return Trainer(
        network, items, training, request.folder, request.where, request.threads, request.precision,
        request.tensorboard, options=options, hooks=hooks, rank=request.rank,
    )  # fmt: skip


def _monitor(source: str, size: int | None, request: _Request) -> Monitor:
    metric = metric_for(source, request.metric_every) if request.metric_every is not None else None
    return Monitor(load(source, "test", size), metric, say=request.say)


def _source(data: str) -> str:
    """A data set's name as it is; a folder by its full path, so that the run can be resumed from anywhere."""
    folder = Path(data).expanduser()
    return str(folder.resolve()) if data not in ("", *names()) and folder.is_dir() else data


def _train_config(values: dict[str, Any]) -> TrainConfig:
    known = [field.name for field in fields(TrainConfig)]
    for name in values:
        if name not in known:
            raise unknown("training setting", name, known)
    try:
        return TrainConfig(**values)
    except TypeError as error:
        raise UserError(f"a training setting has a value of the wrong kind ({error}): give a number") from None


def _check_names(model: str, asked: dict[str, Any]) -> None:
    if model not in MODELS:
        raise unknown("model", model, MODELS)
    for what, table in (("objective", dict(OBJECTIVES, **MODELS[model].objectives)), ("penalty", PENALTIES)):
        if what in asked and asked[what] not in table:
            raise unknown(what, str(asked[what]), table)
    weight = asked.get("penalty_weight")
    if weight is not None and not 0 <= weight < float("inf"):
        raise UserError(f"the penalty's weight must be 0 or more, not {weight}")
    known = {field.name: field for field in fields(MODELS[model].Config)}
    settings = asked.get("settings", {})
    for name, value in settings.items():
        if name not in known:
            raise unknown(f"setting of {model}", name, known)
        default = known[name].default
        if isinstance(default, tuple):
            settings[name] = value = list(value) if isinstance(value, list | tuple) else [value]
            fits = all(_is(int, v) for v in value)
        else:
            fits = _is(type(default), value)
        if not fits:
            example = ",".join(map(str, default)) or "64,32" if isinstance(default, tuple) else default
            raise UserError(f"{name} of {model} cannot be {value!r}: give a value such as {example}")


def _is(kind: type, value: Any) -> bool:
    """Whether a setting of this kind may have this value: True is no number, and a size fits into 32 bits."""
    if kind is float:
        return type(value) in (int, float)
    return type(value) is kind and not (isinstance(value, int) and abs(value) >= 2**31)
