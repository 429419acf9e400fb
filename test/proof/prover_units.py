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
from mindport_prove.variants import draws


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


class Variants(unittest.TestCase):
    GIVEN = {"x": "randn(2, 3)", "y": "positive(3)", "n": "3", "k": "randint(0, 3, 4)"}

    def shapes(self, given: dict[str, str], variant: str) -> list[list[tuple[int, ...]]]:
        return [[v.array.shape for v in way.values() if isinstance(v, Drawn)] for way in draws(given, "job", variant)]

    def test_another_dtype_for_every_float32_input(self) -> None:
        for variant, dtype in {"f16": "float16", "bf16": "bfloat16", "i64": "int64", "i32": "int32", "bool": "bool", "c64": "complex64"}.items():
            (way,) = draws(self.GIVEN, "job", variant)
            self.assertEqual([way[name].dtype for name in "xyk"], [dtype, dtype, "int64"], variant)
            self.assertEqual((way["n"], way["x"].array.shape), (3, (2, 3)))
        self.assertEqual(list(draws({"x": "randn(2)"}, "job", "f32")), [])
        (way,) = draws({"k": "int64(4)"}, "job", "bool")
        self.assertEqual(way["k"].dtype, "bool")

    def test_whole_numbers_stay_apart_and_divisors_stay_away_from_zero(self) -> None:
        (way,) = draws({"x": "distinct(3, 4)", "y": "positive(9)"}, "job", "i64")
        self.assertEqual(len(set(way["x"].array.ravel().tolist())), 12)
        self.assertTrue(np.all(way["y"].array > 0))
        (way,) = draws({"x": "tensor([nan, inf, -inf])"}, "job", "i64")
        self.assertEqual(np.sign(way["x"].array).tolist(), [0, 1, -1])

    def test_mixed_dtypes_need_two_inputs(self) -> None:
        (way,) = draws(self.GIVEN, "job", "mixed")
        self.assertEqual([way[name].dtype for name in "xy"], ["int64", "float32"])
        self.assertEqual(list(draws({"x": "randn(2)"}, "job", "mixed")), [])

    def test_sizes_change_wherever_they_occur(self) -> None:
        self.assertEqual(self.shapes(self.GIVEN, "empty"), [[(0, 3), (3,), (4,)], [(2, 0), (0,), (4,)], [(2, 3), (3,), (0,)]])
        self.assertEqual(self.shapes(self.GIVEN, "shape")[:2], [[(3, 4), (4,), (5,)], [(4, 6), (6,), (8,)]])
        self.assertEqual(self.shapes(self.GIVEN, "0d"), [[(), (), ()], [(), (3,), (4,)]])
        self.assertEqual(self.shapes({"z": "complex64(2)"}, "rank"), [[(2, 2)]])
        self.assertEqual(self.shapes({"x": "randn()"}, "0d"), [])

    def test_special_numbers_at_different_places(self) -> None:
        (way,) = draws(self.GIVEN, "job", "nan")
        places = [np.flatnonzero(np.isnan(way[name].array)).tolist() for name in "xy"]
        self.assertEqual(places, [[0, 4], [1]])
        (way,) = draws({"x": "[randn(5)]"}, "job", "inf")
        self.assertEqual(way["x"][0].array[[0, 4]].tolist(), [math.inf, -math.inf])
        self.assertEqual(list(draws({"x": "randn(0)"}, "job", "nan")), [])

    def test_an_unknown_variant_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            list(draws(self.GIVEN, "job", "f8"))


if __name__ == "__main__":
    unittest.main()
