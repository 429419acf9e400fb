"""The vectorised tool against the loops of `reference.py`, on random grids."""

from __future__ import annotations

import unittest

import numpy as np

from . import reference
from .tool import DEFINITIONS, ToolCase

CASES = 40


def _latitudes(next_: np.random.Generator, rows: int) -> np.ndarray:
    kind = next_.integers(3)
    if kind == 0:
        values = np.linspace(90, -90, rows)
    elif kind == 1:
        values = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(rows)[0][::-1]))
    else:
        values = np.sort(next_.uniform(-89, 89, rows))[::-1]
    return values[::-1] if next_.random() < 0.4 else values


class AgainstTheReference(ToolCase):
    def test_random_grids(self) -> None:
        for seed in range(CASES):
            next_ = np.random.default_rng(seed)
            samples, rows, columns = next_.integers(1, 6), next_.integers(2, 14), next_.integers(1, 12)
            latitudes = _latitudes(next_, rows)
            shape = (samples, rows, columns)
            truth = next_.normal(scale=3.0, size=shape) + next_.uniform(-5, 300)
            prediction = truth + next_.normal(size=shape) * next_.uniform(0.1, 3, (samples, 1, 1))
            climatology = truth.mean(axis=0) + next_.normal(size=(rows, columns))
            beside = {"climatology": climatology}
            land = None
            if next_.random() < 0.6 and rows * columns > 4:
                land = next_.random((rows, columns)) < 0.4
                land[0, 0] = False
                beside["mask"] = land.astype(np.float64)
            if next_.random() < 0.6:
                truth[next_.random(shape) < 0.15] = np.nan
                truth[:, 0, 0] = 1.0
            if next_.random() < 0.3:
                climatology[-1, -1] = np.nan if rows * columns > 1 else climatology[-1, -1]
            definitions = [*DEFINITIONS, *(["paper-compat"] if land is not None else [])]
            with self.subTest(seed=seed):
                found = self.one(prediction, truth, latitudes, "--definition", ",".join(definitions), **beside)
                lists = prediction.tolist(), truth.tolist()
                plain_land = None if land is None else land.tolist()
                for definition in definitions:
                    expected = reference.rmse(definition, *lists, latitudes.tolist(), plain_land, climatology.tolist())
                    self._close(found["rmse", definition], expected, 1e-9)
                    skill = reference.acc(definition, *lists, latitudes.tolist(), climatology.tolist(), plain_land)
                    self._close(found["acc", definition], skill, 1e-7)

    def _close(self, found: float | None, expected: float | None, relative: float) -> None:
        self.assertEqual(found is None, expected is None, (found, expected))
        if found is not None and expected is not None:
            self.assertLessEqual(abs(found - expected), relative * max(1.0, abs(expected)), (found, expected))

    def test_turned_over(self) -> None:
        """Reversed rows and shifted columns of all, of the truth alone, and of the mask: the same scores."""
        next_ = np.random.default_rng(99)
        latitudes, longitudes = np.linspace(80, -60, 15), np.arange(24) * 15.0
        prediction, truth = next_.normal(size=(2, 3, 15, 24))
        file = self.save("a.npz", prediction=prediction, truth=truth, latitude=latitudes, longitude=longitudes)
        usual = ["--dims", "time,lat,lon", "--definition", "fcn-true-lat,wb1,wb2"]
        straight = self.scores("--prediction", f"{file}:prediction", "--truth", f"{file}:truth", *usual)
        turned = self.save(
            "b.npz",
            truth=np.roll(truth[:, ::-1], 12, axis=2),
            prediction=np.roll(prediction[:, ::-1], 12, axis=2),
            latitude=latitudes[::-1],
            longitude=np.roll(np.where(longitudes >= 180, longitudes - 360, longitudes), 12),
        )
        both = self.scores("--prediction", f"{turned}:prediction", "--truth", f"{turned}:truth", *usual)
        mixed = self.scores("--prediction", f"{file}:prediction", "--truth", f"{turned}:truth", *usual)
        for key, value in straight.items():
            self.assertAlmostEqual(value, both[key], places=12)
            self.assertAlmostEqual(value, mixed[key], places=12)

    def test_pieces_change_nothing(self) -> None:
        """However the forecasts are divided, not one bit of a score changes."""
        from mindport_metrics.definitions import NAMES
        from mindport_metrics.dataset import Wishes, open_dataset
        from mindport_metrics.opening import Place
        from mindport_metrics.pairing import pair
        from mindport_metrics.scores import compute

        next_ = np.random.default_rng(3)
        shape = (7, 5, 2, 9, 11)
        file = self.save("c.npz", prediction=next_.normal(size=shape), truth=next_.normal(size=shape), latitude=np.linspace(80, -80, 9))
        wishes = Wishes(dims=("time", "lead", "channel", "lat", "lon"), channels=("a", "b"))
        sides = [open_dataset(Place(file, (name,)), wishes) for name in ("prediction", "truth")]
        pairs = pair(*sides, None, None, 6.0)
        land = next_.random((9, 11)) < 0.3
        cell = 8 * 10 * 9 * 11
        whole, _ = compute(pairs, list(NAMES), land, memory=1 << 30)
        self.assertEqual(len(whole), 2 * 5 * len(NAMES))
        for memory in (1, cell * 2, cell * 5, cell * 13):
            divided, _ = compute(pairs, list(NAMES), land, memory=memory)
            self.assertEqual(divided, whole)

    def test_scale(self) -> None:
        next_ = np.random.default_rng(4)
        prediction, truth = next_.normal(size=(2, 2, 3, 6, 8))
        file = self.save("d.npz", p=prediction, t=truth, latitude=np.linspace(75, -75, 6), channels=np.array(["u", "v", "z"]))
        std = self.path("std.npy")
        np.save(std, np.array([2.0, 3.0, 50.0]).reshape(1, 3, 1, 1))
        usual = ["--prediction", f"{file}:p", "--truth", f"{file}:t", "--dims", "time,channel,lat,lon"]
        plain, scaled = self.scores(*usual), self.scores(*usual, "--std", std)
        for (metric, definition, variable, lead), value in plain.items():
            self.assertAlmostEqual(scaled[metric, definition, variable, lead], value * {"u": 2, "v": 3, "z": 50}[variable], places=12)


if __name__ == "__main__":
    unittest.main()
