"""Learning-rate schedules of ``torch.optim.lr_scheduler`` that ``mindspore.experimental.optim.lr_scheduler`` lacks."""

from __future__ import annotations

import math
from typing import Any

from mindspore.experimental.optim import lr_scheduler

__all__ = ["OneCycleLR", "one_cycle_rate"]


def _between(start: float, end: float, part: float, strategy: str) -> float:
    if strategy == "cos":
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)
    return (end - start) * part + start


def one_cycle_rate(
    step: int, total_steps: int, max_lr: float, pct_start: float, strategy: str, div_factor: float, final_div_factor: float, three_phase: bool
) -> float:
    """The learning rate of a step: up to `max_lr`, down, and (in two or three phases) to `max_lr / div_factor / final_div_factor`."""
    initial = max_lr / div_factor
    lowest = initial / final_div_factor
    up = float(pct_start * total_steps) - 1
    phases = [(up, initial, max_lr)]
    if three_phase:
        phases += [(2 * pct_start * total_steps - 2, max_lr, initial), (total_steps - 1, initial, lowest)]
    else:
        phases += [(total_steps - 1, max_lr, lowest)]
    begin = 0.0
    for index, (end, start_rate, end_rate) in enumerate(phases):
        if step <= end or index == len(phases) - 1:
            return _between(start_rate, end_rate, (step - begin) / (end - begin), strategy)
        begin = end
    raise AssertionError("a step belongs to a phase")


class OneCycleLR(lr_scheduler.LambdaLR):
    """``torch.optim.lr_scheduler.OneCycleLR`` of the learning rate; momentum is not cycled (torch does unless cycle_momentum=False).

    `max_lr` is one number for all groups. ValueError when neither total_steps nor epochs and steps_per_epoch are given.
    """

    def __init__(
        self,
        optimizer: Any,
        max_lr: float,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ):
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: anneal_strategy is 'cos' or 'linear', got {anneal_strategy!r}")
        factors = []
        for group in optimizer.param_groups:
            base = float(group["initial_lr"] if "initial_lr" in group else group["lr"])
            rates = [
                one_cycle_rate(step, total_steps, max_lr, pct_start, anneal_strategy, div_factor, final_div_factor, three_phase)
                # torch lets the last step() of a loop pass the end, and goes on with the last phase there
                for step in range(total_steps + 1)
            ]
            factors.append([rate / base for rate in rates])
        lambdas = [lambda epoch, own=own: own[min(int(epoch), len(own) - 1)] for own in factors]
        super().__init__(optimizer, lambdas, last_epoch=last_epoch)
