"""Collective operations that ``mindspore.mint.distributed`` does not have. Processes are started by msrun, and ``mindspore.communication.init`` comes first."""

from __future__ import annotations

from mindspore import Tensor, ops
from mindspore.communication import GlobalComm, get_group_size

__all__ = ["all_reduce_mean"]


def all_reduce_mean(tensor: Tensor, group: str | None = None) -> None:
    """``torch.distributed.all_reduce(tensor, ReduceOp.AVG)``: the mean over the processes of the group (all by default), written into `tensor`.

    Every device, in PyNative mode. Without gradient, as in PyTorch.
    """
    name = group or GlobalComm.WORLD_COMM_GROUP
    tensor.copy_(ops.AllReduce(group=name)(tensor) / get_group_size(name))
