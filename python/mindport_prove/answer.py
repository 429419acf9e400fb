"""The form of an answer: known to the process that executes and to the one that reports its death."""

from __future__ import annotations

from typing import Any


def failed(job: dict[str, Any], error: str | None, seconds: float = 0.0) -> dict[str, Any]:
    """The answer to a job of which nothing is known to agree (docs/architecture.md, "Prover job")."""
    return {
        "id": job.get("id"),
        "ok": False,
        "forward": None,
        "grad": None,
        "modes": [],
        "calls": 0,
        "dtype": None,
        "error": error,
        "seconds": seconds,
    }
