"""Training in several processes, and collective operations that ``mindspore.mint.distributed`` does not have.

Processes are started by msrun, and ``mindspore.communication.init`` comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mindspore import Parameter, Tensor, mint, nn, ops
from mindspore.communication import GlobalComm, get_group_size

__all__ = ["DistributedDataParallel", "all_reduce_mean", "gradient_average", "is_data_parallel", "processes"]


def processes() -> int:
    """How many processes train together; 1 before ``mindspore.communication.init``."""
    return get_group_size() if mint.distributed.is_initialized() else 1


class DistributedDataParallel(nn.Cell):
    """``torch.nn.parallel.DistributedDataParallel``: the cell, with the same parameters in every process from the start, those of the first one.

    Gradients are averaged by the training step, not by the cell: ``gradients.recorded`` does it by itself, a step of its own with ``gradient_average``.
    Parameters keep their names; the cell that is wrapped is ``module``.
    """

    def __init__(self, module: nn.Cell):
        super().__init__(auto_prefix=False)
        self.module = module
        if processes() > 1:
            for parameter in module.get_parameters():
                _take_over(parameter)

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)


def _take_over(parameter: Parameter) -> None:
    """Give the parameter the value it has in process 0."""
    if parameter.has_init:
        parameter.init_data()
    ops.assign(parameter, ops.Broadcast(0)((parameter,))[0])


def is_data_parallel(cells: Iterable[nn.Cell]) -> bool:
    """Whether one of the cells is, or holds, a ``DistributedDataParallel``."""
    return any(isinstance(part, DistributedDataParallel) for cell in cells for _, part in cell.cells_and_names())


def gradient_average(parameters: Iterable[Parameter]) -> Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]:
    """A function, for compiled steps too, that averages the gradients of these parameters over all processes; of one process it returns them as they are."""
    if processes() > 1:
        return nn.DistributedGradReducer(tuple(parameters), mean=True, degree=processes())

    def alone(gradients: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return gradients

    return alone


def all_reduce_mean(tensor: Tensor, group: str | None = None) -> None:
    """``torch.distributed.all_reduce(tensor, ReduceOp.AVG)``: the mean over the processes of the group (all by default), written into `tensor`.

    Every device, in PyNative mode. Without gradient, as in PyTorch.
    """
    name = group or GlobalComm.WORLD_COMM_GROUP
    tensor.copy_(ops.AllReduce(group=name)(tensor) / get_group_size(name))
