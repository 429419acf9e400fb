"""Results in a form in which both frameworks can be compared: arrays with a dtype name, plain values, and the path to each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Iterator

import numpy as np

from .given import COMPLEX, DTYPES, FLOATS
from .tolerance import GRADIENT_FLOOR, VALUE_FLOOR, error_between, tolerance_of

Path = tuple[Any, ...]


class Disagreement(Exception):
    """The two sides differ; the message says where and how much."""


@dataclass(frozen=True)
class Value:
    """One tensor as numpy, with the name of its dtype (numpy has no bfloat16)."""

    array: np.ndarray
    dtype: str

    @property
    def floating(self) -> bool:
        return self.dtype in FLOATS or self.dtype in COMPLEX


def dtype_name(dtype: Any) -> str:
    """``torch.float32``, ``mindspore.float32`` and ``Float32`` are float32."""
    name = str(dtype).rpartition(".")[2].lower()
    return {"bool_": "bool", "half": "float16", "float": "float32", "double": "float64", "int": "int32", "long": "int64"}.get(name, name)


def normalise(result: Any) -> Any:
    """Tensors of either framework become Value; tuples, lists and torch.Size tuples; dtypes their name. Raises TypeError otherwise."""
    if hasattr(result, "asnumpy") or hasattr(result, "detach"):
        return value_of(result)
    if isinstance(result, dict):
        return {key: normalise(item) for key, item in result.items()}
    if isinstance(result, (tuple, list)):
        return tuple(normalise(item) for item in result)
    if isinstance(result, np.ndarray):
        return Value(result, result.dtype.name)
    if isinstance(result, np.generic):
        return result.item()
    if result is None or isinstance(result, (bool, int, float, complex, str)):
        return result
    if dtype_name(result) in DTYPES:
        return dtype_name(result)
    raise TypeError(f"a result of type {type(result).__name__} cannot be compared")


def value_of(tensor: Any) -> Value:
    """A tensor of either framework as a Value."""
    name = dtype_name(tensor.dtype)
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().resolve_conj().resolve_neg().cpu()
        return Value((tensor.float() if name == "bfloat16" else tensor).numpy().copy(), name)
    return Value((tensor.float() if name == "bfloat16" else tensor).asnumpy().copy(), name)


def walk(result: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of a normalised result with its path."""
    if isinstance(result, dict):
        for key, item in result.items():
            yield from walk(item, (*path, key))
    elif isinstance(result, tuple):
        for index, item in enumerate(result):
            yield from walk(item, (*path, index))
    else:
        yield path, result


def path_text(path: Path, root: str = "result") -> str:
    """``result[0]['a']``"""
    return root + "".join(f"[{part!r}]" for part in path)


def compare(actual: Any, expected: Any, tolerance: float | None, compiled: bool = False) -> float:
    """Compares two normalised results: structure, shapes, dtypes, values. Returns the largest relative error.

    `compiled` accepts a 0-d tensor where the other side has a Python number: a compiled function may return either. An int32 result stands
    for int64 (index results of MindSpore): values must still be equal. Raises Disagreement.
    """
    return _compare(actual, expected, tolerance, compiled, ())


def _compare(actual: Any, expected: Any, tolerance: float | None, compiled: bool, path: Path) -> float:
    where = path_text(path)
    if isinstance(expected, dict) and isinstance(actual, dict):
        if set(actual) != set(expected):
            raise Disagreement(f"{where} has the keys {sorted(map(str, actual))}, not {sorted(map(str, expected))}")
        return max((_compare(actual[key], expected[key], tolerance, compiled, (*path, key)) for key in expected), default=0.0)
    if isinstance(expected, tuple) and isinstance(actual, tuple):
        if len(actual) != len(expected):
            raise Disagreement(f"{where} has {len(actual)} parts, not {len(expected)}")
        return max((_compare(a, e, tolerance, compiled, (*path, i)) for i, (a, e) in enumerate(zip(actual, expected))), default=0.0)
    if isinstance(expected, Value) and isinstance(actual, Value):
        return compare_values(actual, expected, tolerance, where)
    if compiled and isinstance(expected, (bool, int, float)) and isinstance(actual, Value) and actual.array.ndim == 0:
        actual = actual.array.item()
    return _compare_plain(actual, expected, tolerance, where)


def _compare_plain(actual: Any, expected: Any, tolerance: float | None, where: str) -> float:
    kinds = [type(v).__name__ if not isinstance(v, Value) else f"tensor {v.dtype}{list(v.array.shape)}" for v in (actual, expected)]
    structured = any(isinstance(v, (Value, dict, tuple)) for v in (actual, expected))
    if structured or isinstance(actual, bool) != isinstance(expected, bool):
        raise Disagreement(f"{where} is a {kinds[0]}, not a {kinds[1]}")
    if isinstance(expected, (float, complex)) and isinstance(actual, (int, float, complex)):
        error = error_between(np.asarray(actual), np.asarray(expected))
        allowed = tolerance_of("float32", tolerance).forward
        if not (error <= allowed):
            raise Disagreement(f"{where} is {actual}, not {expected}")
        return error
    if type(actual) is not type(expected) or actual != expected:
        raise Disagreement(f"{where} is {actual!r}, not {expected!r}")
    return 0.0


def compare_values(actual: Value, expected: Value, tolerance: float | None, where: str) -> float:
    """Shape, dtype and values of one tensor. Raises Disagreement."""
    if actual.array.shape != expected.array.shape:
        raise Disagreement(f"{where} has shape {list(actual.array.shape)}, not {list(expected.array.shape)}")
    if actual.dtype != expected.dtype and (actual.dtype, expected.dtype) != ("int32", "int64"):
        raise Disagreement(f"{where} has dtype {actual.dtype}, not {expected.dtype}")
    error = error_between(actual.array, expected.array, VALUE_FLOOR)
    allowed = tolerance_of(expected.dtype, tolerance).forward
    if not (error <= allowed):
        raise Disagreement(f"{where} differs: {describe(actual.array, expected.array, error, allowed)}")
    return error


def compare_gradients(
    actual: list[Value], expected: list[Value], names: list[str], tolerance: float | None, same: bool = False, floor: float = GRADIENT_FLOOR
) -> float:
    """Gradients by name, in order; `same`: the sharper gate between two modes of one framework. Raises Disagreement."""
    worst = 0.0
    for name, a, e in zip(names, actual, expected, strict=True):
        if a.array.shape != e.array.shape:
            raise Disagreement(f"the gradient of {name} has shape {list(a.array.shape)}, not {list(e.array.shape)}")
        if a.dtype != e.dtype:
            raise Disagreement(f"the gradient of {name} has dtype {a.dtype}, not {e.dtype}")
        error = error_between(a.array, e.array, floor)
        limits = tolerance_of(e.dtype, tolerance)
        allowed = limits.same if same else limits.gradient
        if not (error <= allowed):
            raise Disagreement(f"the gradient of {name} differs: {describe(a.array, e.array, error, allowed)}")
        worst = max(worst, error)
    return worst


def describe(actual: np.ndarray, expected: np.ndarray, error: float, allowed: float) -> str:
    """What is wrong in a few words: an error above its limit, or NaN and infinities in other places."""
    if actual.dtype.kind in "biu" and expected.dtype.kind in "biu":
        return f"{int(np.sum(actual != expected))} of {expected.size} entries"
    if math.isinf(error):
        nans = [int(np.sum(np.isnan(v))) for v in (actual, expected)]
        infs = [int(np.sum(np.isinf(v))) for v in (actual, expected)]
        return f"NaN at {nans[0]} places against {nans[1]}, infinite at {infs[0]} against {infs[1]}, or not at the same ones"
    return f"relative error {error:.1e}, allowed {allowed:.1e}"
