"""What the program told TensorBoard or MLflow in its folder, gathered into the run's directory so that it can be read from another machine.

Called by the supervisor after the program as `python tracked.py spec.json`; writes `results/tracked.jsonl`, one file a line (`path` and its bytes in
base64), whole or not at all, and nothing where there are no such files. Files are copied as they are, within limits: who reads them looks at them
like at all bytes of another machine.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Iterator

_PASSED_OVER = re.compile(r"^(\..*|node_modules|__pycache__|venv|site-packages|kernel_meta|rank_\d+)$")
_EVENT_FILE = re.compile(r"^events\.out\.tfevents\.\d{9,11}\.")
_DEEPEST = 8
_MOST_ENTRIES = 20_000
_MOST_FILES = 1000
_LARGEST_ALL = 24_000_000
_SLACK = 2.0


def _candidates(folder: str) -> Iterator[str]:
    """Files of both tools below a folder, as paths relative to it; links are not followed."""
    left = _MOST_ENTRIES
    waiting = [("", 0)]
    while waiting and left > 0:
        below, depth = waiting.pop(0)
        try:
            entries = sorted(os.scandir(os.path.join(folder, below)), key=lambda entry: entry.name)
        except OSError:
            continue
        stored = "mlruns" in below.split("/")
        for entry in entries:
            left -= 1
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                if depth < _DEEPEST and not _PASSED_OVER.match(entry.name) and entry.name != "artifacts":
                    waiting.append((path, depth + 1))
            elif entry.is_file(follow_symlinks=False) and (stored or _EVENT_FILE.match(entry.name)):
                yield path


def gathered(folder: str, since: float) -> list[dict[str, str]]:
    """The files that were written to since a time, with their bytes; those that fit the limits."""
    found: list[dict[str, str]] = []
    room = _LARGEST_ALL
    for path in _candidates(folder):
        if len(found) == _MOST_FILES:
            break
        try:
            whole = os.path.join(folder, path)
            about = os.stat(whole)
            if about.st_mtime < since - _SLACK or about.st_size > room:
                continue
            with open(whole, "rb") as file:
                data = file.read(room)
        except OSError:
            continue
        room -= len(data)
        found.append({"path": path, "data": base64.b64encode(data).decode("ascii")})
    return found


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        cwd = json.load(file)["cwd"]
    run = os.path.dirname(os.path.abspath(sys.argv[1]))
    files = gathered(os.path.join(run, cwd), os.stat(os.path.join(run, "started")).st_mtime)
    if files:
        results = os.path.join(run, "results")
        os.makedirs(results, exist_ok=True)
        with open(os.path.join(results, "tracked.jsonl.tmp"), "w", encoding="ascii") as out:
            for entry in files:
                out.write(json.dumps(entry, separators=(",", ":")) + "\n")
        os.replace(os.path.join(results, "tracked.jsonl.tmp"), os.path.join(results, "tracked.jsonl"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
