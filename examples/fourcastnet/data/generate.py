"""Make a small data set with the physics of a turbulent atmosphere and the file layout of ERA5 extracts.

The fields come from the barotropic vorticity equation on the sphere,

    d(zeta)/dt = -div(v * (zeta + f * (1 + h / H))) - (zeta - zeta_jet) / tau - nu * laplacian^4(zeta),

solved with spherical harmonics on a Gaussian grid (32 x 64 is the classic T21). Two mid-latitude jets are barotropically unstable and
a pair of mountains makes stationary waves, so that the flow is chaotic but has a climate. Each "year" is an independent trajectory.

Written to OUT: {train,valid,test}/YEAR.h5 with the data set `fields` [time, channel, lat, lon] (float32), and stats/*.npy.
"""
import argparse
import os
import time

import h5py
import numpy as np

RADIUS = 6.371e6  # m
OMEGA = 7.292e-5  # 1/s
GRAVITY = 9.81  # m/s2
DAY = 86400.0
CHANNELS = ("u500", "v500", "vo500", "z500")


class SphericalTransform:
    """Triangularly truncated spherical harmonics on a Gaussian grid, coefficients [..., m, l]."""

    def __init__(self, nlat):
        self.nlat, self.nlon = nlat, 2 * nlat
        self.trunc = (self.nlon - 1) // 3
        mu, weights = np.polynomial.legendre.leggauss(nlat)
        self.mu, self.weights = mu[::-1], weights[::-1]  # north to south
        self.lat = np.degrees(np.arcsin(self.mu))
        self.lon = np.arange(self.nlon) * 360.0 / self.nlon
        self.cos2 = 1.0 - self.mu**2

        n = self.trunc + 1
        self.m = np.arange(n)
        self.l = np.arange(n)
        eps = self._epsilon(n + 1)
        basis = np.zeros((n, n + 1, nlat))  # orthonormal for integration over mu
        for m in range(n):
            basis[m, m] = np.sqrt(0.5) if m == 0 else -np.sqrt((2 * m + 1) / (2 * m)) * np.sqrt(self.cos2) * basis[m - 1, m - 1]
            for l in range(m + 1, n + 1):
                below = eps[m, l - 1] * basis[m, l - 2] if l - 2 >= m else 0.0
                basis[m, l] = (self.mu * basis[m, l - 1] - below) / eps[m, l]
        slope = np.zeros((n, n, nlat))  # (1 - mu^2) dP/dmu
        for m in range(n):
            for l in range(m, n):
                slope[m, l] = -l * eps[m, l + 1] * basis[m, l + 1]
                if l > m:
                    slope[m, l] += (l + 1) * eps[m, l] * basis[m, l - 1]
        self.basis, self.slope = basis[:, :n], slope
        self.basis_by_cos = self.basis * self.weights / np.sqrt(self.cos2)
        self.slope_by_cos = self.slope * self.weights / np.sqrt(self.cos2)
        self.laplacian = -(self.l * (self.l + 1)) / RADIUS**2
        self.inverse_laplacian = np.where(self.l > 0, 1.0 / np.where(self.l > 0, self.laplacian, 1.0), 0.0)

    @staticmethod
    def _epsilon(n):
        m, l = np.meshgrid(np.arange(n), np.arange(n + 1), indexing="ij")
        return np.sqrt(np.maximum(l**2 - m**2, 0) / (4.0 * l**2 - 1.0).clip(min=1.0))

    def _to_fourier(self, grid):
        return np.fft.rfft(grid, axis=-1)[..., : self.trunc + 1] / self.nlon

    def _to_grid(self, fourier):
        return np.fft.irfft(fourier * self.nlon, n=self.nlon, axis=-1)

    def _analyse(self, fourier, kernel):
        """[..., lat, m] with kernel [m, l, lat] to [..., m, l]."""
        return np.matmul(np.swapaxes(fourier, -1, -2)[..., None, :], np.swapaxes(kernel, -1, -2))[..., 0, :]

    def _synthesise(self, spec, kernel):
        return np.swapaxes(np.matmul(spec[..., None, :], kernel)[..., 0, :], -1, -2)

    def forward(self, grid):
        return self._analyse(self._to_fourier(grid), self.basis * self.weights)

    def inverse(self, spec):
        return self._to_grid(self._synthesise(spec, self.basis))

    def winds(self, psi):
        """u and v in m/s from the stream function."""
        cos = np.sqrt(self.cos2)[:, None]
        u = -self._to_grid(self._synthesise(psi, self.slope)) / (RADIUS * cos)
        v = self.inverse(1j * self.m[:, None] * psi) / (RADIUS * cos)
        return u, v

    def divergence(self, a, b):
        """Coefficients of the divergence of a vector field (a eastward, b northward) given on the grid."""
        east = self._analyse(self._to_fourier(a), self.basis_by_cos)
        north = self._analyse(self._to_fourier(b), self.slope_by_cos)
        return (1j * self.m[:, None] * east - north) / RADIUS


class BarotropicModel:
    def __init__(self, nlat, jet_speed=75.0, tau_days=20.0):
        self.sht = SphericalTransform(nlat)
        lat, lon = np.meshgrid(self.sht.lat, self.sht.lon, indexing="ij")
        self.coriolis = 2.0 * OMEGA * np.sin(np.radians(lat))
        self.tau = tau_days * DAY
        speed = jet_speed * (np.exp(-(((lat - 42.0) / 9.0) ** 2)) + 0.9 * np.exp(-(((lat + 46.0) / 9.5) ** 2)))
        speed -= 8.0 * np.exp(-((lat / 15.0) ** 2))
        self.jet = self.sht.divergence(np.zeros_like(speed), -speed)  # zeta = -div(-v, u); the jet has no v
        mountains = 0.16 * np.exp(-(((lat - 40.0) / 12.0) ** 2) - (((lon - 90.0) / 18.0) ** 2))
        mountains += 0.12 * np.exp(-(((lat - 45.0) / 14.0) ** 2) - (((lon - 250.0) / 12.0) ** 2))
        self.planetary = self.coriolis * (1.0 + mountains)
        damping = (self.sht.l * (self.sht.l + 1.0)) / (self.sht.trunc * (self.sht.trunc + 1.0))
        self.damping = damping**4 / DAY

    def tendency(self, zeta):
        u, v = self.sht.winds(zeta * self.sht.inverse_laplacian)
        vorticity = self.sht.inverse(zeta) + self.planetary
        return -self.sht.divergence(u * vorticity, v * vorticity) - (zeta - self.jet) / self.tau - self.damping * zeta

    def step(self, zeta, dt):
        k1 = self.tendency(zeta)
        k2 = self.tendency(zeta + 0.5 * dt * k1)
        k3 = self.tendency(zeta + 0.5 * dt * k2)
        k4 = self.tendency(zeta + dt * k3)
        return zeta + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

    def initial(self, rng, members):
        n = self.sht.trunc + 1
        noise = rng.standard_normal((members, n, n)) + 1j * rng.standard_normal((members, n, n))
        m, l = np.meshgrid(self.sht.m, self.sht.l, indexing="ij")
        noise *= np.where((l >= m) & (m > 0), 1.0, 0.0) * np.exp(-(((l - 8.0) / 4.0) ** 2)) * 3.0e-6
        return self.jet + noise

    def fields(self, zeta):
        """The output channels on the grid, [member, channel, lat, lon]."""
        u, v = self.sht.winds(zeta * self.sht.inverse_laplacian)
        balance = self.sht.divergence(self.coriolis * v, -self.coriolis * u)  # linear balance: laplacian(gz) = div(f grad(psi))
        height = 5500.0 + self.sht.inverse(balance * self.sht.inverse_laplacian) / GRAVITY
        return np.stack([u, v, self.sht.inverse(zeta), height], axis=1).astype(np.float32)


def simulate(model, rng, members, steps, hours, spinup_days, dt=5400.0):
    """Trajectories of several years side by side, [member, time, channel, lat, lon]."""
    zeta = model.initial(rng, members)
    for _ in range(int(spinup_days * DAY / dt)):
        zeta = model.step(zeta, dt)
    out = []
    for _ in range(steps):
        out.append(model.fields(zeta))
        for _ in range(int(hours * 3600.0 / dt)):
            zeta = model.step(zeta, dt)
    return np.stack(out, axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="dataset", help="folder to write")
    parser.add_argument("--seed", default=1979, type=int)
    parser.add_argument("--nlat", default=32, type=int, help="latitudes; there are twice as many longitudes")
    parser.add_argument("--steps", default=200, type=int, help="samples a year")
    parser.add_argument("--hours", default=6, type=int, help="time between samples")
    parser.add_argument("--train-years", default=4, type=int)
    parser.add_argument("--spinup-days", default=40, type=int)
    args = parser.parse_args()

    start = time.time()
    rng = np.random.default_rng(args.seed)
    model = BarotropicModel(args.nlat)
    years = [("train", 1979 + i) for i in range(args.train_years)] + [("valid", 2016), ("test", 2018)]
    fields = simulate(model, rng, len(years), args.steps, args.hours, args.spinup_days)
    if not np.isfinite(fields).all():
        raise FloatingPointError("the solver became unstable; use a smaller jet or another seed")

    for (split, year), data in zip(years, fields):
        os.makedirs(os.path.join(args.out, split), exist_ok=True)
        with h5py.File(os.path.join(args.out, split, "%d.h5" % year), "w") as f:
            dset = f.create_dataset("fields", data=data)
            dset.attrs["channels"] = ",".join(CHANNELS)
            dset.attrs["hours"] = args.hours

    stats = os.path.join(args.out, "stats")
    os.makedirs(stats, exist_ok=True)
    train = fields[: args.train_years].astype(np.float64)
    np.save(os.path.join(stats, "global_means.npy"), train.mean(axis=(0, 1, 3, 4))[None, :, None, None].astype(np.float32))
    np.save(os.path.join(stats, "global_stds.npy"), train.std(axis=(0, 1, 3, 4))[None, :, None, None].astype(np.float32))
    np.save(os.path.join(stats, "time_means.npy"), train.mean(axis=(0, 1))[None].astype(np.float32))
    np.save(os.path.join(stats, "latitude.npy"), model.sht.lat.astype(np.float32))
    print("wrote %d years of %d samples to %s in %.1f sec" % (len(years), args.steps, args.out, time.time() - start))


if __name__ == "__main__":
    main()
