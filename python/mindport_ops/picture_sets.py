"""``torchvision.datasets``: MNIST and its kind, CIFAR and folders of images, from the files that torchvision leaves. Nothing is downloaded.

Items are a PIL image (or what ``transform`` makes of it) and a class number, as in torchvision; made for ``mindport_ops.data.DataLoader``.
"""

from __future__ import annotations

import gzip
import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mindspore as ms
import numpy as np
from mindspore import Tensor

from .data import dataloader

__all__ = ["CIFAR10", "CIFAR100", "FashionMNIST", "ImageFolder", "KMNIST", "MNIST"]

_Change = Callable[[Any], Any] | None
_IMAGES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class _Pictures(getattr(dataloader, "Dataset", object)):  # type: ignore[misc]
    """Pairs of an image and a class number, each changed on the way out."""

    def __init__(self, root: str | os.PathLike[str], transform: _Change, target_transform: _Change) -> None:
        self.root = os.path.expanduser(os.fspath(root))
        self.transform = transform
        self.target_transform = target_transform

    def _changed(self, image: Any, target: int) -> tuple[Any, Any]:
        if self.transform is not None:
            image = self.transform(image)
        return image, target if self.target_transform is None else self.target_transform(target)


def _missing(name: str, folder: Path) -> RuntimeError:
    return RuntimeError(f"{name} is not below {folder}: nothing is downloaded here, copy the files that torchvision has downloaded")


def _read_idx(path: Path) -> np.ndarray:
    """An array of bytes in the IDX format of MNIST, packed by gzip or not. Raises ValueError for other files."""
    if path.exists():
        content = path.read_bytes()
    else:
        content = gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise ValueError(f"{path} is not an IDX file of bytes")
    shape = tuple(int(size) for size in np.frombuffer(content, ">i4", content[3], 4))
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape))
    if values.size != int(np.prod(shape)):
        raise ValueError(f"{path} holds {values.size} bytes, not {shape}")
    return values.reshape(shape)


class MNIST(_Pictures):
    """``torchvision.datasets.MNIST``: reads ``<root>/MNIST/raw``. Raises RuntimeError when the files are not there."""

    classes = [f"{i} - {name}" for i, name in enumerate("zero one two three four five six seven eight nine".split())]

    def __init__(
        self, root: str | os.PathLike[str], train: bool = True, transform: _Change = None, target_transform: _Change = None, download: bool = False
    ) -> None:
        super().__init__(root, transform, target_transform)
        self.train = train
        folder = Path(self.root, type(self).__name__, "raw")
        part = "train" if train else "t10k"
        try:
            images, labels = _read_idx(folder / f"{part}-images-idx3-ubyte"), _read_idx(folder / f"{part}-labels-idx1-ubyte")
        except FileNotFoundError:
            raise _missing(type(self).__name__, folder) from None
        self._images = images
        self.data = Tensor(images)
        self.targets = Tensor(labels.astype(np.int64), ms.int64)
        self._labels = labels.tolist()

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Numbers by class name."""
        return {name: i for i, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        from PIL import Image

        return self._changed(Image.fromarray(self._images[int(index)]), self._labels[int(index)])


class FashionMNIST(MNIST):
    """``torchvision.datasets.FashionMNIST``: reads ``<root>/FashionMNIST/raw``."""

    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


class KMNIST(MNIST):
    """``torchvision.datasets.KMNIST``: reads ``<root>/KMNIST/raw``."""

    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class _Arrays(pickle.Unpickler):
    """Reads pickles of arrays, numbers and texts; refuses everything that could act."""

    _ALLOWED = {
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
        ("collections", "OrderedDict"),
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of images")
        return super().find_class(module, name)


def _read_pickle(path: Path) -> dict[str, Any]:
    return _Arrays(io.BytesIO(path.read_bytes()), encoding="latin1").load()


class CIFAR10(_Pictures):
    """``torchvision.datasets.CIFAR10``: reads ``<root>/cifar-10-batches-py``. Raises RuntimeError when the files are not there."""

    base_folder = "cifar-10-batches-py"
    _parts = {True: [f"data_batch_{i}" for i in range(1, 6)], False: ["test_batch"]}
    _labels, _meta, _names = "labels", "batches.meta", "label_names"

    def __init__(
        self, root: str | os.PathLike[str], train: bool = True, transform: _Change = None, target_transform: _Change = None, download: bool = False
    ) -> None:
        super().__init__(root, transform, target_transform)
        self.train = train
        folder = Path(self.root, self.base_folder)
        try:
            parts = [_read_pickle(folder / name) for name in self._parts[train]]
            self.classes: list[str] = list(_read_pickle(folder / self._meta)[self._names])
        except FileNotFoundError:
            raise _missing(type(self).__name__, folder) from None
        #: bytes of shape (images, 32, 32, 3)
        self.data = np.concatenate([part["data"] for part in parts]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self.targets: list[int] = [int(label) for part in parts for label in part[self._labels]]
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        from PIL import Image

        return self._changed(Image.fromarray(np.ascontiguousarray(self.data[int(index)])), self.targets[int(index)])


class CIFAR100(CIFAR10):
    """``torchvision.datasets.CIFAR100``: reads ``<root>/cifar-100-python``."""

    base_folder = "cifar-100-python"
    _parts = {True: ["train"], False: ["test"]}
    _labels, _meta, _names = "fine_labels", "meta", "fine_label_names"


def _open_image(path: str) -> Any:
    from PIL import Image

    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


class ImageFolder(_Pictures):
    """``torchvision.datasets.ImageFolder``: one folder a class below `root`, in the order of their names.

    Raises FileNotFoundError when there is no class, or (without `allow_empty`) a class without an image.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: _Change = None,
        target_transform: _Change = None,
        loader: Callable[[str], Any] = _open_image,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform, target_transform)
        self.loader = loader
        self.classes = sorted(entry.name for entry in os.scandir(self.root) if entry.is_dir())
        if not self.classes:
            raise FileNotFoundError(f"no folder of a class is in {self.root}")
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        valid = is_valid_file or (lambda path: path.lower().endswith(_IMAGES))
        self.samples: list[tuple[str, int]] = []
        for name, number in self.class_to_idx.items():
            before = len(self.samples)
            for folder, _, files in sorted(os.walk(os.path.join(self.root, name), followlinks=True)):
                self.samples.extend((path, number) for path in (os.path.join(folder, file) for file in sorted(files)) if valid(path))
            if len(self.samples) == before and not allow_empty:
                raise FileNotFoundError(f"no image of the class {name} is in {self.root}")
        self.imgs = self.samples
        self.targets = [number for _, number in self.samples]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, number = self.samples[int(index)]
        return self._changed(self.loader(path), number)
