"""The signatures of torch_npu.npu, read from the sources of its package without importing it: mappings/facts/torch_npu-signatures.json.

    python scripts/npu-signatures.py UNPACKED_WHEEL VERSION

The package needs an Ascend driver to be imported; what its public names take can be read from the definitions all the same.
"""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path


def public_names(package: Path) -> list[str]:
    """`__all__` of the package, sorted."""
    for node in ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            return sorted(ast.literal_eval(node.value))
    raise SystemExit(f"{package} has no __all__")


def definitions(package: Path) -> dict[str, str]:
    """Name -> signature of every function and class at the level of a module below `package`."""
    found: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, signature(node.args, False))
            elif isinstance(node, ast.ClassDef):
                makers = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name in ("__new__", "__init__")]
                if makers:
                    found.setdefault(node.name, signature(makers[0].args, True))
    return found


def signature(arguments: ast.arguments, method: bool) -> str:
    """The parameters as text, without annotations and the first one of a method."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    for argument in every:
        if argument is not None:
            argument.annotation = None
    if method:
        del arguments.args[0]
    return f"({ast.unparse(arguments)})"


def main() -> None:
    root, version = Path(sys.argv[1]), sys.argv[2]
    package = root / "torch_npu" / "npu"
    known = definitions(package)
    apis = {name: known.get(name, "") for name in public_names(package)}
    facts = {"source": f"the sources of torch_npu {version} from PyPI", "versions": [version], "apis": {"torch_npu.npu": apis}}
    target = Path(__file__).resolve().parents[1] / "mappings" / "facts" / "torch_npu-signatures.json"
    target.write_text(json.dumps(facts, separators=(",", ":")).replace('"apis":{', '"apis":{\n') + "\n", encoding="utf-8")
    print(f"{target}: {len(apis)} names, {sum(1 for text in apis.values() if not text)} without a signature")


if __name__ == "__main__":
    main()
