"""Losses of ``torch.nn.functional`` that MindSpore lacks, has no CPU kernel for, or differentiates only in part."""

from __future__ import annotations

import math
from typing import Callable

from mindspore import Tensor, ops

from .distances import pairwise_distance

__all__ = [
    "cosine_embedding_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "kl_div",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "poisson_nll_loss",
    "reduced",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


#: What torch adds to the squares of both vectors.
_TINY = 1e-12


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The mean, the sum, or the loss as it is; ValueError for another word."""
    if reduction in ("mean", "sum") and 0 in loss.shape:  # kernels leave these undefined
        return ops.full((), math.nan if reduction == "mean" else 0.0, dtype=loss.dtype)
    if reduction == "mean":
        return ops.mean(loss)
    if reduction == "sum":
        return ops.sum(loss)
    if reduction == "none":
        return loss
    raise ValueError(f"reduction is one of none, mean and sum, got {reduction!r}")


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """``torch.nn.functional.kl_div`` with gradients for both; target 0 contributes 0. Also reduction 'batchmean'. Float dtypes."""
    if log_target:
        loss = ops.exp(target) * (target - input)
    else:
        present = target != 0
        safe = ops.where(present, target, ops.ones_like(target))
        loss = ops.where(present, safe * ops.log(safe), ops.zeros_like(target)) - target * input
    if reduction == "batchmean":
        return ops.sum(loss) / input.shape[0]
    return reduced(loss, reduction)


def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """``torch.nn.functional.cosine_embedding_loss``; a vector of zeros has the cosine 0, where MindSpore's is NaN. (N, D) or (D), target 1 or -1."""
    product = input1 * input2
    axis = target.ndim
    first = ops.sum(input1 * input1, axis) + _TINY
    second = ops.sum(input2 * input2, axis) + _TINY
    cosine = ops.sum(product, axis) / ops.sqrt(first * second)
    none = ops.zeros_like(cosine)
    loss = ops.where(target == 1, 1 - cosine, none) + ops.where(target == -1, ops.relu(cosine - margin), none)
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """``torch.nn.functional.gaussian_nll_loss``; a variance below `eps` counts as `eps`, and its gradient passes as in torch. Float dtypes."""
    if not isinstance(var, Tensor):
        var = ops.full_like(input, var)
    elif tuple(var.shape) != tuple(input.shape) and tuple(var.shape) == tuple(input.shape)[:-1]:
        var = ops.expand_dims(var, -1)
    var = var + ops.stop_gradient(ops.clamp(var, min=eps) - var)
    loss = 0.5 * (ops.log(var) + (input - target) * (input - target) / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """``torch.nn.functional.hinge_embedding_loss``: input where the target is 1, max(0, margin - input) where it is -1. Float dtypes."""
    none = ops.zeros_like(input)
    loss = ops.where(target == 1, none, ops.relu(margin - input)) + ops.where(target == -1, none, input)
    return reduced(loss, reduction)


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``torch.nn.functional.soft_margin_loss``: log(1 + exp(-target * input)). Float dtypes."""
    return reduced(ops.softplus(-target * input), reduction)


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean"
) -> Tensor:
    """``torch.nn.functional.poisson_nll_loss``; `full` adds Stirling's approximation where target > 1. Float dtypes."""
    loss = ops.exp(input) - target * input if log_input else input - target * ops.log(input + eps)
    if full:
        large = target > 1
        safe = ops.where(large, target, ops.ones_like(target))
        term = safe * ops.log(safe) - safe + 0.5 * ops.log(2 * math.pi * safe)
        loss = loss + ops.where(large, term, ops.zeros_like(term))
    return reduced(loss, reduction)


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """``torch.nn.functional.multi_margin_loss`` of (batch, classes) and class indices; MindSpore's takes an integer margin only."""
    classes = input.shape[1]
    one_hot = ops.cast(ops.expand_dims(target, 1) == ops.arange(classes), input.dtype)
    chosen = ops.sum(input * one_hot, 1, True)
    margins = ops.relu(margin - chosen + input) ** p
    if weight is not None:
        margins = margins * ops.sum(weight * one_hot, 1, True)
    return reduced(ops.sum(margins * (1 - one_hot), 1) / classes, reduction)


def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """``torch.nn.functional.multilabel_margin_loss``: input (batch, classes) or (classes), integer target filled up with -1."""
    single = input.ndim == 1
    if single:
        input, target = ops.expand_dims(input, 0), ops.expand_dims(target, 0)
    batch, classes = input.shape
    # labels count up to the first -1
    valid = ops.cumsum(ops.cast(target < 0, input.dtype), 1) == 0
    index = ops.where(valid, target, ops.zeros_like(target))
    wide = ops.cast(ops.expand_dims(index, 2) == ops.arange(classes), input.dtype) * ops.cast(ops.expand_dims(valid, 2), input.dtype)
    is_label = ops.cast(ops.sum(wide, 1) > 0, input.dtype)
    chosen = ops.sum(wide * ops.expand_dims(input, 1), 2)
    margins = ops.relu(1 - (ops.expand_dims(chosen, 2) - ops.expand_dims(input, 1)))
    margins = margins * ops.cast(ops.expand_dims(valid, 2), input.dtype) * ops.expand_dims(1 - is_label, 1)
    loss = ops.sum(ops.sum(margins, 2), 1) / classes
    return reduced(ops.squeeze(loss, 0) if single else loss, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """``torch.nn.functional.triplet_margin_with_distance_loss``; the distance is Euclidean unless given. Float dtypes."""
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = ops.minimum(far, distance(positive, negative))
    return reduced(ops.relu(near - far + margin), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """``torch.nn.functional.triplet_margin_loss`` of (batch, features) or (features). Float dtypes."""
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = ops.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(ops.relu(near - far + margin), reduction)
