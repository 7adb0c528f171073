"""Every refusal is one sentence on stderr and an exit code that is not zero."""

import re
import sys

import pytest
import structlog
import typer

from engine.errors import NotFound
from server.cli import app as command_line
from tests.server.cli.sessions import Wireroom


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["dance"], 2, "No such command 'dance'."),
        (["serve", "--fast"], 2, "No such option: --fast"),
        (["verify"], 2, "Missing argument 'FILE'."),
        (["verify", "none.zip"], 1, "No such file or directory: none.zip."),
        (["serve", "--addr", "here"], 1, "WIREROOM_ADDR is 'here': expected host:port."),
        (["ingest", "--kind", "push", "x"], 2, "Invalid value for '--kind': 'push' is not one of"),
        (["ingest", "none.csv"], 1, "There is no file or folder none.csv."),
        (
            ["ingest", "x", "--columns", "heading:Headline"],
            1,
            "columns: there is no field 'heading'",
        ),
        (["token", "list", "--url", "http://127.0.0.1:1"], 1, "No desk answers at"),
    ],
)
def test_a_refusal_is_one_sentence_on_stderr(
    wireroom: Wireroom, arguments: list[str], code: int, sentence: str
) -> None:
    ran = wireroom(*arguments)

    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(sentence)
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["token"], ["audit"]])
def test_a_command_without_a_command_explains_itself(
    wireroom: Wireroom, arguments: list[str]
) -> None:
    ran = wireroom(*arguments)

    assert "Usage" in ran.out + ran.err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (KeyboardInterrupt(), 130, ""),
        (typer.Abort(), 130, ""),
        (NotFound("There is no brief."), 1, "There is no brief.\n"),
        (OSError(28, "No space left on device"), 1, "[Errno 28] No space left on device.\n"),
        (ZeroDivisionError("division by zero"), 1, "Wireroom failed in a way it did not expect"),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    wireroom: Wireroom,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.setattr(command_line, "app", raising(error))

    ran = wireroom()

    assert (ran.code, ran.err.startswith(sentence)) == (code, True)


def test_the_version_is_shown(wireroom: Wireroom) -> None:
    ran = wireroom("--version")

    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"wireroom \d+\.\d+\.\d+\n", ran.out)


@pytest.mark.parametrize(
    ("command", "defaults"),
    [
        (["serve"], ["127.0.0.1:8787", "the built-in one", "./wireroom-data"]),
        (["ingest"], ["by its name", "guessed", "the file's or the host's", "./wireroom-data"]),
        (["watch"], ["all that need no special role", "./wireroom-data"]),
        (["export"], ["its own name, here", "./wireroom-data"]),
        (["token", "issue"], ["it does not", "./wireroom-data"]),
        (["token", "list"], ["./wireroom-data"]),
        (["token", "revoke"], ["./wireroom-data"]),
        (["audit", "verify"], ["./wireroom-data"]),
    ],
)
def test_the_help_of_a_command_shows_what_it_assumes(
    wireroom: Wireroom, monkeypatch: pytest.MonkeyPatch, command: list[str], defaults: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")

    ran = wireroom(*command, "--help")

    assert re.findall(r"\[default: \((.+?)\)\]", ran.out) == defaults


def test_only_kinds_that_can_be_read_are_offered(
    wireroom: Wireroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")

    assert "<feed|csv|jsonl|folder> " in wireroom("ingest", "--help").out


def test_warnings_are_logged_to_stderr_and_never_among_the_results(
    wireroom: Wireroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def log(_arguments: list[str], **_options: object) -> None:
        structlog.get_logger().info("run_resumed")
        structlog.get_logger().warning("disk_slow")

    monkeypatch.setattr(command_line, "app", log)

    ran = wireroom()

    assert ran.out == ""
    assert "disk_slow" in ran.err
    assert "run_resumed" not in ran.err


def test_whoever_asks_sees_the_traceback_of_a_defect(
    wireroom: Wireroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREROOM_TRACEBACK", "1")
    monkeypatch.setattr(command_line, "app", raising(ZeroDivisionError()))

    with pytest.raises(ZeroDivisionError):
        wireroom()


def test_the_exit_code_is_the_process_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["wireroom", "verify"])

    with pytest.raises(SystemExit) as left:
        command_line.main()

    assert left.value.code == 2


def raising(error: BaseException) -> object:
    def refuse(_arguments: list[str], **_options: object) -> None:
        raise error

    return refuse
