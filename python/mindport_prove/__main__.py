"""``python -m mindport_prove``: jobs as JSON lines on standard input, answers as JSON lines on standard output."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import signal
import subprocess
import sys
from typing import Any, Iterable

from .answer import failed
from .pool import Pool

_EPILOG = """\
A job, one JSON object a line (fields after `mindspore` may be left out):
  {"id": "gelu#0", "given": {"x": "randn(2, 3)"}, "torch": "F.gelu(x)", "mindspore": "ops.gelu(x, approximate='none')",
   "apply": ["x"], "train": true, "grad": true, "jit": true, "tolerance": null, "calls": 3, "timeout": 60}
Its answer, in any order, same id:
  {"id": "gelu#0", "ok": true, "forward": 1.2e-07, "grad": 3e-07, "modes": ["pynative", "jit"], "calls": 6, "dtype": "float32",
   "error": null, "seconds": 0.8, "memory": 640}
`refused` is true in it where PyTorch itself raises, `raised` where MindSpore does. `"fuzz": true` in a job means one call with random
arguments; a result that PyTorch draws at random counts as refused there.
`given` is written in the language of mindport_prove/given.py, `apply` makes both sources build a layer whose weights are transferred. The
sources see the imports of the catalog: torch, nn, F, optim, einops, np, math on one side, ms, ops, nn, mint, mnp, eoptim, mindport_ops, np,
math on the other.
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m mindport_prove",
        description="Executes examples in PyTorch and in MindSpore (PyNative and compiled, forward and gradient) and compares them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workers", type=int, default=1, help="processes with both frameworks, about 700 MB each (default 1)")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds a job may take when it does not say itself (default 60)")
    parser.add_argument("--from", dest="file", help="read the jobs from a file; the first line of output says the versions and the device")
    parser.add_argument("--versions", action="store_true", help="print the versions as one JSON line and end")
    options = parser.parse_args()
    if options.versions:
        print(json.dumps(versions()))
        return 0
    if options.workers < 1:
        parser.error("--workers must be at least 1")
    if options.file is None:
        return serve(sys.stdin, options.workers, options.timeout)
    print(json.dumps({"prover": 1, **versions(), **device()}), flush=True)
    with open(options.file, encoding="utf-8") as jobs:
        return serve(jobs, options.workers, options.timeout)


def versions() -> dict[str, str]:
    """The versions of what executes."""
    packages = {name: importlib.metadata.version(name) for name in ("torch", "mindspore", "numpy")}
    return {"python": platform.python_version(), **packages}


_DEVICE = """\
import json, mindspore as ms
chip = None
try:
    chip = ms.hal.get_device_name(0)
except Exception:
    pass
print("\\n" + json.dumps({"device": ms.get_context("device_target"), "chip": chip}))
"""


def device() -> dict[str, str | None]:
    """What MindSpore executes on, and the name of the chip where its driver says one; asked in a process of its own, which gives the device back."""
    done = subprocess.run([sys.executable, "-c", _DEVICE], capture_output=True, text=True, timeout=300, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise SystemExit(f"MindSpore cannot be used: {done.stderr.strip()[-400:]}")
    found = json.loads(lines[-1])
    return {"device": found["device"], "chip": found["chip"]}


def serve(source: Iterable[str], workers: int, limit: float) -> int:
    """Reads jobs until the end of input; 0 when every job agreed, 1 otherwise."""
    bad = False

    def answer(message: dict[str, Any]) -> None:
        nonlocal bad
        bad = bad or not message["ok"]
        print(json.dumps(message), flush=True)

    pool = Pool(workers, limit, answer)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for line in source:
            if not line.strip():
                continue
            try:
                job = json.loads(line)
                if not isinstance(job, dict):
                    raise ValueError("not an object")
            except ValueError as error:
                answer(failed({}, f"not a job: {error}"))
                continue
            pool.submit(job)
        pool.finish()
    except (KeyboardInterrupt, SystemExit):
        pool.kill()
        raise
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
