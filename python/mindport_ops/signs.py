"""Signs of numbers, that of zero included, which MindSpore's operators do not see."""

from __future__ import annotations

import mindspore as ms
from mindspore import Tensor, ops

__all__ = ["copysign", "signbit"]


def signbit(input: Tensor) -> Tensor:
    """``torch.signbit`` of a floating tensor: also true for -0.0. Of integers: below zero. NaN counts as positive."""
    if not input.is_floating_point():
        return input < 0
    # the angle beside (-1, 0): below it for everything negative, -0.0 included (1 / -0.0 is positive before MindSpore 2.9)
    number = input.astype(ms.float32)
    return ops.atan2(number, ops.full_like(number, -1.0)) < 0


def copysign(input: Tensor, other: Tensor | float) -> Tensor:
    """``torch.copysign``: the size of `input` with the sign of `other`, that of -0.0 included. The gradient at zero is zero. Float dtypes."""
    if not isinstance(other, Tensor):
        other = ops.full_like(input, other)
    size = ops.abs(input) + ops.zeros_like(ops.stop_gradient(other))
    return ops.where(signbit(ops.stop_gradient(other)), -size, size)
