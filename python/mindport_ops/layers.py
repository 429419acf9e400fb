"""Layers with torch's constructors, for places where the class itself is passed around.

``nn.LayerNorm(dim)`` is rewritten in place, but in ``partial(nn.LayerNorm, eps=1e-6)`` or ``act_layer=nn.GELU`` the later call is not known.
These classes take torch's arguments and are subclasses of MindSpore's, so ``isinstance`` tests and parameter names stay as for those.
"""

from __future__ import annotations

import mindspore as ms
from mindspore import nn, ops

from .layer_activations import (
    AlphaDropout,
    CELU,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    ELU,
    FeatureAlphaDropout,
    GLU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    RReLU,
    ReLU6,
    SELU,
    Sigmoid,
    Softmax,
    Softmax2d,
    Softmin,
    Softplus,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
    Threshold,
)
from .layer_attention import (
    MultiheadAttention,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from .layer_containers import ModuleDict
from .layer_convolutions import (
    Conv1d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    PaddedConv2d,
)
from .layer_embeddings import Embedding
from .layer_losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CTCLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from .layer_norms import (
    BatchNorm1d,
    BatchNorm3d,
    Bilinear,
    CosineSimilarity,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    LocalResponseNorm,
    PairwiseDistance,
    RMSNorm,
    SyncBatchNorm,
)
from .layer_shapes import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    ChannelShuffle,
    CircularPad1d,
    CircularPad2d,
    CircularPad3d,
    ConstantPad1d,
    ConstantPad2d,
    ConstantPad3d,
    Flatten,
    Fold,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MaxUnpool1d,
    MaxUnpool2d,
    MaxUnpool3d,
    PixelShuffle,
    PixelUnshuffle,
    ReflectionPad1d,
    ReflectionPad2d,
    ReflectionPad3d,
    ReplicationPad1d,
    ReplicationPad2d,
    ReplicationPad3d,
    Unflatten,
    Unfold,
    Upsample,
    UpsamplingBilinear2d,
    UpsamplingNearest2d,
    ZeroPad1d,
    ZeroPad2d,
    ZeroPad3d,
)

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AlphaDropout",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Bilinear",
    "CELU",
    "CTCLoss",
    "ChannelShuffle",
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "ELU",
    "Embedding",
    "FeatureAlphaDropout",
    "Flatten",
    "Fold",
    "GELU",
    "GLU",
    "GaussianNLLLoss",
    "GroupNorm",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "MarginRankingLoss",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
    "Mish",
    "ModuleDict",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "MultiheadAttention",
    "NLLLoss",
    "PReLU",
    "PaddedConv2d",
    "PairwiseDistance",
    "PixelShuffle",
    "PixelUnshuffle",
    "PoissonNLLLoss",
    "RMSNorm",
    "RReLU",
    "ReLU",
    "ReLU6",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "SELU",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "SyncBatchNorm",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
    "Unflatten",
    "Unfold",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


class Conv2d(nn.Conv2d):
    """``torch.nn.Conv2d`` with zero padding: torch's arguments and defaults, parameters weight [out, in / groups, kh, kw] and bias [out].

    A patch embedding (kernel = stride, no padding, one group) is computed as one matrix product of the unfolded patches where that is
    faster: on the CPU, whose convolution kernel takes ten to thirty times as long for such shapes (measured with MindSpore 2.10). Input
    [batch, in, height, width], output [batch, out, height', width'].
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ):
        top, left = _pair(padding)
        super().__init__(
            in_channels,
            out_channels,
            kernel_size=_pair(kernel_size),
            stride=_pair(stride),
            pad_mode="pad" if top or left else "valid",
            padding=(top, top, left, left) if top or left else 0,
            dilation=_pair(dilation),
            group=groups,
            has_bias=bias,
        )
        # as torch calls them, for classes of the program that inherit this one
        self.padding, self.groups = (top, left), groups
        patches = _pair(kernel_size) == _pair(stride) and not (top or left) and _pair(dilation) == (1, 1) and groups == 1
        self.as_patches = patches and ms.get_context("device_target") == "CPU"
        self.patch_height, self.patch_width = _pair(kernel_size)

    def construct(self, x):
        if not self.as_patches:
            return super().construct(x)
        batch, channels = x.shape[0], x.shape[1]
        rows, columns = x.shape[2] // self.patch_height, x.shape[3] // self.patch_width
        x = x[:, :, : rows * self.patch_height, : columns * self.patch_width]
        x = x.reshape(batch, channels, rows, self.patch_height, columns, self.patch_width)
        x = x.permute(0, 2, 4, 1, 3, 5).reshape(batch, rows, columns, channels * self.patch_height * self.patch_width)
        return ops.dense(x, self.weight.reshape(self.out_channels, -1), self.bias).permute(0, 3, 1, 2)


class LayerNorm(nn.LayerNorm):
    """``torch.nn.LayerNorm``: an integer or a sequence of sizes, epsilon 1e-5 (MindSpore's own default is 1e-7).

    Parameters are named gamma and beta; without affine they stay at 1 and 0 and are not trained.
    """

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True):
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        super().__init__(shape, begin_norm_axis=-1, begin_params_axis=-1, epsilon=eps)
        self.axes = len(shape)
        self.gamma.requires_grad = elementwise_affine
        self.beta.requires_grad = elementwise_affine and bias

    def construct(self, x):
        if self.axes == 1:
            return super().construct(x)
        # The operator refuses negative axes other than the last: the normalised axes become one.
        flat = x.reshape(x.shape[: -self.axes] + (-1,))
        return self.layer_norm(flat, self.gamma.reshape(-1), self.beta.reshape(-1))[0].reshape(x.shape)


class GELU(nn.GELU):
    """``torch.nn.GELU``: exact by default (MindSpore's own default is the tanh form)."""

    def __init__(self, approximate: str = "none"):
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate must be 'none' or 'tanh', got {approximate!r}")
        super().__init__(approximate=approximate == "tanh")


class Dropout(nn.Dropout):
    """``torch.nn.Dropout``: the first argument is the probability to drop (MindSpore's first argument is the probability to keep)."""

    def __init__(self, p: float = 0.5, inplace: bool = False):
        del inplace  # the result is the same
        super().__init__(p=p)


class Linear(nn.Dense):
    """``torch.nn.Linear``; the initial weights follow the same law in both frameworks."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        super().__init__(in_features, out_features, has_bias=bias)


class BatchNorm2d(nn.BatchNorm2d):
    """``torch.nn.BatchNorm2d``: ``momentum`` weighs the new statistic (in MindSpore the old one)."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, track_running_stats: bool = True):
        statistics = None if track_running_stats else True
        super().__init__(num_features, eps=eps, momentum=1.0 - momentum, affine=affine, use_batch_statistics=statistics)


class ReLU(nn.ReLU):
    """``torch.nn.ReLU``."""

    def __init__(self, inplace: bool = False):
        del inplace  # the result is the same
        super().__init__()


class SiLU(nn.SiLU):
    """``torch.nn.SiLU``."""

    def __init__(self, inplace: bool = False):
        del inplace  # the result is the same
        super().__init__()


class LeakyReLU(nn.LeakyReLU):
    """``torch.nn.LeakyReLU``: the slope is 0.01 by default (0.2 in MindSpore)."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False):
        del inplace  # the result is the same
        super().__init__(alpha=negative_slope)


class Identity(nn.Identity):
    """``torch.nn.Identity``: takes any arguments and uses none."""

    def __init__(self, *args, **kwargs):
        del args, kwargs
        super().__init__()
