"""Times and lead times: CF units, numpy's own types, plain hours."""

from __future__ import annotations

import re

import numpy as np

from .arrays import Array
from .problem import Problem

_SECONDS = {
    "d": 86400.0,
    "day": 86400.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "min": 60.0,
    "minute": 60.0,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "ms": 1e-3,
    "millisecond": 1e-3,
    "us": 1e-6,
    "microsecond": 1e-6,
    "ns": 1e-9,
    "nanosecond": 1e-9,
}
_CALENDARS = {"", "standard", "gregorian", "proleptic_gregorian"}
_SINCE = re.compile(
    r"^\s*(\w+)\s+since\s+(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?)?\s*(?:Z|UTC|\+?00:?00)?\s*$"
)


def _unit(word: str) -> float | None:
    lower = word.strip().lower()
    return _SECONDS.get(lower) or _SECONDS.get(lower.removesuffix("s"))


def decoded_times(array: Array, path: str) -> np.ndarray | None:
    """A time coordinate as datetime64[s]; None where it has no units (then it only numbers the samples)."""
    stored = array.stored()
    if stored.dtype.kind == "M":
        return stored.astype("datetime64[s]")
    units, calendar = array.told("units"), array.told("calendar").lower()
    if units == "" or stored.dtype.kind not in "fiu":
        return None
    found = _SINCE.match(units)
    seconds = _unit(found[1]) if found else None
    if found is None or seconds is None or calendar not in _CALENDARS:
        raise Problem("bad_time", path=path, name=array.name, units=units, calendar=calendar or "standard")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[1:])
    origin = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}", "s")
    return origin + np.round(array.values() * seconds).astype("timedelta64[s]")


def decoded_leads(array: Array, path: str) -> np.ndarray:
    """A lead time coordinate in hours; numbers without units are hours."""
    stored = array.stored()
    if stored.dtype.kind == "m":
        return stored.astype("timedelta64[s]").astype(np.float64) / 3600.0
    units = array.told("units") or "hours"
    seconds = _unit(units)
    if seconds is None:
        raise Problem("bad_lead_units", path=path, units=units)
    return np.round(array.values() * seconds / 3600.0, 6)


def day_of_year(times: np.ndarray) -> np.ndarray:
    """1 to 366, counted in each year by itself."""
    days = times.astype("datetime64[D]")
    return (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) + 1


def hour_of_day(times: np.ndarray) -> np.ndarray:
    hours = times.astype("datetime64[h]")
    return (hours - hours.astype("datetime64[D]").astype("datetime64[h]")).astype(np.int64)


def shifted(times: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Valid times [sample, lead]."""
    return times[:, None] + np.round(hours * 3600.0).astype("timedelta64[s]")[None, :]
