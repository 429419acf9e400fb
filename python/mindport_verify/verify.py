"""Runs the workers and puts their results together."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import exchange
from .compare import Tolerances, judge
from .locate import first_difference, last_owner
from .plan import Plan
from .report import document

_PYTHON_FOLDER = str(Path(__file__).resolve().parent.parent)


class WorkerFailed(Exception):
    """A program could not be executed. `side` is source or migrated, `log` the end of what it wrote."""

    def __init__(self, side: str, log: str):
        super().__init__(log)
        self.side, self.log = side, log


def _environment() -> dict[str, str]:
    env = dict(os.environ)
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [_PYTHON_FOLDER, env.get("PYTHONPATH")]))
    env["PYTHONDONTWRITEBYTECODE"] = "1"  # the programs' folders stay as they are
    env.setdefault("OMP_NUM_THREADS", "1")  # more are several times slower for MindSpore on a busy machine
    env.setdefault("GLOG_v", "3")
    env.pop("MS_JIT", None)
    return env


def _work(side: str, module: str, folder: str, limit: float) -> None:
    log = Path(folder) / f"{module}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"mindport_verify.{module}", folder],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise WorkerFailed(side, f"timeout:{limit:g}") from None
        finally:
            try:  # whatever it has started ends with it
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    if code != 0:
        raise WorkerFailed(side, _tail(log.read_text(encoding="utf-8", errors="replace"), code))


def _tail(log: str, code: int) -> str:
    """The end of a log from the last traceback on, without MindSpore's warnings and internal stacks."""
    start = log.rfind("Traceback (most recent call last)")
    kept = [line for line in log[max(start, 0) :].splitlines() if line.strip() and not line.startswith("[WARNING]")]
    return "\n".join(kept[-40:]) or f"ended with status {code} without a word"


def verify(plan: Plan, tolerances: Tolerances, limit: float = 600.0) -> dict[str, Any]:
    """Executes both programs and returns the report's document. Raises WorkerFailed or PlanError."""
    plan.check()
    with tempfile.TemporaryDirectory(prefix="mindport-verify-") as folder:
        torch_arrays, torch_facts, arrays, facts = _both(plan, folder, limit)
        verdict = judge(torch_arrays, torch_facts, arrays, facts, plan.calls, tolerances)
        difference = _locate(plan, verdict, tolerances, folder, limit) if verdict.problems else None
    return document(plan, tolerances, verdict, torch_facts, facts, difference)


def _both(plan: Plan, folder: str, limit: float) -> tuple[Any, Any, Any, Any]:
    for side in ("torch", "mindspore"):
        (Path(folder) / f"{side}.json").unlink(missing_ok=True)
    (Path(folder) / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    _work("source", "torch_side", folder, limit)
    _work("migrated", "mindspore_side", folder, limit)
    torch_left, left = exchange.read(folder, "torch"), exchange.read(folder, "mindspore")
    assert torch_left and left, "a worker ended well without results"
    return (*torch_left, *left)


def _locate(plan: Plan, verdict: Any, tolerances: Tolerances, folder: str, limit: float) -> dict[str, Any] | None:
    kinds = {name for name, _ in verdict.problems}
    if not kinds & {"forward", "shape", "number_of_outputs", "dtype", "gradient", "curve"}:
        return None
    results = _both(dataclasses.replace(plan, trace=True), folder, limit)
    found = first_difference(*results, tolerances.forward)
    if found is None and verdict.wrong_gradients:
        found = last_owner([entry["name"] for entry in verdict.wrong_gradients], results[1], results[3])
    return found
