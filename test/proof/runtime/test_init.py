"""Initialisers against torch.nn.init: same law (moments and bounds of large samples), same arguments."""

import unittest

import mindport_ops.init as init
import mindspore as ms
import numpy as np
import torch
from mindspore import Parameter, Tensor

CASES = [
    ("constant_", (3.5,), {}),
    ("zeros_", (), {}),
    ("ones_", (), {}),
    ("normal_", (0.5, 0.2), {}),
    ("normal_", (), {"std": 0.02}),
    ("uniform_", (-1.0, 3.0), {}),
    ("uniform_", (), {}),
    ("trunc_normal_", (), {"mean": 0.0, "std": 0.02, "a": -2.0, "b": 2.0}),
    ("trunc_normal_", (), {"mean": 0.1, "std": 1.0, "a": -0.5, "b": 0.7}),
    ("xavier_uniform_", (), {}),
    ("xavier_uniform_", (), {"gain": 2.0}),
    ("xavier_normal_", (), {}),
    ("kaiming_uniform_", (), {"a": 5**0.5}),
    ("kaiming_uniform_", (), {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_normal_", (), {"mode": "fan_out", "nonlinearity": "relu"}),
]


class Laws(unittest.TestCase):
    def test_moments_and_bounds_equal_torch(self):
        torch.manual_seed(0)
        ms.set_seed(0)
        for shape in ((300, 400), (96, 24, 7, 7)):
            for name, args, kwargs in CASES:
                with self.subTest(name=name, args=args, kwargs=kwargs, shape=shape):
                    expected = torch.empty(shape)
                    getattr(torch.nn.init, name)(expected, *args, **kwargs)
                    got = Parameter(Tensor(np.full(shape, np.nan, np.float32)))
                    self.assertIs(getattr(init, name)(got, *args, **kwargs), got)
                    a, b = expected.numpy(), got.asnumpy()
                    spread = max(float(a.std()), 1e-12)
                    self.assertLess(abs(float(a.mean()) - float(b.mean())), 0.03 * spread + 1e-6)
                    self.assertLess(abs(spread - max(float(b.std()), 1e-12)), 0.02 * spread)
                    if "normal_" not in name or "trunc" in name and kwargs["std"] == 1.0:  # bounded laws
                        np.testing.assert_allclose([a.min(), a.max()], [b.min(), b.max()], atol=0.02 * spread)

    def test_eye_and_orthogonal(self):
        np.testing.assert_array_equal(init.eye_(Parameter(Tensor(np.ones((3, 5), np.float32)))).asnumpy(), np.eye(3, 5))
        q = init.orthogonal_(Parameter(Tensor(np.ones((4, 9), np.float32))), gain=2.0).asnumpy()
        np.testing.assert_allclose(q @ q.T, 4.0 * np.eye(4), atol=1e-5)

    def test_gains_equal_torch(self):
        for name, param in (("linear", None), ("tanh", None), ("relu", None), ("leaky_relu", 0.2), ("selu", None), ("conv2d", None)):
            self.assertAlmostEqual(init.calculate_gain(name, param), torch.nn.init.calculate_gain(name, param))
        with self.assertRaises(ValueError):
            init.calculate_gain("unheard of")

    def test_the_seed_decides(self):
        def draw(seed):
            ms.set_seed(seed)
            return init.normal_(Parameter(Tensor(np.zeros((8, 8), np.float32)))).asnumpy()

        np.testing.assert_array_equal(draw(4), draw(4))
        self.assertGreater(np.abs(draw(4) - draw(5)).max(), 0)

    def test_only_parameters_can_be_filled(self):
        with self.assertRaisesRegex(TypeError, "Parameter"):
            init.zeros_(Tensor(np.ones(2, np.float32)))
        with self.assertRaises(ValueError):
            init.xavier_uniform_(Parameter(Tensor(np.ones(2, np.float32))))


if __name__ == "__main__":
    unittest.main()
