"""Spherical harmonic transforms of real fields on latitude-longitude grids: ``torch_harmonics.RealSHT`` and ``InverseRealSHT``.

The transform is two products with constant matrices: Fourier along the longitude, Legendre along the latitude. Complex spectra are built from
their real and imaginary parts, so that gradients pass in MindSpore; `parts` gives those parts themselves, which is what a network should work on.
Every device; forward and backward, PyNative and compiled. Latitudes run from north to south.
"""

from __future__ import annotations

import numpy as np
from mindspore import Tensor, nn, ops

__all__ = ["InverseRealSHT", "RealSHT", "associated_legendre", "quadrature"]


def quadrature(n: int, grid: str) -> tuple[np.ndarray, np.ndarray]:
    """Nodes ``cos(colatitude)`` from the north pole to the south, and weights that integrate over [-1, 1], both float64 of shape (n,).

    `grid` is ``"equiangular"`` (Clenshaw-Curtiss, with the poles), ``"legendre-gauss"`` or ``"lobatto"`` (Gauss-Legendre-Lobatto).
    Raises ValueError for another grid.
    """
    if grid == "legendre-gauss":
        nodes, weights = np.polynomial.legendre.leggauss(n)
    elif grid == "lobatto":
        inner = np.polynomial.legendre.Legendre.basis(n - 1).deriv().roots().real
        nodes = np.concatenate([[-1.0], np.sort(inner), [1.0]])
        last = np.polynomial.legendre.Legendre.basis(n - 1)(nodes)
        weights = 2.0 / (n * (n - 1) * last**2)
    elif grid == "equiangular":
        angles = np.linspace(0, np.pi, n)
        nodes = np.cos(angles)[::-1]
        half = np.arange(1, (n - 1) // 2 + 1)
        scale = np.where(2 * half == n - 1, 1.0, 2.0) / (4.0 * half**2 - 1)
        weights = (2.0 / (n - 1)) * (1 - (scale * np.cos(2 * np.outer(angles, half))).sum(1))
        weights[[0, -1]] /= 2
    else:
        raise ValueError(f"the grid is one of equiangular, legendre-gauss and lobatto, not {grid!r}")
    return nodes[::-1].copy(), weights[::-1].copy()


def associated_legendre(lmax: int, mmax: int, x: np.ndarray, csphase: bool = True) -> np.ndarray:
    """Associated Legendre functions of shape (mmax, lmax, len(x)), zero where the order exceeds the degree.

    Orthonormal on the sphere together with ``exp(i m longitude)``. By the three-term recurrence in the degree, started on the diagonal, in float64;
    `csphase` is the factor ``(-1)**m``.
    """
    values = np.zeros((mmax, lmax, len(x)))
    sine = np.sqrt(np.clip(1 - x * x, 0, None))
    diagonal = np.full(len(x), np.sqrt(1 / (4 * np.pi)))
    for m in range(min(mmax, lmax)):
        if m > 0:
            diagonal = np.sqrt((2 * m + 1) / (2 * m)) * sine * diagonal
        values[m, m] = diagonal
        if m + 1 < lmax:
            values[m, m + 1] = np.sqrt(2 * m + 3) * x * diagonal
        for degree in range(m + 2, lmax):
            a = np.sqrt((4 * degree**2 - 1) / (degree**2 - m**2))
            b = np.sqrt(((degree - 1) ** 2 - m**2) / (4 * (degree - 1) ** 2 - 1))
            values[m, degree] = a * (x * values[m, degree - 1] - b * values[m, degree - 2])
    if csphase:
        values[1::2] *= -1
    return values


def _truncation(nlat: int, nlon: int, lmax: int | None, mmax: int | None, grid: str) -> tuple[int, int]:
    """Triangular, as torch_harmonics has it since 0.9: as many orders as degrees."""
    most = {"legendre-gauss": nlat, "lobatto": nlat - 1}.get(grid, (nlat + 1) // 2)
    kept = min(most if lmax is None else lmax, nlon // 2 + 1 if mmax is None else mmax)
    return kept, kept


class _Transform(nn.Cell):
    def __init__(self, nlat: int, nlon: int, lmax: int | None, mmax: int | None, grid: str, norm: str, csphase: bool) -> None:
        super().__init__()
        if norm != "ortho":
            raise ValueError(f"the norm is ortho, not {norm!r}")
        self.nlat, self.nlon, self.grid, self.norm, self.csphase = nlat, nlon, grid, norm, csphase
        self.lmax, self.mmax = _truncation(nlat, nlon, lmax, mmax, grid)

    def _angles(self) -> np.ndarray:
        """Orders times longitudes, (mmax, nlon)."""
        return 2 * np.pi / self.nlon * np.outer(np.arange(self.mmax), np.arange(self.nlon))


class RealSHT(_Transform):
    """``torch_harmonics.RealSHT``: a real field (..., nlat, nlon) as complex coefficients (..., lmax, mmax).

    Degrees and orders are kept as torch_harmonics does since 0.9: as many of one as of the other, by default (nlat + 1) // 2 on equiangular grids;
    earlier versions kept nlat. Raises ValueError for another grid or norm.
    """

    def __init__(
        self,
        nlat: int,
        nlon: int,
        lmax: int | None = None,
        mmax: int | None = None,
        grid: str = "equiangular",
        norm: str = "ortho",
        csphase: bool = True,
    ) -> None:
        super().__init__(nlat, nlon, lmax, mmax, grid, norm, csphase)
        nodes, weights = quadrature(nlat, grid)
        legendre = associated_legendre(self.lmax, self.mmax, nodes, csphase)
        self.legendre = Tensor((legendre * weights).transpose(0, 2, 1).astype(np.float32))
        angles = self._angles()
        step = 2 * np.pi / nlon
        self.cosine = Tensor((step * np.cos(angles)).T.astype(np.float32))
        self.sine = Tensor((-step * np.sin(angles)).T.astype(np.float32))

    def _degrees(self, modes: Tensor) -> Tensor:
        """(..., nlat, mmax) to (..., lmax, mmax)."""
        by_order = modes.swapaxes(-1, -2).expand_dims(-2)
        return ops.matmul(by_order, self.legendre).squeeze(-2).swapaxes(-1, -2)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Real and imaginary parts of the coefficients, (..., lmax, mmax) each."""
        return self._degrees(ops.matmul(x, self.cosine)), self._degrees(ops.matmul(x, self.sine))

    def construct(self, x: Tensor) -> Tensor:
        """Field to coefficients."""
        real, imaginary = self.parts(x)
        return ops.Complex()(real, imaginary)


class InverseRealSHT(_Transform):
    """``torch_harmonics.InverseRealSHT``: complex coefficients (..., lmax, mmax) as a real field (..., nlat, nlon)."""

    def __init__(
        self,
        nlat: int,
        nlon: int,
        lmax: int | None = None,
        mmax: int | None = None,
        grid: str = "equiangular",
        norm: str = "ortho",
        csphase: bool = True,
    ) -> None:
        super().__init__(nlat, nlon, lmax, mmax, grid, norm, csphase)
        nodes, _ = quadrature(nlat, grid)
        self.legendre = Tensor(associated_legendre(self.lmax, self.mmax, nodes, csphase).astype(np.float32))
        angles = self._angles()
        # orders but 0 and the highest one a grid can tell stand for their negative twins too
        twice = np.full((self.mmax, 1), 2.0)
        twice[0] = 1.0
        if nlon % 2 == 0 and self.mmax == nlon // 2 + 1:
            twice[-1] = 1.0
        self.cosine = Tensor((twice * np.cos(angles)).astype(np.float32))
        self.sine = Tensor((-twice * np.sin(angles)).astype(np.float32))

    def _latitudes(self, part: Tensor) -> Tensor:
        """(..., lmax, mmax) to (..., nlat, mmax)."""
        by_order = part.swapaxes(-1, -2).expand_dims(-2)
        return ops.matmul(by_order, self.legendre).squeeze(-2).swapaxes(-1, -2)

    def from_parts(self, real: Tensor, imaginary: Tensor) -> Tensor:
        """The field of coefficients given by their real and imaginary parts."""
        return ops.matmul(self._latitudes(real), self.cosine) + ops.matmul(self._latitudes(imaginary), self.sine)

    def construct(self, x: Tensor) -> Tensor:
        """Coefficients to field."""
        return self.from_parts(ops.real(x), ops.imag(x))
