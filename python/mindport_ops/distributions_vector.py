"""Distributions of vectors, relaxed classes, and distributions made of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from mindspore import Tensor, ops

from .distribution_base import EPSILON, Binary, Classes, Distribution, from_host, half_log_two_pi, host, spread, sum_last, tensor


class Dirichlet(Distribution):
    """``torch.distributions.Dirichlet``; samples are drawn by numpy on the host."""

    parameters = {"concentration": 1}

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        self.concentration = tensor(concentration)
        self.batch_shape = tuple(self.concentration.shape[:-1])
        self.event_shape = tuple(self.concentration.shape[-1:])

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration / self.concentration.sum(-1, keepdims=True)

    @property
    def mode(self) -> Tensor:
        """The most probable point; the corner of the largest concentration when all are below 1."""
        more = ops.relu(self.concentration - 1)
        numbers = ops.arange(0, int(more.shape[-1]))
        corner = (ops.argmax(self.concentration, -1).unsqueeze(-1) == numbers).astype(more.dtype)
        inside = (more.sum(-1, keepdims=True) > 0).astype(more.dtype)
        return inside * more / (more.sum(-1, keepdims=True) + (1 - inside)) + (1 - inside) * corner

    @property
    def variance(self) -> Tensor:
        """The variance."""
        total = self.concentration.sum(-1, keepdims=True)
        return self.concentration * (total - self.concentration) / (total * total * (total + 1))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        drawn = np.random.standard_gamma(host(self.concentration), self._shape(sample_shape))
        return from_host(drawn / drawn.sum(-1, keepdims=True), self.concentration)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        c = self.concentration
        return ops.xlogy(c - 1, value).sum(-1) + ops.lgamma(c.sum(-1)) - ops.lgamma(c).sum(-1)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        c, count = self.concentration, self.concentration.shape[-1]
        total = c.sum(-1)
        return ops.lgamma(c).sum(-1) - ops.lgamma(total) - (count - total) * ops.digamma(total) - ((c - 1) * ops.digamma(c)).sum(-1)


def _transposed(matrix: Tensor) -> Tensor:
    return matrix.swapaxes(-1, -2)


class MultivariateNormal(Distribution):
    """``torch.distributions.MultivariateNormal``: give one of `covariance_matrix`, `precision_matrix` and `scale_tril`.

    Samples of one given by covariance or precision have no gradient for it: MindSpore's Cholesky decomposition has none on the CPU.
    """

    has_rsample = True
    parameters = {"loc": 1, "_covariance": 2, "_precision": 2, "_tril": 2}

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        given = [each for each in (covariance_matrix, precision_matrix, scale_tril) if each is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of covariance_matrix, precision_matrix and scale_tril")
        loc, n = tensor(loc), given[0].shape[-1]
        batch = np.broadcast_shapes(tuple(loc.shape[:-1]), tuple(given[0].shape[:-2]))
        self.loc = spread(loc, batch + (n,))
        matrix = spread(given[0], batch + (n, n))
        self._covariance = matrix if covariance_matrix is not None else None
        self._precision = matrix if precision_matrix is not None else None
        self._tril = matrix if scale_tril is not None else None
        self.batch_shape, self.event_shape = batch, (n,)

    @property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        if self._covariance is not None:
            return self._covariance
        if self._tril is not None:
            return ops.matmul(self._tril, _transposed(self._tril))
        return ops.inverse(self._precision)

    @property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        return self._precision if self._precision is not None else ops.inverse(self.covariance_matrix)

    @property
    def scale_tril(self) -> Tensor:
        """The lower triangular factor of the covariance."""
        return self._tril if self._tril is not None else ops.cholesky(self.covariance_matrix)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        """The most probable point."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance of the components."""
        n = self.event_shape[0]
        return (self.covariance_matrix * ops.eye(n, n, self.loc.dtype)).sum(-1)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        noise = ops.randn(self._shape(sample_shape)).astype(self.loc.dtype)
        return self.loc + ops.matmul(self.scale_tril, noise.unsqueeze(-1)).squeeze(-1)

    def _half_log_det(self) -> Tensor:
        if self._tril is not None:
            n = self.event_shape[0]
            return ops.log((self._tril * ops.eye(n, n, self.loc.dtype)).sum(-1)).sum(-1)
        return 0.5 * ops.logdet(self._covariance) if self._covariance is not None else -0.5 * ops.logdet(self._precision)

    def _distance(self, difference: Tensor) -> Tensor:
        column = difference.unsqueeze(-1)
        if self._tril is not None:
            white = ops.matmul(ops.inverse(self._tril), column).squeeze(-1)
            return (white * white).sum(-1)
        return (column * ops.matmul(self.precision_matrix, column)).sum((-2, -1))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return -0.5 * self._distance(value - self.loc) - self._half_log_det() - half_log_two_pi(self.event_shape[0])

    def entropy(self) -> Tensor:
        """The differential entropy."""
        n = self.event_shape[0]
        return spread(self._half_log_det(), self.batch_shape) + (0.5 * n + half_log_two_pi(n))


class LowRankMultivariateNormal(MultivariateNormal):
    """``torch.distributions.LowRankMultivariateNormal``; densities are computed with the whole covariance matrix."""

    parameters = {"loc": 1, "cov_factor": 2, "cov_diag": 1, "_covariance": 2}

    def __init__(self, loc: Any, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        n = cov_diag.shape[-1]
        diagonal = cov_diag.unsqueeze(-1) * ops.eye(n, n, cov_diag.dtype)
        super().__init__(loc, covariance_matrix=ops.matmul(cov_factor, _transposed(cov_factor)) + diagonal)
        self.cov_factor, self.cov_diag = cov_factor, cov_diag

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        shape, rank = self._shape(sample_shape), int(self.cov_factor.shape[-1])
        low = ops.randn(shape[:-1] + (rank, 1)).astype(self.loc.dtype)
        return self.loc + ops.matmul(self.cov_factor, low).squeeze(-1) + ops.sqrt(self.cov_diag) * ops.randn(shape).astype(self.loc.dtype)


class Independent(Distribution):
    """``torch.distributions.Independent``: the last batch dimensions belong to one event."""

    def __init__(self, base_distribution: Distribution, reinterpreted_batch_ndims: int, validate_args: bool | None = None) -> None:
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = count = reinterpreted_batch_ndims
        batch = tuple(base_distribution.batch_shape)
        self.batch_shape = batch[: len(batch) - count]
        self.event_shape = batch[len(batch) - count :] + tuple(base_distribution.event_shape)
        self.has_rsample = base_distribution.has_rsample

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        """The most probable value."""
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return sum_last(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        """The entropy."""
        return sum_last(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def expand(self, batch_shape: Any) -> "Independent":
        """The same distribution with parameters broadcast to a batch shape."""
        inner = tuple(self.event_shape)[: self.reinterpreted_batch_ndims]
        return Independent(self.base_dist.expand(tuple(batch_shape) + inner), self.reinterpreted_batch_ndims)


class MixtureSameFamily(Distribution):
    """``torch.distributions.MixtureSameFamily``: a Categorical chooses along the last batch dimension of another distribution."""

    def __init__(self, mixture_distribution: Any, component_distribution: Distribution, validate_args: bool | None = None) -> None:
        self.mixture_distribution = mixture_distribution
        self.component_distribution = component_distribution
        self.batch_shape = tuple(component_distribution.batch_shape)[:-1]
        self.event_shape = tuple(component_distribution.event_shape)

    def _weights(self) -> Tensor:
        probs = self.mixture_distribution.probs
        return probs.reshape(tuple(probs.shape) + (1,) * len(self.event_shape))

    def _over_components(self, value: Tensor) -> Tensor:
        return value.sum(-1 - len(self.event_shape))

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._over_components(self._weights() * self.component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        difference = self.component_distribution.mean - self.mean.unsqueeze(-1 - len(self.event_shape))
        return self._over_components(self._weights() * (self.component_distribution.variance + difference * difference))

    def _to_components(self, value: Tensor) -> Tensor:
        return value.unsqueeze(-1 - len(self.event_shape))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        components = self.component_distribution.sample(sample_shape)
        numbers = ops.arange(0, int(self.mixture_distribution.probs.shape[-1]))
        chosen = (self.mixture_distribution.sample(sample_shape).unsqueeze(-1) == numbers).astype(components.dtype)
        return self._over_components(components * chosen.reshape(tuple(chosen.shape) + (1,) * len(self.event_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        mixture = ops.log_softmax(self.mixture_distribution.logits, -1)
        return ops.logsumexp(self.component_distribution.log_prob(self._to_components(value)) + mixture, -1)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return (self.component_distribution.cdf(self._to_components(value)) * self.mixture_distribution.probs).sum(-1)

    def expand(self, batch_shape: Any) -> "MixtureSameFamily":
        """The same distribution with parameters broadcast to a batch shape."""
        shape, count = tuple(batch_shape), tuple(self.component_distribution.batch_shape)[-1:]
        return MixtureSameFamily(self.mixture_distribution.expand(shape), self.component_distribution.expand(shape + count))


def _logistic(uniform: Tensor) -> Tensor:
    return ops.log(uniform) - ops.log1p(-uniform)


class LogitRelaxedBernoulli(Binary):
    """``torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli``."""

    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self.temperature = tensor(temperature)
        self._set_probs(probs, logits)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return (_logistic(self._uniform(sample_shape, self.logits.dtype)) + self.logits) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        difference = self.logits - value * self.temperature
        return ops.log(self.temperature) + difference - 2 * ops.softplus(difference)


class RelaxedBernoulli(LogitRelaxedBernoulli):
    """``torch.distributions.RelaxedBernoulli``."""

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return ops.clamp(ops.sigmoid(super().rsample(sample_shape)), EPSILON, 1 - EPSILON)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        return super().log_prob(_logistic(value)) - ops.log(value) - ops.log1p(-value)


class RelaxedOneHotCategorical(Classes):
    """``torch.distributions.RelaxedOneHotCategorical``."""

    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self.temperature = tensor(temperature)
        self._set_classes(probs, logits)
        self.event_shape = tuple(self.probs.shape[-1:])

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        return ops.softmax((self.logits + self._gumbel(sample_shape)) / self.temperature, -1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        count, logarithm = self.probs.shape[-1], ops.log(value)
        score = ops.log_softmax(self.logits - logarithm * self.temperature, -1)
        return (score - logarithm).sum(-1) + math.lgamma(count) + (count - 1) * ops.log(self.temperature)
