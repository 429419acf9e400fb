"""Norms, distances and bilinear forms of ``torch.nn.functional``."""

from __future__ import annotations

from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = ["bilinear", "cosine_similarity", "normalize", "pairwise_distance", "vector_norm"]


@constexpr
def _is(p: float, other: float) -> bool:
    return float(p) == other


def vector_norm(x: Tensor, p: float, dim: int, keepdim: bool = False) -> Tensor:
    """(sum |x|^p)^(1/p) along one axis; the gradient at zero is zero, as in torch. Float dtypes."""
    if _is(p, 2.0):
        total = ops.sum(x * x, dim, keepdim)
        zero = total == 0
        return ops.where(zero, ops.zeros_like(total), ops.sqrt(ops.where(zero, ops.ones_like(total), total)))
    if _is(p, 1.0):
        return ops.sum(ops.abs(x), dim, keepdim)
    if _is(p, float("inf")):
        return ops.amax(ops.abs(x), dim, keepdim)
    total = ops.sum(ops.pow(ops.abs(x), p), dim, keepdim)
    zero = total == 0
    return ops.where(zero, ops.zeros_like(total), ops.pow(ops.where(zero, ops.ones_like(total), total), 1.0 / p))


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """``torch.nn.functional.normalize``: input / max(norm, eps) along `dim`. Float dtypes; any device, PyNative and compiled."""
    return input / ops.clamp(vector_norm(input, p, dim, True), min=eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """``torch.nn.functional.cosine_similarity`` along `dim` of the shape both are broadcast to; a norm below `eps` counts as `eps`.

    MindSpore's takes the axis before broadcasting, and `eps` for the product of the norms. Float dtypes; any device, PyNative and compiled.
    """
    product = x1 * x2
    # integers would overflow in their own dtype
    x1, x2 = x1.astype(product.dtype), x2.astype(product.dtype)
    first, second = ops.broadcast_to(x1, product.shape), ops.broadcast_to(x2, product.shape)
    norms = ops.clamp(vector_norm(first, 2.0, dim), min=eps) * ops.clamp(vector_norm(second, 2.0, dim), min=eps)
    return ops.sum(product, dim) / norms


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """``torch.nn.functional.pairwise_distance``: the norm of x1 - x2 + eps along the last axis. Float dtypes."""
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``torch.nn.functional.bilinear``: (..., in1), (..., in2), weight (out, in1, in2), bias (out) to (..., out). Float dtypes."""
    outputs, first, second = weight.shape
    left = ops.matmul(input1, ops.reshape(ops.transpose(weight, (1, 0, 2)), (first, outputs * second)))
    left = ops.reshape(left, input1.shape[:-1] + (outputs, second))
    result = ops.sum(left * ops.expand_dims(input2, -2), -1)
    return result if bias is None else result + bias
