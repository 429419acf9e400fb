"""Writing to parameters so that compiled functions see it."""

from __future__ import annotations

from typing import Any

import numpy as np
from mindspore import Parameter, Tensor, nn, ops

__all__ = ["requires_grad_", "second", "set_value"]


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


def requires_grad_(cell: nn.Cell, requires_grad: bool = True) -> nn.Cell:
    """``torch.nn.Module.requires_grad_``: every parameter of the cell is trained, or none. Build optimizers afterwards."""
    for parameter in cell.get_parameters():
        parameter.requires_grad = requires_grad
    return cell


def second(pair: tuple[str, Any]) -> Any:
    """The cell of a (name, cell) pair, for ``map`` over ``cells_and_names()``."""
    return pair[1]
