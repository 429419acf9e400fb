"""Elements by their place in the flattened tensor."""

from __future__ import annotations

from mindspore import Tensor, ops

__all__ = ["take"]


def take(input: Tensor, index: Tensor) -> Tensor:
    """``torch.take``: `index` counts in the flattened input, from the end where it is negative.

    MindSpore's gather finds negative places forward, and leaves their gradient out (2.10.0, CPU).
    """
    flat = input.reshape(-1)
    return ops.gather(flat, ops.where(index < 0, index + flat.shape[0], index), 0)
