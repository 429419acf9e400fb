"""Files by what they are, not by how they are called; their digests; `FILE[:NAME[,NAME]]`."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass

from .arrays import DataFile
from .netcdf_files import ClassicFile, Hdf5File
from .numpy_files import NpyFile, NpzFile
from .problem import Problem
from .zarr_store import ZarrStore


@dataclass(frozen=True)
class Place:
    """A file, and the arrays meant in it; none: all that are fields."""

    path: str
    names: tuple[str, ...]

    @staticmethod
    def parse(text: str) -> Place:
        """`FILE`, `FILE:NAME` or `FILE:NAME,NAME`; a file whose own name holds a colon is taken as it is."""
        path, colon, names = text.rpartition(":")
        if not text.strip():
            raise Problem("empty_name")
        # the colon of a Windows drive is none of ours
        if os.path.exists(text) or not colon or (len(path) == 1 and names[:1] in ("\\", "/")):
            return Place(text, ())
        return Place(path, tuple(name for name in names.split(",") if name))


def open_file(path: str) -> DataFile:
    """Opens a file or store. Raises `Problem` where it is not there or not of a kind that is read."""
    if not os.path.exists(path):
        raise Problem("no_file", path=path)
    try:
        if os.path.isdir(path):
            return ZarrStore(path)
        with open(path, "rb") as file:
            head = file.read(8)
        if head.startswith(b"\x93NUMPY"):
            return NpyFile(path)
        if head.startswith(b"PK\x03\x04") or zipfile.is_zipfile(path):
            return NpzFile(path)
        if head == b"\x89HDF\r\n\x1a\n":
            return Hdf5File(path)
        if head[:3] == b"CDF" and head[3] in (1, 2):
            return ClassicFile(path)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise Problem("unreadable", path=path, reason=str(error).splitlines()[0] if str(error) else type(error).__name__) from None
    raise Problem("unknown_format", path=path)


def digest(path: str) -> str:
    """SHA-256 of a file; of a folder over the names and digests of its files."""
    if not os.path.isdir(path):
        return _file_digest(path)
    whole = hashlib.sha256()
    for folder, below, files in os.walk(path):
        below.sort()
        for name in sorted(files):
            file = os.path.join(folder, name)
            whole.update(f"{os.path.relpath(file, path).replace(os.sep, '/')}\0{_file_digest(file)}\n".encode())
    return whole.hexdigest()


def _file_digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Problem("unreadable", path=path, reason=str(error)) from None
