"""Pooling in torch's words: the stride is the kernel size unless given (1 in MindSpore), kernels of one axis, sizes that do not divide."""

from __future__ import annotations

import numpy as np
from mindspore import Tensor, ops
from mindspore.ops import constexpr

__all__ = [
    "adaptive_avg_pool1d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "channel_shuffle",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool",
]

Size = int | tuple[int, ...]


@constexpr
def _sizes(value: Size | None, axes: int, otherwise: Size | None = None) -> tuple[int, ...]:
    chosen = otherwise if value is None or value == () else value
    if isinstance(chosen, int):
        return (chosen,) * axes
    sizes = tuple(int(n) for n in chosen)
    if len(sizes) == 1:
        return sizes * axes
    if len(sizes) != axes:
        raise ValueError(f"pooling: {len(sizes)} sizes for {axes} axes")
    return sizes


@constexpr
def _coverage(size: int, kernel: int, stride: int, padding: int, ceil_mode: bool, include: bool) -> tuple[Tensor, Tensor]:
    """The matrix (size, windows) of sums over one axis, and by how many elements each window's mean divides."""
    span = size + 2 * padding - kernel
    count = (-(-span // stride) if ceil_mode else span // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    matrix, divisors = np.zeros((size, count), np.float32), np.zeros(count, np.float32)
    for i in range(count):
        first = i * stride - padding
        last = min(first + kernel, size + padding)
        inside = max(first, 0), min(last, size)
        matrix[inside[0] : inside[1], i] = 1.0
        divisors[i] = last - first if include else inside[1] - inside[0]
    return Tensor(matrix), Tensor(divisors)


def _avg_pool(
    x: Tensor, axes: int, kernel_size: Size, stride: Size | None, padding: Size, ceil: bool, include: bool, divisor: int | None
) -> Tensor:
    kernels, pads = _sizes(kernel_size, axes), _sizes(padding, axes)
    strides = _sizes(stride, axes, kernel_size)
    for index in range(axes):
        axis = x.ndim - axes + index
        matrix, divisors = _coverage(x.shape[axis], kernels[index], strides[index], pads[index], ceil, include)
        moved = ops.matmul(ops.swapaxes(x, axis, -1), ops.cast(matrix, x.dtype))
        if divisor is None:
            moved = moved / ops.cast(divisors, x.dtype)
        x = ops.swapaxes(moved, axis, -1)
    return x if divisor is None else x / divisor


def avg_pool1d(
    input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False, count_include_pad: bool = True
) -> Tensor:
    """``torch.nn.functional.avg_pool1d`` of (..., length), float dtypes: a product with a matrix of window means."""
    return _avg_pool(input, 1, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """``torch.nn.functional.avg_pool2d`` of (..., height, width), float dtypes; any device, forward and backward, PyNative and compiled."""
    return _avg_pool(input, 2, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """``torch.nn.functional.avg_pool3d`` of (..., depth, height, width), float dtypes."""
    return _avg_pool(input, 3, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@constexpr
def _adaptive(size: int, count: int) -> Tensor:
    matrix = np.zeros((size, count), np.float32)
    for i in range(count):
        first, last = (i * size) // count, -((-(i + 1) * size) // count)
        matrix[first:last, i] = 1.0 / (last - first)
    return Tensor(matrix)


def adaptive_avg_pool1d(input: Tensor, output_size: Size) -> Tensor:
    """``torch.nn.functional.adaptive_avg_pool1d`` of (..., length), any output size; float dtypes."""
    count = _sizes(output_size, 1)[0]
    return ops.matmul(input, ops.cast(_adaptive(input.shape[-1], count), input.dtype))


def max_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """``torch.nn.functional.max_pool1d`` of (batch, channels, length): the two-dimensional operator on a height of one."""
    kernel, step = _sizes(kernel_size, 1)[0], _sizes(stride, 1, kernel_size)[0]
    values, indices = ops.max_pool2d(
        ops.expand_dims(input, -2),
        (1, kernel),
        stride=(1, step),
        padding=(0, _sizes(padding, 1)[0]),
        dilation=(1, _sizes(dilation, 1)[0]),
        return_indices=True,
        ceil_mode=ceil_mode,
    )
    values, indices = ops.squeeze(values, -2), ops.squeeze(indices, -2)
    return (values, indices) if return_indices else values


def max_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """``torch.nn.functional.max_pool2d`` of (batch, channels, height, width)."""
    return ops.max_pool2d(
        input, kernel_size, stride=stride, padding=padding, dilation=dilation, return_indices=return_indices, ceil_mode=ceil_mode
    )


def max_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """``torch.nn.functional.max_pool3d`` of (batch, channels, depth, height, width)."""
    return ops.max_pool3d(
        input, kernel_size, stride=stride, padding=padding, dilation=dilation, return_indices=return_indices, ceil_mode=ceil_mode
    )


@constexpr
def _unpooled(shape: tuple[int, ...], axes: int, kernels: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]) -> tuple[int, ...]:
    return tuple((n - 1) * s - 2 * p + k for n, k, s, p in zip(shape[-axes:], kernels, strides, pads))


@constexpr
def _product(sizes: tuple[int, ...]) -> int:
    return int(np.prod(sizes))


def max_unpool(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0, output_size: tuple[int, ...] | None = None
) -> Tensor:
    """``torch.nn.functional.max_unpool1d`` to ``max_unpool3d`` of (batch, channels, ...): values go back to their flat places, zeros elsewhere."""
    axes = input.ndim - 2
    kernels = _sizes(kernel_size, axes)
    sizes = _unpooled(input.shape, axes, kernels, _sizes(stride, axes, kernel_size), _sizes(padding, axes))
    if output_size is not None:
        sizes = tuple(output_size)[-axes:]
    total = _product(sizes)
    lead = input.shape[:2]
    flat = ops.tensor_scatter_elements(
        ops.zeros((lead[0] * lead[1], total), input.dtype),
        ops.reshape(indices, (lead[0] * lead[1], -1)),
        ops.reshape(input, (lead[0] * lead[1], -1)),
        axis=1,
    )
    return ops.reshape(flat, lead + sizes)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """``torch.nn.functional.channel_shuffle`` of (batch, channels, ...), any dtype; MindSpore's own has no gradient."""
    shape = input.shape
    split = ops.reshape(input, (shape[0], groups, shape[1] // groups) + shape[2:])
    return ops.reshape(ops.swapaxes(split, 1, 2), shape)
