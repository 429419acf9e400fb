"""``torch.nn.functional.scaled_dot_product_attention`` from matrix products and softmax."""

from __future__ import annotations

import math

import mindspore as ms
import numpy as np
from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = ["scaled_dot_product_attention"]


@constexpr
def _causal_mask(queries: int, keys: int) -> Tensor:
    return Tensor(np.tril(np.ones((queries, keys), bool)))


@constexpr
def _factor(features: int, scale: float | None) -> float:
    return 1.0 / math.sqrt(features) if scale is None else float(scale)


@constexpr
def _lowest(dtype: ms.Type) -> float:
    """A finite value that softmax turns into an exact zero beside any other."""
    return {ms.float16: -65504.0, ms.float64: -1e300}.get(dtype, -3e38)


@constexpr
def _is_bool(dtype: ms.Type) -> bool:
    return dtype == ms.bool_


def _masked_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """Softmax over the last axis of the allowed places; zeros where a whole row is closed."""
    allowed = ops.broadcast_to(allowed, scores.shape)
    weights = ops.softmax(ops.where(allowed, scores, ops.full_like(scores, _lowest(scores.dtype))), axis=-1)
    return ops.where(allowed, weights, ops.zeros_like(weights))


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(scale * query key^T + mask) value.

    `query` (..., L, E), `key` (..., S, E), `value` (..., S, Ev) of one float dtype; `attn_mask` bool (True: may attend) or float (added),
    broadcastable to (..., L, S); `is_causal`: the lower triangle from the top left, not together with `attn_mask`. A row without any
    allowed place gives zeros, as in torch. `enable_gqa`: (..., heads, L, E) with fewer heads in key and value, each used by several query
    heads. `dropout_p` > 0 drops weights on every call. The weights (..., L, S) are materialised: memory grows with L * S. Any device;
    forward and backward, PyNative and compiled.
    """
    if enable_gqa:
        times = query.shape[-3] // key.shape[-3]
        key = ops.repeat_interleave(key, times, axis=-3)
        value = ops.repeat_interleave(value, times, axis=-3)
    scores = ops.matmul(query * _factor(query.shape[-1], scale), ops.swapaxes(key, -2, -1))
    if is_causal:
        if attn_mask is not None:
            raise ValueError("scaled_dot_product_attention: is_causal and attn_mask exclude each other")
        weights = _masked_softmax(scores, _causal_mask(query.shape[-2], key.shape[-2]))
    elif attn_mask is None:
        weights = ops.softmax(scores, axis=-1)
    elif _is_bool(attn_mask.dtype):
        weights = _masked_softmax(scores, attn_mask)
    else:
        open_places = attn_mask > _lowest(attn_mask.dtype)
        finite = ops.where(open_places, attn_mask, ops.zeros_like(attn_mask))
        weights = _masked_softmax(scores + ops.cast(finite, scores.dtype), open_places)
    if dropout_p > 0.0:
        weights = ops.dropout(weights, p=dropout_p, training=True)
    return ops.matmul(weights, value)
