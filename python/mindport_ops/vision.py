"""Building blocks of vision transformers in the words of ``timm.layers``, and what image models of torchvision share."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any, Callable

import mindspore as ms
from mindspore import Parameter, Tensor, nn, ops

from . import layers

__all__ = ["DropPath", "LayerScale", "Mlp", "PatchEmbed", "drop_path", "to_1tuple", "to_2tuple", "to_3tuple", "to_4tuple", "to_ntuple"]


def to_ntuple(n: int) -> Callable[[Any], tuple]:
    """``timm.layers.to_ntuple``: a function that repeats a single value n times and makes a tuple of several."""

    def parse(x: Any) -> tuple:
        if isinstance(x, Iterable) and not isinstance(x, str):
            return tuple(x)
        return tuple(repeat(x, n))

    return parse


to_1tuple = to_ntuple(1)
to_2tuple = to_ntuple(2)
to_3tuple = to_ntuple(3)
to_4tuple = to_ntuple(4)


def drop_path(x: Tensor, drop_prob: float = 0.0, training: bool = False, scale_by_keep: bool = True) -> Tensor:
    """``timm.layers.drop_path``: whole samples of (batch, ...) become zero with probability `drop_prob`, the others are scaled up."""
    if drop_prob == 0.0 or not training:
        return x
    keep = 1.0 - drop_prob
    mask = ops.cast(ops.rand((x.shape[0],) + (1,) * (x.ndim - 1)) < keep, x.dtype)
    return x * mask / keep if scale_by_keep and keep > 0.0 else x * mask


class DropPath(nn.Cell):
    """``timm.layers.DropPath``: stochastic depth, in training only."""

    def __init__(self, drop_prob: float = 0.0, scale_by_keep: bool = True):
        super().__init__()
        self.drop_prob, self.scale_by_keep = drop_prob, scale_by_keep

    def construct(self, x: Tensor) -> Tensor:
        return drop_path(x, self.drop_prob, self.training, self.scale_by_keep)


class LayerScale(nn.Cell):
    """``timm.layers.LayerScale``: each feature times a trained number; the parameter is named gamma."""

    def __init__(self, dim: int, init_values: float = 1e-5, inplace: bool = False):
        del inplace
        super().__init__()
        self.gamma = Parameter(ops.full((dim,), init_values, dtype=ms.float32))

    def construct(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Mlp(nn.Cell):
    """``timm.layers.Mlp`` of (..., in_features): two linear layers (fc1, fc2) with activation and dropout."""

    def __init__(
        self,
        in_features: int,
        hidden_features: int | None = None,
        out_features: int | None = None,
        act_layer: Callable[[], nn.Cell] = layers.GELU,
        norm_layer: Callable[[int], nn.Cell] | None = None,
        bias: bool | tuple[bool, bool] = True,
        drop: float | tuple[float, float] = 0.0,
    ):
        super().__init__()
        hidden, biases, drops = hidden_features or in_features, to_2tuple(bias), to_2tuple(drop)
        self.fc1 = layers.Linear(in_features, hidden, bias=biases[0])
        self.act = act_layer()
        self.drop1 = layers.Dropout(drops[0])
        self.norm = norm_layer(hidden) if norm_layer is not None else nn.Identity()
        self.fc2 = layers.Linear(hidden, out_features or in_features, bias=biases[1])
        self.drop2 = layers.Dropout(drops[1])

    def construct(self, x: Tensor) -> Tensor:
        return self.drop2(self.fc2(self.norm(self.drop1(self.act(self.fc1(x))))))


class PatchEmbed(nn.Cell):
    """``timm.layers.PatchEmbed``: (batch, channels, height, width) to (batch, patches, embed_dim); the convolution is named proj."""

    def __init__(
        self,
        img_size: int | tuple[int, int] | None = 224,
        patch_size: int | tuple[int, int] = 16,
        in_chans: int = 3,
        embed_dim: int = 768,
        norm_layer: Callable[[int], nn.Cell] | None = None,
        flatten: bool = True,
        bias: bool = True,
    ):
        super().__init__()
        self.patch_size = to_2tuple(patch_size)
        self.img_size = None if img_size is None else to_2tuple(img_size)
        self.grid_size = None if self.img_size is None else tuple(s // p for s, p in zip(self.img_size, self.patch_size))
        self.num_patches = None if self.grid_size is None else self.grid_size[0] * self.grid_size[1]
        self.flatten = flatten
        self.proj = layers.Conv2d(in_chans, embed_dim, kernel_size=self.patch_size, stride=self.patch_size, bias=bias)
        self.norm = norm_layer(embed_dim) if norm_layer is not None else nn.Identity()

    def construct(self, x: Tensor) -> Tensor:
        x = self.proj(x)
        if self.flatten:
            x = ops.swapaxes(ops.reshape(x, x.shape[:2] + (-1,)), 1, 2)
        return self.norm(x)
