"""How the inputs of an example reach a function: arrays as flat arguments, everything else as literals in the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator

import numpy as np

from .given import COMPLEX, FLOATS, Drawn


@dataclass(frozen=True)
class Argument:
    """One flat array argument. A complex input travels as two real ones, so that no convention for complex gradients is involved."""

    name: str
    dtype: str

    @property
    def differentiable(self) -> bool:
        return self.dtype in FLOATS


@dataclass(frozen=True)
class Layout:
    """The arguments of the generated functions, and the lines that rebuild the example's own names from them."""

    arguments: tuple[Argument, ...]
    lines: tuple[str, ...]
    names: tuple[str, ...]


def layout_of(drawn: dict[str, Any], only: set[str] | None, complex_call: str) -> Layout:
    """The layout for the inputs named by `only` (None: all). `complex_call` is what makes a complex tensor of two real ones."""
    arguments: list[Argument] = []
    lines: list[str] = []
    names: list[str] = []
    for name, value in drawn.items():
        if only is not None and name not in only:
            continue
        names.append(name)
        expression = _rebuild(name, value, arguments, complex_call)
        if expression != name:
            lines.append(f"{name} = {expression}")
    return Layout(tuple(arguments), tuple(lines), tuple(names))


def _rebuild(name: str, value: Any, arguments: list[Argument], complex_call: str) -> str:
    if isinstance(value, Drawn):
        if value.dtype in COMPLEX:
            part = "float32" if value.dtype == "complex64" else "float64"
            arguments += [Argument(f"{name}__re", part), Argument(f"{name}__im", part)]
            return f"{complex_call}({name}__re, {name}__im)"
        arguments.append(Argument(name, value.dtype))
        return name
    if isinstance(value, (tuple, list)):
        parts = [_rebuild(f"{name}__{index}", part, arguments, complex_call) for index, part in enumerate(value)]
        inner = ", ".join(parts)
        return f"[{inner}]" if isinstance(value, list) else f"({inner},)" if len(parts) == 1 else f"({inner})"
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def flatten(drawn: dict[str, Any], names: tuple[str, ...]) -> list[tuple[np.ndarray, str]]:
    """The arrays of one call in the order of a layout's arguments, each with its dtype."""
    return [part for name in names for part in _arrays(drawn[name])]


def _arrays(value: Any) -> Iterator[tuple[np.ndarray, str]]:
    if isinstance(value, Drawn):
        if value.dtype in COMPLEX:
            part = "float32" if value.dtype == "complex64" else "float64"
            yield np.ascontiguousarray(value.array.real), part
            yield np.ascontiguousarray(value.array.imag), part
        else:
            yield value.array, value.dtype
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _arrays(part)
