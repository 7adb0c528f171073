"""The desk's side of the worker: order, crashes, errors, cancellation, closing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from textwrap import dedent

import pytest

from engine.errors import ShuttingDown, SourceFailed, WorkerFailed
from engine.worker.client import Worker
from engine.worker.jobs import Done, ParseFeed, Reset, Settle
from tests.loop_watch import LIMIT_S, watching

Script = Callable[[str], tuple[str, ...]]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """A worker process whose jobs do what the given body of ``perform(job)`` says."""

    def make(body: str) -> tuple[str, ...]:
        path = tmp_path / "worker.py"
        head = """
            import os, sys, time
            from pathlib import Path
            from engine.worker.jobs import *
            from engine.worker.process import run

            here = Path(__file__).parent
        """
        code = dedent(head) + "def perform(job):\n" + _indented(body) + "\nrun(perform)\n"
        path.write_text(code, encoding="utf-8")
        return sys.executable, str(path)

    return make


def _indented(body: str) -> str:
    return "\n".join(f"    {line}" for line in dedent(body).strip().splitlines())


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    await worker.start()
    yield worker
    await worker.close()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process makes it true, and rings no bell
            await asyncio.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def test_a_job_is_answered(worker: Worker) -> None:
    await worker.call(Reset())

    answer = await worker.call(Settle(position=7))

    assert answer == Done(position=7)


async def test_an_error_inside_a_job_comes_back_coded_and_the_worker_lives(
    worker: Worker,
) -> None:
    pid = worker.pid

    with pytest.raises(SourceFailed, match="not an RSS, Atom or JSON feed"):
        await worker.call(ParseFeed(body=b"hello", url=""))

    assert await worker.call(Reset()) == Done(position=None)
    assert worker.pid == pid


async def test_an_unexpected_error_is_told_without_its_text(script: Script) -> None:
    worker = Worker(script("raise KeyError('secret')"))
    await worker.start()

    with pytest.raises(WorkerFailed) as failed:
        await worker.call(Reset())

    assert str(failed.value) == "Reset failed in the worker (KeyError); its log has the traceback."
    await worker.close()


async def test_an_answer_of_the_wrong_form_fails_its_job_and_not_the_next(script: Script) -> None:
    worker = Worker(script("return 'junk' if isinstance(job, Reset) else Done(position=3)"))
    await worker.start()

    with pytest.raises(WorkerFailed, match="Reset was not understood"):
        await worker.call(Reset())

    assert await worker.call(Settle(position=3)) == Done(position=3)
    await worker.close()


def test_it_works_on_uvloop_when_the_process_has_gone() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def scenario() -> Done:
        worker = Worker()
        await worker.start()
        await worker.call(Reset())
        assert worker.pid is not None
        pid = worker.pid
        os.kill(pid, signal.SIGKILL)
        await _until(lambda: not _is_alive(pid))
        answer = await worker.call(Settle(position=5))
        await worker.close()
        return answer

    assert uvloop.run(scenario()) == Done(position=5)


async def test_a_crash_in_the_middle_of_a_job_is_retried(script: Script) -> None:
    body = """
        if (here / "crashed").exists():
            return Done(position=1)
        (here / "crashed").touch()
        os._exit(9)
    """
    worker = Worker(script(body))
    await worker.start()

    answer = await worker.call(Reset())

    assert answer == Done(position=1)
    await worker.close()


async def test_a_second_crash_fails_the_job_and_not_the_next(script: Script) -> None:
    body = """
        if isinstance(job, Reset):
            os._exit(9)
        return Done(position=2)
    """
    worker = Worker(script(body))
    await worker.start()

    with pytest.raises(WorkerFailed, match="died twice over Reset"):
        await worker.call(Reset())

    assert await worker.call(Settle(position=2)) == Done(position=2)
    await worker.close()


async def test_a_worker_killed_while_idle_is_replaced(worker: Worker) -> None:
    await worker.call(Settle(position=3))
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)

    answer = await worker.call(Reset())

    assert answer == Done(position=None)


async def test_interactive_jobs_overtake_those_that_wait(script: Script) -> None:
    body = """
        (here / "busy").touch()
        while isinstance(job, Reset) and not (here / "go").exists():
            time.sleep(0.01)
        with (here / "order").open("a") as file:
            file.write(f"{getattr(job, 'position', 'first')} ")
        return Done(position=None)
    """
    command = script(body)
    here = Path(command[1]).parent
    worker = Worker(command)
    await worker.start()
    calls = [asyncio.ensure_future(worker.call(Reset()))]
    await _until((here / "busy").exists)
    calls.append(asyncio.ensure_future(worker.call(Settle(position=1))))
    calls.append(asyncio.ensure_future(worker.call(Settle(position=2), interactive=True)))
    await asyncio.sleep(0)

    (here / "go").touch()
    await asyncio.gather(*calls)

    assert (here / "order").read_text().split() == ["first", "2", "1"]
    await worker.close()


async def test_a_caller_that_gives_up_leaves_the_stream_whole(script: Script) -> None:
    body = """
        (here / "busy").touch()
        while isinstance(job, Reset) and not (here / "go").exists():
            time.sleep(0.01)
        return Done(position=getattr(job, "position", 0))
    """
    command = script(body)
    worker = Worker(command)
    await worker.start()
    given_up = asyncio.ensure_future(worker.call(Reset()))
    await _until((Path(command[1]).parent / "busy").exists)
    waiting = asyncio.ensure_future(worker.call(Settle(position=1)))
    await asyncio.sleep(0)

    given_up.cancel()
    waiting.cancel()
    (Path(command[1]).parent / "go").touch()

    assert await worker.call(Settle(position=5)) == Done(position=5)
    await worker.close()


async def test_a_job_over_the_limit_fails_and_the_worker_is_replaced(script: Script) -> None:
    body = """
        if isinstance(job, Reset):
            time.sleep(600)
        return Done(position=8)
    """
    worker = Worker(script(body), job_limit_s=1.5)
    await worker.start()

    with pytest.raises(WorkerFailed, match=r"Reset took longer than 1\.5 s"):
        await worker.call(Reset())

    assert await worker.call(Settle(position=8)) == Done(position=8)
    await worker.close()


async def test_a_stray_print_does_not_break_the_stream(script: Script) -> None:
    worker = Worker(script("print('hello'); os.write(1, b'junk'); return Done(position=4)"))
    await worker.start()

    assert await worker.call(Reset()) == Done(position=4)
    await worker.close()


async def test_sigint_and_sigterm_do_not_end_it(worker: Worker) -> None:
    await worker.call(Settle(position=6))
    assert worker.pid is not None

    os.kill(worker.pid, signal.SIGINT)
    os.kill(worker.pid, signal.SIGTERM)

    assert await worker.call(Settle(position=6)) == Done(position=6)


async def test_closing_answers_what_waits_and_takes_nothing_more() -> None:
    worker = Worker()
    await worker.start()
    waiting = [asyncio.ensure_future(worker.call(Settle(position=n))) for n in range(3)]
    await asyncio.sleep(0)
    pid = worker.pid
    assert pid is not None

    await worker.close()

    assert [each.result().position for each in waiting] == [0, 1, 2]
    assert not _is_alive(pid)
    with pytest.raises(ShuttingDown):
        await worker.call(Reset())


async def test_a_command_that_cannot_start_is_a_sentence() -> None:
    worker = Worker()
    await worker.start()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker._command = ("/nonexistent/python",)

    with pytest.raises(WorkerFailed, match="cannot be started"):
        await worker.call(Reset())

    await worker.close()


async def test_a_large_feed_is_parsed_without_blocking_the_loop(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = "<item><title>Harbour notice %d</title><description>%s</description></item>"
    items = "".join(item % (n, "Berth closed. " * 250) for n in range(1_000))
    body = f"<rss version='2.0'><channel><title>Port</title>{items}</channel></rss>".encode()
    await worker.call(Reset())

    with watching(monkeypatch) as watch:
        parsed = await worker.call(ParseFeed(body=body, url=""))

    assert len(parsed.entries) == 1_000
    assert watch.worst < LIMIT_S, watch.what


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in a job"])
async def test_it_dies_with_a_parent_that_is_killed(
    tmp_path: Path, script: Script, busy: bool
) -> None:
    command = script("(here / 'busy').touch(); time.sleep(600)")
    parent = tmp_path / "parent.py"
    parent.write_text(
        dedent(f"""
            import asyncio
            from pathlib import Path
            from engine.worker.client import Worker
            from engine.worker.jobs import Reset

            async def main():
                worker = Worker({command!r})
                await worker.start()
                Path({str(tmp_path / "pid")!r}).write_text(f"{{worker.pid}}\\n")
                await (worker.call(Reset()) if {busy} else asyncio.sleep(600))

            asyncio.run(main())
        """),
        encoding="utf-8",
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(sys.executable, str(parent), env=environment)
    pid_file = tmp_path / "pid"
    await _until(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
    await _until(lambda: not busy or (tmp_path / "busy").exists())
    pid = int(pid_file.read_text())

    process.kill()
    await process.wait()

    await _until(lambda: not _is_alive(pid))


async def test_the_worker_gives_way_to_everything_else(worker: Worker) -> None:
    await worker.call(Reset())  # it has settled in
    assert worker.pid is not None

    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == 10
    assert _niceness_of_session(worker.pid) in (10, None)


def _niceness_of_session(pid: int) -> int | None:
    """None where Linux does not share cores out between sessions."""
    switch = Path("/proc/sys/kernel/sched_autogroup_enabled")
    if not switch.exists() or switch.read_text().strip() != "1":
        return None
    return int(Path(f"/proc/{pid}/autogroup").read_text().split()[-1])
