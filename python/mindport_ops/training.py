"""What the compiled training and evaluation steps of a migrated program need.

MindSpore has no ``backward()``: a step is a function given to ``mindspore.value_and_grad`` and compiled once. The migration lifts the body
of a training loop into a builder of such a step; ``build_once`` keeps what the builder made from one epoch to the next.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import mindspore as ms
from mindspore import nn

from .communication import is_data_parallel, processes

__all__ = ["build_once", "cells_of_build", "compiled"]

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


def _globals_read(function: Callable[..., Any]) -> dict[str, Any]:
    """The cells and functions of the module that a function or one inside it reads, by name."""
    read: dict[str, Any] = {}
    code = [function.__code__]
    while code:
        one = code.pop()
        code.extend(constant for constant in one.co_consts if isinstance(constant, CodeType))
        for name in one.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, (nn.Cell, FunctionType)):
                read[name] = value
    return read


def _cells_read(builder: Callable[..., Any]) -> dict[str, nn.Cell]:
    """The cells of the module that the builder or a function inside it reads, by name."""
    return {name: value for name, value in _globals_read(builder).items() if isinstance(value, nn.Cell)}


#: of each builder that is running, the innermost last: the cells it was given or reads
_BUILDING: list[list[nn.Cell]] = []


def cells_of_build() -> list[nn.Cell]:
    """The cells that the running builder was given (also within its arguments) or reads from the module; empty outside builders."""
    return list(_BUILDING[-1]) if _BUILDING else []


def _names_used(builder: Callable[..., Any]) -> set[str]:
    """The global names and attributes that a builder and the functions inside it use."""
    names: set[str] = set()
    code = [builder.__code__]
    while code:
        one = code.pop()
        code.extend(constant for constant in one.co_consts if isinstance(constant, CodeType))
        names.update(one.co_names)
    return names


def _begin_in_training(builder: Callable[..., Any], cells: list[nn.Cell]) -> None:
    """Put what a training step computes with into training mode, where nobody has set a mode: so do modules of PyTorch begin, and cells do not."""
    if not {"value_and_grad", "recorded"} & _names_used(builder):
        return
    for cell in cells:
        for _, part in cell.cells_and_names():
            if "training" not in part.get_flags():
                part.add_flags(training=True)


def _check_average(builder: Callable[..., Any], cells: list[nn.Cell]) -> None:
    """Raise RuntimeError when a builder differentiates a data-parallel cell and leaves the gradients of each process alone: nothing else would say so."""
    names = _names_used(builder)
    if "value_and_grad" not in names or "gradient_average" in names or not is_data_parallel(cells) or processes() == 1:
        return
    raise RuntimeError(
        f"{builder.__name__} trains a DistributedDataParallel cell in {processes()} processes without averaging their gradients: add "
        "`average = mindport_ops.communication.gradient_average(optimizer.parameters)` to it and `grads = average(grads)` before the optimizer is called"
    )


def _cells_in(value: Any, depth: int = 0) -> list[nn.Cell]:
    """The cells a value is or holds: in a list or dict, as the owner of a method, as attributes of that owner, as names a function reads."""
    if isinstance(value, nn.Cell):
        return [value]
    held: list[Any] = []
    if isinstance(value, (list, tuple)):
        held = list(value)
    elif isinstance(value, dict):
        held = list(value.values())
    elif isinstance(value, MethodType):
        held = [value.__self__]
    elif isinstance(value, FunctionType):
        held = [*_globals_read(value).values(), *(cell.cell_contents for cell in value.__closure__ or () if _is_set(cell))]
    elif hasattr(value, "__dict__") and not isinstance(value, (type, ModuleType)):
        held = list(vars(value).values())
    return [cell for one in held for cell in _cells_in(one, depth + 1)] if depth < 3 else []


def _is_set(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


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
    by another object. Before it builds, parameters of several cells get names that differ, and cells of a training step whose mode nobody has
    set are put into training mode.
    """
    made: dict[Hashable, tuple[tuple[Any, ...], dict[str, Any], Any]] = {}
    names = builder.__code__.co_varnames[: builder.__code__.co_argcount]

    @functools.wraps(builder)
    def cached(*args: Any, **kwargs: Any) -> Any:
        read = _cells_read(builder)

        def arguments() -> Hashable:
            return (
                tuple(_identity(a) for a in args),
                tuple((k, _identity(v)) for k, v in sorted(kwargs.items())),
                tuple((name, _identity(cell)) for name, cell in sorted(read.items())),
            )

        key = arguments()
        if key not in made:
            given = {**dict(zip(names, args)), **kwargs}
            _distinct_names({name: value for name, value in {**read, **given}.items() if isinstance(value, nn.Cell)})
            cells = [cell for value in [builder, *given.values()] for cell in _cells_in(value)]
            _check_average(builder, cells)
            _begin_in_training(builder, cells)
            key = arguments()  # the modes belong to it
            _BUILDING.append(cells)
            try:
                made[key] = (args, {**kwargs, **read}, builder(*args, **kwargs))
            finally:
                _BUILDING.pop()
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
