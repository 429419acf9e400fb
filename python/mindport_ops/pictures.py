"""Pictures of batches: ``torchvision.utils.make_grid`` and ``save_image``."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from mindspore import Tensor

__all__ = ["make_grid", "save_image"]


def _scaled(image: np.ndarray, low: float, high: float) -> np.ndarray:
    return (np.clip(image, low, high) - low) / max(high - low, 1e-5)


def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """``torchvision.utils.make_grid``: images (batch, channels, height, width) side by side in one (channels, height, width).

    One channel becomes three. With `normalize` values are brought to [0, 1] from `value_range`, or from the smallest and largest that occur: in
    each image with `scale_each`, in all otherwise.
    """
    if isinstance(tensor, (list, tuple)):
        images = np.stack([np.asarray(one.asnumpy()) for one in tensor])
    else:
        images = tensor.asnumpy()
    if images.ndim == 2:
        images = images[None]
    if images.ndim == 3:
        images = images[None] if images.shape[0] in (1, 3) or not isinstance(tensor, (list, tuple)) else images[:, None]
    if images.shape[1] == 1:
        images = np.concatenate([images] * 3, axis=1)
    if normalize:
        bounds = lambda part: value_range if value_range is not None else (float(part.min()), float(part.max()))  # noqa: E731
        if scale_each:
            images = np.stack([_scaled(one, *bounds(one)) for one in images])
        else:
            images = _scaled(images, *bounds(images))
    if images.shape[0] == 1:
        return Tensor(images[0])
    count, channels, height, width = images.shape
    columns = min(nrow, count)
    lines = math.ceil(count / columns)
    height, width = height + padding, width + padding
    grid = np.full((channels, height * lines + padding, width * columns + padding), pad_value, images.dtype)
    for k in range(count):
        top, left = (k // columns) * height + padding, (k % columns) * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = images[k]
    return Tensor(grid)


def save_image(tensor: Tensor | Sequence[Tensor], fp: Any, format: str | None = None, **grid: Any) -> None:
    """``torchvision.utils.save_image``: writes images with values in [0, 1], several as a grid (`make_grid`), by Pillow.

    Raises ImportError where Pillow is not installed.
    """
    from PIL import Image

    values = make_grid(tensor, **grid).asnumpy()
    pixels = np.clip(values * 255 + 0.5, 0, 255).transpose(1, 2, 0).astype(np.uint8)
    Image.fromarray(pixels).save(os.fspath(fp) if isinstance(fp, os.PathLike) else fp, format=format)
