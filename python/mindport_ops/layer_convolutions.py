"""Convolution layers with torch's constructors: any padding and padding mode, parameters weight and bias with torch's initial laws."""

from __future__ import annotations

import math

import mindspore as ms
from mindspore import Parameter, Tensor, nn
from mindspore.common.initializer import Uniform, initializer

from . import functional as F

__all__ = ["Conv1d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "PaddedConv2d"]

Size = int | tuple[int, ...]


def _tuple(value: Size, axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(int(n) for n in value)


def _uniform(shape: tuple[int, ...], fan_in: int) -> Parameter:
    """torch's law for weights and biases of convolutions: uniform within 1 / sqrt(fan in)."""
    return Parameter(initializer(Uniform(1.0 / math.sqrt(fan_in)), shape, ms.float32))


class _Convolution(nn.Cell):
    axes = 0

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ):
        super().__init__()
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(f"padding_mode is one of zeros, reflect, replicate and circular, got {padding_mode!r}")
        self.in_channels, self.out_channels, self.groups, self.padding_mode = in_channels, out_channels, groups, padding_mode
        self.kernel_size, self.stride = _tuple(kernel_size, self.axes), _tuple(stride, self.axes)
        self.dilation = _tuple(dilation, self.axes)
        self.padding = padding if isinstance(padding, str) else _tuple(padding, self.axes)
        shape = (out_channels, in_channels // groups) + self.kernel_size
        fan_in = math.prod(shape[1:])
        self.weight = _uniform(shape, fan_in)
        self.bias = _uniform((out_channels,), fan_in) if bias else None
        self.amounts = self._amounts()

    def _amounts(self) -> tuple[int, ...]:
        if self.padding_mode == "zeros":
            return ()
        if isinstance(self.padding, str):
            totals = [d * (k - 1) if self.padding == "same" else 0 for k, d in zip(self.kernel_size, self.dilation)]
            pairs = [(total // 2, total - total // 2) for total in totals]
        else:
            pairs = [(n, n) for n in self.padding]
        return tuple(amount for pair in reversed(pairs) for amount in pair)

    def _run(self, convolution, x: Tensor) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            x = F.pad(x, self.amounts, mode=self.padding_mode)
            padding = 0
        return convolution(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Convolution):
    """``torch.nn.Conv1d``: (batch, in, length) to (batch, out, length')."""

    axes = 1

    def construct(self, x: Tensor) -> Tensor:
        return self._run(F.conv1d, x)


class PaddedConv2d(_Convolution):
    """``torch.nn.Conv2d`` with padding that differs by axis, is 'same', or is not zeros; see `layers.Conv2d` for the usual ones."""

    axes = 2

    def construct(self, x: Tensor) -> Tensor:
        return self._run(F.conv2d, x)


class Conv3d(_Convolution):
    """``torch.nn.Conv3d``: (batch, in, depth, height, width) to (batch, out, depth', height', width')."""

    axes = 3

    def construct(self, x: Tensor) -> Tensor:
        return self._run(F.conv3d, x)


class _Transposed(nn.Cell):
    axes = 0

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = _tuple(kernel_size, self.axes), _tuple(stride, self.axes)
        self.padding, self.output_padding = _tuple(padding, self.axes), _tuple(output_padding, self.axes)
        self.dilation = _tuple(dilation, self.axes)
        shape = (in_channels, out_channels // groups) + self.kernel_size
        fan_in = math.prod(shape[1:])
        self.weight = _uniform(shape, fan_in)
        self.bias = _uniform((out_channels,), fan_in) if bias else None

    def _run(self, convolution, x: Tensor) -> Tensor:
        return convolution(x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation)


class ConvTranspose1d(_Transposed):
    """``torch.nn.ConvTranspose1d``."""

    axes = 1

    def construct(self, x: Tensor) -> Tensor:
        return self._run(F.conv_transpose1d, x)


class ConvTranspose2d(_Transposed):
    """``torch.nn.ConvTranspose2d``."""

    axes = 2

    def construct(self, x: Tensor) -> Tensor:
        return self._run(F.conv_transpose2d, x)


class ConvTranspose3d(_Transposed):
    """``torch.nn.ConvTranspose3d``."""

    axes = 3

    def construct(self, x: Tensor) -> Tensor:
        return self._run(F.conv_transpose3d, x)
