"""Data loading in torch's words, on ``mindspore.dataset.dataloader`` (MindSpore 2.8 or newer)."""

from __future__ import annotations

from typing import Any

import numpy as np
from mindspore.dataset import dataloader

__all__ = ["DataLoader"]


class DataLoader(dataloader.DataLoader):
    """``torch.utils.data.DataLoader``: batches of tensors, with the order of shuffling drawn from the global seed.

    MindSpore's loader shuffles by a generator of its own that ``mindspore.set_seed`` does not reach, so two runs with one seed differ. Here
    an absent generator is seeded from NumPy's global state, which ``mindspore.set_seed`` sets.
    """

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, **options: Any):
        if options.get("generator") is None:
            options["generator"] = np.random.default_rng(np.random.randint(0, 2**31 - 1))
        super().__init__(dataset, batch_size=batch_size, shuffle=shuffle, **options)
