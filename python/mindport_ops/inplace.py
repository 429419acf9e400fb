"""Tensor methods that change their receiver, for chains such as ``average.mul_(d).add_(weight, alpha=1 - d)``.

MindSpore 2.10's own ``add_``, ``mul_``, ... leave the receiver unchanged in PyNative on the CPU; ``copy_`` changes it in every mode, for all
names of the tensor. PyNative refuses a gradient that needs a value overwritten this way.
"""

from __future__ import annotations

from mindspore import Tensor, ops

__all__ = ["add_", "clamp_", "div_", "fill_", "mul_", "sub_"]


def add_(input: Tensor, other: Tensor | float, alpha: float = 1) -> Tensor:
    """``input.add_(other, alpha=alpha)``; returns `input`."""
    return input.copy_(input + (other if alpha == 1 else alpha * other))


def sub_(input: Tensor, other: Tensor | float, alpha: float = 1) -> Tensor:
    """``input.sub_(other, alpha=alpha)``; returns `input`."""
    return input.copy_(input - (other if alpha == 1 else alpha * other))


def mul_(input: Tensor, other: Tensor | float) -> Tensor:
    """``input.mul_(other)``; returns `input`."""
    return input.copy_(input * other)


def div_(input: Tensor, other: Tensor | float) -> Tensor:
    """``input.div_(other)``; returns `input`."""
    return input.copy_(input / other)


def clamp_(input: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None) -> Tensor:
    """``input.clamp_(min, max)``; returns `input`."""
    return input.copy_(ops.clamp(input, min=min, max=max))


def fill_(input: Tensor, value: float) -> Tensor:
    """``input.fill_(value)``; returns `input`."""
    return input.copy_(ops.full_like(input, value))
