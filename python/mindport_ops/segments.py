"""Reductions over groups of rows: ``torch_scatter``, and what ``torch_geometric`` builds on it.

The number of groups is ``dim_size``; where it is left out it is read from the index, which needs its values: give it in compiled functions.
Every device; forward and backward, PyNative and compiled.
"""

from __future__ import annotations

import mindspore as ms
from mindspore import Tensor, ops

__all__ = [
    "degree",
    "global_add_pool",
    "global_max_pool",
    "global_mean_pool",
    "scatter",
    "scatter_max",
    "scatter_mean",
    "scatter_min",
    "scatter_sum",
    "softmax",
]


def _groups(index: Tensor, dim_size: int | None) -> int:
    if dim_size is not None:
        return dim_size
    return int(index.max()) + 1 if index.size > 0 else 0


def _rows(src: Tensor, index: Tensor, dim: int, count: int) -> tuple[Tensor, Tensor, int, tuple[int, ...]]:
    """Rows to be grouped along axis 0, the group of each, the number of groups, and the shape of the other axes.

    An index of the shape of `src` becomes one of rows: each of the other axes' positions has groups of its own.
    """
    moved = src.swapaxes(0, dim)
    inner = tuple(moved.shape[1:])
    if index.ndim == 1:
        return moved, index, count, inner
    if tuple(index.shape) != tuple(src.shape):
        index = ops.broadcast_to(index, src.shape)
    width = 1
    for n in inner:
        width *= n
    ids = index.swapaxes(0, dim).reshape(-1, width) * width + ops.arange(width).astype(index.dtype)
    return moved.reshape(-1), ids.reshape(-1), count * width, inner


def _placed(result: Tensor, dim: int, count: int, inner: tuple[int, ...]) -> Tensor:
    return result.reshape((count,) + inner).swapaxes(0, dim)


def scatter_sum(src: Tensor, index: Tensor, dim: int = -1, out: Tensor | None = None, dim_size: int | None = None) -> Tensor:
    """``torch_scatter.scatter_sum``: sums the slices of `src` along `dim` that have the same index; adds to `out` when it is given."""
    count = _groups(index, dim_size if out is None else out.shape[dim])
    rows, ids, groups, inner = _rows(src, index, dim, count)
    result = _placed(ops.unsorted_segment_sum(rows, ids.astype(ms.int32), groups), dim, count, inner)
    return result if out is None else out + result


def _counts(src: Tensor, index: Tensor, dim: int, count: int) -> Tensor:
    if index.ndim == 1:
        ones = ops.unsorted_segment_sum(ops.ones(index.shape, src.dtype), index.astype(ms.int32), count)
        shape = [1] * src.ndim
        shape[dim] = count
        return ones.reshape(tuple(shape))
    return scatter_sum(ops.ones_like(src), index, dim, None, count)


def scatter_mean(src: Tensor, index: Tensor, dim: int = -1, out: Tensor | None = None, dim_size: int | None = None) -> Tensor:
    """``torch_scatter.scatter_mean``: means of the slices with the same index; 0 where there are none."""
    count = _groups(index, dim_size if out is None else out.shape[dim])
    total = scatter_sum(src, index, dim, out, count)
    counts = ops.clamp(_counts(src, index, dim, count), min=1)
    return total / counts if src.is_floating_point() else ops.floor_divide(total, counts)


def _extreme(src: Tensor, index: Tensor, dim: int, dim_size: int | None, largest: bool) -> tuple[Tensor, Tensor]:
    count = _groups(index, dim_size)
    rows, ids, groups, inner = _rows(src, index, dim, count)
    ids = ids.astype(ms.int32)
    length = rows.shape[0]
    reduce = ops.unsorted_segment_max if largest else ops.unsorted_segment_min
    best = reduce(rows, ids, groups)
    ones = ops.unsorted_segment_sum(ops.ones((length,), ms.int32), ids, groups)
    empty = (ones == 0).reshape((groups,) + (1,) * (rows.ndim - 1))
    best = ops.where(empty, ops.zeros_like(best), best)
    along = ops.arange(src.shape[dim]).astype(ms.int32)
    if index.ndim == 1:
        positions = ops.broadcast_to(along.reshape((length,) + (1,) * len(inner)), rows.shape)
    else:
        positions = ops.broadcast_to(along.reshape((-1, 1)), (src.shape[dim], length // max(src.shape[dim], 1))).reshape(-1)
    none = ops.full_like(positions, src.shape[dim])
    here = ops.where(rows == ops.gather(best, ids, 0), positions, none)
    first = ops.unsorted_segment_min(here, ids, groups)
    first = ops.where(empty, ops.full_like(first, src.shape[dim]), first)
    return _placed(best, dim, count, inner), _placed(first, dim, count, inner).astype(ms.int64)


def scatter_max(src: Tensor, index: Tensor, dim: int = -1, dim_size: int | None = None) -> tuple[Tensor, Tensor]:
    """``torch_scatter.scatter_max``: the largest of the slices with the same index and where the first of them is.

    Without any the value is 0 and the place ``src.shape[dim]``, as there. Equal values share the gradient of their group.
    """
    return _extreme(src, index, dim, dim_size, True)


def scatter_min(src: Tensor, index: Tensor, dim: int = -1, dim_size: int | None = None) -> tuple[Tensor, Tensor]:
    """``torch_scatter.scatter_min``; see `scatter_max`."""
    return _extreme(src, index, dim, dim_size, False)


def scatter(src: Tensor, index: Tensor, dim: int = -1, dim_size: int | None = None, reduce: str = "sum") -> Tensor:
    """``torch_scatter.scatter`` and ``torch_geometric.utils.scatter``: `reduce` is sum, add, mean, max or min.

    Raises ValueError for another reduction.
    """
    if reduce in ("sum", "add"):
        return scatter_sum(src, index, dim, None, dim_size)
    if reduce == "mean":
        return scatter_mean(src, index, dim, None, dim_size)
    if reduce == "max":
        return scatter_max(src, index, dim, dim_size)[0]
    if reduce == "min":
        return scatter_min(src, index, dim, dim_size)[0]
    raise ValueError(f"reduce is one of sum, add, mean, max and min, not {reduce!r}")


def softmax(src: Tensor, index: Tensor, num_nodes: int | None = None, dim: int = 0) -> Tensor:
    """``torch_geometric.utils.softmax``: of the rows that have the same index."""
    count = _groups(index, num_nodes)
    largest = ops.stop_gradient(scatter_max(src, index, dim, count)[0])
    powers = ops.exp(src - ops.gather(largest, index, dim))
    total = scatter_sum(powers, index, dim, None, count) + 1e-16
    return powers / ops.gather(total, index, dim)


def degree(index: Tensor, num_nodes: int | None = None, dtype: ms.Type | None = None) -> Tensor:
    """``torch_geometric.utils.degree``: how often each node occurs in a one-dimensional index."""
    ones = ops.ones(index.shape, ms.float32 if dtype is None else dtype)
    return ops.unsorted_segment_sum(ones, index.astype(ms.int32), _groups(index, num_nodes))


def global_add_pool(x: Tensor, batch: Tensor | None, size: int | None = None) -> Tensor:
    """``torch_geometric.nn.global_add_pool``: sums the rows of each graph; of all rows when `batch` is None."""
    return x.sum(0, keepdims=True) if batch is None else scatter_sum(x, batch, 0, None, size)


def global_mean_pool(x: Tensor, batch: Tensor | None, size: int | None = None) -> Tensor:
    """``torch_geometric.nn.global_mean_pool``."""
    return x.mean(0, keep_dims=True) if batch is None else scatter_mean(x, batch, 0, None, size)


def global_max_pool(x: Tensor, batch: Tensor | None, size: int | None = None) -> Tensor:
    """``torch_geometric.nn.global_max_pool``."""
    return x.max(axis=0, keepdims=True) if batch is None else scatter_max(x, batch, 0, size)[0]
