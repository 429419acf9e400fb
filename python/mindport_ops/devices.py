"""What programs ask of their devices."""

from __future__ import annotations

import mindspore as ms
from mindspore.ops.primitive import constexpr

__all__ = ["device_count", "device_target"]


def device_count() -> int:
    """``torch.cuda.device_count``: accelerators of the kind in use that this machine has; 0 when the CPU is used."""
    target = ms.get_context("device_target")
    return 0 if target == "CPU" else int(ms.hal.device_count(target))


@constexpr
def device_target() -> str:
    """``Tensor.device``: the name of the chip in use, "CPU" or "Ascend". In compiled functions a constant, where ``ms.get_context`` cannot be called."""
    return str(ms.get_context("device_target"))
