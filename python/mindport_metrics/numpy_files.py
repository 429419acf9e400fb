"""npy and npz. Arrays of an npz are mapped from the archive, those that are deflated from a temporary file."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import zipfile

import numpy as np

from .arrays import Array
from .problem import Problem


def _mapped(path: str, shown: str, name: str, offset: int = 0) -> np.ndarray:
    """The array of the npy text that begins at `offset` of a file, without reading it."""
    with open(path, "rb") as file:
        file.seek(offset)
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
        begin = file.tell()
        left = os.fstat(file.fileno()).st_size - begin
    if dtype.hasobject:
        raise Problem("object_array", path=f"{shown}:{name}" if name else shown)
    count = int(np.prod(shape, dtype=np.int64))
    if left < count * dtype.itemsize:
        raise Problem("unreadable", path=shown, reason="it is cut short")
    if count == 0:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", begin, tuple(shape), "F" if fortran else "C")


def _array(name: str, values: np.ndarray) -> Array:
    return Array(name, values.shape, values.dtype, None, lambda chosen: values[chosen])


class NpyFile:
    """One array without a name."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._values = _mapped(path, path, "")

    def names(self) -> list[str]:
        return ["data"]

    def array(self, name: str) -> Array:
        return _array(name, self._values)

    def close(self) -> None:
        del self._values


class NpzFile:
    """Arrays of a zip archive."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._archive = zipfile.ZipFile(path)
        self._members = {info.filename[:-4]: info for info in self._archive.infolist() if info.filename.endswith(".npy")}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._arrays: dict[str, Array] = {}

    def names(self) -> list[str]:
        return list(self._members)

    def array(self, name: str) -> Array:
        if name not in self._arrays:
            info = self._members[name]
            stored = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1
            values = _mapped(self.path, self.path, name, self._begin(info)) if stored else _mapped(self._unpacked(info), self.path, name)
            self._arrays[name] = _array(name, values)
        return self._arrays[name]

    def _begin(self, info: zipfile.ZipInfo) -> int:
        """Where the bytes of a member begin: after its local header, whose extra field may differ from the directory's."""
        with open(self.path, "rb") as file:
            file.seek(info.header_offset)
            header = file.read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise Problem("unreadable", path=self.path, reason="damaged archive")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        return info.header_offset + 30 + name_length + extra_length

    def _unpacked(self, info: zipfile.ZipInfo) -> str:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="mindport-metrics-")
        path = os.path.join(self._folder.name, f"{len(os.listdir(self._folder.name))}.npy")
        with self._archive.open(info) as packed, open(path, "wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
        return path

    def close(self) -> None:
        self._arrays.clear()
        self._archive.close()
        if self._folder is not None:
            self._folder.cleanup()
