"""The outcome as JSON and as text."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

import numpy as np

from .compare import MODES, Tolerances, Verdict
from .plan import Plan
from .words import WORDS

_SHOWN = 8


def document(
    plan: Plan, tolerances: Tolerances, verdict: Verdict, torch_facts: dict[str, Any], facts: dict[str, Any], difference: dict[str, Any] | None
) -> dict[str, Any]:
    """Everything that was found, for machines."""
    return {
        "ok": not verdict.problems,
        "model": plan.model,
        "versions": {"torch": torch_facts["version"], "mindspore": facts["version"]},
        "calls": plan.calls,
        "steps": plan.steps,
        "training_mode": not torch_facts["random"],
        "weights": {
            "matched": len(facts["matched"]),
            "trained": len(torch_facts["trainable"]),
            **{kind: facts[kind] for kind in ("missing", "unused", "mismatched", "untrained", "constants")},
        },
        "tolerances": vars(tolerances),
        "forward": verdict.forward,
        "gradient": {
            mode: {"worst": verdict.gradient[mode], "median": verdict.gradient_median[mode], "parameter": verdict.worst_parameter[mode]}
            for mode in MODES
        },
        "curve": {"error": verdict.curve, "torch": torch_facts["curve"], **{mode: facts[mode]["curve"] for mode in MODES}},
        "compiled_against_pynative": verdict.same,
        "seconds": {
            "torch_step": _later(torch_facts["step_seconds"]),
            **{f"{mode}_step": _later(facts[mode]["step_seconds"]) for mode in MODES},
            "first_compiled_step": facts["jit"]["step_seconds"][0] if facts["jit"]["step_seconds"] else None,
            "first_compiled_forward": facts["jit"]["first_call_seconds"],
        },
        "wrong_gradients": verdict.wrong_gradients,
        "first_difference": difference,
        "problems": [{"id": name, **details} for name, details in verdict.problems],
    }


def _later(seconds: list[float]) -> float | None:
    """The median without the first, which compiles or warms up."""
    return float(np.median(seconds[1:] or seconds)) if seconds else None


def plain(value: Any) -> Any:
    """The value with NaN and infinities as strings, which JSON lacks."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _figure(value: Any) -> str:
    return f"{value:.1e}" if isinstance(value, float) and value != 0.0 else str(value if value else 0)


def _padded(text: str, width: int, right: bool = False) -> str:
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    space = " " * max(0, width - taken)
    return space + text if right else text + space


def _row(first: str, *others: str) -> str:
    return _padded(first, 38) + "".join(_padded(other, 12, right=True) for other in others)


def text(outcome: dict[str, Any], language: str) -> str:
    """The report for people."""
    words = WORDS[language]
    say = lambda key, **values: words[key].format(**values)  # noqa: E731
    allowed = outcome["tolerances"]
    lines = [
        say("agree" if outcome["ok"] else "disagree"),
        say("versions", **outcome["versions"]),
        say("model", model=outcome["model"], matched=outcome["weights"]["matched"], parameters=outcome["weights"]["trained"]),
        say("mode_train" if outcome["training_mode"] else "mode_eval"),
        "",
        _row(words["what"], "PyNative", "jit", words["tolerance"]),
    ]
    gradient = outcome["gradient"]
    rows = [
        (say("forward", calls=outcome["calls"]), {mode: outcome["forward"][mode] for mode in MODES}, allowed["forward"]),
        (words["gradient"], {mode: gradient[mode]["worst"] for mode in MODES}, allowed["gradient"]),
        (words["gradient_median"], {mode: gradient[mode]["median"] for mode in MODES}, None),
        (say("curve", steps=outcome["steps"]), outcome["curve"]["error"], allowed["curve"]),
    ]
    for name, values, limit in rows:
        lines.append(_row(name, *(_figure(values[mode]) for mode in MODES), "" if limit is None else f"{limit:.0e}"))
    for what, error in outcome["compiled_against_pynative"].items():
        lines.append(_row(words[f"same_{what}"], "", _figure(error), f"{allowed['same']:.0e}"))
    lines.append("")
    if gradient["jit"]["parameter"]:
        lines.append(say("worst", name=gradient["jit"]["parameter"]))
    seconds = outcome["seconds"]
    if seconds["torch_step"] is not None and seconds["jit_step"] is not None:
        milliseconds = {name: 1e3 * seconds[f"{name}_step"] for name in ("torch", "pynative", "jit")}
        lines.append(say("times", **milliseconds, first=seconds["first_compiled_step"]))
    if outcome["weights"]["constants"]:
        lines.append(say("constants", names=_listed(outcome["weights"]["constants"])))
    if outcome["problems"]:
        lines += ["", words["problems"], *_problems(outcome, words)]
    if outcome["first_difference"]:
        lines += ["", *_difference(outcome["first_difference"], words)]
    return "\n".join(lines) + "\n"


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown}, … ({len(names)})"


def _problems(outcome: dict[str, Any], words: dict[str, str]) -> list[str]:
    lines = []
    seen: list[str] = []
    for problem in outcome["problems"]:
        details = {key: value for key, value in problem.items() if key != "id"}
        for key in ("error", "tolerance"):
            if key in details:
                details[key] = _figure(details[key])
        if "names" in details:
            details["names"] = _listed(details["names"])
        key = problem["id"] if problem["id"] not in ("forward", "gradient", "curve") else f"{problem['id']}_wrong"
        lines.append("  " + words[key].format(**details))
        if problem["id"] == "gradient" and not (problem["mode"] == "jit" and "gradient" in seen):
            wrong = [entry for entry in outcome["wrong_gradients"] if entry["mode"] == problem["mode"]]
            lines += [words["gradient_at"].format(**{**entry, "error": _figure(entry["error"])}) for entry in wrong[:_SHOWN]]
        seen.append(problem["id"])
    return lines


def _difference(place: dict[str, Any], words: dict[str, str]) -> list[str]:
    name = place["name"] or words["the_model"]
    head = words["gradient_difference" if place["kind"] == "gradient" else "difference"]
    lines = [head, "  " + words[f"kind_{place['kind']}"].format(name=name, next=place["next"], error=_figure(place["error"]))]
    for side in ("source", "migrated"):
        layer = place[side]
        parts = [words[f"{what}_at"].format(**layer) for what in ("made", "defined") if layer[what]]
        lines.append(words["place"].format(side=words[side], cls=layer["class"], where=", ".join(parts)))
    if place["shapes"]["source"] != place["shapes"]["migrated"]:
        lines.append(words["shapes"].format(**place["shapes"]))
    return lines
