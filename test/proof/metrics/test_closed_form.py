"""Fields whose scores are known without computing them."""

from __future__ import annotations

import math
import unittest

import numpy as np

from mindport_metrics.grids import area_weights, cosine_weights, pole_to_pole

from .tool import DEFINITIONS, ToolCase

LATITUDES = np.linspace(87.5, -87.5, 36)
LONGITUDES = np.deg2rad(np.arange(72) * 5.0)


class ClosedForm(ToolCase):
    def test_constant_error(self) -> None:
        truth = np.random.default_rng(1).normal(size=(3, 36, 72))
        land = np.zeros((36, 72))
        land[:, :20] = 1
        for more in ({}, {"mask": land}):
            for value in self.one(truth - 2.5, truth, LATITUDES, "--definition", "all", **more).values():
                self.assertAlmostEqual(value, 2.5, places=12)

    def test_wave_along_the_parallels(self) -> None:
        error = np.broadcast_to(3.0 * np.sin(4 * LONGITUDES), (2, 36, 72))
        for value in self.one(error, np.zeros((2, 36, 72)), LATITUDES, "--definition", "all").values():
            self.assertAlmostEqual(value, 3.0 / math.sqrt(2), places=12)

    def test_integral_over_the_sphere(self) -> None:
        # the mean of sin² of the latitude over the sphere is 1/3
        latitudes = np.linspace(89.75, -89.75, 360)
        error = np.broadcast_to(np.sin(np.deg2rad(latitudes))[:, None], (1, 360, 8))
        found = self.one(error, np.zeros((1, 360, 8)), latitudes, "--definition", "fcn-true-lat,wb1,wb2")
        for value in found.values():
            self.assertAlmostEqual(value, math.sqrt(1 / 3), places=5)

    def test_phase_is_the_correlation(self) -> None:
        climatology = 280 + 10 * np.cos(np.deg2rad(LATITUDES))[:, None] + np.zeros(72)
        for phase in (0.0, 0.4, math.pi / 2, math.pi):
            prediction = climatology + np.sin(3 * LONGITUDES + phase)[None, None]
            truth = climatology + 5 * np.sin(3 * LONGITUDES)[None, None]
            found = self.one(prediction, truth, LATITUDES, "--definition", "all", climatology=climatology)
            for definition in DEFINITIONS:
                self.assertAlmostEqual(found["acc", definition], math.cos(phase), places=9)

    def test_half_of_the_sphere_is_land(self) -> None:
        error = np.ones((1, 36, 72))
        error[..., 36:] = 2.0
        land = np.zeros((36, 72))
        land[:, :36] = 1
        zero = np.zeros_like(error)
        masked = self.one(error, zero, LATITUDES, "--definition", "all,paper-compat", mask=land)
        for definition in DEFINITIONS:
            self.assertAlmostEqual(masked["rmse", definition], 2.0, places=12)
        # land as error 0 makes the forecast look better
        self.assertAlmostEqual(masked["rmse", "paper-compat"], math.sqrt(2.0), places=12)
        sea = self.one(error, zero, LATITUDES, "--definition", "all", "--mask-is-sea", mask=land)
        self.assertAlmostEqual(sea["rmse", "wb2"], 1.0, places=12)
        for value in self.one(error, zero, LATITUDES, "--definition", "all").values():
            self.assertAlmostEqual(value, math.sqrt(2.5), places=12)

    def test_root_before_and_after_the_mean(self) -> None:
        # two forecasts, errors 1 and 3: the mean of the roots is 2, the root of the mean √5
        error = np.ones((2, 36, 72))
        error[1] = 3.0
        found = self.one(error, np.zeros_like(error), LATITUDES, "--definition", "all")
        self.assertAlmostEqual(found["rmse", "fcn-true-lat"], 2.0, places=12)
        self.assertAlmostEqual(found["rmse", "wb1"], math.sqrt(5), places=12)
        self.assertAlmostEqual(found["rmse", "wb2"], math.sqrt(5), places=12)

    def test_mean_anomaly_counts_in_one_definition_only(self) -> None:
        # the same constant anomaly added to both: wb1 takes it away, the others see agreement in it
        truth = np.broadcast_to(np.sin(3 * LONGITUDES), (2, 36, 72))
        prediction = np.broadcast_to(np.cos(3 * LONGITUDES), (2, 36, 72))
        found = self.one(prediction + 1, truth + 1, LATITUDES, "--definition", "all", climatology=np.zeros((36, 72)))
        self.assertAlmostEqual(found["acc", "wb1"], 0.0, places=9)
        for definition in ("fcn-exact", "fcn-true-lat", "wb2"):
            self.assertAlmostEqual(found["acc", definition], 1 / 1.5, places=9)

    def test_mean_of_fcn_and_root_of_wb1_on_turbulent_errors(self) -> None:
        # errors that vary from forecast to forecast: the two differ by a tenth, on the same data
        next_ = np.random.default_rng(7)
        size = np.array([0.6, 0.9, 1.1, 1.7, 2.4, 3.2])[:, None, None]
        error = size * next_.normal(size=(6, 36, 72))
        found = self.one(error, np.zeros_like(error), LATITUDES, "--definition", "all")
        ratio = found["rmse", "wb1"] / found["rmse", "fcn-true-lat"]
        self.assertGreater(ratio, 1.07)
        self.assertLess(ratio, 1.2)


class Weights(unittest.TestCase):
    def test_720_rows_of_721(self) -> None:
        """FourCastNet leaves out the south pole and spreads the rest from pole to pole: its weights are off by up to 0.0069."""
        truly = cosine_weights(np.linspace(90.0, -90.0, 721)[:720])
        away = np.abs(cosine_weights(pole_to_pole(720)) - truly).max()
        self.assertAlmostEqual(away, 0.0069, places=4)

    def test_area_is_that_of_the_cells(self) -> None:
        for rows in (5, 32):
            for latitudes in (np.linspace(90, -90, rows), np.linspace(-80, 80, rows)):
                weights = area_weights(latitudes)
                self.assertAlmostEqual(weights.mean(), 1.0)
                self.assertTrue((weights > 0).all())
                np.testing.assert_allclose(weights, area_weights(latitudes[::-1])[::-1])
        # a grid of cells of equal height: bounds are known
        centres = np.linspace(67.5, -67.5, 4)
        bounds = np.sin(np.deg2rad([90, 45, 0, -45, -90]))
        np.testing.assert_allclose(area_weights(centres), 4 * -np.diff(bounds) / 2)


if __name__ == "__main__":
    unittest.main()
