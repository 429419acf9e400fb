"""Every form of file gives the same scores; those in `test/fixtures/metrics` were written by xarray, netCDF4 and zarr themselves."""

from __future__ import annotations

import gzip
import json
import os
import sys
import types
import unittest
import zlib
from unittest import mock

import h5py
import numpy as np
from mindport_metrics.problem import Problem
from mindport_metrics.zarr_store import ZarrStore
from scipy.io import netcdf_file

from . import reference
from .tool import ToolCase

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "metrics")
VARIABLES = ("t2m", "z500")


def fixture(name: str) -> str:
    return os.path.join(FIXTURES, name)


class WrittenByOthers(ToolCase):
    def expected(self) -> dict[float, float]:
        with np.load(fixture("aligned.npz")) as arrays:
            p, t, latitudes = arrays["prediction"].astype(float), arrays["truth"], arrays["latitude"]
        return {12.0 * (i + 1): reference.rmse("wb2", p[:, i].tolist(), t[:, i].tolist(), latitudes.tolist()) for i in range(3)}

    def test_forecasts_against_a_series(self) -> None:
        """Truth packed as short integers, from south to north and from -180, found by valid time."""
        for name in ("forecast.nc4", "forecast.nc3", "forecast.zarr2", "forecast.zarr3"):
            with self.subTest(name):
                found = self.scores("--prediction", fixture(name), "--truth", fixture("series.nc4"), "--definition", "wb2")
                self.assertEqual(sorted(found), [("rmse", "wb2", "t2m", lead) for lead in (12.0, 24.0, 36.0)])
                for (_, _, _, lead), value in found.items():
                    self.assertAlmostEqual(value, self.expected()[lead], places=9)
                units = {score["units"] for score in self.written()["scores"]}
                self.assertEqual(units, {"K"})
                times = {field["validTime"] for field in self.written("fields.json")["fields"]}
                self.assertEqual(times, {"2020-02-28T12:00:00Z", "2020-02-29T00:00:00Z", "2020-02-29T12:00:00Z"})

    def test_levels(self) -> None:
        with np.load(fixture("aligned.npz")) as arrays:
            levels = arrays["levels"]
        truth = self.save("t.npz", z850=levels[:, :, 1] + 2.0)
        found = self.scores("--prediction", fixture("levels.nc4"), "--truth", f"{truth}:z850", "--truth-dims", "time,lead,lat,lon")
        self.assertEqual(list(found), [("rmse", "fcn-true-lat", "z850", lead) for lead in (12.0, 24.0, 36.0)])
        for value in found.values():
            self.assertAlmostEqual(value, 2.0, places=3)

    def test_what_only_zarr_unpacks(self) -> None:
        code, _, complained = self.tool("--prediction", fixture("forecast.blosc"), "--truth", fixture("series.nc4"))
        self.assertEqual(code, 2)
        self.assertIn("blosc", complained)
        self.assertIn("pip install zarr", complained)

    def test_zarr_without_the_codec_itself(self) -> None:
        class Lacking:
            attrs: dict[str, object] = {}
            shape, dtype = (2, 2), "f4"

            def __getitem__(self, chosen: object) -> object:
                if isinstance(chosen, str):
                    return self
                raise ValueError("codec not available: 'blosc'")

        package = types.ModuleType("zarr")
        package.open = lambda *_, **__: Lacking()
        with mock.patch.dict(sys.modules, {"zarr": package}):
            array = ZarrStore(fixture("forecast.blosc"))._by_package("z", "blosc")
            with self.assertRaises(Problem) as caught:
                array.raw((slice(0, 1), slice(0, 1)))
        self.assertIn("codec not available", str(vars(caught.exception)))


class AllForms(ToolCase):
    """One forecast in every form; the scores must be those of the npz, to the last bit."""

    def setUp(self) -> None:
        super().setUp()
        next_ = np.random.default_rng(12)
        self.latitudes, self.longitudes = np.linspace(75, -75, 6), np.arange(8) * 45.0
        self.leads = np.array([6.0, 12.0, 18.0])
        self.prediction = next_.normal(size=(2, 3, 2, 6, 8)).astype(np.float32)
        self.truth = next_.normal(size=(2, 3, 2, 6, 8)).astype(np.float32)
        self.truth[0, 1, 0, 2, 3] = np.nan
        coordinates = {"lat": self.latitudes, "lon": self.longitudes, "lead": self.leads, "channel": np.array(VARIABLES)}
        self.npz = self.save("all.npz", prediction=self.prediction, truth=self.truth, **coordinates)
        self.dims = ("--dims", "time,lead,channel,lat,lon", "--definition", "fcn,wb1,wb2")
        self.expected = self.scores("--prediction", f"{self.npz}:prediction", "--truth", f"{self.npz}:truth", *self.dims)
        self.assertEqual(len(self.expected), 2 * 3 * 3)

    def same(self, prediction: str, truth: str, *more: str) -> None:
        definitions = () if "--definition" in more else ("--definition", "fcn,wb1,wb2")
        self.assertEqual(self.scores("--prediction", prediction, "--truth", truth, *definitions, *more), self.expected)

    def test_compressed_npz(self) -> None:
        with np.load(self.npz) as arrays:
            np.savez_compressed(self.path("packed.npz"), **arrays)
        self.same(self.path("packed.npz:prediction"), self.path("packed.npz:truth"), *self.dims)

    def test_npy(self) -> None:
        np.save(self.path("p.npy"), self.prediction)
        np.save(self.path("t.npy"), np.asfortranarray(self.truth))
        told = ("--channels", "t2m,z500", "--latitudes", "75:-75", "--leads", "6,12,18")
        self.same(self.path("p.npy"), self.path("t.npy"), *self.dims, *told)

    def test_hdf5_without_axes(self) -> None:
        for name, values in (("p.h5", self.prediction), ("t.h5", self.truth)):
            with h5py.File(self.path(name), "w") as file:
                file.create_dataset("fields", data=values, chunks=(1, 1, 2, 6, 8), compression="gzip").attrs["channels"] = ",".join(
                    VARIABLES
                )
        self.same(self.path("p.h5"), self.path("t.h5"), *self.dims, "--latitudes", f"{self.npz}:lat")

    def test_hdf5_with_scales(self) -> None:
        for name, values in (("p.h5", self.prediction), ("t.h5", self.truth)):
            with h5py.File(self.path(name), "w") as file:
                for dim, coordinate in (
                    ("rows", self.latitudes),
                    ("columns", self.longitudes),
                    ("step", self.leads),
                    ("time", np.arange(2.0)),
                ):
                    file.create_dataset(dim, data=coordinate).make_scale(dim)
                file["rows"].attrs["units"], file["columns"].attrs["standard_name"] = "degrees_north", "longitude"
                file["step"].attrs["units"] = "hours"
                for i, variable in enumerate(VARIABLES):
                    data = file.create_dataset(variable, data=values[:, :, i])
                    for axis, dim in enumerate(("time", "step", "rows", "columns")):
                        data.dims[axis].attach_scale(file[dim])
        self.same(self.path("p.h5"), self.path("t.h5"))

    def test_classic_netcdf(self) -> None:
        for name, values in (("p.nc", self.prediction), ("t.nc", self.truth)):
            with netcdf_file(self.path(name), "w") as file:
                for dim, coordinate in (("latitude", self.latitudes), ("longitude", self.longitudes), ("lead_time", self.leads)):
                    file.createDimension(dim, len(coordinate))
                    file.createVariable(dim, "f8", (dim,))[:] = coordinate
                file.createDimension("sample", 2)
                file.variables["lead_time"].units = "h"
                for i, variable in enumerate(VARIABLES):
                    data = file.createVariable(variable, "f4", ("sample", "lead_time", "latitude", "longitude"))
                    data._FillValue = np.float32(-999)
                    data[:] = np.where(np.isnan(values[:, :, i]), -999, values[:, :, i])
        self.same(self.path("p.nc"), self.path("t.nc"))

    def _zarr(self, folder: str, values: np.ndarray, version: int, pack) -> str:
        """A store written by hand: one array with channels, chunks that do not fill it."""
        dims = ["time", "lead", "channel", "lat", "lon"]
        chunks = (1, 2, 2, 4, 3)
        root = self.path(folder)

        def put(name: str, data: np.ndarray, chunks: tuple[int, ...], dims: list[str], attrs: dict) -> None:
            os.makedirs(os.path.join(root, name))
            described = {"shape": list(data.shape), "fill_value": "NaN"}
            packed = {"id" if version == 2 else "name": pack[0]} if pack and name == "fields" else None
            if version == 2:
                described |= {
                    "zarr_format": 2,
                    "chunks": list(chunks),
                    "dtype": data.dtype.str,
                    "compressor": packed,
                    "filters": None,
                    "order": "C",
                }
                self._json(os.path.join(root, name, ".zarray"), described)
                self._json(os.path.join(root, name, ".zattrs"), {"_ARRAY_DIMENSIONS": dims, **attrs})
            else:
                codecs = [{"name": "bytes", "configuration": {"endian": "little"}}, *([packed] if packed else [])]
                grid = {"name": "regular", "configuration": {"chunk_shape": list(chunks)}}
                kind = {"float32": "float32", "float64": "float64"}[data.dtype.name]
                described |= {"zarr_format": 3, "node_type": "array", "data_type": kind, "chunk_grid": grid, "codecs": codecs}
                described |= {"attributes": attrs, "dimension_names": dims, "chunk_key_encoding": {"name": "default"}}
                self._json(os.path.join(root, name, "zarr.json"), described)
            for index in np.ndindex(*[-(-n // c) for n, c in zip(data.shape, chunks)]):
                part = data[tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, chunks))]
                if np.isnan(part).all():
                    continue  # a chunk that is not there is filled
                whole = np.full(chunks, np.nan, data.dtype)
                whole[tuple(slice(0, n) for n in part.shape)] = part
                key = ".".join(map(str, index)) if version == 2 else os.path.join("c", *map(str, index))
                path = os.path.join(root, name, key)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(pack[1](whole.tobytes()) if packed else whole.tobytes())

        put("fields", values, chunks, dims, {"channels": ",".join(VARIABLES)})
        put("lat", self.latitudes, (6,), ["lat"], {})
        put("lon", self.longitudes, (8,), ["lon"], {})
        return root

    @staticmethod
    def _json(path: str, value: dict) -> None:
        with open(path, "w") as file:
            json.dump(value, file)

    def test_zarr(self) -> None:
        packings = [(2, None), (2, ("zlib", zlib.compress)), (2, ("gzip", gzip.compress)), (3, None), (3, ("gzip", gzip.compress))]
        for i, (version, pack) in enumerate(packings):
            with self.subTest(version=version, pack=pack and pack[0]):
                stores = [
                    self._zarr(f"{side}{i}.zarr", values, version, pack) for side, values in (("p", self.prediction), ("t", self.truth))
                ]
                self.same(*stores)

    def test_damaged_chunks(self) -> None:
        store = self._zarr("bad.zarr", self.prediction, 2, ("zlib", zlib.compress))
        chunk = os.path.join(store, "fields", "0.0.0.0.0")
        for damage in (b"", b"nonsense", zlib.compress(b"\0" * 7), zlib.compress(b"\0" * 100_000)):
            with open(chunk, "wb") as file:
                file.write(damage)
            code, _, complained = self.tool(
                "--prediction", store, "--truth", f"{self.npz}:truth", "--truth-dims", "time,lead,channel,lat,lon"
            )
            self.assertEqual(code, 2)
            self.assertIn("fields/0.0.0.0.0", complained.replace(os.sep, "/"))


class Parts(ToolCase):
    def test_720_rows_of_721(self) -> None:
        """A truth with the south pole, a forecast without: matched by latitude."""
        next_ = np.random.default_rng(2)
        latitudes = np.linspace(90, -90, 19)
        truth = next_.normal(size=(1, 19, 4))
        file = self.save("t.npz", x=truth, lat=latitudes)
        cut = self.save("p.npz", x=truth[:, :18] + 1, lat=latitudes[:18])
        found = self.scores("--prediction", cut, "--truth", file, "--dims", "time,lat,lon", "--definition", "fcn-true-lat")
        self.assertAlmostEqual(found["rmse", "fcn-true-lat", "x", 6.0], 1.0, places=12)

    def test_maps_are_thinned(self) -> None:
        import base64

        latitudes = np.linspace(90, -90, 361)
        truth = np.arange(361 * 720, dtype=np.float64).reshape(1, 361, 720)
        land = np.zeros((361, 720))
        land[:, 360:] = 1
        mask = self.save("land.npz", land=land)
        file = self.save("big.npz", x=truth, y=truth + 1, lat=latitudes)
        usual = ("--prediction", f"{file}:y", "--truth", f"{file}:x", "--dims", "time,lat,lon", "--mask", mask, "--leads", "24")
        self.assertEqual(self.tool(*usual)[0], 0)
        fields = self.written("fields.json")["fields"]
        self.assertEqual([field["role"] for field in fields], ["prediction", "truth"])
        for field in fields:
            rows, columns = len(field["latitudes"]), len(field["longitudes"])
            self.assertEqual((rows, columns), (121, 360))
            values = np.frombuffer(base64.b64decode(field["values"]), "<f4").reshape(rows, columns)
            np.testing.assert_array_equal(values, (truth[0] + (field["role"] == "prediction"))[::3, ::2].astype(np.float32))
            bits = np.unpackbits(np.frombuffer(base64.b64decode(field["land"]), np.uint8))[: rows * columns].reshape(rows, columns)
            np.testing.assert_array_equal(bits, land[::3, ::2])
            self.assertEqual((field["leadHours"], field["validTime"]), (24.0, None))


if __name__ == "__main__":
    unittest.main()
