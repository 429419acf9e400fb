"""HDF5 and NetCDF-4 through h5py, classic NetCDF through scipy; both only when they are needed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .arrays import Array, text
from .problem import Problem

CHUNK_CACHE = 64 * 1024 * 1024


class Hdf5File:
    """Data sets with their dimension scales, as NetCDF-4 and xarray write them, or with labels, or bare."""

    def __init__(self, path: str) -> None:
        try:
            import h5py
        except ImportError:
            raise Problem("needs_package", path=path, package="h5py") from None
        self.path = path
        self._h5py = h5py
        self._file = h5py.File(path, "r", rdcc_nbytes=CHUNK_CACHE)

    def names(self) -> list[str]:
        found: list[str] = []

        def visit(name: str, item: Any) -> None:
            if isinstance(item, self._h5py.Dataset) and item.dtype.kind in "fiub" and item.ndim > 0 and not self._is_bare_dimension(item):
                found.append(name)
            elif isinstance(item, self._h5py.Dataset) and item.dtype.kind in "SO" and item.ndim == 1:
                found.append(name)

        self._file.visititems(visit)
        return found

    @staticmethod
    def _is_bare_dimension(item: Any) -> bool:
        return text(item.attrs.get("NAME")).startswith("This is a netCDF dimension but not a netCDF variable")

    def array(self, name: str) -> Array:
        item = self._file[name]
        attrs = {key: item.attrs[key] for key in item.attrs if key not in ("DIMENSION_LIST", "REFERENCE_LIST")}
        if item.dtype.kind == "O":
            words = item.asstr()
            return Array(name, item.shape, np.dtype(object), self._dims(item), lambda chosen: words[chosen], attrs)
        return Array(name, item.shape, item.dtype, self._dims(item), lambda chosen: item[chosen], attrs)

    def _dims(self, item: Any) -> tuple[str, ...] | None:
        names = []
        for i, dim in enumerate(item.dims):
            if len(dim) > 0:
                names.append(dim[0].name.rpartition("/")[2])
            elif item.is_scale and item.ndim == 1:
                names.append(item.name.rpartition("/")[2])
            else:
                names.append(dim.label or f"axis {i}")
        return None if all(name.startswith("axis ") for name in names) else tuple(names)

    def close(self) -> None:
        self._file.close()


class ClassicFile:
    """NetCDF 3, mapped."""

    def __init__(self, path: str) -> None:
        try:
            from scipy.io import netcdf_file
        except ImportError:
            raise Problem("needs_package", path=path, package="scipy") from None
        self.path = path
        # arrays that still refer to the file keep the mapping, and end with the program
        warnings.filterwarnings("ignore", message="Cannot close a netcdf_file", category=RuntimeWarning)
        self._file = netcdf_file(path, "r", mmap=True, maskandscale=False)

    def names(self) -> list[str]:
        return [name for name, variable in self._file.variables.items() if variable.shape]

    def array(self, name: str) -> Array:
        variable = self._file.variables[name]
        attrs = dict(variable._attributes)

        def read(chosen: tuple[slice, ...]) -> np.ndarray:
            # a copy: the mapping ends with the file
            values = variable[chosen] if variable.shape else variable.data
            return np.array(values, dtype=values.dtype.newbyteorder("="))

        return Array(name, tuple(variable.shape), variable.data.dtype.newbyteorder("="), tuple(variable.dimensions), read, attrs)

    def close(self) -> None:
        self._file.close()
