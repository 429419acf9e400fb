"""Powers of a vector."""

from __future__ import annotations

import mindspore as ms
from mindspore import Tensor, ops

__all__ = ["vander"]


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """``torch.vander`` and, with `increasing`, ``torch.linalg.vander``: (..., n) to (..., n, N) powers of the last axis.

    Made by products: the gradient at zero is that of a polynomial, where MindSpore's is NaN. Integers give int64.
    """
    if not x.is_floating_point() and x.dtype not in (ms.complex64, ms.complex128):
        x = x.astype(ms.int64)
    count = x.shape[-1] if N is None else N
    if count == 0:
        return ops.zeros(tuple(x.shape) + (0,), x.dtype)
    powers = [ops.ones_like(x)]
    for _ in range(count - 1):
        powers.append(powers[-1] * x)
    return ops.stack(powers if increasing else powers[::-1], -1)
