"""Two-dimensional real Fourier transforms: by the framework's FFT, and by matrix products on real and imaginary parts.

The second form is the definition of the discrete Fourier transform written as matrices,

    X[k1, k2] = scale * sum_{n1, n2} x[n1, n2] exp(-2 pi i (k1 n1 / N1 + k2 n2 / N2)),

separable into one product per axis. It needs nothing but ``matmul``, so it runs, with its gradient, on devices without FFT kernels or
complex dtypes; its cost grows with N1 + N2 per point instead of log N1 N2, which suits grids of some hundred points and devices with matrix
units (its speed there has not been measured). The inverse uses that the spectrum of a real signal is Hermitian: only k2 = 0 ... N2/2 is
stored, every other line counts twice.

All functions take ``s``, ``dim`` and ``norm`` as ``torch.fft`` does, work for even and odd sizes, in PyNative and compiled (static shapes),
forward and backward. float32 in float32, float64 in float64; float16 and bfloat16 are computed in float32, as the framework's FFT does with
float16. Which form ``rfft2`` and ``irfft2`` take: `method`, else the environment variable ``MINDPORT_FFT`` (``framework`` or ``matmul``),
else the framework's FFT where it has been executed with its gradient (CPU) and matrices elsewhere.
"""

from __future__ import annotations

import functools
import os

import mindspore as ms
import numpy as np
from mindspore import Tensor, ops
from mindspore.ops import constexpr

from .complex_numbers import complex_from_parts

__all__ = ["irfft2", "irfft2_parts", "rfft2", "rfft2_parts"]

#: Devices on which the framework's FFT has been executed, forward and backward.
_FFT_DEVICES = ("CPU",)

_NORMS = (None, "backward", "ortho", "forward")


@constexpr
def _use_framework(method: str) -> bool:
    chosen = os.environ.get("MINDPORT_FFT", "auto") if method == "auto" else method
    if chosen not in ("auto", "framework", "matmul"):
        raise ValueError(f"the method of an FFT is auto, framework or matmul, not {chosen}")
    return chosen == "framework" or (chosen == "auto" and ms.get_context("device_target") in _FFT_DEVICES)


@constexpr
def _compute_dtype(dtype: ms.Type) -> ms.Type:
    return ms.float64 if dtype == ms.float64 else ms.float32


@constexpr
def _perms(rank: int, dim: tuple[int, int]) -> tuple[bool, tuple[int, ...], tuple[int, ...]]:
    """Whether the axes must move, the permutation that puts them last, and the one that puts them back."""
    if rank < 2 or len(dim) != 2:
        raise ValueError(f"rfft2 and irfft2 transform two dimensions of a tensor with at least two; got dim={dim} of {rank}")
    first, second = (axis + rank if axis < 0 else axis for axis in dim)
    if first == second or not all(0 <= axis < rank for axis in (first, second)):
        raise ValueError(f"dim={dim} does not name two dimensions of {rank}")
    order = tuple(axis for axis in range(rank) if axis not in (first, second)) + (first, second)
    back = tuple(order.index(axis) for axis in range(rank))
    return order != tuple(range(rank)), order, back


@constexpr
def _sizes(last_two: tuple[int, int], s: tuple[int, int] | None, inverse: bool) -> tuple[int, int, int, int]:
    """(N1, N2, rows used, columns used): the sizes of the transform, and how much of the input enters; the rest of a larger `s` is zero."""
    rows, columns = last_two
    natural = (rows, 2 * (columns - 1) if inverse else columns)
    size = natural if s is None else tuple(n if given == -1 else given for given, n in zip(s, natural))
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"the sizes of a transform must be positive, got {size}")
    return size[0], size[1], min(rows, size[0]), min(columns, size[1] // 2 + 1 if inverse else size[1])


def _scale(size: int, norm: str | None, inverse: bool) -> float:
    if norm not in _NORMS:
        raise ValueError(f"norm is one of {_NORMS}, not {norm!r}")
    if norm == "ortho":
        return 1.0 / float(np.sqrt(size))
    return 1.0 / size if (norm == "forward") != inverse else 1.0


def _angles(outputs: int, inputs: int, size: int) -> np.ndarray:
    """2 pi k n / N with k n reduced modulo N in integers, so that large products lose no digits."""
    return 2 * np.pi * ((np.arange(outputs)[:, None] * np.arange(inputs)[None, :]) % size) / size


def _as_tensors(dtype: str, *matrices: np.ndarray) -> tuple[Tensor, ...]:
    return tuple(Tensor(matrix.astype(np.float64 if dtype == "Float64" else np.float32)) for matrix in matrices)


@functools.lru_cache(maxsize=256)
def _forward_matrices(n1: int, n2: int, rows: int, columns: int, norm: str | None, dtype: str) -> tuple[Tensor, ...]:
    a1, a2 = _angles(n1, rows, n1), _angles(columns, n2 // 2 + 1, n2)
    s1, s2 = _scale(n1, norm, False), _scale(n2, norm, False)
    return _as_tensors(dtype, s1 * np.cos(a1), -s1 * np.sin(a1), s2 * np.cos(a2), -s2 * np.sin(a2))


@functools.lru_cache(maxsize=256)
def _inverse_matrices(n1: int, n2: int, rows: int, columns: int, norm: str | None, dtype: str) -> tuple[Tensor, ...]:
    a1, a2 = _angles(n1, rows, n1), _angles(columns, n2, n2)
    s1, s2 = _scale(n1, norm, True), _scale(n2, norm, True)
    lines = np.arange(columns)[:, None]
    own_mirror = (lines == 0) | (2 * lines == n2)
    twice = np.where(own_mirror, 1.0, 2.0)
    sines = np.where(own_mirror, 0.0, -s2 * twice * np.sin(a2))  # exactly zero: the imaginary part of these lines does not count
    return _as_tensors(dtype, s1 * np.cos(a1), s1 * np.sin(a1), s2 * twice * np.cos(a2), sines)


@constexpr
def _matrices(sizes: tuple[int, int, int, int], norm: str | None, dtype: ms.Type, inverse: bool) -> tuple[Tensor, ...]:
    return (_inverse_matrices if inverse else _forward_matrices)(*sizes, norm, str(dtype))


def rfft2_parts(
    input: Tensor, s: tuple[int, int] | None = None, dim: tuple[int, int] = (-2, -1), norm: str | None = None
) -> tuple[Tensor, Tensor]:
    """``torch.fft.rfft2`` as (real part, imaginary part), by matrix products.

    `input`: real, any shape with the two dimensions `dim`; the last of them becomes N2 // 2 + 1. `norm`: backward (None), ortho, forward.
    """
    moved, order, back = _perms(input.ndim, dim)
    x = ops.cast(input, _compute_dtype(input.dtype))
    if moved:
        x = ops.transpose(x, order)
    sizes = _sizes(x.shape[-2:], s, False)
    cos1, sin1, cos2, sin2 = _matrices(sizes, norm, x.dtype, False)
    x = x[..., : sizes[2], : sizes[3]]
    row_real, row_imag = ops.matmul(x, cos2), ops.matmul(x, sin2)
    real_part = ops.matmul(cos1, row_real) - ops.matmul(sin1, row_imag)
    imag_part = ops.matmul(cos1, row_imag) + ops.matmul(sin1, row_real)
    if moved:
        real_part, imag_part = ops.transpose(real_part, back), ops.transpose(imag_part, back)
    return real_part, imag_part


def irfft2_parts(
    real_part: Tensor, imag_part: Tensor, s: tuple[int, int] | None = None, dim: tuple[int, int] = (-2, -1), norm: str | None = None
) -> Tensor:
    """``torch.fft.irfft2`` of real_part + i imag_part, by matrix products.

    Both parts: the half spectrum, N2 // 2 + 1 along the last of `dim`. Without `s` the last size is taken as even, 2 (M - 1); give `s` for
    odd ones. As in torch the imaginary parts of lines that are their own mirror (k2 = 0 and N2 / 2) do not enter after the first axis is
    transformed.
    """
    moved, order, back = _perms(real_part.ndim, dim)
    x_real = ops.cast(real_part, _compute_dtype(real_part.dtype))
    x_imag = ops.cast(imag_part, _compute_dtype(imag_part.dtype))
    if moved:
        x_real, x_imag = ops.transpose(x_real, order), ops.transpose(x_imag, order)
    sizes = _sizes(x_real.shape[-2:], s, True)
    cos1, sin1, cos2, sin2 = _matrices(sizes, norm, x_real.dtype, True)
    x_real, x_imag = x_real[..., : sizes[2], : sizes[3]], x_imag[..., : sizes[2], : sizes[3]]
    row_real = ops.matmul(cos1, x_real) - ops.matmul(sin1, x_imag)
    row_imag = ops.matmul(cos1, x_imag) + ops.matmul(sin1, x_real)
    result = ops.matmul(row_real, cos2) + ops.matmul(row_imag, sin2)
    if moved:
        result = ops.transpose(result, back)
    return result


def rfft2(
    input: Tensor, s: tuple[int, int] | None = None, dim: tuple[int, int] = (-2, -1), norm: str | None = None, method: str = "auto"
) -> Tensor:
    """``torch.fft.rfft2``: a complex tensor (complex64, for float64 complex128). `method`: auto, framework or matmul; see the module."""
    if _use_framework(method):
        return ops.rfft2(input, s, dim, norm)
    real_part, imag_part = rfft2_parts(input, s, dim, norm)
    return complex_from_parts(real_part, imag_part)


def irfft2(
    input: Tensor, s: tuple[int, int] | None = None, dim: tuple[int, int] = (-2, -1), norm: str | None = None, method: str = "auto"
) -> Tensor:
    """``torch.fft.irfft2``: a real tensor of a complex half spectrum. `method`: auto, framework or matmul; see the module."""
    if _use_framework(method):
        return ops.irfft2(input, s, dim, norm)
    return irfft2_parts(ops.real(input), ops.imag(input), s, dim, norm)
