"""One file per published model: its networks, its configuration, and a ``step`` that reads like the paper."""

from ganlab.models.acgan import ACGAN, ACGANConfig
from ganlab.models.base import BatchSource, Model, ModelConfig, frozen
from ganlab.models.cgan import CGAN, CGANConfig
from ganlab.models.dcgan import DCGAN, DCGANConfig
from ganlab.models.ebgan import EBGAN, EBGANConfig
from ganlab.models.gan import GAN, GANConfig
from ganlab.models.infogan import InfoGAN, InfoGANConfig
from ganlab.models.r3gan import R3GAN, R3GANConfig
from ganlab.models.sngan import SNGAN, SNGANConfig
from ganlab.models.vae import VAE, VAEConfig
from ganlab.models.wgan import WGAN, WGANConfig
from ganlab.models.wgan_gp import WGANGP, WGANGPConfig

MODELS: dict[str, type[Model]] = {
    model.name: model
    for model in (
        GAN,
        DCGAN,
        CGAN,
        ACGAN,
        InfoGAN,
        WGAN,
        WGANGP,
        EBGAN,
        SNGAN,
        R3GAN,
        VAE,
    )
}
"""Every model by its name, for the command line and for run folders."""

__all__ = [
    "ACGAN",
    "CGAN",
    "DCGAN",
    "EBGAN",
    "GAN",
    "MODELS",
    "R3GAN",
    "SNGAN",
    "VAE",
    "WGAN",
    "WGANGP",
    "ACGANConfig",
    "BatchSource",
    "CGANConfig",
    "DCGANConfig",
    "EBGANConfig",
    "GANConfig",
    "InfoGAN",
    "InfoGANConfig",
    "Model",
    "ModelConfig",
    "R3GANConfig",
    "SNGANConfig",
    "VAEConfig",
    "WGANConfig",
    "WGANGPConfig",
    "frozen",
]
