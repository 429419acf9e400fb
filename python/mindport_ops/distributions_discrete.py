"""Distributions on whole numbers and on classes. What is not a comparison of uniform numbers is drawn by numpy on the host."""

from __future__ import annotations

import math
from typing import Any

import mindspore as ms
import numpy as np
from mindspore import Tensor, ops

from .distribution_base import Binary, Classes, Distribution, from_host, host, spread, tensor


class Bernoulli(Binary):
    """``torch.distributions.Bernoulli``: give `probs` or `logits`."""

    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_probs(probs, logits)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The more probable value; not a number where both are equally probable."""
        larger = (self.probs >= 0.5).astype(self.probs.dtype)
        return ops.where(self.probs == 0.5, ops.full_like(larger, math.nan), larger)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Zeros and ones."""
        drawn = ops.rand(self._shape(sample_shape)) < self.probs
        return ops.stop_gradient(drawn.astype(self.probs.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of zeros and ones."""
        return value * self.logits - ops.softplus(self.logits)

    def entropy(self) -> Tensor:
        """The entropy."""
        return ops.softplus(self.logits) - self.probs * self.logits

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Zero and one."""
        return _numbers(2, self.batch_shape, self.probs.dtype, expand)


class Geometric(Binary):
    """``torch.distributions.Geometric``: failures before the first success."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_probs(probs, logits)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        """Zero."""
        return ops.zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers of failures."""
        drawn = ops.log(self._uniform(sample_shape, self.probs.dtype)) / ops.log1p(-self.probs)
        return ops.stop_gradient(ops.floor(drawn))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        certain = ops.logical_and(self.probs == 1, value == 0)
        probs = ops.where(certain, ops.zeros_like(self.probs), self.probs)
        return value * ops.log1p(-probs) + ops.log(self.probs)

    def entropy(self) -> Tensor:
        """The entropy."""
        return (ops.softplus(self.logits) - self.probs * self.logits) / self.probs


class Poisson(Distribution):
    """``torch.distributions.Poisson``."""

    parameters = {"rate": 0}

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        self.rate = tensor(rate)
        self.batch_shape = tuple(self.rate.shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.rate

    @property
    def mode(self) -> Tensor:
        """The most probable number."""
        return ops.floor(self.rate)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers of events."""
        return from_host(np.random.poisson(host(self.rate), self._shape(sample_shape)), self.rate)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        return ops.xlogy(value, self.rate) - self.rate - ops.lgamma(value + 1)


class Binomial(Binary):
    """``torch.distributions.Binomial``: `total_count` is a number or a tensor."""

    parameters = {"total_count": 0, "probs": 0, "logits": 0}
    has_enumerate_support = True

    def __init__(self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_probs(probs, logits)
        self.total_count = _counts(total_count, self)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        """The most probable number."""
        return ops.minimum(ops.floor((self.total_count + 1) * self.probs), self.total_count)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers of successes."""
        drawn = np.random.binomial(host(self.total_count).astype(np.int64), host(self.probs), self._shape(sample_shape))
        return from_host(drawn, self.probs)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        choices = ops.lgamma(self.total_count + 1) - ops.lgamma(value + 1) - ops.lgamma(self.total_count - value + 1)
        return choices + value * self.logits - self.total_count * ops.softplus(self.logits)

    def entropy(self) -> Tensor:
        """The entropy, when `total_count` is the same everywhere."""
        logarithm = self.log_prob(self.enumerate_support(False))
        return -(ops.exp(logarithm) * logarithm).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """The numbers up to `total_count`."""
        counts = host(self.total_count)
        if counts.min() != counts.max():
            raise NotImplementedError("the values can be listed only when total_count is the same everywhere")
        return _numbers(int(counts.max()) + 1, self.batch_shape, self.probs.dtype, expand)


class NegativeBinomial(Binary):
    """``torch.distributions.NegativeBinomial``: successes before `total_count` failures."""

    parameters = {"total_count": 0, "probs": 0, "logits": 0}

    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_probs(probs, logits)
        self.total_count = _counts(total_count, self)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * ops.exp(self.logits)

    @property
    def mode(self) -> Tensor:
        """The most probable number."""
        return ops.relu(ops.floor((self.total_count - 1) * ops.exp(self.logits)))

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.mean / ops.sigmoid(-self.logits)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Numbers of successes."""
        rate = np.random.standard_gamma(host(self.total_count), self._shape(sample_shape)) * np.exp(host(self.logits))
        return from_host(np.random.poisson(rate), self.probs)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability."""
        outcome = -self.total_count * ops.softplus(self.logits) - value * ops.softplus(-self.logits)
        total = self.total_count + value
        choices = ops.lgamma(total) - ops.lgamma(1 + value) - ops.lgamma(self.total_count)
        return outcome + ops.where(total == 0, ops.zeros_like(choices), choices)


class Categorical(Classes):
    """``torch.distributions.Categorical``: give `probs` (scaled to the sum 1) or `logits`, classes last."""

    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_classes(probs, logits)

    @property
    def mean(self) -> Tensor:
        """Not a number: classes have no mean."""
        return ops.full(self.batch_shape, math.nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Tensor:
        """The most probable class."""
        return ops.argmax(self.probs, -1).astype(ms.int64)

    @property
    def variance(self) -> Tensor:
        """Not a number: classes have no variance."""
        return ops.full(self.batch_shape, math.nan, dtype=self.probs.dtype)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Classes, drawn as the place of the largest of ``logits + Gumbel noise``."""
        return ops.stop_gradient(ops.argmax(self.logits + self._gumbel(sample_shape), -1)).astype(ms.int64)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of classes."""
        index = value.astype(ms.int64)
        logits = self.logits + ops.zeros(tuple(index.shape) + (1,), self.logits.dtype)
        index = index + ops.zeros(tuple(logits.shape[:-1]), ms.int64)
        return ops.gather_elements(logits, logits.ndim - 1, index.unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """The entropy."""
        return self._class_entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All classes."""
        return _numbers(self.probs.shape[-1], self.batch_shape, ms.int64, expand)


class OneHotCategorical(Classes):
    """``torch.distributions.OneHotCategorical``."""

    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_classes(probs, logits)
        self.event_shape = tuple(self.probs.shape[-1:])

    @property
    def mean(self) -> Tensor:
        """The probabilities."""
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The most probable class, one-hot."""
        return self._one_hot(ops.argmax(self.probs, -1))

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.probs * (1 - self.probs)

    def _one_hot(self, classes: Tensor) -> Tensor:
        numbers = ops.arange(0, int(self.probs.shape[-1]))
        return (classes.unsqueeze(-1) == numbers).astype(self.probs.dtype)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Classes, one-hot."""
        return ops.stop_gradient(self._one_hot(ops.argmax(self.logits + self._gumbel(sample_shape), -1)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of one-hot classes."""
        return (self.logits * self._one_hot(ops.argmax(value, -1))).sum(-1)

    def entropy(self) -> Tensor:
        """The entropy."""
        return self._class_entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All classes, one-hot."""
        n = int(self.probs.shape[-1])
        values = ops.eye(n, n, self.probs.dtype).reshape((n,) + (1,) * len(self.batch_shape) + (n,))
        return spread(values, (n,) + tuple(self.batch_shape) + (n,)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """``torch.distributions.OneHotCategoricalStraightThrough``: the gradient of a sample is that of the probabilities."""

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Classes, one-hot, with the gradient of the probabilities."""
        return self.sample(sample_shape) + (self.probs - ops.stop_gradient(self.probs))


class Multinomial(Classes):
    """``torch.distributions.Multinomial``: `total_count` is one number."""

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("total_count must be one number")
        self.total_count = total_count
        self._set_classes(probs, logits)
        self.event_shape = tuple(self.probs.shape[-1:])

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * self.probs

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Counts of the classes."""
        draws = Categorical(logits=self.logits).sample((self.total_count, *tuple(sample_shape)))
        numbers = ops.arange(0, int(self.probs.shape[-1]))
        return ops.stop_gradient((draws.unsqueeze(-1) == numbers).astype(self.probs.dtype).sum(0))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of counts."""
        return ops.lgamma(value.sum(-1) + 1) - ops.lgamma(value + 1).sum(-1) + (value * self.logits).sum(-1)

    def entropy(self) -> Tensor:
        """The entropy."""
        binomial = Binomial(self.total_count, probs=self.probs)
        support = binomial.enumerate_support(False)[1:]
        chances = ops.exp(binomial.log_prob(support)) * ops.lgamma(support + 1)
        return self.total_count * self._class_entropy() - math.lgamma(self.total_count + 1) + chances.sum((0, -1))


def _numbers(count: int, batch_shape: tuple[int, ...], dtype: Any, expand: bool) -> Tensor:
    """0 to `count` - 1 along a new first dimension."""
    values = Tensor(np.arange(count), dtype).reshape((count,) + (1,) * len(batch_shape))
    return spread(values, (count,) + tuple(batch_shape)) if expand else values


def _counts(total_count: Any, of: Binary) -> Tensor:
    """`total_count` in the dtype and shape of the probabilities; where it is the larger shape, the probabilities follow."""
    counts = tensor(total_count).astype(of.probs.dtype)
    shape = np.broadcast_shapes(tuple(counts.shape), tuple(of.probs.shape))
    of.probs, of.logits, of.batch_shape = spread(of.probs, shape), spread(of.logits, shape), shape
    return spread(counts, shape)
