"""What anomalies are taken from: one field, the mean of a series, or a field for each day of the year (and hour)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from .arrays import Array, DataFile
from .axes import coordinate, is_field, role_of
from .beside import short_id
from .dataset import channel_names
from .grids import Places, placed, places_on
from .opening import Place, digest, open_file
from .pairing import Pairs
from .problem import Problem
from .times import day_of_year, decoded_times, hour_of_day

_DAYS = {"dayofyear", "day_of_year", "doy"}
_HOURS = {"hour", "hour_of_day", "hourofday"}
KEPT_FIELDS = 48


@dataclass(frozen=True)
class _Part:
    """Where one variable lies in an array. `axes`: the meaning of each axis, with `day` and `hour` beside the usual roles."""

    array: Array
    axes: tuple[str, ...]
    fixed: dict[str, int]


class Climatology:
    """
    `by`: `mean` or `dayofyear`. A file with a day-of-year axis is taken by it, one with a time axis as its mean, or (if asked)
    as the mean of each day of the year; one with neither as it is.
    """

    def __init__(self, text: str, by: str | None, pairs: Pairs, dims: tuple[str, ...] | None, channels: tuple[str, ...] | None) -> None:
        place = Place.parse(text)
        self._file: DataFile = open_file(place.path)
        self._pairs = pairs
        self._fields = fields = pairs.prediction
        names = set(self._file.names())
        self._parts = self._found(place, names, dims, channels)
        part = next(iter(self._parts.values()))
        if "day" in part.axes:
            self.by = "dayofyear"
        elif "time" in part.axes:
            self.by = by or "mean"
        elif by == "dayofyear":
            raise Problem("climatology_axis", path=place.path, name=part.array.name)
        else:
            self.by = "mean"
        if self.by == "dayofyear" and fields.times is None:
            raise Problem("climatology_times", path=fields.path)
        self._days, self._hours = self._calendar(part, names)
        self._where = self._placing(part, names)
        self._kept: OrderedDict[tuple[str, int, int], np.ndarray] = OrderedDict()
        self.path = place.path
        self.sha256 = digest(place.path)
        self.id = short_id(place.path, self.sha256, f":{self.by}")

    def _found(self, place: Place, names: set[str], dims: tuple[str, ...] | None, channels: tuple[str, ...] | None) -> dict[str, _Part]:
        file, own = self._file, self._fields.variables
        if place.names:
            missing = [name for name in place.names if name not in names]
            if missing:
                raise Problem("no_variable", path=place.path, name=missing[0], names=", ".join(sorted(names)) or "-")
            arrays = [file.array(name) for name in place.names]
        else:
            arrays = [array for array in map(file.array, sorted(names)) if is_field(file, array, names)]
            arrays = arrays or [array for array in map(file.array, sorted(names)) if array.dtype.kind in "fiu" and len(array.shape) >= 2]
        parts: dict[str, _Part] = {}
        for array in arrays:
            axes = self._axes(array, names, dims)
            base = array.name.rpartition("/")[2]
            if "channel" in axes:
                count = array.shape[axes.index("channel")]
                same = count == len(own) and array.dims is None
                words = list(own) if same else channel_names(file, array, axes, channels, names)
                parts.update({word: _Part(array, axes, {"channel": i}) for i, word in enumerate(words)})
            elif "level" in axes:
                level = coordinate(file, array, axes, "level", names)
                values = level.stored() if level is not None else np.arange(array.shape[axes.index("level")])
                parts.update({f"{base}{float(value):g}": _Part(array, axes, {"level": i}) for i, value in enumerate(values)})
            else:
                parts[base] = _Part(array, axes, {})
        pairs = self._pairs.variables
        if len(parts) == 1 and len(pairs) == 1:
            return {next(iter(pairs)): next(iter(parts.values()))}
        found = {}
        for name, (first, second) in pairs.items():
            part = next((parts[known] for known in (name, first.name, second.name) if known in parts), None)
            if part is None:
                raise Problem("no_variable", path=place.path, name=name, names=", ".join(parts) or "-")
            found[name] = part
        return found

    def _axes(self, array: Array, names: set[str], dims: tuple[str, ...] | None) -> tuple[str, ...]:
        """The meaning of each axis; without names by its size, from the end: longitude, latitude, channel or day of the year."""
        if dims is not None and len(dims) == len(array.shape):
            return dims
        if array.dims is not None:
            found = []
            for dim, size in zip(array.dims, array.shape, strict=True):
                short = dim.rpartition("/")[2].lower()
                role = "day" if short in _DAYS else "hour" if short in _HOURS else role_of(self._file, dim, names)
                if role is None and size != 1:
                    raise Problem("axis_unknown", path=self._file.path, name=array.name, axis=dim, size=size)
                found.append(role or "one")
            return tuple(found)
        axes: list[str] = []
        for i, size in enumerate(reversed(array.shape)):
            if i < 2:
                axes.insert(0, ("lon", "lat")[i])
            elif size == 1 and not (len(self._fields.variables) == 1 and i == 2):
                axes.insert(0, "one")
            elif size == len(self._fields.variables) and "channel" not in axes:
                axes.insert(0, "channel")
            elif size in (365, 366) and "day" not in axes:
                axes.insert(0, "day")
            else:
                raise Problem("dims_needed", path=self._file.path, name=array.name, shape=array.shape)
        return tuple(axes)

    def _calendar(self, part: _Part, names: set[str]) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Day of the year and hour of the entries of the axis that carries them."""
        if self.by != "dayofyear":
            return None, None
        if "day" in part.axes:
            return self._numbers(part, "day", names, 1), self._numbers(part, "hour", names, 0)
        time = coordinate(self._file, part.array, part.axes, "time", names)
        times = None if time is None else decoded_times(time, self._file.path)
        if times is None:
            raise Problem("climatology_times", path=self._file.path)
        return day_of_year(times), None

    def _numbers(self, part: _Part, axis: str, names: set[str], first: int) -> np.ndarray | None:
        if axis not in part.axes:
            return None
        at = part.axes.index(axis)
        name = part.array.dims[at] if part.array.dims is not None else ""
        size = part.array.shape[at]
        return self._file.array(name).values() if name in names else first + np.arange(size) * (1 if axis == "day" else 24 // size)

    def _placing(self, part: _Part, names: set[str]) -> Places:
        array, axes, fields = part.array, part.axes, self._fields
        for role in ("lat", "lon"):
            if role not in axes:
                raise Problem("axis_missing", path=self._file.path, name=array.name, role=role, dims=", ".join(axes))
        own = [coordinate(self._file, array, axes, role, names) for role in ("lat", "lon")]
        shape = array.shape[axes.index("lat")], array.shape[axes.index("lon")]
        latitudes, longitudes = (None if found is None else found.values() for found in own)
        return places_on(latitudes, longitudes, shape, fields.latitudes, fields.longitudes, fields.grid, (self._file.path, fields.path))

    def at(self, variable: str, times: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
        """Fields to subtract, [sample, lead, lat, lon] or with ones; `times` are the valid times [sample, lead]."""
        if self.by == "mean":
            return self._field(variable, 0, 0)[None, None]
        assert times is not None
        days, hours = day_of_year(times), hour_of_day(times)
        out = np.empty((*shape, *self._fields.grid))
        for day, hour in {(int(d), int(h)) for d, h in zip(days.flat, hours.flat, strict=True)}:
            out[(days == day) & (hours == hour)] = self._field(variable, day, hour)
        return out

    def _field(self, variable: str, day: int, hour: int) -> np.ndarray:
        key = (variable, day, 0 if self._hours is None else hour)
        if key not in self._kept:
            self._kept[key] = placed(self._made(self._parts[variable], day, hour), self._where)
            while len(self._kept) > KEPT_FIELDS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _made(self, part: _Part, day: int, hour: int) -> np.ndarray:
        """One field [lat, lon]: the mean over whatever belongs to the day; entry by entry, so that a long series needs no memory."""
        series = next((axis for axis in ("day", "time") if axis in part.axes), None)
        entries: list[int | None] = [None]
        if series is not None and self._days is not None:
            found = np.flatnonzero(self._days.astype(np.int64) == day)
            if len(found) == 0:
                raise Problem("climatology_day", path=self._file.path, day=day)
            entries = [int(i) for i in found]
        elif series is not None:
            entries = list(range(part.array.shape[part.axes.index(series)]))
        total, count = np.zeros(()), np.zeros(())
        for entry in entries:
            values = self._entry(part, series, entry, hour)
            total = total + np.where(np.isnan(values), 0.0, values)
            count = count + ~np.isnan(values)
        with np.errstate(invalid="ignore"):
            return total / count

    def _entry(self, part: _Part, series: str | None, entry: int | None, hour: int) -> np.ndarray:
        chosen = []
        for axis, size in zip(part.axes, part.array.shape, strict=True):
            if axis in ("lat", "lon"):
                chosen.append(slice(0, size))
                continue
            at = part.fixed.get(axis, 0)
            if axis == series and entry is not None:
                at = entry
            elif axis == "hour" and self._hours is not None:
                at = int(np.abs(self._hours - hour).argmin())
            chosen.append(slice(at, at + 1))
        values = part.array.values(chosen)
        values = values.reshape([n for axis, n in zip(part.axes, values.shape, strict=True) if axis in ("lat", "lon")])
        return values if part.axes.index("lat") < part.axes.index("lon") else values.T

    def close(self) -> None:
        self._file.close()
