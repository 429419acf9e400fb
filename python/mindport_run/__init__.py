"""Events of a run, told by the program itself. Standard library only; every call does nothing outside a MindPort run and never raises.

    import mindport_run as run

    run.run_start(batch=2, seed=0, precision="fp32", parameters=1_200_000)
    for epoch in range(1, epochs + 1):
        run.step(i, loss=loss, seconds=dt, epoch=epoch)
        run.epoch(epoch, train_loss=train, val_loss=val, seconds=seconds)
    run.infer_step(lead, seconds=dt, warmup=lead == 1, synced=True)
    run.metric("rmse", value, var="t2m", lead_h=6, definition="fcn", units="K")

Each event is one line of JSON under 4 KB, appended by a single write to `events.jsonl` of the run directory (rank 0) or to
`rank/<n>.events.jsonl` (other ranks), so a reader never sees two writers in one file.
"""

from __future__ import annotations

import json
import math
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["active", "checkpoint", "epoch", "epoch_start", "infer_step", "metric", "run_end", "run_start", "step", "warn", "window"]

_LONGEST_LINE = 4000
_LONGEST_TEXT = 800


def _rank() -> int:
    for name in ("RANK", "RANK_ID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"):
        value = os.environ.get(name, "")
        if value.isdigit():
            return int(value)
    return 0


class _Writer:
    """Appends events of this process; a forked child (a data loader's worker) is silent."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        # MindSpore's cluster scheduler executes the program too, as rank 0: it has nothing to tell
        scheduler = os.environ.get("MS_ROLE") == "MS_SCHED"
        self.directory = "" if scheduler else os.environ.get("MINDPORT_RUN_DIR", "")
        self.rank = _rank()
        attempt = os.environ.get("MINDPORT_ATTEMPT", "1")
        self.attempt = int(attempt) if attempt.isdigit() else 1
        self.host = socket.gethostname()
        self.file: int | None = None
        self.seq = 0

    def open(self) -> int | None:
        if self.file is None and self.directory:
            name = "events.jsonl" if self.rank == 0 else os.path.join("rank", f"{self.rank}.events.jsonl")
            path = os.path.join(self.directory, name)
            self.file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.seq = self._next_seq(self.file)
        return self.file

    @staticmethod
    def _next_seq(file: int) -> int:
        """Goes on after the events of an earlier process of the same run. A line torn by a full disk is closed first."""
        size = os.fstat(file).st_size
        if size == 0:
            return 0
        start = max(0, size - 4 * _LONGEST_LINE)
        tail = os.pread(file, size - start, start)
        if not tail.endswith(b"\n"):
            os.write(file, b"\n")
        for line in reversed(tail.splitlines()):
            try:
                seq = json.loads(line)["seq"]
            except (ValueError, KeyError, TypeError):
                continue
            if isinstance(seq, int):
                return seq + 1
        return tail.count(b"\n")

    def write(self, event: str, fields: dict[str, Any]) -> None:
        if os.getpid() != self.pid:
            return
        try:
            file = self.open()
            if file is None:
                return
            record: dict[str, Any] = {
                "v": 1,
                "seq": self.seq,
                "t": time.time(),
                "mono": time.monotonic(),
                "src": "job",
                "rank": self.rank,
                "host": self.host,
                "attempt": self.attempt,
                "ev": event,
            }
            record.update((name, _plain(value)) for name, value in fields.items() if value is not None)
            line = _encode(record)
            if len(line) > _LONGEST_LINE:
                # what is long is text or lists; the numbers stay
                record = {name: value for name, value in record.items() if not isinstance(value, (list, dict))}
                record = {name: value[:120] if isinstance(value, str) else value for name, value in record.items()}
                line = _encode(record)
            self.seq += 1
            os.write(file, line)
        except (OSError, ValueError):
            # a full disk must not end a training
            pass


def _encode(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def _plain(value: Any) -> Any:
    """JSON form of a value: numbers of any library by float(), NaN and infinities as strings, text cut."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):
        return str(value)[:_LONGEST_TEXT]
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


_writer = _Writer()


def active() -> bool:
    """Whether this process runs inside a MindPort run."""
    return bool(_writer.directory) and os.getpid() == _writer.pid


def run_start(
    *,
    framework: str | None = None,
    precision: str | None = None,
    batch: int | None = None,
    seed: int | None = None,
    mode: str | None = None,
    parameters: int | None = None,
) -> None:
    """Tells what runs; `mode` is "PyNative" or "graph", `parameters` the count of trainable parameters."""
    argv = sys.orig_argv if hasattr(sys, "orig_argv") else sys.argv
    fields = {"argv": list(argv)[:64], "framework": framework, "precision": precision, "batch": batch, "seed": seed}
    _writer.write("run_start", {**fields, "mode": mode, "parameters": parameters})


def epoch_start(number: int) -> None:
    """Tells that epoch `number` (from 1) begins."""
    _writer.write("epoch_start", {"epoch": int(number)})


def epoch(
    number: int,
    *,
    train_loss: Any = None,
    val_loss: Any = None,
    seconds: float | None = None,
    samples: int | None = None,
    step: int | None = None,
) -> None:
    """Tells that epoch `number` (from 1) has ended: losses, wall time in seconds, samples seen, last global step."""
    losses = {"train_loss": _number(train_loss), "val_loss": _number(val_loss)}
    _writer.write("epoch_end", {"epoch": int(number), **losses, "seconds": _number(seconds), "samples": samples, "step": step})


def step(number: int, *, loss: Any = None, lr: Any = None, seconds: float | None = None, epoch: int | None = None) -> None:
    """Tells one training step: global number, loss, learning rate, wall time in seconds."""
    _writer.write("step", {"step": int(number), "epoch": epoch, "loss": _number(loss), "lr": _number(lr), "seconds": _number(seconds)})


def infer_step(lead: int, *, seconds: float, warmup: bool = False, synced: bool = False) -> None:
    """Tells one forecast step: its number from 1, wall time in seconds, whether it is warm-up, whether the device was synchronised."""
    _writer.write("infer_step", {"lead": int(lead), "seconds": _number(seconds), "warmup": bool(warmup), "synced": bool(synced)})


def metric(
    name: str,
    value: Any,
    *,
    var: str | None = None,
    lead_h: float | None = None,
    definition: str | None = None,
    units: str | None = None,
    n: int | None = None,
) -> None:
    """Tells a score: "rmse" or "acc" of variable `var` at lead time `lead_h` hours, by definition "fcn", "wb1" or "wb2"."""
    fields = {"name": name, "def": definition, "var": var, "lead_h": lead_h, "value": _number(value), "units": units, "n": n}
    _writer.write("metric", fields)


@contextmanager
def window(name: str) -> Iterator[None]:
    """Marks the part of the program that is measured: `with window("train"): ...` or "infer"."""
    _writer.write("window_start", {"window": name})
    try:
        yield
    finally:
        _writer.write("window_end", {"window": name})


def checkpoint(path: str | os.PathLike[str], sha256: str | None = None) -> None:
    """Tells where a checkpoint was written."""
    _writer.write("checkpoint", {"path": os.fspath(path), "sha256": sha256})


def warn(text: str) -> None:
    """Tells something the reader of the results should know."""
    _writer.write("warn", {"text": text})


def run_end(rc: int | None = None) -> None:
    """Tells that the program is done; the exit itself is named by the supervisor."""
    _writer.write("run_end", {"rc": rc})


def _number(value: Any) -> Any:
    """A number or its word; tensors of one element give theirs."""
    plain = _plain(value)
    if plain is None or isinstance(plain, (int, float)) or plain in ("NaN", "Infinity", "-Infinity"):
        return plain
    try:
        return _plain(float(value.item()))
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return "NaN"
