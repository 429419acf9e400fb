"""
RMSE and ACC once more, cell by cell from the formulas, with nothing but `math`: what the vectorised tool is compared with.

Fields are nested lists [forecast][row][column]; `land` [row][column]; None or NaN is no value.
"""

from __future__ import annotations

import math


def weights(definition: str, latitudes: list[float]) -> list[float]:
    n = len(latitudes)
    if definition in ("fcn-exact", "paper-compat"):
        raw = [math.cos(math.radians(90.0 - 180.0 * j / (n - 1))) for j in range(n)]
    elif definition == "wb2":
        raw = []
        for lat in latitudes:
            above = [other for other in latitudes if other > lat]
            below = [other for other in latitudes if other < lat]
            upper = (lat + min(above)) / 2 if above else 90.0
            lower = (lat + max(below)) / 2 if below else -90.0
            raw.append(math.sin(math.radians(upper)) - math.sin(math.radians(lower)))
    else:
        raw = [math.cos(math.radians(lat)) for lat in latitudes]
    mean = sum(raw) / n
    return [w / mean for w in raw]


def _cells(p, t, land, clim):
    """(row, prediction, truth, climatology) of every cell that counts; land as None where it counts as error 0."""
    for i, row in enumerate(p):
        for j, value in enumerate(row):
            c = 0.0 if clim is None else clim[i][j]
            if land is not None and land[i][j]:
                yield i, None, None, None
            elif not any(math.isnan(x) for x in (value, t[i][j], c)):
                yield i, value, t[i][j], c


def rmse(definition, predictions, truths, latitudes, land=None, climatology=None):
    w = weights(definition, latitudes)
    means, pooled, pooled_weight = [], 0.0, 0.0
    for p, t in zip(predictions, truths):
        error = weight = 0.0
        for i, a, b, _ in _cells(p, t, land, climatology):
            if a is not None:
                error += w[i] * (a - b) * (a - b)
                weight += w[i]
        if definition == "paper-compat" and weight > 0:
            weight = sum(w[i] for i in range(len(p)) for _ in p[i])
        if weight > 0:
            means.append(error / weight)
            pooled += error
            pooled_weight += weight
    if not means:
        return None
    if definition == "wb1":
        return math.sqrt(pooled / pooled_weight)
    if definition == "wb2":
        return math.sqrt(sum(means) / len(means))
    return sum(math.sqrt(m) for m in means) / len(means)


def acc(definition, predictions, truths, latitudes, climatology, land=None):
    w = weights(definition, latitudes)
    cells = [[(w[i], a - c, b - c) for i, a, b, c in _cells(p, t, land, climatology) if a is not None] for p, t in zip(predictions, truths)]
    if definition == "wb1":
        every = [cell for forecast in cells for cell in forecast]
        mean_p = sum(a for _, a, _ in every) / len(every)
        mean_t = sum(b for _, _, b in every) / len(every)
        return _correlation([(x, a - mean_p, b - mean_t) for x, a, b in every])
    each = [_correlation(forecast) for forecast in cells if forecast]
    each = [value for value in each if value is not None]
    return sum(each) / len(each) if each else None


def _correlation(cells):
    product = sum(x * a * b for x, a, b in cells)
    size = sum(x * a * a for x, a, _ in cells) * sum(x * b * b for x, _, b in cells)
    return product / math.sqrt(size) if size > 0 else None
