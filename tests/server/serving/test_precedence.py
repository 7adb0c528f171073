"""The loop's thread goes first, and only it."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from server.serving import precedence
from server.serving.precedence import SLICE_NS, SWITCH_S

LOOK = """
import os, sys, threading
from pathlib import Path
from server.serving import precedence

def look(name):
    print(name, *Path("/proc/thread-self/sched").read_text().split("\\n"), sep="\\n")

os.nice(3)
taken = precedence.take()
print("taken", taken, sys.getswitchinterval(), os.getpriority(os.PRIO_PROCESS, 0))
if Path("/proc/thread-self/sched").exists():
    look("first")
    other = threading.Thread(target=look, args=("other",))
    other.start()
    other.join()
"""


def looked() -> str:
    """What a process sees that has taken precedence: its own is not changed for other tests."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    return done.stdout


def test_threads_give_the_interpreter_up_soon_and_niceness_stays() -> None:
    assert re.match(rf"taken (True|False) {SWITCH_S} 3\n", looked())


def test_the_loops_thread_has_the_shortest_slice_and_others_keep_theirs() -> None:
    first, found, other = looked().partition("other")
    if not found or "se.slice" not in first:
        pytest.skip("NOT CHECKED: this kernel does not tell of slices")
    slices = [int(re.findall(r"se\.slice\s*:\s*(\d+)", part)[0]) for part in (first, other)]

    assert slices[0] == SLICE_NS
    assert slices[1] > SLICE_NS


@pytest.mark.parametrize(
    ("where", "what"), [("sys.platform", "darwin"), ("platform.machine", "vax")]
)
def test_elsewhere_only_the_interpreter_is_asked(
    where: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name = where.split(".")
    value = what if owner == "sys" else lambda: what
    monkeypatch.setattr(getattr(precedence, owner), name, value)
    switched: list[float] = []
    monkeypatch.setattr(precedence.sys, "setswitchinterval", switched.append)

    assert not precedence.take()
    assert switched == [SWITCH_S]


def test_a_policy_that_an_administrator_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence.sys, "setswitchinterval", lambda _seconds: None)
    monkeypatch.setattr(precedence.os, "sched_getscheduler", lambda _pid: 1)

    assert not precedence.take()


def not_implemented(_pid: int) -> int:
    raise OSError(38, "Function not implemented")


def below_zero(_which: int, _who: int) -> int:
    return -5


@pytest.mark.parametrize(
    ("name", "says"), [("sched_getscheduler", not_implemented), ("getpriority", below_zero)]
)
def test_linux_is_not_asked_where_it_does_not_say_or_others_would_lose_their_niceness(
    name: str, says: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(precedence.sys, "setswitchinterval", lambda _seconds: None)
    monkeypatch.setattr(precedence.ctypes, "CDLL", asked.append)
    monkeypatch.setattr(precedence.os, name, says)

    assert not precedence.take()
    assert not asked
