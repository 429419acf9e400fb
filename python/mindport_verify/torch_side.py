"""The worker that executes the PyTorch program: ``python -m mindport_verify.torch_side FOLDER`` with FOLDER/plan.json."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import exchange
from .plan import Plan, differentiated_inputs, input_name
from .program import Births, Trace, definition, enter, flatten, load


def _array(tensor: torch.Tensor) -> np.ndarray:
    tensor = tensor.detach().cpu().resolve_conj()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy().copy()


def _tensors(value: Any) -> list[torch.Tensor]:
    return flatten(value, lambda item: isinstance(item, torch.Tensor))


def _floating(outputs: list[torch.Tensor]) -> list[torch.Tensor]:
    outputs = [torch.view_as_real(o) if o.is_complex() else o for o in outputs]
    return [o for o in outputs if o.is_floating_point()]


def _loss(kind: str, outputs: list[torch.Tensor], targets: list[np.ndarray]) -> torch.Tensor:
    total = torch.zeros(())
    for output, target in zip(outputs, targets, strict=True):
        wanted = torch.as_tensor(target)
        if kind == "mse":
            total = total + ((output - wanted) ** 2).mean()
        elif kind == "l1":
            total = total + (output - wanted).abs().mean()
        else:
            total = total + (output * wanted).mean()
    return total


def _stir(model: torch.nn.Module, rng: np.random.Generator) -> None:
    """Moves weights off special values: a scale of exactly 1 or a head of zeros would hide mistakes behind it."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.is_floating_point():
                spread = max(float(parameter.std(unbiased=False)), 0.05)
                parameter.add_(torch.as_tensor(0.1 * spread * rng.standard_normal(tuple(parameter.shape)), dtype=parameter.dtype))
        for module in model.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
                module.running_mean.add_(torch.as_tensor(0.1 * rng.standard_normal(tuple(module.running_mean.shape)), dtype=torch.float32))
                module.running_var.mul_(torch.as_tensor(rng.uniform(0.7, 1.3, tuple(module.running_var.shape)), dtype=torch.float32))


def _skeleton(module: torch.nn.Module, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The tree of what owns which weight, with the values put into `arrays`."""

    def own(items: dict[str, torch.Tensor | None]) -> dict[str, Any]:
        entries = {}
        for name, value in items.items():
            if value is not None:
                key = f"weight/{len(arrays)}"
                arrays[key] = _array(value)
                entries[name] = {"array": key, "trainable": bool(value.requires_grad)}
        return entries

    return {
        "class": type(module).__name__,
        "parameters": own(module._parameters),
        "buffers": own(module._buffers),
        "transient": sorted(module._non_persistent_buffers_set),
        "modules": {name: _skeleton(child, arrays) for name, child in module._modules.items() if child is not None},
    }


def _is_random(model: torch.nn.Module, batch: list[torch.Tensor]) -> bool:
    """Whether training mode draws random numbers (dropout and the like)."""
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    results = []
    with torch.no_grad():
        for seed in (1, 2, 3):
            torch.manual_seed(seed)
            results.append([_array(o) for o in _tensors(model(*batch))])
            model.load_state_dict(state)
    first = results[0]
    return any(not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc") for other in results[1:] for a, b in zip(first, other))


def run(folder: str) -> None:
    """Carries out the plan and leaves torch.npz and torch.json."""
    plan = Plan.from_json((Path(folder) / "plan.json").read_text(encoding="utf-8"))
    root = enter(plan.source)
    torch.manual_seed(plan.seed)
    births = Births(torch.nn.Module, root)
    with births:
        model = load(plan.model, plan.kwargs, plan.seed)
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"{plan.model} made a {type(model).__name__}, which is no torch.nn.Module")
    rng = np.random.default_rng(plan.seed + 1)
    _stir(model, rng)
    batches = [[torch.as_tensor(a) for a in batch] for batch in plan.batches()]
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"version": torch.__version__, "random": _is_random(model, batches[0])}
    facts["skeleton"] = _skeleton(model, arrays)
    names = {id(module): name for name, module in model.named_modules()}
    facts["layers"] = {
        name: {"class": type(module).__name__, "made": births.places.get(id(module), ""), "defined": definition(module, "forward", root)}
        for name, module in model.named_modules()
    }

    model.eval()
    if plan.trace:
        trace = Trace(_array, lambda item: isinstance(item, torch.Tensor))
        for module in model.modules():
            name = names[id(module)]
            module.register_forward_pre_hook(lambda _m, args, kwargs, name=name: trace.add("enter", name, (args, kwargs)), with_kwargs=True)
            module.register_forward_hook(lambda _m, _args, output, name=name: trace.add("exit", name, output))
        with torch.no_grad():
            model(*batches[0])
        facts["trace"] = trace.events
        exchange.write(folder, "torch", {**arrays, **trace.arrays}, facts)
        return

    with torch.no_grad():
        for call in range(plan.calls):
            outputs = _tensors(model(*batches[call]))
            for i, output in enumerate(outputs):
                arrays[f"output/{call}/{i}"] = _array(output)
        facts["outputs"] = len(outputs)
        shapes = [tuple(o.shape) for o in _floating(outputs)]
    if not shapes:
        raise TypeError(f"{plan.model} returned no floating tensor, so there is nothing to differentiate")

    model.train(not facts["random"])
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    facts["trainable"] = [name for name, _ in named]
    targets = [[rng.standard_normal(shape).astype(np.float32) for shape in shapes] for _ in range(plan.calls + plan.steps)]
    for index, target in enumerate(targets):
        for i, array in enumerate(target):
            arrays[f"target/{index}/{i}"] = array
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    inputs = [] if named else differentiated_inputs(plan)
    facts["differentiated"] = inputs
    losses = []
    for call in range(plan.calls):
        model.zero_grad()
        batch = [tensor.clone().requires_grad_(input_name(i) in inputs) for i, tensor in enumerate(batches[call])]
        given = [tensor.clone() if tensor.requires_grad else tensor for tensor in batch]  # a model may write into what it is given
        loss = _loss(plan.loss, _floating(_tensors(model(*given))), targets[call])
        if loss.requires_grad:
            loss.backward()
        losses.append(loss.item())
        for name, parameter in named + [(input_name(i), tensor) for i, tensor in enumerate(batch) if tensor.requires_grad]:
            arrays[f"gradient/{call}/{name}"] = _array(parameter.grad if parameter.grad is not None else torch.zeros_like(parameter))
    facts["losses"] = losses

    model.load_state_dict(initial)
    optimizer = torch.optim.Adam([p for _, p in named], lr=plan.learning_rate) if named else None
    curve, seconds = [], []
    for step in range(plan.calls, plan.calls + plan.steps if optimizer else plan.calls):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = _loss(plan.loss, _floating(_tensors(model(*batches[step]))), targets[step])
        loss.backward()
        optimizer.step()
        curve.append(loss.item())
        seconds.append(time.perf_counter() - start)
    facts["curve"], facts["step_seconds"] = curve, seconds
    exchange.write(folder, "torch", arrays, facts)


if __name__ == "__main__":
    run(sys.argv[1])
