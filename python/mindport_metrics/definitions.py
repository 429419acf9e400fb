"""
The definitions of RMSE and ACC, kept apart: their numbers on the same data differ. Each is weights of the rows and a way to join forecasts.

fcn-exact      FourCastNet as published: weights of rows 90 − 180 j/(n − 1), whatever they are; root a forecast, then the mean
fcn-true-lat   the same with the true latitudes
wb1            WeatherBench (Rasp et al. 2020): one root over all forecasts and cells; ACC with the mean anomalies subtracted
wb2            WeatherBench 2 (Rasp et al. 2024): weights by cell area; root after the mean over forecasts; ACC a forecast, then the mean
paper-compat   fcn-exact with land counted as error 0, as the port of arXiv:2510.17852 did; land adds nothing to ACC
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .grids import area_weights, cosine_weights, pole_to_pole
from .problem import Problem
from .sums import RowSums

NAMES = ("fcn-exact", "fcn-true-lat", "wb1", "wb2", "paper-compat")

#: columns of the sums of one forecast
_ERROR, _WEIGHT, _PRODUCT, _PREDICTION2, _TRUTH2, _CELLS, _PREDICTION, _TRUTH, _WEIGHTED_PREDICTION, _WEIGHTED_TRUTH = range(10)
COLUMNS = 10


def chosen_definitions(words: list[str], latitudes_known: bool) -> list[str]:
    """
    `fcn` is FourCastNet's form with the true latitudes where they are known, else with its own; `all` is every one that needs
    no mask.
    """
    names: list[str] = []
    for word in (part.strip() for given in words for part in given.split(",")):
        if word == "fcn":
            names.append("fcn-true-lat" if latitudes_known else "fcn-exact")
        elif word == "all":
            names.extend(["fcn-exact", "fcn-true-lat", "wb1", "wb2"])
        elif word in NAMES:
            names.append(word)
        else:
            raise Problem("unknown_definition", name=word, names=", ".join(("fcn", *NAMES, "all")))
    return list(dict.fromkeys(names))


def row_weights(definition: str, latitudes: np.ndarray | None, rows: int, path: str) -> np.ndarray:
    """Weights of the rows, mean one."""
    if definition in ("fcn-exact", "paper-compat"):
        return cosine_weights(pole_to_pole(rows))
    if latitudes is None:
        raise Problem("no_latitudes", path=path)
    return area_weights(latitudes) if definition == "wb2" else cosine_weights(latitudes)


def forecast_sums(sums: RowSums, weights: np.ndarray, columns: int, land_is_zero: bool) -> np.ndarray:
    """Sums of each forecast [sample, lead, COLUMNS]; `columns`: cells of a row. Those of anomalies are NaN without a climatology."""
    out = np.full((*sums.valid.shape[:2], COLUMNS), np.nan)
    out[..., _ERROR] = (sums.error * weights).sum(axis=-1)
    whole = float((weights * columns).sum())
    counted = (sums.valid * weights).sum(axis=-1)
    out[..., _WEIGHT] = np.where(counted > 0, whole, 0.0) if land_is_zero else counted
    out[..., _CELLS] = columns * len(weights) if land_is_zero else sums.valid.sum(axis=-1)
    if sums.product is not None and sums.prediction2 is not None and sums.truth2 is not None:
        assert sums.prediction is not None and sums.truth is not None
        out[..., _PRODUCT] = (sums.product * weights).sum(axis=-1)
        out[..., _PREDICTION2] = (sums.prediction2 * weights).sum(axis=-1)
        out[..., _TRUTH2] = (sums.truth2 * weights).sum(axis=-1)
        out[..., _PREDICTION] = sums.prediction.sum(axis=-1)
        out[..., _TRUTH] = sums.truth.sum(axis=-1)
        out[..., _WEIGHTED_PREDICTION] = (sums.prediction * weights).sum(axis=-1)
        out[..., _WEIGHTED_TRUTH] = (sums.truth * weights).sum(axis=-1)
    return out


@dataclass(frozen=True)
class Value:
    """None where it is not defined, e.g. an ACC without variance. `n`: forecasts it rests on."""

    value: float | None
    n: int


def _value(number: float, n: int) -> Value:
    return Value(float(number), n) if n > 0 and np.isfinite(number) else Value(None, n)


def _mean_root(error: np.ndarray) -> Value:
    return _value(float(np.sqrt(error).mean()) if len(error) else np.nan, len(error))


def _root_mean(error: np.ndarray) -> Value:
    return _value(float(np.sqrt(error.mean())) if len(error) else np.nan, len(error))


def rmse(definition: str, sums: np.ndarray) -> Value:
    """`sums` [sample, COLUMNS] of one variable and lead time."""
    sums = sums[sums[:, _WEIGHT] > 0]
    if definition == "wb1":
        total, weight = sums[:, _ERROR].sum(), sums[:, _WEIGHT].sum()
        return _value(float(np.sqrt(total / weight)) if len(sums) else np.nan, len(sums))
    join: Callable[[np.ndarray], Value] = _root_mean if definition == "wb2" else _mean_root
    return join(sums[:, _ERROR] / sums[:, _WEIGHT])


def acc(definition: str, sums: np.ndarray) -> Value:
    """As `rmse`; forecasts whose anomalies are all zero have no ACC and are left out of the mean."""
    sums = sums[sums[:, _WEIGHT] > 0]
    if definition == "wb1":
        return _pooled_acc(sums)
    size = np.sqrt(sums[:, _PREDICTION2] * sums[:, _TRUTH2])
    kept = size > 0
    each = sums[kept, _PRODUCT] / size[kept]
    return _value(float(each.mean()) if len(each) else np.nan, len(each))


def _pooled_acc(sums: np.ndarray) -> Value:
    """One quotient over everything, of anomalies less their plain means."""
    if len(sums) == 0:
        return Value(None, 0)
    s = sums.sum(axis=0)
    m, k = s[_PREDICTION] / s[_CELLS], s[_TRUTH] / s[_CELLS]
    product = s[_PRODUCT] - k * s[_WEIGHTED_PREDICTION] - m * s[_WEIGHTED_TRUTH] + m * k * s[_WEIGHT]
    prediction2 = s[_PREDICTION2] - 2 * m * s[_WEIGHTED_PREDICTION] + m * m * s[_WEIGHT]
    truth2 = s[_TRUTH2] - 2 * k * s[_WEIGHTED_TRUTH] + k * k * s[_WEIGHT]
    size = prediction2 * truth2
    return _value(float(product / np.sqrt(size)) if size > 0 else np.nan, len(sums))
