"""What is wrong with the input is said in one sentence, in both languages, and nothing is written."""

from __future__ import annotations

import os
import re
import string
import unittest
import zipfile

import h5py
import numpy as np

from mindport_metrics.words import WORDS

from .tool import ToolCase

LATITUDES = np.linspace(75, -75, 6)
DIMS = ("--dims", "time,lat,lon")


class Problems(ToolCase):
    def setUp(self) -> None:
        super().setUp()
        self.field = np.random.default_rng(0).normal(size=(2, 6, 8))
        self.good = self.save("good.npz", p=self.field, t=self.field + 1, lat=LATITUDES)
        self.p, self.t = f"{self.good}:p", f"{self.good}:t"

    def told(self, pattern: str, *arguments: str) -> None:
        """The sentence fits, in English; there is a Chinese one; exit status 2; and the folder holds nothing."""
        for language in ("en", "zh-cn"):
            code, said, complained = self.tool(*arguments, "--lang", language)
            self.assertEqual((code, said), (2, ""), complained)
            self.assertEqual(complained.count("\n"), 1, complained)
            if language == "en":
                self.assertRegex(complained, pattern)
            else:
                self.assertRegex(complained, r"[\u4e00-\u9fff]{2}")
            self.assertFalse(os.path.exists(self.path("out")) and os.listdir(self.path("out")))

    def test_files(self) -> None:
        text = self.path("text.nc")
        with open(text, "w") as file:
            file.write("not a field")
        with open(self.path("cut.npy"), "wb") as file:
            np.save(file, self.field)
            file.truncate(500)
        with open(self.good, "rb") as whole, open(self.path("cut.npz"), "wb") as file:
            file.write(whole.read(900))
        with open(self.path("cut.h5"), "wb") as file:
            file.write(b"\x89HDF\r\n\x1a\n" + b"\0" * 40)
        np.save(self.path("objects.npy"), np.array([{}, []], dtype=object), allow_pickle=True)
        os.mkdir(self.path("folder"))
        for name, pattern in (
            ("gone.nc", "is not there"),
            ("text.nc", "none of npy"),
            ("cut.npy", "cut short"),
            ("cut.npz", "none of npy|could not be read"),
            ("cut.h5", "could not be read"),
            ("objects.npy", "Python objects"),
            ("folder", "none of npy"),
        ):
            with self.subTest(name):
                self.told(pattern, "--prediction", self.path(name), "--truth", self.t, *DIMS)
                self.told(pattern, "--prediction", self.p, "--truth", self.path(name), *DIMS)

    def test_a_pickle_is_not_executed(self) -> None:
        mark = self.path("mark")

        class Evil:
            def __reduce__(self):
                return os.mkdir, (mark,)

        np.save(self.path("evil.npy"), np.array([Evil()], dtype=object), allow_pickle=True)
        with zipfile.ZipFile(self.path("evil.npz"), "w") as archive:
            archive.write(self.path("evil.npy"), "p.npy")
        for name in ("evil.npy", "evil.npz:p"):
            self.told("Python objects", "--prediction", self.path(name), "--truth", self.t, *DIMS)
        self.assertFalse(os.path.exists(mark))

    def test_arrays_and_axes(self) -> None:
        self.told("holds no array q. It holds: lat, p, t", "--prediction", f"{self.good}:q", "--truth", self.t, *DIMS)
        self.told("several arrays: p, t", "--prediction", self.good, "--truth", self.t, *DIMS)
        self.told("--dims time,lead,channel,lat,lon", "--prediction", self.p, "--truth", self.t)
        self.told("names 2 axes", "--prediction", self.p, "--truth", self.t, "--dims", "lat,lon")
        self.told("beam is none of", "--prediction", self.p, "--truth", self.t, "--dims", "beam,lat,lon")
        self.told("no axis for lon", "--prediction", self.p, "--truth", self.t, "--dims", "time,lead,lat")
        self.told("two axes are lat", "--prediction", self.p, "--truth", self.t, "--dims", "lat,lat,lon")
        self.told("2 channels without names", "--prediction", self.p, "--truth", self.t, "--dims", "channel,lat,lon")
        self.told("names 3 channels", "--prediction", self.p, "--truth", self.t, "--dims", "channel,lat,lon", "--channels", "a,b,c")
        with h5py.File(self.path("ensemble.h5"), "w") as file:
            data = file.create_dataset("p", data=np.zeros((4, 6, 8)))
            for axis, label in enumerate(("member", "lat", "lon")):
                data.dims[axis].label = label
        self.told(r"axis member \(4\)", "--prediction", self.path("ensemble.h5"), "--truth", self.t, "--truth-dims", "time,lat,lon")

    def test_grids(self) -> None:
        other = self.save("other.npz", t=np.zeros((2, 6, 8)), lat=LATITUDES + 3)
        self.told("different grids .latitudes", "--prediction", self.p, "--truth", f"{other}:t", *DIMS)
        small = self.save("small.npz", t=np.zeros((2, 6, 7)), lat=LATITUDES)
        self.told("different grids .longitudes: 7, 8", "--prediction", self.p, "--truth", f"{small}:t", *DIMS)
        bare = self.save("bare.npz", p=self.field, t=self.field)
        self.told("--latitudes 90:-90", "--prediction", f"{bare}:p", "--truth", f"{bare}:t", *DIMS, "--definition", "wb2")
        self.told("FROM:TO", "--prediction", f"{bare}:p", "--truth", f"{bare}:t", *DIMS, "--latitudes", f"{bare}:p")
        self.told("between -90 and 90", "--prediction", self.p, "--truth", self.t, *DIMS, "--latitudes", "0:180")

    def test_times(self) -> None:
        one = self.save("one.npz", t=np.zeros((1, 6, 8)), lat=LATITUDES)
        self.told("lead time axis", "--prediction", self.save("leads.npz", p=np.zeros((1, 3, 6, 8))) + ":p", "--dims", "time,lead,lat,lon", "--truth", f"{one}:t", "--truth-dims", "time,lat,lon")  # fmt: skip
        start = self.save("start.npz", p=np.zeros((1, 2, 6, 8)), time=np.array(["2020-01-01"], "datetime64[s]"))
        series = self.save("series.npz", t=np.zeros((1, 6, 8)), time=np.array(["2020-01-01T06"], "datetime64[s]"))
        self.told("nothing for 2020-01-01T12", "--prediction", f"{start}:p", "--dims", "time,lead,lat,lon", "--truth", f"{series}:t", "--truth-dims", "time,lat,lon")  # fmt: skip
        three = self.save("three.npz", t=np.zeros((3, 6, 8)), lat=LATITUDES)
        self.told("2 forecasts.*has 3", "--prediction", self.p, "--truth", f"{three}:t", *DIMS)
        self.told(
            "names 3 lead times", "--prediction", f"{start}:p", "--truth", f"{start}:p", "--dims", "time,lead,lat,lon", "--leads", "1,2,3"
        )
        self.told("--leads: soon is no number", "--prediction", self.p, "--truth", self.t, *DIMS, "--leads", "soon")

    def test_beside(self) -> None:
        usual = ("--prediction", self.p, "--truth", self.t, *DIMS)
        self.told("no definition rms", *usual, "--definition", "rms")
        self.told("needs a land mask", *usual, "--definition", "paper-compat")
        self.told("leaves no cell", *usual, "--mask", self.save("all.npz", land=np.ones((6, 8))))
        self.told("different grids", *usual, "--mask", self.save("odd.npz", land=np.ones((5, 8))))
        self.told("does not fit", *usual, "--std", self.save("std.npz", std=np.ones(4)))
        self.told("no axis time", *usual, "--climatology", self.save("c.npz", c=np.ones((6, 8))), "--climatology-by", "dayofyear")
        self.told("there is no q", *usual, "--variables", "q")
        self.told("there are 2 forecasts", *usual, "--map-sample", "2")
        nothing = self.save("nothing.npz", t=np.full((2, 6, 8), np.nan), lat=LATITUDES)
        self.told("no cell has a value", "--prediction", self.p, "--truth", f"{nothing}:t", *DIMS)

    def test_what_was_there_stays(self) -> None:
        """A target that cannot be replaced: the other file keeps its content, and nothing is left over."""
        usual = ("--prediction", self.p, "--truth", self.t, *DIMS)
        self.assertEqual(self.tool(*usual)[0], 0)
        before = self.written()
        os.unlink(os.path.join(self.path("out"), "fields.json"))
        os.mkdir(os.path.join(self.path("out"), "fields.json"))
        code, _, complained = self.tool(*usual, "--definition", "wb1")
        self.assertEqual(code, 2)
        self.assertRegex(complained, "could not be written")
        self.assertEqual(self.written(), before)
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["fields.json", "scores.json"])

    def test_a_forecast_that_broke_gets_no_score(self) -> None:
        broken = self.field.copy()
        broken[1, 2, 3] = np.inf
        file = self.save("broken.npz", p=broken, t=self.field + 1, lat=LATITUDES)
        usual = ("--prediction", f"{file}:p", "--truth", f"{file}:t", *DIMS)
        code, _, complained = self.tool(*usual)
        self.assertEqual(code, 0)
        self.assertRegex(complained, "1 cells of the prediction have no value")
        self.assertEqual([score["value"] for score in self.written()["scores"]], [None])
        self.assertEqual(self.tool(*usual, "--allow-missing")[0], 0)
        self.assertAlmostEqual(self.written()["scores"][0]["value"], 1.0, places=12)


class Words(unittest.TestCase):
    def test_both_languages_say_the_same(self) -> None:
        self.assertEqual(set(WORDS["en"]), set(WORDS["zh-cn"]))
        for key, text in WORDS["en"].items():
            holes = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in (text, WORDS["zh-cn"][key])]
            self.assertEqual(*holes, key)

    def test_every_sentence_is_used(self) -> None:
        folder = os.path.join(os.path.dirname(__file__), "..", "..", "..", "python", "mindport_metrics")
        source = ""
        for name in os.listdir(folder):
            if name.endswith(".py") and name != "words.py":
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    source += file.read()
        unused = [key for key in WORDS["en"] if not re.search(rf"""["']{re.escape(key)}["']""", source)]
        self.assertEqual(unused, [])


if __name__ == "__main__":
    unittest.main()
