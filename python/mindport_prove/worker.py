"""The process that executes jobs: ``python -m mindport_prove.worker LOGFILE``. One JSON line in, one out, one at a time; before
it, for random calls, ``{"stage": "mindspore"}`` when PyTorch is done.

Whatever examples and frameworks print goes to the log file, so that the answers stay clean; the pool quotes it when the process dies.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import warnings


def main() -> None:
    _end_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    warnings.simplefilter("ignore")
    from . import prove

    prove.prepare()
    answers.write(json.dumps({"ready": True}) + "\n")
    answers.flush()

    def tell(stage: str) -> None:
        answers.write(json.dumps({"stage": stage}) + "\n")
        answers.flush()

    for line in sys.stdin:
        job = json.loads(line)
        answer = prove.prove(job, tell if job.get("fuzz") else lambda _: None)
        answer["memory"] = _resident_megabytes()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _end_with_parent() -> None:
    """Asks Linux to end this process with the pool, also when that is killed: a hanging example would stay behind for ever."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    except (OSError, AttributeError):
        pass


def _resident_megabytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


if __name__ == "__main__":
    main()
