"""``torch.func`` and ``torch.autograd`` where MindSpore answers in another form."""

from __future__ import annotations

from typing import Any, Callable

import mindspore as ms
from mindspore import Tensor, ops

__all__ = ["grad_and_value", "without_none"]


def grad_and_value(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., tuple[Any, Any]]:
    """``torch.func.grad_and_value``: a function that returns (gradient, value); ``mindspore.value_and_grad`` returns (value, gradient)."""
    both = ms.value_and_grad(func, argnums, None, has_aux=has_aux)

    def swapped(*args: Any) -> tuple[Any, Any]:
        value, gradient = both(*args)
        return gradient, value

    return swapped


def without_none(inputs: tuple[Any, ...], gradients: tuple[Any, ...]) -> tuple[Any, ...]:
    """One gradient an input of a ``bprop``: zeros of its shape for a tensor whose gradient is None, as in ``torch.autograd.Function.backward``.

    Compiled functions hand a None on to whoever asks for the gradient (MindSpore 2.10 on CPU); what is no tensor keeps its None.
    """
    filled = ()
    for value, gradient in zip(inputs, gradients):
        if gradient is None and isinstance(value, Tensor):
            filled += (ops.zeros_like(value),)
        else:
            filled += (gradient,)
    return filled
