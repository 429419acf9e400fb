"""``python -m mindport_verify --source SRC --migrated OUT --model package.module:Name --input "float32[2,4,32,64]"``.

Exit status: 0 both agree, 1 they do not, 2 the comparison could not be made.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from .compare import Tolerances
from .plan import LOSSES, InputSpec, Plan, PlanError
from .report import plain, text
from .verify import WorkerFailed, verify
from .words import WORDS, language_of


def _parser() -> argparse.ArgumentParser:
    defaults, gates = Plan("", "", ""), Tolerances()
    parser = argparse.ArgumentParser(prog="python -m mindport_verify", description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True, help="folder of the PyTorch program")
    parser.add_argument("--migrated", required=True, help="folder of the migrated program")
    parser.add_argument("--model", required=True, help="what makes the model, package.module:Name, in both")
    parser.add_argument("--kwargs", default="{}", help="its keyword arguments as JSON; lists become tuples")
    parser.add_argument("--input", action="append", default=[], help="a positional input, dtype[shape] or dtype[shape]=low..high; repeatable")
    parser.add_argument("--loss", default=defaults.loss, choices=LOSSES)
    parser.add_argument("--calls", default=defaults.calls, type=int, help="calls of each compiled function, with new data (default %(default)s)")
    parser.add_argument("--steps", default=defaults.steps, type=int, help="Adam steps of the loss curve (default %(default)s)")
    parser.add_argument("--learning-rate", default=defaults.learning_rate, type=float)
    parser.add_argument("--seed", default=defaults.seed, type=int)
    parser.add_argument("--forward-tolerance", default=gates.forward, type=float)
    parser.add_argument("--gradient-tolerance", default=gates.gradient, type=float)
    parser.add_argument("--curve-tolerance", default=gates.curve, type=float)
    parser.add_argument("--timeout", default=600.0, type=float, help="seconds each side may take (default %(default)g)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--lang", default=os.environ.get("LC_ALL") or os.environ.get("LANG") or "en", help="en or zh-cn")
    return parser


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the workers end too
    words = WORDS[language_of(options.lang)]
    try:
        kwargs = json.loads(options.kwargs)
        if not isinstance(kwargs, dict):
            raise PlanError("--kwargs is no JSON object")
        plan = Plan(
            source=str(Path(options.source).resolve()),
            migrated=str(Path(options.migrated).resolve()),
            model=options.model,
            kwargs=kwargs,
            inputs=tuple(InputSpec.parse(spec) for spec in options.input),
            loss=options.loss,
            calls=options.calls,
            steps=options.steps,
            learning_rate=options.learning_rate,
            seed=options.seed,
        )
        tolerances = Tolerances(options.forward_tolerance, options.gradient_tolerance, options.curve_tolerance)
        outcome = verify(plan, tolerances, options.timeout)
    except (PlanError, json.JSONDecodeError) as error:
        print(f"mindport verify: {error}", file=sys.stderr)
        return 2
    except WorkerFailed as error:
        return _failed(error, words, options.json)
    if options.json:
        print(json.dumps(plain(outcome), ensure_ascii=False))
    else:
        print(text(outcome, language_of(options.lang)), end="")
    return 0 if outcome["ok"] else 1


def _failed(error: WorkerFailed, words: dict[str, str], as_json: bool) -> int:
    """A migration that does not run is wrong (1); without the original there is nothing to compare with (2)."""
    log = words["timeout"].format(seconds=error.log.partition(":")[2]) if error.log.startswith("timeout:") else error.log
    if as_json:
        print(json.dumps({"ok": False, "problems": [{"id": f"failed_{error.side}", "log": log}]}, ensure_ascii=False))
    else:
        print(words[f"failed_{error.side}"])
        print("\n".join(f"  {line}" for line in log.splitlines()))
    return 1 if error.side == "migrated" else 2


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
