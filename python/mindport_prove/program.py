"""Turns an example's source into a module with functions that can be run and compiled.

``ms.jit`` parses the source of what it compiles, so every example becomes a real file. Statements that define modules, classes or functions
go to the module level (a class body cannot be compiled inside a function); everything else is the body of ``example``, the last expression
its result.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Iterable

TORCH_PRELUDE = """\
import math, numpy as np, torch, torch.nn as nn, torch.nn.functional as F, einops
from torch import optim, Tensor
"""

#: Used when the catalog's own list (mappings/targets.json) is not at hand, as in a vendored copy.
_DEFAULT_IMPORTS = {
    "ms": "import mindspore as ms",
    "Tensor": "from mindspore import Tensor",
    "Parameter": "from mindspore import Parameter",
    "ops": "from mindspore import ops",
    "nn": "from mindspore import nn",
    "mint": "from mindspore import mint",
    "mnp": "import mindspore.numpy as mnp",
    "eoptim": "from mindspore.experimental import optim as eoptim",
    "initializer": "from mindspore.common import initializer",
    "mindport_ops": "import mindport_ops",
    "np": "import numpy as np",
    "math": "import math",
}


class ExampleError(Exception):
    """The example itself is not what an example must be; the message says why."""


@dataclass(frozen=True)
class Snippet:
    """An example's source taken apart: definitions, statements, and the expression that is its result."""

    definitions: list[str]
    statements: list[str]
    result: str
    names: frozenset[str]


_DEFINITIONS = (ast.ClassDef, ast.FunctionDef)
_IMPORTS = (ast.Import, ast.ImportFrom)


def split(source: str, given: Iterable[str] = ()) -> Snippet:
    """Takes an example's source apart; `given` names its inputs. Raises ExampleError when it does not end with an expression."""
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise ExampleError(f"not Python: {error.msg} (line {error.lineno})") from None
    if not body or not isinstance(body[-1], ast.Expr):
        raise ExampleError("the last line must be an expression: the result")
    local = set(given)
    for node in body[:-1]:
        if not isinstance(node, (*_DEFINITIONS, *_IMPORTS)):
            local |= _names(node, ast.Store)
    definitions: list[str] = []
    statements: list[str] = []
    for node in body[:-1]:
        # a definition that uses the example's own variables has to stay beside them
        outside = isinstance(node, _IMPORTS) or (isinstance(node, _DEFINITIONS) and not _free_names(node) & local)
        (definitions if outside else statements).append(ast.unparse(node))
    names = frozenset(name for part in body for name in _names(part, ast.Load))
    return Snippet(definitions, statements, ast.unparse(body[-1].value), names)


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, context)}


def _free_names(node: ast.AST) -> set[str]:
    arguments = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    return _names(node, ast.Load) - _names(node, ast.Store) - arguments


def mindspore_prelude(names: frozenset[str], mappings: Path | None = None) -> str:
    """The import statements of the catalog whose local names the source uses."""
    table = dict(_DEFAULT_IMPORTS)
    path = (mappings or Path(__file__).resolve().parents[2] / "mappings") / "targets.json"
    if path.is_file():
        declared = json.loads(path.read_text(encoding="utf-8"))["frameworks"]["mindspore"]["imports"]
        table = {entry["as"]: _import_of(entry) for entry in declared.values()}
    return "".join(f"{table[name]}\n" for name in sorted(names) if name in table)


def _import_of(entry: dict[str, Any]) -> str:
    local = entry["as"]
    if "name" in entry:
        return f"from {entry['module']} import {entry['name']}" + ("" if entry["name"] == local else f" as {local}")
    return f"import {entry['module']}" + ("" if entry["module"] == local else f" as {local}")


def function(name: str, parameters: list[str], lines: list[str], result: str) -> str:
    """The text of a function; `lines` are whole statements, of any number of lines each."""
    body = [f"    {line}" for statement in lines for line in statement.splitlines()]
    return "\n".join([f"def {name}({', '.join(parameters)}):", *body, f"    return {result}", ""])


def load(text: str, name: str, folder: Path) -> ModuleType:
    """Writes `text` as the module `name` in `folder` and executes it."""
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def unload(name: str, folder: Path) -> None:
    """Forgets a module of `load` and removes its file."""
    sys.modules.pop(name, None)
    (folder / f"{name}.py").unlink(missing_ok=True)
