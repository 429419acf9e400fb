"""`scores.json` and `fields.json`: both whole or neither is changed."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from dataclasses import asdict
from typing import Any

from .problem import Problem
from .scores import Score


def scores_document(scores: list[Score], climatology: str | None, mask: str | None, inputs: list[dict[str, str]]) -> dict[str, Any]:
    head = {"format": "mindport-scores", "version": 1, "climatology": climatology, "mask": mask, "inputs": inputs}
    return {**head, "scores": [asdict(score) for score in scores]}


def fields_document(maps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"format": "mindport-fields", "version": 1, "fields": maps}


def write_all(folder: str, documents: dict[str, dict[str, Any]]) -> list[str]:
    """Writes every document under another name first, then renames all. Returns the paths."""
    waiting: list[tuple[str, str]] = []
    target = folder
    try:
        os.makedirs(folder, exist_ok=True)
        for name, document in documents.items():
            target = os.path.join(folder, name)
            if os.path.isdir(target):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            waiting.append((temporary, target))
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
        for temporary, target in waiting:
            os.replace(temporary, target)
    except OSError as error:
        raise Problem("not_written", path=target, reason=error.strerror or str(error)) from None
    finally:
        for temporary, _ in waiting:
            if os.path.exists(temporary):
                os.unlink(temporary)
    return [target for _, target in waiting]
