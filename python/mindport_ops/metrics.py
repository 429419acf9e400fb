"""Small measures of training programs: ``timm.utils.AverageMeter`` and ``accuracy``."""

from __future__ import annotations

from typing import Any

from mindspore import Tensor, ops

__all__ = ["AverageMeter", "accuracy"]


class AverageMeter:
    """``timm.utils.AverageMeter``: the latest value (`val`), the running mean (`avg`), `sum` and `count`."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self.val: Any = 0
        self.avg: Any = 0
        self.sum: Any = 0
        self.count = 0

    def update(self, val: Any, n: int = 1) -> None:
        """Takes a value that is the mean of `n`."""
        self.val = val
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count


def accuracy(output: Tensor, target: Tensor, topk: tuple[int, ...] = (1,)) -> list[Tensor]:
    """``timm.utils.accuracy``: the percentages of samples whose class is among the first k of (batch, classes) scores, for every k."""
    largest = min(max(topk), output.shape[1])
    _, found = ops.topk(output, largest, dim=1)
    right = (found == target.reshape(-1, 1)).astype(output.dtype)
    return [right[:, : min(k, largest)].sum() * 100.0 / target.shape[0] for k in topk]
