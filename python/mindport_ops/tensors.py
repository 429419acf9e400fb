"""The tensor classes of early PyTorch (``torch.FloatTensor``), which programs keep in a variable, call and hand to ``Tensor.type``; numbers in texts.

Importing this lets ``f"{loss:.3f}"`` write a tensor of one number, as PyTorch does: MindSpore's Tensor (up to 2.10) refuses every format.
"""

from __future__ import annotations

from typing import Any

import mindspore as ms
import numpy as np
from mindspore import Tensor, ops

__all__ = ["BoolTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor", "as_type"]


class _Typed:
    """Called with sizes: zeros of that shape (PyTorch leaves the memory as it is). Called with data: a tensor of it."""

    dtype: ms.Type

    def __new__(cls, *data: Any) -> Tensor:
        if not data:
            return Tensor(np.empty(0), cls.dtype)
        if all(isinstance(size, (int, np.integer)) and not isinstance(size, bool) for size in data):
            return ops.zeros(tuple(int(size) for size in data), cls.dtype)
        (values,) = data
        return values.astype(cls.dtype) if isinstance(values, Tensor) else Tensor(np.asarray(values), cls.dtype)


def _named(name: str, dtype: ms.Type) -> type[_Typed]:
    return type(name, (_Typed,), {"__doc__": f"``torch.{name}``.", "__module__": __name__, "dtype": dtype})


FloatTensor = _named("FloatTensor", ms.float32)
DoubleTensor = _named("DoubleTensor", ms.float64)
HalfTensor = _named("HalfTensor", ms.float16)
LongTensor = _named("LongTensor", ms.int64)
IntTensor = _named("IntTensor", ms.int32)
BoolTensor = _named("BoolTensor", ms.bool_)


def as_type(tensor: Tensor, dtype: Any) -> Tensor:
    """``tensor.type(dtype)`` where `dtype` may also be one of these classes."""
    return tensor.astype(dtype.dtype if isinstance(dtype, type) and issubclass(dtype, _Typed) else dtype)


def _format(tensor: Tensor, form: str) -> str:
    return format(tensor.item(), form) if form and tensor.ndim == 0 else object.__format__(tensor, form)


if Tensor.__format__ is object.__format__:
    Tensor.__format__ = _format
