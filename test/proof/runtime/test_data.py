"""The loader: order from the seed, the arguments of torch's, workers."""

import unittest

import mindspore as ms
import numpy as np
import torch
from mindport_ops.data import DataLoader
from mindspore import Tensor
from mindspore.dataset.dataloader import Dataset


class Squares(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        return np.full((2,), index, np.float32), Tensor(np.float32(index**2)), index


def order(loader):
    return [int(v) for _, _, index in loader for v in index.asnumpy()]


class Loader(unittest.TestCase):
    def test_the_seed_decides_the_order(self):
        def epochs(seed):
            ms.set_seed(seed)
            loader = DataLoader(Squares(), batch_size=2, shuffle=True)
            return order(loader), order(loader)

        first, again, other = epochs(1), epochs(1), epochs(2)
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertNotEqual(first[0], first[1], "each epoch has an order of its own")
        self.assertEqual(sorted(first[0]), list(range(10)))

    def test_batches_as_torch_makes_them(self):
        class TorchSquares(torch.utils.data.Dataset):
            __len__ = Squares.__len__

            def __getitem__(self, index):
                return np.full((2,), index, np.float32), np.float32(index**2), index

        for batch_size, drop_last, workers in ((3, False, 0), (3, True, 0), (4, True, 2), (1, False, 0)):
            with self.subTest(batch_size=batch_size, drop_last=drop_last, workers=workers):
                options = {"batch_size": batch_size, "drop_last": drop_last}
                mine = DataLoader(Squares(), num_workers=workers, **options)
                theirs = torch.utils.data.DataLoader(TorchSquares(), **options)
                self.assertEqual(len(mine), len(theirs))
                for a, b in zip(mine, theirs, strict=True):
                    for left, right in zip(a, b, strict=True):
                        self.assertIsInstance(left, Tensor)
                        np.testing.assert_array_equal(left.asnumpy(), right.numpy())

    def test_an_own_generator_is_kept(self):
        orders = [order(DataLoader(Squares(), shuffle=True, generator=np.random.default_rng(5))) for _ in range(2)]
        self.assertEqual(orders[0], orders[1])

    def test_errors_of_the_data_set_come_through(self):
        class Broken(Squares):
            def __getitem__(self, index):
                raise FileNotFoundError("1979.h5 is gone")

        with self.assertRaisesRegex(Exception, "1979.h5 is gone"):
            order(DataLoader(Broken()))


if __name__ == "__main__":
    unittest.main()
