"""A running desk in a process of its own, and the command line to talk to it with."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from server.cli.app import run
from tests.server.cli.sessions import Ran, Running, Wireroom, serving


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands set up logging for their process, which here is the tests': put it back.

    Nor may a logger keep the stream that it was first used with: each test has its own.
    """
    configure = structlog.configure
    monkeypatch.setattr(
        structlog,
        "configure",
        lambda **given: configure(**{**given, "cache_logger_on_first_use": False}),
    )
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the tester's own environment counts, and nothing is left where tests run."""
    for name in os.environ:
        if name.startswith("WIREROOM_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def wireroom(capsys: pytest.CaptureFixture[str]) -> Wireroom:
    """Run the command line in this process."""

    def call(*arguments: object) -> Ran:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def mock_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The example day on a free port, from an empty folder."""
    yield from serving(tmp_path_factory.mktemp("empty"), "--mock")
