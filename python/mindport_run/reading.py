"""One look at one device, and its short form in `telemetry/<node>.jsonl`. What a tool does not tell is None, never 0."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

_NOT_TOLD = {"", "-", "na", "n/a", "[n/a]", "[not supported]", "[unknown error]", "[gpu requires reset]", "none", "unknown"}


def number(text: str | None) -> float | None:
    """The number a cell holds, without its unit ("54.0C", "171.0W", "61%"); None for `-`, NA, [N/A] and whatever is no number."""
    if text is None or text.strip().lower() in _NOT_TOLD:
        return None
    digits = text.strip()
    end = len(digits)
    while end > 0 and not (digits[end - 1].isdigit() or digits[end - 1] == "."):
        end -= 1
    try:
        value = float(digits[:end])
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@dataclass
class Reading:
    """What a tool tells of a device. `card` bears the power sensor: several chips may share one, and then only one of them tells it."""

    device: str
    card: str
    power: float | None = None
    """watts"""
    utilisation: float | None = None
    """percent"""
    memory: float | None = None
    """MiB in use"""
    memory_total: float | None = None
    """MiB"""
    memory_percent: float | None = None
    temperature: float | None = None
    """degrees Celsius"""
    energy: float | None = None
    """joules by a counter of the device, since any fixed moment before"""
    power_limit: float | None = None
    flags: list[str] = field(default_factory=list)
    """"implausible": the power told cannot be true; "unhealthy": the tool says so"""

    def judge(self) -> "Reading":
        """Flags a power that cannot be true: under a twentieth of the limit while the device is at work."""
        if self.power is not None and self.power_limit and self.utilisation is not None:
            if self.power < 0.05 * self.power_limit and self.utilisation > 30 and "implausible" not in self.flags:
                self.flags.append("implausible")
        return self

    def short(self) -> dict[str, Any]:
        """The form in the file; what is None is left out."""
        told = {
            "id": self.device,
            "card": None if self.card == self.device else self.card,
            "p": self.power,
            "u": self.utilisation,
            "m": self.memory,
            "M": self.memory_total,
            "mp": self.memory_percent,
            "c": self.temperature,
            "e": self.energy,
            "f": self.flags or None,
        }
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in told.items() if value is not None}


class ToolTrouble(Exception):
    """A tool answered that it cannot tell. `what` is a fixed word, the message is the tool's own."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(text)
        self.what = what
        self.text = text[:300]
