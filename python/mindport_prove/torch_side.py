"""Runs an example in PyTorch: results of every call, then gradients of every call."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from . import inputs, outputs, program
from .given import COMPLEX, DTYPES
from .outputs import Value

_DTYPES = {name: getattr(torch, name) for name in DTYPES}

#: What a result is multiplied by before it is summed, by path: one array, or two for the real and imaginary parts of a complex result.
Cotangents = dict[outputs.Path, tuple[np.ndarray, ...]]


@dataclass
class Expected:
    """What PyTorch computes: one entry a call. `state` is what the layer's weights and buffers are after the forward calls, by name."""

    results: list[Any]
    gradients: list[list[Value]]
    gradient_names: list[str]
    state: dict[str, np.ndarray]


class TorchExample:
    """An example's PyTorch side, loaded."""

    def __init__(
        self, source: str, drawn: dict[str, Any], apply: list[str] | None, name: str, folder: Path, needs: tuple[str, ...] = ()
    ) -> None:
        snippet = program.split(source, drawn)
        self.apply = apply
        self.layout = inputs.layout_of(drawn, set(apply) if apply is not None else None, "torch.complex")
        names = list(self.layout.names)
        packages = "".join(f"import {package}\n" for package in needs)
        text = program.TORCH_PRELUDE + packages + "\n".join(snippet.definitions) + "\n"
        if apply is None:
            text += program.function("example", names, snippet.statements, snippet.result)
        else:
            self.building = inputs.layout_of(drawn, set(drawn) - set(apply), "torch.complex")
            arguments = [argument.name for argument in self.building.arguments]
            text += program.function("build", arguments, [*self.building.lines, *snippet.statements], snippet.result)
            text += program.function("example", names, [], f"layer({', '.join(apply)})")
        flat = [argument.name for argument in self.layout.arguments]
        text += program.function("rebuild", flat, list(self.layout.lines), f"({''.join(f'{name}, ' for name in names)})")
        self.module: ModuleType = program.load(text, name, folder)
        self.layer: torch.nn.Module | None = None

    def build(self, drawn: dict[str, Any], train: bool) -> torch.nn.Module:
        """Makes the layer; raises ExampleError when the expression makes none."""
        layer = self.module.build(*self._tensors(drawn, self.building, False))
        if not isinstance(layer, torch.nn.Module):
            raise program.ExampleError("with `apply` the result must be a layer")
        layer.train(train)
        self.module.layer = self.layer = layer
        return layer

    def cast(self, dtype: str) -> None:
        """Gives the layer's floating weights and buffers another dtype, as ``layer.half()`` does."""
        assert self.layer is not None
        self.layer.to(_DTYPES[dtype])

    def _tensors(self, drawn: dict[str, Any], layout: inputs.Layout, gradients: bool) -> list[torch.Tensor]:
        tensors = []
        for array, dtype in inputs.flatten(drawn, layout.names):
            tensor = torch.from_numpy(np.array(array)).to(_DTYPES[dtype])
            tensors.append(tensor.requires_grad_() if gradients and tensor.is_floating_point() else tensor)
        return tensors

    def _call(self, leaves: list[torch.Tensor]) -> Any:
        # in-place examples may not touch a leaf that wants a gradient, so the example works on copies
        return self.module.example(*self.module.rebuild(*[leaf.clone() for leaf in leaves]))

    def forward(self, drawn: dict[str, Any]) -> Any:
        """The normalised result of one call, without gradients asked for."""
        return outputs.normalise(self._call(self._tensors(drawn, self.layout, False)))

    def gradient(self, drawn: dict[str, Any], cotangents: Cotangents) -> list[Value]:
        """Gradients of sum(result * cotangent) for every floating input, then every weight; zero where nothing depends on it."""
        leaves = self._tensors(drawn, self.layout, True)
        wanted = [leaf for leaf in leaves if leaf.requires_grad] + [weight for _, weight in self.weights()]
        total = torch.zeros((), dtype=torch.float64)
        for path, tensor in _leaves(self._call(leaves)):
            if path not in cotangents or not tensor.requires_grad:
                continue
            parts = [tensor.real, tensor.imag] if tensor.is_complex() else [tensor]
            for part, cotangent in zip(parts, cotangents[path], strict=True):
                total = total + (part.to(torch.float64) * torch.from_numpy(cotangent)).sum()
        if not total.requires_grad:
            return [outputs.value_of(torch.zeros_like(leaf)) for leaf in wanted]
        gradients = torch.autograd.grad(total, wanted, allow_unused=True)
        return [outputs.value_of(torch.zeros_like(leaf) if g is None else g) for leaf, g in zip(wanted, gradients)]

    def weights(self) -> list[tuple[str, torch.nn.Parameter]]:
        """The layer's weights that PyTorch trains, by name."""
        return [] if self.layer is None else [(name, weight) for name, weight in self.layer.named_parameters() if weight.requires_grad]

    def state(self) -> dict[str, np.ndarray]:
        """Copies of all weights and buffers by name."""
        if self.layer is None:
            return {}
        items = [*self.layer.named_parameters(remove_duplicate=False), *self.layer.named_buffers(remove_duplicate=False)]
        return {name: outputs.value_of(value).array for name, value in items}

    def input_names(self) -> list[str]:
        return [argument.name for argument in self.layout.arguments if argument.differentiable]


def _leaves(result: Any, path: outputs.Path = ()) -> Any:
    if isinstance(result, torch.Tensor):
        yield path, result
    elif isinstance(result, dict):
        for key, item in result.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(result, (tuple, list)):
        for index, item in enumerate(result):
            yield from _leaves(item, (*path, index))


def cotangents_for(result: Any, rng: np.random.Generator) -> Cotangents:
    """A random cotangent for every floating tensor of a normalised result."""
    drawn: Cotangents = {}
    for path, leaf in outputs.walk(result):
        if isinstance(leaf, Value) and leaf.floating:
            dtype = np.float64 if leaf.dtype in ("float64", "complex128") else np.float32
            count = 2 if leaf.dtype in COMPLEX else 1
            drawn[path] = tuple(np.asarray(rng.standard_normal(leaf.array.shape), dtype) for _ in range(count))
    return drawn


def run(
    example: TorchExample, calls: list[dict[str, Any]], gradients: bool, rng: np.random.Generator
) -> tuple[Expected, list[Cotangents]]:
    """All calls in PyTorch: values first, from the layer's first state, then gradients from that state again."""
    first = {name: value.copy() for name, value in example.state().items()}
    seed()
    results = [example.forward(drawn) for drawn in calls]
    after = example.state()
    cotangents = [cotangents_for(result, rng) for result in results]
    expected = Expected(results, [], [], after)
    if gradients and any(cotangents) and (example.input_names() or example.weights()):
        _restore(example, first)
        expected.gradient_names = [*example.input_names(), *[name for name, _ in example.weights()]]
        seed()
        expected.gradients = [example.gradient(drawn, weights) for drawn, weights in zip(calls, cotangents)]
    _restore(example, first)
    return expected, cotangents


def seed(number: int = 0) -> None:
    """The same random state before every series of calls."""
    random.seed(number)
    np.random.seed(number)
    # examples run on the CPU; torch.manual_seed formats a traceback for every other kind of device
    torch.default_generator.manual_seed(number)


def _restore(example: TorchExample, state: dict[str, np.ndarray]) -> None:
    if example.layer is None:
        return
    with torch.no_grad():
        for name, value in [*example.layer.named_parameters(remove_duplicate=False), *example.layer.named_buffers(remove_duplicate=False)]:
            value.copy_(torch.from_numpy(state[name]))
