"""Weights between a torch module and its cell: names by owner, buffers, what has no counterpart."""

import sys
import unittest
from pathlib import Path

import mindspore as ms
import numpy as np
import torch
from mindspore import Parameter, Tensor, mint, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from mindport_ops import layers, weights

T = torch.nn


class TorchScale(T.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gamma = T.Parameter(torch.randn(3))
        self.weight = T.Parameter(torch.randn(3))


class Scale(nn.Cell):
    """Owns a real gamma and a real weight: neither may be renamed."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma = Parameter(Tensor(np.zeros(3, np.float32)))
        self.weight = Parameter(Tensor(np.zeros(3, np.float32)))


class TorchNet(T.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = TorchScale()
        self.blocks = T.Sequential(T.Linear(3, 4), T.LayerNorm(4), T.Sequential(T.Conv2d(3, 4, 3), T.BatchNorm2d(4)))
        self.embedding = T.Embedding(5, 3)
        self.attention = T.MultiheadAttention(4, 2)
        self.register_buffer("grid", torch.arange(3.0))
        self.register_buffer("kept", torch.ones(2))


class Net(nn.Cell):
    def __init__(self) -> None:
        super().__init__()
        self.scale = Scale()
        norm = nn.SequentialCell(nn.Conv2d(3, 4, 3, has_bias=True), nn.BatchNorm2d(4))
        self.blocks = nn.SequentialCell(nn.Dense(3, 4), nn.LayerNorm((4,), epsilon=1e-5), norm)
        self.embedding = nn.Embedding(5, 3)
        self.attention = nn.MultiheadAttention(4, 2)
        self.grid = Tensor(np.arange(3, dtype=np.float32))
        self.register_buffer("kept", Tensor(np.zeros(2, np.float32)))


class Mapping(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(0)
        self.module, self.cell = TorchNet(), Net()

    def test_everything_is_paired_by_its_owner(self) -> None:
        mapping = weights.transfer(self.module, self.cell)
        names = {pair.source: pair.name for pair in mapping.pairs}
        self.assertIsNone(mapping.problems())
        self.assertEqual(mapping.constants, ["grid"])
        self.assertEqual(names["scale.gamma"], "scale.gamma")
        self.assertEqual(names["scale.weight"], "scale.weight")
        self.assertEqual(names["blocks.1.weight"], "blocks.1.gamma")
        self.assertEqual(names["blocks.2.1.running_var"], "blocks.2.1.moving_variance")
        self.assertEqual(names["embedding.weight"], "embedding.embedding_table")
        self.assertEqual(names["attention.in_proj_weight"], "attention.in_proj_weight")
        state = {**dict(self.module.named_parameters()), **dict(self.module.named_buffers())}
        self.assertEqual(set(names), {name for name in state if name not in ("grid", "blocks.2.1.num_batches_tracked")})
        for pair in mapping.pairs:
            self.assertTrue(np.array_equal(pair.target.asnumpy(), state[pair.source].detach().numpy()), pair.source)
        self.assertEqual({pair.source for pair in mapping.pairs if pair.trainable}, set(dict(self.module.named_parameters())))

    def test_data_parallel_is_looked_through(self) -> None:
        self.assertIsNone(weights.map_weights(torch.nn.DataParallel(self.module), self.cell).problems())

    def test_what_does_not_fit_is_named(self) -> None:
        self.module.extra = T.Linear(2, 2)
        self.cell.more = nn.Dense(2, 5)
        self.cell.other = nn.Dense(2, 2)
        mapping = weights.map_weights(self.module, self.cell)
        self.assertEqual(sorted(mapping.missing), ["extra.bias", "extra.weight"])
        self.assertEqual(sorted(mapping.unused), ["more.bias", "more.weight", "other.bias", "other.weight"])
        with self.assertRaisesRegex(ValueError, "without a counterpart in MindSpore: extra"):
            weights.transfer(self.module, self.cell)
        with self.assertRaisesRegex(ValueError, r"of another shape: weight \(4, 3\) against weight \(5, 3\)"):
            weights.transfer(T.Linear(3, 4), nn.Dense(3, 5))

    def test_children_of_other_names_are_paired_in_order(self) -> None:
        mapping = weights.transfer(T.Sequential(T.Linear(2, 3), T.Linear(3, 2)), nn.CellList([nn.Dense(2, 3), nn.Dense(3, 2)]))
        self.assertEqual(len(mapping.pairs), 4)

        class Renamed(nn.Cell):
            def __init__(self) -> None:
                super().__init__()
                self.first, self.second = nn.Dense(2, 3), nn.Dense(3, 2)

        mapping = weights.transfer(T.Sequential(T.Linear(2, 3), T.Linear(3, 2)), Renamed())
        self.assertEqual([pair.name for pair in mapping.pairs], ["first.weight", "first.bias", "second.weight", "second.bias"])

    def test_mint_layers_keep_their_names(self) -> None:
        mapping = weights.transfer(T.Linear(3, 4), mint.nn.Linear(3, 4))
        self.assertEqual([pair.name for pair in mapping.pairs], ["weight", "bias"])

    def test_a_tied_weight_arrives_in_both_places(self) -> None:
        module, cell = T.Sequential(T.Linear(3, 3), T.Linear(3, 3)), nn.SequentialCell(nn.Dense(3, 3), nn.Dense(3, 3))
        module[1].weight = module[0].weight
        cell[1].weight = cell[0].weight
        self.assertIsNone(weights.transfer(module, cell).problems())
        self.assertTrue(np.array_equal(cell[1].weight.asnumpy(), module[0].weight.detach().numpy()))

    def test_a_state_dict_is_renamed_without_the_module(self) -> None:
        state = {f"module.{name}": value for name, value in self.module.state_dict().items()}
        renamed, unknown = weights.rename_state(state, self.cell)
        self.assertEqual(unknown, ["module.grid"])
        self.assertTrue(np.array_equal(renamed["blocks.1.gamma"], self.module.blocks[1].weight.detach().numpy()))
        named = {parameter.name for parameter in self.cell.get_parameters()}
        self.assertEqual(named - set(renamed), set())

    def test_bfloat16_and_half_arrive_in_the_dtype_of_the_cell(self) -> None:
        cell = nn.Dense(2, 2)
        weights.transfer(T.Linear(2, 2).bfloat16(), cell)
        self.assertEqual(cell.weight.dtype, ms.float32)


class Rows(nn.Cell):
    def __init__(self) -> None:
        super().__init__()
        self.rows = layers.Embedding(7, 4, padding_idx=-2)


class EmbeddingOfOurs(unittest.TestCase):
    def test_is_called_begins_and_learns_as_torchs(self) -> None:
        table = layers.Embedding(400, 50, padding_idx=3).weight.asnumpy()
        self.assertAlmostEqual(float(table.std()), 1.0, delta=0.03)
        self.assertFalse(table[3].any())
        module = T.ModuleDict({"rows": T.Embedding(7, 4, padding_idx=-2)})
        cell = Rows()
        pairs = weights.transfer(module, cell).pairs
        self.assertEqual([(pair.source, pair.name) for pair in pairs], [("rows.weight", "rows.weight")])
        renamed, unknown = weights.rename_state(module.state_dict(), cell)
        self.assertEqual((list(renamed), unknown), (["rows.weight"], []))
        numbers = np.array([[0, 5, 5], [6, 5, 0]])
        expected = module["rows"](torch.as_tensor(numbers))
        (expected**2 + expected).sum().backward()
        gradient = module["rows"].weight.grad.numpy()

        def loss(x: Tensor) -> Tensor:
            y = cell.rows(x)
            return (y**2 + y).sum()

        for run in (ms.value_and_grad(loss, None, cell.trainable_params()), ms.jit(ms.value_and_grad(loss, None, cell.trainable_params()))):
            for _ in range(3):
                np.testing.assert_allclose(run(Tensor(numbers))[1][0].asnumpy(), gradient, rtol=1e-6)

    def test_refuses_what_it_cannot_do(self) -> None:
        for wrong in ({"max_norm": 1.0}, {"scale_grad_by_freq": True}, {"padding_idx": 7}, {"padding_idx": -8}):
            with self.assertRaises(ValueError):
                layers.Embedding(7, 4, **wrong)


if __name__ == "__main__":
    unittest.main()
