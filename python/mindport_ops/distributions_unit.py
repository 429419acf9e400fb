"""Distributions on the unit interval. Samples of Beta are drawn by numpy on the host, without gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from mindspore import Tensor, ops

from .distribution_base import EPSILON, EULER, Binary, Distribution, broadcast, from_host, host


class Beta(Distribution):
    """``torch.distributions.Beta``."""

    parameters = {"concentration1": 0, "concentration0": 0}

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        first, second = broadcast(concentration1, concentration0)
        dtype = (first + second).dtype  # PyTorch keeps both in one tensor
        self.concentration1, self.concentration0 = first.astype(dtype), second.astype(dtype)
        self.batch_shape = tuple(first.shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        first, second = ops.relu(self.concentration1 - 1), ops.relu(self.concentration0 - 1)
        both_below = ops.logical_and(self.concentration1 < 1, self.concentration0 < 1)
        end = (self.concentration1 >= self.concentration0).astype(first.dtype)
        return ops.where(both_below, end, first / (first + second))

    @property
    def variance(self) -> Tensor:
        """The variance."""
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total * total * (total + 1))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        return from_host(np.random.beta(host(self.concentration1), host(self.concentration0), self._shape(sample_shape)), self.concentration1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        a, b = self.concentration1, self.concentration0
        return ops.xlogy(a - 1, value) + ops.xlogy(b - 1, 1 - value) + ops.lgamma(a + b) - ops.lgamma(a) - ops.lgamma(b)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        a, b = self.concentration1, self.concentration0
        total = a + b
        beta = ops.lgamma(a) + ops.lgamma(b) - ops.lgamma(total)
        return beta - (a - 1) * ops.digamma(a) - (b - 1) * ops.digamma(b) + (total - 2) * ops.digamma(total)


class Kumaraswamy(Distribution):
    """``torch.distributions.Kumaraswamy``."""

    has_rsample = True
    parameters = {"concentration1": 0, "concentration0": 0}

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast(concentration1, concentration0)
        self.batch_shape = tuple(self.concentration1.shape)

    def _moment(self, n: int) -> Tensor:
        first = 1 + n / self.concentration1
        beta = ops.lgamma(first) + ops.lgamma(self.concentration0) - ops.lgamma(first + self.concentration0)
        return self.concentration0 * ops.exp(beta)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._moment(1)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self._moment(2) - self._moment(1) ** 2

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.icdf(self._uniform(sample_shape, self.concentration1.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        a, b = self.concentration1, self.concentration0
        return ops.log(a) + ops.log(b) + (a - 1) * ops.log(value) + (b - 1) * ops.log1p(-ops.pow(value, a))

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 1 - ops.pow(1 - ops.pow(value, self.concentration1), self.concentration0)

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        return ops.pow(1 - ops.pow(1 - value, 1 / self.concentration0), 1 / self.concentration1)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        a, b = self.concentration1, self.concentration0
        return (1 - 1 / b) + (1 - 1 / a) * (ops.digamma(b + 1) + EULER) - ops.log(a) - ops.log(b)


class ContinuousBernoulli(Binary):
    """``torch.distributions.ContinuousBernoulli``: between `lims` the formulas are replaced by their series around 1/2."""

    has_rsample = True

    def __init__(self, probs: Any = None, logits: Any = None, lims: tuple[float, float] = (0.499, 0.501), validate_args: bool | None = None) -> None:
        self._set_probs(probs, logits)
        if probs is not None:
            self.probs = ops.clamp(self.probs, EPSILON, 1 - EPSILON)
        self.lims = lims

    def _outside(self) -> Tensor:
        return ops.logical_or(self.probs <= self.lims[0], self.probs > self.lims[1])

    def _cut(self) -> Tensor:
        return ops.where(self._outside(), self.probs, ops.full_like(self.probs, self.lims[0]))

    def _log_norm(self) -> Tensor:
        cut = self._cut()
        below = ops.where(cut <= 0.5, cut, ops.zeros_like(cut))
        above = ops.where(cut >= 0.5, cut, ops.ones_like(cut))
        exact = ops.log(ops.abs(ops.log1p(-cut) - ops.log(cut))) - ops.where(cut <= 0.5, ops.log1p(-2 * below), ops.log(2 * above - 1))
        x = (self.probs - 0.5) * (self.probs - 0.5)
        return ops.where(self._outside(), exact, math.log(2) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        cut, x = self._cut(), self.probs - 0.5
        exact = cut / (2 * cut - 1) + 1 / (ops.log1p(-cut) - ops.log(cut))
        return ops.where(self._outside(), exact, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x * x) * x)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        cut, x = self._cut(), (self.probs - 0.5) * (self.probs - 0.5)
        slope, odds = 1 - 2 * cut, ops.log1p(-cut) - ops.log(cut)
        exact = cut * (cut - 1) / (slope * slope) + 1 / (odds * odds)
        return ops.where(self._outside(), exact, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.icdf(self._uniform(sample_shape, self.probs.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return value * self.logits - ops.softplus(self.logits) + self._log_norm()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        cut = self._cut()
        exact = (ops.pow(cut, value) * ops.pow(1 - cut, 1 - value) + cut - 1) / (2 * cut - 1)
        unbounded = ops.where(self._outside(), exact, value)
        return ops.where(value <= 0, ops.zeros_like(unbounded), ops.where(value >= 1, ops.ones_like(unbounded), unbounded))

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        cut = self._cut()
        exact = (ops.log1p(-cut + value * (2 * cut - 1)) - ops.log1p(-cut)) / (ops.log(cut) - ops.log1p(-cut))
        return ops.where(self._outside(), exact, value)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        against = ops.log1p(-self.probs)
        return self.mean * (against - ops.log(self.probs)) - self._log_norm() - against
