"""Files between the workers: named arrays in one npz, everything else in JSON beside it. Nothing is pickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def write(folder: str, side: str, arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> None:
    """Leaves ``<side>.npz`` and then ``<side>.json``: whoever finds the second finds the first whole."""
    np.savez(Path(folder) / f"{side}.npz", **arrays)
    (Path(folder) / f"{side}.json").write_text(json.dumps(facts), encoding="utf-8")


def read(folder: str, side: str) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """What a side has left, or None when it has not come so far."""
    path = Path(folder) / f"{side}.json"
    if not path.exists():
        return None
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays, json.loads(path.read_text(encoding="utf-8"))
