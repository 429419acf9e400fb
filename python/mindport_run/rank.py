"""
Starts the program of one rank: `python rank.py DIR program [argument...]`, called by torchrun or msrun for each rank.

Rank 0 writes into the log of the run itself, the others into `rank/<n>.log`: so a log is read the same way whatever launched it. The process
becomes the program, so signals and its exit are the program's own.
"""

from __future__ import annotations

import os
import sys


def rank() -> int | None:
    """The number of this rank; None where the launcher assigns it later."""
    for name in ("RANK", "RANK_ID"):
        value = os.environ.get(name, "")
        if value.isdigit():
            return int(value)
    return None


def _redirect(path: str, *streams: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in streams:
        os.dup2(file, stream)
    os.close(file)


def main(directory: str, program: list[str]) -> None:
    """Redirects and becomes the program. Does not return."""
    number = rank()
    # MindSpore runs the program once more as the scheduler of its cluster, with a rank of 0
    scheduler = os.environ.get("MS_ROLE") == "MS_SCHED"
    try:
        if scheduler:
            _redirect(os.path.join(directory, "rank", "scheduler.log"), 1, 2)
        elif number == 0:
            _redirect(os.path.join(directory, "stdout.log"), 1)
            _redirect(os.path.join(directory, "stderr.log"), 2)
        elif number is not None:
            _redirect(os.path.join(directory, "rank", f"{number}.log"), 1, 2)
    except OSError as error:
        sys.stderr.write(f"mindport: the log of rank {number} could not be opened: {error}\n")
    try:
        os.execvp(program[0], program)
    except OSError as error:
        sys.stderr.write(f"{program[0]}: {error.strerror}\n")
        raise SystemExit(127 if isinstance(error, FileNotFoundError) else 126) from error


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
