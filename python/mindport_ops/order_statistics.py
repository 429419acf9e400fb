"""``torch.quantile`` from a sort: MindSpore's own has no CPU kernel."""

from __future__ import annotations

import mindspore as ms
from mindspore import Tensor, ops

__all__ = ["quantile"]


def quantile(input: Tensor, q: float | Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The `q`-quantile, 0 <= q <= 1, interpolated linearly, of all elements or along `dim`; NaNs sort last. For a tensor of several `q` [n] the result
    has them in front [n, ...], as in torch."""
    along = ops.reshape(input, (-1,)) if dim is None else ops.swapaxes(input, dim, -1)
    ordered = ops.sort(along, axis=-1)[0]
    last = along.shape[-1] - 1
    if isinstance(q, Tensor):
        found = _between(ordered, ops.reshape(q, (-1,)).astype(ordered.dtype) * last)
        kept = [_shaped(found[..., number], input, dim, keepdim) for number in range(found.shape[-1])]
        return ops.stack(kept, axis=0) if q.ndim > 0 else kept[0]
    place = q * last
    low = int(place)
    high = min(low + 1, last)
    return _shaped(ordered[..., low] + (place - low) * (ordered[..., high] - ordered[..., low]), input, dim, keepdim)


def _between(ordered: Tensor, places: Tensor) -> Tensor:
    """The values of [..., m] at fractional places [n]: [..., n]. At a whole place the gradient of the place is zero, as in torch."""
    low = ops.floor(places)
    below, above = ops.gather(ordered, low.astype(ms.int32), -1), ops.gather(ordered, ops.ceil(places).astype(ms.int32), -1)
    return below + (places - low) * (above - below)


def _shaped(found: Tensor, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    """One value of each slice along `dim` (at the end), in the shape torch gives it."""
    if dim is None:
        return ops.reshape(found, (1,) * input.ndim) if keepdim else found
    found = ops.swapaxes(ops.unsqueeze(found, -1), dim, -1)
    return found if keepdim else ops.squeeze(found, axis=dim)
