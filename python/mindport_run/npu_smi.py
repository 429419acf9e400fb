"""Ascend: what `npu-smi` prints, in its known layouts (it has no JSON form). Pure functions from text to readings."""

from __future__ import annotations

import re

from reading import Reading, ToolTrouble, number

_HEALTH = {"ok", "warning", "alarm", "critical", "unknown"}
_ADDRESS = re.compile(r"^[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f]$")
_PAIR = re.compile(r"(\S+)\s*/\s*(\S+)")
_POWER_KEYS = ("NPU Real-time Power(W)", "Power Dissipation(W)", "Rated Power Dissipation(W)")

# columns of `npu-smi info watch`; names hold blanks, so they are searched in the header, the longer before what it contains
_WATCH_COLUMNS = {
    "NpuID(Idx)": "npu",
    "ChipId(Idx)": "chip",
    "Pwr(W)": "power",
    "Temp(C)": "temperature",
    "AI Core(%)": "utilisation",
    "Memory(%)": "memory",
    "Memory BW(%)": "bandwidth",
    "AI Cpu(%)": "ai_cpu",
    "Ctrl Cpu(%)": "ctrl_cpu",
    "NPU Util(%)": "npu_utilisation",
    "AI Cube(%)": "cube",
    "AI Vector(%)": "vector",
}

_TROUBLES = (
    ("There is no NPU card", "no_device"),
    ("does not support querying", "unsupported"),
    ("Error parameter of", "bad_argument"),
    ("dcmi module initialize failed", "device_held"),
    ("Failed to query", "query_failed"),
)


def trouble(text: str) -> ToolTrouble | None:
    """What the tool says instead of an answer; None when it says nothing of the kind."""
    for words, what in _TROUBLES:
        at = text.find(words)
        if at >= 0:
            return ToolTrouble(what, " ".join(text[at:].split("\n")[0].split()))
    return None


def _device(npu: str, chip: str | None) -> str:
    return npu if chip in (None, "0") else f"{npu}.{chip}"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def info_table(text: str) -> list[Reading]:
    """
    The box table of `npu-smi info`: two lines a chip. The first is known by the word of health in its second cell, the other by a bus address
    (or NA) there. Memory is the last "used / total" of the second line: HBM comes after DDR. Raises ToolTrouble when the tool says why not.
    """
    readings: list[Reading] = []
    first: list[str] | None = None
    for line in text.splitlines():
        if not line.lstrip().startswith("|"):
            continue
        cells = _cells(line)
        # the newest layout has the id alone in a cell of its own
        if len(cells) == 4 and cells[0].isdigit():
            cells = [f"{cells[0]} {cells[1]}", *cells[2:]]
        if len(cells) != 3:
            continue
        if cells[1].lower() in _HEALTH and cells[0][:1].isdigit():
            first = cells
        elif first is not None and (_ADDRESS.match(cells[1]) or cells[1].upper() == "NA"):
            readings.append(_chip(first, cells))
            first = None
    if not readings:
        found = trouble(text)
        if found:
            raise found
    return readings


def _chip(first: list[str], second: list[str]) -> Reading:
    npu = first[0].split()[0]
    names = second[0].split()
    chip = names[0] if names else "0"
    figures = first[2].split()
    pairs = _PAIR.findall(second[2])
    used, total = pairs[-1] if pairs else (None, None)
    reading = Reading(
        device=_device(npu, chip),
        card=npu,
        power=number(figures[0]) if figures else None,
        temperature=number(figures[1]) if len(figures) > 1 else None,
        utilisation=number(second[2].split()[0]) if second[2].split() else None,
        memory=number(used),
        memory_total=number(total),
    )
    if first[1].lower() in ("alarm", "critical"):
        reading.flags.append("unhealthy")
    # a device that does not answer shows zeros for what nobody measured
    if second[1].upper() == "NA":
        reading.utilisation = reading.memory = reading.temperature = None
    return reading


def blocks(text: str) -> list[dict[str, str]]:
    """`key : value` lines, a dict a block; blank lines part the blocks."""
    found: list[dict[str, str]] = [{}]
    for line in text.splitlines():
        key, colon, value = line.partition(" : ")
        if colon:
            found[-1].setdefault(key.strip(), value.strip())
        elif not line.strip() and found[-1]:
            found.append({})
    return [block for block in found if block]


def common(text: str, npu: str) -> list[Reading]:
    """
    `npu-smi info -t common -i N` (or `-t power`, `-t usages`): a block a chip, and one of the management unit, which on some cards is the only
    one that tells the power. Raises ToolTrouble when nothing is told.
    """
    parts = blocks(text)
    power = None
    for key in _POWER_KEYS:
        values = [part[key] for part in parts if key in part]
        if values:
            power = number(values[0])
            break
    chips = [part for part in parts if part.get("Chip ID", "").isdigit()]
    readings = []
    for i, part in enumerate(chips):
        readings.append(
            Reading(
                device=_device(npu, part["Chip ID"]),
                card=npu,
                power=power if i == 0 else None,
                utilisation=number(part.get("Aicore Usage Rate(%)")),
                memory_percent=number(part.get("HBM Usage Rate(%)", part.get("Memory Usage Rate(%)"))),
                temperature=number(part.get("Temperature(C)")),
            )
        )
    if not readings and power is not None:
        readings.append(Reading(device=npu, card=npu, power=power))
    if not readings:
        raise trouble(text) or ToolTrouble("unreadable", text)
    return readings


def npu_ids(text: str) -> list[str]:
    """The ids of `npu-smi info -l`; -1 stands for a card that is not there."""
    return [part["NPU ID"] for part in blocks(text.replace("\n\tNPU ID", "\n\n\tNPU ID")) if part.get("NPU ID", "").isdigit()]


class Watch:
    """Lines of `npu-smi info watch`: a header once (again after a restart), then a row a chip at each delay, without time stamps."""

    def __init__(self) -> None:
        self._columns: list[str] | None = None

    def line(self, text: str) -> Reading | None:
        """The reading of a row; None for a header, a torn row and anything else."""
        if "NpuID" in text:
            self._columns = self._header(text)
            return None
        if self._columns is None:
            return None
        fields = text.split()
        if len(fields) != len(self._columns):
            return None
        row = dict(zip(self._columns, fields))
        npu, chip = row.get("npu", ""), row.get("chip", "0")
        if not npu.isdigit() or not chip.isdigit():
            return None
        return Reading(
            device=_device(npu, chip),
            card=npu,
            power=number(row.get("power")),
            temperature=number(row.get("temperature")),
            utilisation=number(row.get("utilisation")),
            memory_percent=number(row.get("memory")),
        )

    @staticmethod
    def _header(text: str) -> list[str] | None:
        """Names in their order; None when something stands between them that is not known, since then no field can be told."""
        rest = text
        at: list[tuple[int, str]] = []
        for name in sorted(_WATCH_COLUMNS, key=len, reverse=True):
            found = rest.find(name)
            if found >= 0:
                at.append((found, _WATCH_COLUMNS[name]))
                rest = rest[:found] + " " * len(name) + rest[found + len(name) :]
        for match in re.finditer(r"\S+(?: \S+)*", rest):
            at.append((match.start(), f"unknown{match.start()}"))
        return [name for _, name in sorted(at)] or None
