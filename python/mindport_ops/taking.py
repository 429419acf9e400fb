"""Elements by their place: in the flattened tensor, along one axis."""

from __future__ import annotations

from mindspore import Tensor, ops

__all__ = ["select", "take"]


def take(input: Tensor, index: Tensor) -> Tensor:
    """``torch.take``: `index` counts in the flattened input, from the end where it is negative.

    MindSpore's gather finds negative places forward, and leaves their gradient out (2.10.0, CPU).
    """
    flat = input.reshape(-1)
    return ops.gather(flat, ops.where(index < 0, index + flat.shape[0], index), 0)


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """``torch.select``: what stands at `index` of the axis `dim`, counted from the end where it is negative; one axis less.

    MindSpore's narrow refuses negative places.
    """
    place = index + input.shape[dim] if index < 0 else index
    return ops.squeeze(ops.narrow(input, dim, place, 1), axis=dim)
