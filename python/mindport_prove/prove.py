"""One job from beginning to end: draw, run PyTorch, run MindSpore in both modes, compare."""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import mindspore as ms
import numpy as np

from . import mindspore_side, outputs, program, torch_side
from .given import draw, seed_of
from .mindspore_side import MindSporeExample
from .answer import failed
from .outputs import Disagreement, Value
from .tolerance import error_between, tolerance_of
from .torch_side import TorchExample
from .variants import FORWARD_ONLY, HALVES, draws

#: A compiled function may be right once and wrong afterwards (constant padding): fewer calls prove nothing.
LEAST_CALLS = 3

_numbers = itertools.count()


@dataclass(frozen=True)
class Job:
    """One example, as described in docs/architecture.md "Prover job"."""

    id: str
    given: dict[str, Any]
    torch: str
    mindspore: str
    apply: list[str] | None
    grad: bool
    jit: bool
    train: bool
    tolerance: float | None
    calls: int
    #: one of many random calls: a single one is enough, and what PyTorch draws at random is left alone
    fuzz: bool = False
    #: one of variants.py: other inputs than those that are written
    variant: str | None = None
    #: modules of other packages that PyTorch's side imports
    needs: tuple[str, ...] = ()

    @staticmethod
    def of(data: dict[str, Any]) -> "Job":
        """Reads a job; raises ExampleError naming what is wrong with it."""
        for key, kind in (("id", str), ("torch", str), ("mindspore", str)):
            if not isinstance(data.get(key), kind):
                raise program.ExampleError(f"a job needs {key!r}, a string")
        given, apply = data.get("given") or {}, data.get("apply")
        if apply is not None and (missing := [name for name in apply if name not in given]):
            raise program.ExampleError(f"`apply` names inputs that are not given: {', '.join(missing)}")
        return Job(
            id=data["id"],
            given=given,
            torch=data["torch"],
            mindspore=data["mindspore"],
            apply=apply,
            grad=data.get("grad", True) is not False,
            jit=data.get("jit", True) is not False,
            train=data.get("train", True) is not False,
            tolerance=data.get("tolerance"),
            calls=1 if data.get("fuzz") else max(LEAST_CALLS, int(data.get("calls") or LEAST_CALLS)),
            fuzz=bool(data.get("fuzz")),
            variant=data.get("variant"),
            needs=tuple(data.get("needs") or ()),
        )


def first_line(text: str) -> str:
    """The first line of a message that says something: MindSpore begins with a rule of dashes."""
    for line in text.splitlines():
        line = line.strip()
        if line and set(line) != {"-"}:
            return line[:400]
    return "no message"


def prove(data: dict[str, Any], tell: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Executes one job and answers it; never raises. `error` names the mode and call where the first difference was.

    `tell` is told when PyTorch is done and MindSpore begins: should the process die, that says whose fault it is.
    """
    started = time.perf_counter()
    answer = failed(data, None)
    where = ["torch"]
    try:
        with tempfile.TemporaryDirectory(prefix="mindport-prove-") as folder:
            _prove(Job.of(data), Path(folder), answer, where, tell)
        answer["ok"] = True
    except Disagreement as difference:
        answer["error"] = f"{where[0]}: {difference}"
    except Refused as reason:
        answer |= {"error": f"torch: {reason}", "refused": True}
    except program.ExampleError as problem:
        answer["error"] = str(problem)
    except Exception as error:
        answer["error"] = f"{where[0]}: {type(error).__name__}: {first_line(str(error))}"
        answer["refused" if where[0] == "torch" else "raised"] = True
    answer["seconds"] = round(time.perf_counter() - started, 2)
    return answer


class Refused(Exception):
    """A call that says nothing of the other framework; the message says why."""


def _repeatable(reference: TorchExample, drawn: dict[str, Any]) -> bool:
    """Whether PyTorch gives the same result under another random state."""
    torch_side.seed(0)
    first = reference.forward(drawn)
    torch_side.seed(1)
    try:
        outputs.compare(reference.forward(drawn), first, None)
    except Disagreement:
        return False
    return True


def _expected(
    job: Job, number: int, folder: Path
) -> tuple[list[dict[str, Any]], TorchExample, tuple[torch_side.Expected, list[torch_side.Cotangents]]]:
    """The inputs of every call and what PyTorch makes of them; of a variant's ways the first that PyTorch executes. Raises Refused."""
    if job.variant is None:
        return _in_torch(job, [draw(job.given, job.id, call) for call in range(job.calls)], f"{number}", folder)
    # one seed for an example and all its variants
    example = job.id.rpartition("~")[0] or job.id
    reason = "the variant changes nothing here"
    for way, drawn in enumerate(draws(job.given, example, job.variant)):
        try:
            return _in_torch(job, [drawn], f"{number}_{way}", folder)
        except Exception as error:  # whatever PyTorch raises: it does not take such inputs
            reason = f"{type(error).__name__}: {first_line(str(error))}"
    raise Refused(reason)


def _in_torch(
    job: Job, calls: list[dict[str, Any]], name: str, folder: Path
) -> tuple[list[dict[str, Any]], TorchExample, tuple[torch_side.Expected, list[torch_side.Cotangents]]]:
    reference = TorchExample(job.torch, calls[0], job.apply, f"mindport_example_{name}_torch", folder, job.needs)
    if job.apply is not None:
        torch_side.seed()
        reference.build(calls[0], job.train)
        if job.variant in HALVES:
            reference.cast(HALVES[job.variant])
    if job.fuzz and not _repeatable(reference, calls[0]):
        raise Refused("the result is random")
    gradients = job.grad and job.variant not in FORWARD_ONLY
    return calls, reference, torch_side.run(reference, calls, gradients, np.random.default_rng([*seed_of(job.id, 0), 1]))


def _prove(job: Job, folder: Path, answer: dict[str, Any], where: list[str], tell: Callable[[str], None]) -> None:
    number = next(_numbers)
    calls, reference, (expected, cotangents) = _expected(job, number, folder)
    answer["dtype"] = ",".join(sorted({leaf.dtype for _, leaf in outputs.walk(expected.results[0]) if isinstance(leaf, Value)})) or None

    where[0] = "mindspore"
    tell("mindspore")
    example = MindSporeExample(job.mindspore, calls[0], job.apply, expected.results[0], f"mindport_example_{number}_mindspore", folder)
    if job.apply is not None:
        example.build(calls[0], job.train, reference.layer, [name for name, _ in reference.weights()], HALVES.get(job.variant or ""))
    first_state = example.state()
    pynative: tuple[list[Any], list[list[Value]]] | None = None
    for compiled in (False, True) if job.jit else (False,):
        mode = "jit" if compiled else "pynative"
        results: list[Any] = []
        gradients: list[list[Value]] = []
        ms.set_seed(0)
        forward = example.forward(compiled)
        for index, drawn in enumerate(calls):
            where[0] = f"{mode}, call {index + 1}"
            results.append(outputs.normalise(forward(*example.arguments(drawn))))
            _worse(answer, "forward", outputs.compare(results[-1], expected.results[index], job.tolerance, compiled))
            answer["calls"] += 1
        where[0] = f"{mode}, after {job.calls} calls"
        _worse(answer, "forward", _compare_state(example.state(), expected.state, job.tolerance, HALVES.get(job.variant or "")))
        example.reset(first_state)
        if expected.gradients:
            ms.set_seed(0)
            gradient = example.gradient(compiled)
            for index, drawn in enumerate(calls):
                where[0] = f"{mode}, gradient, call {index + 1}"
                gradients.append(gradient(drawn, cotangents[index]))
                theirs = expected.gradients[index]
                _worse(answer, "grad", outputs.compare_gradients(gradients[-1], theirs, expected.gradient_names, job.tolerance))
            example.reset(first_state)
        if pynative is None:
            pynative = (results, gradients)
        else:
            where[0] = "jit against pynative"
            for compiled_result, result in zip(results, pynative[0]):
                outputs.compare(compiled_result, result, job.tolerance, compiled=True)
            for compiled_gradients, own in zip(gradients, pynative[1]):
                outputs.compare_gradients(compiled_gradients, own, expected.gradient_names, job.tolerance, same=True)
        answer["modes"].append(mode)


def _worse(answer: dict[str, Any], key: str, error: float) -> None:
    answer[key] = float(f"{max(error, answer[key] or 0.0):.2g}")


def _compare_state(
    actual: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float | None, dtype: str | None
) -> float:
    """Weights and running statistics after the calls: a momentum of the other meaning shows here and nowhere else."""
    worst = 0.0
    for name, value in actual.items():
        error = error_between(value, expected[name])
        allowed = tolerance_of(dtype if dtype and value.dtype.kind == "f" else value.dtype.name, tolerance).forward
        if not (error <= allowed):
            raise Disagreement(f"the layer's {name} differs: {outputs.describe(value, expected[name], error, allowed)}")
        worst = max(worst, error)
    return worst


def prepare() -> None:
    """Once per process: one thread each (two frameworks on a busy machine), errors at the operation that causes them."""
    import torch

    torch.set_num_threads(1)
    ms.set_context(mode=ms.PYNATIVE_MODE, pynative_synchronize=True)
    mindspore_side.warm_up()
