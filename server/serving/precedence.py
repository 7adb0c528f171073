"""The event loop's thread goes before the desk's others: for the interpreter, and for a core.

An ingest keeps the writer and a few readers busy in the same process. Without this a request that
arrives waits until one of them has had its whole turn: 5 ms for the interpreter, then as much again
for a core where there are few.
"""

import ctypes
import os
import platform
import sys
from typing import Final

SWITCH_S: Final = 0.00015
"""A thread that computes gives the interpreter up so soon. A fan-out gives it up for every system
call, and waits as long each time to go on."""
SLICE_NS: Final = 100_000
"""Linux wakes a thread before those that ask for longer slices than its own: this is the least."""
_SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
_RESET_ON_FORK: Final = 1


class _Attributes(ctypes.Structure):
    """``struct sched_attr`` of <linux/sched/types.h>, as Linux 3.14 knew it."""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    ]


def take() -> bool:
    """For the loop's thread, before it starts others: theirs stay as they are.

    Returns whether Linux was asked; before 6.12 it says yes and nothing changes. Where an
    administrator has chosen another policy than the usual one, or a niceness below 0, that stays.
    """
    sys.setswitchinterval(SWITCH_S)
    number = _SCHED_SETATTR.get(platform.machine())
    if sys.platform != "linux" or number is None or not _is_usual():
        return False
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    if nice < 0:  # which the other threads, the worker and a successor would lose
        return False
    wanted = _Attributes(
        size=ctypes.sizeof(_Attributes),
        policy=os.SCHED_OTHER,
        flags=_RESET_ON_FORK,
        nice=nice,
        runtime=SLICE_NS,
    )
    refused: int = ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wanted), 0)
    return refused == 0


def _is_usual() -> bool:
    try:
        return os.sched_getscheduler(0) == os.SCHED_OTHER
    except OSError:  # musl's C library never says, and a container may forbid to ask
        return False
