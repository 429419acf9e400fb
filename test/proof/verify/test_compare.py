"""The gates: NaN never passes, shapes and types count, modes must agree with each other; and where the first difference is put."""

import math
import unittest

import numpy as np
from mindport_verify.compare import Tolerances, error_of, judge
from mindport_verify.locate import first_difference, last_owner
from mindport_verify.report import plain


class Errors(unittest.TestCase):
    def test_relative_to_the_whole_array(self):
        self.assertAlmostEqual(error_of(np.array([1.0, 100.0]), np.array([2.0, 100.0])), 0.01)
        self.assertAlmostEqual(error_of(np.array([1e-9]), np.array([0.0]), floor=1e-3), 1e-6)
        self.assertEqual(error_of(np.array([1e-30]), np.array([0.0])), math.inf)
        self.assertEqual(error_of(np.zeros(3), np.zeros(3)), 0.0)

    def test_what_is_not_finite_must_agree(self):
        nan, inf = math.nan, math.inf
        for a, b, equal in (([nan, 1], [nan, 1], True), ([nan, 1], [0, 1], False), ([0, 1], [nan, 1], False), ([inf], [inf], True), ([inf], [-inf], False)):
            error = error_of(np.array(a, float), np.array(b, float))
            self.assertEqual(error <= 1e-5, equal, (a, b, error))
            self.assertFalse(math.isnan(error))

    def test_shapes_never_broadcast(self):
        self.assertEqual(error_of(np.ones((3, 1)), np.ones((3, 3))), math.inf)


def results(**changes):
    """What two workers that agree would leave, with one thing changed."""
    y, g = np.array([1.0, 2.0], np.float32), np.array([3.0], np.float32)
    torch_arrays = {f"output/{c}/0": y for c in range(3)} | {f"gradient/{c}/w": g for c in range(3)}
    arrays = {f"{m}/{key}": value for m in ("pynative", "jit") for key, value in torch_arrays.items()}
    mode = {"losses": [1.0] * 3, "curve": [1.0, 0.5], "step_seconds": [1.0, 1.0], "first_call_seconds": 1.0}
    torch_facts = {"random": False, "outputs": 1, "trainable": ["w"], "curve": [1.0, 0.5]}
    facts = {"missing": [], "unused": [], "mismatched": [], "untrained": [], "random": False, "pynative": dict(mode), "jit": dict(mode)}
    arrays.update(changes.pop("arrays", {}))
    for path, value in changes.items():
        owner, _, name = path.rpartition("__")
        (facts[owner] if owner in facts and owner else facts)[name] = value
    return torch_arrays, torch_facts, arrays, facts


def problems(**changes):
    verdict = judge(*results(**changes), 3, Tolerances())
    return [name for name, _ in verdict.problems]


class Gates(unittest.TestCase):
    def test_agreement(self):
        self.assertEqual(problems(), [])

    def test_each_disagreement_is_named(self):
        f = lambda *v: np.array(v, np.float32)  # noqa: E731
        for changes, expected in (
            ({"arrays": {"jit/output/2/0": f(1.0, 2.001)}}, {"forward", "modes_differ"}),
            ({"arrays": {"pynative/output/0/0": f(math.nan, 2.0)}}, {"forward", "modes_differ"}),
            ({"arrays": {"jit/gradient/1/w": f(math.nan)}}, {"gradient", "modes_differ"}),
            ({"arrays": {"jit/gradient/1/w": f(3.0001)}}, {"modes_differ"}),
            ({"arrays": {"pynative/output/0/0": f(1.0, 2.0).reshape(2, 1)}}, {"shape", "forward", "modes_differ"}),
            ({"arrays": {"pynative/output/0/0": np.array([1.0, 2.0], np.float16)}}, {"dtype"}),
            ({"arrays": {"jit/output/0/1": f(1.0)}}, {"number_of_outputs", "forward"}),
            ({"jit__curve": [1.0, math.nan]}, {"curve", "modes_differ"}),
            ({"jit__curve": [1.0]}, {"curve", "modes_differ"}),
            ({"missing": ["b"]}, {"weights_missing"}),
            ({"unused": ["b"]}, {"weights_unused"}),
            ({"mismatched": ["b"]}, {"weights_mismatched"}),
            ({"untrained": ["b"]}, {"weights_untrained"}),
            ({"random": True}, {"random_only_migrated"}),
        ):
            with self.subTest(**{key: str(value) for key, value in changes.items()}):
                self.assertEqual(set(problems(**changes)), expected)

    def test_small_deviations_pass(self):
        self.assertEqual(problems(arrays={f"{m}/output/0/0": np.array([1.0, 2.00001], np.float32) for m in ("pynative", "jit")}), [])


def layer(name):
    return {"class": name.title() or "Net", "made": "net.py:1", "defined": ""}


def trace(*events):
    """Events (what, name, value) as a worker leaves them."""
    arrays, listed = {}, []
    for i, (what, name, value) in enumerate(events):
        arrays[f"trace/{i}"] = np.asarray(value, float)
        listed.append({"what": what, "name": name, "count": 0, "arrays": [f"trace/{i}"]})
    return arrays, {"trace": listed, "layers": {name: layer(name) for name in ("", "a", "b", "b.c")}}


class Places(unittest.TestCase):
    PATH = [("enter", ""), ("enter", "a"), ("exit", "a"), ("enter", "b"), ("enter", "b.c"), ("exit", "b.c"), ("exit", "b"), ("exit", "")]

    def at(self, errors, tolerance=1e-5):
        expected = trace(*((what, name, [1.0]) for what, name in self.PATH))
        got = trace(*((what, name, [1.0 + error]) for (what, name), error in zip(self.PATH, errors)))
        place = first_difference(*expected, *got, tolerance)
        return place and (place["kind"], place["name"], place["next"])

    def test_agreement_has_no_place(self):
        self.assertIsNone(self.at([0, 0, 1e-7, 1e-7, 2e-7, 1e-6, 1e-6, 2e-6]))

    def test_a_layer_whose_input_agrees_is_at_fault(self):
        self.assertEqual(self.at([0, 0, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3]), ("layer", "a", None))
        self.assertEqual(self.at([0, 0, 0, 0, 0, 1e-3, 1e-3, 1e-3]), ("layer", "b.c", None))

    def test_code_between_layers_belongs_to_the_layer_around(self):
        self.assertEqual(self.at([0, 0, 0, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3]), ("before", "", "b"))
        self.assertEqual(self.at([0, 0, 0, 0, 1e-3, 1e-3, 1e-3, 1e-3]), ("before", "b", "b.c"))
        self.assertEqual(self.at([0, 0, 0, 0, 0, 0, 1e-3, 1e-3]), ("after", "b", None))
        self.assertEqual(self.at([0, 0, 0, 0, 0, 0, 0, 1e-3]), ("after", "", None))

    def test_a_small_fault_that_grows_is_found_where_it_began(self):
        self.assertEqual(self.at([0, 0, 6e-6, 6e-6, 6e-6, 9e-6, 5e-4, 5e-4]), ("layer", "a", None))

    def test_noise_is_not_a_fault(self):
        self.assertEqual(self.at([0, 0, 1e-6, 1e-6, 1e-6, 1e-3, 1e-3, 1e-3]), ("layer", "b.c", None))

    def test_another_shape_is_a_fault(self):
        expected = trace(("enter", "", [1.0]), ("exit", "a", [[1.0, 2.0]]))
        got = trace(("enter", "", [1.0]), ("exit", "a", [[1.0], [2.0]]))
        place = first_difference(*expected, *got, 1e-5)
        self.assertEqual((place["name"], place["shapes"]), ("a", {"source": [[1, 2]], "migrated": [[2, 1]]}))

    def test_wrong_gradients_point_to_the_last_owner(self):
        facts = trace(*((what, name, [1.0]) for what, name in self.PATH))[1]
        self.assertEqual(last_owner(["a.weight", "b.c.weight", "scale"], facts, facts)["name"], "b.c")
        self.assertEqual(last_owner(["scale"], facts, facts)["name"], "")
        self.assertIsNone(last_owner(["elsewhere.weight"], facts, facts))


class Documents(unittest.TestCase):
    def test_json_has_no_nan(self):
        self.assertEqual(plain({"a": [math.nan, math.inf, 1.5, "x"], "b": (1, None)}), {"a": ["nan", "inf", 1.5, "x"], "b": [1, None]})


if __name__ == "__main__":
    unittest.main()
