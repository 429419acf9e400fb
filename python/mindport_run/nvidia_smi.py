"""NVIDIA: rows of `nvidia-smi --query-gpu=... --format=csv,noheader,nounits`, and the energy counter of the driver's library."""

from __future__ import annotations

import csv
import ctypes

from reading import Reading, ToolTrouble, number

FIELDS = (
    "timestamp",
    "index",
    "uuid",
    "name",
    "power.draw",
    "power.limit",
    "utilization.gpu",
    "utilization.memory",
    "memory.used",
    "memory.total",
    "temperature.gpu",
    "pstate",
)

_TROUBLES = (
    ("NVIDIA-SMI has failed", "driver"),
    ("Unable to determine the device handle", "device_lost"),
    ("No devices were found", "no_device"),
    ("is not a valid field to query", "bad_argument"),
)


def trouble(text: str) -> ToolTrouble | None:
    """What the tool says instead of a row; None when it says nothing of the kind."""
    for words, what in _TROUBLES:
        if words in text:
            return ToolTrouble(what, " ".join(text.split()))
    return None


def row(line: str) -> tuple[Reading, str] | None:
    """The reading of a row and the device's uuid; None for a header, a torn row and anything else. A name may hold a comma and is then quoted."""
    cells = next(csv.reader([line], skipinitialspace=True), [])
    if len(cells) != len(FIELDS):
        return None
    told = {name: cell.strip() for name, cell in zip(FIELDS, cells)}
    if not told["index"].isdigit():
        return None
    reading = Reading(
        device=told["index"],
        card=told["index"],
        power=number(told["power.draw"]),
        power_limit=number(told["power.limit"]),
        utilisation=number(told["utilization.gpu"]),
        memory=number(told["memory.used"]),
        memory_total=number(told["memory.total"]),
        temperature=number(told["temperature.gpu"]),
    )
    return reading, told["uuid"]


class EnergyCounters:
    """Joules a GPU has used since the driver was loaded (Volta and newer), by NVML. Without the library every answer is None."""

    def __init__(self, library: str = "libnvidia-ml.so.1") -> None:
        self._library: ctypes.CDLL | None = None
        self._handles: dict[str, ctypes.c_void_p | None] = {}
        try:
            loaded = ctypes.CDLL(library)
            if loaded.nvmlInit_v2() == 0:
                self._library = loaded
        except (OSError, AttributeError):
            pass

    def joules(self, uuid: str) -> float | None:
        """The counter of the device `uuid` in joules."""
        if self._library is None:
            return None
        try:
            if uuid not in self._handles:
                handle = ctypes.c_void_p()
                failed = self._library.nvmlDeviceGetHandleByUUID(uuid.encode(), ctypes.byref(handle))
                self._handles[uuid] = None if failed else handle
            known = self._handles[uuid]
            if known is None:
                return None
            millijoules = ctypes.c_ulonglong()
            failed = self._library.nvmlDeviceGetTotalEnergyConsumption(known, ctypes.byref(millijoules))
            return None if failed else millijoules.value / 1000
        except AttributeError:
            return None
