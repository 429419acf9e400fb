"""The language in which an example says its inputs: ``"randn(2, 3)"``, ``"randint(0, 5, 4).int32"``, ``"[randn(2), randn(3)]"``, ``"3"``.

Generators (a shape is written as numbers or as one tuple; no shape: a 0-d array). Floating results are float32, integers int64:

=====================  =====================================================================
randn(*shape)          normal numbers
rand(*shape)           uniform in [0, 1)
positive(*shape)       uniform in [0.5, 1.5): for logarithms, roots and divisors
distinct(*shape)       a shuffle of evenly spaced numbers: no ties for sort, max, topk
randint(a, b, *shape)  integers in [a, b)
int64(*shape)          integers in [0, 10); also int32, int16, int8, uint8
bools(*shape)          both truth values
complex64(*shape)      normal real and imaginary parts; also complex128
permutation(n)         a shuffle of 0 .. n-1
arange, linspace       as in numpy
zeros, ones(*shape)    constants; full(shape, value), eye(n, m=n)
tensor(values)         what is written: ``tensor([[1., nan], [inf, 0.]])``
=====================  =====================================================================

A dtype is a suffix: ``randn(2, 3).float16`` (or ``.astype(float16)``). Arithmetic with numbers works (``randn(3) * 2 + 1``,
``abs(randn(3))``), as do tuples and lists of arrays, and plain Python values (numbers, strings, None, tuples), which are written into the
program as literals.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from typing import Any, Callable

import numpy as np

FLOATS = ("float16", "bfloat16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8")
DTYPES = (*FLOATS, *COMPLEX, *INTEGERS, "bool")

_ALLOWED = (
    ast.Expression, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Name, ast.Load, ast.Attribute, ast.Call, ast.keyword,
    ast.UnaryOp, ast.USub, ast.UAdd, ast.Invert, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod, ast.FloorDiv,
)  # fmt: skip


#: What becomes of the shape that a generator is asked for.
Resize = Callable[[tuple[int, ...]], tuple[int, ...]]


@dataclass(frozen=True)
class Dtype:
    """A dtype by name; called with a shape it is the generator of that name."""

    name: str
    generate: Callable[..., "Drawn"] | None = None

    def __call__(self, *shape: Any) -> "Drawn":
        if self.generate is None:
            raise ValueError(f"{self.name} is a dtype, not a generator")
        return self.generate(*shape)


class Drawn:
    """A drawn array with the name of its dtype; bfloat16 is held as float32 rounded to it."""

    def __init__(self, array: Any, dtype: str | None = None) -> None:
        array = np.asarray(array)
        if dtype is None:
            dtype = {"float64": "float32"}.get(array.dtype.name, array.dtype.name)
        if dtype not in DTYPES:
            raise ValueError(f"unknown dtype {dtype}")
        self.dtype = dtype
        self.array = _round_to_bfloat16(array) if dtype == "bfloat16" else array.astype(dtype)

    def astype(self, dtype: Any) -> "Drawn":
        return Drawn(self.array, dtype.name if isinstance(dtype, Dtype) else str(dtype))

    def __getattr__(self, name: str) -> "Drawn":
        if name in DTYPES:
            return self.astype(name)
        raise AttributeError(f"a drawn array has no {name}; a suffix is one of {', '.join(DTYPES)}")

    def __call__(self) -> "Drawn":  # `.float16()` reads like the frameworks' methods
        return self

    def _with(self, result: np.ndarray) -> "Drawn":
        """The result of arithmetic: bfloat16 stays, and float64 arises only from float64."""
        if result.dtype != np.bool_ and self.dtype == "bfloat16":
            return Drawn(result, "bfloat16")
        if result.dtype == np.float64:
            return Drawn(result, "float64" if self.dtype == "float64" else "float32")
        return Drawn(result)


def _operator(name: str) -> Callable[..., Drawn]:
    def apply(self: Drawn, *others: Any) -> Drawn:
        plain = [other.array if isinstance(other, Drawn) else other for other in others]
        return self._with(np.asarray(getattr(self.array, name)(*plain)))

    return apply


for _name in "add radd sub rsub mul rmul truediv rtruediv pow rpow mod floordiv neg pos abs invert".split():
    setattr(Drawn, f"__{_name}__", _operator(f"__{_name}__"))


def _round_to_bfloat16(array: np.ndarray) -> np.ndarray:
    """Nearest value with 8 significant bits, ties to even (the definition of bfloat16 as the upper half of a float32)."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16
    result = rounded.astype(np.uint32).view(np.float32).reshape(np.shape(array))
    return np.where(np.isfinite(array), result, array).astype(np.float32)


def _shape(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(args[0]) if len(args) == 1 and isinstance(args[0], (tuple, list)) else tuple(args)


def _generators(rng: np.random.Generator, resize: Resize) -> dict[str, Any]:
    def sized(args: tuple[Any, ...]) -> tuple[int, ...]:
        return resize(_shape(args))

    def length(n: int) -> int:
        other = resize((n,))
        return other[0] if len(other) == 1 else n

    def distinct(*shape: Any) -> Drawn:
        size = sized(shape)
        count = int(np.prod(size, dtype=int))
        return Drawn(((rng.permutation(count) - count / 2 + 0.25) * (4.0 / max(count, 1))).reshape(size), "float32")

    def integers(dtype: str) -> Callable[..., Drawn]:
        return lambda *shape: Drawn(rng.integers(0, 10, sized(shape)), dtype)

    def complex_numbers(dtype: str) -> Callable[..., Drawn]:
        def draw_one(*shape: Any) -> Drawn:
            size = sized(shape)
            return Drawn(rng.standard_normal(size) + 1j * rng.standard_normal(size), dtype)

        return draw_one

    def bools(*shape: Any) -> Drawn:
        return Drawn(rng.random(sized(shape)) < 0.5, "bool")

    names: dict[str, Any] = {name: Dtype(name) for name in FLOATS}
    names |= {name: Dtype(name, integers(name)) for name in INTEGERS}
    names |= {name: Dtype(name, complex_numbers(name)) for name in COMPLEX}
    names |= {
        "bool": Dtype("bool", bools),
        "bools": bools,
        "randn": lambda *shape: Drawn(rng.standard_normal(sized(shape)), "float32"),
        "rand": lambda *shape: Drawn(rng.random(sized(shape)), "float32"),
        "positive": lambda *shape: Drawn(rng.random(sized(shape)) + 0.5, "float32"),
        "distinct": distinct,
        "randint": lambda low, high, *shape: Drawn(rng.integers(low, high, sized(shape)), "int64"),
        "permutation": lambda n: Drawn(rng.permutation(length(n)), "int64"),
        "arange": lambda *args: Drawn(np.arange(*(map(length, args) if len(args) == 1 else args))),
        "linspace": lambda low, high, n: Drawn(np.linspace(low, high, length(n)), "float32"),
        "zeros": lambda *shape: Drawn(np.zeros(sized(shape)), "float32"),
        "ones": lambda *shape: Drawn(np.ones(sized(shape)), "float32"),
        "full": lambda shape, value: Drawn(np.full(sized((shape,)), value)),
        "eye": lambda n, m=None: Drawn(np.eye(n, m), "float32"),
        "tensor": lambda values: Drawn(np.array(values)),
        "abs": abs,
        "nan": float("nan"),
        "inf": float("inf"),
    }
    return names


def seed_of(job: str, call: int) -> list[int]:
    """The seed of one call of one job: the same on every machine, different for every call."""
    return [int.from_bytes(hashlib.sha256(job.encode()).digest()[:8], "big"), call]


def draw(given: dict[str, Any], job: str, call: int, resize: Resize = lambda shape: shape) -> dict[str, Any]:
    """Draws every input of one call: name -> Drawn, a tuple or list of them, or a plain Python value.

    `resize` gives every generator another shape than the one that is written (variants.py). Raises ValueError with the name of the input when its
    text is not in the language.
    """
    rng = np.random.default_rng(seed_of(job, call))
    values: dict[str, Any] = {}
    for name, text in given.items():
        if not isinstance(text, str):
            values[name] = text
            continue
        try:
            tree = ast.parse(text, mode="eval")
            for node in ast.walk(tree):
                if not isinstance(node, _ALLOWED) or (isinstance(node, ast.Attribute) and node.attr.startswith("_")):
                    raise ValueError(f"{type(node).__name__} is not part of the language")
            values[name] = eval(compile(tree, f"<given {name}>", "eval"), {"__builtins__": {}}, _generators(rng, resize))
        except Exception as error:
            raise ValueError(f"input {name} = {text!r}: {error}") from error
    return values
