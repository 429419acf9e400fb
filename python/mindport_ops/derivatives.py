"""``torch.func`` where MindSpore answers in another order."""

from __future__ import annotations

from typing import Any, Callable

import mindspore as ms

__all__ = ["grad_and_value"]


def grad_and_value(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., tuple[Any, Any]]:
    """``torch.func.grad_and_value``: a function that returns (gradient, value); ``mindspore.value_and_grad`` returns (value, gradient)."""
    both = ms.value_and_grad(func, argnums, None, has_aux=has_aux)

    def swapped(*args: Any) -> tuple[Any, Any]:
        value, gradient = both(*args)
        return gradient, value

    return swapped
