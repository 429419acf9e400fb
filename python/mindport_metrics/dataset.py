"""Fields of a file by variable: which part of which array, on which grid, at which times and lead times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .arrays import Array, DataFile, text
from .axes import coordinate, is_field, roles_of
from .opening import Place, open_file
from .problem import Problem
from .times import decoded_leads, decoded_times


@dataclass(frozen=True)
class Wishes:
    """What the caller says of files that do not say it themselves."""

    dims: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    leads: tuple[float, ...] | None = None
    hours_per_step: float = 6.0


@dataclass(frozen=True)
class Variable:
    """One variable: an array and the place of this variable on its axes of channels and levels."""

    name: str
    units: str
    array: Array
    roles: tuple[str | None, ...]
    fixed: dict[str, int] = field(default_factory=dict)

    def size(self, role: str) -> int | None:
        return self.array.shape[self.roles.index(role)] if role in self.roles else None

    def read(self, samples: slice, leads: slice) -> np.ndarray:
        """float64 [sample, lead, lat, lon]; an axis the array does not have is of size 1."""
        chosen, kept = [], []
        for role, size in zip(self.roles, self.array.shape, strict=True):
            if role in ("time", "lead"):
                chosen.append(samples if role == "time" else leads)
            elif role in ("lat", "lon"):
                chosen.append(slice(0, size))
            else:
                at = self.fixed.get(role or "", 0)
                chosen.append(slice(at, at + 1))
            kept.append(role)
        values = self.array.values(chosen)
        drop = tuple(i for i, role in enumerate(kept) if role not in ("time", "lead", "lat", "lon"))
        values = values.squeeze(drop) if drop else values
        kept = [role for role in kept if role in ("time", "lead", "lat", "lon")]
        wanted = [role for role in ("time", "lead", "lat", "lon") if role in kept]
        values = values.transpose([kept.index(role) for role in wanted])
        for axis, role in enumerate(("time", "lead")):
            if role not in kept:
                values = np.expand_dims(values, axis)
        return values


@dataclass
class Dataset:
    """`latitudes`, `longitudes`: degrees, None where unknown. `leads`: hours, None without that axis. `times`: datetime64[s] or None."""

    file: DataFile
    variables: dict[str, Variable]
    latitudes: np.ndarray | None
    longitudes: np.ndarray | None
    leads: np.ndarray | None
    assumed_leads: bool
    times: np.ndarray | None
    samples: int
    grid: tuple[int, int]

    @property
    def path(self) -> str:
        return self.file.path


def open_dataset(place: Place, wishes: Wishes) -> Dataset:
    """The fields of a file. Raises `Problem` where it is not told, or not plausible, what they are."""
    file = open_file(place.path)
    names = set(file.names())
    arrays = [_named(file, name, names) for name in place.names] or _fields(file, names, wishes)
    variables: dict[str, Variable] = {}
    first: tuple[Array, tuple[str | None, ...]] | None = None
    for array in arrays:
        roles = roles_of(file, array, wishes.dims, names)
        if first is not None and _sizes(array, roles) != _sizes(*first):
            raise Problem("shape_differs", path=place.path, name=array.name, shape=array.shape, wanted=first[0].shape)
        first = first or (array, roles)
        variables.update(_variables(file, array, roles, wishes, names))
    assert first is not None
    array, roles = first
    grid = (array.shape[roles.index("lat")], array.shape[roles.index("lon")])
    latitudes = _degrees(file, array, roles, "lat", names)
    if latitudes is not None and not is_latitude(latitudes):
        raise Problem("bad_latitudes", path=place.path)
    leads, assumed = _leads(file, array, roles, wishes, names)
    time = coordinate(file, array, roles, "time", names)
    return Dataset(
        file=file,
        variables=variables,
        latitudes=latitudes,
        longitudes=_degrees(file, array, roles, "lon", names),
        leads=leads,
        assumed_leads=assumed,
        times=None if time is None else decoded_times(time, place.path),
        samples=array.shape[roles.index("time")] if "time" in roles else 1,
        grid=grid,
    )


def _named(file: DataFile, name: str, names: set[str]) -> Array:
    if name not in names:
        raise Problem("no_variable", path=file.path, name=name, names=", ".join(sorted(names)) or "-")
    return file.array(name)


def _fields(file: DataFile, names: set[str], wishes: Wishes) -> list[Array]:
    """All arrays that are fields by their own words; in a file without words the only one with as many axes as were named."""
    arrays = [file.array(name) for name in sorted(names)]
    found = [array for array in arrays if is_field(file, array, names)]
    if found:
        most = max(len(array.shape) for array in found)
        return [array for array in found if len(array.shape) == most]
    axes = len(wishes.dims) if wishes.dims is not None else None
    bare = [array for array in arrays if array.dtype.kind in "fiu" and (len(array.shape) == axes if axes else len(array.shape) > 2)]
    if len(bare) == 1:
        return bare
    if len(bare) > 1:
        raise Problem("which_array", path=file.path, names=", ".join(array.name for array in bare))
    raise Problem("no_fields", path=file.path, names=", ".join(sorted(names)) or "-")


def _sizes(array: Array, roles: Sequence[str | None]) -> dict[str, int]:
    return {role: size for role, size in zip(roles, array.shape, strict=True) if role in ("time", "lead", "lat", "lon")}


def _variables(file: DataFile, array: Array, roles: tuple[str | None, ...], wishes: Wishes, names: set[str]) -> dict[str, Variable]:
    """A variable for each channel and level of an array."""
    units = array.told("units")
    base = array.name.rpartition("/")[2]
    channels: list[tuple[str, dict[str, int]]] = [(base, {})]
    if "channel" in roles:
        words = channel_names(file, array, roles, wishes.channels, names)
        channels = [(word, {"channel": i}) for i, word in enumerate(words)]
    found: dict[str, Variable] = {}
    for name, fixed in channels:
        if "level" not in roles:
            found[name] = Variable(name, units, array, roles, fixed)
            continue
        level = coordinate(file, array, roles, "level", names)
        count = array.shape[roles.index("level")]
        values = level.stored() if level is not None else np.arange(count)
        for i in range(count):
            label = f"{name}{float(values[i]):g}"
            found[label] = Variable(label, units, array, roles, {**fixed, "level": i})
    return found


def channel_names(file: DataFile, array: Array, roles: tuple[str | None, ...], given: tuple[str, ...] | None, names: set[str]) -> list[str]:
    """Names of the channels: the caller's, else a coordinate of text, else the attribute `channels`."""
    count = array.shape[roles.index("channel")]
    if given is not None:
        if len(given) != count:
            raise Problem("channels_count", given=len(given), path=file.path, name=array.name, count=count)
        return list(given)
    found = coordinate(file, array, roles, "channel", names)
    if found is not None and found.dtype.kind in "USO":
        return [value.decode() if isinstance(value, bytes) else str(value) for value in found.stored()]
    told = [word.strip() for word in text(array.attrs.get("channels")).split(",") if word.strip()]
    if len(told) == count:
        return told
    if count == 1:
        return [array.name.rpartition("/")[2]]
    raise Problem("channels_needed", path=file.path, name=array.name, count=count)


def _degrees(file: DataFile, array: Array, roles: tuple[str | None, ...], role: str, names: set[str]) -> np.ndarray | None:
    found = coordinate(file, array, roles, role, names)
    return None if found is None or found.dtype.kind not in "fiu" else found.values()


def is_latitude(values: np.ndarray) -> bool:
    steps = np.diff(values)
    inside = bool(np.isfinite(values).all() and (np.abs(values) <= 90.0 + 1e-6).all())
    return inside and bool((steps > 0).all() or (steps < 0).all())


def _leads(file: DataFile, array: Array, roles: tuple[str | None, ...], wishes: Wishes, names: set[str]) -> tuple[np.ndarray | None, bool]:
    count = array.shape[roles.index("lead")] if "lead" in roles else None
    if wishes.leads is not None and (count is not None or len(wishes.leads) == 1):
        if count is not None and len(wishes.leads) != count:
            raise Problem("leads_count", given=len(wishes.leads), path=file.path, name=array.name, count=count)
        return np.asarray(wishes.leads), False
    if count is None:
        return None, False
    found = coordinate(file, array, roles, "lead", names)
    if found is not None and found.dtype.kind in "fium":
        return decoded_leads(found, file.path), False
    return wishes.hours_per_step * np.arange(1, count + 1), True
