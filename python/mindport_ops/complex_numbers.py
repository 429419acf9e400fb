"""Complex tensors with gradients, and the same arithmetic on pairs of real tensors.

In MindSpore 2.10 the product of two complex tensors has no gradient and ``abs`` of one has the wrong dtype, but building a complex tensor
from two real ones and taking it apart do have gradients. So everything here works on the parts: (a + bi)(c + di) = (ac - bd) + (ad + bc)i.
Devices without complex kernels use the pair functions throughout. All functions run in PyNative and compiled, on every device with the
elementwise kernels they name.

Gradients of complex inputs follow from those of the parts, which is torch's convention (the gradient of x + iy is dL/dx + i dL/dy).
"""

from __future__ import annotations

import mindspore as ms
from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = [
    "complex_abs",
    "complex_from_parts",
    "complex_mul",
    "complex_mul_parts",
    "imag",
    "real",
    "view_as_complex",
    "view_as_real",
]

_complex = ops.Complex()


@constexpr
def is_complex_dtype(dtype: ms.Type) -> bool:
    """Whether a dtype is complex64 or complex128; constant at compile time."""
    return dtype in (ms.complex64, ms.complex128)


@constexpr
def _check_view(shape: tuple[int, ...], dtype: ms.Type) -> bool:
    if not shape or shape[-1] != 2:
        raise ValueError(f"view_as_complex: the last dimension must have size 2, the shape is {shape}")
    if dtype not in (ms.float32, ms.float64):
        raise TypeError(f"view_as_complex: float32 or float64 is needed, not {dtype}; cast first")
    return True


def complex_from_parts(real_part: Tensor, imag_part: Tensor) -> Tensor:
    """``torch.complex``: a complex tensor of two real ones of equal shape. float32 gives complex64, float64 complex128; others raise."""
    return _complex(real_part, imag_part)


def real(input: Tensor) -> Tensor:
    """``torch.real``: the real part, of the same shape; a real tensor is returned as it is."""
    if is_complex_dtype(input.dtype):
        return ops.real(input)
    return input


def imag(input: Tensor) -> Tensor:
    """``torch.imag``: the imaginary part, of the same shape. Unlike torch a real tensor gives zeros."""
    if is_complex_dtype(input.dtype):
        return ops.imag(input)
    return ops.zeros_like(input)


def view_as_complex(input: Tensor) -> Tensor:
    """``torch.view_as_complex``: (..., 2) float32 or float64 to (...) complex. The result is a copy, not a view."""
    _check_view(input.shape, input.dtype)
    return _complex(input[..., 0], input[..., 1])


def view_as_real(input: Tensor) -> Tensor:
    """``torch.view_as_real``: (...) complex to (..., 2) real. The result is a copy, not a view."""
    return ops.stack((ops.real(input), ops.imag(input)), axis=-1)


def complex_mul_parts(a_real: Tensor, a_imag: Tensor, b_real: Tensor, b_imag: Tensor) -> tuple[Tensor, Tensor]:
    """The product of two complex numbers given as pairs of real tensors, with broadcasting: (real part, imaginary part). Any float dtype.
    """
    return a_real * b_real - a_imag * b_imag, a_real * b_imag + a_imag * b_real


def complex_mul(input: Tensor, other: Tensor) -> Tensor:
    """``torch.mul`` where at least one factor is complex: elementwise with broadcasting, with a gradient for both. The result is complex.
    """
    if not is_complex_dtype(input.dtype):
        return _complex(input * ops.real(other), input * ops.imag(other))
    if not is_complex_dtype(other.dtype):
        return _complex(ops.real(input) * other, ops.imag(input) * other)
    real_part, imag_part = complex_mul_parts(ops.real(input), ops.imag(input), ops.real(other), ops.imag(other))
    return _complex(real_part, imag_part)


def complex_abs(input: Tensor) -> Tensor:
    """``torch.abs`` of a complex tensor: real, of the same shape. The gradient at exactly zero is zero, as in torch."""
    real_part, imag_part = ops.real(input), ops.imag(input)
    square = real_part * real_part + imag_part * imag_part
    at_zero = square == 0
    root = ops.sqrt(ops.where(at_zero, ops.ones_like(square), square))
    return ops.where(at_zero, ops.zeros_like(square), root)
