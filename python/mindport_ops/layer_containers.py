"""Containers of layers with torch's rules."""

from __future__ import annotations

from typing import Any

from mindspore import nn

__all__ = ["ModuleDict"]


class ModuleDict(nn.CellDict):
    """``torch.nn.ModuleDict``: layers by name. Unlike ``nn.CellDict`` it also holds containers (``SequentialCell``, ``CellList``, another dict)."""

    def _validate_cell_type(self, cell: Any) -> None:
        if not isinstance(cell, nn.Cell):
            raise TypeError(f"ModuleDict holds layers, not a {type(cell).__name__}")
