"""In-place initialisers with the names, arguments and laws of ``torch.nn.init``, for MindSpore parameters.

Each function fills an existing ``Parameter`` (float types) and returns it. They are meant for ``__init__``
and ``Cell.apply``, not for compiled functions. Random ones draw from the generator that ``mindspore.set_seed`` seeds.
"""

from __future__ import annotations

import math

import numpy as np
from mindspore import Parameter, Tensor
from mindspore.common.initializer import Constant, Identity, Initializer, Normal, Orthogonal, TruncatedNormal, Uniform, initializer

from .parameters import set_value

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def _fill(parameter: Parameter, law: Initializer) -> Parameter:
    if not isinstance(parameter, Parameter):
        raise TypeError(f"an initialiser fills a mindspore.Parameter in place, got {type(parameter).__name__}")
    return set_value(parameter, initializer(law, parameter.shape, parameter.dtype).init_data())


def constant_(tensor: Parameter, val: float) -> Parameter:
    """Every element becomes ``val``."""
    return _fill(tensor, Constant(val))


def zeros_(tensor: Parameter) -> Parameter:
    """Every element becomes 0."""
    return _fill(tensor, Constant(0.0))


def ones_(tensor: Parameter) -> Parameter:
    """Every element becomes 1."""
    return _fill(tensor, Constant(1.0))


def eye_(tensor: Parameter) -> Parameter:
    """The identity matrix, for a two-dimensional parameter."""
    if tensor.ndim != 2:
        raise ValueError(f"eye_ needs two dimensions, got {tensor.ndim}")
    return _fill(tensor, Identity())


def normal_(tensor: Parameter, mean: float = 0.0, std: float = 1.0) -> Parameter:
    """Gaussian with the given mean and standard deviation."""
    return _fill(tensor, Normal(sigma=std, mean=mean))


def uniform_(tensor: Parameter, a: float = 0.0, b: float = 1.0) -> Parameter:
    """Uniform on [a, b)."""
    # Uniform(scale) of MindSpore is symmetric about zero, so shift it.
    _fill(tensor, Uniform(scale=(b - a) / 2.0))
    return set_value(tensor, tensor.asnumpy() + (a + b) / 2.0)


def trunc_normal_(tensor: Parameter, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0) -> Parameter:
    """Gaussian cut off at ``a`` and ``b``; both are values of the result, not multiples of ``std`` (as in torch)."""
    return _fill(tensor, TruncatedNormal(sigma=std, mean=mean, a=a, b=b))


def orthogonal_(tensor: Parameter, gain: float = 1.0) -> Parameter:
    """Rows (or columns) of the two-dimensional view are orthonormal, times ``gain``."""
    return _fill(tensor, Orthogonal(gain))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The recommended gain of a nonlinearity (torch.nn.init.calculate_gain)."""
    if nonlinearity in ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid"):
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3.0
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else float(param)
        return math.sqrt(2.0 / (1.0 + slope**2))
    if nonlinearity == "selu":
        return 0.75
    raise ValueError(f"unknown nonlinearity {nonlinearity!r}")


def _fans(tensor: Parameter) -> tuple[int, int]:
    if tensor.ndim < 2:
        raise ValueError(f"fan in and fan out need at least two dimensions, got {tensor.ndim}")
    receptive = int(np.prod(tensor.shape[2:]))
    return tensor.shape[1] * receptive, tensor.shape[0] * receptive


def xavier_uniform_(tensor: Parameter, gain: float = 1.0) -> Parameter:
    """Glorot's uniform law: bound gain * sqrt(6 / (fan_in + fan_out))."""
    fan_in, fan_out = _fans(tensor)
    return _fill(tensor, Uniform(scale=gain * math.sqrt(6.0 / (fan_in + fan_out))))


def xavier_normal_(tensor: Parameter, gain: float = 1.0) -> Parameter:
    """Glorot's Gaussian law: standard deviation gain * sqrt(2 / (fan_in + fan_out))."""
    fan_in, fan_out = _fans(tensor)
    return _fill(tensor, Normal(sigma=gain * math.sqrt(2.0 / (fan_in + fan_out))))


def _kaiming_std(tensor: Parameter, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be fan_in or fan_out, got {mode!r}")
    fan = _fans(tensor)[0 if mode == "fan_in" else 1]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(tensor: Parameter, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Parameter:
    """He's uniform law: bound gain * sqrt(3 / fan)."""
    return _fill(tensor, Uniform(scale=math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)))


def kaiming_normal_(tensor: Parameter, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Parameter:
    """He's Gaussian law: standard deviation gain / sqrt(fan)."""
    return _fill(tensor, Normal(sigma=_kaiming_std(tensor, a, mode, nonlinearity)))


def dirac_(tensor: Parameter, groups: int = 1) -> Parameter:
    """Convolution weights (out, in / groups, one to three axes) that hand their input on: ones in the middle of the kernels."""
    if not 3 <= tensor.ndim <= 5 or tensor.shape[0] % groups:
        raise ValueError(f"dirac_ fills convolution weights whose outputs divide by groups, got shape {tensor.shape}, groups {groups}")
    values = np.zeros(tensor.shape, np.float32)
    out = tensor.shape[0] // groups
    middle = tuple(size // 2 for size in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(out, tensor.shape[1])):
            values[(group * out + channel, channel) + middle] = 1.0
    return set_value(tensor, Tensor(values, tensor.dtype))


def sparse_(tensor: Parameter, sparsity: float, std: float = 0.01) -> Parameter:
    """Gaussian with deviation `std`, where in each column of a matrix the given fraction of elements is zero."""
    if tensor.ndim != 2:
        raise ValueError(f"sparse_ fills matrices, got {tensor.ndim} dimensions")
    rows, columns = tensor.shape
    values = np.random.normal(0.0, std, (rows, columns)).astype(np.float32)
    for column in range(columns):
        values[np.random.permutation(rows)[: math.ceil(sparsity * rows)], column] = 0.0
    return set_value(tensor, Tensor(values, tensor.dtype))
