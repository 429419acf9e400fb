"""Names and transfer of weights between a PyTorch module and the MindSpore cell it became.

MindSpore's own layers name a few parameters differently. Which name applies is decided by the layer that owns the parameter, never by the
name alone: a layer-scale module owns a real ``gamma``. ``mindspore.mint.nn`` keeps torch's names. Nothing here imports torch: a module is
read through its ``_modules``, ``_parameters`` and ``_buffers``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator, Mapping

import numpy as np
from mindspore import Parameter, Tensor, nn

from .parameters import set_value

_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}

#: torch's name -> MindSpore's, by the owning class of ``mindspore.nn`` (measured on 2.10.0). Layers not listed keep every name.
OWNER_NAMES: Mapping[str, Mapping[str, str]] = {
    "LayerNorm": _NORM,
    "GroupNorm": _NORM,
    "BatchNorm1d": _NORM,
    "BatchNorm2d": _NORM,
    "BatchNorm3d": _NORM,
    "SyncBatchNorm": _NORM,
    "InstanceNorm1d": _NORM,
    "InstanceNorm2d": _NORM,
    "InstanceNorm3d": _NORM,
    "Embedding": {"weight": "embedding_table"},
}

#: Bookkeeping of torch with no counterpart and no influence on a result.
DROPPED = frozenset({"num_batches_tracked"})

_WRAPPERS = frozenset({"DataParallel", "DistributedDataParallel", "OptimizedModule"})


@dataclass(frozen=True)
class WeightPair:
    """One parameter or buffer under both names. `target` is the object to write to; `trainable` says whether torch computes its gradient.
    """

    source: str
    name: str
    value: Any
    target: Tensor
    buffer: bool

    @property
    def trainable(self) -> bool:
        return not self.buffer and bool(getattr(self.value, "requires_grad", True))


@dataclass
class WeightMap:
    """What belongs together, and what does not: names without a counterpart on either side, shapes that differ, constants left as they are.
    """

    pairs: list[WeightPair] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)

    def problems(self) -> str | None:
        """One sentence when something has no counterpart, else None."""
        parts = [
            f"{what}: {', '.join(names)}"
            for what, names in (
                ("without a counterpart in MindSpore", self.missing),
                ("without a source in PyTorch", self.unused),
                ("of another shape", self.mismatched),
            )
            if names
        ]
        return "; ".join(parts) or None


def target_names(cell: nn.Cell) -> Mapping[str, str]:
    """torch's name -> MindSpore's for what `cell` itself owns."""
    for base in type(cell).__mro__:
        if base.__module__.startswith("mindspore.nn"):
            names = OWNER_NAMES.get(base.__name__)
            if names is not None:
                return names
    return {}


def array_of(value: Any) -> np.ndarray:
    """A torch tensor, MindSpore tensor or array as a numpy array; bfloat16, which numpy lacks, as float32."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        return (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    if hasattr(value, "asnumpy"):
        return (value.float() if str(value.dtype) == "BFloat16" else value).asnumpy()
    return np.asarray(value)


def _children(owner: Any, attribute: str) -> dict[str, Any]:
    return {name: child for name, child in getattr(owner, attribute, {}).items() if child is not None}


def _own(cell: nn.Cell) -> dict[str, Tensor]:
    """What the cell itself owns, by attribute name: parameters and registered buffers."""
    own: dict[str, Tensor] = {name: value for name, value in cell._params.items() if value is not None}
    own.update({name: value for name, value in getattr(cell, "_buffers", {}).items() if value is not None})
    return own


def map_weights(module: Any, cell: nn.Cell) -> WeightMap:
    """Walks a torch module and its cell side by side and pairs what they own.

    Children are paired by name; what is left is paired in order when both sides have equally many (a container that numbers its entries
    otherwise). A torch buffer that became a plain constant tensor of the cell is listed under `constants` and not written.
    """
    result = WeightMap()
    claimed: set[int] = set()
    _walk(module, cell, "", "", result, claimed)
    for name, target in _named(cell):
        if id(target) not in claimed and isinstance(target, Parameter):
            result.unused.append(name)
    return result


def _named(cell: nn.Cell, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    for name, value in _own(cell).items():
        yield prefix + name, value
    for name, child in _children(cell, "_cells").items():
        yield from _named(child, f"{prefix}{name}.")


def _walk(module: Any, cell: nn.Cell, source: str, target: str, result: WeightMap, claimed: set[int]) -> None:
    while type(module).__name__ in _WRAPPERS:
        module = getattr(module, "module", None) or module._orig_mod
    names, own = target_names(cell), _own(cell)
    for kind, buffer in (("_parameters", False), ("_buffers", True)):
        for name, value in _children(module, kind).items():
            if name in DROPPED:
                continue
            mine = next((other for other in (names.get(name), name) if other is not None and other in own), None)
            if mine is None:
                unsaved = name in getattr(module, "_non_persistent_buffers_set", ())
                constant = buffer and (unsaved or isinstance(getattr(cell, name, None), Tensor))
                (result.constants if constant else result.missing).append(source + name)
                continue
            claimed.add(id(own[mine]))
            if tuple(value.shape) != tuple(own[mine].shape):
                result.mismatched.append(f"{source}{name} {tuple(value.shape)} against {target}{mine} {tuple(own[mine].shape)}")
            else:
                result.pairs.append(WeightPair(source + name, target + mine, value, own[mine], buffer))
    modules, cells = _children(module, "_modules"), _children(cell, "_cells")
    matched = [(name, name) for name in modules if name in cells]
    left = [name for name in modules if name not in cells], [name for name in cells if name not in modules]
    if len(left[0]) == len(left[1]):
        matched += list(zip(*left))
    else:
        result.missing += [f"{source}{name}.{inner}" for name in left[0] for inner in _parameter_names(modules[name])]
    for theirs, mine in matched:
        _walk(modules[theirs], cells[mine], f"{source}{theirs}.", f"{target}{mine}.", result, claimed)


def _parameter_names(module: Any, prefix: str = "") -> Iterator[str]:
    yield from (prefix + name for name in _children(module, "_parameters"))
    for name, child in _children(module, "_modules").items():
        yield from _parameter_names(child, f"{prefix}{name}.")


def write(pair: WeightPair, value: np.ndarray) -> None:
    """Writes an array to the MindSpore side of a pair, in that side's dtype."""
    if isinstance(pair.target, Parameter):
        set_value(pair.target, value)
    else:
        pair.target.assign_value(Tensor(np.ascontiguousarray(value), dtype=pair.target.dtype))


def transfer(module: Any, cell: nn.Cell, strict: bool = True) -> WeightMap:
    """Copies every weight and buffer of a torch module into its cell and returns the map used.

    Raises ValueError when `strict` and something has no counterpart or another shape.
    """
    mapping = map_weights(module, cell)
    problems = mapping.problems()
    if strict and problems:
        raise ValueError(f"weights {problems}")
    for pair in mapping.pairs:
        write(pair, array_of(pair.value))
    return mapping


def rename_state(state: Mapping[str, Any], cell: nn.Cell) -> tuple[dict[str, np.ndarray], list[str]]:
    """A torch state dict (torch's names) under the names `cell` uses, for checkpoints without the torch module.

    Returns the renamed arrays, and torch's names that fit nothing in the cell. A leading ``module.`` (data parallel) is stripped.
    """
    by_source: dict[str, str] = {}

    def collect(owner: nn.Cell, prefix: str) -> None:
        back = {mine: theirs for theirs, mine in target_names(owner).items()}
        for name in _own(owner):
            by_source[prefix + back.get(name, name)] = prefix + name
        for name, child in _children(owner, "_cells").items():
            collect(child, f"{prefix}{name}.")

    collect(cell, "")
    renamed: dict[str, np.ndarray] = {}
    unknown: list[str] = []
    for name, value in state.items():
        plain = name.removeprefix("module.")
        if plain in by_source:
            renamed[by_source[plain]] = array_of(value)
        elif plain.rpartition(".")[2] not in DROPPED:
            unknown.append(name)
    return renamed, unknown
