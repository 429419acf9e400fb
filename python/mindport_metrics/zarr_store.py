"""Zarr directory stores, versions 2 and 3: uncompressed, zlib and gzip are read here, everything else through the package zarr."""

from __future__ import annotations

import base64
import json
import os
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from .arrays import Array, Selection
from .problem import Problem

CACHED_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True)
class _Layout:
    """How one array is cut and packed."""

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype
    fill: Any
    order: str
    packed: str | None
    key: Callable[[tuple[int, ...]], str]
    dims: tuple[str, ...] | None
    attrs: dict[str, Any]


class _ForeignCodec(Exception):
    """A packing that is not read here."""


class ZarrStore:
    """A folder with `.zgroup`/`.zarray` (version 2) or `zarr.json` (version 3)."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._folders = sorted(self._found(path))
        if not self._folders:
            raise Problem("unknown_format", path=path)
        self._cache: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
        self._cached = 0

    @staticmethod
    def _found(path: str) -> list[str]:
        found = []
        for folder, below, files in os.walk(path):
            if ".zarray" in files or ("zarr.json" in files and _json(os.path.join(folder, "zarr.json")).get("node_type") == "array"):
                found.append(os.path.relpath(folder, path).replace(os.sep, "/"))
                below.clear()
        return found

    def names(self) -> list[str]:
        return list(self._folders)

    def array(self, name: str) -> Array:
        folder = os.path.join(self.path, name)
        try:
            if os.path.exists(os.path.join(folder, "zarr.json")):
                layout = _version3(_json(os.path.join(folder, "zarr.json")))
            else:
                attributes = os.path.join(folder, ".zattrs")
                layout = _version2(_json(os.path.join(folder, ".zarray")), _json(attributes) if os.path.exists(attributes) else {})
        except _ForeignCodec as codec:
            return self._by_package(name, str(codec))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise Problem("unreadable", path=folder, reason=f"its metadata are not understood ({error})") from None
        return Array(name, layout.shape, layout.dtype, layout.dims, lambda chosen: self._read(folder, layout, chosen), layout.attrs)

    def _by_package(self, name: str, codec: str) -> Array:
        try:
            import zarr
        except ImportError:
            raise Problem("zarr_codec", path=os.path.join(self.path, name), codec=codec) from None

        def read(chosen: Any) -> np.ndarray:
            try:
                return item[chosen]
            # the package and its codecs fail in their own ways; a codec that is not installed is one of them
            except Exception as error:
                raise Problem("unreadable", path=os.path.join(self.path, name), reason=f"{codec}: {error}") from None

        try:
            item = zarr.open(self.path, mode="r")
            item = item[name] if name != "." else item
            attrs = dict(item.attrs)
            named = attrs.get("_ARRAY_DIMENSIONS") or getattr(getattr(item, "metadata", None), "dimension_names", None)
            return Array(name, tuple(item.shape), np.dtype(item.dtype), tuple(named) if named else None, read, attrs)
        except Exception as error:
            raise Problem("unreadable", path=os.path.join(self.path, name), reason=f"{codec}: {error}") from None

    def _read(self, folder: str, layout: _Layout, chosen: Selection) -> np.ndarray:
        bounds = [part.indices(n)[:2] for part, n in zip(chosen, layout.shape, strict=True)]
        out = np.empty([max(0, stop - start) for start, stop in bounds], layout.dtype)
        ranges = [
            range(start // size, -(-stop // size)) if stop > start else range(0)
            for (start, stop), size in zip(bounds, layout.chunks, strict=True)
        ]
        for index in product(*ranges):
            chunk = self._chunk(folder, layout, index)
            inside, into = [], []
            for i, size, (start, stop) in zip(index, layout.chunks, bounds, strict=True):
                first, last = max(start, i * size), min(stop, (i + 1) * size)
                inside.append(slice(first - i * size, last - i * size))
                into.append(slice(first - start, last - start))
            out[tuple(into)] = chunk[tuple(inside)]
        return out

    def _chunk(self, folder: str, layout: _Layout, index: tuple[int, ...]) -> np.ndarray:
        key = (folder, layout.key(index))
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        path = os.path.join(folder, key[1])
        size = int(np.prod(layout.chunks, dtype=np.int64)) * layout.dtype.itemsize
        try:
            with open(path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            chunk = np.full(layout.chunks, layout.fill, layout.dtype)
        else:
            if layout.packed is not None:
                data = _unpacked(data, size, path)
            if len(data) != size:
                raise Problem("unreadable", path=path, reason=f"{len(data)} bytes instead of {size}")
            chunk = np.frombuffer(data, layout.dtype).reshape(layout.chunks, order=layout.order)
        self._cache[key] = chunk
        self._cached += chunk.nbytes
        while self._cached > CACHED_BYTES and len(self._cache) > 1:
            self._cached -= self._cache.popitem(last=False)[1].nbytes
        return chunk

    def close(self) -> None:
        self._cache.clear()


def _unpacked(data: bytes, size: int, path: str) -> bytes:
    """zlib or gzip, whichever it is; never more than one byte above what must come out."""
    try:
        return zlib.decompressobj(wbits=47).decompress(data, size + 1)
    except zlib.error as error:
        raise Problem("unreadable", path=path, reason=str(error)) from None


def _json(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError) as error:
        raise Problem("unreadable", path=path, reason=str(error)) from None
    if not isinstance(value, dict):
        raise Problem("unreadable", path=path, reason="no JSON object")
    return value


def _sizes(values: Any) -> tuple[int, ...]:
    sizes = tuple(int(value) for value in values)
    if any(size < 0 for size in sizes):
        raise ValueError("negative size")
    return sizes


def _fill(value: Any, dtype: np.dtype) -> Any:
    if value is None:
        return np.nan if dtype.kind == "f" else 0
    words = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
    return words.get(value, value) if isinstance(value, str) else value


def _version2(meta: dict[str, Any], attrs: dict[str, Any]) -> _Layout:
    compressor = meta.get("compressor")
    packed = compressor["id"] if compressor else None
    if packed not in (None, "zlib", "gzip"):
        raise _ForeignCodec(packed)
    if meta.get("filters"):
        raise _ForeignCodec(", ".join(str(part.get("id")) for part in meta["filters"]))
    dtype = np.dtype(meta["dtype"])
    if dtype.hasobject:
        raise _ForeignCodec("objects")
    separator = meta.get("dimension_separator", ".")
    dims = attrs.get("_ARRAY_DIMENSIONS")
    fill = _fill(meta.get("fill_value"), dtype)
    # xarray writes the fill value of its encoding here, and means a missing value by it
    meant = dtype.kind == "f" and isinstance(meta.get("fill_value"), (int, float)) and meta["fill_value"] != 0
    told = {"_FillValue": meta["fill_value"], **attrs} if meant else attrs
    return _Layout(
        shape=_sizes(meta["shape"]),
        chunks=_sizes(meta["chunks"]),
        dtype=dtype,
        fill=fill,
        order=meta.get("order", "C"),
        packed=packed,
        key=lambda index: separator.join(map(str, index)) or "0",
        dims=tuple(dims) if dims else None,
        attrs=told,
    )


def _version3(meta: dict[str, Any]) -> _Layout:
    dtype, packed, big = str(meta["data_type"]), None, False
    for codec in meta["codecs"]:
        name, settings = codec["name"], codec.get("configuration", {})
        if name == "bytes":
            big = settings.get("endian", "little") == "big"
        elif name in ("gzip", "zlib") and packed is None:
            packed = name
        else:
            raise _ForeignCodec(name)
    if meta["chunk_grid"]["name"] != "regular":
        raise _ForeignCodec(meta["chunk_grid"]["name"])
    kind = np.dtype(dtype).newbyteorder(">" if big else "<")
    encoding = meta.get("chunk_key_encoding", {"name": "default"})
    v2 = encoding["name"] == "v2"
    separator = encoding.get("configuration", {}).get("separator", "." if v2 else "/")
    names = meta.get("dimension_names")

    def key(index: tuple[int, ...]) -> str:
        return (separator.join(map(str, index)) or "0") if v2 else separator.join(["c", *map(str, index)])

    dims = tuple(name or f"axis {i}" for i, name in enumerate(names)) if names and any(names) else None
    attrs = dict(meta.get("attributes", {}))
    if isinstance(attrs.get("_FillValue"), str):  # xarray writes it as the bytes of a double
        data = base64.b64decode(attrs["_FillValue"])
        attrs["_FillValue"] = struct.unpack("<d", data)[0] if len(data) == 8 else None
    return _Layout(
        shape=_sizes(meta["shape"]),
        chunks=_sizes(meta["chunk_grid"]["configuration"]["chunk_shape"]),
        dtype=kind,
        fill=_fill(meta.get("fill_value"), kind),
        order="C",
        packed=packed,
        key=key,
        dims=dims,
        attrs=attrs,
    )
