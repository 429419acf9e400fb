"""Batches of sequences of unequal length: ``torch.nn.utils.rnn.pad_sequence``."""

from __future__ import annotations

from collections.abc import Iterable

from mindspore import Tensor, ops

__all__ = ["pad_sequence"]


def pad_sequence(sequences: Iterable[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Tensor:
    """Sequences of shape (length, ...) as one tensor of shape (longest, batch, ...), or (batch, longest, ...) with `batch_first`.

    Raises ValueError for another `padding_side` than ``left`` or ``right``, and when there is no sequence.
    """
    if padding_side not in ("left", "right"):
        raise ValueError(f"padding_side is 'left' or 'right', got {padding_side!r}")
    given = list(sequences)
    if not given:
        raise ValueError("there is no sequence to pad")
    longest = max([sequence.shape[0] for sequence in given])
    rows = []
    for sequence in given:
        missing = longest - sequence.shape[0]
        if missing > 0:
            padding = ops.full((missing,) + tuple(sequence.shape[1:]), padding_value, dtype=sequence.dtype)
            sequence = ops.cat([sequence, padding] if padding_side == "right" else [padding, sequence], axis=0)
        rows.append(sequence)
    return ops.stack(rows, axis=0 if batch_first else 1)
