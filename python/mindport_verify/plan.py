"""What is to be verified: one immutable plan, made from the command line and read by both workers."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

LOSSES = ("mse", "l1", "projection")
_SPEC = re.compile(r"^(?P<dtype>[a-z]+\d*)\[(?P<shape>[\d,\s]*)\](?:=(?P<low>-?[\d.eE+-]+)\.\.(?P<high>-?[\d.eE+-]+))?$")
_DTYPES = ("float16", "float32", "float64", "int32", "int64", "bool")


class PlanError(ValueError):
    """The plan cannot be carried out as given."""


@dataclass(frozen=True)
class InputSpec:
    """One positional argument of the model: dtype, shape and, if given, the range [low, high) of its values."""

    dtype: str
    shape: tuple[int, ...]
    low: float | None = None
    high: float | None = None

    @staticmethod
    def parse(text: str) -> InputSpec:
        """``float32[2,4,32,64]``, ``int64[2,16]=0..100``. Raises PlanError."""
        match = _SPEC.match(text.strip())
        if not match or match["dtype"] not in _DTYPES:
            raise PlanError(f"{text!r} is no input; write dtype[shape] or dtype[shape]=low..high with one of {', '.join(_DTYPES)}")
        shape = tuple(int(part) for part in match["shape"].split(",") if part.strip())
        if 0 in shape:
            raise PlanError(f"{text!r} has no elements")
        low, high = (float(match[name]) if match[name] is not None else None for name in ("low", "high"))
        if low is not None and high is not None and not low < high:
            raise PlanError(f"{text!r}: the range is empty")
        return InputSpec(match["dtype"], shape, low, high)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Gaussian floats, or uniform ones in the range; integers in the range, 0 and 1 by default."""
        if self.dtype == "bool":
            return rng.integers(0, 2, self.shape).astype(bool)
        if self.dtype.startswith("int"):
            low, high = (0, 2) if self.low is None else (int(self.low), int(self.high or 0))
            return rng.integers(low, high, self.shape).astype(self.dtype)
        if self.low is not None:
            return rng.uniform(self.low, self.high, self.shape).astype(self.dtype)
        return rng.standard_normal(self.shape).astype(self.dtype)


@dataclass(frozen=True)
class Plan:
    """`model` is ``package.module:Name``; `calls` counts calls of each compiled function, each with new data."""

    source: str
    migrated: str
    model: str
    kwargs: dict[str, Any] = field(default_factory=dict)
    inputs: tuple[InputSpec, ...] = ()
    loss: str = "mse"
    calls: int = 3
    steps: int = 5
    learning_rate: float = 1e-3
    seed: int = 0
    trace: bool = False

    def check(self) -> None:
        """Raises PlanError where the plan cannot work."""
        for what, folder in (("source", self.source), ("migrated", self.migrated)):
            if not Path(folder).is_dir():
                raise PlanError(f"the {what} folder {folder} does not exist")
        module, colon, name = self.model.partition(":")
        if not (colon and re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", module) and re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name)):
            raise PlanError(f"{self.model!r} names no model; write package.module:Name")
        if not self.inputs:
            raise PlanError("the model needs at least one input, such as float32[2,4,32,64]")
        if self.loss not in LOSSES:
            raise PlanError(f"the loss is one of {', '.join(LOSSES)}, not {self.loss!r}")
        if self.calls < 3:
            raise PlanError("fewer than 3 calls can miss gradients that are right only once")
        if self.steps < 0:
            raise PlanError("the number of training steps is negative")

    def batches(self) -> list[list[np.ndarray]]:
        """The arguments of every call and then of every training step; the same on each side."""
        rng = np.random.default_rng(self.seed)
        return [[spec.sample(rng) for spec in self.inputs] for _ in range(self.calls + self.steps)]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Plan:
        values = json.loads(text)
        values["inputs"] = tuple(InputSpec(**{**spec, "shape": tuple(spec["shape"])}) for spec in values["inputs"])
        return Plan(**values)


def input_name(index: int) -> str:
    """What the gradient of a positional input is called beside those of the weights."""
    return f"input {index + 1}"


def differentiated_inputs(plan: Plan) -> list[str]:
    """The floating inputs, by name: a model without weights is differentiated by them."""
    return [input_name(i) for i, spec in enumerate(plan.inputs) if spec.dtype.startswith("float")]
