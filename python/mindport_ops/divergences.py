"""Kullback-Leibler divergences of two distributions of one kind, in closed form."""

from __future__ import annotations

import math
from typing import Any, Callable

from mindspore import Tensor, ops

from .distribution_base import EULER, beside, only_where, sum_last
from .distributions_discrete import Bernoulli, Binomial, Categorical, Geometric, OneHotCategorical, Poisson
from .distributions_gamma import Gamma
from .distributions_positive import Exponential, HalfNormal, LogNormal
from .distributions_real import Cauchy, Gumbel, Laplace, Normal, Uniform
from .distributions_unit import Beta
from .distributions_vector import Dirichlet, Independent, MultivariateNormal

_Divergence = Callable[[Any, Any], Tensor]
_DIVERGENCES: dict[tuple[type, type], _Divergence] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[_Divergence], _Divergence]:
    """Decorator: the divergence of a pair of classes; `kl_divergence` takes the nearest pair."""

    def register(function: _Divergence) -> _Divergence:
        _DIVERGENCES[type_p, type_q] = function
        return function

    return register


def kl_divergence(p: Any, q: Any) -> Tensor:
    """``torch.distributions.kl_divergence``.

    Raises NotImplementedError for pairs that are not written.
    """
    for type_p in type(p).__mro__:
        for type_q in type(q).__mro__:
            if (type_p, type_q) in _DIVERGENCES:
                return _DIVERGENCES[type_p, type_q](p, q)
    raise NotImplementedError(f"the divergence of {type(p).__name__} from {type(q).__name__} is not written")


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    loc, scale = beside(q.loc, p.loc), beside(q.scale, p.loc)
    ratio = p.variance / (scale * scale)
    distance = (p.loc - loc) / scale
    return 0.5 * (ratio + distance * distance - 1 - ops.log(ratio))


@register_kl(LogNormal, LogNormal)
def _log_normal(p: LogNormal, q: LogNormal) -> Tensor:
    return _normal(Normal(p.loc, p.scale), Normal(q.loc, q.scale))


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    return _normal(Normal(0.0, p.scale), Normal(0.0, q.scale))


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    return p.probs * (p.logits - q.logits) - ops.softplus(p.logits) + ops.softplus(q.logits)


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Tensor:
    """For the same number of trials."""
    each = p.probs * (p.logits - q.logits) - ops.softplus(p.logits) + ops.softplus(q.logits)
    return only_where(q.total_count >= p.total_count, p.total_count * each, math.inf)


@register_kl(Categorical, Categorical)
@register_kl(OneHotCategorical, OneHotCategorical)
def _classes(p: Any, q: Any) -> Tensor:
    return (p.probs * (p.logits - q.logits)).sum(-1)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    inside = ops.logical_and(q.low <= p.low, q.high >= p.high)
    return only_where(inside, ops.log((q.high - q.low) / (p.high - p.low)), math.inf)


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - ops.log(ratio) - 1


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - ops.log1p(-q.probs) / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (ops.log(p.rate) - ops.log(q.rate)) - (p.rate - q.rate)


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    distance, ratio = ops.abs(p.loc - q.loc), p.scale / q.scale
    return -ops.log(ratio) + distance / q.scale + ratio * ops.exp(-distance / p.scale) - 1


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Gumbel, q: Gumbel) -> Tensor:
    ratio, shift = p.scale / q.scale, q.loc / q.scale - p.loc / q.scale
    return -ops.log(ratio) - shift + ratio * EULER + ops.exp(shift + ops.lgamma(1 + ratio)) - (1 + EULER)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    scales, distance = p.scale + q.scale, p.loc - q.loc
    return ops.log(scales * scales + distance * distance) - ops.log(4 * p.scale * q.scale)


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Tensor:
    constant = q.concentration * ops.log(p.rate / q.rate) + ops.lgamma(q.concentration) - ops.lgamma(p.concentration)
    slope = (p.concentration - q.concentration) * ops.digamma(p.concentration)
    return constant + slope + (q.rate - p.rate) * p.concentration / p.rate


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    constants = ops.lgamma(c) + ops.lgamma(d) + ops.lgamma(a + b) - ops.lgamma(c + d) - ops.lgamma(a) - ops.lgamma(b)
    return constants + (a - c) * ops.digamma(a) + (b - d) * ops.digamma(b) + (c + d - a - b) * ops.digamma(a + b)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    constants = ops.lgamma(total) - ops.lgamma(b.sum(-1)) - (ops.lgamma(a) - ops.lgamma(b)).sum(-1)
    return constants + ((a - b) * (ops.digamma(a) - ops.digamma(total).unsqueeze(-1))).sum(-1)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    trace = (q.precision_matrix * p.covariance_matrix).sum((-2, -1))
    determinants = q._half_log_det() - p._half_log_det()
    return determinants + 0.5 * (trace + q._distance(p.loc - q.loc) - p.event_shape[0])


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("the two must reinterpret as many dimensions")
    return sum_last(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)
