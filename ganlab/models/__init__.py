"""One file per published model: its networks, its configuration, and a ``step`` that reads like the paper."""

from ganlab.models.base import BatchSource, Model, ModelConfig, frozen
from ganlab.models.dcgan import DCGAN, DCGANConfig
from ganlab.models.gan import GAN, GANConfig
from ganlab.models.r3gan import R3GAN, R3GANConfig

MODELS: dict[str, type[Model]] = {model.name: model for model in (GAN, DCGAN, R3GAN)}
"""Every model by its name, for the command line and for run folders."""

__all__ = [
    "DCGAN",
    "GAN",
    "MODELS",
    "R3GAN",
    "BatchSource",
    "DCGANConfig",
    "GANConfig",
    "Model",
    "ModelConfig",
    "R3GANConfig",
    "frozen",
]
