"""What lies beside the fields: land masks, one number a variable (mean, standard deviation), latitudes given by hand."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from .axes import coordinate, roles_of
from .dataset import Dataset
from .grids import placed, places_on
from .opening import Place, digest, open_file
from .problem import Problem


@dataclass(frozen=True)
class Mask:
    """`land` [lat, lon], and what it is known by: name and digest."""

    id: str
    sha256: str
    path: str
    land: np.ndarray


def short_id(path: str, sha256: str, more: str = "") -> str:
    """Name of a file, what was taken of it, and the beginning of its digest."""
    return f"{os.path.basename(os.path.normpath(path))}{more}@sha256:{sha256[:16]}"


def one_array(text: str) -> tuple[Place, np.ndarray, tuple[np.ndarray | None, np.ndarray | None]]:
    """The only array (or the one named) of a file as values, with its latitudes and longitudes where the file tells them."""
    place = Place.parse(text)
    file = open_file(place.path)
    try:
        names = set(file.names())
        chosen = place.names or tuple(name for name in sorted(names) if len(file.array(name).shape) > 1) or tuple(sorted(names))
        if len(chosen) != 1:
            raise Problem("which_array", path=place.path, names=", ".join(chosen) or "-")
        if chosen[0] not in names:
            raise Problem("no_variable", path=place.path, name=chosen[0], names=", ".join(sorted(names)) or "-")
        array = file.array(chosen[0])
        degrees: list[np.ndarray | None] = [None, None]
        if array.dims is not None and len(array.dims) > 1:
            roles = roles_of(file, array, None, names)
            for i, role in enumerate(("lat", "lon")):
                found = coordinate(file, array, roles, role, names)
                degrees[i] = None if found is None else found.values()
        return place, array.values(), (degrees[0], degrees[1])
    finally:
        file.close()


def read_mask(text: str, inverted: bool, fields: Dataset) -> Mask:
    """Land is what is above one half, or NaN; `inverted`: what is one half or less, or NaN."""
    place, values, (latitudes, longitudes) = one_array(text)
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    if values.ndim != 2:
        raise Problem("shape_differs", path=place.path, name=",".join(place.names) or "-", shape=values.shape, wanted=fields.grid)
    names = (place.path, fields.path)
    where = places_on(latitudes, longitudes, (values.shape[0], values.shape[1]), fields.latitudes, fields.longitudes, fields.grid, names)
    values = placed(values, where)
    land = np.isnan(values) | ((values <= 0.5) if inverted else (values > 0.5))
    if bool(land.all()):
        raise Problem("mask_cells", path=place.path)
    sha256 = digest(place.path)
    return Mask(short_id(place.path, sha256, ":sea" if inverted else ""), sha256, place.path, land)


def per_variable(text: str, variables: list[str]) -> dict[str, float]:
    """One number a variable: an array with as many values as there are variables, in their order, or a single number for all."""
    try:
        return dict.fromkeys(variables, float(text))
    except ValueError:
        pass
    place, values, _ = one_array(text)
    flat = values.reshape(-1)
    if flat.size not in (1, len(variables)):
        raise Problem("shape_differs", path=place.path, name=",".join(place.names) or "-", shape=values.shape, wanted=(len(variables),))
    return {name: float(flat[i % flat.size]) for i, name in enumerate(variables)}


def degrees_given(text: str, option: str, count: int | None) -> np.ndarray:
    """`FILE[:NAME]`, or `FROM:TO` with both ends included; that needs `count`."""
    first, colon, last = text.partition(":")
    if colon:
        try:
            ends = float(first), float(last)
        except ValueError:
            ends = None
        if ends is not None:
            if count is None:
                raise Problem("bad_range", option=option)
            return np.linspace(ends[0], ends[1], count)
    _, values, _ = one_array(text)
    if values.ndim != 1:
        raise Problem("bad_range", option=option)
    return values
