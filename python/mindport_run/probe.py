"""What a run's environment is: one `run_start` event of the launcher, from the spec and the installed packages.

Called by the supervisor as `python probe.py spec.json`; prints one line. No framework is imported: versions come from package metadata, so
this takes a tenth of a second and cannot disturb the program.
"""

from __future__ import annotations

import json
import os
import platform
import socket
import sys
import time
from importlib import metadata
from typing import Any

_PACKAGES = ("torch", "torch_npu", "mindspore", "numpy", "torchvision", "einops", "h5py", "mindspore-gpu", "mindspore-ascend", "mindspore-dev")


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "system": f"{platform.system()} {platform.release()}"[:200]}
    for name in _PACKAGES:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        # vendor wheels of MindSpore bear their own package names
        versions.setdefault("mindspore" if name.startswith("mindspore") else name, version[:100])
    return versions


def _devices() -> list[str]:
    model = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(("model name", "Hardware")):
                    model = line.partition(":")[2].strip()
                    break
    except OSError:
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [f"cpu: {model}, {cores} cores"[:200]]


def _memory() -> float | None:
    """GiB of the machine, or of the control group the run is confined to; None where nothing tells."""
    sizes = []
    try:
        with open("/proc/meminfo", encoding="ascii", errors="replace") as lines:
            sizes += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")]
    except (OSError, ValueError, IndexError):
        pass
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path, encoding="ascii") as limit:
                sizes.append(int(limit.read()))
        except (OSError, ValueError):
            # "max": no limit
            continue
    return round(min(sizes) / 2**30, 1) if sizes else None


def event(spec: dict[str, Any]) -> dict[str, Any]:
    """The event of `spec` (schema version 1) in this environment."""
    target = spec.get("target") or {}
    code = spec.get("code") or {}
    fields: dict[str, Any] = {
        "argv": [str(word)[:200] for word in spec.get("argv", [])][:12],
        "framework": target.get("framework"),
        "versions": _versions(),
        "devices": _devices(),
        "precision": spec.get("precision"),
        "batch": spec.get("batch"),
        "seed": spec.get("seed"),
        "workers": spec.get("workers"),
        "memory_gb": _memory(),
        "code_sha": code.get("hash"),
        "mode": spec.get("mode"),
    }
    envelope = {"v": 1, "seq": 0, "t": time.time(), "mono": time.monotonic(), "src": "launcher", "rank": 0, "host": socket.gethostname()}
    return {**envelope, "attempt": 1, "ev": "run_start", **{name: value for name, value in fields.items() if value is not None}}


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    sys.stdout.write(json.dumps(event(spec), separators=(",", ":")) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
