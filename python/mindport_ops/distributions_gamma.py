"""Gamma and its relatives. Samples are drawn by numpy on the host, without gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from mindspore import Tensor, ops

from .distribution_base import Distribution, broadcast, from_host, host, only_where, tensor


class Gamma(Distribution):
    """``torch.distributions.Gamma``."""

    parameters = {"concentration": 0, "rate": 0}

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast(concentration, rate)
        self.batch_shape = tuple(self.rate.shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return ops.relu((self.concentration - 1) / self.rate)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.concentration / (self.rate * self.rate)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        drawn = np.random.standard_gamma(host(self.concentration), self._shape(sample_shape)) / host(self.rate)
        return from_host(np.maximum(drawn, np.finfo(np.float32).tiny), self.rate)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        c, rate = self.concentration, self.rate
        return ops.xlogy(c, rate) + ops.xlogy(c - 1, value) - rate * value - ops.lgamma(c)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        scaled = self.rate * value
        return ops.igamma(self.concentration + ops.zeros_like(scaled), scaled)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        c = self.concentration
        return c - ops.log(self.rate) + ops.lgamma(c) + (1 - c) * ops.digamma(c)


class Chi2(Gamma):
    """``torch.distributions.Chi2``."""

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * tensor(df), 0.5)

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self.concentration * 2


class InverseGamma(Distribution):
    """``torch.distributions.InverseGamma``."""

    parameters = {"concentration": 0, "rate": 0}

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast(concentration, rate)
        self.batch_shape = tuple(self.rate.shape)

    def _inverse(self) -> Gamma:
        return Gamma(self.concentration, self.rate)

    @property
    def mean(self) -> Tensor:
        """The mean; infinity up to concentration 1."""
        c = self.concentration
        return only_where(c > 1, self.rate / (c - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        """The variance; infinity up to concentration 2."""
        c = self.concentration
        return only_where(c > 2, self.rate * self.rate / ((c - 1) * (c - 1) * (c - 2)), math.inf)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        return 1 / self._inverse().sample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return self._inverse().log_prob(1 / value) - 2 * ops.log(value)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        c = self.concentration
        return c + ops.log(self.rate) + ops.lgamma(c) - (1 + c) * ops.digamma(c)


class FisherSnedecor(Distribution):
    """``torch.distributions.FisherSnedecor``."""

    parameters = {"df1": 0, "df2": 0}

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast(df1, df2)
        self.batch_shape = tuple(self.df1.shape)

    @property
    def mean(self) -> Tensor:
        """The mean; not a number up to two degrees of freedom."""
        return only_where(self.df2 > 2, self.df2 / (self.df2 - 2), math.nan)

    @property
    def mode(self) -> Tensor:
        """The most probable value; not a number up to two degrees of freedom."""
        return only_where(self.df1 > 2, (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2), math.nan)

    @property
    def variance(self) -> Tensor:
        """The variance; not a number up to four degrees of freedom."""
        a, b = self.df1, self.df2
        return only_where(b > 4, 2 * b * b * (a + b - 2) / (a * (b - 2) * (b - 2) * (b - 4)), math.nan)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        return from_host(np.random.f(host(self.df1), host(self.df2), self._shape(sample_shape)), self.df1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        a, b, ratio = self.df1 / 2, self.df2 / 2, self.df1 / self.df2
        constant = ops.lgamma(a + b) - ops.lgamma(a) - ops.lgamma(b)
        return constant + a * ops.log(ratio) + (a - 1) * ops.log(value) - (a + b) * ops.log1p(ratio * value)
