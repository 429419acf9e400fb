"""The one table of what counts as equal, and the comparison itself.

The error of a tensor is ``max|a - b| / max(max|b|, floor)``: relative to the size of the whole tensor, because elementwise relative errors
say nothing where a value is zero by cancellation. Below the floor an absolute error is meant (a gradient that is zero in exact arithmetic
is rounding noise in both frameworks). Places of NaN and of each infinity must agree exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """Relative error allowed for values, for gradients, and between compiled and PyNative gradients."""

    forward: float
    gradient: float
    same: float


_FLOAT32 = Tolerance(forward=1e-5, gradient=1e-4, same=1e-5)
_FLOAT64 = Tolerance(forward=1e-9, gradient=1e-8, same=1e-9)
_EXACT = Tolerance(0.0, 0.0, 0.0)

TOLERANCES: dict[str, Tolerance] = {
    # eps 1.2e-7; sums of some hundred terms in another order stay under 1e-6, and kernels use approximations of erf, tanh and exp good to
    # some 1e-6. Gradients chain several such steps. Measured agreement of equal operators is 1e-7 to 1e-6; wrong formulas differ by 1e-4
    # (tanh GELU) and more.
    "float32": _FLOAT32,
    "complex64": _FLOAT32,
    # eps 2.2e-16: room for a million roundings, and still far from any wrong formula.
    "float64": _FLOAT64,
    "complex128": _FLOAT64,
    # eps 9.8e-4: two roundings for a value; a gradient rounds at every step.
    "float16": Tolerance(forward=2e-3, gradient=1e-2, same=2e-3),
    # eps 7.8e-3.
    "bfloat16": Tolerance(forward=1.6e-2, gradient=5e-2, same=1.6e-2),
    # Integers and truth values are equal or they are not.
    "bool": _EXACT, "uint8": _EXACT, "int8": _EXACT, "int16": _EXACT, "int32": _EXACT, "int64": _EXACT,
}  # fmt: skip

VALUE_FLOOR = 1e-3
GRADIENT_FLOOR = 1e-2


def tolerance_of(dtype: str, override: float | None = None) -> Tolerance:
    """The tolerances of a dtype; an example's own ``tolerance`` replaces the one for values and widens the others tenfold of it."""
    base = TOLERANCES.get(dtype, _EXACT)
    if override is None:
        return base
    return Tolerance(override, max(base.gradient, 10 * override), max(base.same, override))


def error_between(actual: np.ndarray, expected: np.ndarray, floor: float = VALUE_FLOOR) -> float:
    """The error of `actual` against `expected` (same shape); inf where NaN or infinities do not agree, NaN never.

    Gates must still be written ``not (error <= tolerance)``.
    """
    if actual.shape != expected.shape:
        return math.inf
    if actual.size == 0:
        return 0.0
    if expected.dtype.kind in "biu" and actual.dtype.kind in "biu":
        if not np.any(actual != expected):
            return 0.0
        difference = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
        return max(1.0, float(np.max(difference)))  # large integers may be equal as float64
    if np.iscomplexobj(actual) or np.iscomplexobj(expected):
        a, e = actual.astype(np.complex128), expected.astype(np.complex128)
        parts = [np.stack([v.real, v.imag]) for v in (a, e)]
        return error_between(parts[0], parts[1], floor)
    a, e = actual.astype(np.float64), expected.astype(np.float64)
    if np.any(np.isnan(a) != np.isnan(e)):
        return math.inf
    infinite = np.isinf(a) | np.isinf(e)
    if np.any(infinite & (a != e) & ~np.isnan(a)):
        return math.inf
    finite = np.isfinite(a) & np.isfinite(e)
    if not finite.any():
        return 0.0
    difference = float(np.max(np.abs(a[finite] - e[finite])))
    return difference / max(float(np.max(np.abs(e[finite]))), floor)
