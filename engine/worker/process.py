"""The worker's own process: frames from stdin, answers to stdout, one job at a time.

It lives exactly as long as its parent holds the other end of stdin: the end of input ends it, in
the middle of a job too, so that it also goes when the parent was killed.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, Final, NoReturn

from engine.errors import WireroomError
from engine.worker.frames import LAST, PART, REQUEST, failure, read_job, reply
from engine.worker.jobs import AnyJob, pages

Perform = Callable[[AnyJob], Any]
NICENESS: Final = 10
AUTOGROUP: Final = Path("/proc/self/autogroup")
GRACE_S: Final = 2.0
"""How long a job may go on once the parent is gone."""


def run(perform: Perform) -> None:
    """Serve jobs until stdin ends."""
    _settle_in()
    replies = _private_stdout()
    waiting: SimpleQueue[tuple[bytes, bytes] | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    while (parts := waiting.get()) is not None:
        with suppress(BrokenPipeError):
            _answer(perform, read_job(*parts), replies)


def _settle_in() -> None:
    # Ctrl-C and a service manager's SIGTERM reach the whole group; the parent decides when we go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(NICENESS)
    # We are in a session of our own. Where Linux shares a core out between sessions, being nice in
    # it is being nice to nobody.
    with suppress(OSError):
        AUTOGROUP.write_text(str(NICENESS))


def _private_stdout() -> BinaryIO:
    """The pipe under another number; stray prints go to stderr and cannot break a frame."""
    sys.stdout.flush()
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def _listen(requests: BinaryIO, waiting: "SimpleQueue[tuple[bytes, bytes] | None]") -> NoReturn:
    while head := requests.read(REQUEST.size):
        if len(head) < REQUEST.size:
            break
        job, body = REQUEST.unpack(head)
        waiting.put((requests.read(job), requests.read(body)))
    waiting.put(None)
    # An idle worker leaves by itself within this time; one in a long job must be made to.
    time.sleep(GRACE_S)
    os._exit(1)


def _answer(perform: Perform, job: AnyJob, replies: BinaryIO) -> None:
    try:
        parts = list(pages(perform(job)))
        frames = [reply(PART, part) for part in parts[:-1]] + [reply(LAST, parts[-1])]
    except Exception as error:  # noqa: BLE001 - the boundary: a bad job must not end the worker
        if not isinstance(error, WireroomError):
            traceback.print_exc(file=sys.stderr)
        frames = [failure(error, job)]
    replies.writelines(frames)
    replies.flush()
