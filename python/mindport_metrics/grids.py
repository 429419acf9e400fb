"""One grid on another: the same rows and columns in another order or a part of them; latitude weights."""

from __future__ import annotations

import numpy as np

from .problem import Problem

Places = tuple[np.ndarray | None, np.ndarray | None]


def cosine_weights(latitudes: np.ndarray) -> np.ndarray:
    """cos(latitude), mean one. Rows beyond a pole by rounding count nothing."""
    cosines = np.clip(np.cos(np.deg2rad(latitudes)), 0.0, None)
    return cosines / cosines.mean()


def pole_to_pole(rows: int) -> np.ndarray:
    """90 − 180 j/(n − 1), whatever the rows are."""
    return np.linspace(90.0, -90.0, rows) if rows > 1 else np.zeros(1)


def area_weights(latitudes: np.ndarray) -> np.ndarray:
    """sin(upper) − sin(lower) of cells bounded halfway between rows, and by the poles; mean one."""
    order = np.argsort(latitudes)
    ascending = np.deg2rad(latitudes[order])
    bounds = np.concatenate([[-np.pi / 2], (ascending[:-1] + ascending[1:]) / 2, [np.pi / 2]])
    weights = np.empty_like(ascending)
    weights[order] = np.diff(np.sin(bounds))
    return weights / weights.mean()


def _places(of: np.ndarray, wanted: np.ndarray, period: float | None) -> np.ndarray | None:
    """For each wanted centre its index in `of`; None where one is missing."""
    spacing = np.min(np.abs(np.diff(np.sort(wanted)))) if len(wanted) > 1 else 1.0
    tolerance = max(1e-4, 0.01 * float(spacing))
    away = wanted[:, None] - of[None, :]
    if period is not None:
        away = (away + period / 2) % period - period / 2
    nearest = np.abs(away).argmin(axis=1)
    return nearest if bool((np.abs(away[np.arange(len(wanted)), nearest]) <= tolerance).all()) else None


def places_on(
    latitudes: np.ndarray | None,
    longitudes: np.ndarray | None,
    shape: tuple[int, int],
    wanted_latitudes: np.ndarray | None,
    wanted_longitudes: np.ndarray | None,
    wanted_shape: tuple[int, int],
    names: tuple[str, str],
) -> Places:
    """
    Which rows and columns of a grid make up the wanted one; None for all as they are. Reversed latitudes, longitudes from -180
    or 0, and a part of the rows (720 of 721) are fine. Raises `Problem` where the grids differ. Where one has no coordinates
    only the sizes are compared.
    """
    found: list[np.ndarray | None] = []
    for what, of, wanted, size, wanted_size, period in (
        ("latitudes", latitudes, wanted_latitudes, shape[0], wanted_shape[0], None),
        ("longitudes", longitudes, wanted_longitudes, shape[1], wanted_shape[1], 360.0),
    ):
        if of is None or wanted is None:
            if size != wanted_size:
                raise Problem("grids_differ", a=names[0], b=names[1], what=f"{what}: {size}, {wanted_size}")
            found.append(None)
            continue
        places = _places(of, wanted, period)
        if places is None:
            raise Problem("grids_differ", a=names[0], b=names[1], what=what)
        found.append(None if size == wanted_size and np.array_equal(places, np.arange(size)) else places)
    return found[0], found[1]


def placed(values: np.ndarray, places: Places) -> np.ndarray:
    """`values` [..., lat, lon] with the rows and columns of `places`."""
    rows, columns = places
    if rows is not None:
        values = values[..., rows, :]
    if columns is not None:
        values = values[..., columns]
    return values
