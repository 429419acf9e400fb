"""What programs ask of their devices."""

from __future__ import annotations

import mindspore as ms

__all__ = ["device_count"]


def device_count() -> int:
    """``torch.cuda.device_count``: accelerators of the kind in use that this machine has; 0 when the CPU is used."""
    target = ms.get_context("device_target")
    return 0 if target == "CPU" else int(ms.hal.device_count(target))
