"""Loading a model from a program's folder, and where its parts are written. Used in both workers; imports neither framework."""

from __future__ import annotations

import importlib
import inspect
import os
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np


def enter(root: str) -> str:
    """Makes the folder the working folder and the first place of imports, as when one of its programs is started. Returns its real path."""
    root = os.path.realpath(root)
    sys.path.insert(0, root)
    os.chdir(root)
    return root


def load(spec: str, kwargs: dict[str, Any], seed: int) -> Any:
    """Builds ``package.module:Name`` with the keyword arguments; lists in them become tuples, because models take sizes as tuples."""
    random.seed(seed)
    np.random.seed(seed)
    module, _, name = spec.partition(":")
    factory: Any = importlib.import_module(module)
    for part in name.split("."):
        factory = getattr(factory, part)
    return factory(**{key: _tuples(value) for key, value in kwargs.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


class Births:
    """Remembers at which line of the program each layer was made, while it is active.

    Wraps the constructor of the framework's base class; the line is that of the innermost frame in the program that is not the layer's own.
    """

    def __init__(self, base: type, root: str):
        self.base, self.root = base, root
        self.places: dict[int, str] = {}

    def __enter__(self) -> Births:
        self.original = original = self.base.__init__
        births = self

        def init(layer: Any, *args: Any, **kwargs: Any) -> None:
            births.places.setdefault(id(layer), births._place(layer))
            original(layer, *args, **kwargs)

        self.base.__init__ = init  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        self.base.__init__ = self.original  # type: ignore[method-assign]

    def _place(self, layer: Any) -> str:
        frame = sys._getframe(2)
        while frame is not None:
            file = os.path.realpath(frame.f_code.co_filename)
            own = frame.f_code.co_argcount > 0 and frame.f_locals.get(frame.f_code.co_varnames[0]) is layer
            if not own and os.path.isabs(frame.f_code.co_filename) and inside(file, self.root):
                return f"{os.path.relpath(file, self.root)}:{frame.f_lineno}"
            frame = frame.f_back
        return ""


def inside(file: str, root: str) -> bool:
    """Whether a file belongs to the program itself and not to what was copied beside it."""
    relative = os.path.relpath(file, root)
    return not relative.startswith("..") and not relative.startswith(("mindport_ops", "mindport_run"))


def definition(layer: Any, method: str, root: str) -> str:
    """``file:line`` of the layer's computation when the program itself defines it, else an empty string."""
    function: Callable[..., Any] = inspect.unwrap(getattr(type(layer), method))
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    file = os.path.realpath(code.co_filename)
    return f"{os.path.relpath(file, root)}:{code.co_firstlineno}" if inside(file, root) else ""


def flatten(value: Any, is_tensor: Callable[[Any], bool]) -> list[Any]:
    """The tensors in a nested result, in order."""
    if is_tensor(value):
        return [value]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in flatten(item, is_tensor)]
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in flatten(item, is_tensor)]
    return []


class Trace:
    """Inputs and outputs of every layer in the order of execution, as events (what, name, how often before)."""

    def __init__(self, to_array: Callable[[Any], np.ndarray], is_tensor: Callable[[Any], bool]):
        self.to_array, self.is_tensor = to_array, is_tensor
        self.events: list[dict[str, Any]] = []
        self.arrays: dict[str, np.ndarray] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, what: str, name: str, values: Any) -> None:
        count = self._counts.get((what, name), 0)
        self._counts[(what, name)] = count + 1
        keys = []
        for tensor in flatten(values, self.is_tensor):
            key = f"trace/{len(self.arrays)}"
            self.arrays[key] = self.to_array(tensor)
            keys.append(key)
        self.events.append({"what": what, "name": name, "count": count, "arrays": keys})
