"""Hundreds of issues, fifty events a second: the page keeps up.

``WIREROOM_LOAD_S=60`` measures for a minute each, and then holds the longest frame to 100 ms: what
a machine paints that is busy with other tests says nothing of the page.
"""

import os
import time

import pytest

from tests.browser.chromium import Person
from tests.browser.conftest import Meet
from tests.browser.scripted import ScriptedDesk, an_issue

MEASURED = os.environ.get("WIREROOM_LOAD_S")
SECONDS = float(MEASURED or "5")
PER_SECOND = 50
LONGEST_FRAME_MS = 100
WITHIN_MS = 2_000
LARGEST_HEAP = 40_000_000
GROWTH = 1.15
WATCH = """() => {
  window.longest = 0;
  let before = performance.now();
  requestAnimationFrame(function next(now) {
    window.longest = Math.max(window.longest, now - before);
    before = now;
    requestAnimationFrame(next);
  });
}"""


@pytest.mark.parametrize("size", [500, 5_000] if MEASURED else [500])
def test_the_page_keeps_up(read_desk: str, meet: Meet, size: int) -> None:
    desk = ScriptedDesk([an_issue(number) for number in range(size)])
    reader = meet(read_desk)
    reader.page.route_web_socket("**/ws", desk.accept)
    reader.opens().sees(".rows li")
    moves(desk, reader, size, SECONDS / 5)  # each row has moved, each function has been compiled
    before = heap(reader)
    reader.page.evaluate(WATCH)

    told = moves(desk, reader, size, SECONDS)
    longest = reader.page.evaluate("window.longest")
    last = an_issue(1, title="The last of them", score=1)
    desk.tell("issue.updated", last.id, issue=last, was={"quadrant": "Policy", "score": 0.5})

    reader.sees(".rows li:first-child", "The last of them", timeout=WITHIN_MS)
    after = heap(reader)
    print(f"{size} issues, {told} events: longest frame {longest:.0f} ms, heap {before} to {after}")
    assert told >= (SECONDS - 1) * PER_SECOND
    assert after <= LARGEST_HEAP
    if MEASURED:
        assert longest <= LONGEST_FRAME_MS
        assert after <= GROWTH * before


def moves(desk: ScriptedDesk, reader: Person, size: int, seconds: float) -> int:
    """Tell fifty events a second; how many it were."""
    started, told = time.monotonic(), 0
    while (spent := time.monotonic() - started) < seconds:
        while told < spent * PER_SECOND:
            told += 1
            issue = an_issue(told % size, score=(told * 53 % 100) / 100)
            was = {"quadrant": issue.quadrant, "score": 0.5}
            desk.tell("issue.updated", issue.id, issue=issue, was=was)
        reader.page.wait_for_timeout(20)
    return told


def heap(reader: Person) -> int:
    """Bytes in use once all that nobody needs is gone."""
    tools = reader.context.new_cdp_session(reader.page)
    tools.send("HeapProfiler.collectGarbage")
    used = int(tools.send("Runtime.getHeapUsage")["usedSize"])
    tools.detach()
    return used


def test_five_thousand_issues_can_be_searched(read_desk: str, meet: Meet) -> None:
    desk = ScriptedDesk([an_issue(number) for number in range(5_000)])
    reader = meet(read_desk)
    reader.page.route_web_socket("**/ws", desk.accept)
    reader.opens()

    reader.page.get_by_label("Find an issue").fill("the 4711th time")

    reader.sees(".rows li:only-child", "the 4711th time")
