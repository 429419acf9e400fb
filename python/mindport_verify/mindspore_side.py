"""The worker that executes the migrated program: ``python -m mindport_verify.mindspore_side FOLDER``, after the PyTorch side.

Everything is done twice, operator by operator (PyNative) and compiled by ``mindspore.jit``, from the same weights.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mindspore as ms
import numpy as np
from mindspore import Parameter, Tensor, nn, ops
from mindspore.experimental import optim

from . import exchange
from .plan import Plan, input_name
from .program import Births, Trace, definition, enter, flatten, load


class _Weight(np.ndarray):
    """An array that says, like a torch parameter, whether it is trained."""

    requires_grad = True


class _Module:
    """What `mindport_ops.weights` reads of a torch module."""

    def __init__(self) -> None:
        self._modules: dict[str, Any] = {}
        self._parameters: dict[str, Any] = {}
        self._buffers: dict[str, Any] = {}
        self._non_persistent_buffers_set: set[str] = set()


def _rebuild(skeleton: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    module = type(skeleton["class"], (_Module,), {})()
    for kind in ("parameters", "buffers"):
        for name, entry in skeleton[kind].items():
            weight = arrays[entry["array"]].view(_Weight)
            weight.requires_grad = entry["trainable"]
            getattr(module, f"_{kind}")[name] = weight
    module._non_persistent_buffers_set = set(skeleton["transient"])
    module._modules = {name: _rebuild(child, arrays) for name, child in skeleton["modules"].items()}
    return module


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _array(tensor: Tensor) -> np.ndarray:
    return (tensor.float() if tensor.dtype == ms.bfloat16 else tensor).asnumpy().copy()


def _floating(value: Any) -> list[Any]:
    """The floating tensors of a result; written so that it also compiles."""
    found = []
    for tensor in _tensors(value):
        if tensor.dtype in (ms.complex64, ms.complex128):
            found.append(ops.view_as_real(tensor))
        elif tensor.dtype in (ms.float16, ms.float32, ms.float64, ms.bfloat16):
            found.append(tensor)
    return found


def _tensors(value: Any) -> list[Any]:
    if isinstance(value, Tensor):
        return [value]
    found = []
    if isinstance(value, dict):
        for item in value.values():
            found = found + _tensors(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            found = found + _tensors(item)
    return found


class Subject:
    """The migrated model with its weights, and what is done to it."""

    def __init__(self, plan: Plan, given: dict[str, np.ndarray], facts: dict[str, Any]):
        self.plan, self.given = plan, given
        root = enter(plan.migrated)
        from mindport_ops import parameters, weights  # the program's own copy where it has one

        self._set_value = parameters.set_value
        ms.set_seed(plan.seed)
        births = Births(nn.Cell, root)
        with births:
            model = load(plan.model, plan.kwargs, plan.seed)
        if not isinstance(model, nn.Cell):
            raise TypeError(f"{plan.model} made a {type(model).__name__}, which is no mindspore.nn.Cell")
        self.net: nn.Cell = model
        self.names = {id(cell): name for name, cell in self.net.cells_and_names()}
        self.layers = {
            name: {"class": type(cell).__name__, "made": births.places.get(id(cell), ""), "defined": definition(cell, "construct", root)}
            for name, cell in self.net.cells_and_names()
        }
        self.mapping = weights.map_weights(_rebuild(facts["skeleton"], given), self.net)
        self.differentiated = facts.get("differentiated", [])
        trained = set(facts.get("trainable", ()))
        self.trained = [pair for pair in self.mapping.pairs if pair.source in trained]
        self.untrained = [pair.source for pair in self.trained if not pair.target.requires_grad]
        self.trained = [pair for pair in self.trained if pair.target.requires_grad]
        self.batches = [[Tensor(a) for a in batch] for batch in plan.batches()]
        self.restore()

    def restore(self) -> None:
        """Back to PyTorch's weights, seen by functions compiled before."""
        for pair in self.mapping.pairs:
            value = np.asarray(pair.value)
            if isinstance(pair.target, Parameter):
                self._set_value(pair.target, value)
            else:
                pair.target.assign_value(Tensor(value, dtype=pair.target.dtype))

    def arguments(self, index: int, floating: int) -> list[Tensor]:
        return [*self.batches[index], *(Tensor(self.given[f"target/{index}/{i}"]) for i in range(floating))]

    def loss_function(self) -> Callable[..., Any]:
        """A new function each time, so that what is compiled for one state of the model is never used in another."""
        net, kind, split = self.net, self.plan.loss, len(self.plan.inputs)

        def loss_of(*args):
            outputs = _floating(net(*args[:split]))
            targets = args[split:]
            total = 0.0
            for i in range(len(targets)):
                if kind == "mse":
                    total = total + ((outputs[i] - targets[i]) ** 2).mean()
                elif kind == "l1":
                    total = total + (outputs[i] - targets[i]).abs().mean()
                else:
                    total = total + (outputs[i] * targets[i]).mean()
            return total

        return loss_of

    def forward_function(self) -> Callable[..., Any]:
        net = self.net

        def forward(*args):
            return net(*args)

        return forward

    def parameters(self) -> list[Parameter]:
        return [pair.target for pair in self.trained]


def _forward(subject: Subject, mode: str, arrays: dict[str, np.ndarray]) -> float:
    """Outputs in evaluation mode; returns the seconds of the first call, which compiles."""
    subject.restore()
    subject.net.set_train(False)
    run = ms.jit(subject.forward_function()) if mode == "jit" else subject.forward_function()
    first = 0.0
    for call in range(subject.plan.calls):
        start = time.perf_counter()
        outputs = flatten(run(*subject.batches[call]), _is_tensor)
        for i, output in enumerate(outputs):
            arrays[f"{mode}/output/{call}/{i}"] = _array(output)
        first = first or time.perf_counter() - start
    return first


def _gradients(subject: Subject, mode: str, training: bool, floating: int, arrays: dict[str, np.ndarray]) -> list[float]:
    """Losses of the calls; gradients go to `arrays` under PyTorch's names."""
    subject.restore()
    subject.net.set_train(training)
    losses = []
    if not subject.trained:
        return _input_gradients(subject, mode, floating, arrays)
    grad_fn = ms.value_and_grad(subject.loss_function(), None, subject.parameters())
    run = ms.jit(grad_fn) if mode == "jit" else grad_fn
    for call in range(subject.plan.calls):
        loss, gradients = run(*subject.arguments(call, floating))
        losses.append(float(loss.asnumpy()))
        for pair, gradient in zip(subject.trained, gradients, strict=True):
            arrays[f"{mode}/gradient/{call}/{pair.source}"] = _array(gradient)
    return losses


def _input_gradients(subject: Subject, mode: str, floating: int, arrays: dict[str, np.ndarray]) -> list[float]:
    """The same for a model without weights, by its floating inputs."""
    positions = tuple(i for i in range(len(subject.plan.inputs)) if input_name(i) in subject.differentiated)
    function = subject.loss_function()
    if positions:
        function = ms.value_and_grad(function, positions)
    run = ms.jit(function) if mode == "jit" else function
    losses = []
    for call in range(subject.plan.calls):
        result = run(*subject.arguments(call, floating))
        loss, gradients = result if positions else (result, ())
        losses.append(float(loss.asnumpy()))
        # one position: the gradient itself, not a tuple of one
        gradients = gradients if isinstance(gradients, (list, tuple)) else (gradients,)
        for position, gradient in zip(positions, gradients, strict=True):
            arrays[f"{mode}/gradient/{call}/{input_name(position)}"] = _array(gradient)
    return losses


def _train(subject: Subject, mode: str, training: bool, floating: int) -> tuple[list[float], list[float]]:
    """Loss curve and seconds of each step; the first compiled step contains compiling."""
    subject.restore()
    subject.net.set_train(training)
    plan = subject.plan
    if not plan.steps or not subject.trained:
        return [], []
    optimizer = optim.Adam(subject.parameters(), lr=plan.learning_rate)
    grad_fn = ms.value_and_grad(subject.loss_function(), None, optimizer.parameters)

    def step(*args):
        loss, gradients = grad_fn(*args)
        optimizer(gradients)
        return loss

    run = ms.jit(step) if mode == "jit" else step
    curve, seconds = [], []
    for index in range(plan.calls, plan.calls + plan.steps):
        arguments = subject.arguments(index, floating)
        start = time.perf_counter()
        curve.append(float(run(*arguments).asnumpy()))
        seconds.append(time.perf_counter() - start)
    return curve, seconds


def _is_random(subject: Subject) -> bool:
    subject.net.set_train(True)
    results = []
    for seed in (1, 2, 3):
        ms.set_seed(seed)
        results.append([_array(t) for t in flatten(subject.net(*subject.batches[0]), _is_tensor)])
        subject.restore()
    return any(not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for other in results[1:] for a, b in zip(results[0], other))


def _trace(subject: Subject) -> Trace:
    trace = Trace(_array, _is_tensor)
    for name, cell in subject.net.cells_and_names():
        cell.register_forward_pre_hook(lambda _cell, args, name=name: trace.add("enter", name, args))
        cell.register_forward_hook(lambda _cell, _args, output, name=name: trace.add("exit", name, output))
    subject.net.set_train(False)
    subject.net(*subject.batches[0])
    return trace


def run(folder: str) -> None:
    """Carries out the plan and leaves mindspore.npz and mindspore.json."""
    ms.set_context(pynative_synchronize=True)  # errors at the operation that caused them
    os.environ.pop("MS_JIT", None)  # "0" would make the compiled calls PyNative ones
    plan = Plan.from_json((Path(folder) / "plan.json").read_text(encoding="utf-8"))
    left = exchange.read(folder, "torch")
    if left is None:
        raise FileNotFoundError("the PyTorch side has left no results")
    given, torch_facts = left
    subject = Subject(plan, given, torch_facts)
    mapping = subject.mapping
    facts: dict[str, Any] = {
        "version": ms.__version__,
        "layers": subject.layers,
        "matched": {pair.source: pair.name for pair in mapping.pairs},
        "missing": mapping.missing,
        "unused": mapping.unused,
        "mismatched": mapping.mismatched,
        "constants": mapping.constants,
        "untrained": subject.untrained,
    }
    arrays: dict[str, np.ndarray] = {}
    if plan.trace:
        trace = _trace(subject)
        facts["trace"] = trace.events
        exchange.write(folder, "mindspore", trace.arrays, facts)
        return
    training = not torch_facts["random"]
    floating = len([key for key in given if key.startswith("target/0/")])
    facts["random"] = _is_random(subject)
    for mode in ("pynative", "jit"):
        first = _forward(subject, mode, arrays)
        losses = _gradients(subject, mode, training, floating, arrays)
        curve, seconds = _train(subject, mode, training, floating)
        facts[mode] = {"losses": losses, "curve": curve, "step_seconds": seconds, "first_call_seconds": first}
    exchange.write(folder, "mindspore", arrays, facts)


if __name__ == "__main__":
    run(sys.argv[1])
