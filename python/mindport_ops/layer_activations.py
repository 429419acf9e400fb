"""Activation layers with torch's constructors; ``inplace`` is accepted and has no effect on the result."""

from __future__ import annotations

import mindspore as ms
from mindspore import Parameter, Tensor, nn, ops

from . import functional as F

__all__ = [
    "AlphaDropout",
    "CELU",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "ELU",
    "FeatureAlphaDropout",
    "GLU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU6",
    "SELU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


class Sigmoid(nn.Sigmoid):
    """``torch.nn.Sigmoid``."""


class Tanh(nn.Tanh):
    """``torch.nn.Tanh``."""


class LogSigmoid(nn.Cell):
    """``torch.nn.LogSigmoid``; MindSpore's is minus infinity from about -88 on."""

    def construct(self, x: Tensor) -> Tensor:
        return -ops.softplus(-x)


class ReLU6(nn.ReLU6):
    """``torch.nn.ReLU6``."""

    def __init__(self, inplace: bool = False):
        del inplace
        super().__init__()


class ELU(nn.ELU):
    """``torch.nn.ELU``."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        del inplace
        super().__init__(alpha=alpha)


class CELU(nn.CELU):
    """``torch.nn.CELU``."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        del inplace
        super().__init__(alpha=alpha)


class SELU(nn.Cell):
    """``torch.nn.SELU``; the gradient of MindSpore's operator is wrong on the CPU."""

    def __init__(self, inplace: bool = False):
        del inplace
        super().__init__()

    def construct(self, x: Tensor) -> Tensor:
        return F.selu(x)


class Mish(nn.Cell):
    """``torch.nn.Mish``; MindSpore's is NaN from about 89 on."""

    def __init__(self, inplace: bool = False):
        del inplace
        super().__init__()

    def construct(self, x: Tensor) -> Tensor:
        return F.mish(x)


class Hardswish(nn.Cell):
    """``torch.nn.Hardswish``."""

    def __init__(self, inplace: bool = False):
        del inplace
        super().__init__()

    def construct(self, x: Tensor) -> Tensor:
        return ops.hardswish(x)


class Hardsigmoid(nn.Cell):
    """``torch.nn.Hardsigmoid``."""

    def __init__(self, inplace: bool = False):
        del inplace
        super().__init__()

    def construct(self, x: Tensor) -> Tensor:
        return ops.hardsigmoid(x)


class Hardtanh(nn.Cell):
    """``torch.nn.Hardtanh``."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
        del inplace
        super().__init__()
        self.min_val, self.max_val = min_val, max_val

    def construct(self, x: Tensor) -> Tensor:
        return F.hardtanh(x, self.min_val, self.max_val)


class Hardshrink(nn.Cell):
    """``torch.nn.Hardshrink``."""

    def __init__(self, lambd: float = 0.5):
        super().__init__()
        self.lambd = lambd

    def construct(self, x: Tensor) -> Tensor:
        return ops.hardshrink(x, lambd=self.lambd)


class Softshrink(nn.Cell):
    """``torch.nn.Softshrink``."""

    def __init__(self, lambd: float = 0.5):
        super().__init__()
        self.lambd = lambd

    def construct(self, x: Tensor) -> Tensor:
        return ops.softshrink(x, lambd=self.lambd)


class Softplus(nn.Cell):
    """``torch.nn.Softplus``."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def construct(self, x: Tensor) -> Tensor:
        return ops.softplus(x, beta=self.beta, threshold=self.threshold)


class Softsign(nn.Cell):
    """``torch.nn.Softsign``."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.softsign(x)


class Tanhshrink(nn.Cell):
    """``torch.nn.Tanhshrink``."""

    def construct(self, x: Tensor) -> Tensor:
        return x - ops.tanh(x)


class Threshold(nn.Cell):
    """``torch.nn.Threshold``."""

    def __init__(self, threshold: float, value: float, inplace: bool = False):
        del inplace
        super().__init__()
        self.threshold, self.value = threshold, value

    def construct(self, x: Tensor) -> Tensor:
        return ops.threshold(x, self.threshold, self.value)


class RReLU(nn.Cell):
    """``torch.nn.RReLU``: random slopes in training, their mean otherwise."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False):
        del inplace
        super().__init__()
        self.lower, self.upper = lower, upper

    def construct(self, x: Tensor) -> Tensor:
        if self.training:
            slopes = self.lower + (self.upper - self.lower) * ops.rand(x.shape)
            return ops.where(x >= 0, x, x * ops.cast(slopes, x.dtype))
        return ops.leaky_relu(x, alpha=(self.lower + self.upper) / 2)


class GLU(nn.Cell):
    """``torch.nn.GLU``."""

    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def construct(self, x: Tensor) -> Tensor:
        return ops.glu(x, axis=self.dim)


class PReLU(nn.Cell):
    """``torch.nn.PReLU``; the parameter is named weight (w in MindSpore)."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25):
        super().__init__()
        self.weight = Parameter(ops.full((num_parameters,), init, dtype=ms.float32))

    def construct(self, x: Tensor) -> Tensor:
        return ops.prelu(x, self.weight)


class _OverAxis(nn.Cell):
    def __init__(self, dim: int | None = None):
        super().__init__()
        self.dim = dim


class Softmax(_OverAxis):
    """``torch.nn.Softmax``; without `dim` the axis is chosen by the input's rank, as in torch."""

    def construct(self, x: Tensor) -> Tensor:
        return F.softmax(x) if self.dim is None else ops.softmax(x, axis=self.dim)


class LogSoftmax(_OverAxis):
    """``torch.nn.LogSoftmax``; without `dim` as in `Softmax`."""

    def construct(self, x: Tensor) -> Tensor:
        return F.log_softmax(x) if self.dim is None else ops.log_softmax(x, axis=self.dim)


class Softmin(_OverAxis):
    """``torch.nn.Softmin``; without `dim` as in `Softmax`."""

    def construct(self, x: Tensor) -> Tensor:
        return F.softmin(x) if self.dim is None else ops.softmax(-x, axis=self.dim)


class Softmax2d(nn.Cell):
    """``torch.nn.Softmax2d``: over the channels."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.softmax(x, axis=-3)


class _Dropping(nn.Cell):
    def __init__(self, p: float = 0.5, inplace: bool = False):
        del inplace
        super().__init__()
        self.p = p


class Dropout1d(_Dropping):
    """``torch.nn.Dropout1d``: whole channels."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.dropout1d(x, p=self.p, training=self.training)


class Dropout2d(_Dropping):
    """``torch.nn.Dropout2d``: whole channels."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.dropout2d(x, p=self.p, training=self.training)


class Dropout3d(_Dropping):
    """``torch.nn.Dropout3d``: whole channels."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.dropout3d(x, p=self.p, training=self.training)


class AlphaDropout(_Dropping):
    """``torch.nn.AlphaDropout``."""

    def construct(self, x: Tensor) -> Tensor:
        return F.alpha_dropout(x, p=self.p, training=self.training)


class FeatureAlphaDropout(_Dropping):
    """``torch.nn.FeatureAlphaDropout``."""

    def construct(self, x: Tensor) -> Tensor:
        return F.feature_alpha_dropout(x, p=self.p, training=self.training)
