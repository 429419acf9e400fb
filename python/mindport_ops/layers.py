"""Layers with torch's constructors, for places where the class itself is passed around.

``nn.LayerNorm(dim)`` is rewritten in place, but in ``partial(nn.LayerNorm, eps=1e-6)`` or ``act_layer=nn.GELU`` the later call is not known.
These classes take torch's arguments and are subclasses of MindSpore's, so ``isinstance`` tests and parameter names stay as for those.
"""

from __future__ import annotations

from mindspore import nn

__all__ = ["GELU", "Dropout", "LayerNorm", "Linear"]


class LayerNorm(nn.LayerNorm):
    """``torch.nn.LayerNorm``: an integer or a sequence of sizes, epsilon 1e-5 (MindSpore's own default is 1e-7).

    Parameters are named gamma and beta; without affine they stay at 1 and 0 and are not trained.
    """

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True):
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        super().__init__(shape, begin_norm_axis=-len(shape), begin_params_axis=-len(shape), epsilon=eps)
        self.gamma.requires_grad = elementwise_affine
        self.beta.requires_grad = elementwise_affine and bias


class GELU(nn.GELU):
    """``torch.nn.GELU``: exact by default (MindSpore's own default is the tanh form)."""

    def __init__(self, approximate: str = "none"):
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate must be 'none' or 'tanh', got {approximate!r}")
        super().__init__(approximate=approximate == "tanh")


class Dropout(nn.Dropout):
    """``torch.nn.Dropout``: the first argument is the probability to drop (MindSpore's first argument is the probability to keep)."""

    def __init__(self, p: float = 0.5, inplace: bool = False):
        del inplace  # the result is the same
        super().__init__(p=p)


class Linear(nn.Dense):
    """``torch.nn.Linear``; the initial weights follow the same law in both frameworks."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        super().__init__(in_features, out_features, has_bias=bias)
