"""The loop that every model shares. It knows steps, state, time and devices, and nothing about GANs.

``Trainer(model, data, config, folder).run(steps)`` trains until the model has made ``steps`` steps in total. Called
again, or in a new process with ``Trainer.resume``, it goes on to the bit as if it had never stopped.
Lesson: 10 The training loop, line by line.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import save as to_safetensors
from torch import Tensor

from ganlab.data import Batches, ImageData, PointData, classes_of
from ganlab.errors import NonFiniteError, UserError
from ganlab.files import read_json_lines, write_atomically
from ganlab.layers import ALONE, Rank
from ganlab.models import Model
from ganlab.progress import bar
from ganlab.training import checkpoint, device, ranks
from ganlab.training.ema import EMA
from ganlab.training.generator import draw_codes, generate
from ganlab.training.log import RunLog
from ganlab.training.runfolder import RunFolder
from ganlab.training.schedule import Cosine
from ganlab.training.streams import derive, stream
from ganlab.viz import can_be_drawn, save_picture

SCHEDULED = ("lr", "penalty_weight", "beta2", "ema_halflife", "augment_p")
"""What can change over a run. Each is a function of the step alone, so that a resumed run needs no memory of it."""


@dataclass(frozen=True)
class TrainConfig:
    """How to train, apart from the model. Intervals are in steps; ``ema_halflife`` too.

    Each value NAME of which a ``NAME_end`` is given goes from what it is to that end along a cosine of
    ``schedule_steps`` steps, the burn-in of Huang et al. 2024: see `SCHEDULED`.
    """

    batch_size: int = 64
    seed: int = 0
    ema_halflife: float = 500.0
    lr_end: float | None = None
    penalty_weight_end: float | None = None
    beta2_end: float | None = None
    ema_halflife_end: float | None = None
    augment_p_end: float | None = None
    schedule_steps: int | None = None
    log_every: int = 50
    sample_every: int = 500
    checkpoint_every: int = 500

    def __post_init__(self) -> None:
        for name in ("batch_size", "log_every", "sample_every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise UserError(f"{name.replace('_', '-')} must be 1 or more, not {getattr(self, name)}")
        if not self.ema_halflife >= 0:
            raise UserError(f"the EMA half-life must be 0 or more steps, not {self.ema_halflife}")
        if bool(self.ends) != (self.schedule_steps is not None):
            raise UserError("a schedule needs both an end, such as --lr-end, and --schedule-steps")
        if self.schedule_steps is not None and self.schedule_steps < 1:
            raise UserError(f"schedule-steps must be 1 or more, not {self.schedule_steps}")
        for name, end in self.ends.items():
            highest = {"beta2": 1 - 1e-9, "augment_p": 1.0}.get(name, 1e30)
            if not 0 <= end <= highest:
                raise UserError(
                    f"{name.replace('_', '-')}-end must be 0 or more"
                    f"{', below 1' if name == 'beta2' else ', at most 1' if name == 'augment_p' else ''}, not {end}"
                )

    @property
    def ends(self) -> dict[str, float]:
        """What is scheduled, by name, with the value it ends at."""
        every = {name: getattr(self, f"{name}_end") for name in SCHEDULED}
        return {name: end for name, end in every.items() if end is not None}


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or a polite kill arrived, and the run was saved first. ``signum`` is the signal's number."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"interrupted by signal {signum}")
        self.signum = signum


class Hook(Protocol):
    """What looks on at a run. It is called at logged steps and checkpoints only, may draw random numbers, and must
    leave the model, the data and the trainer's own streams as they are.
    """

    def before_step(self, trainer: Trainer) -> None:
        """Just before a step whose row will be logged."""

    def after_step(self, trainer: Trainer, row: dict[str, Any]) -> dict[str, Any]:
        """Just after it: plain values to add to its row before the row is written."""

    def saved(self, trainer: Trainer) -> None:
        """After a checkpoint and its sample sheet."""

    def failed(self, trainer: Trainer, reason: str) -> None:
        """The run ends at a non-finite loss."""


class Trainer:
    """Trains one model on one data set, with or without a run folder."""

    def __init__(
        self,
        model: Model,
        data: ImageData | PointData,
        config: TrainConfig = TrainConfig(),
        folder: str | Path | None = None,
        where: str = "auto",
        threads: int | None = None,
        precision: str = "auto",
        tensorboard: bool = False,
        options: dict[str, Any] | None = None,
        hooks: Sequence[Hook] = (),
        rank: Rank = ALONE,
    ) -> None:
        """Raises UserError for a batch size that does not fit, and for labels that the model needs and data lack.

        ``options`` are further plain values to keep in ``config.json`` (the size of a folder's images, say).

        ``hooks`` look on: a run with them equals a run without them, to the bit, but for what they add to its log.

        ``rank`` is this process's number where several train together (`ganlab.training.ranks.started`): each takes
        its rows of every batch, and the first writes the files and has the hooks.
        """
        ranks.check(rank, model, config.batch_size)
        self.rank = model.rank = rank
        if model.labelled and classes_of(data) != model.classes:
            known = classes_of(data) or "no labels"
            raise UserError(f"this {model.name} was built for {model.classes} classes, and {data.name} has {known}")
        self.config, self.folder = config, RunFolder(folder) if folder is not None else None
        self.device = device.choose_device(where)
        self.threads = device.use_threads(threads if threads is not None else ranks.default_threads())
        self.model = model.place(self.device)
        self.model.precision = device.choose_precision(self.device, precision)
        self.data_name, self.options = data.name, options or {}
        self.log: list[dict[str, Any]] = []
        self.hooks = tuple(hooks) if rank.first else ()
        self.batches = Batches(
            data.to(self.device),
            config.batch_size,
            derive(config.seed, "batches"),
            self.device,
            (rank.rank, rank.world),
        )
        self.rng = stream(config.seed, "noise", self.device)
        self.ema = EMA(model.G, config.ema_halflife)
        self.schedules = self._schedules()
        self._global_rng = self._seeded_global_state(derive(config.seed, "layers"))
        self._running, self._started, self._saved_step = False, False, -1
        self._run_log: RunLog | None = None
        if self.folder is not None and rank.first:
            board = self.folder.path / "tensorboard" if tensorboard else None
            self._run_log = RunLog(self.folder.log, board)

    # The public life of a run.

    @property
    def step(self) -> int:
        """How many steps the model has made."""
        return self.model.steps

    def run(
        self, steps: int, progress: bool = True, on_log: Callable[[dict[str, Any]], None] | None = None
    ) -> list[dict[str, Any]]:
        """Train until ``steps`` steps have been made in total; return the rows logged so far.

        Raises NonFiniteError at a non-finite loss (the last checkpoint stays), and Interrupted, after saving, on
        Ctrl-C or SIGTERM between two steps.
        """
        if steps < 1:
            raise UserError(f"steps must be 1 or more, not {steps}")
        if self.folder is not None and not self._started:
            with self._first_writes() as writes:
                if writes:
                    self.folder.start(self.describe())
            self._started = True
        started, offset = time.perf_counter(), self.log[-1].get("seconds", 0.0) if self.log else 0.0
        steps_bar = bar(total=steps, initial=min(self.step, steps), unit="step", wanted=progress)
        self.model.train()
        with (
            device.flushed_denormals(),
            self._own_random_state(),
            _polite_signals(self.rank.world > 1) as asked,
            steps_bar,
        ):
            while self.step < steps:
                for name, schedule in self.schedules.items():
                    self._set(name, schedule(self.step))
                logged = self.step == 0 or (self.step + 1) % self.config.log_every == 0
                if logged and self.hooks:
                    with self._lent_random_state():
                        for hook in self.hooks:
                            hook.before_step(self)
                with self.rank.joined():
                    scalars = self.model.step(self.batches, self.rng)
                self.ema.update(self.step)
                steps_bar.update()
                if logged:
                    row = self._read(scalars, offset + time.perf_counter() - started)
                    if self.hooks:
                        with self._lent_random_state():
                            for hook in self.hooks:
                                row |= hook.after_step(self, row)
                    self.log.append(row)
                    if self._run_log is not None:
                        self._run_log.write(row)
                    if on_log is not None and self.rank.first:
                        with self._lent_random_state():
                            on_log(row)
                    steps_bar.set_postfix({k: f"{v:.3f}" for k, v in row.items() if k.startswith("loss")})
                if self.folder is not None and self.step % self.config.sample_every == 0:
                    self._draw_sheet()
                if self.step % self.config.checkpoint_every == 0 and self.step < steps:
                    self.save()
                    self._tell_saved()
                signum = ranks.any_of(self.rank, asked[0] if asked else 0)
                if signum:
                    self.save()
                    self._tell_saved()
                    raise Interrupted(signum)
            self.save()
            self._draw_sheet()
            self._tell_saved()
        return self.log

    def save(self) -> None:
        """Write the checkpoint, then the generator that belongs to it. Refuses non-finite weights."""
        if self.folder is None:
            self._check_finite()
            return
        if self.step == self._saved_step:
            return
        self._check_finite()
        with self._first_writes() as writes:
            if writes:
                checkpoint.save(self.folder.checkpoint, self.state())
                self._write_generator(self.folder)
        self._saved_step = self.step

    def resume(self) -> Trainer:
        """Take over the state in the run folder, and cut its log back to that step."""
        if self.folder is None:
            raise UserError("a trainer without a run folder has nothing to resume")
        if self.folder.checkpoint.exists():
            state = checkpoint.load(self.folder.checkpoint)
            try:
                self.load_state(state)
            except (KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
                raise UserError(
                    f"{self.folder.checkpoint} is the checkpoint of another model or another version:"
                    " start again in another folder with --out"
                ) from error
            self._saved_step = self.step
        # Without a checkpoint the run was stopped before its first: it begins again at step 0.
        self.folder.read_config()
        self._started = True
        with self._first_writes() as writes:
            if writes and self._run_log is not None:
                if self._saved_step >= 0:
                    self._write_generator(self.folder)  # a kill may have left that of an older checkpoint
                self._run_log.cut(self.step)
        self.log = read_json_lines(self.folder.log) if self.folder.log.exists() else []
        return self

    def warm_start(self, folder: str | Path, networks: tuple[str, ...] = ()) -> Trainer:
        """Begin with the networks of another run's checkpoint instead of random ones; optimisers start afresh.

        All of them, or those named; the others keep their random weights: a strong D before a new G, say.
        Raises UserError where that run's networks have another shape. Source: Wang et al. 2018 (Transferring GANs).
        """
        path = RunFolder(folder).checkpoint
        weights = checkpoint.load(path)["model"]["networks"]
        try:
            for network in networks or self.model.networks:
                prefix = f"{network}."
                own = {name.removeprefix(prefix): w for name, w in weights.items() if name.startswith(prefix)}
                getattr(self.model, network).load_state_dict(own)
        except (RuntimeError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{path} holds networks of another shape than this run's: start with the same model, sizes and --set"
            ) from error
        self.ema = EMA(self.model.G, self.config.ema_halflife)
        return self

    def sample(self, n: int, seed: int = 0, labels: int | Tensor | None = None) -> Tensor:
        """``n`` samples of the averaged generator, on the CPU, of wanted classes (see `TrainedGenerator.sample`)."""
        codes = draw_codes(self.model, n, stream(seed, "sample"), labels)
        return generate(self.averaged_generator(), codes, self.device)

    def averaged_generator(self) -> torch.nn.Module:
        """The EMA generator in eval mode, its batch statistics recomputed from a stream of their own."""
        rng = stream(self.config.seed, "statistics", self.device)
        self.ema.refresh_statistics(lambda: self.model.noise(256, rng))
        return self.ema.network

    def where(self) -> str:
        """Device, threads and precision in one line."""
        return f"{device.describe(self.device)}, {str(self.model.precision).removeprefix('torch.')}"

    def describe(self) -> dict[str, Any]:
        """The configuration as plain data: what ``config.json`` holds. ``steps`` is not part of it."""
        model = self.model
        return {
            "model": model.name, "data": self.data_name, "shape": list(model.shape),
            **({} if model.classes is None else {"classes": model.classes}), **self.options,
            "objective": model.objective.name, "penalty": model.penalty.name, "penalty_weight": model.penalty.weight,
            "settings": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(model.config).items()},
            "training": asdict(self.config),
            "machine": {
                "threads": self.threads, "device": device.describe(self.device), "torch": torch.__version__,
                "precision": str(model.precision).removeprefix("torch."),
            },
        }  # fmt: skip

    # State.

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "model": self.model.training_state(),
            "batches": self.batches.state_dict(),
            "rng": self.rng.get_state(),
            "layers_rng": self._current_global_state() if self._running else self._global_rng,
            "ema": [p.detach() for p in self.ema.network.parameters()],
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what ``state`` returned."""
        self.model.load_training_state(state["model"])
        self.batches.load_state_dict(state["batches"])
        self.rng.set_state(state["rng"])
        self._global_rng = state["layers_rng"]
        with torch.no_grad():
            for mine, saved in zip(self.ema.network.parameters(), state["ema"], strict=True):
                mine.copy_(saved)

    # Helpers.

    def _schedules(self) -> dict[str, Cosine]:
        """The cosines that were asked for, by the name of what they move. Raises UserError for what is not there."""
        model, config = self.model, self.config
        if "penalty_weight" in config.ends and not model.penalty.per_sample:
            raise UserError(f"penalty {model.penalty.name!r} has no weight to schedule: choose one such as r1+r2")
        if "augment_p" in config.ends and (model.augment is None or model.config.ada_target):
            raise UserError("augment-p-end leads the probability of an augmentation: choose one, without ada_target")
        if "beta2" in config.ends and any("betas" not in o.defaults for o in model.optimisers.values()):
            raise UserError(f"the optimiser of {model.name} has no beta2 to schedule: leave out --beta2-end")
        starts = {
            "lr": model.config.lr, "penalty_weight": model.penalty.weight, "beta2": model.config.beta2,
            "ema_halflife": config.ema_halflife, "augment_p": model.config.augment_p,
        }  # fmt: skip
        return {name: Cosine(starts[name], end, config.schedule_steps or 1) for name, end in config.ends.items()}

    def _set(self, name: str, value: float) -> None:
        if name == "ema_halflife":
            self.ema.halflife = value
        else:
            self.model.adjust(name, value)

    def _tell_saved(self) -> None:
        with self._lent_random_state():
            for hook in self.hooks:
                hook.saved(self)

    def _read(self, scalars: dict[str, Tensor], seconds: float) -> dict[str, Any]:
        self._raise_if_bad()
        values = self.rank.gather(torch.stack([*scalars.values()]).float()[None]).mean(0).tolist()
        return {"step": self.step, **dict(zip(scalars, values, strict=True)), "seconds": round(seconds, 3)}

    def _raise_if_bad(self) -> None:
        bad = self.model.first_bad_update()
        if bad is not None:
            step, player = bad
            kept = "there is no checkpoint yet"
            if self.folder is not None and self._saved_step >= 0:
                kept = f"the checkpoint of step {self._saved_step} is intact"
            reason = (
                f"the loss of {player} became infinite or NaN at step {step}: {kept}; lower --lr, or add a --penalty"
            )
            for hook in self.hooks:
                hook.failed(self, reason)
            raise NonFiniteError(reason)

    def _check_finite(self) -> None:
        self._raise_if_bad()
        for name, value in self.model.state_dict().items():
            if value.is_floating_point() and not torch.isfinite(value).all():
                raise NonFiniteError(
                    f"{name} became infinite or NaN by step {self.step}, and nothing was saved:"
                    " lower --lr, or add a --penalty"
                )

    def _write_generator(self, folder: RunFolder) -> None:
        network = self.averaged_generator()
        weights = {name: value.contiguous().cpu() for name, value in network.state_dict().items()}
        metadata = {"made by": f"ganlab: {self.model.name}, step {self.step}"}  # one entry: their order would vary
        write_atomically(folder.generator, to_safetensors(weights, metadata=metadata))

    def _draw_sheet(self) -> None:
        if self.folder is None or not can_be_drawn(self.model.shape):
            return
        self._check_finite()  # a sheet of NaN would be refused in words that name neither step nor network
        with self._first_writes() as writes:
            if writes:
                self._write_sheet(self.folder)

    def _write_sheet(self, folder: RunFolder) -> None:
        count = 64 if len(self.model.shape) == 3 else 1000
        codes = draw_codes(self.model, count, stream(self.config.seed, "sheet"))
        samples = generate(self.averaged_generator(), codes, self.device)
        save_picture(samples, folder.samples / f"step-{self.step:08d}.png")

    @contextmanager
    def _first_writes(self) -> Iterator[bool]:
        """Whether this process is the one that writes; the others wait at the end of the block until it has."""
        with ranks.together(self.rank):
            yield self.rank.first

    def _seeded_global_state(self, seed: int) -> dict[str, Tensor]:
        devices = {"cpu": "cpu"} | ({"cuda": self.device} if self.device.type == "cuda" else {})
        return {name: torch.Generator(where).manual_seed(seed).get_state() for name, where in devices.items()}

    def _current_global_state(self) -> dict[str, Tensor]:
        state = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            state["cuda"] = torch.cuda.get_rng_state(self.device)
        return state

    def _gpus(self) -> list[torch.device]:
        return [self.device] if self.device.type == "cuda" else []

    def _lent_random_state(self) -> AbstractContextManager[None]:
        """Whoever looks on may draw from PyTorch's global generator; what it draws is not ours."""
        return torch.random.fork_rng(devices=self._gpus())

    @contextmanager
    def _own_random_state(self) -> Iterator[None]:
        """Layers such as dropout draw from PyTorch's global generator: lend them ours, and give the caller's back."""
        with torch.random.fork_rng(devices=self._gpus()):
            torch.set_rng_state(self._global_rng["cpu"])
            if self.device.type == "cuda" and "cuda" in self._global_rng:
                torch.cuda.set_rng_state(self._global_rng["cuda"], self.device)
            self._running = True
            try:
                yield
            finally:
                self._running, self._global_rng = False, self._current_global_state()


@contextmanager
def _polite_signals(launched: bool) -> Iterator[list[int]]:
    """Turn the first SIGINT or SIGTERM into a note, read between two steps; a second one acts at once.

    Not where a launcher passes on what the terminal has sent already: it kills by itself those that do not end.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, frame: Any) -> None:
        asked.append(number)
        if not launched:
            signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, note)
    try:
        yield asked
    finally:
        for restored, handler in before.items():
            signal.signal(restored, handler)
