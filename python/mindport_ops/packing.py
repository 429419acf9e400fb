"""``einops.pack``, ``unpack`` and ``einsum``: patterns of named axes, over the operators of this package.

Patterns are read while the program is traced; shapes must be static. Every device; forward and backward, PyNative and compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

from mindspore import Tensor, ops
from mindspore.ops import constexpr

from .einsum import einsum

__all__ = ["named_einsum", "pack", "unpack"]


@constexpr
def _around_star(pattern: str) -> tuple[int, int]:
    """How many axes a packing pattern names before and after its ``*``."""
    axes = pattern.split()
    if axes.count("*") != 1 or not all(axis == "*" or axis.isidentifier() for axis in axes):
        raise ValueError(f"pattern {pattern!r}: names and exactly one * are expected")
    if len(set(axes)) != len(axes):
        raise ValueError(f"pattern {pattern!r}: an axis is named twice")
    before = axes.index("*")
    return before, len(axes) - before - 1


@constexpr
def _product(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


@constexpr
def _refuse_rank(pattern: str, ndim: int, least: int) -> None:
    if ndim < least:
        raise ValueError(f"pattern {pattern!r} needs at least {least} dimensions, not {ndim}")


def pack(tensors: Sequence[Tensor], pattern: str) -> tuple[Tensor, list[tuple[int, ...]]]:
    """``einops.pack``: joins tensors along the axis ``*``, into which each one's remaining axes are flattened.

    Returns the joined tensor and the shapes of what was flattened, for `unpack`.
    Raises ValueError when the pattern has not exactly one ``*`` or a tensor has too few dimensions.
    """
    before, after = _around_star(pattern)
    flat, shapes = [], []
    for x in tensors:
        shape = tuple(x.shape)
        end = len(shape) - after
        _refuse_rank(pattern, len(shape), before + after)
        shapes.append(shape[before:end])
        flat.append(x.reshape(shape[:before] + (_product(shape[before:end]),) + shape[end:]))
    return ops.cat(flat, axis=before), shapes


@constexpr
def _piece_sizes(shapes: tuple[tuple[int, ...], ...], whole: int) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Sizes of the pieces along the packed axis, and their shapes; one -1 takes what is left."""
    sizes = [-1 if -1 in shape else _product_of(shape) for shape in shapes]
    if sizes.count(-1) > 1:
        raise ValueError("only one of the packed shapes may hold -1")
    known = sum(size for size in sizes if size >= 0)
    full = [tuple(shape) for shape in shapes]
    if -1 in sizes:
        at = sizes.index(-1)
        sizes[at] = whole - known
        others = _product_of(tuple(n for n in shapes[at] if n != -1))
        if sizes[at] < 0 or (others and sizes[at] % others):
            raise ValueError(f"the packed shapes do not fit an axis of size {whole}")
        full[at] = tuple(sizes[at] // others if n == -1 else n for n in shapes[at])
    elif known != whole:
        raise ValueError(f"the packed shapes take {known} elements of an axis of size {whole}")
    return tuple(sizes), tuple(full)


def _product_of(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def unpack(tensor: Tensor, packed_shapes: Sequence[Sequence[int]], pattern: str) -> list[Tensor]:
    """``einops.unpack``: takes apart what `pack` joined; one shape may hold a single -1.

    Raises ValueError when the shapes do not fit the tensor.
    """
    before, after = _around_star(pattern)
    shape = tuple(tensor.shape)
    _refuse_rank(pattern, len(shape), before + after + 1)
    sizes, shapes = _piece_sizes(tuple([tuple(one) for one in packed_shapes]), shape[before])
    pieces, start = [], 0
    for size, inner in zip(sizes, shapes):
        piece = ops.narrow(tensor, before, start, size)
        pieces.append(piece.reshape(shape[:before] + inner + shape[before + 1 :]))
        start += size
    return pieces


@constexpr
def _single_letters(pattern: str) -> str:
    """``'b time d, d out -> b time out'`` as ``'abc,cd->abd'``; ``...`` stays."""
    letters: dict[str, str] = {}
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"pattern {pattern!r}: exactly one -> is expected")

    def written(axis: str) -> str:
        if axis == "...":
            return axis
        if not axis.isidentifier():
            raise ValueError(f"pattern {pattern!r}: {axis!r} is not the name of an axis")
        if axis not in letters and len(letters) == len(ascii_letters):
            raise ValueError(f"pattern {pattern!r}: too many axes")
        return letters.setdefault(axis, ascii_letters[len(letters)])

    groups = [[written(axis) for axis in group.split()] for group in sides[0].split(",")]
    result = [written(axis) for axis in sides[1].split()]
    return ",".join("".join(group) for group in groups) + "->" + "".join(result)


def named_einsum(*tensors_and_pattern) -> Tensor:
    """``einops.einsum(x, y, 'b i, i o -> b o')``: `einsum` with axes of any name; the pattern comes last."""
    pattern = tensors_and_pattern[-1]
    return einsum(_single_letters(pattern), *tensors_and_pattern[:-1])
