"""``torch.distributions``: Normal, Uniform, Bernoulli, Categorical and the divergences between them, by plain operators.

``nn.probability.distribution`` names its methods otherwise and lacks kernels on the CPU. Random streams are not those of PyTorch. Parameters are
tensors or numbers and are broadcast; arguments are not validated. Every device; forward and backward in PyNative. A compiled
function refuses to make the objects of tensors: ``jit_class`` sees to that, gradients would be lost silently otherwise.
"""

from __future__ import annotations

import math
from typing import Any

import mindspore as ms
from mindspore import Tensor, jit_class, ops

__all__ = ["Bernoulli", "Categorical", "Normal", "Uniform", "kl_divergence"]


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(value, ms.float32)


def _pair(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    a, b = _tensor(a), _tensor(b)
    return a + ops.zeros_like(b), b + ops.zeros_like(a)


@jit_class
class Normal:
    """``torch.distributions.Normal``."""

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = _pair(loc, scale)
        self.mean = self.loc
        self.stddev = self.scale
        self.variance = self.scale * self.scale
        self.batch_shape = tuple(self.loc.shape)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.loc + self.scale * ops.randn(tuple(sample_shape) + self.batch_shape).astype(self.loc.dtype)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """A sample without gradients."""
        return ops.stop_gradient(self.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density."""
        standard = (value - self.loc) / self.scale
        return -0.5 * standard * standard - ops.log(self.scale) - 0.5 * math.log(2 * math.pi)

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return 0.5 * (1 + ops.erf((value - self.loc) / (self.scale * math.sqrt(2))))

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + ops.log(self.scale)


@jit_class
class Uniform:
    """``torch.distributions.Uniform``."""

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = _pair(low, high)
        self.mean = (self.low + self.high) / 2
        self.variance = (self.high - self.low) * (self.high - self.low) / 12
        self.stddev = (self.high - self.low) / math.sqrt(12)
        self.batch_shape = tuple(self.low.shape)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """A sample that gradients pass through."""
        return self.low + (self.high - self.low) * ops.rand(tuple(sample_shape) + self.batch_shape).astype(self.low.dtype)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """A sample without gradients."""
        return ops.stop_gradient(self.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density; minus infinity outside of [low, high)."""
        inside = ops.logical_and(value >= self.low, value < self.high)
        density = -ops.log(self.high - self.low) + ops.zeros_like(value)
        return ops.where(inside, density, ops.full_like(density, -math.inf))

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        return ops.clamp((value - self.low) / (self.high - self.low), 0.0, 1.0)

    def entropy(self) -> Tensor:
        """The differential entropy."""
        return ops.log(self.high - self.low)


#: The smallest probability that is told from 0, that of float32 in PyTorch.
_EPSILON = 1.1920928955078125e-07


@jit_class
class Bernoulli:
    """``torch.distributions.Bernoulli``: give `probs` or `logits`."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("give either probs or logits")
        if probs is not None:
            self.probs = _tensor(probs)
            safe = ops.clamp(self.probs, _EPSILON, 1 - _EPSILON)
            self.logits = ops.log(safe) - ops.log1p(-safe)
        else:
            self.logits = _tensor(logits)
            self.probs = ops.sigmoid(self.logits)
        self.mean = self.probs
        self.variance = self.probs * (1 - self.probs)
        self.batch_shape = tuple(self.probs.shape)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """Zeros and ones."""
        drawn = ops.rand(tuple(sample_shape) + self.batch_shape) < self.probs
        return ops.stop_gradient(drawn.astype(self.probs.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of zeros and ones."""
        return value * self.logits - ops.softplus(self.logits)

    def entropy(self) -> Tensor:
        """The entropy."""
        return ops.softplus(self.logits) - self.probs * self.logits


@jit_class
class Categorical:
    """``torch.distributions.Categorical``: give `probs` (scaled to the sum 1) or `logits`, classes last."""

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("give either probs or logits")
        if probs is not None:
            weights = _tensor(probs)
            self.probs = weights / weights.sum(-1, keepdims=True)
            self.logits = ops.log(ops.clamp(self.probs, _EPSILON, 1 - _EPSILON))
        else:
            self.logits = ops.log_softmax(_tensor(logits), -1)
            self.probs = ops.softmax(self.logits, -1)
        self.batch_shape = tuple(self.probs.shape[:-1])

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """Classes, drawn as the place of the largest of ``logits + Gumbel noise``."""
        noise = ops.rand(tuple(sample_shape) + tuple(self.logits.shape))
        gumbel = -ops.log(-ops.log(ops.clamp(noise, 1e-20, 1 - _EPSILON)))
        return ops.stop_gradient(ops.argmax(self.logits + gumbel, -1)).astype(ms.int64)

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of classes."""
        index = value.astype(ms.int64)
        logits = self.logits + ops.zeros(tuple(index.shape) + (1,), self.logits.dtype)
        index = index + ops.zeros(tuple(logits.shape[:-1]), ms.int64)
        return ops.gather_elements(logits, logits.ndim - 1, index.unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """The entropy."""
        return -(self.probs * self.logits).sum(-1)


def kl_divergence(p: Any, q: Any) -> Tensor:
    """``torch.distributions.kl_divergence`` of two distributions of one kind.

    Raises NotImplementedError for other pairs.
    """
    if isinstance(p, Normal) and isinstance(q, Normal):
        ratio = p.variance / q.variance
        distance = (p.loc - q.loc) / q.scale
        return 0.5 * (ratio + distance * distance - 1 - ops.log(ratio))
    if isinstance(p, Bernoulli) and isinstance(q, Bernoulli):
        return p.probs * (p.logits - q.logits) - ops.softplus(p.logits) + ops.softplus(q.logits)
    if isinstance(p, Categorical) and isinstance(q, Categorical):
        return (p.probs * (p.logits - q.logits)).sum(-1)
    if isinstance(p, Uniform) and isinstance(q, Uniform):
        inside = ops.logical_and(q.low <= p.low, q.high >= p.high)
        density = ops.log((q.high - q.low) / (p.high - p.low))
        return ops.where(inside, density, ops.full_like(density, math.inf))
    raise NotImplementedError(f"the divergence of {type(p).__name__} from {type(q).__name__} is not written")
