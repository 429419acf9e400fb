"""Dropout that keeps mean and variance of self-normalising networks (``torch.nn.functional.alpha_dropout``)."""

from __future__ import annotations

import math

from mindspore import Tensor, ops

__all__ = ["alpha_dropout", "feature_alpha_dropout"]

# the negative saturation value of SELU: -scale * alpha
_LOWEST = -1.7580993408473766


def _dropped(x: Tensor, shape: tuple[int, ...], p: float) -> Tensor:
    keep = ops.cast(ops.rand(shape) >= p, x.dtype)
    scale = 1.0 / math.sqrt((1.0 - p) * (1.0 + p * _LOWEST * _LOWEST))
    return scale * (x * keep + _LOWEST * (1 - keep)) - scale * _LOWEST * p


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False) -> Tensor:
    """``torch.nn.functional.alpha_dropout``: elements become SELU's lowest value with probability `p` < 1, then mean and variance are restored."""
    if not training or p == 0.0:
        return input
    return _dropped(input, input.shape, p)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False) -> Tensor:
    """``torch.nn.functional.feature_alpha_dropout``: whole channels of (batch, channels, ...) at once; `p` < 1."""
    if not training or p == 0.0:
        return input
    return _dropped(input, input.shape[:2] + (1,) * (input.ndim - 2), p)
