"""Reading of fields stored like ERA5 extracts: one HDF5 file a year, `fields` [time, channel, lat, lon]."""
import glob
import os

import h5py
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.distributed import DistributedSampler


def get_data_loader(config, split, train):
    dataset = FieldsDataset(config, split)
    sampler = DistributedSampler(dataset, shuffle=train) if train and config.processes > 1 else None
    loader = DataLoader(
        dataset,
        batch_size=config.batch_size,
        num_workers=config.num_workers,
        shuffle=train and sampler is None,
        sampler=sampler,
        drop_last=True,
        pin_memory=torch.cuda.is_available(),
    )
    return loader, dataset


def load_stats(path, name):
    return np.load(os.path.join(path, "stats", name + ".npy")).astype(np.float32)


class FieldsDataset(Dataset):
    """Pairs of normalised fields, `dt` samples apart."""

    def __init__(self, config, split):
        self.dt = config.dt
        self.files_paths = sorted(glob.glob(os.path.join(config.data, split, "*.h5")))
        if not self.files_paths:
            raise FileNotFoundError(f"no HDF5 file in {os.path.join(config.data, split)}: run data/generate.py first")
        with h5py.File(self.files_paths[0], "r") as f:
            self.n_samples_per_year, self.n_channels, self.img_shape_x, self.img_shape_y = f["fields"].shape
        self.n_years = len(self.files_paths)
        self.n_pairs_per_year = self.n_samples_per_year - self.dt
        self.files = [None for _ in range(self.n_years)]
        self.means = load_stats(config.data, "global_means")[0]
        self.stds = load_stats(config.data, "global_stds")[0]

    def _open_file(self, year_idx):
        self.files[year_idx] = h5py.File(self.files_paths[year_idx], "r")["fields"]

    def normalize(self, fields):
        return (fields - self.means) / self.stds

    def __len__(self):
        return self.n_years * self.n_pairs_per_year

    def __getitem__(self, idx):
        year_idx = int(idx // self.n_pairs_per_year)
        local_idx = int(idx % self.n_pairs_per_year)
        if self.files[year_idx] is None:
            self._open_file(year_idx)
        inp = self.normalize(self.files[year_idx][local_idx])
        tar = self.normalize(self.files[year_idx][local_idx + self.dt])
        return torch.as_tensor(inp), torch.as_tensor(tar)
