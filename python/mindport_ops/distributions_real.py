"""Distributions on the real line: location and scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from mindspore import Tensor, ops

from .distribution_base import EULER, Distribution, beside, broadcast, from_host, half_log_two_pi, host, only_where


class LocationScale(Distribution):
    """A standard distribution, shifted by `loc` and stretched by `scale`."""

    has_rsample = True
    parameters = {"loc": 0, "scale": 0}

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast(loc, scale)
        self.batch_shape = tuple(self.loc.shape)

    def _standard(self, value: Tensor) -> Tensor:
        return (value - beside(self.loc, value)) / beside(self.scale, value)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.loc

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.icdf(self._uniform(sample_shape, self.loc.dtype))


class Normal(LocationScale):
    """``torch.distributions.Normal``."""

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.scale * self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.loc + self.scale * ops.randn(self._shape(sample_shape)).astype(self.loc.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        standard = self._standard(value)
        return -0.5 * standard * standard - ops.log(beside(self.scale, value)) - half_log_two_pi()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 0.5 * (1 + ops.erf((value - beside(self.loc, value)) / (beside(self.scale, value) * math.sqrt(2))))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return beside(self.loc, value) + beside(self.scale, value) * ops.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return 0.5 + half_log_two_pi() + ops.log(self.scale)


class Uniform(Distribution):
    """``torch.distributions.Uniform``."""

    has_rsample = True
    parameters = {"low": 0, "high": 0}

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast(low, high)
        self.batch_shape = tuple(self.low.shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return (self.low + self.high) / 2

    @property
    def mode(self) -> Tensor:
        """Not a number: no value is more probable than the others."""
        return self.high * math.nan

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (self.high - self.low) * (self.high - self.low) / 12

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return (self.high - self.low) / math.sqrt(12)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.low + (self.high - self.low) * ops.rand(self._shape(sample_shape)).astype(self.low.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density; minus infinity outside of [low, high)."""
        inside = ops.logical_and(value >= self.low, value < self.high)
        return only_where(inside, -ops.log(self.high - self.low) + ops.zeros_like(value), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return ops.clamp((value - self.low) / (self.high - self.low), 0.0, 1.0)

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return ops.log(self.high - self.low)


class Laplace(LocationScale):
    """``torch.distributions.Laplace``."""

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return math.sqrt(2) * self.scale

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return 2 * self.scale * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return -ops.log(2 * self.scale) - ops.abs(value - self.loc) / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        standard = self._standard(value)
        return 0.5 - 0.5 * ops.sign(standard) * ops.expm1(-ops.abs(standard))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        centred = value - 0.5
        return self.loc - self.scale * ops.sign(centred) * ops.log1p(-2 * ops.abs(centred))

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return 1 + ops.log(2 * self.scale)


class Gumbel(LocationScale):
    """``torch.distributions.Gumbel``."""

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc + self.scale * EULER

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (math.pi**2 / 6) * self.scale * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        standard = -self._standard(value)
        return standard - ops.exp(standard) - ops.log(self.scale)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return ops.exp(-ops.exp(-self._standard(value)))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return self.loc - self.scale * ops.log(-ops.log(value))

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return ops.log(self.scale) + (1 + EULER)


class Cauchy(LocationScale):
    """``torch.distributions.Cauchy``: mean and variance do not exist."""

    @property
    def mean(self) -> Tensor:
        """Not a number."""
        return ops.full_like(self.loc, math.nan)

    @property
    def variance(self) -> Tensor:
        """Infinity."""
        return ops.full_like(self.loc, math.inf)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        standard = self._standard(value)
        return -math.log(math.pi) - ops.log(self.scale) - ops.log1p(standard * standard)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return ops.atan(self._standard(value)) / math.pi + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return ops.tan(math.pi * (value - 0.5)) * self.scale + self.loc

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return math.log(4 * math.pi) + ops.log(self.scale)


class StudentT(Distribution):
    """``torch.distributions.StudentT``; samples are drawn by numpy on the host and have gradients for `loc` and `scale` only."""

    has_rsample = True
    parameters = {"df": 0, "loc": 0, "scale": 0}

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast(df, loc, scale)
        self.batch_shape = tuple(self.df.shape)

    @property
    def mean(self) -> Tensor:
        """The mean; not a number up to one degree of freedom."""
        return only_where(self.df > 1, self.loc, math.nan)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance; infinity up to two degrees of freedom, not a number up to one."""
        safe = ops.where(self.df > 2, self.df, ops.full_like(self.df, 3.0))
        finite = only_where(self.df > 2, self.scale * self.scale * safe / (safe - 2), math.inf)
        return only_where(self.df > 1, finite, math.nan)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients of `loc` and `scale` pass through."""
        return self.loc + self.scale * from_host(np.random.standard_t(host(self.df), self._shape(sample_shape)), self.loc)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        standard = (value - self.loc) / self.scale
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        constant = ops.log(self.scale) + 0.5 * ops.log(self.df) + 0.5 * math.log(math.pi) + ops.lgamma(half) - ops.lgamma(more)
        return -more * ops.log1p(standard * standard / self.df) - constant

    def entropy(self) -> Tensor:
        """The differential entropy."""
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        beta = ops.lgamma(half) + math.lgamma(0.5) - ops.lgamma(more)
        return ops.log(self.scale) + more * (ops.digamma(more) - ops.digamma(half)) + 0.5 * ops.log(self.df) + beta


class VonMises(Distribution):
    """``torch.distributions.VonMises``; samples are drawn by numpy on the host."""

    parameters = {"loc": 0, "concentration": 0}

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast(loc, concentration)
        self.batch_shape = tuple(self.loc.shape)

    @property
    def mean(self) -> Tensor:
        """The direction of the mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The most probable angle."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The circular variance."""
        return 1 - ops.bessel_i1e(self.concentration) / ops.bessel_i0e(self.concentration)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Angles in [-pi, pi]."""
        return from_host(np.random.vonmises(host(self.loc), host(self.concentration), self._shape(sample_shape)), self.loc)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        bessel = ops.log(ops.bessel_i0e(self.concentration)) + self.concentration
        return self.concentration * ops.cos(value - self.loc) - math.log(2 * math.pi) - bessel
