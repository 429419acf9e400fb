"""Layers with torch's constructors: values and all gradients against torch, PyNative and compiled, three calls on new data each."""

import unittest

import mindspore as ms
import numpy as np
import torch
from mindport_ops import layers, weights
from mindspore import Tensor, nn

CASES = [
    ("patches", lambda m: m.Conv2d(3, 5, kernel_size=(4, 2), stride=(4, 2)), (2, 3, 8, 6)),
    ("patches with a remainder", lambda m: m.Conv2d(3, 5, 4, 4), (2, 3, 10, 13)),
    ("patches without bias", lambda m: m.Conv2d(3, 5, 2, stride=2, bias=False), (2, 3, 4, 4)),
    ("one by one", lambda m: m.Conv2d(3, 5, 1), (2, 3, 4, 4)),
    ("padded", lambda m: m.Conv2d(3, 5, 3, 1, 1), (2, 3, 6, 7)),
    ("padded unevenly", lambda m: m.Conv2d(3, 4, (3, 5), padding=(1, 2), stride=2), (2, 3, 8, 9)),
    ("groups and dilation", lambda m: m.Conv2d(4, 8, 3, padding=2, dilation=2, groups=2), (2, 4, 7, 7)),
    ("norm", lambda m: m.LayerNorm(6), (2, 5, 6)),
    ("norm over two axes", lambda m: m.LayerNorm((5, 6), eps=1e-3), (2, 5, 6)),
    ("gelu", lambda m: m.GELU(), (3, 4)),
    ("gelu tanh", lambda m: m.GELU("tanh"), (3, 4)),
    ("linear", lambda m: m.Linear(6, 3), (2, 6)),
    ("linear without bias", lambda m: m.Linear(6, 3, bias=False), (2, 6)),
]


def relative(a, b):
    return float(np.abs(a - b).max() / max(float(np.abs(b).max()), 1e-30))


class AgainstTorch(unittest.TestCase):
    def test_values_and_gradients(self):
        for name, make, shape in CASES:
            module = make(torch.nn)
            cell = make(layers)
            weights.transfer(module, cell)
            names = {pair.name: pair.source for pair in weights.map_weights(module, cell).pairs}
            params = cell.trainable_params()

            def forward(x, t):
                return ((cell(x) - t) ** 2).sum()

            grad_fn = ms.value_and_grad(forward, 0, params or None)
            for jit in (False, True):
                run = ms.jit(grad_fn) if jit else grad_fn
                for call in range(3):
                    with self.subTest(name=name, jit=jit, call=call):
                        rng = np.random.default_rng(call)
                        x = torch.tensor(rng.standard_normal(shape).astype(np.float32), requires_grad=True)
                        y = module(x)
                        t = rng.standard_normal(tuple(y.shape)).astype(np.float32)
                        module.zero_grad()
                        loss = ((y - torch.tensor(t)) ** 2).sum()
                        loss.backward()
                        value, grads = run(Tensor(x.detach().numpy()), Tensor(t))
                        dx, dparams = grads if params else (grads, ())
                        self.assertLessEqual(relative(value.asnumpy(), loss.detach().numpy()), 1e-5)
                        self.assertLessEqual(relative(dx.asnumpy(), x.grad.numpy()), 1e-4)
                        by_name = dict(module.named_parameters())
                        for parameter, gradient in zip(params, dparams, strict=True):
                            self.assertLessEqual(relative(gradient.asnumpy(), by_name[names[parameter.name]].grad.numpy()), 1e-4)

    def test_they_are_the_frameworks_layers(self):
        self.assertIsInstance(layers.LayerNorm(4), nn.LayerNorm)
        self.assertIsInstance(layers.Conv2d(1, 1, 1), nn.Conv2d)
        self.assertIsInstance(layers.Linear(1, 1), nn.Dense)

    def test_dropout_takes_the_probability_to_drop(self):
        cell = layers.Dropout(0.1).set_train()
        zero = float((cell(Tensor(np.ones((200, 200), np.float32))).asnumpy() == 0).mean())
        self.assertTrue(0.08 < zero < 0.12, zero)

    def test_a_norm_without_affine_trains_nothing(self):
        self.assertEqual(layers.LayerNorm(4, elementwise_affine=False).trainable_params(), [])


if __name__ == "__main__":
    unittest.main()
