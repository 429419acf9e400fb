"""Mixed precision in torch's words: a region of lower precision and a gradient scaler, both usable in compiled steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mindspore as ms
from mindspore import Parameter, Tensor, nn, ops
from mindspore.amp import all_finite, auto_mixed_precision

from .parameters import set_value
from .training import build_once

__all__ = ["GradScaler", "autocast", "within"]


class autocast:
    """Decorator: the function (or cell) computes matrix products and convolutions in ``dtype``, reductions and norms in float32.

    A cell itself is left as it is; the decorated function calls it. Stands for ``with torch.autocast(device, dtype, enabled):`` around the body of
    the function. Parameters and gradients stay float32. CPUs have no bfloat16 kernels, so there bfloat16 becomes float16. Source of the operator
    lists: ``mindspore.amp.auto_mixed_precision``. MindSpore has no such region: entered by ``with``, it computes in full precision.
    """

    def __init__(self, dtype: ms.Type | None = None, enabled: bool = True):
        dtype = ms.float16 if dtype is None else dtype
        if dtype not in (ms.float16, ms.bfloat16) and (enabled or dtype != ms.float32):
            raise ValueError(f"autocast computes in float16 or bfloat16, got {dtype}")
        if dtype == ms.bfloat16 and ms.get_context("device_target") == "CPU":
            dtype = ms.float16
        self.dtype, self.enabled = dtype, bool(enabled)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if not self.enabled:
            return function
        if isinstance(function, nn.Cell):
            return _lowered_cell(function, self.dtype)
        return auto_mixed_precision(function, amp_level="auto", dtype=self.dtype)

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: object) -> None:
        return None


def within(region: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator for ``with region:`` around the body of a function: an ``autocast`` lowers its precision, ``contextlib.nullcontext()`` leaves it."""
    return region if isinstance(region, autocast) else lambda function: function


@build_once
def _lowered_cell(cell: nn.Cell, dtype: ms.Type) -> Callable[..., Any]:
    def forward(*args: Any) -> Any:
        return cell(*args)

    # auto_mixed_precision would replace the construct of a cell for good; a function leaves the cell usable in full precision.
    lowered = auto_mixed_precision(forward, amp_level="auto", dtype=dtype)
    lowered.cell = cell
    return lowered


@ms.jit_class
class GradScaler:
    """``torch.amp.GradScaler`` for functional gradients; all state lives in parameters, so it works inside a compiled step.

    ``step`` takes the gradients that torch keeps in the parameters. When one of them is not finite the optimizer is left alone, and
    ``update`` lowers the scale; after ``growth_interval`` good steps it raises it.
    """

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ):
        if growth_factor <= 1.0:
            raise ValueError("the growth factor must be greater than 1")
        if not 0.0 < backoff_factor < 1.0:
            raise ValueError("the backoff factor must lie between 0 and 1")
        self.enabled = bool(enabled)
        self.growth_factor = float(growth_factor)
        self.backoff_factor = float(backoff_factor)
        self.growth_interval = int(growth_interval)
        self.scale_value = Parameter(Tensor(init_scale, ms.float32), name="grad_scaler_scale", requires_grad=False)
        self.growth_tracker = Parameter(Tensor(0, ms.int32), name="grad_scaler_growth_tracker", requires_grad=False)
        self.found_inf = Parameter(Tensor(0.0, ms.float32), name="grad_scaler_found_inf", requires_grad=False)

    def is_enabled(self) -> bool:
        """Whether losses are scaled at all."""
        return self.enabled

    def get_scale(self) -> float:
        """The present scale, 1.0 when not enabled. Not for compiled functions."""
        return float(self.scale_value.asnumpy()) if self.enabled else 1.0

    def scale(self, outputs):
        """The loss (any float tensor) times the scale."""
        if not self.enabled:
            return outputs
        return outputs * self.scale_value.astype(outputs.dtype)

    def unscale_(self, grads):
        """The gradients (a tuple) divided by the scale; remembers whether all of them are finite."""
        if not self.enabled:
            return grads
        inverse = 1.0 / self.scale_value
        unscaled = ()
        for grad in grads:
            unscaled += (grad * inverse.astype(grad.dtype),)
        ops.assign(self.found_inf, 1.0 - all_finite(unscaled).astype(ms.float32))
        return unscaled

    def step(self, optimizer, grads, unscaled=False):
        """Let the optimizer use the gradients unless one is not finite. ``unscaled``: they already went through ``unscale_``."""
        if not self.enabled:
            optimizer(grads)
            return True
        if not unscaled:
            grads = self.unscale_(grads)
        if self.found_inf == 0.0:
            optimizer(grads)
        return True

    def update(self):
        """Adapt the scale to what ``step`` met."""
        if not self.enabled:
            return True
        good = self.found_inf == 0.0
        tracker = self.growth_tracker + 1
        grow = ops.logical_and(good, tracker >= self.growth_interval)
        factor = ops.where(good, ops.where(grow, self.growth_factor, 1.0), self.backoff_factor)
        ops.assign(self.scale_value, (self.scale_value * factor).astype(ms.float32))
        ops.assign(self.growth_tracker, ops.where(ops.logical_and(good, ops.logical_not(grow)), tracker, 0).astype(ms.int32))
        ops.assign(self.found_inf, Tensor(0.0, ms.float32))
        return True

    def state_dict(self) -> dict[str, Any]:
        """The state under torch's keys, empty when not enabled."""
        if not self.enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self.growth_factor,
            "backoff_factor": self.backoff_factor,
            "growth_interval": self.growth_interval,
            "_growth_tracker": int(self.growth_tracker.asnumpy()),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what ``state_dict`` gave."""
        if not self.enabled:
            return
        if not state:
            raise RuntimeError("the state is empty: it was saved from a scaler that was not enabled")
        self.growth_factor = float(state["growth_factor"])
        self.backoff_factor = float(state["backoff_factor"])
        self.growth_interval = int(state["growth_interval"])
        set_value(self.scale_value, float(state["scale"]))
        set_value(self.growth_tracker, int(state["_growth_tracker"]))
