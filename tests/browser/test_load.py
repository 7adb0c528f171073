"""Five hundred issues, fifty events a second: the page keeps up.

``WIREROOM_LOAD_S=60`` measures for a minute, and then holds the longest task to 100 ms: what a
machine paints that is busy with other tests says nothing of the page.
"""

import os
import time

from tests.browser.conftest import Meet
from tests.browser.scripted import ScriptedDesk, an_issue

MEASURED = os.environ.get("WIREROOM_LOAD_S")
SECONDS = float(MEASURED or "5")
PER_SECOND = 50
LONGEST_TASK_MS = 100
WITHIN_MS = 2_000
LARGEST_HEAP = 40_000_000
WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      window.longest = Math.max(window.longest, duration);
    }
  }).observe({ type: "longtask" });
}"""


def test_the_page_keeps_up(read_desk: str, meet: Meet) -> None:
    desk = ScriptedDesk([an_issue(number) for number in range(500)])
    reader = meet(read_desk)
    reader.page.route_web_socket("**/ws", desk.accept)
    reader.opens().sees(".rows li")
    reader.page.evaluate(WATCH)

    started, told = time.monotonic(), 0
    while (spent := time.monotonic() - started) < SECONDS:
        while told < spent * PER_SECOND:
            told += 1
            issue = an_issue(told % 500, score=(told * 53 % 100) / 100)
            was = {"quadrant": issue.quadrant, "score": 0.5}
            desk.tell("issue.updated", issue.id, issue=issue, was=was)
        reader.page.wait_for_timeout(20)

    last = an_issue(1, title="The last of them", score=1)
    desk.tell("issue.updated", last.id, issue=last, was={"quadrant": "Policy", "score": 0.5})

    reader.sees(".rows li:first-child", "The last of them", timeout=WITHIN_MS)
    longest = reader.page.evaluate("window.longest")
    heap = reader.page.evaluate("performance.memory.usedJSHeapSize")
    print(f"{told} events, longest task {longest:.0f} ms, heap {heap / 1e6:.0f} MB")
    assert told >= (SECONDS - 1) * PER_SECOND
    assert heap <= LARGEST_HEAP
    if MEASURED:
        assert longest <= LONGEST_TASK_MS


def test_five_thousand_issues_can_be_searched(read_desk: str, meet: Meet) -> None:
    desk = ScriptedDesk([an_issue(number) for number in range(5_000)])
    reader = meet(read_desk)
    reader.page.route_web_socket("**/ws", desk.accept)
    reader.opens()

    reader.page.get_by_label("Find an issue").fill("the 4711th time")

    reader.sees(".rows li:only-child", "the 4711th time")
