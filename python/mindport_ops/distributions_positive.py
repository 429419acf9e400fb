"""Distributions on the positive numbers whose samples are made of uniform or normal ones."""

from __future__ import annotations

import math
from typing import Any

from mindspore import Tensor, ops

from .distribution_base import EULER, Distribution, broadcast, only_where, tensor
from .distributions_real import Cauchy, Normal


class Exponential(Distribution):
    """``torch.distributions.Exponential``."""

    has_rsample = True
    parameters = {"rate": 0}

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        self.rate = tensor(rate)
        self.batch_shape = tuple(self.rate.shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return 1 / self.rate

    @property
    def mode(self) -> Tensor:
        """Zero."""
        return ops.zeros_like(self.rate)

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return 1 / self.rate

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return 1 / (self.rate * self.rate)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return -ops.log(self._uniform(sample_shape, self.rate.dtype)) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return ops.log(self.rate) - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 1 - ops.exp(-self.rate * value)

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return -ops.log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return 1 - ops.log(self.rate)


class HalfNormal(Distribution):
    """``torch.distributions.HalfNormal``."""

    has_rsample = True
    parameters = {"scale": 0}

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self.scale = tensor(scale)
        self.batch_shape = tuple(self.scale.shape)

    def _whole(self) -> Normal:
        return Normal(0.0, self.scale)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> Tensor:
        """Zero."""
        return ops.zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.scale * self.scale * (1 - 2 / math.pi)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return ops.abs(self._whole().rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density; minus infinity below zero."""
        return only_where(value >= 0, self._whole().log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 2 * self._whole().cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return self._whole().icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return self._whole().entropy() - math.log(2)


class HalfCauchy(HalfNormal):
    """``torch.distributions.HalfCauchy``: mean and variance are infinite."""

    def _whole(self) -> Cauchy:
        return Cauchy(0.0, self.scale)

    @property
    def mean(self) -> Tensor:
        """Infinity."""
        return ops.full_like(self.scale, math.inf)

    @property
    def variance(self) -> Tensor:
        """Infinity."""
        return ops.full_like(self.scale, math.inf)


class LogNormal(Distribution):
    """``torch.distributions.LogNormal``."""

    has_rsample = True
    parameters = {"loc": 0, "scale": 0}

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast(loc, scale)
        self.batch_shape = tuple(self.loc.shape)

    def _logarithm(self) -> Normal:
        return Normal(self.loc, self.scale)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return ops.exp(self.loc + self.scale * self.scale / 2)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return ops.exp(self.loc - self.scale * self.scale)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        square = self.scale * self.scale
        return ops.expm1(square) * ops.exp(2 * self.loc + square)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return ops.exp(self._logarithm().rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        logarithm = ops.log(value)
        return self._logarithm().log_prob(logarithm) - logarithm

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return self._logarithm().cdf(ops.log(value))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return ops.exp(self._logarithm().icdf(value))

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return self._logarithm().entropy() + self.loc


class Weibull(Distribution):
    """``torch.distributions.Weibull``."""

    has_rsample = True
    parameters = {"scale": 0, "concentration": 0}

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast(scale, concentration)
        self.batch_shape = tuple(self.scale.shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.scale * ops.exp(ops.lgamma(1 + 1 / self.concentration))

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.scale * ops.pow((self.concentration - 1) / self.concentration, 1 / self.concentration)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        inverse = 1 / self.concentration
        return self.scale * self.scale * (ops.exp(ops.lgamma(1 + 2 * inverse)) - ops.exp(2 * ops.lgamma(1 + inverse)))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.icdf(self._uniform(sample_shape, self.scale.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        k, ratio = self.concentration, value / self.scale
        return ops.log(k / self.scale) + (k - 1) * ops.log(ratio) - ops.pow(ratio, k)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 1 - ops.exp(-ops.pow(value / self.scale, self.concentration))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return self.scale * ops.pow(-ops.log1p(-value), 1 / self.concentration)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return EULER * (1 - 1 / self.concentration) + ops.log(self.scale / self.concentration) + 1


class Pareto(Distribution):
    """``torch.distributions.Pareto``."""

    has_rsample = True
    parameters = {"scale": 0, "alpha": 0}

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast(scale, alpha)
        self.batch_shape = tuple(self.scale.shape)

    @property
    def mean(self) -> Tensor:
        """The mean; infinity up to alpha 1."""
        return only_where(self.alpha > 1, self.alpha * self.scale / (self.alpha - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The variance; infinity up to alpha 2."""
        a = self.alpha
        return only_where(a > 2, self.scale * self.scale * a / ((a - 1) * (a - 1) * (a - 2)), math.inf)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.scale * ops.exp(-ops.log(self._uniform(sample_shape, self.scale.dtype)) / self.alpha)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return ops.log(self.alpha) + self.alpha * ops.log(self.scale) - (self.alpha + 1) * ops.log(value)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 1 - ops.pow(self.scale / value, self.alpha)

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return self.scale * ops.exp(-ops.log1p(-value) / self.alpha)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return ops.log(self.scale / self.alpha) + 1 + 1 / self.alpha


class GeneralizedPareto(Distribution):
    """``torch.distributions.GeneralizedPareto``: exponential where the concentration is zero."""

    has_rsample = True
    parameters = {"loc": 0, "scale": 0, "concentration": 0}

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast(loc, scale, concentration)
        self.batch_shape = tuple(self.loc.shape)

    def _flat(self) -> tuple[Tensor, Tensor]:
        flat = ops.abs(self.concentration) <= 1e-8
        return flat, ops.where(flat, ops.ones_like(self.concentration), self.concentration)

    @property
    def mean(self) -> Tensor:
        """The mean; not a number from concentration 1 on."""
        return only_where(self.concentration < 1, self.loc + self.scale / (1 - self.concentration), math.nan)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance; not a number from concentration 1/2 on."""
        c = self.concentration
        return only_where(c < 0.5, self.scale * self.scale / ((1 - c) * (1 - c) * (1 - 2 * c)), math.nan)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.icdf(self._uniform(sample_shape, self.loc.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        standard, (flat, c) = (value - self.loc) / self.scale, self._flat()
        flat = ops.logical_and(flat, ops.ones_like(standard).astype(flat.dtype))
        return -ops.log(self.scale) - ops.where(flat, standard, (1 + 1 / c) * ops.log1p(c * standard))

    def log_survival_function(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of larger values."""
        standard, (flat, c) = (value - self.loc) / self.scale, self._flat()
        flat = ops.logical_and(flat, ops.ones_like(standard).astype(flat.dtype))
        return -ops.where(flat, standard, ops.log1p(c * standard) / c)

    def log_cdf(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of smaller values."""
        return ops.log1p(-ops.exp(self.log_survival_function(value)))

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 1 - ops.exp(self.log_survival_function(value))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        above, (flat, c) = ops.log1p(-value), self._flat()
        flat = ops.logical_and(flat, ops.ones_like(above).astype(flat.dtype))
        return self.loc + self.scale * ops.where(flat, -above, ops.expm1(-c * above) / c)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return ops.log(self.scale) + self.concentration + 1
