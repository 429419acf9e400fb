"""The public names of an installed MindSpore with their signatures: ``python -m mindport_prove.signatures ROOT...`` prints one JSON object.

A root is a module (``mindspore.ops``) or ``module:Class`` for the members of a class (``mindspore:Tensor``). For each name of it: the
signatures, without annotations and ``self``; one text for each overload. A function of the compiled core has none to ask for: its docstring
states them, as ``name(...)`` lines or ``.. method::`` headings. A name without either has an empty list.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import re
import sys
from typing import Any

#: Longer defaults say nothing that binding needs.
_LONGEST_DEFAULT = 14


def describe(roots: list[str]) -> dict[str, dict[str, Any]]:
    """``{root: {name: {"signatures": [...], "platforms": [...] or None}}}`` for every public name of every root; an absent module has none."""
    described: dict[str, dict[str, Any]] = {}
    for root in roots:
        module, _, member = root.partition(":")
        try:
            holder: Any = importlib.import_module(module)
        except ImportError:
            described[root] = {}
            continue
        holder = getattr(holder, member) if member else holder
        entries = {}
        for name in dir(holder):
            if name.startswith("_") and name != "__version__":
                continue
            try:
                value = getattr(holder, name)
            except AttributeError:
                continue
            if inspect.ismodule(value):
                continue
            entries[name] = {"signatures": signatures_of(value, name, bool(member)), "platforms": platforms_of(value)}
        described[root] = entries
    return described


def signatures_of(value: Any, name: str, method: bool) -> list[str]:
    """The ways in which a callable may be called; for anything else none."""
    if not callable(value):
        return []
    documented = [text for text in _documented(inspect.getdoc(value) or "", name) if text is not None]
    try:
        signature = inspect.signature(_inside(value))
    except (ValueError, TypeError):
        return documented or _listed(inspect.getdoc(value) or "")
    parameters = list(signature.parameters.values())
    if method and parameters and parameters[0].name in ("self", "input", "tensor") and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        parameters = parameters[1:]
    kinds = [parameter.kind for parameter in parameters]
    # a function that hands everything on to the compiled core says nothing itself
    if kinds == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]:
        text = inspect.getdoc(value) or ""
        return documented or _first_line(text) or _listed(text) or [_text(parameters)]
    return [_text(parameters)]


def _says_nothing(function: Any) -> bool:
    """Whether the parameters are those of a decorator that hands everything on."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_argcount <= 1 and code.co_flags & 0x0C == 0x0C


def _inside(value: Any) -> Any:
    """What a decorator that hides the signature wraps: the one function its closure holds. A class: its constructor, without ``self``."""
    found = value.__init__ if inspect.isclass(value) else value
    seen = found
    for _ in range(5):
        if not _says_nothing(seen):
            break
        held = [cell.cell_contents for cell in getattr(seen, "__closure__", None) or () if inspect.isfunction(_contents(cell))]
        if len(held) != 1:
            break
        seen = held[0]
    if inspect.isclass(value):
        # a metaclass or `__new__` may hide a constructor that says what it takes
        hidden = seen is not found or str(inspect.signature(value)) == "(*args, **kwargs)"
        return functools.partial(seen, None) if hidden and inspect.isfunction(seen) else value
    return seen


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _first_line(text: str) -> list[str]:
    """The signature that a docstring begins with, whatever the function is called there: ``addcdiv_ext(input, ...) -> Tensor``."""
    match = re.match(r"\s*\w+(\(.*\))\s*->", text)
    bare = _bare(match.group(1)) if match else None
    return [] if bare is None else [bare]


def _listed(text: str) -> list[str]:
    """A signature from the parameters that a docstring lists under ``Args:`` and ``Keyword Args:``; those with a default are optional."""
    sections = {"Args": [], "Keyword Args": []}  # type: dict[str, list[str]]
    for title in sections:
        block = re.search(rf"^{title}:\n((?:[ \t]+.*\n|\n)+)", text + "\n", re.MULTILINE)
        if not block:
            continue
        for entry in re.split(r"\n(?=    ?\S)", "\n" + block.group(1)):
            match = re.match(r"\s*(\*{0,2}\w+) \((.*)", entry.strip("\n"))
            if match:
                optional = re.search(r"\boptional\b|Default", entry) is not None and not match.group(1).startswith("*")
                name = {"args": "*args", "kwargs": "**kwargs"}.get(match.group(1), match.group(1))
                sections[title].append(name + ("=..." if optional and not name.startswith("*") else ""))
    if not sections["Args"] and not sections["Keyword Args"]:
        # a page that says what comes out and nothing of what goes in
        return ["()"] if re.search(r"^Returns:", text, re.MULTILINE) and not re.search(r"^(?:Args|Inputs|Keyword Args)", text, re.MULTILINE) else []
    only = ["*", *sections["Keyword Args"]] if sections["Keyword Args"] and not any(one.startswith("*") for one in sections["Args"]) else []
    bare = _bare(f"({', '.join([*sections['Args'], *(only or sections['Keyword Args'])])})")
    return [] if bare is None else [bare]


def _text(parameters: list[inspect.Parameter]) -> str:
    """``(a, b=1, *, c=None)`` without annotations."""
    parts: list[str] = []
    starred = False
    for index, parameter in enumerate(parameters):
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            starred = True
            parts.append(f"*{parameter.name}")
            continue
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            parts.append(f"**{parameter.name}")
            continue
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            starred = True
            parts.append("*")
        default = "" if parameter.default is inspect.Parameter.empty else f"={_default(parameter.default)}"
        parts.append(parameter.name + default)
        only = parameter.kind is inspect.Parameter.POSITIONAL_ONLY
        if only and (index + 1 == len(parameters) or parameters[index + 1].kind is not inspect.Parameter.POSITIONAL_ONLY):
            parts.append("/")
    return f"({', '.join(parts)})"


def _default(value: Any) -> str:
    text = repr(value)
    return text if isinstance(value, (bool, int, float, str, tuple, type(None))) and len(text) <= _LONGEST_DEFAULT else "..."


def _documented(text: str, name: str) -> list[str | None]:
    """The signatures a docstring states for `name`."""
    pattern = re.compile(rf"^\s*(?:\.\.\s*(?:method|function)::\s*)?(?:[\w.]+\.)?{re.escape(name)}(\(.*\))\s*(?:->.*)?$", re.MULTILINE)
    found = [_bare(match.group(1)) for match in pattern.finditer(text)]
    return list(dict.fromkeys(found))


def _bare(text: str) -> str | None:
    """A written signature without annotations; None when it is not one (an example's call)."""
    text = re.sub(r"(\*\w+), \*,", r"\1,", text)
    try:
        function = ast.parse(f"def f{text}: pass").body[0]
    except SyntaxError:
        return None
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        argument.annotation = None
    if arguments.args and arguments.args[0].arg == "self":
        del arguments.args[0]
    return f"({ast.unparse(arguments)})"


def platforms_of(value: Any) -> list[str] | None:
    """What the docstring says of the chips it runs on; None when it says nothing."""
    text = inspect.getdoc(value) if callable(value) else None
    found = re.search(r"Supported Platforms:\s*\n\s*((?:``\w+``\s*)+)", text or "")
    return re.findall(r"``(\w+)``", found.group(1)) if found else None


if __name__ == "__main__":
    json.dump(describe(sys.argv[1:]), sys.stdout)
