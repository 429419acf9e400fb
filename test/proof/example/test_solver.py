"""The generator of the example's data: its transforms are exact, its flow obeys the equations it claims to solve."""

import pathlib
import sys
import unittest

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "examples" / "fourcastnet"))
from data.generate import OMEGA, RADIUS, BarotropicModel, SphericalTransform, simulate  # noqa: E402


class Transform(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sht = SphericalTransform(32)
        rng = np.random.default_rng(0)
        n = cls.sht.trunc + 1
        m, l = np.meshgrid(cls.sht.m, cls.sht.l, indexing="ij")
        cls.spec = (rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))) * (l >= m) * (l > 0)
        cls.spec[0] = cls.spec[0].real

    def test_truncation_is_t21(self):
        self.assertEqual((self.sht.trunc, self.sht.nlon), (21, 64))

    def test_round_trip(self):
        np.testing.assert_allclose(self.sht.forward(self.sht.inverse(self.spec)), self.spec, atol=1e-12)

    def test_solid_body_rotation(self):
        lat = np.radians(self.sht.lat)[:, None]
        wind = 30.0 * np.cos(lat) * np.ones((1, 64))
        zeta = self.sht.divergence(np.zeros_like(wind), -wind)
        np.testing.assert_allclose(self.sht.inverse(zeta), 2.0 * 30.0 / RADIUS * np.sin(lat) * np.ones((1, 64)), atol=1e-16)
        u, v = self.sht.winds(zeta * self.sht.inverse_laplacian)
        np.testing.assert_allclose(u, wind, atol=1e-10)
        np.testing.assert_allclose(v, 0.0, atol=1e-10)

    def test_winds_have_the_vorticity_and_no_divergence(self):
        u, v = self.sht.winds(self.spec * self.sht.inverse_laplacian)
        np.testing.assert_allclose(self.sht.divergence(v, -u)[:, :-1], self.spec[:, :-1], atol=1e-12)
        np.testing.assert_allclose(self.sht.divergence(u, v), 0.0, atol=1e-12)


class Flow(unittest.TestCase):
    def test_a_rossby_wave_moves_at_its_known_speed(self):
        """Without jet, mountains and friction, one harmonic (m, l) on a resting sphere turns with -2 omega m / (l (l + 1))."""
        model = BarotropicModel(32)
        model.jet = np.zeros_like(model.jet)
        model.planetary = model.coriolis
        model.tau, model.damping = np.inf, 0.0
        m, l = 4, 6
        zeta = np.zeros_like(model.jet)
        zeta[m, l] = 1e-9  # so weak that it does not act on itself
        turned = zeta
        for _ in range(16):
            turned = model.step(turned, 5400.0)
        phase = np.angle(turned[m, l] / zeta[m, l])
        self.assertAlmostEqual(phase, 2.0 * OMEGA * m / (l * (l + 1)) * 16 * 5400.0, places=3)
        self.assertAlmostEqual(abs(turned[m, l]) / 1e-9, 1.0, places=4)

    def test_weather_has_a_climate_and_is_not_a_repetition(self):
        fields = simulate(BarotropicModel(32), np.random.default_rng(5), members=2, steps=40, hours=6, spinup_days=30)
        self.assertEqual(fields.shape, (2, 40, 4, 32, 64))
        self.assertEqual(fields.dtype, np.float32)
        u, v, zeta, height = np.moveaxis(fields, 2, 0)
        self.assertTrue(40.0 < u.max() < 100.0, u.max())
        self.assertTrue(3.0 < v.std() < 15.0, v.std())
        self.assertTrue(4000.0 < height.min() and height.max() < 6300.0)
        self.assertLess(abs(float(zeta.mean())), 1e-6)
        self.assertGreater(height[:, :, 14:18].mean(), height[:, :, :2].mean() + 200.0)  # high pressure in the tropics, low at the pole
        anomaly = v - v.mean(axis=(0, 1))
        apart = lambda lead: np.mean(anomaly[:, lead:] * anomaly[:, : 40 - lead]) / np.mean(anomaly**2)  # noqa: E731
        self.assertGreater(apart(1), 0.9)
        self.assertLess(apart(16), 0.6)


if __name__ == "__main__":
    unittest.main()
