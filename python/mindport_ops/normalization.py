"""Normalisations of ``torch.nn.functional``: MindSpore's functional forms have no CPU kernel or other defaults."""

from __future__ import annotations

import mindspore as ms
import numpy as np
from mindspore import Parameter, Tensor, ops
from mindspore.ops import constexpr

__all__ = ["batch_norm", "instance_norm", "layer_norm", "local_response_norm", "log_softmax", "rms_norm", "softmax", "softmin"]


@constexpr
def _axes(shape: tuple[int, ...], normalized_shape: int | tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """The normalised shape as a tuple and the first normalised axis; ValueError when it is not the end of the input's shape."""
    wanted = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not wanted or shape[len(shape) - len(wanted) :] != wanted:
        raise ValueError(f"layer_norm: the input's shape {shape} does not end with {wanted}")
    return wanted, len(shape) - len(wanted)


def layer_norm(
    input: Tensor,
    normalized_shape: int | tuple[int, ...],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias over the last dimensions, which must have `normalized_shape`.

    `input`: any float dtype of the device, (..., *normalized_shape); `weight`, `bias`: of `normalized_shape`, or None for ones and zeros.
    The biased variance is used, as in torch. Any device; forward and backward, PyNative and compiled.
    """
    wanted, axis = _axes(input.shape, normalized_shape)
    gamma = ops.ones(wanted, input.dtype) if weight is None else weight
    beta = ops.zeros(wanted, input.dtype) if bias is None else bias
    output, _, _ = ops.LayerNorm(axis, axis, eps)(input, gamma, beta)
    return output


@constexpr
def _range(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last))


@constexpr
def _epsilon(dtype: str) -> float:
    return float(np.finfo(np.float64 if dtype == "Float64" else np.float32).eps)


@constexpr
def _is_half(dtype: str) -> bool:
    return dtype in ("Float16", "BFloat16")


def _wide(x: Tensor) -> Tensor:
    """Half precision as float32: squares and sums do not fit into it. The result goes back to the dtype of the input, as in torch."""
    return x.astype(ms.float32) if _is_half(str(x.dtype)) else x


def rms_norm(input: Tensor, normalized_shape: int | tuple[int, ...], weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """``torch.nn.functional.rms_norm``: x / sqrt(mean(x^2) + eps) * weight over the last dimensions.

    Half precision is computed in float32; `eps` is that of the dtype it is computed in unless given. PyNative and compiled.
    """
    _, axis = _axes(input.shape, normalized_shape)
    x = _wide(input)
    square = ops.mean(x * x, _range(axis, x.ndim), True)
    output = x * ops.rsqrt(square + (_epsilon(str(input.dtype)) if eps is None else eps))
    return (output if weight is None else output * weight).astype(input.dtype)


def _by_channel(vector: Tensor, rank: int) -> Tensor:
    return ops.reshape(vector, (1, -1) + (1,) * (rank - 2))


def _normalised(x: Tensor, axes: tuple[int, ...], weight: Tensor | None, bias: Tensor | None, eps: float) -> Tensor:
    dtype = x.dtype
    x = _wide(x)
    centred = x - ops.mean(x, axes, True)
    output = centred * ops.rsqrt(ops.mean(centred * centred, axes, True) + eps)
    if weight is not None:
        output = output * _by_channel(weight, x.ndim)
    return (output if bias is None else output + _by_channel(bias, x.ndim)).astype(dtype)


def instance_norm(input: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """``torch.nn.functional.instance_norm`` with the statistics of the input: (batch, channels, ...), each channel of each sample alone."""
    return _normalised(input, _range(2, input.ndim), weight, bias, eps)


@constexpr
def _correction(shape: tuple[int, ...]) -> float:
    """n / (n - 1) for the unbiased variance of a channel."""
    n = int(np.prod(shape)) // shape[1]
    if n < 2:
        raise ValueError(f"batch_norm: more than one value a channel is needed for training, got shape {shape}")
    return n / (n - 1)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """``torch.nn.functional.batch_norm`` of (batch, channels, ...). `momentum` weighs the new statistic, as in torch.

    In training, statistics that are parameters are updated in place; others are left as they are.
    """
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm: running statistics are needed outside training")
        output = (input - _by_channel(running_mean, input.ndim)) * ops.rsqrt(_by_channel(running_var, input.ndim) + eps)
        if weight is not None:
            output = output * _by_channel(weight, input.ndim)
        return output if bias is None else output + _by_channel(bias, input.ndim)
    axes = (0,) + _range(2, input.ndim)
    output = _normalised(input, axes, weight, bias, eps)
    if isinstance(running_mean, Parameter) and isinstance(running_var, Parameter):
        fixed = ops.stop_gradient(input)
        mean = ops.mean(fixed, axes)
        centred = fixed - _by_channel(mean, input.ndim)
        variance = ops.mean(centred * centred, axes) * _correction(input.shape)
        output = ops.depend(output, ops.assign(running_mean, running_mean * (1 - momentum) + mean * momentum))
        output = ops.depend(output, ops.assign(running_var, running_var * (1 - momentum) + variance * momentum))
    return output


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """``torch.nn.functional.local_response_norm`` of (batch, channels, ...): divided by (k + alpha * mean of squares of neighbours)^beta."""
    square = input * input
    edge = input.shape[:1] + (size // 2,) + input.shape[2:]
    after = input.shape[:1] + ((size - 1) // 2,) + input.shape[2:]
    padded = ops.cat([ops.zeros(edge, input.dtype), square, ops.zeros(after, input.dtype)], axis=1)
    total = ops.zeros_like(square)
    for offset in range(size):
        total = total + ops.narrow(padded, 1, offset, input.shape[1])
    return input / ops.pow(k + alpha * (total / size), beta)


@constexpr
def _implicit_axis(rank: int) -> int:
    return 0 if rank in (0, 1, 3) else 1


def softmax(input: Tensor) -> Tensor:
    """``torch.nn.functional.softmax`` without `dim`: the first axis of inputs with 0, 1 or 3 axes, the second of others."""
    return ops.softmax(input, axis=_implicit_axis(input.ndim))


def log_softmax(input: Tensor) -> Tensor:
    """``torch.nn.functional.log_softmax`` without `dim`, see `softmax`. Without dimensions, where MindSpore's process ends: the logarithm of 1."""
    if input.ndim == 0:
        return input - input
    return ops.log_softmax(input, axis=_implicit_axis(input.ndim))


def softmin(input: Tensor) -> Tensor:
    """``torch.nn.functional.softmin`` without `dim`, see `softmax`."""
    return ops.softmax(-input, axis=_implicit_axis(input.ndim))
