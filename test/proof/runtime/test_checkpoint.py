"""Checkpoints: values come back as they were, nothing is executed or half written, and a resumed training equals an uninterrupted one."""

import os
import tempfile
import unittest
import zipfile

import mindspore as ms
import numpy as np
import torch
from mindport_ops import checkpoint, compiled
from mindspore import Parameter, Tensor, nn
from mindspore.experimental import optim


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "ckpt.tar")

    def tearDown(self):
        self.folder.cleanup()

    def test_nested_values_round_trip(self):
        value = {
            "epoch": 3,
            "best": float("inf"),
            "worst": float("-inf"),
            "name": "模型",
            "none": None,
            "flags": (True, False),
            "list": [1, 2.5, {"deep": Tensor(np.arange(6, dtype=np.float32).reshape(2, 3))}],
            7: np.array([1, 2], np.int64),
            "scalar": np.float64(0.1),
            "half": Tensor(np.array([1.5], np.float16)),
            "int": 2**70,
        }
        checkpoint.save(value, self.path)
        back = checkpoint.load(self.path)
        self.assertEqual(list(back), list(value))
        for key in ("epoch", "best", "worst", "name", "none", "flags", "int"):
            self.assertEqual(back[key], value[key])
            self.assertIs(type(back[key]), type(value[key]))
        self.assertEqual(back["list"][:2], [1, 2.5])
        self.assertIsInstance(back["list"][2]["deep"], Tensor)
        np.testing.assert_array_equal(back["list"][2]["deep"].asnumpy(), value["list"][2]["deep"].asnumpy())
        np.testing.assert_array_equal(back[7], value[7])
        self.assertEqual(back["half"].dtype, ms.float16)
        self.assertTrue(np.isnan(self.round_trip(float("nan"))))

    def round_trip(self, value):
        checkpoint.save(value, self.path)
        return checkpoint.load(self.path)

    def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(self):
        checkpoint.save({"epoch": 1}, self.path)
        with self.assertRaisesRegex(TypeError, r"\['model'\]\[1\] is a Dense"):
            checkpoint.save({"model": [1, nn.Dense(2, 2)]}, self.path)
        original = os.replace
        try:
            os.replace = lambda *_: (_ for _ in ()).throw(OSError("disk full"))
            with self.assertRaises(OSError):
                checkpoint.save({"epoch": 2}, self.path)
        finally:
            os.replace = original
        self.assertEqual(checkpoint.load(self.path), {"epoch": 1})
        self.assertEqual(os.listdir(self.folder.name), ["ckpt.tar"])

    def test_refuses_what_it_cannot_restore(self):
        for value, message in (({"f": len}, "builtin"), ({(1, 2): 3}, "tuple"), ({"o": np.array([object()])}, "objects")):
            with self.assertRaisesRegex(TypeError, message):
                checkpoint.save(value, self.path)

    def test_refuses_other_files(self):
        torch.save({"a": torch.ones(2)}, self.path)
        with self.assertRaisesRegex(ValueError, "not a checkpoint"):
            checkpoint.load(self.path)
        checkpoint.save({"a": Tensor(np.ones(1000, np.float32))}, self.path)
        with open(self.path, "r+b") as f:
            f.truncate(os.path.getsize(self.path) // 2)
        with self.assertRaisesRegex(ValueError, "cut off"):
            checkpoint.load(self.path)
        with self.assertRaises(FileNotFoundError):
            checkpoint.load(self.path + ".absent")

    def test_executes_nothing_on_loading(self):
        with zipfile.ZipFile(self.path, "w") as archive:
            archive.writestr("tree.json", '{"format": "mindport-checkpoint-1", "tree": {"tensor": 0}}')
            with archive.open("a0.npy", "w") as member:
                np.lib.format.write_array(member, np.array([print], dtype=object), allow_pickle=True)
        with self.assertRaisesRegex(ValueError, "[Oo]bject arrays"):
            checkpoint.load(self.path)


class Training:
    """A small training whose whole state is net, optimizer and scheduler."""

    def __init__(self, scheduler="cosine", optimizer="Adam"):
        ms.set_seed(1)
        self.net = nn.SequentialCell(nn.Dense(4, 8), nn.Tanh(), nn.Dense(8, 1))
        self.optimizer = getattr(optim, optimizer)(self.net.trainable_params(), lr=0.05)
        make = {
            "cosine": lambda: optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=6),
            "step": lambda: optim.lr_scheduler.StepLR(self.optimizer, step_size=2, gamma=0.5),
            "plateau": lambda: optim.lr_scheduler.ReduceLROnPlateau(self.optimizer, patience=0, factor=0.5),
        }
        self.kind = scheduler
        self.scheduler = make[scheduler]()
        loss_fn = nn.MSELoss()
        self.grad_fn = ms.value_and_grad(lambda x, y: loss_fn(self.net(x), y), None, self.optimizer.parameters)

    def epoch(self, n):
        rng = np.random.default_rng(n)
        x = rng.standard_normal((16, 4)).astype(np.float32)
        loss, grads = self.grad_fn(Tensor(x), Tensor(np.sin(x.sum(1, keepdims=True))))
        self.optimizer(grads)
        self.scheduler.step(float(loss)) if self.kind == "plateau" else self.scheduler.step()
        return float(loss), float(self.optimizer.param_groups[0]["lr"])

    def state(self):
        return {name: checkpoint.state_dict(getattr(self, name)) for name in ("net", "optimizer", "scheduler")}

    def restore(self, state):
        for name, values in state.items():
            checkpoint.load_state_dict(getattr(self, name), values)


class Resume(unittest.TestCase):
    def test_resumed_equals_uninterrupted(self):
        for scheduler, optimizer in (("cosine", "Adam"), ("step", "SGD"), ("plateau", "AdamW"), ("cosine", "RMSprop")):
            with self.subTest(scheduler=scheduler, optimizer=optimizer), tempfile.TemporaryDirectory() as folder:
                whole = Training(scheduler, optimizer)
                expected = [whole.epoch(n) for n in range(6)]
                first = Training(scheduler, optimizer)
                got = [first.epoch(n) for n in range(3)]
                checkpoint.save(first.state(), os.path.join(folder, "c"))
                second = Training(scheduler, optimizer)
                second.epoch(99)  # leave the initial state
                second.restore(checkpoint.load(os.path.join(folder, "c")))
                got += [second.epoch(n) for n in range(3, 6)]
                np.testing.assert_allclose(got, expected, rtol=1e-6)

    def test_the_state_is_a_snapshot_once_saved(self):
        with tempfile.TemporaryDirectory() as folder:
            training = Training()
            checkpoint.save(training.state(), os.path.join(folder, "c"))
            before = checkpoint.load(os.path.join(folder, "c"))["net"]["0.weight"].asnumpy()
            training.epoch(0)
            self.assertGreater(np.abs(training.net[0].weight.asnumpy() - before).max(), 0)

    def test_restored_weights_reach_functions_compiled_before(self):
        net = nn.Dense(2, 2, weight_init="ones", bias_init="zeros")
        x = Tensor(np.ones((1, 2), np.float32))
        compiled(net)(x)
        state = {"weight": Tensor(np.full((2, 2), 3.0, np.float32)), "bias": Tensor(np.ones(2, np.float32))}
        checkpoint.load_state_dict(net, state)
        np.testing.assert_array_equal(compiled(net)(x).asnumpy(), [[7.0, 7.0]])

    def test_strict_about_names_and_shapes(self):
        net = nn.Dense(2, 2)
        state = checkpoint.state_dict(net)
        with self.assertRaisesRegex(RuntimeError, "missing: bias"):
            checkpoint.load_state_dict(net, {"weight": state["weight"]})
        with self.assertRaisesRegex(RuntimeError, "unexpected: extra"):
            checkpoint.load_state_dict(net, {**state, "extra": state["bias"]})
        with self.assertRaisesRegex(RuntimeError, "size mismatch for bias"):
            checkpoint.load_state_dict(net, {**state, "bias": Tensor(np.zeros(3, np.float32))})
        with self.assertRaisesRegex(TypeError, "no state"):
            checkpoint.state_dict(3)

    def test_buffers_belong_to_the_state(self):
        class Normalise(nn.Cell):
            def __init__(self, mean):
                super().__init__()
                self.gain = Parameter(Tensor(np.ones(2, np.float32)))
                self.register_buffer("mean", Tensor(np.full(2, mean, np.float32)))

            def construct(self, x):
                return (x - self.mean) * self.gain

        saved, other = Normalise(5.0), Normalise(0.0)
        with tempfile.TemporaryDirectory() as folder:
            checkpoint.save(checkpoint.state_dict(saved), os.path.join(folder, "c"))
            checkpoint.load_state_dict(other, checkpoint.load(os.path.join(folder, "c")))
        np.testing.assert_array_equal(other(Tensor(np.full(2, 7.0, np.float32))).asnumpy(), [2.0, 2.0])


if __name__ == "__main__":
    unittest.main()
