"""``torchvision.transforms`` as far as ``mindspore.dataset.vision`` does not say the same: tensors instead of arrays, a plain chain.

The transformations of ``mindspore.dataset.vision`` work on PIL images as those of torchvision do; its ``ToTensor`` and ``Normalize`` give NumPy
arrays, its ``Compose`` a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mindspore import Tensor

__all__ = ["Compose", "Lambda", "Normalize", "ToTensor", "normalize", "to_tensor"]


def to_tensor(pic: Any) -> Tensor:
    """``torchvision.transforms.functional.to_tensor``: a PIL image or an array (height, width[, channels]) as a tensor with the channels first.

    Bytes become float32 in [0, 1], other numbers keep their type. Raises TypeError for a value of other than 2 or 3 dimensions.
    """
    values = np.asarray(pic)
    if values.ndim not in (2, 3):
        raise TypeError(f"an image has 2 or 3 dimensions, not {values.ndim}")
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * np.uint8(255)
    if values.ndim == 2:
        values = values[:, :, None]
    values = np.ascontiguousarray(values.transpose(2, 0, 1))
    return Tensor(values.astype(np.float32) / np.float32(255) if values.dtype == np.uint8 else values)


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """``torchvision.transforms.functional.normalize``: ``(x - mean) / std`` by channel of (..., channels, height, width).

    Raises TypeError for numbers that are not floating, ValueError for a standard deviation of 0.
    """
    if not tensor.is_floating_point():
        raise TypeError(f"floating numbers are expected, not {tensor.dtype}")
    values = tensor.asnumpy()
    centre, spread = (np.asarray(one, values.dtype).reshape(-1, 1, 1) for one in (mean, std))
    if (spread == 0).any():
        raise ValueError("a standard deviation is 0")
    return Tensor((values - centre) / spread)


class ToTensor:
    """``torchvision.transforms.ToTensor``, see `to_tensor`."""

    def __call__(self, pic: Any) -> Tensor:
        return to_tensor(pic)


class Normalize:
    """``torchvision.transforms.Normalize``, see `normalize`."""

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        self.mean = mean
        self.std = std

    def __call__(self, tensor: Tensor) -> Tensor:
        return normalize(tensor, self.mean, self.std)


class Lambda:
    """``torchvision.transforms.Lambda``: a function of the program's own."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)


class Compose:
    """``torchvision.transforms.Compose``: one after the other."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img
