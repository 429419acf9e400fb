"""``torch.einsum`` by permute, reshape and matrix products.

MindSpore has no einsum kernel for the CPU and none for complex numbers. Here the equation and the shapes are turned into a plan while the
program is traced (Python constants, so this also works inside ``ms.jit``), and the plan is carried out with operators every device has,
each with a gradient: operands are contracted pairwise from the left; of each pair, dimensions that only one has and nobody wants are summed
first, dimensions both have and somebody wants become the batch of a ``bmm``, dimensions both have and nobody wants its inner dimension.
(The algorithm is the usual reduction of a tensor contraction to a batched matrix product.)
"""

from __future__ import annotations

import functools
from typing import Any

from mindspore import Tensor, ops
from mindspore.ops import constexpr

from .complex_numbers import complex_from_parts, is_complex_dtype

__all__ = ["einsum"]

Shape = tuple[int, ...]
Labels = tuple[str, ...]


def _labels_of(part: str, rank: int | None, equation: str) -> list[str]:
    """The labels of one operand; the dimensions of an ellipsis are numbered from the right: '.0' is its last."""
    if part.count(".") not in (0, 3) or (("." in part) != ("..." in part)):
        raise ValueError(f"einsum {equation!r}: '.' is only allowed as one '...' in each operand")
    before, dots, after = part.partition("...")
    if not all(label.isalpha() and label.isascii() for label in before + after):
        raise ValueError(f"einsum {equation!r}: labels are letters, got {part!r}")
    if rank is None:
        return [*before, *(["..."] if dots else []), *after]
    hidden = rank - len(before) - len(after)
    if hidden < 0 or (hidden > 0 and not dots):
        raise ValueError(f"einsum {equation!r}: {part!r} does not fit an operand with {rank} dimensions")
    return [*before, *(f".{index}" for index in reversed(range(hidden))), *after]


def parse(equation: str, shapes: tuple[Shape, ...]) -> tuple[list[Labels], Labels]:
    """The labels of every operand and of the result. Raises ValueError for what is not supported, naming it."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(shapes):
        raise ValueError(f"einsum {equation!r}: {len(parts)} operands in the equation, {len(shapes)} given")
    operands = [tuple(_labels_of(part, len(shape), equation)) for part, shape in zip(parts, shapes)]
    for labels, part in zip(operands, parts):
        if len(set(labels)) != len(labels):
            raise ValueError(f"einsum {equation!r}: a label twice in one operand ({part!r}, a diagonal or trace) is not supported")
    every = [label for labels in operands for label in labels]
    dots = sorted({label for label in every if label.startswith(".")}, key=lambda label: -int(label[1:]))
    if arrow:
        result: list[str] = []
        for label in _labels_of(right, None, equation):
            result += dots if label == "..." else [label]
    else:
        result = dots + sorted({label for label in every if not label.startswith(".") and every.count(label) == 1})
    if len(set(result)) != len(result):
        raise ValueError(f"einsum {equation!r}: a label twice in the result")
    if unknown := [label for label in result if label not in every]:
        raise ValueError(f"einsum {equation!r}: the result names {unknown[0]!r}, which no operand has")
    return operands, tuple(result)


class _Operand:
    """Labels and sizes of an operand or intermediate while the plan is made."""

    def __init__(self, labels: Labels, sizes: Shape) -> None:
        self.labels, self.sizes = list(labels), dict(zip(labels, sizes))

    def drop(self, unwanted: list[str]) -> None:
        self.labels = [label for label in self.labels if label not in unwanted]

    def shape(self, labels: list[str]) -> Shape:
        return tuple(self.sizes[label] for label in labels)

    def axes(self, labels: list[str]) -> Shape:
        return tuple(self.labels.index(label) for label in labels)


def _product(numbers: Shape) -> int:
    product = 1
    for number in numbers:
        product *= number
    return product


def _check_sizes(equation: str, operands: list[_Operand]) -> None:
    sizes: dict[str, int] = {}
    for operand in operands:
        for label, size in operand.sizes.items():
            known = sizes.get(label, 1)
            if known != 1 and size not in (1, known):
                raise ValueError(f"einsum {equation!r}: dimension {label!r} is {known} in one operand and {size} in another")
            sizes[label] = max(known, size) if known != 1 else size


@functools.lru_cache(maxsize=1024)
def make_plan(equation: str, shapes: tuple[Shape, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The whole plan: one step for each further operand, and the last step.

    Every preparation is (axes to sum, permutation, shape), each None when there is nothing to do. A step is (preparation of the left one,
    preparation of the right one, 'bmm' or 'mul', shape after); the last step is a preparation.
    """
    labels, result = parse(equation, shapes)
    operands = [_Operand(names, shape) for names, shape in zip(labels, shapes)]
    _check_sizes(equation, operands)
    steps: list[Any] = []
    left = operands[0]
    for index, right in enumerate(operands[1:], start=1):
        wanted = set(result).union(*(operand.labels for operand in operands[index + 1 :]))
        step, left = _pair(left, right, wanted)
        steps.append(step)
    keep = [label for label in result if label in left.labels]
    return tuple(steps), _prepare(left, keep, left.shape(keep))


def _prepare(operand: _Operand, order: list[str], shape: Shape) -> tuple[Shape | None, Shape | None, Shape | None]:
    """Sums away what `order` does not name, permutes to it, reshapes."""
    gone = [label for label in operand.labels if label not in order]
    axes = operand.axes(gone)
    operand.drop(gone)
    permutation = operand.axes(order)
    plain = operand.shape(order)
    return axes or None, None if permutation == tuple(range(len(order))) else permutation, None if shape == plain else shape


def _pair(left: _Operand, right: _Operand, wanted: set[str]) -> tuple[Any, _Operand]:
    # A size of 1 against a larger one broadcasts: leaving the dimension out of the smaller operand says the same.
    def stretched(a: _Operand, b: _Operand) -> list[str]:
        return [label for label in a.labels if label in b.labels and a.sizes[label] == 1 and b.sizes[label] != 1]

    drop_left, drop_right = stretched(left, right), stretched(right, left)
    kept_left = [label for label in left.labels if label not in drop_left and (label in wanted or label in right.labels)]
    kept_right = [label for label in right.labels if label not in drop_right and (label in wanted or label in left.labels)]
    # what was shared only with a dropped size-1 dimension and is wanted by nobody is summed on its own side
    kept_left = [label for label in kept_left if label in wanted or label in kept_right]
    kept_right = [label for label in kept_right if label in wanted or label in kept_left]
    batch = [label for label in kept_left if label in kept_right and label in wanted]
    inner = [label for label in kept_left if label in kept_right and label not in wanted]
    only_left = [label for label in kept_left if label not in kept_right]
    only_right = [label for label in kept_right if label not in kept_left]
    b, m, k, n = (_product(side.shape(part)) for side, part in ((left, batch), (left, only_left), (left, inner), (right, only_right)))
    after = _Operand(tuple(batch + only_left + only_right), left.shape(batch + only_left) + right.shape(only_right))
    if inner:
        prepared = (_prepare(left, batch + only_left + inner, (b, m, k)), _prepare(right, batch + inner + only_right, (b, k, n)), "bmm")
    else:
        ones_left, ones_right = (1,) * len(only_right), (1,) * len(only_left)
        prepared = (
            _prepare(left, batch + only_left, left.shape(batch + only_left) + ones_left),
            _prepare(right, batch + only_right, right.shape(batch) + ones_right + right.shape(only_right)),
            "mul",
        )
    return (*prepared, after.shape(after.labels)), after


@constexpr
def _plan(equation: str, shapes: tuple[Shape, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    return make_plan(equation, shapes)


def _apply(x: Tensor, preparation: tuple[Any, ...]) -> Tensor:
    axes, permutation, shape = preparation
    if axes is not None:
        x = ops.sum(x, dim=axes)
    if permutation is not None:
        x = ops.transpose(x, permutation)
    if shape is not None:
        x = ops.reshape(x, shape)
    return x


def _contract(left: Tensor, right: Tensor, kind: str) -> Tensor:
    if kind == "bmm":
        return ops.bmm(left, right)
    return left * right


def _contract_any(left: Tensor, right: Tensor, kind: str) -> Tensor:
    """A contraction of real or complex operands; complex ones by their parts."""
    if not is_complex_dtype(left.dtype) and not is_complex_dtype(right.dtype):
        return _contract(left, right, kind)
    if not is_complex_dtype(left.dtype):
        return complex_from_parts(_contract(left, ops.real(right), kind), _contract(left, ops.imag(right), kind))
    if not is_complex_dtype(right.dtype):
        return complex_from_parts(_contract(ops.real(left), right, kind), _contract(ops.imag(left), right, kind))
    a, b, c, d = ops.real(left), ops.imag(left), ops.real(right), ops.imag(right)
    return complex_from_parts(_contract(a, c, kind) - _contract(b, d, kind), _contract(a, d, kind) + _contract(b, c, kind))


def einsum(equation: str, *operands: Tensor) -> Tensor:
    """``torch.einsum(equation, *operands)`` for one or more float tensors (complex: complex64 and complex128, alone or mixed with real).

    Supported: explicit and implicit results, spaces, ``...`` in any operand (broadcast from the right), dimensions of size 1 that
    broadcast, summing out, batch dimensions, outer products, any number of operands (contracted from the left). Not supported, with an
    error that says so: a label twice in one operand (diagonals, traces), the form with index lists. Shapes must be static. Every device
    with bmm; forward and backward, PyNative and compiled.
    """
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    shapes = ()
    for operand in operands:
        shapes = shapes + (operand.shape,)
    steps, last = _plan(equation, shapes)
    x = operands[0]
    for index, step in enumerate(steps):
        prepared_left, prepared_right, kind, shape = step
        x = _contract_any(_apply(x, prepared_left), _apply(operands[index + 1], prepared_right), kind)
        x = ops.reshape(x, shape)
    return _apply(x, last)
