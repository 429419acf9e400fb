"""What may be asked, and what is refused with a reason."""

import dataclasses
import tempfile
import unittest

import numpy as np
from mindport_verify.plan import InputSpec, Plan, PlanError


class Inputs(unittest.TestCase):
    def test_shapes_ranges_and_types(self):
        rng = np.random.default_rng(0)
        for text, dtype, shape in (
            ("float32[2,4,32,64]", "float32", (2, 4, 32, 64)),
            (" float64[3] ", "float64", (3,)),
            ("int64[5000]=3..9", "int64", (5000,)),
            ("float32[5000]=-1.5..2", "float32", (5000,)),
            ("bool[50]", "bool", (50,)),
            ("float32[]", "float32", ()),
        ):
            with self.subTest(text=text):
                value = np.asarray(InputSpec.parse(text).sample(rng))
                self.assertEqual((str(value.dtype), value.shape), (dtype, shape))
                if "=" in text:
                    low, high = (float(part) for part in text.partition("=")[2].split(".."))
                    self.assertTrue(low <= value.min() and value.max() < high)
                    self.assertGreater(value.max() - value.min(), 0.8 * (high - low - (dtype == "int64")))

    def test_refused(self):
        for text in ("float32", "float32[2,x]", "float8[2]", "float32[2]=3..1", "float32[0,2]", "[2]", "float32[2]=1", "float32[2];import os"):
            with self.subTest(text=text), self.assertRaises(PlanError):
                InputSpec.parse(text)


class Plans(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp()
        self.good = Plan(folder, folder, "package.module:Net.make", {"a": [1, 2]}, (InputSpec("float32", (2,)),))

    def test_travels_as_json(self):
        self.good.check()
        self.assertEqual(Plan.from_json(self.good.to_json()), self.good)

    def test_both_sides_draw_the_same_and_each_call_something_new(self):
        first, second = self.good.batches(), Plan.from_json(self.good.to_json()).batches()
        self.assertEqual(len(first), self.good.calls + self.good.steps)
        np.testing.assert_array_equal(np.array(first), np.array(second))
        self.assertEqual(len({batch[0].tobytes() for batch in first}), len(first))

    def test_refused(self):
        for change in (
            {"source": "/nowhere/at/all"},
            {"model": "networks/afno.py:Net"},
            {"model": "networks.afno"},
            {"model": ":Net"},
            {"inputs": ()},
            {"loss": "hinge"},
            {"calls": 2},
            {"steps": -1},
        ):
            with self.subTest(**change), self.assertRaises(PlanError):
                dataclasses.replace(self.good, **change).check()


if __name__ == "__main__":
    unittest.main()
