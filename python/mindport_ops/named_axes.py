"""``einops.rearrange``, ``reduce`` and ``repeat`` by reshape, transpose and broadcast.

einops does not know MindSpore. A pattern such as ``"b (h p1) (w p2) c -> b h w (p1 p2 c)"`` and the shape of the input are turned into a
plan while the program is traced (Python constants, so this also works inside ``ms.jit``): split the axes, reduce or permute or stretch
them, join them. The language is that of the einops documentation: names, ``1``, ``()``, groups in parentheses, ``...`` (also inside a group
on the right), numbers as anonymous axes in ``repeat`` and ``reduce``. Shapes must be static; every device; forward and backward, PyNative
and compiled.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from mindspore import Tensor, bool_, nn, ops
from mindspore.ops import constexpr

__all__ = ["Rearrange", "Reduce", "rearrange", "reduce", "repeat"]

Shape = tuple[int, ...]
Sizes = tuple[tuple[str, int], ...]
Group = list[str]

_TOKEN = re.compile(r"\s*(\.\.\.|\(|\)|[A-Za-z_][A-Za-z0-9_]*|\d+)")
#: An ellipsis within parentheses.
_JOINED = "(...)"
_REDUCTIONS = ("mean", "sum", "min", "max", "prod", "any", "all")


def _groups(side: str, pattern: str) -> list[Group]:
    """The axes of one side of a pattern: a group of elementary names for each; ``1`` and ``()`` are empty groups."""
    groups: list[Group] = []
    open_group: Group | None = None
    position, end = 0, len(side.rstrip())
    while position < end:
        found = _TOKEN.match(side, position)
        if found is None:
            raise ValueError(f"pattern {pattern!r}: {side[position:].strip()[:1]!r} is not part of the language")
        position, token = found.end(), found.group(1)
        if token == "(":
            if open_group is not None:
                raise ValueError(f"pattern {pattern!r}: parentheses within parentheses")
            open_group = []
        elif token == ")":
            if open_group is None:
                raise ValueError(f"pattern {pattern!r}: a parenthesis too many")
            groups.append(open_group)
            open_group = None
        else:
            names = [] if token == "1" else [token]
            if open_group is None:
                groups.append(names)
            else:
                open_group += [_JOINED if name == "..." else name for name in names]
    if open_group is not None:
        raise ValueError(f"pattern {pattern!r}: a parenthesis is not closed")
    return groups


def _unique(groups: list[Group], pattern: str) -> list[str]:
    names = [name for group in groups for name in group]
    if twice := {name for name in names if names.count(name) > 1 and not name.isdigit()}:
        raise ValueError(f"pattern {pattern!r}: {sorted(twice)[0]!r} twice on one side")
    return names


def _number_anonymous(groups: list[Group], side: str, sizes: dict[str, int]) -> list[Group]:
    """Anonymous axes (numbers) get names of their own and a known size."""
    count = 0
    named: list[Group] = []
    for group in groups:
        inner: Group = []
        for name in group:
            if name.isdigit():
                name, size = f"{side}#{count}", int(name)
                sizes[name] = size
                count += 1
            inner.append(name)
        named.append(inner)
    return named


def _expand(groups: list[Group], hidden: list[str]) -> list[Group]:
    """Puts the dimensions an ellipsis stands for in its place: one axis each, or all joined where it stands in parentheses."""
    expanded: list[Group] = []
    for group in groups:
        if group == ["..."]:
            expanded += [[name] for name in hidden]
        else:
            expanded.append([inner for name in group for inner in (hidden if name == _JOINED else [name])])
    return expanded


def _solve(groups: list[Group], shape: Shape, sizes: dict[str, int], pattern: str) -> None:
    """Finds the size of every elementary axis on the left; at most one of a group may be unknown."""
    for group, length in zip(groups, shape):
        known, unknown = 1, [name for name in group if name not in sizes]
        for name in group:
            known *= sizes.get(name, 1)
        if len(unknown) > 1:
            which = " and ".join(unknown)
            raise ValueError(f"pattern {pattern!r}: the sizes of {which} do not follow from the shape {shape}; give all but one")
        if unknown:
            if known == 0 or length % known:
                raise ValueError(f"pattern {pattern!r}: an axis of size {length} cannot be split by {known}")
            sizes[unknown[0]] = length // known
        elif known != length:
            what = " ".join(group) or "1"
            raise ValueError(f"pattern {pattern!r}: ({what}) has size {known}, the axis has {length}")


def _product(names: Group, sizes: dict[str, int]) -> int:
    product = 1
    for name in names:
        product *= sizes[name]
    return product


@functools.lru_cache(maxsize=1024)
def make_plan(kind: str, pattern: str, shape: Shape, given: Sizes) -> tuple[Any, ...]:
    """(shape split, axes to reduce, permutation, shape with ones, shape stretched, final shape), each None when there is nothing to do.

    `kind`: rearrange, reduce or repeat. Raises ValueError with the pattern for what does not fit.
    """
    left_text, arrow, right_text = pattern.partition("->")
    if not arrow or "->" in right_text:
        raise ValueError(f"pattern {pattern!r}: one '->' is needed")
    sizes = dict(given)
    left, right = _groups(left_text, pattern), _groups(right_text, pattern)
    dotted = [name for group in right for name in group if name in ("...", _JOINED)]
    if any(_JOINED in group for group in left) or (dotted and ["..."] not in left):
        raise ValueError(f"pattern {pattern!r}: '...' stands without parentheses on the left whenever it is on the right")
    numbers = [name for group in [*left, *right] for name in group if name.isdigit()]
    if numbers and kind == "rearrange":
        raise ValueError(f"pattern {pattern!r}: the number {numbers[0]} is only allowed in reduce and repeat")
    left, right = _number_anonymous(left, "left", sizes), _number_anonymous(right, "right", sizes)
    hidden_count = len(shape) - sum(group != ["..."] for group in left)
    if hidden_count < 0 or (hidden_count > 0 and ["..."] not in left):
        raise ValueError(f"pattern {pattern!r}: does not fit an input with {len(shape)} dimensions")
    hidden = [f"...{index}" for index in range(hidden_count)]
    left, right = _expand(left, hidden), _expand(right, hidden)
    have, want = _unique(left, pattern), _unique(right, pattern)
    if unused := [name for name in dict(given) if name not in have and name not in want]:
        raise ValueError(f"pattern {pattern!r}: the axis {unused[0]!r} does not occur")
    _solve(left, shape, sizes, pattern)
    new, gone = [name for name in want if name not in have], [name for name in have if name not in want]
    if gone and kind != "reduce":
        raise ValueError(f"pattern {pattern!r}: {gone[0]!r} is missing on the right (only reduce may leave axes out)")
    if new and kind != "repeat":
        raise ValueError(f"pattern {pattern!r}: {new[0]!r} is missing on the left (only repeat may add axes)")
    if unsized := [name for name in new if name not in sizes]:
        raise ValueError(f"pattern {pattern!r}: the size of {unsized[0]!r} is not given")
    split = tuple(sizes[name] for name in have)
    kept = [name for name in have if name in want]
    order = [name for name in want if name in have]
    permutation = tuple(kept.index(name) for name in order)
    ones = tuple(sizes[name] if name in have else 1 for name in want)
    stretched = tuple(sizes[name] for name in want)
    final = tuple(_product(group, sizes) for group in right)
    return (
        None if split == shape else split,
        tuple(have.index(name) for name in gone) or None,
        None if permutation == tuple(range(len(order))) else permutation,
        ones if new else None,
        stretched if new else None,
        None if final == stretched else final,
    )


@constexpr
def _plan(kind: str, pattern: str, shape: Shape, given: Sizes) -> tuple[Any, ...]:
    return make_plan(kind, pattern, shape, given)


@constexpr
def _check_reduction(reduction: Any) -> bool:
    if reduction not in _REDUCTIONS:
        raise ValueError(f"the reduction is one of {', '.join(_REDUCTIONS)}, not {reduction!r}")
    return True


def _reduce_axes(x: Tensor, reduction: str, axes: Shape) -> Tensor:
    if reduction == "mean":
        return ops.mean(x, axis=axes)
    if reduction == "sum":
        return ops.sum(x, dim=axes)
    if reduction == "max":
        return ops.amax(x, axis=axes)
    if reduction == "min":
        return ops.amin(x, axis=axes)
    if reduction == "any":
        return ops.any(x.astype(bool_), axis=axes)  # of numbers it is wrong on the CPU
    if reduction == "all":
        return ops.all(x, axis=axes)
    for axis in axes[::-1]:
        x = ops.prod(x, axis=axis)
    return x


def _carry_out(x: Tensor, plan: tuple[Any, ...], reduction: str) -> Tensor:
    split, axes, permutation, ones, stretched, final = plan
    if split is not None:
        x = ops.reshape(x, split)
    if axes is not None:
        x = _reduce_axes(x, reduction, axes)
    if permutation is not None:
        x = ops.transpose(x, permutation)
    if ones is not None:
        x = ops.broadcast_to(ops.reshape(x, ones), stretched)
    if final is not None:
        x = ops.reshape(x, final)
    return x


def _stacked(x: Any) -> Tensor:
    if isinstance(x, (tuple, list)):
        return ops.stack(x, axis=0)
    return x


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Tensor:
    """``einops.rearrange``: split, permute and join axes. A list of tensors is stacked to a new first axis. Any dtype."""
    x = _stacked(tensor)
    return _carry_out(x, _plan("rearrange", pattern, x.shape, tuple(axes_lengths.items())), "sum")


def reduce(tensor: Any, pattern: str, reduction: str, **axes_lengths: int) -> Tensor:
    """``einops.reduce`` with mean, sum, max, min, prod (float), any, all (bool). Callables are not supported.

    The gradient of max and min goes in equal shares to all places with the extreme value, as ``torch.amax`` does.
    """
    _check_reduction(reduction)
    x = _stacked(tensor)
    return _carry_out(x, _plan("reduce", pattern, x.shape, tuple(axes_lengths.items())), reduction)


def repeat(tensor: Any, pattern: str, **axes_lengths: int) -> Tensor:
    """``einops.repeat``: like rearrange, with new axes along which the values are repeated."""
    x = _stacked(tensor)
    return _carry_out(x, _plan("repeat", pattern, x.shape, tuple(axes_lengths.items())), "sum")


class Rearrange(nn.Cell):
    """``einops.layers.torch.Rearrange``: rearrange as a layer."""

    def __init__(self, pattern: str, **axes_lengths: int) -> None:
        super().__init__()
        self.pattern = pattern
        self.sizes = tuple(axes_lengths.items())

    def construct(self, x: Tensor) -> Tensor:
        return _carry_out(x, _plan("rearrange", self.pattern, x.shape, self.sizes), "sum")


class Reduce(nn.Cell):
    """``einops.layers.torch.Reduce``: reduce as a layer."""

    def __init__(self, pattern: str, reduction: str, **axes_lengths: int) -> None:
        super().__init__()
        _check_reduction(reduction)
        self.pattern = pattern
        self.reduction = reduction
        self.sizes = tuple(axes_lengths.items())

    def construct(self, x: Tensor) -> Tensor:
        return _carry_out(x, _plan("reduce", self.pattern, x.shape, self.sizes), self.reduction)
