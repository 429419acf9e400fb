"""State dicts from the files of ``torch.save``, without PyTorch: the zip form since 1.6, tensors in dicts, lists and tuples.

Nothing of the file is executed: its pickle may name ordered dicts, tensors, parameters and storages, anything else is refused. Names of weights stay as they are:
`weights` renames them for MindSpore's layers.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import urllib.request
import zipfile
from collections import OrderedDict
from typing import Any
from urllib.parse import urlparse

import mindspore as ms
import numpy as np
from mindspore import Tensor

__all__ = ["load", "load_state_dict_from_url"]

_STORAGES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
    "ComplexFloatStorage": np.complex64,
}


class _Storage:
    """Stands for a storage class in the pickle."""

    def __init__(self, name: str) -> None:
        self.name = name


def _rebuild_tensor(storage: tuple[np.ndarray, bool], offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Tensor:
    flat, is_bfloat16 = storage
    last = offset + sum((n - 1) * step for n, step in zip(shape, stride)) if all(shape) else offset - 1
    if offset < 0 or min(stride, default=0) < 0 or last >= flat.size:
        raise ValueError("a tensor of the file reaches beyond its storage")
    bytes_a_step = [step * flat.itemsize for step in stride]
    values = np.lib.stride_tricks.as_strided(flat[offset:], shape, bytes_a_step, writeable=False).copy()
    if is_bfloat16:
        wide = (values.astype(np.uint32) << 16).view(np.float32)
        return Tensor(wide).astype(ms.bfloat16)
    return Tensor(values)


def _rebuild_parameter(data: Tensor, *_: Any) -> Tensor:
    return data


_NAMES = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch", "Size"): tuple,
}


class _Reader(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(archive.open(f"{root}/data.pkl"))
        self._archive = archive
        self._root = root

    def find_class(self, module: str, name: str) -> Any:
        known = _NAMES.get((module, name))
        if known is not None:
            return known
        if module == "torch" and (name in _STORAGES or name == "BFloat16Storage"):
            return _Storage(name)
        raise ValueError(f"the file holds {module}.{name}: only dicts, lists and tuples of tensors and plain values are read")

    def persistent_load(self, pid: Any) -> tuple[np.ndarray, bool]:
        _, storage, key, _, count = pid
        content = self._archive.read(f"{self._root}/data/{os.path.basename(str(key))}")
        is_bfloat16 = storage.name == "BFloat16Storage"
        flat = np.frombuffer(content, np.uint16 if is_bfloat16 else _STORAGES[storage.name])
        if flat.size < count:
            raise ValueError("a storage of the file is cut off")
        return flat, is_bfloat16


def load(f: str | os.PathLike[str]) -> Any:
    """What ``torch.save`` wrote, with MindSpore tensors.

    Raises ValueError for a file of another form, or one that holds anything but dicts, lists and tuples of tensors and plain values.
    """
    try:
        with zipfile.ZipFile(f) as archive:
            roots = [name[: -len("/data.pkl")] for name in archive.namelist() if name.endswith("/data.pkl")]
            if len(roots) != 1:
                raise ValueError(f"{os.fspath(f)} is not a file of torch.save")
            if f"{roots[0]}/byteorder" in archive.namelist() and archive.read(f"{roots[0]}/byteorder") != b"little":
                raise ValueError(f"{os.fspath(f)} was written by a machine of the other byte order")
            return _Reader(archive, roots[0]).load()
    except (zipfile.BadZipFile, pickle.UnpicklingError, EOFError, KeyError) as error:
        raise ValueError(f"{os.fspath(f)} is not a file of torch.save in the zip form of PyTorch 1.6 and later: {error}") from None


def load_state_dict_from_url(
    url: str, model_dir: str | None = None, map_location: Any = None, progress: bool = True, check_hash: bool = False, file_name: str | None = None
) -> Any:
    """``torch.hub.load_state_dict_from_url``: downloads the file once into `model_dir` (default: ``~/.cache/mindport/checkpoints``) and reads it.

    `map_location`, `progress` and `check_hash` are taken and not used. Raises OSError when the download fails, ValueError as `load` does.
    """
    folder = model_dir or os.path.join(os.path.expanduser("~"), ".cache", "mindport", "checkpoints")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, file_name or os.path.basename(urlparse(url).path))
    if not os.path.exists(path):
        handle, partial = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as stream, urllib.request.urlopen(url) as answer:
                while chunk := answer.read(1 << 20):
                    stream.write(chunk)
            os.replace(partial, path)
        except BaseException:
            os.unlink(partial)
            raise
    return load(path)
