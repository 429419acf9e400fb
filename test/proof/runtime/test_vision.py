"""Blocks of vision transformers and data sets in torch's words: figures worked out from their definitions, without timm or torch."""

from __future__ import annotations

import unittest

import mindspore as ms
import numpy as np
from mindport_ops import data, schedules, vision
from mindspore import ops
from mindspore.experimental import optim as eoptim


class Vision(unittest.TestCase):
    def test_tuples(self) -> None:
        self.assertEqual(vision.to_2tuple(3), (3, 3))
        self.assertEqual(vision.to_2tuple([3, 4]), (3, 4))
        self.assertEqual(vision.to_3tuple("ab"), ("ab", "ab", "ab"))
        self.assertEqual(vision.to_ntuple(5)(0), (0,) * 5)

    def test_drop_path_drops_whole_samples_and_keeps_the_mean(self) -> None:
        ms.set_seed(0)
        layer = vision.DropPath(0.25)
        x = ops.ones((4000, 3), ms.float32)
        np.testing.assert_array_equal(layer(x).asnumpy(), x.asnumpy())
        layer.set_train(True)
        y = layer(x).asnumpy()
        self.assertTrue(np.all(y == y[:, :1]))
        np.testing.assert_allclose(np.unique(y), [0.0, 4 / 3], rtol=1e-6)
        self.assertAlmostEqual(float(y.mean()), 1.0, delta=0.05)

    def test_patches_are_rows_of_the_image(self) -> None:
        layer = vision.PatchEmbed(img_size=4, patch_size=2, in_chans=1, embed_dim=4, bias=False)
        layer.proj.weight.set_data(ms.Tensor(np.eye(4, dtype=np.float32).reshape(4, 1, 2, 2)))
        image = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
        expected = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
        np.testing.assert_array_equal(layer(ms.Tensor(image)).asnumpy()[0], expected)
        self.assertEqual((layer.grid_size, layer.num_patches), ((2, 2), 4))

    def test_mlp_is_two_linear_layers(self) -> None:
        layer = vision.Mlp(3, hidden_features=5, out_features=2)
        x = ms.Tensor(np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32))
        expected = layer.fc2(ops.gelu(layer.fc1(x), approximate="none"))
        np.testing.assert_allclose(layer(x).asnumpy(), expected.asnumpy(), rtol=1e-6)
        self.assertEqual(
            [parameter.name for parameter in layer.trainable_params()], ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
        )


class DataSets(unittest.TestCase):
    def test_concatenation(self) -> None:
        both = data.ConcatDataset([[10, 11], [12, 13, 14]])
        self.assertEqual([both[i] for i in range(len(both))], [10, 11, 12, 13, 14])
        self.assertEqual(both[-1], 14)
        with self.assertRaises(IndexError):
            both[5]

    def test_random_split_is_a_partition_fixed_by_the_seed(self) -> None:
        splits = []
        for _ in range(2):
            ms.set_seed(3)
            splits.append([[part[i] for i in range(len(part))] for part in data.random_split(list(range(10)), [0.7, 0.3])])
        self.assertEqual(splits[0], splits[1])
        self.assertEqual([len(part) for part in splits[0]], [7, 3])
        self.assertEqual(sorted(splits[0][0] + splits[0][1]), list(range(10)))
        with self.assertRaises(ValueError):
            data.random_split(list(range(10)), [4, 5])

    def test_stacked_and_sampled(self) -> None:
        self.assertEqual(data.StackDataset([1, 2], "ab")[1], (2, "b"))
        self.assertEqual(data.StackDataset(x=[1, 2], y="ab")[0], {"x": 1, "y": "a"})
        with self.assertRaises(ValueError):
            data.StackDataset([1], [1, 2])
        self.assertEqual(sorted(data.SubsetRandomSampler([5, 7, 9])), [5, 7, 9])
        drawn = list(data.WeightedRandomSampler([0.0, 1.0, 3.0], 4000))
        self.assertAlmostEqual(drawn.count(2) / drawn.count(1), 3.0, delta=0.5)
        self.assertNotIn(0, drawn)


class Schedules(unittest.TestCase):
    def test_one_cycle_rises_and_falls(self) -> None:
        weight = ms.Parameter(ops.ones((2,), ms.float32), name="w")
        optimizer = eoptim.SGD([weight], lr=0.5)
        schedule = schedules.OneCycleLR(optimizer, max_lr=0.1, total_steps=11, pct_start=0.6)
        rates = []
        for _ in range(11):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            schedule.step()
        self.assertAlmostEqual(rates[0], 0.1 / 25, places=6)
        self.assertAlmostEqual(max(rates), 0.1, delta=0.004)
        self.assertAlmostEqual(rates[-1], 0.1 / 25 / 1e4, places=7)
        with self.assertRaises(ValueError):
            schedules.OneCycleLR(optimizer, max_lr=0.1)


if __name__ == "__main__":
    unittest.main()
