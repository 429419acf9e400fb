"""``torch.roll`` from slices: MindSpore's own has no CPU kernel."""

from __future__ import annotations

from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = ["roll"]


@constexpr
def _cuts(shape: tuple[int, ...], shifts: int | tuple[int, ...], dims: int | tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """(dimension, first length, second length) of every shift that moves something."""
    by = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    along = (dims,) if isinstance(dims, int) else tuple(dims)
    if len(by) != len(along):
        raise ValueError(f"roll: {len(by)} shifts for {len(along)} dims")
    cuts = []
    for shift, dim in zip(by, along):
        if not -len(shape) <= dim < len(shape):
            raise ValueError(f"roll: dim {dim} of an input with {len(shape)} dimensions")
        size = shape[dim]
        if size and shift % size:
            cuts.append((dim % len(shape), size - shift % size, shift % size))
    return tuple(cuts)


def _roll_along(x: Tensor, shifts: int | tuple[int, ...], dims: int | tuple[int, ...]) -> Tensor:
    for cut in _cuts(x.shape, shifts, dims):
        dim, first, second = cut
        x = ops.cat((ops.narrow(x, dim, first, second), ops.narrow(x, dim, 0, first)), axis=dim)
    return x


def roll(input: Tensor, shifts: int | tuple[int, ...], dims: int | tuple[int, ...] | None = None) -> Tensor:
    """``torch.roll``: shifts values along `dims` cyclically; without `dims` the flattened tensor. Any shape, dtype and device with
    concatenation.
    """
    if dims is None:
        return ops.reshape(_roll_along(ops.reshape(input, (-1,)), shifts, 0), input.shape)
    return _roll_along(input, shifts, dims)
