"""Layers that pool, pad, resize and reshape, with torch's constructors and defaults."""

from __future__ import annotations

from mindspore import Tensor, nn, ops

from . import functional as F

Size = int | tuple[int, ...]

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "ChannelShuffle",
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "Flatten",
    "Fold",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
    "PixelShuffle",
    "PixelUnshuffle",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "Unflatten",
    "Unfold",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Average(nn.Cell):
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.ceil_mode, self.count_include_pad, self.divisor_override = ceil_mode, count_include_pad, divisor_override


class AvgPool1d(_Average):
    """``torch.nn.AvgPool1d``."""

    def construct(self, x: Tensor) -> Tensor:
        return F.avg_pool1d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AvgPool2d(_Average):
    """``torch.nn.AvgPool2d``."""

    def construct(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(
            x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override
        )


class AvgPool3d(_Average):
    """``torch.nn.AvgPool3d``."""

    def construct(self, x: Tensor) -> Tensor:
        return F.avg_pool3d(
            x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override
        )


class _Maximum(nn.Cell):
    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ):
        super().__init__()
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, stride, padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode


class MaxPool1d(_Maximum):
    """``torch.nn.MaxPool1d``."""

    def construct(self, x: Tensor):
        return F.max_pool1d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class MaxPool2d(_Maximum):
    """``torch.nn.MaxPool2d``."""

    def construct(self, x: Tensor):
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class MaxPool3d(_Maximum):
    """``torch.nn.MaxPool3d``."""

    def construct(self, x: Tensor):
        return F.max_pool3d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices)


class _Unpool(nn.Cell):
    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def construct(self, x: Tensor, indices: Tensor, output_size: tuple[int, ...] | None = None) -> Tensor:
        return F.max_unpool(x, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_Unpool):
    """``torch.nn.MaxUnpool1d``."""


class MaxUnpool2d(_Unpool):
    """``torch.nn.MaxUnpool2d``."""


class MaxUnpool3d(_Unpool):
    """``torch.nn.MaxUnpool3d``."""


class _Adaptive(nn.Cell):
    def __init__(self, output_size: Size):
        super().__init__()
        self.output_size = output_size


class AdaptiveAvgPool1d(_Adaptive):
    """``torch.nn.AdaptiveAvgPool1d``."""

    def construct(self, x: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(x, self.output_size)


class AdaptiveAvgPool2d(_Adaptive):
    """``torch.nn.AdaptiveAvgPool2d``."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.adaptive_avg_pool2d(x, self.output_size)


class AdaptiveAvgPool3d(_Adaptive):
    """``torch.nn.AdaptiveAvgPool3d``."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.adaptive_avg_pool3d(x, self.output_size)


class AdaptiveMaxPool1d(_Adaptive):
    """``torch.nn.AdaptiveMaxPool1d``."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.adaptive_max_pool1d(x, self.output_size)


class AdaptiveMaxPool2d(_Adaptive):
    """``torch.nn.AdaptiveMaxPool2d``."""

    def construct(self, x: Tensor) -> Tensor:
        return ops.adaptive_max_pool2d(x, self.output_size)


class _Padding(nn.Cell):
    axes = 0
    mode = "constant"

    def __init__(self, padding: Size, value: float = 0.0):
        super().__init__()
        self.padding = (padding,) * (2 * self.axes) if isinstance(padding, int) else tuple(padding)
        self.value = value

    def construct(self, x: Tensor) -> Tensor:
        return F.pad(x, self.padding, mode=self.mode, value=self.value)


class ConstantPad1d(_Padding):
    """``torch.nn.ConstantPad1d``; the compiled gradient of MindSpore's is wrong from the second call on."""

    axes = 1

    def __init__(self, padding: Size, value: float):
        super().__init__(padding, value)


class ConstantPad2d(ConstantPad1d):
    """``torch.nn.ConstantPad2d``."""

    axes = 2


class ConstantPad3d(ConstantPad1d):
    """``torch.nn.ConstantPad3d``."""

    axes = 3


class _ModePadding(_Padding):
    def __init__(self, padding: Size):
        super().__init__(padding)


class ZeroPad1d(_ModePadding):
    """``torch.nn.ZeroPad1d``."""

    axes = 1


class ZeroPad2d(_ModePadding):
    """``torch.nn.ZeroPad2d``."""

    axes = 2


class ZeroPad3d(_ModePadding):
    """``torch.nn.ZeroPad3d``."""

    axes = 3


class ReflectionPad1d(_ModePadding):
    """``torch.nn.ReflectionPad1d``."""

    axes, mode = 1, "reflect"


class ReflectionPad2d(_ModePadding):
    """``torch.nn.ReflectionPad2d``."""

    axes, mode = 2, "reflect"


class ReflectionPad3d(_ModePadding):
    """``torch.nn.ReflectionPad3d``."""

    axes, mode = 3, "reflect"


class ReplicationPad1d(_ModePadding):
    """``torch.nn.ReplicationPad1d``."""

    axes, mode = 1, "replicate"


class ReplicationPad2d(_ModePadding):
    """``torch.nn.ReplicationPad2d``."""

    axes, mode = 2, "replicate"


class ReplicationPad3d(_ModePadding):
    """``torch.nn.ReplicationPad3d``."""

    axes, mode = 3, "replicate"


class CircularPad1d(_ModePadding):
    """``torch.nn.CircularPad1d``."""

    axes, mode = 1, "circular"


class CircularPad2d(_ModePadding):
    """``torch.nn.CircularPad2d``."""

    axes, mode = 2, "circular"


class CircularPad3d(_ModePadding):
    """``torch.nn.CircularPad3d``."""

    axes, mode = 3, "circular"


class Upsample(nn.Cell):
    """``torch.nn.Upsample``: all modes, every scale factor."""

    def __init__(
        self,
        size: Size | None = None,
        scale_factor: float | tuple[float, ...] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ):
        super().__init__()
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def construct(self, x: Tensor) -> Tensor:
        return F.interpolate(x, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor)


class UpsamplingNearest2d(Upsample):
    """``torch.nn.UpsamplingNearest2d``."""

    def __init__(self, size: Size | None = None, scale_factor: float | tuple[float, ...] | None = None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """``torch.nn.UpsamplingBilinear2d``: with aligned corners."""

    def __init__(self, size: Size | None = None, scale_factor: float | tuple[float, ...] | None = None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(nn.PixelShuffle):
    """``torch.nn.PixelShuffle``."""


class PixelUnshuffle(nn.PixelUnshuffle):
    """``torch.nn.PixelUnshuffle``."""


class ChannelShuffle(nn.Cell):
    """``torch.nn.ChannelShuffle``; MindSpore's has no gradient."""

    def __init__(self, groups: int):
        super().__init__()
        self.groups = groups

    def construct(self, x: Tensor) -> Tensor:
        return F.channel_shuffle(x, self.groups)


class Flatten(nn.Flatten):
    """``torch.nn.Flatten``."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__(start_dim=start_dim, end_dim=end_dim)


class Unflatten(nn.Cell):
    """``torch.nn.Unflatten``: one axis becomes several; one size may be -1."""

    def __init__(self, dim: int, unflattened_size: tuple[int, ...]):
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def construct(self, x: Tensor) -> Tensor:
        axis = self.dim + x.ndim if self.dim < 0 else self.dim
        return ops.reshape(x, x.shape[:axis] + self.unflattened_size + x.shape[axis + 1 :])


class Unfold(nn.Cell):
    """``torch.nn.Unfold``: (batch, channels * kernel, blocks)."""

    def __init__(self, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1):
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def construct(self, x: Tensor) -> Tensor:
        return ops.unfold(x, self.kernel_size, dilation=self.dilation, padding=self.padding, stride=self.stride)


class Fold(nn.Cell):
    """``torch.nn.Fold``."""

    def __init__(self, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1):
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def construct(self, x: Tensor) -> Tensor:
        return F.fold(x, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
