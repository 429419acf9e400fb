"""Fields for maps: truth and prediction of one forecast, thinned by leaving out rows and columns (no averaging), as base64."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from .beside import Mask
from .pairing import Pairs
from .problem import Problem

MOST_ROWS, MOST_COLUMNS = 180, 360
#: truth and prediction of so many variables and lead times when the caller names none
MOST_PAIRS = 12
#: largest file that is read back
MOST_BYTES = 60_000_000


def strides(rows: int, columns: int) -> tuple[int, int]:
    return -(-rows // MOST_ROWS), -(-columns // MOST_COLUMNS)


def chosen_maps(pairs: Pairs, leads: tuple[float, ...] | None, variables: tuple[str, ...] | None) -> list[tuple[str, int]]:
    """Variables with the places of lead times: those named, else the first, the middle and the last lead time of as many as fit."""
    if leads is None:
        count = len(pairs.leads)
        places = sorted({0, (count - 1) // 2, count - 1})
    else:
        places = []
        for lead in leads:
            at = int(np.abs(pairs.leads - lead).argmin())
            if abs(pairs.leads[at] - lead) > 1e-3:
                raise Problem("leads_differ", path=pairs.prediction.path, lead=f"{lead:g}")
            places.append(at)
    for name in variables or ():
        if name not in pairs.variables:
            raise Problem("unknown_chosen", name=name, names=", ".join(pairs.variables))
    names = list(variables or pairs.variables)
    chosen = [(name, at) for name in names for at in places]
    rows, columns = pairs.prediction.grid
    by_rows, by_columns = strides(rows, columns)
    cells = -(-rows // by_rows) * -(-columns // by_columns)
    fit = max(1, MOST_BYTES // (2 * cells * 6 + 1))
    return chosen[: min(fit, len(chosen) if leads is not None or variables is not None else MOST_PAIRS)]


def field_maps(
    pairs: Pairs,
    chosen: list[tuple[str, int]],
    sample: int,
    mask: Mask | None,
    latitudes: np.ndarray,
    longitudes: np.ndarray,
    scale: dict[str, float] | None,
    offset: dict[str, float] | None,
) -> list[dict[str, Any]]:
    """`scale` and `offset` bring normalised fields to their units."""
    if not -pairs.samples <= sample < pairs.samples:
        raise Problem("sample_absent", index=sample, count=pairs.samples)
    sample %= pairs.samples
    by_rows, by_columns = strides(*pairs.prediction.grid)
    land = None if mask is None else base64.b64encode(np.packbits(mask.land[::by_rows, ::by_columns])).decode()
    maps = []
    for name, at in chosen:
        parts = pairs.read(name, slice(sample, sample + 1), slice(at, at + 1))
        for role, values in zip(("prediction", "truth"), parts, strict=True):
            grid = values[0, 0] * (scale or {}).get(name, 1.0) + (offset or {}).get(name, 0.0)
            packed = np.ascontiguousarray(grid[::by_rows, ::by_columns], dtype="<f4")
            maps.append(
                {
                    "variable": name,
                    "units": pairs.units[name],
                    "leadHours": float(pairs.leads[at]),
                    "validTime": None if pairs.valid is None else f"{pairs.valid[sample, at]}Z",
                    "role": role,
                    "latitudes": _plain(latitudes[::by_rows]),
                    "longitudes": _plain(longitudes[::by_columns]),
                    "values": base64.b64encode(packed.tobytes()).decode(),
                    "land": land,
                }
            )
    return maps


def _plain(values: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in values]
