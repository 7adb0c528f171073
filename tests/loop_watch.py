"""How long callbacks keep the event loop.

Measured in CPU time of the loop's own thread, so that a busy machine does not count against it,
and without the tracer of the coverage, which would be most of what is measured.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

LIMIT_S = 0.005


class Watch:
    """The longest CPU time any callback of the loop has taken, and what it was."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.what = ""

    def note(self, seconds: float, what: str) -> None:
        if seconds > self.worst:
            self.worst, self.what = seconds, what


@contextmanager
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """What the loop's callbacks take from now on."""
    watch = Watch()
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        what = repr(getattr(handle._callback, "__self__", handle))  # of a step: its task
        before = time.thread_time()
        run(handle)
        watch.note(time.thread_time() - before, what)

    tracer = sys.gettrace()
    sys.settrace(None)
    gc.collect()
    gc.freeze()
    monkeypatch.setattr(asyncio.Handle, "_run", timed)
    yield watch
    gc.unfreeze()
    sys.settrace(tracer)
