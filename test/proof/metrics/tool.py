"""Calls of the tool in this process, with its answer."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import unittest

import numpy as np

from mindport_metrics.__main__ import main

DEFINITIONS = ("fcn-exact", "fcn-true-lat", "wb1", "wb2")


class ToolCase(unittest.TestCase):
    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = self._folder.name

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def save(self, name: str, **arrays: np.ndarray) -> str:
        np.savez(self.path(name), **arrays)
        return self.path(name)

    def tool(self, *arguments: str, out: str | None = None) -> tuple[int, str, str]:
        """Exit status and what was said."""
        said, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            code = main([*arguments, "--out", out or self.path("out"), *([] if "--lang" in arguments else ["--lang", "en"])])
        return code, said.getvalue(), complained.getvalue()

    def written(self, name: str = "scores.json") -> dict:
        with open(os.path.join(self.path("out"), name), encoding="utf-8") as file:
            return json.load(file)

    def scores(self, *arguments: str) -> dict[tuple[str, str, str, float], float | None]:
        """(metric, definition, variable, lead time) → value."""
        code, _, complained = self.tool(*arguments)
        self.assertEqual(code, 0, complained)
        return {(s["metric"], s["definition"], s["variable"], s["lead_h"]): s["value"] for s in self.written()["scores"]}

    def one(
        self, prediction: np.ndarray, truth: np.ndarray, latitudes: np.ndarray, *more: str, **beside: np.ndarray
    ) -> dict[tuple[str, str], float | None]:
        """Scores of fields [forecast, lat, lon] of one variable; `beside` are arrays for --mask and --climatology."""
        file = self.save("fields.npz", prediction=prediction, truth=truth, latitude=latitudes)
        extra = [word for name, values in beside.items() for word in (f"--{name}", self.save(f"{name}.npz", **{name: values}))]
        found = self.scores("--prediction", f"{file}:prediction", "--truth", f"{file}:truth", "--dims", "time,lat,lon", *extra, *more)
        return {(metric, definition): value for (metric, definition, _, _), value in found.items()}
