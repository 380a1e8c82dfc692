"""The loop that every model shares: trainer, checkpoint, EMA, log, seeds, device."""

from ganlab.training import stabilisers
from ganlab.training.alarms import ALARMS, Alarm, alarms, rhythm
from ganlab.training.dashboard import write_dashboard
from ganlab.training.device import choose_device, choose_precision, default_threads, describe, use_threads
from ganlab.training.ema import EMA
from ganlab.training.generator import TrainedGenerator, build_model, draw_codes, generate, load_generator, open_run
from ganlab.training.launch import train_run
from ganlab.training.monitor import Metric, Monitor
from ganlab.training.ranks import most_processes
from ganlab.training.runfolder import RunFolder
from ganlab.training.schedule import Cosine
from ganlab.training.streams import derive, stream
from ganlab.training.trainer import Hook, Interrupted, TrainConfig, Trainer

__all__ = [
    "ALARMS",
    "EMA",
    "Alarm",
    "Cosine",
    "Hook",
    "Interrupted",
    "Metric",
    "Monitor",
    "RunFolder",
    "TrainConfig",
    "TrainedGenerator",
    "Trainer",
    "alarms",
    "build_model",
    "choose_device",
    "choose_precision",
    "default_threads",
    "derive",
    "describe",
    "draw_codes",
    "generate",
    "load_generator",
    "most_processes",
    "open_run",
    "rhythm",
    "stabilisers",
    "stream",
    "train_run",
    "use_threads",
    "write_dashboard",
]
