"""Prediction and truth on common terms: variables by name, the grid of the prediction, truth at the valid times of the forecasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dataset import Dataset, Variable
from .grids import Places, placed, places_on
from .problem import Problem
from .times import shifted

#: names that say what an array is for, not what it holds
_PLAIN = {"prediction", "predictions", "pred", "preds", "forecast", "output", "outputs", "data", "fields", "truth", "target", "targets"}


@dataclass
class Pairs:
    """`leads` in hours; `valid`: valid times [sample, lead] or None; `units` by variable, '' where unknown."""

    prediction: Dataset
    truth: Dataset
    variables: dict[str, tuple[Variable, Variable]]
    units: dict[str, str]
    leads: np.ndarray
    samples: int
    valid: np.ndarray | None
    _where: Places
    _truth_leads: np.ndarray | None
    _truth_times: np.ndarray | None

    def read(self, name: str, samples: slice, leads: slice) -> tuple[np.ndarray, np.ndarray]:
        """Prediction and truth of a variable, float64 [sample, lead, lat, lon] each, on the grid of the prediction."""
        prediction, truth = self.variables[name]
        first = prediction.read(samples, leads)
        if self._truth_times is not None:
            second = self._at_times(truth, self._truth_times[samples, leads])
        elif self._truth_leads is not None:
            second = self._at_leads(truth, samples, self._truth_leads[leads])
        else:
            second = truth.read(samples, leads)
        return first, placed(second, self._where)

    def _at_leads(self, truth: Variable, samples: slice, places: np.ndarray) -> np.ndarray:
        parts = [truth.read(samples, slice(int(i), int(i) + 1)) for i in places]
        return np.concatenate(parts, axis=1)

    def _at_times(self, truth: Variable, places: np.ndarray) -> np.ndarray:
        """Truth of a series at [sample, lead] places of its time axis; each place is read once."""
        wanted, inverse = np.unique(places, return_inverse=True)
        low, high = int(wanted[0]), int(wanted[-1]) + 1
        if high - low <= 2 * len(wanted):
            series = truth.read(slice(low, high), slice(0, 1))[:, 0][wanted - low]
        else:
            series = np.concatenate([truth.read(slice(int(i), int(i) + 1), slice(0, 1))[:, 0] for i in wanted])
        return series[inverse.reshape(-1)].reshape(*places.shape, *series.shape[1:])


def pair(
    prediction: Dataset, truth: Dataset, chosen: tuple[str, ...] | None, units: tuple[str, ...] | None, hours_per_step: float
) -> Pairs:
    """Raises `Problem` where the two do not belong together."""
    variables = _common(prediction, truth)
    if chosen is not None:
        for name in chosen:
            if name not in variables:
                raise Problem("unknown_chosen", name=name, names=", ".join(variables))
    names = list(variables)
    if units is not None and len(units) not in (1, len(names)):
        raise Problem("channels_count", given=len(units), path=prediction.path, name="--units", count=len(names))
    told: dict[str, str] = {}
    for i, (name, (first, second)) in enumerate(variables.items()):
        if first.units and second.units and first.units != second.units and units is None:
            raise Problem("units_differ", name=name, a=first.units, b=second.units)
        told[name] = units[i % len(units)] if units is not None else first.units or second.units
    where = places_on(
        truth.latitudes,
        truth.longitudes,
        truth.grid,
        prediction.latitudes,
        prediction.longitudes,
        prediction.grid,
        (truth.path, prediction.path),
    )
    leads = prediction.leads if prediction.leads is not None else np.asarray([hours_per_step])
    aligned = _is_aligned(prediction, truth)
    #  without a lead time axis the time of both is the valid time
    valid = (
        None
        if prediction.times is None
        else prediction.times[:, None]
        if aligned and truth.times is not None
        else shifted(prediction.times, leads)
    )
    truth_leads, truth_times = _matched(prediction, truth, leads, valid)
    kept = {name: parts for name, parts in variables.items() if chosen is None or name in chosen}
    return Pairs(prediction, truth, kept, told, leads, prediction.samples, valid, where, truth_leads, truth_times)


def _common(prediction: Dataset, truth: Dataset) -> dict[str, tuple[Variable, Variable]]:
    a, b = prediction.variables, truth.variables
    common = {name: (a[name], b[name]) for name in a if name in b}
    if not common and len(a) == len(b) == 1:
        (name, first), (other, second) = *a.items(), *b.items()
        common = {other if name.lower() in _PLAIN and other.lower() not in _PLAIN else name: (first, second)}
    if not common:
        raise Problem("no_common", a=prediction.path, na=", ".join(a), b=truth.path, nb=", ".join(b))
    return common


def _has_leads(dataset: Dataset) -> bool:
    return "lead" in next(iter(dataset.variables.values())).roles


def _is_aligned(prediction: Dataset, truth: Dataset) -> bool:
    """Neither has an axis of lead times, and nothing tells that their times are different ones."""
    if _has_leads(prediction) or _has_leads(truth):
        return False
    return prediction.times is None or truth.times is None or np.array_equal(prediction.times, truth.times)


def _matched(
    prediction: Dataset, truth: Dataset, leads: np.ndarray, valid: np.ndarray | None
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Where truth lies: its places for the lead times, or (a series) its places for the valid times; neither when its axes are the same."""
    if _has_leads(truth) or _is_aligned(prediction, truth):
        if truth.samples != prediction.samples:
            raise Problem("samples_differ", a=prediction.path, na=prediction.samples, b=truth.path, nb=truth.samples)
        if truth.leads is None or (len(truth.leads) == len(leads) and np.allclose(truth.leads, leads)):
            return None, None
        if truth.assumed_leads and len(truth.leads) == len(leads):
            return None, None
        away = np.abs(truth.leads[None, :] - leads[:, None])
        places = away.argmin(axis=1)
        for i, at in enumerate(places):
            if away[i, at] > 1e-3:
                raise Problem("leads_differ", path=truth.path, lead=f"{leads[i]:g}")
        return places, None
    if valid is None or truth.times is None:
        missing = " + ".join(d.path for d in (prediction, truth) if d.times is None)
        raise Problem("times_needed", path=truth.path, missing=missing)
    order = np.argsort(truth.times)
    at = np.searchsorted(truth.times[order], valid)
    places = order[np.minimum(at, len(order) - 1)]
    absent = truth.times[places] != valid
    if bool(absent.any()):
        raise Problem("time_absent", path=truth.path, time=str(valid[absent][0]))
    return None, places
