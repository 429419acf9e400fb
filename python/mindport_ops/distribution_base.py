"""What the distributions of ``mindport_ops.distributions`` share: shapes, sampling without gradients, what follows from mean and variance."""

from __future__ import annotations

import math
from typing import Any

import mindspore as ms
import numpy as np
from mindspore import Tensor, jit_class, ops
from mindspore.ops import constexpr

#: The smallest probability that is told from 0, that of float32 in PyTorch.
EPSILON = 1.1920928955078125e-07
EULER = 0.5772156649015329
_FLOATS = (ms.float16, ms.bfloat16, ms.float32, ms.float64)


@constexpr
def _is_half(dtype: ms.Type) -> bool:
    return dtype in (ms.float16, ms.bfloat16)


def tensor(value: Any) -> Tensor:
    """A tensor as it is, a number as float32."""
    return value if isinstance(value, Tensor) else Tensor(value, ms.float32)


def spread(value: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`value` broadcast to `shape`."""
    return value if tuple(value.shape) == tuple(shape) else ops.broadcast_to(value, tuple(shape))


def beside(parameter: Tensor, value: Tensor) -> Tensor:
    """A parameter in the dtype of a floating `value`, when it has no dimensions and the value some: PyTorch's promotion."""
    if parameter.ndim > 0 or value.ndim == 0 or not _is_half(value.dtype):
        return parameter
    return parameter.astype(value.dtype)


def broadcast(*values: Any) -> list[Tensor]:
    """Tensors and numbers, broadcast to one shape; numbers take the dtype of the first tensor, if that is floating."""
    dtype = next((value.dtype for value in values if isinstance(value, Tensor) and value.dtype in _FLOATS), ms.float32)
    tensors = [value if isinstance(value, Tensor) else Tensor(value, dtype) for value in values]
    shape = np.broadcast_shapes(*(tuple(each.shape) for each in tensors))
    return [spread(each, shape) for each in tensors]


def only_where(inside: Tensor, value: Tensor, outside: float) -> Tensor:
    """`value` where `inside`, a constant elsewhere."""
    inside = ops.logical_and(inside, ops.ones_like(value).astype(ms.bool_))
    value = value + ops.zeros(tuple(inside.shape), value.dtype)
    return ops.where(inside, value, ops.full_like(value, outside))


def sum_last(value: Tensor, count: int) -> Tensor:
    """The sum over the last `count` dimensions."""
    return value.sum(tuple(range(-count, 0))) if count else value


def from_host(drawn: np.ndarray, like: Tensor) -> Tensor:
    """Numbers that numpy drew, as a tensor of the dtype of `like`."""
    return Tensor(np.asarray(drawn, np.float32)).astype(like.dtype)


def host(value: Tensor) -> np.ndarray:
    """The numbers of a tensor, without gradient."""
    return ops.stop_gradient(value).asnumpy()


@jit_class
class Distribution:
    """``torch.distributions.Distribution``: parameters are attributes; arguments are not validated."""

    has_rsample = False
    has_enumerate_support = False
    #: Names of the parameters and how many of their last dimensions belong to one event.
    parameters: dict[str, int] = {}
    batch_shape: tuple[int, ...] = ()
    event_shape: tuple[int, ...] = ()

    def __init__(self, batch_shape: tuple[int, ...] = (), event_shape: tuple[int, ...] = (), validate_args: bool | None = None) -> None:
        self.batch_shape = tuple(batch_shape)
        self.event_shape = tuple(event_shape)

    def _shape(self, sample_shape: Any) -> tuple[int, ...]:
        return tuple(sample_shape) + tuple(self.batch_shape) + tuple(self.event_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """A sample that gradients pass through."""
        raise NotImplementedError(f"{type(self).__name__} has no sample that gradients pass through")

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """A sample without gradients."""
        return ops.stop_gradient(self.rsample(sample_shape))

    def sample_n(self, n: int) -> Tensor:
        """`n` samples."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density or probability."""
        raise NotImplementedError(f"{type(self).__name__} has no density here")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of smaller values."""
        raise NotImplementedError(f"{type(self).__name__} has no cumulative distribution here")

    def icdf(self, value: Tensor) -> Tensor:
        """The value below which the probability is `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no inverse of its cumulative distribution here")

    def entropy(self) -> Tensor:
        """The entropy."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy in closed form")

    def perplexity(self) -> Tensor:
        """The exponential of the entropy."""
        return ops.exp(self.entropy())

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a new first dimension."""
        raise NotImplementedError(f"{type(self).__name__} has no finite support")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} has no variance in closed form")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return ops.sqrt(self.variance)

    def expand(self, batch_shape: Any) -> "Distribution":
        """The same distribution with parameters broadcast to a batch shape."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.batch_shape = tuple(batch_shape)
        for name, rank in self.parameters.items():
            value = self.__dict__.get(name)
            if value is not None:
                other.__dict__[name] = spread(value, other.batch_shape + tuple(value.shape)[value.ndim - rank :])
        return other

    def _uniform(self, sample_shape: Any, dtype: Any) -> Tensor:
        """Numbers in (0, 1)."""
        return ops.clamp(ops.rand(self._shape(sample_shape)), EPSILON, 1 - EPSILON).astype(dtype)


class Binary(Distribution):
    """Distributions of `probs` or `logits` of one success."""

    parameters = {"probs": 0, "logits": 0}

    def _set_probs(self, probs: Any, logits: Any) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("give either probs or logits")
        if probs is not None:
            self.probs = tensor(probs)
            safe = ops.clamp(self.probs, EPSILON, 1 - EPSILON)
            self.logits = ops.log(safe) - ops.log1p(-safe)
        else:
            self.logits = tensor(logits)
            self.probs = ops.sigmoid(self.logits)
        self.batch_shape = tuple(self.probs.shape)

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of `probs` and `logits`."""
        return tuple(self.probs.shape)


class Classes(Distribution):
    """Distributions of `probs` (scaled to the sum 1) or `logits` of classes, which come last."""

    parameters = {"probs": 1, "logits": 1}

    def _set_classes(self, probs: Any, logits: Any) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("give either probs or logits")
        if probs is not None:
            weights = tensor(probs)
            self.probs = weights / weights.sum(-1, keepdims=True)
            self.logits = ops.log(ops.clamp(self.probs, EPSILON, 1 - EPSILON))
        else:
            self.logits = ops.log_softmax(tensor(logits), -1)
            self.probs = ops.softmax(self.logits, -1)
        self.batch_shape = tuple(self.probs.shape[:-1])

    @property
    def param_shape(self) -> tuple[int, ...]:
        """The shape of `probs` and `logits`."""
        return tuple(self.probs.shape)

    def _gumbel(self, sample_shape: Any) -> Tensor:
        noise = ops.rand(tuple(sample_shape) + tuple(self.logits.shape))
        return -ops.log(-ops.log(ops.clamp(noise, 1e-20, 1 - EPSILON))).astype(self.logits.dtype)

    def _class_entropy(self) -> Tensor:
        return -(self.probs * self.logits).sum(-1)


def half_log_two_pi(count: float = 1) -> float:
    """`count` times half the logarithm of two pi, the constant of the normal density."""
    return 0.5 * count * math.log(2 * math.pi)
