"""Transformations of random variables with the logarithm of their Jacobian's determinant, and distributions transformed by them."""

from __future__ import annotations

import math
from typing import Any, Sequence

from mindspore import Tensor, ops

from .complex_numbers import complex_abs, is_complex_dtype
from .distribution_base import EPSILON, Distribution, beside, sum_last, tensor
from .distributions_real import Normal


class Transform:
    """``torch.distributions.Transform``: called on values; `inv` is its inverse. Nothing is cached."""

    bijective = True
    #: How many last dimensions belong together in what goes in and comes out.
    event_dims = (0, 0)

    def __init__(self, cache_size: int = 0) -> None:
        pass

    def __call__(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _inverse(self, y: Tensor) -> Tensor:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the determinant of the Jacobian at `x`, where `y` is the result."""
        raise NotImplementedError

    @property
    def inv(self) -> "Transform":
        """The inverse."""
        return _Inverse(self)

    @property
    def sign(self) -> Any:
        """1 where it increases, -1 where it decreases."""
        return 1

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """The shape of the result."""
        return tuple(shape)

    def inverse_shape(self, shape: Any) -> tuple[int, ...]:
        """The shape of what gives a result of `shape`."""
        return tuple(shape)


class _Inverse(Transform):
    def __init__(self, transform: Transform) -> None:
        self.transform = transform
        self.event_dims = (transform.event_dims[1], transform.event_dims[0])

    def __call__(self, x: Tensor) -> Tensor:
        return self.transform._inverse(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.transform(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -self.transform.log_abs_det_jacobian(y, x)

    @property
    def inv(self) -> Transform:
        return self.transform

    @property
    def sign(self) -> Any:
        return self.transform.sign

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        return self.transform.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> tuple[int, ...]:
        return self.transform.forward_shape(shape)


class ExpTransform(Transform):
    """``torch.distributions.ExpTransform``."""

    def __call__(self, x: Tensor) -> Tensor:
        return ops.exp(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.log(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the derivative."""
        return x


class PowerTransform(Transform):
    """``torch.distributions.PowerTransform``."""

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        self.exponent = tensor(exponent)

    def __call__(self, x: Tensor) -> Tensor:
        return ops.pow(x, beside(self.exponent, x))

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.pow(y, 1 / beside(self.exponent, y))

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the derivative."""
        return ops.log(ops.abs(beside(self.exponent, y) * y / x))

    @property
    def sign(self) -> Tensor:
        """1 where it increases, -1 where it decreases."""
        return ops.sign(self.exponent)


class SigmoidTransform(Transform):
    """``torch.distributions.SigmoidTransform``."""

    def __call__(self, x: Tensor) -> Tensor:
        return ops.clamp(ops.sigmoid(x), 1.1754943508222875e-38, 1 - EPSILON)

    def _inverse(self, y: Tensor) -> Tensor:
        y = ops.clamp(y, 1.1754943508222875e-38, 1 - EPSILON)
        return ops.log(y) - ops.log1p(-y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the derivative."""
        return -ops.softplus(-x) - ops.softplus(x)


class SoftplusTransform(Transform):
    """``torch.distributions.SoftplusTransform``."""

    def __call__(self, x: Tensor) -> Tensor:
        return ops.softplus(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.log(-ops.expm1(-y)) + y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the derivative."""
        return -ops.softplus(-x)


class TanhTransform(Transform):
    """``torch.distributions.TanhTransform``."""

    def __call__(self, x: Tensor) -> Tensor:
        return ops.tanh(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.atanh(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the derivative."""
        return 2.0 * (math.log(2.0) - x - ops.softplus(-2.0 * x))


class AbsTransform(Transform):
    """``torch.distributions.AbsTransform``: its inverse takes the positive value."""

    bijective = False

    def __call__(self, x: Tensor) -> Tensor:
        return complex_abs(x) if is_complex_dtype(x.dtype) else ops.abs(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return y


class AffineTransform(Transform):
    """``torch.distributions.AffineTransform``."""

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        self.loc, self.scale = tensor(loc), tensor(scale)
        self.event_dims = (event_dim, event_dim)

    def __call__(self, x: Tensor) -> Tensor:
        return beside(self.loc, x) + beside(self.scale, x) * x

    def _inverse(self, y: Tensor) -> Tensor:
        return (y - beside(self.loc, y)) / beside(self.scale, y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the derivative."""
        derivative = ops.log(ops.abs(beside(self.scale, x)))
        return sum_last(derivative + ops.zeros(tuple(x.shape), derivative.dtype), self.event_dims[0])

    @property
    def sign(self) -> Tensor:
        """1 where it increases, -1 where it decreases."""
        return ops.sign(self.scale)


class SoftmaxTransform(Transform):
    """``torch.distributions.SoftmaxTransform``: its inverse takes the logarithm."""

    bijective = False
    event_dims = (1, 1)

    def __call__(self, x: Tensor) -> Tensor:
        return ops.softmax(x, -1)

    def _inverse(self, y: Tensor) -> Tensor:
        return ops.log(y)


class StickBreakingTransform(Transform):
    """``torch.distributions.StickBreakingTransform``: from the space of n numbers to the simplex of n + 1."""

    event_dims = (1, 1)

    def _offset(self, count: int, like: Tensor) -> Tensor:
        return ops.log(ops.arange(count, 0, -1).astype(like.dtype))

    def __call__(self, x: Tensor) -> Tensor:
        part = ops.clamp(ops.sigmoid(x - self._offset(int(x.shape[-1]), x)), 1.1754943508222875e-38, 1 - EPSILON)
        left = ops.cumprod(1 - part, -1)
        one = ops.ones(tuple(x.shape[:-1]) + (1,), x.dtype)
        return ops.cat([part, one], axis=-1) * ops.cat([one, left], axis=-1)

    def _inverse(self, y: Tensor) -> Tensor:
        head = y[..., :-1]
        left = ops.clamp(1 - ops.cumsum(head, -1), 1.1754943508222875e-38, None)
        return ops.log(head) - ops.log(left) + self._offset(int(head.shape[-1]), y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the determinant of the Jacobian."""
        centred = x - self._offset(int(x.shape[-1]), x)
        return (-centred - ops.softplus(-centred) + ops.log(y[..., :-1])).sum(-1)

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """The shape of the result."""
        return tuple(shape)[:-1] + (shape[-1] + 1,)

    def inverse_shape(self, shape: Any) -> tuple[int, ...]:
        """The shape of what gives a result of `shape`."""
        return tuple(shape)[:-1] + (shape[-1] - 1,)


class CumulativeDistributionTransform(Transform):
    """``torch.distributions.CumulativeDistributionTransform``."""

    def __init__(self, distribution: Distribution, cache_size: int = 0) -> None:
        self.distribution = distribution

    def __call__(self, x: Tensor) -> Tensor:
        return self.distribution.cdf(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the derivative."""
        return self.distribution.log_prob(x)


class ReshapeTransform(Transform):
    """``torch.distributions.ReshapeTransform``."""

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        self.in_shape, self.out_shape = tuple(in_shape), tuple(out_shape)
        self.event_dims = (len(self.in_shape), len(self.out_shape))

    def _batch(self, shape: Any, count: int) -> tuple[int, ...]:
        return tuple(shape)[: len(tuple(shape)) - count]

    def __call__(self, x: Tensor) -> Tensor:
        return x.reshape(self.forward_shape(x.shape))

    def _inverse(self, y: Tensor) -> Tensor:
        return y.reshape(self.inverse_shape(y.shape))

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """Zero."""
        return ops.zeros(self._batch(x.shape, len(self.in_shape)), x.dtype)

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """The shape of the result."""
        return self._batch(shape, len(self.in_shape)) + self.out_shape

    def inverse_shape(self, shape: Any) -> tuple[int, ...]:
        """The shape of what gives a result of `shape`."""
        return self._batch(shape, len(self.out_shape)) + self.in_shape


class IndependentTransform(Transform):
    """``torch.distributions.IndependentTransform``: the determinant is summed over more dimensions."""

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        self.base_transform, self.reinterpreted_batch_ndims = base_transform, reinterpreted_batch_ndims
        self.event_dims = tuple(dims + reinterpreted_batch_ndims for dims in base_transform.event_dims)
        self.bijective = base_transform.bijective

    def __call__(self, x: Tensor) -> Tensor:
        return self.base_transform(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.base_transform._inverse(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the determinant of the Jacobian."""
        return sum_last(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)


class ComposeTransform(Transform):
    """``torch.distributions.ComposeTransform``: one after the other."""

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        self.parts = list(parts)
        self.bijective = all(part.bijective for part in self.parts)
        most = max((max(part.event_dims) for part in self.parts), default=0)
        self.event_dims = (most, most)

    def __call__(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Tensor) -> Tensor:
        for part in reversed(self.parts):
            y = part._inverse(y)
        return y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """The logarithm of the determinant of the Jacobian."""
        if not self.parts:
            return ops.zeros_like(x)
        total = 0
        for part in self.parts:
            z = part(x)
            total = total + sum_last(part.log_abs_det_jacobian(x, z), self.event_dims[0] - part.event_dims[0])
            x = z
        return total

    @property
    def sign(self) -> Any:
        """1 where it increases, -1 where it decreases."""
        sign = 1
        for part in self.parts:
            sign = sign * part.sign
        return sign


identity_transform = ComposeTransform([])


class TransformedDistribution(Distribution):
    """``torch.distributions.TransformedDistribution``."""

    def __init__(self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None) -> None:
        self.base_dist = base_distribution
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        shape = tuple(base_distribution.batch_shape) + tuple(base_distribution.event_shape)
        events = len(tuple(base_distribution.event_shape))
        for part in self.transforms:
            shape = part.forward_shape(shape)
            events = max(events - part.event_dims[0], 0) + part.event_dims[1]
        self.batch_shape, self.event_shape = shape[: len(shape) - events], shape[len(shape) - events :]
        self.has_rsample = base_distribution.has_rsample

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return ComposeTransform(self.transforms)(self.base_dist.rsample(sample_shape))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        return ops.stop_gradient(ComposeTransform(self.transforms)(self.base_dist.sample(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        events, total = len(self.event_shape), 0.0
        for part in reversed(self.transforms):
            before = part._inverse(value)
            events = events - part.event_dims[1] + part.event_dims[0]
            total = total - sum_last(part.log_abs_det_jacobian(before, value), events - part.event_dims[0])
            value = before
        return total + sum_last(self.base_dist.log_prob(value), events - len(tuple(self.base_dist.event_shape)))

    def _turned(self, value: Tensor) -> Tensor:
        """Probabilities on the other side, where the transformation decreases."""
        sign = ComposeTransform(self.transforms).sign
        return sign * (value - 0.5) + 0.5

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return self._turned(self.base_dist.cdf(ComposeTransform(self.transforms)._inverse(value)))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return ComposeTransform(self.transforms)(self.base_dist.icdf(self._turned(value)))


class LogisticNormal(TransformedDistribution):
    """``torch.distributions.LogisticNormal``."""

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale), [StickBreakingTransform()])

    @property
    def loc(self) -> Tensor:
        """The location of the normal distribution behind it."""
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """The scale of the normal distribution behind it."""
        return self.base_dist.scale
