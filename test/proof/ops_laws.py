"""The laws of initial weights: many draws of each layer in both frameworks, compared weight by weight by Kolmogorov and Smirnov's distance."""

import sys
import unittest
from pathlib import Path
from typing import Callable

import mindspore as ms
import numpy as np
import torch
from mindspore import nn
from torch import nn as T

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from mindport_ops import layers, weights

#: Values drawn of each weight, and the distance that chance exceeds once in some million weights: sqrt(ln(2e6) / NUMBERS).
NUMBERS = 3000
LIMIT = 0.07

#: What the routes of the catalog write for a layer.
PAIRS: list[tuple[Callable[[], T.Module], Callable[[], nn.Cell]]] = [
    (lambda: T.Linear(20, 30), lambda: nn.Dense(20, 30, has_bias=True)),
    (lambda: T.Conv1d(6, 32, 3, groups=2), lambda: layers.Conv1d(6, 32, 3, groups=2)),
    (lambda: T.Conv2d(6, 32, 3, groups=2), lambda: nn.Conv2d(6, 32, 3, stride=1, pad_mode="valid", group=2, has_bias=True)),
    (lambda: T.Conv2d(6, 32, 4, stride=4), lambda: layers.Conv2d(6, 32, kernel_size=4, stride=4)),
    (lambda: T.Conv2d(6, 32, (3, 5), padding="same"), lambda: layers.PaddedConv2d(6, 32, (3, 5), padding="same")),
    (lambda: T.Conv3d(2, 32, 3), lambda: nn.Conv3d(2, 32, 3, stride=1, pad_mode="valid", has_bias=True)),
    (lambda: T.Conv3d(2, 32, 3, groups=2), lambda: layers.Conv3d(2, 32, 3, groups=2)),
    (lambda: T.ConvTranspose1d(4, 32, 3, groups=2), lambda: layers.ConvTranspose1d(4, 32, 3, groups=2)),
    (lambda: T.ConvTranspose2d(4, 32, 3, groups=2), lambda: layers.ConvTranspose2d(4, 32, 3, groups=2)),
    (lambda: T.ConvTranspose3d(2, 32, 3), lambda: layers.ConvTranspose3d(2, 32, 3)),
    (lambda: T.RNN(6, 32, 2, bidirectional=True), lambda: nn.RNN(6, 32, num_layers=2, bidirectional=True)),
    (lambda: T.LSTM(6, 32, 2), lambda: nn.LSTM(6, 32, num_layers=2)),
    (lambda: T.GRU(6, 32, 2), lambda: nn.GRU(6, 32, num_layers=2)),
    (lambda: T.RNNCell(6, 32), lambda: nn.RNNCell(6, 32)),
    (lambda: T.LSTMCell(6, 32), lambda: nn.LSTMCell(6, 32)),
    (lambda: T.GRUCell(6, 32), lambda: nn.GRUCell(6, 32)),
    (lambda: T.Bilinear(6, 9, 32), lambda: layers.Bilinear(6, 9, 32)),
    (lambda: T.Embedding(10, 20, padding_idx=2), lambda: layers.Embedding(10, 20, padding_idx=2)),
    (lambda: T.PReLU(32), lambda: layers.PReLU(num_parameters=32)),
    (lambda: T.BatchNorm1d(32), lambda: layers.BatchNorm1d(32)),
    (lambda: T.BatchNorm2d(32), lambda: nn.BatchNorm2d(32)),
    (lambda: T.BatchNorm3d(32), lambda: layers.BatchNorm3d(32)),
    (lambda: T.InstanceNorm2d(32, affine=True), lambda: layers.InstanceNorm2d(32, affine=True)),
    (lambda: T.LayerNorm(32), lambda: nn.LayerNorm((32,), epsilon=1e-5)),
    (lambda: T.GroupNorm(2, 32), lambda: nn.GroupNorm(2, 32)),
    (lambda: T.RMSNorm(32), lambda: layers.RMSNorm(32)),
    (lambda: T.MultiheadAttention(32, 4), lambda: layers.MultiheadAttention(32, 4)),
    (
        lambda: T.MultiheadAttention(32, 4, add_bias_kv=True, kdim=7, vdim=9),
        lambda: layers.MultiheadAttention(32, 4, add_bias_kv=True, kdim=7, vdim=9),
    ),
    (lambda: T.TransformerEncoderLayer(32, 4, 40), lambda: layers.TransformerEncoderLayer(32, 4, 40)),
    (lambda: T.TransformerDecoderLayer(32, 4, 40), lambda: layers.TransformerDecoderLayer(32, 4, 40)),
    (lambda: T.Transformer(32, 4, 1, 1, 40), lambda: layers.Transformer(32, 4, 1, 1, 40)),
    (
        lambda: T.TransformerEncoder(T.TransformerEncoderLayer(32, 4, 40), 2, T.LayerNorm(32)),
        lambda: layers.TransformerEncoder(layers.TransformerEncoderLayer(32, 4, 40), 2, nn.LayerNorm((32,), epsilon=1e-5)),
    ),
]


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of the two empirical distribution functions; rounding to float32 apart, constants are equal or 1 apart."""
    places = np.unique(np.concatenate([a, b]).round(6))
    return float(np.max(np.abs(np.searchsorted(np.sort(a.round(6)), places, "right") / a.size - np.searchsorted(np.sort(b.round(6)), places, "right") / b.size)))


def differences(module: Callable[[], T.Module], cell: Callable[[], nn.Cell]) -> dict[str, float]:
    """The weights whose laws differ, with their distances."""
    transferred = weights.transfer(module(), cell())
    assert not transferred.missing and not transferred.unused and not transferred.mismatched
    pairs = [(pair.source, pair.name) for pair in transferred.pairs]
    theirs: dict[str, list[np.ndarray]] = {source: [] for source, _ in pairs}
    ours: dict[str, list[np.ndarray]] = {name: [] for _, name in pairs}
    sizes = {name: parameter.numel() for name, parameter in module().state_dict().items()}
    for number in range(-(-NUMBERS // min(sizes[source] for source, _ in pairs))):
        wanted_there = {source for source in theirs if number * sizes[source] < NUMBERS}
        for source, value in module().state_dict().items():
            if source in wanted_there:
                theirs[source].append(value.numpy().ravel())
        parameters = {name: parameter for name, parameter in cell().parameters_and_names()}
        for source, name in pairs:
            if source in wanted_there:
                ours[name].append(parameters[name].asnumpy().ravel())
    found = {source: distance(np.concatenate(theirs[source]), np.concatenate(ours[name])) for source, name in pairs}
    return {source: apart for source, apart in found.items() if not apart <= LIMIT}


class Laws(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(0)
        ms.set_seed(0)

    def test_every_layer_begins_by_torchs_law(self) -> None:
        for module, cell in PAIRS:
            with self.subTest(str(module())):
                self.assertEqual(differences(module, cell), {})

    def test_another_law_is_noticed(self) -> None:
        found = differences(lambda: T.MultiheadAttention(32, 4), lambda: nn.MultiheadAttention(32, 4))
        self.assertEqual(list(found), ["out_proj.bias"])
        self.assertEqual(list(differences(lambda: T.Linear(20, 30), lambda: nn.Dense(20, 30, bias_init="zeros"))), ["bias"])
        self.assertEqual(list(differences(lambda: T.Linear(20, 30), lambda: nn.Dense(20, 30, weight_init="normal"))), ["weight"])

    def test_copies_of_a_layer_begin_alike(self) -> None:
        layer = layers.TransformerDecoderLayer(8, 2, 16)
        for copied in layers.TransformerDecoder(layer, 2).layers:
            np.testing.assert_array_equal(copied.multihead_attn.in_proj_weight.asnumpy(), layer.multihead_attn.in_proj_weight.asnumpy())


if __name__ == "__main__":
    unittest.main()
