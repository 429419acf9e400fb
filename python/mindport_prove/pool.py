"""Keeps worker processes, gives each one job at a time, and replaces a worker that dies or exceeds a limit. Only that job fails.

What is executed first in a process may change what comes after it. Measured with MindSpore 2.7 to 2.10 on CPU: the gradient of softmax of a tensor
without elements, along another axis than the last, makes every later gradient of softmax for that number of axes wrong, of good inputs too. So
ordinary examples come first, then those without elements, then other inputs, and no process ever goes back.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable

from .answer import failed
from .given import Drawn, draw

#: Importing both frameworks takes some seconds; on a busy machine much longer.
START_LIMIT = 180.0
#: Memory grows by about 3 MB with every compiled example: a worker above this is replaced between jobs.
MEMORY_LIMIT_MB = 3000


#: Marks a job that is asked a second time.
_SECOND = "second"


def _is_doubtful(answer: dict[str, Any]) -> bool:
    """Whether what a random call or a variant came to may be an earlier one's fault: kernels that are given no elements, or wrong ones, write where
    they should not. What PyTorch refuses and a dtype without a kernel are what they are."""
    if answer["ok"] or answer.get("refused"):
        return False
    error = answer["error"] or ""
    return not (answer.get("raised") and ("TypeError" in error or "nsupported" in error))


#: What may spoil the process it is executed in, from never to easily: an ordinary example, one without elements, other inputs.
_ORDINARY, _WITHOUT_ELEMENTS, _OTHER_INPUTS = range(3)


def _standing(job: dict[str, Any]) -> int:
    if job.get("fuzz"):
        return _OTHER_INPUTS
    try:
        drawn = draw(job.get("given") or {}, str(job.get("id")), 0)
    except Exception:  # whatever is wrong with the job: its answer says so
        return _ORDINARY
    return _WITHOUT_ELEMENTS if any(_is_empty(value) for value in drawn.values()) else _ORDINARY


def _is_empty(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(_is_empty(item) for item in value)
    return isinstance(value, Drawn) and value.array.size == 0


class WorkerDied(Exception):
    """The process ended, or answered too late; the message says how."""


class WorkerCrashed(WorkerDied):
    """The process ended by itself."""


class Worker:
    """One process with both frameworks imported."""

    def __init__(self) -> None:
        descriptor, log = tempfile.mkstemp(prefix="mindport-prove-", suffix=".log")
        os.close(descriptor)
        self.log = Path(log)
        here = str(Path(__file__).resolve().parents[1])
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOG_v": os.environ.get("GLOG_v", "3"), "PYTHONPATH": here}
        self.folder = tempfile.TemporaryDirectory(prefix="mindport-prove-")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mindport_prove.worker", log],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=self.folder.name,  # frameworks leave folders where they run
            start_new_session=True,
        )
        self._buffer = b""
        #: the framework at work: the one to blame when the process dies
        self.stage = "mindspore"
        #: jobs done, and the highest standing among them
        self.answered = 0
        self.standing = _ORDINARY
        self._read(START_LIMIT, "starting")

    def run(self, job: dict[str, Any], limit: float) -> dict[str, Any]:
        """The answer to one job. Raises WorkerDied; the worker is then of no use any more."""
        assert self.process.stdin is not None
        self.standing = max(self.standing, _standing(job))
        self.log.write_bytes(b"")
        # an example is chosen so that PyTorch executes it; a random call is not
        self.stage = "torch" if job.get("fuzz") else "mindspore"
        try:
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WorkerCrashed(self._how_it_ended()) from None
        answer = self._read(limit, "running")
        self.answered += 1
        return answer

    def _read(self, limit: float, what: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        descriptor, end = self.process.stdout.fileno(), time.monotonic() + limit
        while True:
            if b"\n" in self._buffer:
                line, self._buffer = self._buffer.split(b"\n", 1)
                message = json.loads(line)
                if "stage" not in message:
                    return message
                self.stage = message["stage"]
                continue
            left = end - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise WorkerDied(f"stopped: {what} took longer than {limit:g} s")
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                raise WorkerCrashed(self._how_it_ended())
            self._buffer += chunk

    def _how_it_ended(self) -> str:
        code = self.process.wait()
        how = f"crashed: {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        last = [line.strip() for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip(" -\t")]
        return f"the process {how}" + (f" ({last[-1][:200]})" if last and code >= 0 else "")

    def end(self) -> None:
        """Kills the process and its children and removes what it left."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                if stream is not None:
                    stream.close()
            except BrokenPipeError:
                pass
        self.log.unlink(missing_ok=True)
        self.folder.cleanup()


class Pool:
    """`size` workers, started when first needed, working off one queue, what spoils no process first. Answers arrive in any order."""

    def __init__(self, size: int, limit: float, answer: Callable[[dict[str, Any]], None]) -> None:
        #: by standing, then as they came; no job: the end
        self._jobs: queue.PriorityQueue[tuple[float, int, dict[str, Any] | None]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._limit, self._answer, self._lock = limit, answer, threading.Lock()
        self._current: set[Worker] = set()
        self._again: list[dict[str, Any]] = []
        self._size = size
        self._threads = self._started()

    def _started(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._size)]
        for thread in threads:
            thread.start()
        return threads

    def submit(self, job: dict[str, Any]) -> None:
        self._jobs.put((_standing(job), next(self._numbers), job))

    def finish(self) -> None:
        """Waits for every submitted job, and for those that are asked a second time, in new processes."""
        self._join()
        if again := self._again:
            self._again = []
            # those without elements last: they are the ones that write where they should not
            for job in sorted(again, key=lambda one: one.get("variant") == "empty"):
                self.submit({**job, _SECOND: True})
            self._size = min(self._size, len(again))
            self._threads = self._started()
            self._join()

    def _join(self) -> None:
        for _ in self._threads:
            self._jobs.put((math.inf, next(self._numbers), None))
        for thread in self._threads:
            thread.join()

    def kill(self) -> None:
        """Ends every process at once."""
        for worker in list(self._current):
            worker.end()

    def _work(self) -> None:
        worker: Worker | None = None
        while (job := self._jobs.get()[2]) is not None:
            started = time.monotonic()
            if worker is not None and _standing(job) < worker.standing:
                worker = self._stop(worker)
            for attempt in (1, 2):
                try:
                    if worker is None:
                        worker = self._start()
                    started = time.monotonic()
                    answer = worker.run(job, float(job.get("timeout") or self._limit))
                    break
                except WorkerDied as death:
                    answer = failed(job, str(death), round(time.monotonic() - started, 2))
                    if worker is not None and worker.stage == "torch":
                        answer |= {"error": f"torch: {death}", "refused": True}
                    # memory that an earlier example broke is not this one's fault: a crash counts when a new process repeats it
                    again = attempt == 1 and isinstance(death, WorkerCrashed) and worker is not None and worker.answered > 0
                    worker = self._stop(worker)
                    if not again:
                        break
            if answer.get("memory", 0) > MEMORY_LIMIT_MB:
                worker = self._stop(worker)
            with self._lock:
                if job.get("fuzz") and _SECOND not in job and _is_doubtful(answer):
                    self._again.append(job)
                else:
                    self._answer(answer)
        self._stop(worker)

    def _start(self) -> Worker:
        worker = Worker()
        self._current.add(worker)
        return worker

    def _stop(self, worker: Worker | None) -> None:
        if worker is not None:
            self._current.discard(worker)
            worker.end()
