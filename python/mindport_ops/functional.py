"""What ``torch.nn.functional`` has and ``mindspore.ops`` lacks, refuses on the CPU or computes differently; names and arguments are torch's."""

from __future__ import annotations

from .activations import hardtanh, mish, selu
from .convolution import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d, fold
from .distances import bilinear, cosine_similarity, normalize, pairwise_distance
from .dropping import alpha_dropout, feature_alpha_dropout
from .losses import (
    cosine_embedding_loss,
    gaussian_nll_loss,
    hinge_embedding_loss,
    kl_div,
    multi_margin_loss,
    multilabel_margin_loss,
    poisson_nll_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from .normalization import batch_norm, instance_norm, layer_norm, local_response_norm, log_softmax, rms_norm, softmax, softmin
from .padding import pad
from .pooling import (
    adaptive_avg_pool1d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    channel_shuffle,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool,
)
from .resize import interpolate

__all__ = [
    "adaptive_avg_pool1d",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "feature_alpha_dropout",
    "fold",
    "gaussian_nll_loss",
    "hardtanh",
    "hinge_embedding_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "layer_norm",
    "local_response_norm",
    "log_softmax",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool",
    "mish",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "normalize",
    "pad",
    "pairwise_distance",
    "poisson_nll_loss",
    "rms_norm",
    "selu",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]
