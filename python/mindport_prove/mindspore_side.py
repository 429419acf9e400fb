"""Runs an example in MindSpore: PyNative and compiled, results and gradients of every call."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import mindspore as ms
import numpy as np
from mindspore import ParameterTuple, nn

from mindport_ops import weights

from . import inputs, outputs, program
from .given import COMPLEX
from .outputs import Value

_IMPORTS = "import mindspore as _ms\nfrom mindspore import ops as _ops\n_complex = _ops.Complex()\n"


def _tensor(array: np.ndarray, dtype: str) -> ms.Tensor:
    return ms.Tensor(np.array(array), dtype=getattr(ms, "bool_" if dtype == "bool" else dtype))


class MindSporeExample:
    """An example's MindSpore side, loaded. `expected` is PyTorch's first result: which parts of the result have a cotangent."""

    def __init__(self, source: str, drawn: dict[str, Any], apply: list[str] | None, expected: Any, name: str, folder: Path) -> None:
        snippet = program.split(source, drawn)
        self.apply = apply
        self.layout = inputs.layout_of(drawn, set(apply) if apply is not None else None, "_complex")
        names, flat = list(self.layout.names), [argument.name for argument in self.layout.arguments]
        self.paths = [path for path, leaf in outputs.walk(expected) if isinstance(leaf, Value) and leaf.floating]
        dtypes = {path: leaf.dtype for path, leaf in outputs.walk(expected) if isinstance(leaf, Value)}
        text = _IMPORTS + program.mindspore_prelude(snippet.names) + "\n".join(snippet.definitions) + "\n"
        if apply is None:
            text += program.function("example", names, snippet.statements, snippet.result)
        else:
            self.building = inputs.layout_of(drawn, set(drawn) - set(apply), "_complex")
            arguments = [argument.name for argument in self.building.arguments]
            text += program.function("build", arguments, [*self.building.lines, *snippet.statements], snippet.result)
            text += program.function("example", names, [], f"layer({', '.join(apply)})")
        lines = list(self.layout.lines)
        text += program.function("forward", flat, lines, f"example({', '.join(names)})")
        parameters: list[str] = []
        terms: list[str] = []
        for index, path in enumerate(self.paths):
            part, wide = outputs.path_text(path, "out"), dtypes[path] in ("float64", "complex128")
            if dtypes[path] in COMPLEX:
                parameters += [f"ct{index}_re", f"ct{index}_im"]
                terms += [f"_ops.sum(_ops.real({part}) * ct{index}_re)", f"_ops.sum(_ops.imag({part}) * ct{index}_im)"]
            else:
                parameters.append(f"ct{index}")
                terms.append(f"_ops.sum({part}.astype(_ms.{'float64' if wide else 'float32'}) * ct{index})")
        text += program.function("loss", [*flat, *parameters], [f"out = forward({', '.join(flat)})"], " + ".join(terms) or "0")
        call = f"({', '.join([*flat, *parameters])})"
        text += program.function("gradient", [*flat, *parameters], [], f"_ms.grad(loss, _positions, _weights){call}")
        self.module: ModuleType = program.load(text, name, folder)
        positions = tuple(index for index, argument in enumerate(self.layout.arguments) if argument.differentiable)
        self.positions = positions
        self.module._positions = positions if positions else None
        self.module._weights = None
        self.cell: nn.Cell | None = None
        self.pairs: list[weights.WeightPair] = []

    def build(self, drawn: dict[str, Any], train: bool, layer: Any, trained: list[str], dtype: str | None) -> None:
        """Makes the cell and copies the torch layer's weights; `trained` names those whose gradients are compared, in order.

        With a `dtype` the cell is cast to it first, as the torch layer was.
        """
        cell = self.module.build(*[_tensor(array, dtype) for array, dtype in inputs.flatten(drawn, self.building.names)])
        if not isinstance(cell, nn.Cell):
            raise program.ExampleError("with `apply` the result must be a cell")
        cell.set_train(train)
        if dtype is not None:
            cell.to(getattr(ms, dtype))
        self.pairs = weights.transfer(layer, cell).pairs
        by_name = {pair.source: pair for pair in self.pairs}
        chosen = [by_name[name].target for name in trained]
        self.module._weights = ParameterTuple(chosen) if chosen else None
        self.module.layer = self.cell = cell

    def reset(self, state: dict[str, np.ndarray]) -> None:
        """Writes torch's state (by torch's names) into the cell again."""
        for pair in self.pairs:
            weights.write(pair, state[pair.source])

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the cell's weights and buffers, by torch's names."""
        return {pair.source: outputs.value_of(pair.target).array for pair in self.pairs}

    def arguments(self, drawn: dict[str, Any]) -> list[ms.Tensor]:
        """Fresh tensors for one call: an example may write into its inputs."""
        return [_tensor(array, dtype) for array, dtype in inputs.flatten(drawn, self.layout.names)]

    def forward(self, compiled: bool) -> Callable[..., Any]:
        return ms.jit(self.module.forward) if compiled else self.module.forward

    def gradient(self, compiled: bool) -> Callable[..., list[Value]]:
        """A function of (inputs, cotangents) -> gradients of the floating inputs, then of the weights."""
        function = ms.jit(self.module.gradient) if compiled else self.module.gradient

        def call(drawn: dict[str, Any], cotangents: dict[outputs.Path, tuple[np.ndarray, ...]]) -> list[Value]:
            extra = [_tensor(part, part.dtype.name) for path in self.paths for part in cotangents[path]]
            return [outputs.value_of(tensor) for tensor in _tensors(function(*self.arguments(drawn), *extra))]

        return call


def _tensors(result: Any) -> list[Any]:
    if isinstance(result, (tuple, list)):
        return [tensor for part in result for tensor in _tensors(part)]
    return [result]


def warm_up() -> None:
    """The first operation starts the runtime: not within a job's time limit."""
    (ms.Tensor(np.zeros(1, np.float32)) + 1).asnumpy()
