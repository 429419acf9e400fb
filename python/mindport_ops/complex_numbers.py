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
    "complex_add",
    "complex_div",
    "complex_from_parts",
    "complex_mul",
    "complex_mul_parts",
    "complex_sub",
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


def _real_float(value: Tensor) -> Tensor:
    """A real tensor in a dtype that complex numbers are made of; PyTorch makes complex64 of integers and truth values."""
    return value if value.dtype in (ms.float32, ms.float64) else value.astype(ms.float32)


def complex_mul(input: Tensor | complex, other: Tensor | complex) -> Tensor:
    """``input * other`` where at least one factor is complex: elementwise with broadcasting, with a gradient for both. The result is complex.

    One of them may be a number. In a compiled function MindSpore knows no complex literals: the number is a variable made outside of it.
    """
    if not isinstance(input, Tensor):
        return _mul_number(other, input)
    if not isinstance(other, Tensor):
        return _mul_number(input, other)
    if not is_complex_dtype(input.dtype):
        factor = _real_float(input)
        return _complex(factor * ops.real(other), factor * ops.imag(other))
    if not is_complex_dtype(other.dtype):
        factor = _real_float(other)
        return _complex(ops.real(input) * factor, ops.imag(input) * factor)
    real_part, imag_part = complex_mul_parts(ops.real(input), ops.imag(input), ops.real(other), ops.imag(other))
    return _complex(real_part, imag_part)


def _mul_number(input: Tensor, number: complex) -> Tensor:
    if not is_complex_dtype(input.dtype):
        factor = _real_float(input)
        return _complex(factor * number.real, factor * number.imag)
    real_part, imag_part = ops.real(input), ops.imag(input)
    return _complex(real_part * number.real - imag_part * number.imag, real_part * number.imag + imag_part * number.real)


def complex_div(input: Tensor | complex, other: Tensor | complex) -> Tensor:
    """``input / other`` where at least one of them is complex: elementwise with broadcasting, with a gradient for both. One may be a number."""
    if not isinstance(other, Tensor):
        square = other.real * other.real + other.imag * other.imag
        return complex_mul(input, _complex_number(other.real / square, -other.imag / square))
    if not is_complex_dtype(other.dtype):
        divisor = _real_float(other)
        if not isinstance(input, Tensor):
            return _complex(input.real / divisor, input.imag / divisor)
        return _complex(ops.real(input) / divisor, ops.imag(input) / divisor)
    # MindSpore's own quotient of complex tensors has a gradient that is not the divisor's
    real_part, imag_part = ops.real(other), ops.imag(other)
    square = real_part * real_part + imag_part * imag_part
    return complex_mul(input, _complex(real_part / square, -imag_part / square))


@constexpr
def _complex_number(real_part: float, imag_part: float) -> complex:
    return complex(real_part, imag_part)


def complex_add(input: Tensor | complex, other: Tensor | complex) -> Tensor:
    """``input + other`` of a tensor and a complex number."""
    if not isinstance(input, Tensor):
        return _plus_number(other, input.real, input.imag)
    return _plus_number(input, other.real, other.imag)


def complex_sub(input: Tensor | complex, other: Tensor | complex) -> Tensor:
    """``input - other`` of a tensor and a complex number."""
    if not isinstance(input, Tensor):
        return _plus_number(-other, input.real, input.imag)
    return _plus_number(input, -other.real, -other.imag)


def _plus_number(input: Tensor, real_number: float, imag_number: float) -> Tensor:
    if not is_complex_dtype(input.dtype):
        term = _real_float(input)
        return _complex(term + real_number, ops.zeros_like(term) + imag_number)
    return _complex(ops.real(input) + real_number, ops.imag(input) + imag_number)


def complex_abs(input: Tensor) -> Tensor:
    """``torch.abs`` of a complex tensor: real, of the same shape. The gradient at exactly zero is zero, as in torch."""
    real_part, imag_part = ops.real(input), ops.imag(input)
    square = real_part * real_part + imag_part * imag_part
    at_zero = square == 0
    root = ops.sqrt(ops.where(at_zero, ops.ones_like(square), square))
    return ops.where(at_zero, ops.zeros_like(square), root)
