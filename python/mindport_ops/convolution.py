"""Convolutions in torch's words: any padding on any axis, transposed forms with output padding and groups."""

from __future__ import annotations

from mindspore import Tensor, ops
from mindspore.ops import constexpr

from .padding import pad

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "fold"]

Size = int | tuple[int, ...]


@constexpr
def _sizes(value: Size, axes: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * axes
    sizes = tuple(int(n) for n in value)
    if len(sizes) == 1:
        return sizes * axes
    if len(sizes) != axes:
        raise ValueError(f"convolution: {len(sizes)} sizes for {axes} axes")
    return sizes


@constexpr
def _amounts(padding: Size | str, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    """What `pad` takes: last axis first. 'same' puts the odd one behind."""
    axes = len(kernel)
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(f"convolution: padding is a size, 'same' or 'valid', got {padding!r}")
        totals = [d * (k - 1) if padding == "same" else 0 for k, d in zip(kernel, dilation)]
        pairs = [(total // 2, total - total // 2) for total in totals]
    else:
        sizes = (padding,) * axes if isinstance(padding, int) else tuple(padding) * (axes if len(tuple(padding)) == 1 else 1)
        pairs = [(int(n), int(n)) for n in sizes]
    if len(pairs) != axes:
        raise ValueError(f"convolution: {len(pairs)} paddings for {axes} axes")
    return tuple(amount for pair in reversed(pairs) for amount in pair)


def _conv(x: Tensor, weight: Tensor, bias: Tensor | None, stride: Size, padding: Size | str, dilation: Size, groups: int, axes: int) -> Tensor:
    steps = _sizes(dilation, axes)
    x = pad(x, _amounts(padding, weight.shape[2:], steps))
    if axes == 1:
        return ops.conv1d(x, weight, bias=bias, stride=_sizes(stride, 1)[0], dilation=steps[0], groups=groups)
    if axes == 2:
        return ops.conv2d(x, weight, bias=bias, stride=_sizes(stride, 2), dilation=steps, groups=groups)
    return ops.conv3d(x, weight, bias=bias, stride=_sizes(stride, 3), dilation=steps, groups=groups)


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1, groups: int = 1
) -> Tensor:
    """``torch.nn.functional.conv1d``: input (batch, in, length), weight (out, in / groups, kernel); float dtypes."""
    return _conv(input, weight, bias, stride, padding, dilation, groups, 1)


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1, groups: int = 1
) -> Tensor:
    """``torch.nn.functional.conv2d``: input (batch, in, height, width), weight (out, in / groups, kh, kw); float dtypes."""
    return _conv(input, weight, bias, stride, padding, dilation, groups, 2)


def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1, groups: int = 1
) -> Tensor:
    """``torch.nn.functional.conv3d``: input (batch, in, depth, height, width), weight (out, in / groups, kd, kh, kw); float dtypes."""
    return _conv(input, weight, bias, stride, padding, dilation, groups, 3)


def _spread(x: Tensor, axis: int, stride: int) -> Tensor:
    """Puts stride - 1 zeros between neighbours of an axis."""
    if stride == 1:
        return x
    shape = x.shape
    gaps = ops.zeros(shape[: axis + 1] + (stride - 1,) + shape[axis + 1 :], x.dtype)
    wide = ops.cat([ops.expand_dims(x, axis + 1), gaps], axis=axis + 1)
    wide = ops.reshape(wide, shape[:axis] + (shape[axis] * stride,) + shape[axis + 1 :])
    return ops.narrow(wide, axis, 0, shape[axis] * stride - stride + 1)


@constexpr
def _borders(
    kernel: tuple[int, ...], dilation: tuple[int, ...], padding: tuple[int, ...], output_padding: tuple[int, ...]
) -> tuple[int, ...]:
    pairs = [(d * (k - 1) - p, d * (k - 1) - p + o) for k, d, p, o in zip(kernel, dilation, padding, output_padding)]
    return tuple(amount for pair in reversed(pairs) for amount in pair)


@constexpr
def _spatial(axes: int) -> tuple[int, ...]:
    return tuple(range(2, 2 + axes))


def _transposed(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: Size, padding: Size, output_padding: Size, groups: int, dilation: Size, axes: int
) -> Tensor:
    strides, steps = _sizes(stride, axes), _sizes(dilation, axes)
    for index in range(axes):
        x = _spread(x, 2 + index, strides[index])
    x = pad(x, _borders(weight.shape[2:], steps, _sizes(padding, axes), _sizes(output_padding, axes)))
    shape = weight.shape
    weight = ops.flip(weight, _spatial(axes))
    if groups > 1:
        weight = ops.reshape(weight, (groups, shape[0] // groups) + shape[1:])
        weight = ops.reshape(ops.swapaxes(weight, 1, 2), (groups * shape[1], shape[0] // groups) + shape[2:])
    else:
        weight = ops.swapaxes(weight, 0, 1)
    return _conv(x, weight, bias, 1, 0, steps, groups, axes)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """``torch.nn.functional.conv_transpose1d``: weight (in, out / groups, kernel). A convolution of the input spread by zeros."""
    return _transposed(input, weight, bias, stride, padding, output_padding, groups, dilation, 1)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """``torch.nn.functional.conv_transpose2d``: weight (in, out / groups, kh, kw). A convolution of the input spread by zeros."""
    return _transposed(input, weight, bias, stride, padding, output_padding, groups, dilation, 2)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    """``torch.nn.functional.conv_transpose3d``: weight (in, out / groups, kd, kh, kw). A convolution of the input spread by zeros."""
    return _transposed(input, weight, bias, stride, padding, output_padding, groups, dilation, 3)


def fold(input: Tensor, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1) -> Tensor:
    """``torch.nn.functional.fold``: (batch, channels * kh * kw, blocks) to (batch, channels, height, width); overlaps are summed."""
    height, width = _sizes(output_size, 2)
    kernels, steps, strides, pads = _sizes(kernel_size, 2), _sizes(dilation, 2), _sizes(stride, 2), _sizes(padding, 2)
    batch = input.shape[0]
    tall, wide = height + 2 * pads[0], width + 2 * pads[1]
    rows = (tall - steps[0] * (kernels[0] - 1) - 1) // strides[0] + 1
    columns = (wide - steps[1] * (kernels[1] - 1) - 1) // strides[1] + 1
    blocks = ops.reshape(input, (batch, -1, kernels[0], kernels[1], rows, columns))
    result = None
    for i in range(kernels[0]):
        for j in range(kernels[1]):
            part = _spread(_spread(blocks[:, :, i, j], 2, strides[0]), 3, strides[1])
            top, left = i * steps[0], j * steps[1]
            part = pad(part, (left, wide - left - part.shape[3], top, tall - top - part.shape[2]))
            result = part if result is None else result + part
    return result[:, :, pads[0] : tall - pads[0], pads[1] : wide - pads[1]]
