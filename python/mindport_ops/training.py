"""What the compiled training and evaluation steps of a migrated program need.

MindSpore has no ``backward()``: a step is a function given to ``mindspore.value_and_grad`` and compiled once. The migration lifts the body
of a training loop into a builder of such a step; ``build_once`` keeps what the builder made from one epoch to the next.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from typing import Any

import mindspore as ms
from mindspore import nn

__all__ = ["build_once", "compiled"]

_PLAIN = (bool, int, float, str, bytes, type(None))


def _identity(value: Any) -> Hashable:
    """What makes two arguments the same: the value of plain constants, else the object, and for cells the training flag of each part.

    The flags belong to it because a compiled function keeps the branch it saw first (dropout on or off).
    """
    if isinstance(value, _PLAIN):
        return (type(value), value)
    if isinstance(value, (tuple, list)):
        return (type(value), tuple(_identity(v) for v in value))
    if isinstance(value, nn.Cell):
        return (id(value), tuple(cell.training for _, cell in value.cells_and_names()))
    return (id(value),)


def build_once(builder: Callable[..., Any]) -> Callable[..., Any]:
    """Cache what ``builder`` returns for the same arguments.

    Arguments are the same when they are the same objects (equal values for numbers and strings), and cells also in the same training
    state. The cache holds its arguments, so an identity is never re-used by another object.
    """
    made: dict[Hashable, tuple[tuple[Any, ...], dict[str, Any], Any]] = {}

    @functools.wraps(builder)
    def cached(*args: Any, **kwargs: Any) -> Any:
        key = (tuple(_identity(a) for a in args), tuple((k, _identity(v)) for k, v in sorted(kwargs.items())))
        if key not in made:
            made[key] = (args, kwargs, builder(*args, **kwargs))
        return made[key][2]

    return cached


@build_once
def _compiled_forward(forward: Callable[..., Any]) -> Callable[..., Any]:
    @ms.jit
    def compiled_forward(*args: Any) -> Any:
        return forward(*args)

    return compiled_forward


def compiled(model: Any) -> Any:
    """The forward of a cell as a compiled function, for evaluation and inference.

    Takes a cell or what ``amp.autocast`` made of one. Compiled once per training state and input shape; anything else is returned as it is.
    On a CPU this is some ten to fifty times faster than calling the cell operator by operator. ``MS_JIT=0`` in the environment switches all
    compilation off.
    """
    is_forward = isinstance(model, nn.Cell) or isinstance(getattr(model, "cell", None), nn.Cell)
    return _compiled_forward(model) if is_forward else model
