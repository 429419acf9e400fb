"""Mixed precision against torch.amp: the scaler step by step, the region by precision and dtypes, PyNative and compiled."""

import unittest

import mindspore as ms
import numpy as np
import torch
from mindport_ops.amp import GradScaler, autocast
from mindspore import Parameter, Tensor, nn
from mindspore.experimental import optim

INPUTS = [[1, 2, 3], [1, 1, 1], [np.inf, 1, 1], [1, 1, 1], [1, np.nan, 1], [1, 1, 1], [1, 1, 1], [-np.inf, 0, 1], [2, 1, 0]]


def torch_trajectory(clip):
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2)
    rows = []
    for values in INPUTS:
        optimizer.zero_grad()
        scaler.scale((weight * torch.tensor(values, dtype=torch.float32)).sum()).backward()
        if clip:
            scaler.unscale_(optimizer)
            weight.grad.mul_(0.5)
        scaler.step(optimizer)
        scaler.update()
        rows.append((weight.detach().numpy().copy(), scaler.get_scale(), scaler._get_growth_tracker()))
    return rows


def mindspore_trajectory(jit, clip):
    weight = Parameter(Tensor(np.ones(3, np.float32)), name="weight")
    optimizer = optim.SGD([weight], lr=0.1)
    scaler = GradScaler(init_scale=1024.0, growth_interval=2)

    def forward_fn(x):
        loss = (weight * x).sum()
        return scaler.scale(loss), loss

    grad_fn = ms.value_and_grad(forward_fn, None, optimizer.parameters, has_aux=True)

    def step(x):
        (_, loss), grads = grad_fn(x)
        if clip:
            grads = scaler.unscale_(grads)
            grads = (grads[0] * 0.5,)
        scaler.step(optimizer, grads, unscaled=clip)
        scaler.update()
        return loss

    run = ms.jit(step) if jit else step
    rows = []
    for values in INPUTS:
        run(Tensor(np.array(values, np.float32)))
        rows.append((weight.asnumpy().copy(), scaler.get_scale(), int(scaler.growth_tracker.asnumpy())))
    return rows


class Scaler(unittest.TestCase):
    def test_follows_torch_step_by_step(self):
        for clip in (False, True):
            expected = torch_trajectory(clip)
            for jit in (False, True):
                with self.subTest(jit=jit, clip=clip):
                    for (w0, scale0, tracker0), (w1, scale1, tracker1) in zip(expected, mindspore_trajectory(jit, clip)):
                        np.testing.assert_allclose(w1, w0, rtol=1e-6, atol=1e-7)
                        self.assertEqual((scale1, tracker1), (scale0, tracker0))

    def test_disabled_changes_nothing(self):
        weight = Parameter(Tensor(np.ones(2, np.float32)), name="weight")
        optimizer = optim.SGD([weight], lr=1.0)
        scaler = GradScaler(enabled=False)
        loss = Tensor(3.0, ms.float32)
        self.assertIs(scaler.scale(loss), loss)
        scaler.step(optimizer, (Tensor(np.array([1.0, np.inf], np.float32)),))
        scaler.update()
        np.testing.assert_array_equal(weight.asnumpy(), [0.0, -np.inf])  # as in torch: no check without scaling
        self.assertEqual((scaler.get_scale(), scaler.state_dict(), scaler.is_enabled()), (1.0, {}, False))

    def test_state_moves_to_another_scaler(self):
        first = GradScaler(init_scale=8.0, growth_interval=7)
        first.growth_tracker.set_data(Tensor(5, ms.int32))
        second = GradScaler()
        second.load_state_dict(first.state_dict())
        self.assertEqual(second.state_dict(), first.state_dict())
        self.assertEqual(set(first.state_dict()), set(torch.amp.GradScaler("cpu").state_dict()))
        with self.assertRaisesRegex(RuntimeError, "not enabled"):
            second.load_state_dict({})

    def test_refuses_senseless_factors(self):
        with self.assertRaises(ValueError):
            GradScaler(growth_factor=1.0)
        with self.assertRaises(ValueError):
            GradScaler(backoff_factor=1.0)


class Region(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(3)
        self.net = nn.SequentialCell(nn.Dense(64, 64), nn.GELU(False), nn.LayerNorm((64,), epsilon=1e-5), nn.Dense(64, 8))
        self.x = Tensor(rng.standard_normal((16, 64)).astype(np.float32))
        self.t = Tensor(rng.standard_normal((16, 8)).astype(np.float32))

    def gradients(self, enabled, jit):
        net, loss_fn = self.net, nn.MSELoss()

        @autocast(dtype=ms.float16, enabled=enabled)
        def forward_fn(x, t):
            return loss_fn(net(x), t)

        grad_fn = ms.value_and_grad(forward_fn, None, net.trainable_params())
        loss, grads = (ms.jit(grad_fn) if jit else grad_fn)(self.x, self.t)
        return loss.asnumpy(), [g.asnumpy() for g in grads]

    def test_products_are_lowered_and_gradients_stay_float32(self):
        reference, exact = self.gradients(False, False)
        for jit in (False, True):
            with self.subTest(jit=jit):
                loss, grads = self.gradients(True, jit)
                error = max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(grads, exact))
                self.assertTrue(1e-5 < error < 1e-2, f"float16 must show, and no more than it may: {error}")
                self.assertLess(abs(float(loss) - float(reference)) / float(reference), 1e-2)
                self.assertEqual({g.dtype for g in grads}, {np.dtype(np.float32)})

    def test_the_cell_itself_stays_in_full_precision(self):
        before = self.net(self.x).asnumpy()
        lowered = autocast(dtype=ms.float16)(self.net)(self.x).astype(ms.float32).asnumpy()
        self.assertTrue(0 < np.abs(lowered - before).max() < 1e-1)
        np.testing.assert_array_equal(self.net(self.x).asnumpy(), before)

    def test_bfloat16_runs_on_a_cpu(self):
        self.assertEqual(autocast(dtype=ms.bfloat16)(self.net)(self.x).shape, (16, 8))

    def test_refuses_other_types(self):
        with self.assertRaises(ValueError):
            autocast(dtype=ms.float32)

    def test_disabled_returns_the_function(self):
        self.assertIs(autocast(enabled=False)(self.net), self.net)


if __name__ == "__main__":
    unittest.main()
