"""Other inputs for an example: each variant changes one thing of them, the program stays.

==========================  ==================================================================================================
f16, bf16, i64, i32, bool,  that dtype for every float32 input (for int64 inputs where there is none, then for complex64 ones); a layer is cast
c64, f32                    to half precision with its inputs
mixed                       int64 for the first of several floating inputs: type promotion
shape                       other sizes: all one larger, all doubled, or one of them changed wherever it occurs
rank                        one more dimension in front: of all inputs, or of the first
0d                          no dimensions: of all inputs, or of the first
empty                       one size becomes 0 wherever it occurs
nan, inf                    NaN, infinities of both signs at a quarter of the places
==========================  ==================================================================================================

Where a variant can be made in several ways, the first that PyTorch executes counts.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator

import numpy as np

from .given import Drawn, Resize, draw

#: Variants by the dtype they ask for.
DTYPES = {"f16": "float16", "bf16": "bfloat16", "i64": "int64", "i32": "int32", "bool": "bool", "c64": "complex64", "f32": "float32"}
#: Those that layers are cast to as well.
HALVES = {variant: DTYPES[variant] for variant in ("f16", "bf16")}
SHAPES = ("shape", "rank", "0d", "empty")
SPECIAL = {"nan": (np.nan,), "inf": (np.inf, -np.inf)}

#: Gradients are compared where inputs are ordinary numbers: at NaN and infinity they are a matter of formulas, complex ones of conventions.
FORWARD_ONLY = ("nan", "inf", "c64")


def draws(given: dict[str, Any], job: str, variant: str) -> Iterator[dict[str, Any]]:
    """The inputs of a variant, in the ways it can be made; none where it would change nothing. Raises ValueError for an unknown variant."""
    base = draw(given, job, 0)
    if variant in DTYPES or variant == "mixed":
        names = _of_dtype(base, "float32") or _of_dtype(base, "int64") or _of_dtype(base, "complex64")
        if variant == "mixed":
            names = _of_dtype(base, "float32")
            if len(names) > 1:
                yield _mapped(base, lambda value, place: _as(value, "int64") if place == names[0] else value)
        elif names and _at(base, names[0]).dtype != DTYPES[variant]:
            yield _mapped(base, lambda value, place: _as(value, DTYPES[variant]) if place in names else value)
    elif variant in SPECIAL:
        names = _of_dtype(base, "float32")
        if any(_at(base, name).array.size for name in names):
            yield _mapped(base, lambda value, place: _with(value, SPECIAL[variant], names.index(place)) if place in names else value)
    elif variant in SHAPES:
        yield from _reshaped(given, job, variant, base)
    else:
        raise ValueError(f"no variant is called {variant}")


def _reshaped(given: dict[str, Any], job: str, variant: str, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    shapes = [value.array.shape for _, value in _arrays(base)]
    sizes = list(dict.fromkeys(size for shape in shapes for size in shape if size > 0))
    ways: list[tuple[Resize, bool]] = []  # and whether only the first input takes it
    if variant == "shape":
        ways = [(_each(lambda size: size + 1 if size > 1 else size), False), (_each(lambda size: size * 2 if size > 1 else size), False)]
        ways += [(_each(lambda size, one=one: size + 1 if size == one else size), False) for one in sizes if one > 1]
    elif variant == "empty":
        ways = [(_each(lambda size, one=one: 0 if size == one else size), False) for one in sizes]
    elif any(shapes):
        change: Resize = (lambda shape: ()) if variant == "0d" else (lambda shape: (2, *shape))
        ways = [(change, False), (change, True)]
    seen = [shapes]
    for resize, first in ways:
        other = draw(given, job, 0, _once(resize) if first else resize)
        found = [value.array.shape for _, value in _arrays(other)]
        if found not in seen:
            seen.append(found)
            yield other


def _each(change: Callable[[int], int]) -> Resize:
    return lambda shape: tuple(change(size) for size in shape)


def _once(resize: Resize) -> Resize:
    """The change for the first generator alone."""
    done = False

    def change(shape: tuple[int, ...]) -> tuple[int, ...]:
        nonlocal done
        if done:
            return shape
        done = True
        return resize(shape)

    return change


Place = tuple[Any, ...]


def _arrays(value: Any, place: Place = ()) -> Iterator[tuple[Place, Drawn]]:
    """Every array of the inputs with its place."""
    if isinstance(value, Drawn):
        yield place, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _arrays(item, (*place, name))
    elif isinstance(value, (tuple, list)):
        for index, item in enumerate(value):
            yield from _arrays(item, (*place, index))


def _mapped(value: Any, change: Callable[[Drawn, Place], Drawn], place: Place = ()) -> Any:
    if isinstance(value, Drawn):
        return change(value, place)
    if isinstance(value, dict):
        return {name: _mapped(item, change, (*place, name)) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_mapped(item, change, (*place, index)) for index, item in enumerate(value))
    return value


def _of_dtype(base: dict[str, Any], dtype: str) -> list[Place]:
    return [place for place, value in _arrays(base) if value.dtype == dtype]


def _at(base: Any, place: Place) -> Drawn:
    for key in place:
        base = base[key]
    return base


def _as(value: Drawn, dtype: str) -> Drawn:
    """The same numbers as far as the dtype has them: whole ones that stay distinct, half of the truth values true, an imaginary part."""
    array = value.array
    if dtype in ("int64", "int32", "bool") and array.dtype.kind == "f":
        array = np.nan_to_num(array, nan=0.0, posinf=3.0, neginf=-3.0)
    if array.dtype.kind != "f":
        return Drawn(array > np.median(array) if dtype == "bool" and array.size else array, dtype)
    if dtype in ("int64", "int32"):
        spread = float(np.max(array) - np.min(array)) if array.size else 0.0
        return Drawn(np.rint(array * (min(max(3.0, 2 * array.size / spread), 8.0) if spread > 0 else 1.0)), dtype)
    if dtype == "bool":
        return Drawn(array > (0 if np.any(array < 0) else np.median(array)) if array.size else array, dtype)
    if dtype == "complex64":
        return Drawn(array + 1j * np.roll(array.ravel(), 1).reshape(array.shape) * 0.5, dtype)
    return Drawn(array, dtype)


def _with(value: Drawn, numbers: tuple[float, ...], start: int) -> Drawn:
    """The array with the numbers at a quarter of its places; several inputs have them at different ones."""
    array = value.array.copy()
    flat = array.reshape(-1)
    for count, index in enumerate(range(start % max(flat.size, 1), flat.size, 4)):
        flat[index] = numbers[count % len(numbers)]
    return Drawn(array, value.dtype)
