"""``torch.fft.fftshift`` and its inverse: MindSpore 2.10's own give a wrong gradient on the CPU from the second call on."""

from __future__ import annotations

from mindspore import Tensor
from mindspore.ops import constexpr

from .shift import roll

__all__ = ["fftshift", "ifftshift"]


@constexpr
def _halves(shape: tuple[int, ...], dim: int | tuple[int, ...] | None, up: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How far, and along which dimensions: half of each, rounded down to the middle or `up` back to the front."""
    dims = tuple(range(len(shape))) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    return tuple((shape[d] + up) // 2 for d in dims), dims


def fftshift(input: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """The zero frequency into the middle of every dimension of `dim` (all when None)."""
    halves = _halves(input.shape, dim, False)
    return roll(input, halves[0], halves[1])


def ifftshift(input: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """The zero frequency from the middle back to the front of every dimension of `dim` (all when None)."""
    halves = _halves(input.shape, dim, True)
    return roll(input, halves[0], halves[1])
