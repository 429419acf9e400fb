"""``torch.nn.functional.interpolate``: all modes, every scale factor.

MindSpore's operator refuses most scale factors, has no antialiasing, and its bicubic form is 6 % off on the CPU (2.10.0). Where it is exact
it is used; everything else is a product with one small matrix an axis, built from torch's coordinates while tracing.
"""

from __future__ import annotations

import math

import numpy as np
from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = ["interpolate"]

_AXES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}


def _weights(mode: str, size: int, count: int, step: float, align_corners: bool, antialias: bool) -> np.ndarray:
    """The matrix (count, size) of one axis; `step` is how far the input moves when the output moves by one."""
    matrix = np.zeros((count, size))
    if mode == "area":
        for i in range(count):
            first, last = (i * size) // count, -((-(i + 1) * size) // count)
            matrix[i, first:last] = 1.0 / (last - first)
        return matrix
    if mode in ("nearest", "nearest-exact"):
        shift = 0.5 if mode == "nearest-exact" else 0.0
        # torch computes these places in float32
        places = np.floor((np.arange(count, dtype=np.float32) + np.float32(shift)) * np.float32(step)).astype(int)
        matrix[np.arange(count), np.minimum(places, size - 1)] = 1.0
        return matrix
    cubic = mode == "bicubic"
    if antialias:
        return _antialiased(matrix, size, count, step, align_corners, cubic)
    for i in range(count):
        place = i * step if align_corners else (i + 0.5) * step - 0.5
        if not cubic:
            place = max(place, 0.0)
        first = math.floor(place)
        t = place - first
        parts = _cubic(t) if cubic else ((0, 1 - t), (1, t))
        for offset, weight in parts:
            matrix[i, min(max(first + offset, 0), size - 1)] += weight
    return matrix


def _cubic(t: float, a: float = -0.75) -> list[tuple[int, float]]:
    near = lambda x: ((a + 2) * x - (a + 3)) * x * x + 1  # noqa: E731
    far = lambda x: ((a * x - 5 * a) * x + 8 * a) * x - 4 * a  # noqa: E731
    return [(-1, far(t + 1)), (0, near(t)), (1, near(1 - t)), (2, far(2 - t))]


def _antialiased(matrix: np.ndarray, size: int, count: int, step: float, align_corners: bool, cubic: bool) -> np.ndarray:
    """Filters widened by the factor of shrinking, as in torch's antialias=True (a = -0.5 for bicubic)."""
    scale = max(step, 1.0)
    support = (2.0 if cubic else 1.0) * scale

    def filtered(x: float) -> float:
        x = abs(x)
        if not cubic:
            return max(1.0 - x, 0.0)
        a = -0.5
        return ((a + 2) * x - (a + 3)) * x * x + 1 if x < 1 else (((x - 5) * x + 8) * x - 4) * a if x < 2 else 0.0

    for i in range(count):
        center = step * (i + 0.5)
        first, last = max(int(center - support + 0.5), 0), min(int(center + support + 0.5), size)
        row = np.array([filtered((j + first - center + 0.5) / scale) for j in range(last - first)])
        matrix[i, first:last] = row / row.sum()
    return matrix


@constexpr
def _plan(
    shape: tuple[int, ...],
    size: int | tuple[int, ...] | None,
    scale_factor: float | tuple[float, ...] | None,
    mode: str,
    align_corners: bool,
    recompute: bool,
) -> tuple[tuple[int, ...], tuple[float, ...], bool]:
    """Output sizes, steps, and whether the steps are those of the sizes alone."""
    spatial = shape[2:]
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give either size or scale_factor")
    if len(spatial) not in (1, 2, 3) or _AXES.get(mode, len(spatial)) != len(spatial):
        raise ValueError(f"interpolate: mode {mode!r} does not fit an input with {len(shape)} dimensions")
    scales: tuple[float, ...] | None = None
    if size is not None:
        counts = (int(size),) * len(spatial) if isinstance(size, int) else tuple(int(n) for n in size)
    else:
        scales = (float(scale_factor),) * len(spatial) if isinstance(scale_factor, (int, float)) else tuple(float(s) for s in scale_factor)
        if len(scales) == 1:
            scales = scales * len(spatial)
        counts = tuple(math.floor(n * s) for n, s in zip(spatial, scales, strict=True))
        if recompute:
            scales = None
    if len(counts) == 1:
        counts = counts * len(spatial)
    if len(counts) != len(spatial):
        raise ValueError(f"interpolate: {len(counts)} sizes for {len(spatial)} axes")
    steps = []
    plain = True
    for index, (n, count) in enumerate(zip(spatial, counts)):
        if align_corners and mode in _AXES:
            steps.append((n - 1) / (count - 1) if count > 1 else 0.0)
        else:
            own = n / count
            steps.append(own if scales is None else 1.0 / scales[index])
            plain = plain and steps[-1] == own
    return counts, tuple(steps), plain


@constexpr
def _matrix(mode: str, size: int, count: int, step: float, align_corners: bool, antialias: bool) -> Tensor:
    return Tensor(_weights(mode, size, count, step, align_corners, antialias).T.astype(np.float32))


def interpolate(
    input: Tensor,
    size: int | tuple[int, ...] | None = None,
    scale_factor: float | tuple[float, ...] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """``torch.nn.functional.interpolate`` of (batch, channels, 1 to 3 spatial axes), float dtypes.

    `mode`: nearest, nearest-exact, linear, bilinear, bicubic, trilinear, area. A scale factor is used as it is unless
    `recompute_scale_factor`, as in torch. `antialias` for bilinear and bicubic. Any device; forward and backward, PyNative and compiled.
    """
    corners = align_corners is True
    counts, steps, plain = _plan(input.shape, size, scale_factor, mode, corners, recompute_scale_factor is True)
    if plain and not antialias and mode == "bilinear":
        return ops.interpolate(input, size=counts, mode=mode, align_corners=corners)
    dtype = input.dtype
    for index in range(len(counts)):
        axis = 2 + index
        if counts[index] == input.shape[axis] and (steps[index] == 1.0):
            continue
        matrix = ops.cast(_matrix(mode, input.shape[axis], counts[index], steps[index], corners, antialias), dtype)
        last = axis == input.ndim - 1
        moved = input if last else ops.swapaxes(input, axis, -1)
        moved = ops.matmul(moved, matrix)
        input = moved if last else ops.swapaxes(moved, axis, -1)
    return input
