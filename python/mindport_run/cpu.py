"""The processor: RAPL energy counters, load and memory of the host. Power is measured or not told; no constant stands for it."""

from __future__ import annotations

import os
import re

from reading import Reading, ToolTrouble


class Rapl:
    """Counters of the processor packages below `folder`. They wrap at `max_energy_range_uj`; here they only grow."""

    def __init__(self, folder: str = "/sys/class/powercap") -> None:
        self._counters: list[tuple[str, int]] = []
        self._last: dict[str, int] = {}
        self._joules: dict[str, float] = {}
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            names = []
        denied = False
        for name in names:
            # packages only: core, uncore and dram are parts of them or overlap, psys holds them all
            if not re.match(r"^(intel|amd)-rapl:\d+$", name):
                continue
            path = os.path.join(folder, name)
            try:
                if not _read(os.path.join(path, "name")).startswith("package"):
                    continue
                self._last[path] = int(_read(os.path.join(path, "energy_uj")))
                span = int(_read(os.path.join(path, "max_energy_range_uj")))
            except PermissionError:
                denied = True
                continue
            except (OSError, ValueError):
                continue
            self._counters.append((path, span))
            self._joules[path] = 0.0
        if not self._counters:
            if denied:
                raise ToolTrouble("no_permission", "the energy counters of this processor can be read by root only")
            raise ToolTrouble("no_sensor", "this processor shows no energy counters")

    def joules(self) -> float:
        """Joules of all packages since this object was made. Raises OSError when a counter is gone."""
        for path, span in self._counters:
            now = int(_read(os.path.join(path, "energy_uj")))
            grown = now - self._last[path]
            if grown < 0:
                grown += span
            self._last[path] = now
            self._joules[path] += grown / 1e6
        return sum(self._joules.values())


def _read(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read(256).strip()


class Host:
    """Load between two looks and memory in use, from /proc."""

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._last: tuple[int, int] | None = None

    def look(self) -> Reading:
        """The host as one device named "cpu"."""
        reading = Reading(device="cpu", card="cpu")
        try:
            with open(os.path.join(self._proc, "stat"), encoding="ascii") as file:
                ticks = [int(word) for word in file.readline().split()[1:9]]
            busy, whole = sum(ticks) - ticks[3] - ticks[4], sum(ticks)
            if self._last is not None and whole > self._last[1]:
                reading.utilisation = 100 * (busy - self._last[0]) / (whole - self._last[1])
            self._last = (busy, whole)
            sizes = {}
            with open(os.path.join(self._proc, "meminfo"), encoding="ascii") as file:
                for line in file:
                    name, _, rest = line.partition(":")
                    sizes[name] = int(rest.split()[0]) / 1024
            reading.memory_total = sizes["MemTotal"]
            reading.memory = sizes["MemTotal"] - sizes["MemAvailable"]
        except (OSError, ValueError, IndexError, KeyError):
            pass
        return reading
