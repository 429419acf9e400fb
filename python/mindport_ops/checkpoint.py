"""Checkpoints of nested Python values: what ``torch.save`` and ``torch.load`` are used for, without pickle.

A checkpoint is one zip file (NumPy's npz): the arrays, and ``tree.json``, which says how they are nested. Loading executes nothing. A file is
written beside its place and then renamed, so that an interrupted run leaves the previous checkpoint whole.
"""

from __future__ import annotations

import io
import json
import math
import os
import tempfile
import zipfile
from typing import Any, NamedTuple

import mindspore as ms
import numpy as np
from mindspore import Parameter, Tensor, nn
from mindspore.experimental.optim import Optimizer

from .parameters import set_value

__all__ = ["load", "load_state_dict", "save", "state_dict"]

_FORMAT = "mindport-checkpoint-1"


def _pack(value: Any, arrays: list[np.ndarray], path: str) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        array = np.asarray(value.asnumpy() if isinstance(value, Tensor) else value)
        if array.dtype.hasobject:
            raise TypeError(f"{path or 'the value'} is an array of Python objects and cannot be saved")
        arrays.append(array)
        return {"tensor" if isinstance(value, Tensor) else "array": len(arrays) - 1}
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise TypeError(f"{path or 'the value'} has a key of type {type(key).__name__}; only strings and integers can be saved")
        return {"dict": [[key, _pack(item, arrays, f"{path}[{key!r}]")] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__ if type(value) in (list, tuple) else "list": [_pack(v, arrays, f"{path}[{i}]") for i, v in enumerate(value)]}
    raise TypeError(f"{path or 'the value'} is a {type(value).__name__}, which cannot be saved; save its state_dict or a plain value")


def _unpack(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(tree, dict):
        return tree
    (kind, content), *rest = tree.items()
    if rest:
        raise ValueError("the checkpoint's tree is damaged")
    if kind == "float":
        return float(content)
    if kind == "tensor":
        return Tensor(arrays[f"a{content}"])
    if kind == "array":
        return arrays[f"a{content}"]
    if kind == "dict":
        return {key: _unpack(item, arrays) for key, item in content}
    if kind in ("list", "tuple"):
        items = [_unpack(item, arrays) for item in content]
        return items if kind == "list" else tuple(items)
    raise ValueError(f"the checkpoint's tree names an unknown kind {kind!r}")


def save(obj: Any, f: str | os.PathLike[str]) -> None:
    """Write nested dicts, lists, tuples, numbers, strings, tensors and arrays to the file ``f``; it appears whole or not at all.

    Raises TypeError, naming the place, for any other value.
    """
    arrays: list[np.ndarray] = []
    tree = {"format": _FORMAT, "tree": _pack(obj, arrays, "")}
    target = os.fspath(f)
    handle, temporary = tempfile.mkstemp(prefix=os.path.basename(target) + ".", suffix=".tmp", dir=os.path.dirname(target) or ".")
    try:
        with os.fdopen(handle, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                archive.writestr("tree.json", json.dumps(tree, ensure_ascii=False))
                for i, array in enumerate(arrays):
                    with archive.open(f"a{i}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, array, allow_pickle=False)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def load(f: str | os.PathLike[str]) -> Any:
    """Read what ``save`` wrote; tensors come back as ``mindspore.Tensor``.

    Raises ValueError for a file that is no such checkpoint (a PyTorch checkpoint has to be converted first).
    """
    try:
        with zipfile.ZipFile(f) as archive:
            if "tree.json" not in archive.namelist():
                raise ValueError(f"{os.fspath(f)} is not a checkpoint written by mindport_ops.checkpoint.save")
            tree = json.loads(archive.read("tree.json"))
            if tree.get("format") != _FORMAT:
                raise ValueError(f"{os.fspath(f)} has the unknown format {tree.get('format')!r}")
            arrays = {
                name[: -len(".npy")]: np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
                for name in archive.namelist()
                if name.endswith(".npy")
            }
    except zipfile.BadZipFile as error:
        raise ValueError(f"{os.fspath(f)} is not a checkpoint, or it is cut off: {error}") from None
    return _unpack(tree["tree"], arrays)


def _scheduler_state(scheduler: Any) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for name, value in vars(scheduler).items():
        if name.startswith("_") and name != "_last_lr":
            continue
        if isinstance(value, Parameter) or isinstance(value, (bool, int, float, str)):
            state[name] = value
        elif isinstance(value, (list, tuple)) and all(isinstance(v, (Tensor, bool, int, float, str)) for v in value):
            state[name] = list(value)
    return state


def _optimizer_state(optimizer: Optimizer) -> dict[str, Any]:
    trained = {id(p) for p in optimizer.parameters}
    return {name: p for name, p in _named_state(optimizer) if id(p) not in trained}


def _named_state(optimizer: Optimizer) -> list[tuple[str, Parameter]]:
    """Every parameter that an optimizer owns, under the attribute that holds it: unique, and the same in every process."""
    named: list[tuple[str, Parameter]] = []
    for attribute, value in list(vars(optimizer).items()) + list(getattr(optimizer, "_params", {}).items()):
        if isinstance(value, Parameter):
            named.append((attribute, value))
        elif isinstance(value, (list, tuple)) and value and all(isinstance(v, Parameter) for v in value):
            named.extend((f"{attribute}.{i}", v) for i, v in enumerate(value))
    return named


def _is_scheduler(value: Any) -> bool:
    return hasattr(value, "optimizer") and hasattr(value, "step") and not isinstance(value, nn.Cell)


def state_dict(owner: Any) -> dict[str, Any]:
    """The state of a cell, an optimizer (moments, step, learning rates), a learning-rate scheduler, or anything with ``state_dict``.

    The keys are those of MindSpore (a cell: parameter names) or of the attributes; they are stable between processes.
    """
    if isinstance(owner, Optimizer):
        return _optimizer_state(owner)
    if _is_scheduler(owner):
        return _scheduler_state(owner)
    if hasattr(owner, "state_dict"):
        return dict(owner.state_dict())
    if isinstance(owner, nn.Cell):
        return dict(owner.parameters_and_names())
    raise TypeError(f"a {type(owner).__name__} has no state that can be saved")


def _assign(parameter: Parameter, value: Any, name: str) -> None:
    array = value.asnumpy() if isinstance(value, Tensor) else np.asarray(value)
    if tuple(array.shape) != tuple(parameter.shape):
        raise RuntimeError(f"size mismatch for {name}: the checkpoint has {tuple(array.shape)}, the object {tuple(parameter.shape)}")
    set_value(parameter, array)


def _check_keys(owner: Any, expected: set[str], given: set[str]) -> None:
    if expected != given:
        parts = []
        if expected - given:
            parts.append("missing: " + ", ".join(sorted(expected - given)))
        if given - expected:
            parts.append("unexpected: " + ", ".join(sorted(given - expected)))
        raise RuntimeError(f"the state does not fit the {type(owner).__name__}; " + "; ".join(parts))


class Incompatible(NamedTuple):
    """Names of a cell that a state lacks, and names of the state that the cell lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def load_state_dict(owner: Any, state: dict[str, Any], strict: bool = True) -> Incompatible:
    """Restore what ``state_dict`` of the same kind of object gave.

    Missing, unexpected and misshapen entries raise RuntimeError; with `strict` false what a cell and the state have in common is restored, and the
    other names are returned. Misshapen entries raise all the same, as in PyTorch.
    """
    missing: list[str] = []
    unexpected: list[str] = []
    if isinstance(owner, Optimizer):
        own = _optimizer_state(owner)
        _check_keys(owner, set(own), set(state))
        for name, parameter in own.items():
            _assign(parameter, state[name], name)
    elif _is_scheduler(owner):
        own = _scheduler_state(owner)
        _check_keys(owner, set(own), set(state))
        for name, current in own.items():
            if isinstance(current, Parameter):
                _assign(current, state[name], name)
            elif isinstance(current, list):
                _load_list(owner, name, current, state[name])
            else:
                setattr(owner, name, state[name])
    elif isinstance(owner, nn.Cell):
        own = state_dict(owner)
        if strict:
            _check_keys(owner, set(own), set(state))
        missing, unexpected = [name for name in own if name not in state], [name for name in state if name not in own]
        for name, current in own.items():
            if name not in state:
                continue
            _assign(current, state[name], name) if isinstance(current, Parameter) else current.assign_value(ms.Tensor(state[name]))
    elif hasattr(owner, "load_state_dict"):
        owner.load_state_dict(state)
    else:
        raise TypeError(f"a {type(owner).__name__} has no state that can be restored")
    return Incompatible(missing, unexpected)


def _load_list(owner: Any, name: str, current: list[Any], saved: list[Any]) -> None:
    if len(current) != len(saved):
        raise RuntimeError(f"size mismatch for {name}: the checkpoint has {len(saved)} entries, the object {len(current)}")
    if all(isinstance(v, Parameter) for v in current):  # shared with the optimizer: keep the objects, set their values
        for i, (parameter, value) in enumerate(zip(current, saved)):
            _assign(parameter, value, f"{name}[{i}]")
    else:
        setattr(owner, name, list(saved))
