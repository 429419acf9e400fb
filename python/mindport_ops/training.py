"""What the compiled training and evaluation steps of a migrated program need.

MindSpore has no ``backward()``: a step is a function given to ``mindspore.value_and_grad`` and compiled once. The migration lifts the body
of a training loop into a builder of such a step; ``build_once`` keeps what the builder made from one epoch to the next.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from types import CodeType
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


def _cells_read(builder: Callable[..., Any]) -> dict[str, nn.Cell]:
    """The cells of the module that the builder or a function inside it reads, by name."""
    cells: dict[str, nn.Cell] = {}
    code = [builder.__code__]
    while code:
        one = code.pop()
        code.extend(constant for constant in one.co_consts if isinstance(constant, CodeType))
        for name in one.co_names:
            value = builder.__globals__.get(name)
            if isinstance(value, nn.Cell):
                cells[name] = value
    return cells


def _distinct_names(cells: dict[str, nn.Cell]) -> None:
    """Give parameters of different cells different names: a compiled function takes each name once.

    The first cell keeps its names; where another one's would be the same they begin with the name that the cell goes by.
    """
    owners: dict[str, int] = {}
    for name, cell in cells.items():
        for parameter in cell.get_parameters():
            if owners.setdefault(parameter.name, id(parameter)) != id(parameter):
                parameter.name = f"{name}.{parameter.name}"
                owners[parameter.name] = id(parameter)


def build_once(builder: Callable[..., Any]) -> Callable[..., Any]:
    """Cache what ``builder`` returns for the same arguments.

    Arguments are the same when they are the same objects (equal values for numbers and strings), and cells also in the same training
    state; cells of the module that the builder reads count as arguments. The cache holds its arguments, so an identity is never re-used
    by another object. Before it builds, parameters of several cells get names that differ.
    """
    made: dict[Hashable, tuple[tuple[Any, ...], dict[str, Any], Any]] = {}
    names = builder.__code__.co_varnames[: builder.__code__.co_argcount]

    @functools.wraps(builder)
    def cached(*args: Any, **kwargs: Any) -> Any:
        read = _cells_read(builder)
        key = (
            tuple(_identity(a) for a in args),
            tuple((k, _identity(v)) for k, v in sorted(kwargs.items())),
            tuple((name, _identity(cell)) for name, cell in sorted(read.items())),
        )
        if key not in made:
            given = {**dict(zip(names, args)), **kwargs}
            _distinct_names({name: value for name, value in {**read, **given}.items() if isinstance(value, nn.Cell)})
            made[key] = (args, {**kwargs, **read}, builder(*args, **kwargs))
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
