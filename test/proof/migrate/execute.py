"""``python execute.py torch|mindspore FIXTURE ANSWER``: runs one side of a migrate fixture and writes what it computed as an ``.npz``.

``drive.py`` of the fixture is the same program for both sides: ``drive(program, kit)`` yields values; `kit` makes tensors and fixes initial weights,
so that both sides start from the same numbers.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


class Kit:
    """What differs between the frameworks for a driver."""

    def __init__(self, framework: str) -> None:
        self.framework = framework
        if framework == "torch":
            import torch

            torch.use_deterministic_algorithms(True)
            self._tensor: Any = torch.from_numpy
        else:
            import mindspore as ms

            ms.set_device("CPU")
            ms.runtime.launch_blocking()
            self._tensor = ms.Tensor

    def tensor(self, *shape: int, seed: int = 0) -> Any:
        """Standard normal numbers, float32."""
        return self._tensor(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))

    def batches(self, count: int, *shapes: tuple[int, ...]) -> list[tuple[Any, ...]]:
        return [tuple(self.tensor(*shape, seed=100 * i + j) for j, shape in enumerate(shapes)) for i in range(count)]

    def parameters(self, net: Any) -> list[Any]:
        return list(net.parameters()) if self.framework == "torch" else list(net.get_parameters())

    def fix_weights(self, cls: type) -> None:
        """Every new instance of `cls` starts from the same weights, in the order in which its parameters were made."""
        original = cls.__init__
        kit = self

        def init(net: Any, *args: Any, **kwargs: Any) -> None:
            original(net, *args, **kwargs)
            for i, parameter in enumerate(kit.parameters(net)):
                value = np.random.default_rng(i).standard_normal(tuple(parameter.shape)).astype(np.float32) * 0.5
                if kit.framework == "torch":
                    import torch

                    with torch.no_grad():
                        parameter.copy_(torch.from_numpy(value))
                else:
                    import mindspore as ms

                    parameter.set_data(ms.Tensor(value))

        cls.__init__ = init

    def array(self, value: Any) -> np.ndarray:
        if isinstance(value, (float, int, np.ndarray)):
            return np.asarray(value, np.float64)
        array = value.detach().numpy() if self.framework == "torch" else value.asnumpy()
        return array.astype(np.float64)

    def weights(self, net: Any) -> list[np.ndarray]:
        return [self.array(parameter) for parameter in self.parameters(net)]


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # MindSpore's compiler imports it by name
    spec.loader.exec_module(module)
    return module


def main(framework: str, fixture: str, answer: str) -> None:
    kit = Kit(framework)
    folder = Path(fixture)
    program = load(folder / ("input.py" if framework == "torch" else "expected.py"), "program")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        values = [kit.array(value) for value in load(folder / "drive.py", "drive").drive(program, kit)]
    numbers = [float(number) for number in NUMBER.findall(printed.getvalue())]
    np.savez(answer, np.asarray(numbers), *values)


if __name__ == "__main__":
    main(*sys.argv[1:])
