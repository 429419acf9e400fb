"""Parts of the prover on their own: drawing inputs, comparing, taking snippets apart."""

import math
import sys
import unittest
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from mindport_prove import program
from mindport_prove.given import Drawn, draw
from mindport_prove.outputs import Disagreement, Value, compare
from mindport_prove.tolerance import error_between, tolerance_of


def one(text: str, call: int = 0) -> Drawn:
    return draw({"x": text}, "job", call)["x"]


class Given(unittest.TestCase):
    def test_dtype_and_shape_of_every_generator(self) -> None:
        for text, dtype, shape in [
            ("randn(2, 3)", "float32", (2, 3)),
            ("randn((2, 3))", "float32", (2, 3)),
            ("randn()", "float32", ()),
            ("rand(0, 3)", "float32", (0, 3)),
            ("randint(0, 5, 4)", "int64", (4,)),
            ("randint(0, 5, (4, 2)).int32", "int32", (4, 2)),
            ("int64(2)", "int64", (2,)),
            ("bools(8)", "bool", (8,)),
            ("complex64(2, 2)", "complex64", (2, 2)),
            ("arange(6)", "int64", (6,)),
            ("arange(0.0, 1.0, 0.25)", "float32", (4,)),
            ("linspace(0, 1, 5)", "float32", (5,)),
            ("zeros(2).float64", "float64", (2,)),
            ("full((2, 2), 7)", "int64", (2, 2)),
            ("eye(3)", "float32", (3, 3)),
            ("tensor([[1.0, nan], [inf, -inf]])", "float32", (2, 2)),
            ("randn(3).astype(float16)", "float16", (3,)),
            ("randn(3).bfloat16()", "bfloat16", (3,)),
            ("randn(3) * 2 + 1", "float32", (3,)),
            ("abs(randn(3).float16) + 1", "float16", (3,)),
            ("permutation(3)", "int64", (3,)),
        ]:
            drawn = one(text)
            self.assertEqual((drawn.dtype, drawn.array.shape), (dtype, shape), text)

    def test_calls_differ_and_repeat(self) -> None:
        self.assertTrue(np.array_equal(one("randn(9)", 1).array, one("randn(9)", 1).array))
        self.assertFalse(np.array_equal(one("randn(9)", 1).array, one("randn(9)", 2).array))

    def test_distinct_has_no_ties(self) -> None:
        self.assertEqual(len(set(one("distinct(5, 7)").array.ravel().tolist())), 35)

    def test_bfloat16_rounds_as_torch_does(self) -> None:
        numbers = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
        expected = torch.from_numpy(numbers).bfloat16().float().numpy()
        self.assertTrue(np.array_equal(Drawn(numbers, "bfloat16").array, expected))
        self.assertTrue(np.isnan(Drawn(np.float32("nan"), "bfloat16").array))

    def test_plain_values_and_sequences(self) -> None:
        drawn = draw({"k": "3", "name": "'abc'", "none": "None", "t": "(1, 2)", "xs": "[randn(2), randn(3)]"}, "job", 0)
        self.assertEqual((drawn["k"], drawn["name"], drawn["none"], drawn["t"]), (3, "abc", None, (1, 2)))
        self.assertEqual([part.array.shape for part in drawn["xs"]], [(2,), (3,)])

    def test_nothing_else_is_executed(self) -> None:
        for text in ("__import__('os')", "().__class__", "[x for x in (1,)]", "open('f')", "lambda: 1"):
            with self.assertRaisesRegex(ValueError, "input x"):
                one(text)


class Comparing(unittest.TestCase):
    def test_nan_and_infinities_must_be_in_the_same_places(self) -> None:
        nan, inf = float("nan"), float("inf")
        for a, b, equal in [
            ([1.0, nan], [1.0, nan], True),
            ([1.0, 2.0], [1.0, nan], False),
            ([1.0, nan], [1.0, 2.0], False),
            ([inf, 1.0], [inf, 1.0], True),
            ([inf, 1.0], [-inf, 1.0], False),
            ([1e30, 1.0], [inf, 1.0], False),
            ([nan, 1.0], [inf, 1.0], False),
        ]:
            error = error_between(np.array(a), np.array(b))
            self.assertEqual(error <= 1e-5, equal, f"{a} {b}")
            self.assertFalse(math.isnan(error))

    def test_error_is_relative_to_the_tensor_and_absolute_below_the_floor(self) -> None:
        self.assertAlmostEqual(error_between(np.array([1000.0, 0.001]), np.array([1000.0, 0.0])), 1e-6)
        self.assertAlmostEqual(error_between(np.array([1e-9]), np.array([0.0])), 1e-6)
        self.assertEqual(error_between(np.zeros((0, 3)), np.zeros((0, 3))), 0.0)
        self.assertEqual(error_between(np.zeros((1, 3)), np.zeros((3,))), math.inf)
        self.assertAlmostEqual(error_between(np.array([1 + 1e-3j]), np.array([1 + 0j])), 1e-3)

    def test_integers_are_equal_or_not(self) -> None:
        big = 2**60
        self.assertGreater(error_between(np.array([big]), np.array([big + 1])), 0.0)
        with self.assertRaises(Disagreement):
            compare(Value(np.array([1, 2]), "int64"), Value(np.array([1, 3]), "int64"), None)
        self.assertEqual(compare(Value(np.array([1], np.int32), "int32"), Value(np.array([1]), "int64"), None), 0.0)
        with self.assertRaises(Disagreement):
            compare(Value(np.array([1]), "int64"), Value(np.array([1], np.int32), "int32"), None)

    def test_structure(self) -> None:
        x = Value(np.ones(2, np.float32), "float32")
        compare({"a": (x, 1)}, {"a": (x, 1)}, None)
        for actual, expected in [({"b": x}, {"a": x}), ((x,), (x, x)), (x, (x,)), (1, True), (1, "1"), (None, x), (2, 3)]:
            with self.assertRaises(Disagreement):
                compare(actual, expected, None)
        zero_d = Value(np.array(3), "int64")
        self.assertEqual(compare(zero_d, 3, None, compiled=True), 0.0)
        with self.assertRaises(Disagreement):
            compare(zero_d, 3, None)

    def test_an_own_tolerance_widens_only_what_it_says(self) -> None:
        self.assertEqual(tolerance_of("float32", 1e-3).forward, 1e-3)
        self.assertEqual(tolerance_of("float32", 1e-3).gradient, 1e-2)
        self.assertEqual(tolerance_of("float32", 1e-7).gradient, tolerance_of("float32").gradient)


class Snippets(unittest.TestCase):
    def test_definitions_go_to_the_module_unless_they_use_local_names(self) -> None:
        snippet = program.split("import math\nk = 2\ndef f(y):\n  return y * k\ndef g(y):\n  k2 = y\n  return k2\nf(x) + g(x)", ["x"])
        self.assertEqual([text.split("(")[0] for text in snippet.definitions], ["import math", "def g"])
        self.assertEqual(len(snippet.statements), 2)

    def test_the_prelude_is_what_the_catalog_declares(self) -> None:
        self.assertEqual(program.mindspore_prelude(frozenset({"ops", "x"})), "from mindspore import ops\n")
        self.assertIn("import mindport_ops\n", program.mindspore_prelude(frozenset({"mindport_ops"})))
        with_default = program.mindspore_prelude(frozenset({"ms", "eoptim"}), Path("nowhere"))
        self.assertEqual(with_default, "from mindspore.experimental import optim as eoptim\nimport mindspore as ms\n")


if __name__ == "__main__":
    unittest.main()
