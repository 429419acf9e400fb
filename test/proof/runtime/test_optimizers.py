"""Optimizers and learning-rate schedules as the catalog writes them, against PyTorch over several steps.

Every record of ``torch.optim`` with a route to ``mindspore.experimental.optim`` needs a case here; so a route without numbers cannot appear unnoticed.
"""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

import mindspore as ms
import numpy as np
import torch
from mindspore import nn, ops
from mindspore.experimental import optim as eoptim

#: name -> arguments that both sides take, one entry a comparison
CASES: dict[str, list[dict[str, Any]]] = {
    "Adam": [{}, {"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": 0.1}, {"amsgrad": True}, {"maximize": True}],
    "AdamW": [{}, {"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": 0.1}, {"amsgrad": True}],
    "SGD": [
        {"lr": 0.05},
        {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
        {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.5},
    ],
    "RMSprop": [{}, {"lr": 0.02, "alpha": 0.9, "momentum": 0.5}, {"centered": True, "weight_decay": 0.1}],
    "Adagrad": [{}, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1}, {"initial_accumulator_value": 0.5}],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}],
    "Adamax": [{}, {"lr": 0.02, "weight_decay": 0.1}],
    "NAdam": [{}, {"lr": 0.02, "weight_decay": 0.1}],
    "RAdam": [{}, {"lr": 0.02, "weight_decay": 0.1}],
    "Rprop": [{}, {"lr": 0.02, "etas": (0.4, 1.3)}],
    "ASGD": [{}, {"lr": 0.02, "weight_decay": 0.1}],
}
STEPS = 8
LIMIT = 1e-5


def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weights (3, 4), biases (3) and STEPS batches of inputs (5, 4) and targets (5, 3)."""
    rng = np.random.default_rng(7)
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    return draw(3, 4), draw(3), draw(STEPS, 5, 4), draw(STEPS, 5, 3)


def torch_weights(name: str, options: dict[str, Any]) -> list[np.ndarray]:
    weight, bias, inputs, targets = problem()
    net = torch.nn.Linear(4, 3)
    with torch.no_grad():
        net.weight.copy_(torch.from_numpy(weight))
        net.bias.copy_(torch.from_numpy(bias))
    optimizer = getattr(torch.optim, name)(net.parameters(), **options)
    for x, y in zip(inputs, targets):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(net(torch.from_numpy(x)), torch.from_numpy(y)).backward()
        optimizer.step()
    return [net.weight.detach().numpy(), net.bias.detach().numpy()]


def mindspore_weights(name: str, options: dict[str, Any], compiled: bool) -> list[np.ndarray]:
    weight, bias, inputs, targets = problem()
    net = nn.Dense(4, 3, weight_init=ms.Tensor(weight), bias_init=ms.Tensor(bias))
    optimizer = getattr(eoptim, name)(net.trainable_params(), **options)

    def loss_of(x: ms.Tensor, y: ms.Tensor) -> ms.Tensor:
        return ops.mse_loss(net(x), y)

    gradient = ms.value_and_grad(loss_of, None, optimizer.parameters)

    def step(x: ms.Tensor, y: ms.Tensor) -> ms.Tensor:
        loss, gradients = gradient(x, y)
        return ops.depend(loss, optimizer(gradients))

    run = ms.jit(step) if compiled else step
    for x, y in zip(inputs, targets):
        run(ms.Tensor(x), ms.Tensor(y))
    return [net.weight.asnumpy(), net.bias.asnumpy()]


class Optimizers(unittest.TestCase):
    def test_updates(self) -> None:
        start = problem()[:2]
        for name, cases in CASES.items():
            for options in cases:
                expected = torch_weights(name, options)
                self.assertGreater(float(np.abs(expected[0] - start[0]).max()), 1e-4, f"{name} {options}: nothing moved")
                for compiled in (False, True):
                    with self.subTest(optimizer=name, options=options, compiled=compiled):
                        for own, theirs in zip(mindspore_weights(name, options, compiled), expected):
                            error = float(np.abs(own - theirs).max() / np.abs(theirs).max())
                            self.assertTrue(error <= LIMIT, f"relative error {error:.1e} after {STEPS} steps")

    def test_every_route_has_a_case(self) -> None:
        path = Path(__file__).resolve().parents[3] / "mappings" / "records" / "torch.optim.json"
        records = json.loads(path.read_text(encoding="utf-8"))
        routed = {
            record["torch"].rpartition(".")[2]
            for record in records
            if record["torch"].count(".") == 2 and any(str(route.get("to", "")).startswith("eoptim.") for route in record["routes"])
        }
        self.assertEqual(routed - {"Optimizer"}, set(CASES))


if __name__ == "__main__":
    unittest.main()
