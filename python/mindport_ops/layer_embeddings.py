"""``torch.nn.Embedding`` under torch's names and with torch's initial law."""

from __future__ import annotations

import mindspore as ms
from mindspore import Parameter, Tensor, nn, ops
from mindspore.common.initializer import Normal, initializer


class Embedding(nn.Cell):
    """Rows of a table by number: int [...] to float32 [..., embedding_dim]. The parameter is named weight [num_embeddings, embedding_dim].

    Its initial law is normal with deviation 1 (MindSpore's own layer: 0.01, and the table is named embedding_table). The row `padding_idx`,
    counted from the end where negative, begins at zero and has no gradient; MindSpore's own layer trains it. ValueError for a
    `padding_idx` outside the table, for `max_norm` (torch shortens the rows of the table itself while it looks them up, which a compiled
    function cannot do) and for `scale_grad_by_freq`.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ):
        del norm_type, sparse  # of max_norm only; the gradient is dense
        super().__init__()
        if max_norm is not None:
            raise ValueError("max_norm changes the table at each look-up: shorten the rows of weight yourself, after each step")
        if scale_grad_by_freq:
            raise ValueError("scale_grad_by_freq has no counterpart")
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"padding_idx {padding_idx} is outside a table of {num_embeddings} rows")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_idx if padding_idx is None or padding_idx >= 0 else num_embeddings + padding_idx
        table = initializer(Normal(1.0), (num_embeddings, embedding_dim), ms.float32).init_data()
        if self.padding_idx is not None:
            values = table.asnumpy().copy()
            values[self.padding_idx] = 0.0
            table = Tensor(values)
        self.weight = Parameter(table, name="weight")

    def construct(self, x: Tensor) -> Tensor:
        rows = ops.gather(self.weight, x, 0)
        if self.padding_idx is None:
            return rows
        return ops.select((x == self.padding_idx).expand_dims(-1).broadcast_to(rows.shape), ops.stop_gradient(rows), rows)
