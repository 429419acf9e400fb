"""What the axes of an array mean, by the file's own words (CF, xarray) or by the caller's."""

from __future__ import annotations

from .arrays import Array, DataFile
from .problem import Problem

ROLES = ("time", "lead", "channel", "level", "lat", "lon")

_NAMES = {
    "time": {
        *("time", "init_time", "initial_time", "forecast_reference_time", "reference_time", "valid_time"),
        *("sample", "samples", "batch", "initial_condition", "init"),
    },
    "lead": {
        *("prediction_timedelta", "lead", "lead_time", "leadtime", "lead_hour", "step", "steps"),
        *("forecast_period", "forecast_hour", "fxx"),
    },
    "channel": {"channel", "channels", "variable", "variables", "var", "feature", "features"},
    "level": {"level", "lev", "levels", "pressure_level", "isobaricinhpa", "plev", "pressure", "depth", "height"},
    "lat": {"latitude", "latitudes", "lat", "lats", "nav_lat"},
    "lon": {"longitude", "longitudes", "lon", "lons", "nav_lon"},
}
_STANDARD = {
    "latitude": "lat",
    "longitude": "lon",
    "time": "time",
    "forecast_reference_time": "time",
    "forecast_period": "lead",
    "air_pressure": "level",
    "depth": "level",
    "height": "level",
}
_LATITUDE_UNITS = {"degrees_north", "degree_north", "degreesn", "degrees_n"}
_LONGITUDE_UNITS = {"degrees_east", "degree_east", "degreese", "degrees_e"}


def role_of(file: DataFile, name: str, names: set[str]) -> str | None:
    """The role of the dimension `name`: by its coordinate's standard_name, units or axis, else by its own name."""
    if name in names:
        coordinate = file.array(name)
        standard = _STANDARD.get(coordinate.told("standard_name").lower())
        if standard is not None:
            return standard
        units = coordinate.told("units").lower()
        if units in _LATITUDE_UNITS:
            return "lat"
        if units in _LONGITUDE_UNITS:
            return "lon"
    short = name.rpartition("/")[2].lower()
    return next((role for role, words in _NAMES.items() if short in words), None)


def parse_dims(text: str) -> tuple[str, ...]:
    """The words of --dims as roles."""
    roles = []
    for word in text.split(","):
        lower = word.strip().lower()
        role = lower if lower in ROLES else next((role for role, words in _NAMES.items() if lower in words), None)
        if role is None:
            raise Problem("dims_unknown", word=word.strip())
        roles.append(role)
    return tuple(roles)


def roles_of(file: DataFile, array: Array, given: tuple[str, ...] | None, names: set[str]) -> tuple[str | None, ...]:
    """A role for each axis; None for one of size 1 that means nothing here. Raises `Problem` where an axis stays unknown."""
    shown = dict(path=file.path, name=array.name)
    if given is not None:
        shape = array.shape
        if len(given) != len(shape):
            raise Problem("dims_count", given=len(given), shape=shape, **shown)
        roles: tuple[str | None, ...] = given
        dims = given
    elif array.dims is None:
        raise Problem("dims_needed", shape=array.shape, **shown)
    else:
        roles = tuple(role_of(file, dim, names) for dim in array.dims)
        dims = array.dims
        for role, dim, size in zip(roles, dims, array.shape, strict=True):
            if role is None and size != 1:
                raise Problem("axis_unknown", axis=dim, size=size, **shown)
    for role in ROLES:
        if roles.count(role) > 1:
            raise Problem("dims_twice", role=role, dims=", ".join(dims), **shown)
    for role in ("lat", "lon"):
        if role not in roles:
            raise Problem("axis_missing", role=role, dims=", ".join(dims), **shown)
    return roles


def is_field(file: DataFile, array: Array, names: set[str]) -> bool:
    """Whether an array has latitude and longitude by the file's own words."""
    if array.dims is None or array.dtype.kind not in "fiu":
        return False
    roles = {role_of(file, dim, names) for dim in array.dims}
    return {"lat", "lon"} <= roles


def coordinate(file: DataFile, array: Array, roles: tuple[str | None, ...], role: str, names: set[str]) -> Array | None:
    """The coordinate of the axis with a role: of the axis' own name, else of a usual name and the right length."""
    if role not in roles:
        return None
    axis = roles.index(role)
    if array.dims is not None and array.dims[axis] in names:
        found = file.array(array.dims[axis])
        if found.shape == (array.shape[axis],):
            return found
    for name in sorted(names):
        if name.rpartition("/")[2].lower() in _NAMES[role] and name != array.name:
            found = file.array(name)
            if found.shape == (array.shape[axis],):
                return found
    return None
