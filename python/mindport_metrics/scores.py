"""RMSE and ACC over variable and lead time, by each of the wanted definitions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .climatology import Climatology
from .definitions import COLUMNS, acc, forecast_sums, rmse, row_weights
from .pairing import Pairs
from .problem import Problem
from .sums import RowSums, walk


@dataclass(frozen=True)
class Score:
    metric: str
    definition: str
    variable: str
    units: str
    lead_h: float
    value: float | None
    n: int


@dataclass(frozen=True)
class Missing:
    """Cells of a prediction without a value where the truth has one."""

    variable: str
    lead_h: float
    cells: int


def compute(
    pairs: Pairs,
    definitions: list[str],
    land: np.ndarray | None = None,
    climatology: Climatology | None = None,
    scale: dict[str, float] | None = None,
    allow_missing: bool = False,
    memory: int = 1 << 28,
) -> tuple[list[Score], list[Missing]]:
    """
    Scores of all variables and lead times. `scale` multiplies RMSE (the standard deviation of normalised fields); `memory`
    bounds the pieces that are read at once, in bytes. A prediction that lacks values where the truth has them gets no score,
    unless `allow_missing`.
    """
    rows, columns = pairs.prediction.grid
    latitudes = pairs.prediction.latitudes
    weights = {name: row_weights(name, latitudes, rows, pairs.prediction.path) for name in definitions}
    shape = (pairs.samples, len(pairs.leads), COLUMNS)
    kept = {(variable, name): np.zeros(shape) for variable in pairs.variables for name in definitions}
    lacking = {variable: np.zeros(len(pairs.leads), np.int64) for variable in pairs.variables}

    def take(variable: str, samples: slice, leads: slice, sums: RowSums) -> None:
        lacking[variable][leads] += sums.missing.sum(axis=0)
        for name in definitions:
            kept[variable, name][samples, leads] = forecast_sums(sums, weights[name], columns, name == "paper-compat")

    walk(pairs, land, climatology, memory, take)
    scores: list[Score] = []
    counted = 0
    for (variable, name), sums in kept.items():
        for i, lead in enumerate(pairs.leads):
            broken = lacking[variable][i] > 0 and not allow_missing
            error = rmse(name, sums[:, i])
            counted += error.n
            value = None if broken or error.value is None else error.value * (scale or {}).get(variable, 1.0)
            scores.append(Score("rmse", name, variable, pairs.units[variable], float(lead), value, error.n))
            if climatology is not None:
                skill = acc(name, sums[:, i])
                scores.append(Score("acc", name, variable, "1", float(lead), None if broken else skill.value, skill.n))
    if counted == 0:
        raise Problem("nothing_scored")
    missing = [
        Missing(v, float(lead), int(n)) for v, counts in lacking.items() for lead, n in zip(pairs.leads, counts, strict=True) if n > 0
    ]
    return scores, [] if allow_missing else missing
