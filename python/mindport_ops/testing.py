"""What programs ask of ``torch.testing`` and of ``torch._check``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mindspore import Tensor

__all__ = ["assert_close", "check"]

#: Relative and absolute tolerance by dtype, those of ``torch.testing.assert_close``.
_TOLERANCES = {"float16": (1e-3, 1e-5), "bfloat16": (1.6e-2, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7), "complex64": (1.3e-6, 1e-5)}


def check(condition: bool, message: Callable[[], Any] | None = None) -> None:
    """``torch._check``: raises RuntimeError with the message, which is only made then, unless the condition holds."""
    if not condition:
        raise RuntimeError(str(message()) if message is not None else "Expected cond to be True, but got False.")


def _array(value: Any) -> np.ndarray:
    return value.asnumpy() if isinstance(value, Tensor) else np.asarray(value)


def assert_close(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    msg: str | None = None,
) -> None:
    """``torch.testing.assert_close`` for tensors, arrays, numbers, and sequences and mappings of them.

    Raises AssertionError when structure, shape, dtype (`check_dtype`) or values differ: ``|a - b| <= atol + rtol * |b|``, by default with the
    tolerances PyTorch has for the dtype. Raises ValueError when only one tolerance is given.
    """
    if (rtol is None) != (atol is None):
        raise ValueError("give both of rtol and atol, or none")
    options = {"rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype, "msg": msg}
    if isinstance(expected, Mapping):
        if set(actual) != set(expected):
            raise AssertionError(msg or f"the keys differ: {sorted(map(str, set(actual) ^ set(expected)))}")
        for key in expected:
            assert_close(actual[key], expected[key], **options)
        return
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        if len(actual) != len(expected):
            raise AssertionError(msg or f"the lengths differ: {len(actual)} and {len(expected)}")
        for one, other in zip(actual, expected):
            assert_close(one, other, **options)
        return
    a, b = _array(actual), _array(expected)
    if a.shape != b.shape:
        raise AssertionError(msg or f"the shapes differ: {a.shape} and {b.shape}")
    if check_dtype and a.dtype != b.dtype and isinstance(expected, (Tensor, np.ndarray)):
        raise AssertionError(msg or f"the dtypes differ: {a.dtype} and {b.dtype}")
    pairs = [_TOLERANCES.get(str(one.dtype), (0.0, 0.0)) for one in (a, b)]
    relative = rtol if rtol is not None else max(pair[0] for pair in pairs)
    absolute = atol if atol is not None else max(pair[1] for pair in pairs)
    near = np.isclose(a, b, rtol=relative, atol=absolute, equal_nan=equal_nan)
    if not near.all():
        raise AssertionError(msg or f"{int((~near).sum())} of {near.size} values differ by more than {absolute} + {relative} * |expected|")
