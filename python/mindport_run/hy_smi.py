"""Hygon and Sugon DCU: what `hy-smi` and old `rocm-smi` print, as a table and as JSON that often is none. Pure functions from text to readings."""

from __future__ import annotations

import json
import re

from reading import Reading, ToolTrouble, number

_MISSING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*"\s*:\s*"(?:[^"\\]|\\.)*")\s*(?=")')
_POWER = ("Average Graphics Package Power (W)", "Current Socket Graphics Package Power (W)", "Max Graphics Package Power (W)")


def json_text(text: str) -> dict[str, dict[str, str]]:
    """The object in the tool's answer: banners round it are cut, missing commas put in. Raises ToolTrouble for what is none."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ToolTrouble("unreadable", " ".join(text.split())[:200] or "no answer")
    body = text[start : end + 1]
    for attempt in (body, _MISSING_COMMA.sub(r"\1,", body)):
        try:
            value = json.loads(attempt)
        except ValueError:
            continue
        if isinstance(value, dict):
            return {card: told for card, told in value.items() if isinstance(told, dict)}
    raise ToolTrouble("unreadable", body[:200])


def from_json(text: str) -> list[Reading]:
    """A reading a card of `hy-smi ... --json`."""
    readings = []
    for card, told in json_text(text).items():
        match = re.match(r"^card(\d+)$", card)
        if not match:
            continue
        power = next((told[key] for key in _POWER if key in told), None)
        junction = _field(told, r"temperature \(sensor (junction|core)\)")
        reading = Reading(
            device=match.group(1),
            card=match.group(1),
            power=number(power),
            utilisation=number(_field(told, r"(DCU|HCU|GPU) use \(%\)")),
            memory_percent=number(_field(told, r"(DCU|HCU|GPU) memory use \(%\)")),
            memory=_mebibytes(told, r"vram total used memory \((MiB|B)\)"),
            memory_total=_mebibytes(told, r"vram total memory \((MiB|B)\)"),
            temperature=number(junction if junction is not None else _field(told, r"temperature")),
            power_limit=number(_field(told, r"(max graphics package power|power ?cap)")) if power != told.get(_POWER[2]) else None,
        )
        readings.append(reading.judge())
    return readings


def _field(told: dict[str, str], pattern: str) -> str | None:
    """The value of the first key that begins with `pattern`; names change their case by release."""
    for key, value in told.items():
        if re.match(pattern, key, re.IGNORECASE):
            return str(value)
    return None


def _mebibytes(told: dict[str, str], pattern: str) -> float | None:
    """A size in MiB; the key tells the unit."""
    for key, value in told.items():
        match = re.match(pattern, key, re.IGNORECASE)
        if match:
            size = number(str(value))
            return size if size is None or match.group(1) == "MiB" else size / 1048576
    return None


def from_table(text: str) -> list[Reading]:
    """
    A reading a row of the table, whose columns are found by their names: the first is DCU, HCU or GPU by release. Raises ToolTrouble when no
    such table is there.
    """
    columns: list[str] | None = None
    readings = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("DCU", "HCU", "GPU") and "Temp" in words:
            columns = words
            continue
        if columns is None or not words[0].isdigit() or len(words) != len(columns):
            continue
        row = dict(zip(columns, words))
        reading = Reading(
            device=words[0],
            card=words[0],
            power=number(row.get("AvgPwr")),
            power_limit=number(row.get("PwrCap")),
            temperature=number(row.get("Temp")),
            memory_percent=number(row.get("VRAM%")),
            utilisation=number(next((row[name] for name in ("DCU%", "HCU%", "GPU%") if name in row), None)),
        )
        readings.append(reading.judge())
    if columns is None:
        raise ToolTrouble("unreadable", " ".join(text.split())[:200] or "no answer")
    return readings
