"""Nothing that came from a feed can steer the terminal."""

import pytest

from server.cli.terminal import complain, plain, styled


def test_escape_sequences_and_line_breaks_are_blanked() -> None:
    assert plain("a\x1b[31mred\nb\u202ec") == "a [31mred b c"


def test_brackets_are_no_markup() -> None:
    assert styled("[bold]x[/bold]").plain == "[bold]x[/bold]"


def test_a_complaint_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    complain("One\nsentence. ")

    assert capsys.readouterr().err == "One sentence.\n"
