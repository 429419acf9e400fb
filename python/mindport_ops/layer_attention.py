"""Attention layers with torch's constructors, calls and initial law: MultiheadAttention and the Transformer family.

They are subclasses of MindSpore's layers and keep their parameter names. MindSpore's begin with a bias of ``out_proj`` that is uniform within
1 / sqrt(embed_dim), torch's with zeros; its ``TransformerEncoder`` and ``TransformerDecoder`` build new layers of their own class with new weights
where torch copies the layer it is given. Without ``need_weights`` MindSpore's attention returns a tuple of one.
"""

from __future__ import annotations

import copy
from typing import Any, Callable

import mindspore as ms
from mindspore import Parameter, Tensor, nn
from mindspore.common.initializer import XavierUniform, initializer

__all__ = [
    "MultiheadAttention",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

Activation = str | Callable[[Tensor], Tensor]


def _begin_at_zero(attention: nn.MultiheadAttention) -> None:
    """Gives ``out_proj`` the bias torch begins with."""
    projection = attention.out_proj
    if projection.has_bias:
        # a new parameter: nothing is compiled yet, and its name is set when the layer is put into another
        projection.bias = Parameter(initializer("zeros", projection.bias.shape, projection.bias.dtype), name=projection.bias.name)


class MultiheadAttention(nn.MultiheadAttention):
    """``torch.nn.MultiheadAttention``: query (L, N, E), key (S, N, kdim), value (S, N, vdim), with `batch_first` (N, L, E) and so on, or without N;
    returns the attended values and, with `need_weights`, the weights (N, L, S), else None. True in a mask of truth values closes a place.
    ValueError when `num_heads` does not divide `embed_dim`."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: ms.Type | None = None,
    ):
        del device
        super().__init__(
            embed_dim,
            num_heads,
            dropout=dropout,
            has_bias=bias,
            add_bias_kv=add_bias_kv,
            add_zero_attn=add_zero_attn,
            kdim=kdim,
            vdim=vdim,
            batch_first=batch_first,
            dtype=ms.float32 if dtype is None else dtype,
        )
        _begin_at_zero(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        first = [*args, *(kwargs.pop(name) for name in ("query", "key", "value")[len(args) :])]
        try:
            return super().__call__(*first, **kwargs)
        finally:
            # MindSpore's notes here that query, key and value are one tensor, and a function compiled later would believe it of its own
            self.k_is_v = self.q_is_k = False

    def construct(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,  # of torch only a hint that attn_mask is causal
    ) -> tuple[Tensor, Tensor | None]:
        attended, weights = super().construct(query, key, value, key_padding_mask, True, attn_mask, average_attn_weights)
        return attended, weights if need_weights else None


def _only_with_bias(bias: bool) -> None:
    if not bias:
        raise ValueError("bias=False has no counterpart: build the layer from MultiheadAttention, Linear and LayerNorm")


class TransformerEncoderLayer(nn.TransformerEncoderLayer):
    """``torch.nn.TransformerEncoderLayer``: any callable as `activation`. ValueError for ``bias=False``."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ):
        _only_with_bias(bias)
        named = activation if isinstance(activation, str) else "relu"
        super().__init__(d_model, nhead, dim_feedforward, dropout, named, layer_norm_eps, batch_first, norm_first)
        if not isinstance(activation, str):
            self.activation = activation
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first)

    def construct(
        self, src: Tensor, src_mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        return super().construct(src, src_mask, src_key_padding_mask)


class TransformerDecoderLayer(nn.TransformerDecoderLayer):
    """``torch.nn.TransformerDecoderLayer``: any callable as `activation`. ValueError for ``bias=False``."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ):
        _only_with_bias(bias)
        named = activation if isinstance(activation, str) else "relu"
        super().__init__(d_model, nhead, dim_feedforward, dropout, named, layer_norm_eps, batch_first, norm_first)
        if not isinstance(activation, str):
            self.activation = activation
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first)

    def construct(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        return super().construct(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)


class TransformerEncoder(nn.TransformerEncoder):
    """``torch.nn.TransformerEncoder``: `num_layers` copies of the layer given, of whatever class, with its weights."""

    def __init__(
        self, encoder_layer: nn.Cell, num_layers: int, norm: nn.Cell | None = None, enable_nested_tensor: bool = True, mask_check: bool = True
    ):
        del enable_nested_tensor, mask_check  # they choose an implementation
        nn.Cell.__init__(self)  # MindSpore's own would build other layers
        self.layers = nn.CellList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def construct(
        self, src: Tensor, mask: Tensor | None = None, src_key_padding_mask: Tensor | None = None, is_causal: bool | None = None
    ) -> Tensor:
        for layer in self.layers:
            src = layer(src, src_mask=mask, src_key_padding_mask=src_key_padding_mask)
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(nn.TransformerDecoder):
    """``torch.nn.TransformerDecoder``: `num_layers` copies of the layer given, of whatever class, with its weights."""

    def __init__(self, decoder_layer: nn.Cell, num_layers: int, norm: nn.Cell | None = None):
        nn.Cell.__init__(self)  # MindSpore's own would build other layers
        self.layers = nn.CellList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def construct(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(nn.Transformer):
    """``torch.nn.Transformer``: weights of two and more dimensions begin by Glorot's uniform law. ValueError for ``bias=False``."""

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = "relu",
        custom_encoder: nn.Cell | None = None,
        custom_decoder: nn.Cell | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
    ):
        nn.Cell.__init__(self)  # MindSpore's own would build other layers
        shape = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        if custom_encoder is None:
            norm = nn.LayerNorm((d_model,), epsilon=layer_norm_eps)
            custom_encoder = TransformerEncoder(TransformerEncoderLayer(*shape), num_encoder_layers, norm)
        if custom_decoder is None:
            norm = nn.LayerNorm((d_model,), epsilon=layer_norm_eps)
            custom_decoder = TransformerDecoder(TransformerDecoderLayer(*shape), num_decoder_layers, norm)
        self.encoder, self.decoder = custom_encoder, custom_decoder
        for parameter in self.get_parameters():
            if parameter.ndim > 1:
                parameter.set_data(initializer(XavierUniform(), parameter.shape, parameter.dtype))
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def construct(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        return self.decoder(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
