"""Parameters of cells: writing to them so that compiled functions see it, and finding them in a layer whose class is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from mindspore import Parameter, Tensor, nn, ops

__all__ = [
    "bias",
    "every",
    "from_vector",
    "named",
    "requires_grad_",
    "running_mean",
    "running_var",
    "second",
    "set_value",
    "to_vector",
    "weight",
]


def set_value(parameter: Parameter, value: Any) -> Parameter:
    """Give a parameter new values (a tensor or array of its shape, or a number), cast to its type; returns the parameter.

    ``Parameter.set_data``, ``mindspore.load_param_into_net`` and ``Cell.load_state_dict`` replace the storage, and a function that ``mindspore.jit``
    compiled before goes on computing with the old one, without an error (measured with MindSpore 2.10 on CPU; the optimizers of
    ``mindspore.experimental`` compile their update at the first step). Assignment writes into the storage all of them share.
    """
    array = value.asnumpy() if isinstance(value, Tensor) else np.asarray(value)
    if tuple(array.shape) != tuple(parameter.shape):
        array = np.broadcast_to(array, parameter.shape) if array.ndim == 0 else _refuse(array, parameter)
    if parameter.has_init:
        parameter.init_data()
    ops.assign(parameter, Tensor(np.ascontiguousarray(array).reshape(parameter.shape)).astype(parameter.dtype))
    return parameter


def _refuse(array: np.ndarray, parameter: Parameter) -> np.ndarray:
    raise ValueError(f"{parameter.name} has the shape {tuple(parameter.shape)}, the value {tuple(array.shape)}")


#: of the layers of ``mindspore.nn`` whose running statistics are parameters (torch: buffers)
_STATISTICS = ("moving_mean", "moving_variance")


def named(cell: nn.Cell) -> Iterator[tuple[str, Parameter]]:
    """Name and parameter of all that torch's ``named_parameters()`` yields: frozen ones too, running statistics of batch norms not.

    The names are those of ``Cell.parameters_and_names``. A parameter that several layers share comes once.
    """
    seen: set[int] = set()
    for prefix, layer in cell.cells_and_names():
        for name, parameter in layer._params.items():
            if parameter is None or id(parameter) in seen or (name in _STATISTICS and not parameter.requires_grad):
                continue
            seen.add(id(parameter))
            yield f"{prefix}.{name}" if prefix else name, parameter


def every(cell: nn.Cell) -> Iterator[Parameter]:
    """``torch.nn.Module.parameters()``, one by one: unlike ``trainable_params()`` with frozen ones, unlike ``get_parameters()`` without statistics."""
    return (parameter for _, parameter in named(cell))


def requires_grad_(owner: nn.Cell | Tensor, requires_grad: bool = True) -> Any:
    """``requires_grad_`` of a module or a parameter: whether it is trained; returns it. Build optimizers afterwards."""
    for parameter in every(owner) if isinstance(owner, nn.Cell) else (owner,):
        parameter.requires_grad = requires_grad
    return owner


def second(pair: tuple[str, Any]) -> Any:
    """The cell of a (name, cell) pair, for ``map`` over ``cells_and_names()``."""
    return pair[1]


def weight(layer: nn.Cell) -> Any:
    """torch's ``layer.weight`` of a layer of any class: ``mindspore.nn`` calls it ``gamma`` in norms and ``embedding_table`` in embeddings."""
    if hasattr(layer, "weight"):
        return layer.weight
    return layer.embedding_table if hasattr(layer, "embedding_table") else layer.gamma


def bias(layer: nn.Cell) -> Any:
    """torch's ``layer.bias`` of a layer of any class; None where it has none."""
    return layer.bias if hasattr(layer, "bias") else layer.beta


def running_mean(layer: nn.Cell) -> Any:
    """torch's ``layer.running_mean`` of a batch norm, whether of ``mindspore.nn`` or not."""
    return layer.running_mean if hasattr(layer, "running_mean") else layer.moving_mean


def running_var(layer: nn.Cell) -> Any:
    """torch's ``layer.running_var`` of a batch norm, whether of ``mindspore.nn`` or not."""
    return layer.running_var if hasattr(layer, "running_var") else layer.moving_variance


def to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """``torch.nn.utils.parameters_to_vector``: all values one after another, of shape (n,)."""
    return ops.cat([ops.reshape(parameter, (-1,)) for parameter in parameters])


def from_vector(vec: Tensor, parameters: Iterable[Parameter]) -> None:
    """``torch.nn.utils.vector_to_parameters``: writes the parts of a vector of shape (n,) to the parameters, in their order."""
    start = 0
    for parameter in parameters:
        size = int(np.prod(parameter.shape))
        set_value(parameter, vec[start : start + size].reshape(parameter.shape))
        start += size
