"""Finds the first layer that differs, from the traces of both sides.

Events are matched by the layer's qualified name. A layer whose inputs agree and whose output differs is at fault itself; when the inputs of a
layer differ although nothing before did, the fault lies in the code of the layer around it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .compare import error_of

_JUMP = 8.0
_NOISE = 5e-7


def _events(arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> dict[tuple[str, str, int], list[np.ndarray]]:
    return {(e["what"], e["name"], e["count"]): [arrays[key] for key in e["arrays"]] for e in facts["trace"]}


def _parent(name: str, layers: dict[str, Any]) -> str:
    """The layer around `name`, skipping containers that are not called themselves."""
    while name:
        name = name.rpartition(".")[0]
        if name in layers and layers[name]["class"] not in ("ModuleList", "ModuleDict", "CellList", "CellDict"):
            return name
    return ""


def first_difference(
    torch_arrays: dict[str, np.ndarray], torch_facts: dict[str, Any], arrays: dict[str, np.ndarray], facts: dict[str, Any], tolerance: float
) -> dict[str, Any] | None:
    """Where the forward first differs, or None when every matched event agrees.

    `kind` is "layer" (the layer computes something else), "before" (the code around it passes something else to `next`) or "after" (the code
    of `name` itself, after its parts agreed). Small faults grow on their way, so the place where the error jumps counts before the place where
    it exceeds the tolerance.
    """
    mine = _events(arrays, facts)
    highest = _NOISE
    jump: dict[str, Any] | None = None
    called: set[str] = set()
    for event in torch_facts["trace"]:
        what, name, count = event["what"], event["name"], event["count"]
        got, expected = mine.get((what, name, count)), [torch_arrays[key] for key in event["arrays"]]
        if got is None or len(got) != len(expected):
            if what == "exit" and got is not None:
                return _place("layer", name, torch_facts, facts, float("inf"), got, expected)
            continue
        error = max((error_of(a, b) for a, b in zip(got, expected)), default=0.0)
        is_leaf = not any(other.startswith(f"{name}." if name else "") and other != name for other in called)
        if what == "enter":
            place = _place("before", _parent(name, torch_facts["layers"]), torch_facts, facts, error, got, expected, next_layer=name)
        else:
            called.add(name)
            place = _place("layer" if is_leaf else "after", name, torch_facts, facts, error, got, expected)
        if jump is None and error >= _JUMP * highest and error >= tolerance / 5.0:
            jump = place
        if not (error <= tolerance):
            return jump or place
        highest = max(highest, error)
    return None


def _place(kind, name, torch_facts, facts, error, got, expected, next_layer=None) -> dict[str, Any]:
    unknown = {"class": "", "made": "", "defined": ""}
    return {
        "kind": kind,
        "name": name,
        "next": next_layer,
        "error": error,
        "shapes": {"source": [list(a.shape) for a in expected], "migrated": [list(a.shape) for a in got]},
        "source": torch_facts["layers"].get(name, unknown),
        "migrated": facts["layers"].get(name, unknown),
    }


def last_owner(names: list[str], torch_facts: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any] | None:
    """For wrong gradients behind a right forward: the layer that runs last among the owners of these parameters.

    Gradients are formed from the loss backwards, so what is wrong lies in this layer or after it.
    """
    order = {event["name"]: place for place, event in enumerate(torch_facts["trace"]) if event["what"] == "exit"}
    owners = [name.rpartition(".")[0] for name in names]
    known = [owner for owner in owners if owner and owner in order] or [owner for owner in owners if owner in order]
    if not known:
        return None
    return _place("gradient", max(known, key=lambda owner: order[owner]), torch_facts, facts, 0.0, [], [])
