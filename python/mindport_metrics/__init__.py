"""
RMSE and ACC over variable and lead time from saved forecast fields, by named definition.

    python -m mindport_metrics --prediction forecast.nc --truth analysis.nc --climatology climate.nc --mask land.nc --definition fcn,wb2

reads npy, npz, HDF5 (h5py), NetCDF (h5py; the classic form through scipy) and Zarr folders, and writes `scores.json` and
`fields.json` into the results of the MindPort run it is called in, or into --out. Needs numpy; other packages only for the
formats named. Fields are read piece by piece.
"""

from .problem import Problem
from .scores import Score, compute

__all__ = ["Problem", "Score", "compute"]
