"""Normalisation layers with torch's constructors. Parameters of layers that MindSpore has keep MindSpore's names (gamma, beta)."""

from __future__ import annotations

import mindspore as ms
from mindspore import Parameter, Tensor, nn, ops

from . import functional as F

__all__ = [
    "BatchNorm1d",
    "BatchNorm3d",
    "Bilinear",
    "CosineSimilarity",
    "Embedding",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LocalResponseNorm",
    "PairwiseDistance",
    "RMSNorm",
    "SyncBatchNorm",
]


class BatchNorm1d(nn.BatchNorm1d):
    """``torch.nn.BatchNorm1d``: ``momentum`` weighs the new statistic (in MindSpore the old one)."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, track_running_stats: bool = True):
        statistics = None if track_running_stats else True
        super().__init__(num_features, eps=eps, momentum=1.0 - momentum, affine=affine, use_batch_statistics=statistics)


class BatchNorm3d(nn.BatchNorm2d):
    """``torch.nn.BatchNorm3d``: ``momentum`` weighs the new statistic. MindSpore's own keeps its weights one level deeper."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, track_running_stats: bool = True):
        statistics = None if track_running_stats else True
        super().__init__(num_features, eps=eps, momentum=1.0 - momentum, affine=affine, use_batch_statistics=statistics)

    def construct(self, x: Tensor) -> Tensor:
        shape = x.shape
        return super().construct(ops.reshape(x, shape[:2] + (-1, shape[4]))).reshape(shape)


class SyncBatchNorm(nn.SyncBatchNorm):
    """``torch.nn.SyncBatchNorm``: ``momentum`` weighs the new statistic (in MindSpore the old one)."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, track_running_stats: bool = True):
        statistics = None if track_running_stats else True
        super().__init__(num_features, eps=eps, momentum=1.0 - momentum, affine=affine, use_batch_statistics=statistics)


class GroupNorm(nn.GroupNorm):
    """``torch.nn.GroupNorm``."""

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True):
        super().__init__(num_groups, num_channels, eps=eps, affine=affine)


class _InstanceNorm(nn.Cell):
    """(batch, channels, ...): each channel of each sample by its own mean and variance, in training and evaluation.

    One sample without the batch axis is taken as well. MindSpore's have no CPU kernel. Parameters weight and bias, only with `affine`. Running
    statistics are not kept: ValueError.
    """

    #: axes of an input with the batch axis
    rank = 0

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False, track_running_stats: bool = False
    ):
        del momentum  # of running statistics only
        super().__init__()
        if track_running_stats:
            raise ValueError("an InstanceNorm with running statistics has no counterpart: it normalises by those of the input")
        self.num_features, self.eps = num_features, eps
        self.weight = Parameter(ops.ones((num_features,), ms.float32)) if affine else None
        self.bias = Parameter(ops.zeros((num_features,), ms.float32)) if affine else None

    def construct(self, x: Tensor) -> Tensor:
        if x.ndim == self.rank - 1:
            return F.instance_norm(ops.expand_dims(x, 0), self.weight, self.bias, self.eps)[0]
        return F.instance_norm(x, self.weight, self.bias, self.eps)


class InstanceNorm1d(_InstanceNorm):
    """``torch.nn.InstanceNorm1d`` of (batch, channels, length)."""

    rank = 3


class InstanceNorm2d(_InstanceNorm):
    """``torch.nn.InstanceNorm2d`` of (batch, channels, height, width)."""

    rank = 4


class InstanceNorm3d(_InstanceNorm):
    """``torch.nn.InstanceNorm3d`` of (batch, channels, depth, height, width)."""

    rank = 5


class RMSNorm(nn.Cell):
    """``torch.nn.RMSNorm``; the parameter is named weight."""

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float | None = None, elementwise_affine: bool = True):
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = eps
        self.weight = Parameter(ops.ones(self.normalized_shape, ms.float32)) if elementwise_affine else None

    def construct(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)


class LocalResponseNorm(nn.Cell):
    """``torch.nn.LocalResponseNorm``."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def construct(self, x: Tensor) -> Tensor:
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)


class CosineSimilarity(nn.Cell):
    """``torch.nn.CosineSimilarity``."""

    def __init__(self, dim: int = 1, eps: float = 1e-8):
        super().__init__()
        self.dim, self.eps = dim, eps

    def construct(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(nn.Cell):
    """``torch.nn.PairwiseDistance``."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False):
        super().__init__()
        self.p, self.eps, self.keepdim = p, eps, keepdim

    def construct(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)


class Bilinear(nn.Cell):
    """``torch.nn.Bilinear``: parameters weight [out, in1, in2] and bias [out], uniform within 1 / sqrt(in1)."""

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True):
        super().__init__()
        bound = in1_features**-0.5
        self.weight = Parameter(ops.rand((out_features, in1_features, in2_features)) * (2 * bound) - bound)
        self.bias = Parameter(ops.rand((out_features,)) * (2 * bound) - bound) if bias else None

    def construct(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)
