"""Activations whose MindSpore operator is not the same function, or not the same gradient."""

from __future__ import annotations

from mindspore import Tensor, ops

__all__ = ["selu"]

_SCALE, _ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def selu(input: Tensor) -> Tensor:
    """``torch.nn.functional.selu``; the gradient of MindSpore's operator is wrong on the CPU (2.10.0). Float dtypes, any device."""
    negative = ops.exp(ops.minimum(input, ops.zeros_like(input))) - 1
    return _SCALE * (ops.relu(input) + _ALPHA * negative)
