"""``torch.nn.functional.layer_norm``: MindSpore's functional form has no CPU kernel, the primitive behind ``nn.LayerNorm`` has one."""

from __future__ import annotations

from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = ["layer_norm"]


@constexpr
def _axes(shape: tuple[int, ...], normalized_shape: int | tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """The normalised shape as a tuple and the first normalised axis; ValueError when it is not the end of the input's shape."""
    wanted = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not wanted or shape[len(shape) - len(wanted) :] != wanted:
        raise ValueError(f"layer_norm: the input's shape {shape} does not end with {wanted}")
    return wanted, len(shape) - len(wanted)


def layer_norm(
    input: Tensor,
    normalized_shape: int | tuple[int, ...],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias over the last dimensions, which must have `normalized_shape`.

    `input`: any float dtype of the device, (..., *normalized_shape); `weight`, `bias`: of `normalized_shape`, or None for ones and zeros.
    The biased variance is used, as in torch. Any device; forward and backward, PyNative and compiled.
    """
    wanted, axis = _axes(input.shape, normalized_shape)
    gamma = ops.ones(wanted, input.dtype) if weight is None else weight
    beta = ops.zeros(wanted, input.dtype) if bias is None else bias
    output, _, _ = ops.LayerNorm(axis, axis, eps)(input, gamma, beta)
    return output
