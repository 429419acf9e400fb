"""``torch.nn.functional.pad``: MindSpore's constant mode has a wrong gradient from the second call of a compiled function on (2.10.0, CPU)."""

from __future__ import annotations

from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = ["pad"]


@constexpr
def _amounts(rank: int, pad: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """(axis, before, after) of every axis that changes; `pad` lists the last axis first."""
    if len(pad) % 2 or len(pad) > 2 * rank:
        raise ValueError(f"pad: {len(pad)} amounts for an input with {rank} dimensions")
    pairs = [(rank - 1 - i, int(pad[2 * i]), int(pad[2 * i + 1])) for i in range(len(pad) // 2)]
    return tuple(pair for pair in pairs if pair[1] or pair[2])


def _blocks(x: Tensor, axis: int, before: int, after: int, mode: str, value: float) -> Tensor:
    """One axis made longer or, with negative amounts, shorter."""
    size = x.shape[axis]
    first, last = max(-before, 0), size - max(-after, 0)
    if first or last < size:
        x = ops.narrow(x, axis, first, last - first)
    size = last - first
    parts = []
    if before > 0:
        parts.append(_edge(x, axis, before, mode, value, True, size))
    parts.append(x)
    if after > 0:
        parts.append(_edge(x, axis, after, mode, value, False, size))
    return parts[0] if len(parts) == 1 else ops.cat(parts, axis=axis)


def _edge(x: Tensor, axis: int, count: int, mode: str, value: float, front: bool, size: int) -> Tensor:
    if mode == "constant":
        shape = x.shape[:axis] + (count,) + x.shape[axis + 1 :]
        return ops.zeros(shape, x.dtype) if value == 0 else ops.full(shape, value, dtype=x.dtype)
    if mode == "circular":
        return ops.narrow(x, axis, size - count if front else 0, count)
    if mode == "reflect":
        return ops.flip(ops.narrow(x, axis, 1 if front else size - 1 - count, count), (axis,))
    edge = ops.narrow(x, axis, 0 if front else size - 1, 1)
    return ops.cat([edge] * count, axis=axis)


@constexpr
def _checked(mode: str, changes: tuple[tuple[int, int, int], ...], shape: tuple[int, ...]) -> bool:
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise ValueError(f"pad: mode is one of constant, reflect, replicate and circular, got {mode!r}")
    if mode in ("reflect", "circular"):
        for axis, before, after in changes:
            most = shape[axis] - (1 if mode == "reflect" else 0)
            if max(before, after) > most:
                raise ValueError(f"pad: mode {mode!r} adds at most {most} to an axis of size {shape[axis]}, got {max(before, after)}")
    return True


def pad(input: Tensor, pad: tuple[int, ...], mode: str = "constant", value: float | None = None) -> Tensor:
    """``torch.nn.functional.pad``: amounts for the last axis first, (before, after) each; negative ones cut.

    `input`: any dtype, any rank; `mode`: constant (any axes), reflect, replicate or circular. `value` fills in constant mode, 0 by default.
    Built from concatenation. Any device; forward and backward, PyNative and compiled.
    """
    changes = _amounts(input.ndim, tuple(pad))
    _checked(mode, changes, input.shape)
    fill = 0 if value is None else value
    for change in changes:
        axis, before, after = change
        input = _blocks(input, axis, before, after, mode, fill)
    return input
