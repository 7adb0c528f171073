"""The machine under the figures: what it is, what else runs on it, what a process holds."""

import os
import platform
import re
import resource
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def describe() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.findall(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[0])
    return (
        f"{found[1] if found else platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{memory / 2**20:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"
    )


def resident_bytes(pids: list[int]) -> int:
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE for pid in pids)


def cpu_seconds(pids: list[int]) -> float:
    """User and system time so far."""
    return sum(time.clock_gettime(_cpu_clock_of(pid)) for pid in pids)


def _cpu_clock_of(pid: int) -> int:
    """As ``clock_getcpuclockid`` makes it on Linux: the scheduler's clock of a whole process."""
    return ~pid << 3 | 2


def socket_bytes() -> int:
    """What the kernel holds for TCP, of all processes."""
    text = Path("/proc/net/sockstat").read_text()
    return int(re.findall(r"^TCP:.* mem (\d+)", text, re.MULTILINE)[0]) * PAGE


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def allow_many_files() -> None:
    """For the servers, which inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Load:
    """How busy the cores are between ``__init__`` and the questions, and with whom."""

    def __init__(self, ours: list[int]) -> None:
        self._ours = {pid: _ticks_of(pid) for pid in {*ours, os.getpid()}}
        self._cores = _busy_ticks()
        self._since = time.monotonic()

    def foreign_share(self) -> float:
        """Of one core, taken by processes that are not ours."""
        busy = sum(_busy_ticks()) - sum(self._cores)
        ours = sum(_ticks_of(pid) - before for pid, before in self._ours.items())
        return max(0.0, busy - ours) / TICKS / self._seconds()

    def of_core(self, core: int) -> float:
        return (_busy_ticks()[core] - self._cores[core]) / TICKS / self._seconds()

    def _seconds(self) -> float:
        return max(time.monotonic() - self._since, 1 / TICKS)


def _busy_ticks() -> list[int]:
    """User, nice and system time of each core; interrupts belong to nobody."""
    lines = re.findall(r"^cpu\d+ (\d+) (\d+) (\d+)", Path("/proc/stat").read_text(), re.MULTILINE)
    return [sum(map(int, line)) for line in lines]


def _ticks_of(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
