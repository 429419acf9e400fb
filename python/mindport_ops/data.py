"""Data loading in torch's words, on ``mindspore.dataset.dataloader`` (MindSpore 2.8 or newer)."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

try:
    from mindspore.dataset import dataloader
except ImportError:  # before MindSpore 2.8: the rest of the package works there

    class _Missing:
        def __init__(self, *_: Any, **__: Any) -> None:
            raise ImportError("mindport_ops.data needs MindSpore 2.8 or newer")

    dataloader = SimpleNamespace(DataLoader=_Missing, Dataset=_Missing, IterableDataset=_Missing, Sampler=_Missing)

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "random_split",
]


class DataLoader(dataloader.DataLoader):
    """``torch.utils.data.DataLoader``: batches of tensors, with the order of shuffling drawn from the global seed.

    MindSpore's loader shuffles by a generator of its own that ``mindspore.set_seed`` does not reach, so two runs with one seed differ. Here
    an absent generator is seeded from NumPy's global state, which ``mindspore.set_seed`` sets.
    """

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, **options: Any):
        if options.get("generator") is None:
            options["generator"] = np.random.default_rng(np.random.randint(0, 2**31 - 1))
        super().__init__(dataset, batch_size=batch_size, shuffle=shuffle, **options)


class Subset(dataloader.Dataset):
    """``torch.utils.data.Subset``: the items of a data set at the given indices."""

    def __init__(self, dataset: Any, indices: Sequence[int]):
        super().__init__()
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: int) -> Any:
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


class ConcatDataset(dataloader.Dataset):
    """``torch.utils.data.ConcatDataset``: data sets one after the other. IndexError outside; ValueError without any data set."""

    def __init__(self, datasets: Iterable[Any]):
        super().__init__()
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: at least one data set is needed")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"index {index} of {len(self)} items")
        which = bisect.bisect_right(self.cumulative_sizes, place)
        return self.datasets[which][place - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(dataloader.IterableDataset):
    """``torch.utils.data.ChainDataset``: iterable data sets one after the other."""

    def __init__(self, datasets: Iterable[Any]):
        super().__init__()
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self.datasets)


class StackDataset(dataloader.Dataset):
    """``torch.utils.data.StackDataset``: tuples (or, with keywords, dicts) of the items of data sets of one length; ValueError for several."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__()
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset: data sets are given either by position or by keyword")
        self.datasets: Any = args or kwargs
        sizes = {len(dataset) for dataset in (args or kwargs.values())}
        if len(sizes) != 1:
            raise ValueError(f"StackDataset: the data sets have different lengths: {sorted(sizes)}")
        self._length = sizes.pop()

    def __getitem__(self, index: int) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        return self._length


def random_split(dataset: Any, lengths: Sequence[int | float]) -> list[Subset]:
    """``torch.utils.data.random_split`` by NumPy's global generator, which ``mindspore.set_seed`` seeds.

    `lengths` are counts, or fractions that sum to one. ValueError when they do not add up.
    """
    counts = list(lengths)
    total = len(dataset)
    if math.isclose(sum(counts), 1.0) and sum(counts) <= 1:
        sizes = [math.floor(total * part) for part in counts]
        for index in range(total - sum(sizes)):
            sizes[index % len(sizes)] += 1
    else:
        sizes = [int(count) for count in counts]
    if sum(sizes) != total:
        raise ValueError(f"random_split: the lengths sum to {sum(sizes)}, the data set has {total} items")
    order = np.random.permutation(total).tolist()
    ends = list(itertools.accumulate(sizes))
    return [Subset(dataset, order[end - size : end]) for size, end in zip(sizes, ends)]


class WeightedRandomSampler(dataloader.Sampler):
    """``torch.utils.data.WeightedRandomSampler`` by NumPy's global generator: `num_samples` indices, drawn by weight."""

    def __init__(self, weights: Sequence[float], num_samples: int, replacement: bool = True):
        super().__init__()
        self.weights = np.asarray(weights, np.float64)
        self.num_samples, self.replacement = num_samples, replacement

    def __iter__(self) -> Iterator[int]:
        shares = self.weights / self.weights.sum()
        yield from np.random.choice(len(shares), self.num_samples, self.replacement, shares).tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(dataloader.Sampler):
    """``torch.utils.data.SubsetRandomSampler`` by NumPy's global generator: the given indices in random order."""

    def __init__(self, indices: Sequence[int]):
        super().__init__()
        self.indices = indices

    def __iter__(self) -> Iterator[int]:
        for place in np.random.permutation(len(self.indices)).tolist():
            yield self.indices[place]

    def __len__(self) -> int:
        return len(self.indices)
