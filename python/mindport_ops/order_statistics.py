"""``torch.quantile`` from a sort: MindSpore's own has no CPU kernel."""

from __future__ import annotations

from mindspore import Tensor, ops

__all__ = ["quantile"]


def quantile(input: Tensor, q: float, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The `q`-quantile, 0 <= q <= 1, interpolated linearly, of all elements or along `dim`. `q` is a number; NaNs sort last."""
    along = ops.reshape(input, (-1,)) if dim is None else ops.swapaxes(input, dim, -1)
    place = q * (along.shape[-1] - 1)
    low = int(place)
    high = min(low + 1, along.shape[-1] - 1)
    ordered = ops.sort(along, axis=-1)[0]
    found = ordered[..., low] + (place - low) * (ordered[..., high] - ordered[..., low])
    if dim is None:
        return ops.reshape(found, (1,) * input.ndim) if keepdim else found
    found = ops.swapaxes(ops.unsqueeze(found, -1), dim, -1)
    return found if keepdim else ops.squeeze(found, axis=dim)
