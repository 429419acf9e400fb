"""Activations whose MindSpore operator is not the same function, or not the same gradient."""

from __future__ import annotations

from mindspore import Tensor, ops

__all__ = ["hardtanh", "mish", "selu"]

_SCALE, _ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def selu(input: Tensor) -> Tensor:
    """``torch.nn.functional.selu``; the gradient of MindSpore's operator is wrong on the CPU (2.10.0). Float dtypes, any device."""
    negative = ops.exp(ops.minimum(input, ops.zeros_like(input))) - 1
    return _SCALE * (ops.relu(input) + _ALPHA * negative)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """``torch.nn.functional.hardtanh``: no gradient at the limits themselves, integers stay integers. Any device."""
    low, high = ops.full_like(input, min_val), ops.full_like(input, max_val)
    return ops.where(input <= low, low, ops.where(input >= high, high, input))


def mish(input: Tensor) -> Tensor:
    """``torch.nn.functional.mish``: x * tanh(softplus(x)); MindSpore's is NaN from about 89 on (2.10.0, CPU). Float dtypes, any device.

    With q = exp(-|x|) the tangent is (1 + 2q) / (1 + 2q + 2q^2) for x >= 0 and (q^2 + 2q) / (q^2 + 2q + 2) below: nothing overflows.
    """
    q = ops.exp(-ops.abs(input))
    square = q * q
    above = (1 + 2 * q) / (1 + 2 * q + 2 * square)
    below = (square + 2 * q) / (square + 2 * q + 2)
    return input * ops.where(input >= 0, above, below)
