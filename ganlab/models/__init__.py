"""One file per published model: its networks, its configuration, and a ``step`` that reads like the paper."""

from ganlab.models.base import BatchSource, Model, ModelConfig, frozen
from ganlab.models.dcgan import DCGAN, DCGANConfig
from ganlab.models.gan import GAN, GANConfig

MODELS: dict[str, type[Model]] = {model.name: model for model in (GAN, DCGAN)}
"""Every model by its name, for the command line and for run folders."""

__all__ = ["DCGAN", "GAN", "MODELS", "BatchSource", "DCGANConfig", "GANConfig", "Model", "ModelConfig", "frozen"]
