"""
Samples the devices of this node beside a run and appends to `telemetry/<node>.jsonl`. Standard library only; it only reads.

    python sampler.py --chip npu|dcu|gpu|cpu --out FILE --parent PID [--interval SECONDS] [--used 0,1] [--name NODE]

It ends on TERM, when the process `--parent` is gone, or when the file can no longer be written. Lines (`v` 1, `t` wall and `mono` monotonic
seconds of this node): `k` "start" (tool, interval), "s" (a sample: `d` one object a device, see reading.py), "rate" (a new interval), "note" (why
something is not told), "end".
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import cpu
import hy_smi
import npu_smi
import nvidia_smi
from reading import Reading, ToolTrouble

_TOOL_SECONDS = 20


def interval_at(elapsed: float, base: float) -> float:
    """Seconds between samples: `base` in the first hour, then five and after a day fifteen times that, so that a month stays below 200 MB."""
    return base * (1 if elapsed < 3600 else 5 if elapsed < 86_400 else 15)


class Writer:
    """Appends whole lines; a full disk ends the sampling, never the run."""

    def __init__(self, path: str, node: str) -> None:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._node = node

    def write(self, kind: str, at: tuple[float, float] | None = None, **fields: Any) -> None:
        t, mono = at or (time.time(), time.monotonic())
        record = {"v": 1, "k": kind, "t": round(t, 3), "mono": round(mono, 3), **fields}
        os.write(self._file, json.dumps(record, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n")

    def start(self, chip: str, tool: str, interval: float, used: list[str] | None) -> None:
        self.write("start", host=socket.gethostname(), node=self._node, chip=chip, tool=tool, interval=interval, used=used)


class Stop:
    """Whether to end: asked to, or the parent is gone."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._asked = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self._asked.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def __call__(self) -> bool:
        return self._asked.is_set() or (self._parent > 0 and os.getppid() != self._parent)

    def wait(self, seconds: float) -> None:
        """Sleeps, but notices within half a second that the end has come."""
        limit = time.monotonic() + seconds
        while not self() and (left := limit - time.monotonic()) > 0:
            self._asked.wait(min(0.5, left))


def ask(*command: str) -> str:
    """What a tool prints on both streams. Raises ToolTrouble when there is no such tool, it hangs or it fails without a word."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_TOOL_SECONDS, check=False)
    except (FileNotFoundError, PermissionError) as error:
        raise ToolTrouble("no_tool", f"{command[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise ToolTrouble("hangs", f"{command[0]} did not answer in {_TOOL_SECONDS} s") from error
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0 and not text.strip():
        raise ToolTrouble("failed", f"{command[0]} ended with {done.returncode}")
    return text


def lines_of(command: list[str], stop: Callable[[], bool], silence: float) -> Iterator[tuple[tuple[float, float], str]]:
    """Lines of a tool that goes on printing, with the time each came. Ends when it ends, or says nothing for `silence` seconds."""
    try:
        tool = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise ToolTrouble("no_tool", f"{command[0]}: {error.strerror}") from error
    came: queue.Queue[tuple[tuple[float, float], str] | None] = queue.Queue(maxsize=4096)

    def read() -> None:
        assert tool.stdout is not None
        for raw in tool.stdout:
            came.put(((time.time(), time.monotonic()), raw.decode("utf-8", "replace").rstrip("\r\n")))
        came.put(None)

    threading.Thread(target=read, daemon=True).start()
    heard = time.monotonic()
    try:
        while not stop():
            try:
                item = came.get(timeout=0.2)
            except queue.Empty:
                if time.monotonic() - heard > silence:
                    return
                continue
            if item is None:
                return
            heard = time.monotonic()
            yield item
    finally:
        tool.terminate()
        try:
            tool.wait(3)
        except subprocess.TimeoutExpired:
            tool.kill()
            tool.wait()


class Sampling:
    """One node's sampling from start to end."""

    def __init__(self, options: argparse.Namespace, writer: Writer, stop: Stop) -> None:
        self.chip: str = options.chip
        self.base: float = options.interval
        self.used = [word for word in options.used.split(",") if word] or None
        self.writer, self.stop = writer, stop
        self.began = time.monotonic()
        self.interval = self.base
        self.started = False
        self.noted: set[str] = set()

    def begin(self, tool: str) -> None:
        self.writer.start(self.chip, tool, self.interval, self.used)
        self.started = True

    def note(self, trouble: ToolTrouble) -> None:
        """Tells each trouble once."""
        if trouble.what not in self.noted:
            self.noted.add(trouble.what)
            self.writer.write("note", what=trouble.what, text=trouble.text)

    def sample(self, readings: list[Reading], at: tuple[float, float] | None = None) -> None:
        if readings:
            self.writer.write("s", at, d=[reading.short() for reading in readings])

    def keep_pace(self) -> bool:
        """Whether the interval has just changed."""
        due = interval_at(time.monotonic() - self.began, self.base)
        if due == self.interval:
            return False
        self.interval = due
        self.writer.write("rate", interval=due)
        return True

    def poll(self, tool: str, look: Callable[[], list[Reading]]) -> None:
        """Looks again and again until the end, and once more then. Ten failures in a row end it."""
        self.begin(tool)
        failures = 0
        while True:
            last = self.stop()
            before = time.time(), time.monotonic()
            try:
                readings = look()
                after = time.time(), time.monotonic()
                # a tool measures at some moment of its run
                self.sample(readings, ((before[0] + after[0]) / 2, (before[1] + after[1]) / 2))
                failures = 0
            except ToolTrouble as trouble:
                self.note(trouble)
                failures += 1
            if last or failures >= 10:
                return
            self.keep_pace()
            self.stop.wait(max(0.0, self.interval - (time.monotonic() - before[1])))

    def stream(self, tool: str, command: Callable[[float], list[str]], read: Callable[[str], Reading | None]) -> bool:
        """
        Takes rows of a tool that prints a row a device at each delay; rows of one delay become one sample. Returns false when it told nothing
        at all, so that another way may be tried; a tool that ends later is started again.
        """
        told = False
        restarts = 0
        while not self.stop() and restarts < 10:
            round_: dict[str, Reading] = {}
            at: tuple[float, float] | None = None
            for came, line in lines_of(command(self.interval), self.stop, 3 * self.interval + 5):
                reading = read(line)
                if reading is None:
                    trouble = npu_smi.trouble(line) if self.chip == "npu" else nvidia_smi.trouble(line)
                    if trouble:
                        self.note(trouble)
                    continue
                if not told:
                    told = True
                    self.begin(tool)
                if reading.device in round_ or (at is not None and came[1] - at[1] > self.interval / 2):
                    self.sample(list(round_.values()), at)
                    round_, at = {}, None
                    restarts = 0
                    if self.keep_pace():
                        break
                round_[reading.device] = reading
                at = at or came
            self.sample(list(round_.values()), at)
            if not told:
                return False
            restarts += 1
            if not self.stop():
                self.stop.wait(min(self.interval, 5))
        return told


def sample_npu(sampling: Sampling) -> None:
    """Ascend: the watch if there is one, else the table, else card by card."""
    watch = npu_smi.Watch()
    buffered = ["stdbuf", "-oL"] if shutil.which("stdbuf") else []

    def command(interval: float) -> list[str]:
        return [*buffered, "npu-smi", "info", "watch", "-d", str(max(1, round(interval))), "-s", "ptam"]

    if shutil.which("npu-smi") is None:
        raise ToolTrouble("no_tool", "npu-smi is not in PATH")
    if sampling.stream("npu-smi info watch", command, watch.line) or sampling.stop():
        return

    def table() -> list[Reading]:
        readings = npu_smi.info_table(ask("npu-smi", "info"))
        if not readings:
            raise ToolTrouble("unreadable", "npu-smi info shows no table that is known")
        if any(reading.power is not None for reading in readings):
            return readings
        return cards(sorted({reading.card for reading in readings}))

    def cards(ids: list[str]) -> list[Reading]:
        readings: list[Reading] = []
        last: ToolTrouble | None = None
        for npu in ids:
            try:
                readings += npu_smi.common(ask("npu-smi", "info", "-t", "common", "-i", npu), npu)
            except ToolTrouble as trouble:
                last = trouble
                sampling.note(trouble)
        if not readings and last is not None:
            raise last
        return readings

    try:
        table()
    except ToolTrouble as trouble:
        sampling.note(trouble)
        ids = npu_smi.npu_ids(ask("npu-smi", "info", "-l"))
        if not ids:
            raise
        sampling.poll("npu-smi info -t common", lambda: cards(ids))
        return
    sampling.poll("npu-smi info", table)


def dcu_tools() -> list[str]:
    """Where the tool may be when no module put it in PATH. hy-smi and rocm-smi show the same cards: one of them is used."""
    places = ["hy-smi", "/opt/hyhal/bin/hy-smi", *sorted(glob.glob("/opt/dtk*/bin/hy-smi")), "rocm-smi", *sorted(glob.glob("/opt/dtk*/bin/rocm-smi"))]
    return [place for place in places if shutil.which(place)]


_DCU_FLAGS = (
    ("--showpower", "--showuse", "--showmemuse", "--showtemp", "--json"),
    ("--showpower", "--showuse", "--showtemp", "--json"),
    ("--showpower", "--showuse", "--json"),
    ("--showpower", "--json"),
    (),
)


def sample_dcu(sampling: Sampling) -> None:
    """DCU: JSON with as many flags as the release takes, else the table."""
    tools = dcu_tools()
    if not tools:
        raise ToolTrouble("no_tool", "neither hy-smi nor rocm-smi was found; load the DTK module in the set-up of this machine")
    last = ToolTrouble("unreadable", "no answer")
    for tool in tools:
        for flags in _DCU_FLAGS:

            def look(tool: str = tool, flags: tuple[str, ...] = flags) -> list[Reading]:
                text = ask(tool, *flags)
                return hy_smi.from_json(text) if flags else hy_smi.from_table(text)

            try:
                readings = look()
            except ToolTrouble as trouble:
                last = trouble
                continue
            if any(reading.power is not None for reading in readings):
                sampling.poll(" ".join([os.path.basename(tool), *flags]), look)
                return
    raise last


def sample_gpu(sampling: Sampling) -> None:
    """NVIDIA: one process that goes on printing, and the energy counter where the driver has one."""
    if shutil.which("nvidia-smi") is None:
        raise ToolTrouble("no_tool", "nvidia-smi is not in PATH")
    counters = nvidia_smi.EnergyCounters(os.environ.get("MINDPORT_NVML", "libnvidia-ml.so.1"))

    def read(line: str) -> Reading | None:
        told = nvidia_smi.row(line)
        if told is None:
            return None
        reading, uuid = told
        reading.energy = counters.joules(uuid)
        return reading

    def command(interval: float) -> list[str]:
        fields = ",".join(nvidia_smi.FIELDS)
        return ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits", "-lms", str(round(1000 * interval))]

    if not sampling.stream("nvidia-smi", command, read) and not sampling.noted and not sampling.stop():
        raise ToolTrouble("unreadable", "nvidia-smi printed no row that is known")


def sample_cpu(sampling: Sampling) -> None:
    """The processor's counters if they can be read; load and memory anyway."""
    host = cpu.Host()
    host.look()
    rapl: cpu.Rapl | None = None
    tool = "/proc"
    try:
        rapl = cpu.Rapl(os.environ.get("MINDPORT_POWERCAP", "/sys/class/powercap"))
        tool = "RAPL"
    except ToolTrouble as trouble:
        sampling.note(trouble)

    def look() -> list[Reading]:
        reading = host.look()
        if rapl is not None:
            try:
                reading.energy = rapl.joules()
            except (OSError, ValueError) as error:
                raise ToolTrouble("sensor_gone", str(error)) from error
        return [reading]

    sampling.poll(tool, look)


_SAMPLERS = {"npu": sample_npu, "dcu": sample_dcu, "gpu": sample_gpu, "cpu": sample_cpu}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chip", choices=sorted(_SAMPLERS), required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--parent", type=int, default=0)
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--used", default="")
    parser.add_argument("--name", default=socket.gethostname())
    options = parser.parse_args(argv)
    options.interval = min(max(options.interval, 0.1), 3600.0)
    stop = Stop(options.parent)
    try:
        writer = Writer(options.out, options.name)
        sampling = Sampling(options, writer, stop)
        try:
            _SAMPLERS[options.chip](sampling)
        except ToolTrouble as trouble:
            if not sampling.started:
                sampling.begin("none")
            sampling.note(trouble)
        if not sampling.started:
            sampling.begin("none")
        writer.write("end")
    except OSError:
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
