"""``torch.Tensor.unfold``: sliding windows along one dimension, as copies."""

from __future__ import annotations

from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = ["sliding_windows"]


@constexpr
def _starts(length: int, size: int, step: int) -> tuple[int, ...]:
    if size > length:
        raise ValueError(f"sliding_windows: windows of {size} in a dimension of {length}")
    return tuple(range(0, length - size + 1, step))


def sliding_windows(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of `size` every `step` along `dimension`: their number takes its place, their elements are a new last dimension."""
    moved = ops.swapaxes(input, dimension, -1)
    starts = _starts(moved.shape[-1], size, step)
    windows = ops.stack([moved[..., start : start + size] for start in starts], axis=-2)
    return ops.swapaxes(windows, dimension if dimension >= 0 else dimension - 1, -2)
