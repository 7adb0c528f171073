"""Commands on a data folder that nobody owns run the engine themselves."""

import re
from pathlib import Path

import pytest

from engine import Engine
from engine.desk.intake import Intake
from engine.errors import StoreFailed
from engine.settings import Settings
from server.cli import ingest
from tests.server.cli.sessions import Wireroom

NEWS = """Headline,Link,Lead
Ostrel plans a reed bed,https://ostrel.example/1,The town of Ostrel plans a reed bed in May.
Ferry to Sandholm is late,https://ostrel.example/2,The ferry to Sandholm left an hour late.
,https://ostrel.example/3,
"""


def news(folder: Path) -> Path:
    path = folder / "news.csv"
    path.write_text(NEWS, "utf-8")
    return path


def test_ingest_counts_what_it_read_and_names_what_it_rejected(
    wireroom: Wireroom, tmp_path: Path
) -> None:
    ran = wireroom("ingest", news(tmp_path), "--columns", "title:Headline,url:Link,text:Lead")

    assert ran.code == 0, ran.err
    assert ran.out.startswith(
        "3 read: 2 new, 0 already here, 0 near-duplicates or copies, 1 rejected; 2 issues added"
    )
    assert "news row 3:" in ran.out


def test_one_issue_is_not_told_of_as_many(wireroom: Wireroom, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text(NEWS.splitlines()[0] + "\n" + NEWS.splitlines()[1] + "\n", "utf-8")

    ran = wireroom("ingest", path)

    assert "; 1 issue added, 0 updated" in ran.out


def test_what_was_read_before_is_already_here(wireroom: Wireroom, tmp_path: Path) -> None:
    wireroom("ingest", news(tmp_path))

    ran = wireroom("ingest", news(tmp_path))

    assert "0 new, 2 already here" in ran.out


def test_a_file_that_has_not_changed_is_not_read_again(wireroom: Wireroom, tmp_path: Path) -> None:
    file = news(tmp_path)
    wireroom("ingest", file)

    ran = wireroom("ingest", file)

    assert (ran.code, ran.out.startswith("Nothing was read")) == (0, True)


def test_an_ingest_that_takes_nothing_in_is_a_failure(wireroom: Wireroom, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("title,url\n,https://ostrel.example/3\n", "utf-8")

    ran = wireroom("ingest", tmp_path / "empty.csv")

    assert (ran.code, ran.err) == (
        1,
        "Nothing was taken in: everything that was read was rejected.\n",
    )


def test_an_interrupted_ingest_says_what_stays(
    wireroom: Wireroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ingest, "_ingest", interrupted)

    ran = wireroom("ingest", news(tmp_path))

    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "Interrupted. What was committed stays; run it again to complete.\n"


def test_a_source_that_cannot_be_read_is_an_error_with_its_reason(
    wireroom: Wireroom, tmp_path: Path
) -> None:
    (tmp_path / "broken.xml").write_text("<rss", "utf-8")

    ran = wireroom("ingest", tmp_path / "broken.xml")

    assert ran.code == 1
    assert ran.err.startswith("broken: ")
    assert ran.err.count("\n") == 1


def test_a_token_is_printed_alone_so_that_it_can_be_piped(wireroom: Wireroom) -> None:
    ran = wireroom("token", "issue", "--name", "Ada", "--role", "admin", "--ttl", 2)

    assert re.fullmatch(r"wr_\S+\n", ran.out)
    assert "for Ada: admin" in ran.err


@pytest.mark.parametrize(
    ("command", "resume"),
    [
        (["token", "issue", "--name", "Ada", "--role", "admin"], False),
        (["token", "list"], False),
        (["export", "reed-bed"], False),
        (["ingest", "news.csv"], True),
    ],
)
def test_only_ingest_goes_on_with_a_run_that_was_cut_off(
    wireroom: Wireroom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    resume: bool,
) -> None:
    asked: list[bool] = []
    opened = Engine.open

    async def opening(settings: Settings, *, resume: bool) -> Engine:
        asked.append(resume)
        return await opened(settings, resume=resume)

    monkeypatch.setattr(Engine, "open", opening)
    news(tmp_path)

    wireroom(*command)

    assert asked == [resume]


def test_tokens_are_listed_without_their_secrets_and_revoked(wireroom: Wireroom) -> None:
    secret = wireroom("token", "issue", "--name", "Ada", "--role", "Analyst").out.strip()
    listed = wireroom("token", "list").out

    revoked = wireroom("token", "revoke", listed.split()[0])

    assert "Ada  Analyst  does not expire" in listed
    assert secret not in listed
    assert revoked.out.rstrip().endswith("revoked")


def test_an_unknown_role_is_refused_with_the_known_ones(wireroom: Wireroom) -> None:
    ran = wireroom("token", "issue", "--name", "Ada", "--role", "Chef")

    assert ran.code == 1
    assert "known are Analyst" in ran.err


def test_the_log_of_a_folder_is_checked_and_the_desk_left_as_it_lies(
    wireroom: Wireroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    wireroom("token", "issue", "--name", "Ada", "--role", "admin")
    monkeypatch.setattr(Engine, "open", None)

    ran = wireroom("audit", "verify")

    assert ran.code == 0
    assert "events up to" in ran.out


def test_where_no_desk_lies_none_is_made_by_checking(wireroom: Wireroom, tmp_path: Path) -> None:
    ran = wireroom("audit", "verify")

    assert (ran.code, ran.err) == (1, "There is no database wireroom-data/wireroom.sqlite3.\n")
    assert not (tmp_path / "wireroom-data").exists()


def test_a_brief_that_is_not_there_cannot_be_exported(wireroom: Wireroom) -> None:
    ran = wireroom("export", "reed-bed")

    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "'reed-bed'" in ran.err
    assert "This is the desk in wireroom-data" in ran.err


def test_a_run_that_stopped_is_a_failure_that_says_why(
    wireroom: Wireroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_arguments: object) -> None:
        raise StoreFailed("The disk is full.")

    monkeypatch.setattr(Intake, "take", full)

    ran = wireroom("ingest", news(tmp_path))

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(
        "The run stopped after 0 entries, which stay: The disk is full. "
        "It goes on when the desk is opened again.\n"
    )


def test_a_run_that_was_cut_off_is_counted_before_the_next(
    wireroom: Wireroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_arguments: object) -> None:
        raise StoreFailed("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Intake, "take", full)
        wireroom("ingest", news(tmp_path))

    ran = wireroom("ingest", tmp_path / "news.csv")

    assert (ran.code, ran.out.startswith("Nothing was read")) == (0, True)
    assert "A run that was cut off went on first. 3 read: 2 new, " in ran.err
