"""build_once and compiled: what is built again, what is not, and that compiled forwards follow the training flag."""

import unittest

import mindspore as ms
import numpy as np
from mindport_ops import amp, build_once, compiled, parameters
from mindspore import Tensor, nn


class BuildOnce(unittest.TestCase):
    def setUp(self):
        self.calls = []

        @build_once
        def build(*args, **kwargs):
            self.calls.append((args, kwargs))
            return object()

        self.build = build

    def test_same_objects_build_once(self):
        net = nn.Dense(2, 2)
        self.assertIs(self.build(net, 0.5), self.build(net, 0.5))
        self.assertEqual(len(self.calls), 1)

    def test_plain_values_count_by_value_and_type(self):
        first = self.build(float("0.30000000000000004"))
        self.assertIs(first, self.build(0.1 + 0.2))
        self.assertIsNot(self.build(1), self.build(True))
        self.assertIsNot(self.build(1), self.build(1.0))

    def test_other_objects_build_again(self):
        self.assertIsNot(self.build([1, object()]), self.build([1, object()]))
        self.assertIsNot(self.build(nn.Dense(2, 2)), self.build(nn.Dense(2, 2)))

    def test_objects_that_died_are_not_mistaken_for_new_ones(self):
        results = [self.build(nn.Dense(2, 2)) for _ in range(20)]
        self.assertEqual(len({id(r) for r in results}), 20)
        self.assertEqual(len(self.calls), 20)

    def test_training_flag_of_any_part_builds_again(self):
        net = nn.SequentialCell(nn.Dense(2, 2), nn.Dropout(p=0.5))
        evaluating = self.build(net)
        net.set_train()
        training = self.build(net)
        self.assertIsNot(evaluating, training)
        net[1].set_train(False)
        self.assertIsNot(self.build(net), training)
        net[1].set_train(True)
        self.assertIs(self.build(net), training)


first_net, second_net = nn.Dense(2, 2), nn.SequentialCell(nn.Dense(2, 2), nn.Dropout(p=0.5))


@build_once
def make_step_of_module():
    def forward(x):
        return (first_net(x) + second_net(x)).sum()

    return forward


class CellsOfTheModule(unittest.TestCase):
    def test_training_flag_builds_again(self):
        second_net.set_train(False)
        evaluating = make_step_of_module()
        self.assertIs(make_step_of_module(), evaluating)
        second_net.set_train(True)
        self.assertIsNot(make_step_of_module(), evaluating)
        second_net.set_train(False)
        self.assertIs(make_step_of_module(), evaluating)

    def test_two_cells_with_the_same_names_compile_in_one_step(self):
        net, other = nn.SequentialCell(nn.Dense(2, 3)), nn.SequentialCell(nn.Dense(3, 1))
        before = list(other.state_dict())

        @build_once
        def make(net, other, factor):
            def forward(x):
                return (other(net(x)) * factor).sum()

            grad_fn = ms.value_and_grad(forward, None, other.trainable_params())

            @ms.jit
            def step(x):
                return grad_fn(x)

            return step

        x = Tensor(np.ones((4, 2), np.float32))
        loss, grads = make(net, other, 2.0)(x)
        np.testing.assert_allclose(loss.asnumpy(), 2 * other(net(x)).sum().asnumpy(), rtol=1e-5)
        self.assertEqual([tuple(g.shape) for g in grads], [(1, 3), (1,)])
        self.assertEqual(list(other.state_dict()), before)
        self.assertEqual(len({p.name for p in net.get_parameters()} | {p.name for p in other.get_parameters()}), 4)


@build_once
def make_train_step(net):
    def forward_fn(x):
        return (net(x) ** 2).sum()

    grad_fn = ms.value_and_grad(forward_fn, None, net.trainable_params())

    @ms.jit
    def train_step(x):
        return grad_fn(x)[0]

    return train_step


class BeginsInTraining(unittest.TestCase):
    """PyTorch's modules begin in training mode, and many programs never call train()."""

    def setUp(self):
        self.net = nn.SequentialCell(nn.BatchNorm1d(3), nn.BatchNorm1d(3), nn.Dropout(p=0.5))
        self.x = Tensor(np.random.default_rng(0).standard_normal((64, 3)).astype(np.float32) + 5)

    def moved(self):
        return [bool(np.any(self.net[k].moving_mean.asnumpy())) for k in (0, 1)]

    def test_a_step_trains_what_nobody_has_set(self):
        step = make_train_step(self.net)
        self.assertIs(step, make_train_step(self.net))
        step(self.x)
        self.assertEqual(self.moved(), [True, True])
        self.assertTrue(self.net[2].training)

    def test_a_mode_that_was_set_stays(self):
        self.net[1].set_train(False)
        make_train_step(self.net)(self.x)
        self.assertEqual(self.moved(), [True, False])
        self.net.set_train(False)
        before = self.net[0].moving_mean.asnumpy().copy()
        make_train_step(self.net)(self.x)
        np.testing.assert_array_equal(self.net[0].moving_mean.asnumpy(), before)

    def test_other_builders_leave_the_mode_alone(self):
        @build_once
        def make_evaluation_step(net):
            return lambda x: net(x)

        make_evaluation_step(self.net)
        self.assertFalse(self.net.training)


class Compiled(unittest.TestCase):
    def test_follows_the_training_flag(self):
        net = nn.SequentialCell(nn.Dropout(p=0.5))
        x = Tensor(np.ones((64, 64), np.float32))
        for _ in range(2):  # both directions, twice: a compiled function keeps the branch it saw first
            net.set_train(False)
            np.testing.assert_array_equal(compiled(net)(x).asnumpy(), x.asnumpy())
            net.set_train(True)
            dropped = (compiled(net)(x).asnumpy() == 0.0).mean()
            self.assertTrue(0.4 < dropped < 0.6, dropped)

    def test_equals_the_cell_on_new_data_and_shapes(self):
        net = nn.SequentialCell(nn.Dense(6, 5), nn.Tanh())
        for rows in (3, 3, 3, 7):
            x = Tensor(np.random.default_rng(rows).standard_normal((rows, 6)).astype(np.float32))
            np.testing.assert_allclose(compiled(net)(x).asnumpy(), net(x).asnumpy(), rtol=1e-6, atol=1e-6)

    def test_compiles_once(self):
        net = nn.Dense(2, 2)
        self.assertIs(compiled(net), compiled(net))

    def test_sees_changed_weights(self):
        net = nn.Dense(2, 2, weight_init="ones", bias_init="zeros")
        x = Tensor(np.ones((1, 2), np.float32))
        compiled(net)(x)
        parameters.set_value(net.weight, np.full((2, 2), 3.0))
        np.testing.assert_array_equal(compiled(net)(x).asnumpy(), [[6.0, 6.0]])

    def test_other_callables_pass_through(self):
        self.assertIs(compiled(len), len)

    def test_lowered_cells_are_compiled_too(self):
        net = nn.Dense(64, 64)
        lowered = amp.autocast(dtype=ms.float16)(net)
        self.assertIs(lowered, amp.autocast(dtype=ms.float16)(net))
        x = Tensor(np.random.default_rng(0).standard_normal((8, 64)).astype(np.float32))
        self.assertIsNot(compiled(lowered), lowered)
        np.testing.assert_allclose(compiled(lowered)(x).astype(ms.float32).asnumpy(), net(x).asnumpy(), rtol=1e-2, atol=1e-2)


if __name__ == "__main__":
    unittest.main()
