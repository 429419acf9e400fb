"""What both frameworks give for the same few lines: ``python -m mindport_prove.show`` reads cases as JSON lines and answers each.

A case is ``{"id", "given", "torch", "mindspore", "alone"}``: Python lines, the last one an expression. `given` makes the inputs with numpy and is
run first on both sides. The answer has the result of each side in short words, or the first line of its error. `alone` runs the case in a process of
its own: for what ends the process, and for what depends on nothing having run before.
"""

from __future__ import annotations

import ast
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from . import program
from .outputs import Value, normalise
from .prove import first_line

_DIGITS = 4
_LIMIT = 120.0


def text_of(result: Any) -> str:
    """A result in one line: numbers with four digits, dtype and shape where they are not plain."""
    return _text_of(normalise(result))


def _text_of(result: Any) -> str:
    if isinstance(result, Value):
        array = result.array
        digits = np.array2string(array, precision=_DIGITS, separator=", ", suppress_small=True, threshold=40, max_line_width=10_000)
        return f"{' '.join(digits.split())} ({result.dtype}{list(array.shape)})"
    if isinstance(result, tuple):
        return f"({', '.join(_text_of(part) for part in result)})"
    if isinstance(result, float) and math.isfinite(result):
        return f"{result:.{_DIGITS}g}"
    return repr(result)


def run(side: str, case: dict[str, Any], folder: Path) -> str:
    """One side of a case, executed; its error in one line when it raises."""
    lines = ast.parse(f"{case.get('given', '')}\n{case[side]}").body
    names = frozenset(node.id for line in lines for node in ast.walk(line) if isinstance(node, ast.Name))
    prelude = program.TORCH_PRELUDE if side == "torch" else "import numpy as np\nimport mindspore as ms\n" + program.mindspore_prelude(names)
    last = lines.pop()
    assert isinstance(last, ast.Expr)
    body = "\n".join(ast.unparse(line) for line in lines)
    # functions that are compiled must stand in a file of their own
    name = f"shown_{case['id']}_{side}".replace("-", "_")
    try:
        module = program.load(f"{prelude}\n{body}\nresult = {ast.unparse(last.value)}\n", name, folder)
        return text_of(module.result)
    except Exception as error:
        return f"{type(error).__name__}: {first_line(str(error))}"


def prepare() -> None:
    """Kernels run at once, so that an error belongs to the line that causes it."""
    import mindspore

    mindspore.set_context(pynative_synchronize=True)


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Both sides of a case."""
    with tempfile.TemporaryDirectory(prefix="mindport-show-") as folder:
        return {"id": case["id"], **{side: run(side, case, Path(folder)) for side in ("torch", "mindspore")}}


def answer_alone(case: dict[str, Any]) -> dict[str, Any]:
    """The same in a process of its own; a side the process does not survive has the signal as its result."""
    found: dict[str, Any] = {"id": case["id"]}
    for side in ("torch", "mindspore"):
        command = [sys.executable, "-m", "mindport_prove.show", "--side", side]
        try:
            done = subprocess.run(command, input=json.dumps(case), capture_output=True, text=True, timeout=_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            found[side] = f"no answer within {_LIMIT:g} s"
            continue
        # MindSpore's handler turns signals into exit statuses of its own
        last = done.stdout.strip().splitlines()[-1:] or [""]
        code = done.returncode
        ended = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        found[side] = json.loads(last[0]) if last[0].startswith('"') else f"the process ends: {ended}"
    return found


def main() -> None:
    os.environ.setdefault("GLOG_v", "3")
    os.environ["OMP_NUM_THREADS"] = "1"
    prepare()
    if "--side" in sys.argv:
        with tempfile.TemporaryDirectory(prefix="mindport-show-") as folder:
            print("\n" + json.dumps(run(sys.argv[-1], json.load(sys.stdin), Path(folder))), flush=True)
        return
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(answer_alone(case) if case.get("alone") else answer(case)), flush=True)


if __name__ == "__main__":
    main()
