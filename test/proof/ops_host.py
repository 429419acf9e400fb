"""Operators that work on the host or are known in closed form: images, files of torch.save, meters, spherical transforms."""

import gzip
import math
import pickle
import struct
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import numpy as np
import torch
from mindspore import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from mindport_ops import data, metrics, picture_sets, pictures, spherical, testing, torch_files, transforms

NUMBERS = np.random.default_rng(0)


class Images(unittest.TestCase):
    def test_bytes_become_channels_first_in_unit_range(self) -> None:
        image = NUMBERS.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        result = transforms.ToTensor()(image).asnumpy()
        self.assertEqual((result.shape, result.dtype), ((3, 4, 5), np.float32))
        np.testing.assert_allclose(result[2, 1, 3], image[1, 3, 2] / 255, rtol=1e-6)

    def test_numbers_keep_their_type(self) -> None:
        self.assertEqual(transforms.to_tensor(NUMBERS.random((4, 5))).asnumpy().dtype, np.float64)
        with self.assertRaises(TypeError):
            transforms.to_tensor(np.zeros(3))

    def test_a_chain(self) -> None:
        chain = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.25]), transforms.Lambda(lambda x: x * 2)])
        image = NUMBERS.integers(0, 256, (4, 5), dtype=np.uint8)
        np.testing.assert_allclose(chain(image).asnumpy()[0], (image / 255 - 0.5) * 8, atol=1e-5)

    def test_a_grid_has_every_image_in_its_place(self) -> None:
        images = NUMBERS.random((5, 1, 3, 4)).astype(np.float32)
        grid = pictures.make_grid(Tensor(images), nrow=2, padding=1, pad_value=0.5).asnumpy()
        self.assertEqual(grid.shape, (3, 3 * 4 + 1, 2 * 5 + 1))
        np.testing.assert_array_equal(grid[1, 9:12, 1:5], images[4, 0])
        self.assertTrue((grid[:, 9:12, 6:10] == 0.5).all())

    def test_scaling_each(self) -> None:
        images = NUMBERS.random((2, 3, 3, 4)).astype(np.float32) * np.array([1, 9], np.float32).reshape(2, 1, 1, 1)
        grid = pictures.make_grid(Tensor(images), padding=0, normalize=True, scale_each=True).asnumpy()
        self.assertAlmostEqual(float(grid[:, :, :4].max()), 1.0, places=6)
        self.assertAlmostEqual(float(grid[:, :, 4:].max()), 1.0, places=6)


class Files(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name) / "x.pt"

    def test_what_torch_saved(self) -> None:
        x = torch.randn(3, 4)
        torch.save({"w": torch.nn.Linear(2, 3).state_dict(), "t": x.T, "part": x[1:, ::2], "h": x.bfloat16(), "l": [1, "a", (x.half(),)]}, self.path)
        read = torch_files.load(self.path)
        np.testing.assert_array_equal(read["t"].asnumpy(), x.T.numpy())
        np.testing.assert_array_equal(read["part"].asnumpy(), x[1:, ::2].numpy())
        np.testing.assert_array_equal(read["l"][2][0].asnumpy(), x.half().numpy())
        self.assertEqual((list(read["w"]), read["w"]["weight"].shape, str(read["h"].dtype)), (["weight", "bias"], (3, 2), "BFloat16"))

    def test_code_is_refused(self) -> None:
        torch.save(torch.nn.Linear(2, 2), self.path)
        with self.assertRaisesRegex(ValueError, "only dicts, lists and tuples"):
            torch_files.load(self.path)

        class Call:
            def __reduce__(self) -> tuple:
                return (eval, ("1/0",))

        with zipfile.ZipFile(self.path, "w") as archive:
            archive.writestr("a/data.pkl", pickle.dumps(Call()))
        with self.assertRaisesRegex(ValueError, "builtins.eval"):
            torch_files.load(self.path)

    def test_other_files_are_refused(self) -> None:
        self.path.write_bytes(b"no zip")
        with self.assertRaisesRegex(ValueError, "not a file of torch.save"):
            torch_files.load(self.path)


class Measures(unittest.TestCase):
    def test_a_running_mean(self) -> None:
        meter = metrics.AverageMeter()
        meter.update(2.0, 3)
        meter.update(4.0)
        self.assertEqual((meter.val, meter.sum, meter.count, meter.avg), (4.0, 10.0, 4, 2.5))

    def test_accuracy(self) -> None:
        scores = Tensor(np.array([[0.1, 0.9, 0.0], [0.8, 0.15, 0.05], [0.3, 0.1, 0.6], [0.2, 0.5, 0.3]], np.float32))
        found = metrics.accuracy(scores, Tensor(np.array([1, 1, 2, 0])), topk=(1, 2))
        self.assertEqual([float(one) for one in found], [50.0, 75.0])

    def test_closeness(self) -> None:
        x = Tensor(np.ones(3, np.float32))
        testing.assert_close({"a": [x, 1.0]}, {"a": [x + 1e-6, 1.0]})
        for other in (x + 1e-3, Tensor(np.ones(4, np.float32)), Tensor(np.ones(3))):
            with self.assertRaises(AssertionError):
                testing.assert_close(x, other)
        with self.assertRaisesRegex(RuntimeError, "too many"):
            testing.check(False, lambda: "too many")


class Sphere(unittest.TestCase):
    def field(self, nodes: np.ndarray, nlon: int) -> np.ndarray:
        """2 Y(1, 0) - 3 sqrt(2) Re Y(1, 1) from their closed forms."""
        longitude = 2 * np.pi / nlon * np.arange(nlon)
        z = nodes[:, None]
        y10 = math.sqrt(3 / (4 * math.pi)) * z
        y11 = -math.sqrt(3 / (8 * math.pi)) * np.sqrt(1 - z**2) * np.cos(longitude)
        return 2 * y10 + 2 * 3 * y11 + 0 * longitude

    def test_closed_forms_on_every_grid(self) -> None:
        for grid in ("equiangular", "legendre-gauss", "lobatto"):
            with self.subTest(grid):
                nodes, weights = spherical.quadrature(9, grid)
                self.assertAlmostEqual(float(weights.sum()), 2.0, places=12)
                self.assertGreater(nodes[0], nodes[-1])
                result = spherical.RealSHT(9, 16, lmax=4, grid=grid)(Tensor(self.field(nodes, 16).astype(np.float32))).asnumpy()
                expected = np.zeros((4, 4), np.complex64)
                expected[1, 0], expected[1, 1] = 2, 3
                np.testing.assert_allclose(result, expected, atol=2e-6)

    def test_there_and_back(self) -> None:
        forward = spherical.RealSHT(12, 24, grid="legendre-gauss")
        back = spherical.InverseRealSHT(12, 24, grid="legendre-gauss")
        spectrum = (NUMBERS.standard_normal((2, 12, 12)) + 1j * NUMBERS.standard_normal((2, 12, 12))) * np.tri(12)
        spectrum[:, :, 0] = spectrum[:, :, 0].real
        spectrum = spectrum.astype(np.complex64)
        np.testing.assert_allclose(forward(back(Tensor(spectrum))).asnumpy(), spectrum, atol=2e-5)

    def test_what_it_has_not(self) -> None:
        with self.assertRaisesRegex(ValueError, "grid"):
            spherical.RealSHT(8, 16, grid="healpix")
        with self.assertRaisesRegex(ValueError, "norm"):
            spherical.RealSHT(8, 16, norm="schmidt")


class PictureSets(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write_idx(self, path: Path, values: np.ndarray, pack: bool = False) -> None:
        content = struct.pack(f">BBBB{values.ndim}i", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(content)) if pack else path.write_bytes(content)

    def test_mnist_plain_and_packed(self) -> None:
        images, labels = NUMBERS.integers(0, 256, (5, 28, 28), dtype=np.uint8), np.array([3, 1, 4, 1, 5], np.uint8)
        for kind in (picture_sets.MNIST, picture_sets.FashionMNIST):
            for part, pack in (("train", False), ("t10k", True)):
                raw = self.root / kind.__name__ / "raw"
                self.write_idx(raw / f"{part}-images-idx3-ubyte", images, pack)
                self.write_idx(raw / f"{part}-labels-idx1-ubyte", labels, pack)
            for train in (True, False):
                found = kind(self.root, train=train, transform=transforms.ToTensor(), target_transform=lambda label: label + 10)
                self.assertEqual((len(found), len(found.classes)), (5, 10))
                image, label = found[np.int64(2)]
                np.testing.assert_allclose(image.asnumpy(), images[2][None] / np.float32(255), rtol=1e-6)
                self.assertEqual(label, 14)
                self.assertEqual(found.targets.asnumpy().tolist(), labels.tolist())
                np.testing.assert_array_equal(found.data.asnumpy(), images)

    def test_batches(self) -> None:
        raw = self.root / "MNIST" / "raw"
        self.write_idx(raw / "train-images-idx3-ubyte", NUMBERS.integers(0, 256, (6, 28, 28), dtype=np.uint8))
        self.write_idx(raw / "train-labels-idx1-ubyte", np.arange(6, dtype=np.uint8))
        loader = data.DataLoader(picture_sets.MNIST(self.root, transform=transforms.ToTensor()), batch_size=4)
        self.assertEqual([(tuple(x.shape), y.asnumpy().tolist()) for x, y in loader], [((4, 1, 28, 28), [0, 1, 2, 3]), ((2, 1, 28, 28), [4, 5])])

    def test_cifar(self) -> None:
        folder = self.root / "cifar-10-batches-py"
        folder.mkdir()
        rows = NUMBERS.integers(0, 256, (2, 3072), dtype=np.uint8)
        for name in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]:
            (folder / name).write_bytes(pickle.dumps({"data": rows, "labels": [7, 2]}, protocol=2))
        (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [str(i) for i in range(10)]}))
        found = picture_sets.CIFAR10(self.root)
        self.assertEqual((len(found), found.data.shape, found.targets[-1]), (10, (10, 32, 32, 3), 2))
        image, label = found[1]
        np.testing.assert_array_equal(np.asarray(image), rows[1].reshape(3, 32, 32).transpose(1, 2, 0))
        self.assertEqual((label, len(picture_sets.CIFAR10(self.root, train=False))), (2, 2))
        (folder / "test_batch").write_bytes(pickle.dumps({"data": math.sin}))
        self.assertRaises(pickle.UnpicklingError, picture_sets.CIFAR10, self.root, train=False)

    def test_image_folder(self) -> None:
        from PIL import Image

        for name, shade in (("b/second.png", 20), ("a/x/deep.PNG", 30), ("a/first.png", 10), ("a/notes.txt", None)):
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("") if shade is None else Image.new("L", (3, 2), shade).save(path)
        found = picture_sets.ImageFolder(self.root)
        self.assertEqual((found.classes, found.targets), (["a", "b"], [0, 0, 1]))
        self.assertEqual([np.asarray(found[i][0])[0, 0].tolist() for i in range(3)], [[10] * 3, [30] * 3, [20] * 3])
        (self.root / "empty").mkdir()
        self.assertRaises(FileNotFoundError, picture_sets.ImageFolder, self.root)
        self.assertEqual(len(picture_sets.ImageFolder(self.root, allow_empty=True)), 3)

    def test_missing_files_say_where_they_are_sought(self) -> None:
        for kind, folder in ((picture_sets.KMNIST, "KMNIST"), (picture_sets.CIFAR100, "cifar-100-python")):
            self.assertRaisesRegex(RuntimeError, folder, kind, self.root, download=True)


if __name__ == "__main__":
    unittest.main()
