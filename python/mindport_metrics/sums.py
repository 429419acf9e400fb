"""
What every score is made of, in one pass: sums along each row of latitude, which each definition then weights in its own way.

All sums of one forecast are taken over its own cells only, so they are the same whatever pieces the forecasts are read in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .climatology import Climatology
from .pairing import Pairs

#: arrays of float64 of the size of a piece that are alive at once
_ALIVE = 10


@dataclass
class RowSums:
    """Sums over longitude [sample, lead, lat]: valid cells, squared error; and of anomalies where there is a climatology."""

    valid: np.ndarray
    error: np.ndarray
    #: cells of truth without a value of the prediction [sample, lead]
    missing: np.ndarray
    prediction: np.ndarray | None = None
    truth: np.ndarray | None = None
    product: np.ndarray | None = None
    prediction2: np.ndarray | None = None
    truth2: np.ndarray | None = None


def row_sums(p: np.ndarray, t: np.ndarray, land: np.ndarray | None, climatology: np.ndarray | None) -> RowSums:
    """`p`, `t` [sample, lead, lat, lon]; `land` [lat, lon]; `climatology` broadcasts to them. A cell counts where all have a value."""
    there = np.isfinite(t)
    if climatology is not None:
        there &= np.isfinite(climatology)
    if land is not None:
        there &= ~land
    valid = there & np.isfinite(p)
    missing = (there & ~valid).sum(axis=(-2, -1))
    error = np.where(valid, p, 0.0)
    error -= np.where(valid, t, 0.0)
    error *= error
    sums = RowSums(valid.sum(axis=-1, dtype=np.float64), error.sum(axis=-1), missing)
    if climatology is None:
        return sums
    del error
    a = np.where(valid, p - climatology, 0.0)
    b = np.where(valid, t - climatology, 0.0)
    sums.prediction, sums.truth = a.sum(axis=-1), b.sum(axis=-1)
    sums.product = (a * b).sum(axis=-1)
    a *= a
    b *= b
    sums.prediction2, sums.truth2 = a.sum(axis=-1), b.sum(axis=-1)
    return sums


def pieces(samples: int, leads: int, cells: int, memory: int) -> Iterator[tuple[slice, slice]]:
    """Ranges of forecasts and lead times whose work fits into `memory` bytes; at least one of each."""
    most = max(1, memory // (_ALIVE * 8 * max(1, cells)))
    at_leads = min(leads, most)
    at_samples = max(1, most // leads) if at_leads == leads else 1
    for s in range(0, samples, at_samples):
        for lead in range(0, leads, at_leads):
            yield slice(s, min(samples, s + at_samples)), slice(lead, min(leads, lead + at_leads))


def walk(
    pairs: Pairs,
    land: np.ndarray | None,
    climatology: Climatology | None,
    memory: int,
    take: Callable[[str, slice, slice, RowSums], None],
) -> None:
    """Reads all fields piece by piece and hands over the row sums of each."""
    rows, columns = pairs.prediction.grid
    for samples, leads in pieces(pairs.samples, len(pairs.leads), rows * columns, memory):
        for name in pairs.variables:
            p, t = pairs.read(name, samples, leads)
            valid = None if pairs.valid is None else pairs.valid[samples, leads]
            away = None if climatology is None else climatology.at(name, valid, (p.shape[0], p.shape[1]))
            take(name, samples, leads, row_sums(p, t, land, away))
