"""Gradients that gather on parameters, as PyTorch's do, for training loops whose backward and update lie apart.

A loop that calls ``backward()`` several times before one update, in a branch, or in another function than the update, cannot become one compiled step.
Here only the loss becomes a function (``recorded``); calling what it returns adds the gradients to those of the parameters, and the other
functions of this module do what ``optimizer.step()``, ``optimizer.zero_grad()`` and gradient clipping do with them. The heavy parts (forward, backward,
update) are compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import mindspore as ms
from mindspore import Parameter, Tensor, nn, ops

from .amp import GradScaler
from .communication import gradient_average, is_data_parallel
from .training import build_once, cells_of_build

__all__ = ["clip_norm_", "clip_value_", "keep", "of", "recorded", "scaled_step", "step", "unscale_", "zero"]

_NAME = "_mindport_gradient"


def of(parameter: Parameter) -> Tensor | None:
    """``parameter.grad``: the gradient gathered since it was set to zero, None when no backward reached the parameter.

    Raises TypeError for what is no parameter: gradients of inputs are asked for with ``mindspore.grad``.
    """
    if not isinstance(parameter, Parameter):
        raise TypeError(f"only parameters gather gradients, not a {type(parameter).__name__}; ask mindspore.grad for gradients of inputs")
    return getattr(parameter, _NAME, None)


def keep(parameter: Parameter, gradient: Tensor | None) -> None:
    """``parameter.grad = gradient``."""
    of(parameter)
    setattr(parameter, _NAME, gradient)


@ms.jit
def _sums(gathered: tuple[Tensor, ...], more: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    sums = ()
    for one, other in zip(gathered, more):
        sums += (one + other,)
    return sums


def _gather(parameters: tuple[Parameter, ...], gradients: tuple[Tensor, ...]) -> None:
    both = [(parameter, gradient) for parameter, gradient in zip(parameters, gradients) if of(parameter) is not None]
    sums = iter(_sums(tuple(of(parameter) for parameter, _ in both), tuple(gradient for _, gradient in both)) if both else ())
    for parameter, gradient in zip(parameters, gradients):
        keep(parameter, next(sums) if of(parameter) is not None else gradient)


def recorded(forward_fn: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled function that returns the values of ``forward_fn`` and a ``backward``, whose call adds the gradients of its first value.

    Inside a builder (``build_once``): gradients of every trained parameter of the cells that the builder was given or reads. ``forward_fn`` returns the value
    to differentiate and then those that the loop reads, at least one. When one of the cells is ``DistributedDataParallel``, gradients are
    averaged over the processes. Raises ValueError when the builder has no cell, or none with trained parameters.
    """
    cells = cells_of_build()
    parameters = tuple({id(p): p for cell in cells for p in cell.trainable_params()}.values())
    if not parameters:
        raise ValueError("nothing to differentiate: the loss is computed by no cell with trained parameters")
    differentiated = ms.value_and_grad(forward_fn, None, parameters, has_aux=True)
    average = gradient_average(parameters) if is_data_parallel(cells) else None

    @ms.jit
    def values_and_gradients(*args: Any) -> Any:
        values, gradients = differentiated(*args)
        if average is not None:
            gradients = average(gradients)
        return values, gradients

    def record(*args: Any) -> tuple[Any, ...]:
        values, gradients = values_and_gradients(*args)

        def backward() -> None:
            _gather(parameters, gradients)

        return (*values[1:], backward)

    return record


def zero(owner: Any) -> None:
    """``optimizer.zero_grad()`` and ``module.zero_grad()``: no parameter of the optimizer or cell has a gradient then."""
    for parameter in owner.get_parameters() if isinstance(owner, nn.Cell) else owner.parameters:
        keep(parameter, None)


@build_once
def _update(optimizer: Any) -> Callable[..., Any]:
    @ms.jit
    def update(gradients: tuple[Tensor, ...]) -> bool:
        optimizer(gradients)
        return True

    return update


def _gathered(optimizer: Any) -> tuple[Tensor, ...] | None:
    """The gradients in the order of the optimizer's parameters, zeros where no backward reached one; None when it reached none at all."""
    if all(of(parameter) is None for parameter in optimizer.parameters):
        return None
    return tuple(ops.zeros_like(p) if of(p) is None else of(p) for p in optimizer.parameters)


def step(optimizer: Any) -> None:
    """``optimizer.step()`` with the gathered gradients; nothing happens when there are none.

    A parameter that no backward reached gets a zero gradient when others have one: PyTorch leaves it alone, which differs by weight decay and momentum.
    """
    gradients = _gathered(optimizer)
    if gradients is not None:
        _update(optimizer)(gradients)


@ms.jit
def _scaled_down(gradients: tuple[Tensor, ...], largest: Tensor, exponent: float) -> tuple[Tensor, tuple[Tensor, ...]]:
    if exponent == float("inf"):
        norm = ops.stack([gradient.abs().max() for gradient in gradients]).max()
    else:
        norm = ops.stack([(gradient.astype(ms.float32).abs() ** exponent).sum() for gradient in gradients]).sum() ** (1.0 / exponent)
    factor = ops.minimum(largest / (norm + 1e-6), Tensor(1.0, ms.float32))
    clipped = ()
    for gradient in gradients:
        clipped += ((gradient * factor).astype(gradient.dtype),)
    return norm, clipped


def _with_gradient(parameters: Parameter | Iterable[Parameter]) -> list[Parameter]:
    given = [parameters] if isinstance(parameters, Parameter) else list(parameters)
    return [parameter for parameter in given if of(parameter) is not None]


def clip_norm_(parameters: Parameter | Iterable[Parameter], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False) -> Tensor:
    """``torch.nn.utils.clip_grad_norm_``: scales the gathered gradients down to a total norm of `max_norm`; returns the norm they had."""
    owners = _with_gradient(parameters)
    if not owners:
        return Tensor(0.0, ms.float32)
    norm, clipped = _scaled_down(tuple(of(owner) for owner in owners), Tensor(max_norm, ms.float32), float(norm_type))
    if error_if_nonfinite and not bool(ops.isfinite(norm)):
        raise RuntimeError(f"the total norm of order {norm_type} of the gradients is not finite, so they cannot be clipped")
    for owner, gradient in zip(owners, clipped):
        keep(owner, gradient)
    return norm


def clip_value_(parameters: Parameter | Iterable[Parameter], clip_value: float) -> None:
    """``torch.nn.utils.clip_grad_value_``: the gathered gradients between minus and plus `clip_value`."""
    for owner in _with_gradient(parameters):
        keep(owner, ops.clamp(of(owner), -float(clip_value), float(clip_value)))


#: (scaler, optimizer) pairs whose gradients were divided by the scale since the last step
_UNSCALED: dict[tuple[int, int], bool] = {}


@build_once
def _unscaling(scaler: GradScaler) -> Callable[..., Any]:
    @ms.jit
    def unscaled(gradients: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return scaler.unscale_(gradients)

    return unscaled


def unscale_(scaler: GradScaler, optimizer: Any) -> None:
    """``scaler.unscale_(optimizer)``: divides the gathered gradients by the scale; ``scaled_step`` does not do it again."""
    owners = _with_gradient(optimizer.parameters)
    if not scaler.is_enabled() or not owners or (id(scaler), id(optimizer)) in _UNSCALED:
        return
    before = float(scaler.found_inf.asnumpy())
    for owner, gradient in zip(owners, _unscaling(scaler)(tuple(of(owner) for owner in owners))):
        keep(owner, gradient)
    found = float(scaler.found_inf.asnumpy())
    _UNSCALED[id(scaler), id(optimizer)] = found != 0.0
    if before != 0.0 and found == 0.0:  # of another optimizer of this pass: the scale has to go down
        ops.assign(scaler.found_inf, Tensor(before, ms.float32))


def scaled_step(scaler: GradScaler, optimizer: Any) -> None:
    """``scaler.step(optimizer)``: the update with unscaled gradients, left out when one of them is not finite."""
    if scaler.is_enabled():
        unscale_(scaler, optimizer)
        if _UNSCALED.pop((id(scaler), id(optimizer)), False):
            return
    step(optimizer)
