"""Anomalies from a field, from the mean of a series, and by day of the year."""

from __future__ import annotations

import unittest

import h5py
import numpy as np

from mindport_metrics.times import day_of_year

from . import reference
from .tool import ToolCase

LATITUDES = np.linspace(60, -60, 5)


class Climatologies(ToolCase):
    def setUp(self) -> None:
        super().setUp()
        next_ = np.random.default_rng(8)
        # two forecasts over the end of February of a leap year, and over a new year
        self.times = np.array(["2020-02-28", "2019-12-30"], dtype="datetime64[s]")
        self.leads = np.array([24.0, 48.0])
        self.prediction, self.truth = next_.normal(size=(2, 2, 2, 5, 6))
        self.days = next_.normal(size=(366, 5, 6))
        self.file = self.save("f.npz", p=self.prediction, t=self.truth, lat=LATITUDES, time=self.times, lead=self.leads)
        self.usual = ["--prediction", f"{self.file}:p", "--truth", f"{self.file}:t", "--dims", "time,lead,lat,lon", "--definition", "all"]

    def expect(self, found: dict, climatologies: np.ndarray) -> None:
        """`climatologies` [sample, lead, lat, lon]: anomalies are given to the reference as they are."""
        for i, lead in enumerate(self.leads):
            p, t = (values[:, i] - climatologies[:, i] for values in (self.prediction, self.truth))
            for definition in ("fcn-exact", "fcn-true-lat", "wb1", "wb2"):
                expected = reference.acc(definition, p.tolist(), t.tolist(), LATITUDES.tolist(), np.zeros((5, 6)).tolist())
                self.assertAlmostEqual(found["acc", definition, "p", lead], expected, places=9)

    def by_day(self) -> np.ndarray:
        #  29 February is day 60, 1 March 61; 31 December 2019 day 365, 1 January day 1
        return np.stack([self.days[[59, 60]], self.days[[364, 0]]])

    def test_days(self) -> None:
        np.testing.assert_array_equal(
            day_of_year(np.array(["2020-12-31", "2019-12-31", "2020-01-01"], dtype="datetime64[s]")), [366, 365, 1]
        )

    def test_day_of_year_axis(self) -> None:
        path = self.save("days.npz", p=self.days)
        self.expect(self.scores(*self.usual, "--climatology", path), self.by_day())
        self.assertRegex(self.written()["climatology"], r"^days\.npz:dayofyear@sha256:[0-9a-f]{16}$")

    def test_day_and_hour(self) -> None:
        hours = np.random.default_rng(1).normal(size=(4, 366, 5, 6))
        with h5py.File(self.path("c.nc"), "w") as file:
            for dim, values in (
                ("hour", np.arange(4) * 6),
                ("dayofyear", np.arange(1, 367)),
                ("latitude", LATITUDES),
                ("longitude", np.arange(6) * 60.0),
            ):
                file.create_dataset(dim, data=values).make_scale(dim)
            data = file.create_dataset("p", data=hours)
            for axis, dim in enumerate(("hour", "dayofyear", "latitude", "longitude")):
                data.dims[axis].attach_scale(file[dim])
        self.days = hours[0]
        self.expect(self.scores(*self.usual, "--climatology", self.path("c.nc")), self.by_day())
        self.times = self.times + np.timedelta64(6, "h")
        self.days = hours[1]
        later = self.save("f.npz", p=self.prediction, t=self.truth, lat=LATITUDES, time=self.times, lead=self.leads)
        self.assertEqual(later, self.file)
        self.expect(self.scores(*self.usual, "--climatology", self.path("c.nc")), self.by_day())

    def series(self) -> tuple[str, np.ndarray, np.ndarray]:
        times = np.arange(np.datetime64("2016-01-01"), np.datetime64("2020-01-01")).astype("datetime64[s]")
        values = np.random.default_rng(5).normal(size=(len(times), 5, 6))
        values[3, 0, 0] = np.nan
        return self.save("series.npz", p=values, time=times), times, values

    def test_mean_of_a_series(self) -> None:
        path, _, values = self.series()
        found = self.scores(*self.usual, "--climatology", f"{path}:p", "--climatology-dims", "time,lat,lon")
        self.expect(found, np.broadcast_to(np.nanmean(values, axis=0), (2, 2, 5, 6)))
        self.assertIn(":mean@", self.written()["climatology"])

    def test_days_of_a_series(self) -> None:
        path, times, values = self.series()
        days = day_of_year(times)
        self.days = np.stack([np.nanmean(values[days == day], axis=0) for day in range(1, 367)])
        by = ("--climatology-dims", "time,lat,lon", "--climatology-by", "dayofyear")
        self.expect(self.scores(*self.usual, "--climatology", f"{path}:p", *by), self.by_day())

    def test_needs_times(self) -> None:
        bare = self.save("bare.npz", p=self.prediction, t=self.truth, lat=LATITUDES)
        days = self.save("days.npz", p=self.days)
        code, _, complained = self.tool(
            "--prediction", f"{bare}:p", "--truth", f"{bare}:t", "--dims", "time,lead,lat,lon", "--climatology", days
        )
        self.assertEqual(code, 2)
        self.assertIn("needs the time of every forecast", complained)


if __name__ == "__main__":
    unittest.main()
