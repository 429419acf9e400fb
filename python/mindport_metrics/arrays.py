"""Arrays in files: what every reader offers, and how stored numbers become values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

Selection = tuple[slice, ...]


@dataclass(frozen=True)
class Array:
    """An array that is read piece by piece. `dims`: the names of its axes, None where the file does not tell."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    dims: tuple[str, ...] | None
    raw: Callable[[Selection], np.ndarray]
    attrs: dict[str, Any] = field(default_factory=dict)

    def stored(self) -> np.ndarray:
        """All of it as it is stored; for coordinates and the like."""
        return np.asarray(self.raw(tuple(slice(0, n) for n in self.shape)))

    def values(self, selection: Sequence[slice] | None = None) -> np.ndarray:
        """Values as float64, by CF: _FillValue and missing_value become NaN, scale_factor and add_offset are undone."""
        chosen = tuple(selection) if selection is not None else tuple(slice(0, n) for n in self.shape)
        raw = np.asarray(self.raw(chosen))
        values = raw.astype(np.float64)
        for name in ("_FillValue", "missing_value"):
            fill = number(self.attrs.get(name))
            if fill is not None and not np.isnan(fill):
                values[raw == np.asarray(fill).astype(raw.dtype)] = np.nan
        scale, offset = number(self.attrs.get("scale_factor")), number(self.attrs.get("add_offset"))
        if scale is not None:
            values *= scale
        if offset is not None:
            values += offset
        return values

    def told(self, attribute: str) -> str:
        return text(self.attrs.get(attribute))


class DataFile(Protocol):
    """An open file or store."""

    path: str

    def names(self) -> list[str]: ...

    def array(self, name: str) -> Array: ...

    def close(self) -> None: ...


def text(value: Any) -> str:
    """An attribute as text; '' for what is none."""
    if isinstance(value, np.ndarray):
        value = value.reshape(-1)[0] if value.size else ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip("\0 ")
    return value.strip() if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """An attribute as a number; None for what is none."""
    if value is None or isinstance(value, (str, bytes)):
        return None
    try:
        values = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        return None
    return float(values[0]) if values.size else None
