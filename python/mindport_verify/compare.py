"""Judges what the two workers have left.

The error of an array is ``max|a - b| / max(max|b|, floor)``. For gradients the floor is a thousandth of the largest gradient of that call: a
gradient that is zero in exact arithmetic is rounding noise in both frameworks. Every gate is written ``not (error <= tolerance)``, which a NaN
does not pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MODES = ("pynative", "jit")


@dataclass(frozen=True)
class Tolerances:
    """Relative errors allowed for outputs, gradients, the loss curve, and between compiled and PyNative results."""

    forward: float = 1e-5
    gradient: float = 1e-4
    curve: float = 1e-3
    same: float = 1e-5


@dataclass
class Verdict:
    """The outcome. `problems` are (id, details) with the ids of words.py; empty means that both programs agree."""

    forward: dict[str, float] = field(default_factory=dict)
    gradient: dict[str, float] = field(default_factory=dict)
    gradient_median: dict[str, float] = field(default_factory=dict)
    worst_parameter: dict[str, str] = field(default_factory=dict)
    same: dict[str, float] = field(default_factory=dict)
    curve: dict[str, float] = field(default_factory=dict)
    wrong_gradients: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def add(self, problem: str, **details: Any) -> None:
        self.problems.append((problem, details))


def error_of(actual: np.ndarray, expected: np.ndarray, floor: float = 0.0) -> float:
    """The error described above; infinite where shapes, NaN or infinities do not agree."""
    if actual.shape != expected.shape:
        return math.inf
    if actual.size == 0:
        return 0.0
    wide = np.complex128 if np.iscomplexobj(actual) or np.iscomplexobj(expected) else np.float64
    a, b = actual.astype(wide), expected.astype(wide)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True) or not np.isfinite(a[finite]).all():
        return math.inf
    if not finite.any():
        return 0.0
    difference = float(np.max(np.abs(a[finite] - b[finite])))
    scale = max(float(np.max(np.abs(b[finite]))), floor)
    if difference == 0.0:
        return 0.0
    return difference / scale if scale > 0.0 else math.inf


def _curve_error(actual: list[float], expected: list[float]) -> float:
    if len(actual) != len(expected):
        return math.inf
    errors = [error_of(np.array([a]), np.array([b])) for a, b in zip(actual, expected)]
    return max(errors, default=0.0)


def judge(
    torch_arrays: dict[str, np.ndarray],
    torch_facts: dict[str, Any],
    arrays: dict[str, np.ndarray],
    facts: dict[str, Any],
    calls: int,
    tolerances: Tolerances,
) -> Verdict:
    """Compares weights, outputs, gradients and loss curves."""
    verdict = Verdict()
    for kind in ("missing", "unused", "mismatched", "untrained"):
        if facts[kind]:
            verdict.add(f"weights_{kind}", names=facts[kind])
    if facts["random"] and not torch_facts["random"]:
        verdict.add("random_only_migrated")
    if torch_facts["random"] and not facts["random"]:
        verdict.add("random_only_source")
    _judge_outputs(verdict, torch_arrays, torch_facts, arrays, calls, tolerances)
    _judge_gradients(verdict, torch_arrays, torch_facts, arrays, calls, tolerances)
    for mode in MODES:
        verdict.curve[mode] = _curve_error(facts[mode]["curve"], torch_facts["curve"])
        if not (verdict.curve[mode] <= tolerances.curve):
            verdict.add("curve", mode=mode, error=verdict.curve[mode], tolerance=tolerances.curve)
    verdict.same["curve"] = _curve_error(facts["jit"]["curve"], facts["pynative"]["curve"])
    for what, error in verdict.same.items():
        if not (error <= tolerances.same):
            verdict.add("modes_differ", what=what, error=error, tolerance=tolerances.same)
    return verdict


def _judge_outputs(verdict, torch_arrays, torch_facts, arrays, calls, tolerances) -> None:
    verdict.same["output"] = 0.0
    for mode in MODES:
        worst = 0.0
        for call in range(calls):
            mine = sorted(key for key in arrays if key.startswith(f"{mode}/output/{call}/"))
            if len(mine) != torch_facts["outputs"]:
                verdict.add("number_of_outputs", mode=mode, got=len(mine), expected=torch_facts["outputs"])
                worst = math.inf
                break
            for i in range(torch_facts["outputs"]):
                got, expected = arrays[f"{mode}/output/{call}/{i}"], torch_arrays[f"output/{call}/{i}"]
                if got.shape != expected.shape:
                    verdict.add("shape", mode=mode, index=i, got=list(got.shape), expected=list(expected.shape))
                if got.dtype != expected.dtype and not (got.dtype.kind == "i" and expected.dtype.kind == "i"):
                    verdict.add("dtype", mode=mode, index=i, got=str(got.dtype), expected=str(expected.dtype))
                worst = max(worst, error_of(got, expected))
                if mode == "jit":
                    other = arrays.get(f"pynative/output/{call}/{i}", np.zeros(0))
                    verdict.same["output"] = max(verdict.same["output"], error_of(got, other))
        verdict.forward[mode] = worst
        if not (worst <= tolerances.forward):
            verdict.add("forward", mode=mode, error=worst, tolerance=tolerances.forward)


def _judge_gradients(verdict, torch_arrays, torch_facts, arrays, calls, tolerances) -> None:
    names = torch_facts["trainable"] or torch_facts.get("differentiated", [])
    verdict.same["gradient"] = 0.0
    wrong: dict[tuple[str, str], dict[str, Any]] = {}
    for mode in MODES:
        errors: dict[str, float] = {}
        for call in range(calls):
            expected = {name: torch_arrays[f"gradient/{call}/{name}"] for name in names}
            floor = 1e-3 * max((float(np.max(np.abs(g))) for g in expected.values() if g.size), default=0.0)
            for name in names:
                got = arrays.get(f"{mode}/gradient/{call}/{name}")
                if got is None:  # reported with the weights
                    continue
                error = error_of(got, expected[name], floor)
                errors[name] = max(errors.get(name, 0.0), error)
                if not (error <= tolerances.gradient):
                    wrong.setdefault((mode, name), {"mode": mode, "name": name, "call": call + 1, "error": error})
                if mode == "jit":
                    other = arrays[f"pynative/gradient/{call}/{name}"]
                    verdict.same["gradient"] = max(verdict.same["gradient"], error_of(got, other, floor))
        verdict.gradient[mode] = max(errors.values(), default=0.0)
        verdict.gradient_median[mode] = float(np.median(list(errors.values()))) if errors else 0.0
        verdict.worst_parameter[mode] = max(errors, key=lambda name: errors[name]) if errors else ""
        if not (verdict.gradient[mode] <= tolerances.gradient):
            count = sum(1 for other, _ in wrong if other == mode)
            verdict.add("gradient", mode=mode, error=verdict.gradient[mode], tolerance=tolerances.gradient, count=count, of=len(errors))
    verdict.wrong_gradients = list(wrong.values())
