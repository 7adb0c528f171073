"""Commands are REST clients of a running desk."""

import asyncio
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from server.cli import batches
from server.cli.calls import Calls, Refused, Unreachable
from server.cli.remote import open_remote
from tests.server.cli.sessions import Running, Wireroom

pytestmark = pytest.mark.xdist_group("mock desk")

ROWS = "title,url\n" + "".join(
    f"Tide table {n} of Sandholm,https://s.example/{n}\n" for n in range(9)
)


@pytest.fixture
def as_(monkeypatch: pytest.MonkeyPatch, mock_desk: Running) -> Callable[[str], None]:
    """Talk to the running desk with this token."""

    def use(token: str) -> None:
        monkeypatch.setenv("WIREROOM_URL", mock_desk.url)
        monkeypatch.setenv("WIREROOM_TOKEN", token)

    return use


def test_a_folder_is_sent_file_by_file(
    wireroom: Wireroom, as_: Callable[[str], None], tmp_path: Path
) -> None:
    as_("demo-admin")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "tides.csv").write_text(ROWS, "utf-8")
    (tmp_path / "in" / "more.jsonl").write_text('{"title": "Lighthouse lit"}\n[1]\n', "utf-8")

    ran = wireroom("ingest", tmp_path / "in")

    assert ran.code == 0, ran.err
    assert ran.out.startswith("11 read: ")
    assert "1 rejected" in ran.out


def test_a_file_of_a_folder_that_cannot_be_read_is_named_and_the_others_go_on(
    wireroom: Wireroom, as_: Callable[[str], None], tmp_path: Path
) -> None:
    as_("demo-admin")
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.xml").write_text("", "utf-8")
    (tmp_path / "in" / "deep" / "b.xml").write_text("<html>Moved</html>", "utf-8")
    (tmp_path / "in" / "z.jsonl").write_text('{"title": "Foghorn mended"}\n[1]\n', "utf-8")

    ran = wireroom("ingest", tmp_path / "in")

    assert ran.code == 0, ran.err
    assert ran.out.startswith("4 read: 1 new")
    for reason in (
        "a.xml: The file is empty.",
        "deep/b.xml: The document is a web page, not a feed.",
        "z.jsonl: ",
    ):
        assert reason in ran.out


def test_a_single_file_that_cannot_be_read_fails_by_its_name(
    wireroom: Wireroom, as_: Callable[[str], None], tmp_path: Path
) -> None:
    as_("demo-admin")
    (tmp_path / "b.xml").write_text("<html>Moved</html>", "utf-8")

    ran = wireroom("ingest", tmp_path / "b.xml")

    assert ran.code == 1
    assert "b.xml: The document is a web page, not a feed." in ran.err


def test_rows_of_a_later_part_keep_their_numbers(
    wireroom: Wireroom,
    as_: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_("demo-admin")
    (tmp_path / "tides.csv").write_text(ROWS + ",https://s.example/x\n", "utf-8")
    monkeypatch.setattr(batches, "BATCH", 200)

    ran = wireroom("ingest", tmp_path / "tides.csv", "--columns", "title:title,url:url")

    assert ran.out.startswith("10 read: ")
    assert " row 10: " in ran.out


def test_a_url_becomes_a_source_and_its_failure_a_sentence(
    wireroom: Wireroom, as_: Callable[[str], None]
) -> None:
    as_("demo-admin")

    ran = wireroom("ingest", "http://127.0.0.1:1/feed.xml", "--title", "Nobody")

    assert ran.code == 1
    assert ran.err.startswith("Nobody: ")


def test_an_empty_folder_is_nothing_to_read(
    wireroom: Wireroom, as_: Callable[[str], None], tmp_path: Path
) -> None:
    as_("demo-admin")
    (tmp_path / "empty").mkdir()

    assert (
        wireroom("ingest", tmp_path / "empty").err == "There is nothing to read in that folder.\n"
    )


def test_tokens_are_issued_listed_and_revoked(
    wireroom: Wireroom, as_: Callable[[str], None]
) -> None:
    as_("demo-admin")

    issued = wireroom("token", "issue", "--name", "Ada", "--role", "auditor")
    token_id = issued.err.split()[0]

    assert issued.out.startswith("wr_")
    assert token_id in wireroom("token", "list").out
    assert "revoked" in wireroom("token", "revoke", token_id).out


def test_the_log_is_checked_by_the_desk(wireroom: Wireroom, as_: Callable[[str], None]) -> None:
    as_("demo-admin")

    assert "events up to" in wireroom("audit", "verify").out


def test_without_a_token_the_desk_says_what_to_do(wireroom: Wireroom, mock_desk: Running) -> None:
    ran = wireroom("token", "list", "--url", mock_desk.url)

    assert ran.code == 1
    assert "WIREROOM_TOKEN" in ran.err


def test_a_refusal_is_the_desks_own_sentence(
    wireroom: Wireroom, as_: Callable[[str], None]
) -> None:
    as_("demo-analyst")

    ran = wireroom("token", "list")

    assert ran.code == 1
    assert ran.err.startswith("Demo Analyst may not do this")


def test_a_signed_brief_is_exported_and_verified(
    wireroom: Wireroom, as_: Callable[[str], None], mock_desk: Running, tmp_path: Path
) -> None:
    as_("demo-analyst")
    sign(mock_desk, "water-reuse-rule")

    exported = wireroom("export", "water-reuse-rule", "-o", tmp_path / "out.zip")
    verified = wireroom("verify", tmp_path / "out.zip")

    assert exported.code == 0, exported.err
    assert zipfile.is_zipfile(tmp_path / "out.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]
    assert verified.code == 0, verified.out
    assert "approved by Demo Analyst as Analyst" in verified.out


def test_an_unsigned_brief_is_refused_and_nothing_is_written(
    wireroom: Wireroom, as_: Callable[[str], None], tmp_path: Path
) -> None:
    as_("demo-analyst")

    ran = wireroom("export", "no-such-brief", "-o", tmp_path / "out.zip")

    assert ran.code == 1
    assert list(tmp_path.iterdir()) == []


# -- what answers is not always a desk -------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (200, "<html>", Unreachable, "not a Wireroom of this version"),
        (200, '{"success":true,"data":{"no":"token"}}', Unreachable, "not a Wireroom"),
        (502, "<html>bad gateway", Refused, "not a Wireroom: HTTP 502"),
        (409, '{"success":false,"error":"It is on hold."}', Refused, "It is on hold."),
    ],
)
async def test_a_strange_answer_is_a_sentence(
    aiohttp_server: Callable[..., Awaitable[web.Server]],
    status: int,
    body: str,
    error: type[Exception],
    sentence: str,
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    server = await aiohttp_server(app)

    async with open_remote(str(server.make_url("")).rstrip("/"), None) as desk:
        with pytest.raises(error, match=sentence):
            await desk.revoke_token("../../config")


async def test_an_id_stays_one_segment_of_the_path(
    aiohttp_server: Callable[..., Awaitable[web.Server]],
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.Response(status=404)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    server = await aiohttp_server(app)

    async with open_remote(str(server.make_url("")).rstrip("/"), None) as desk:
        with pytest.raises(Refused):
            await desk.export("../config")

    assert asked == ["/export/..%2Fconfig"]


def sign(desk: Running, brief_id: str) -> None:
    """Both demo reviewers approve the brief, over REST."""

    async def approve() -> None:
        for token, role in (
            ("demo-analyst", "Analyst"),
            ("demo-strategy-head", "Strategy Head"),
        ):
            headers = {"Authorization": f"Bearer {token}"}
            async with aiohttp.ClientSession(headers=headers) as session:
                asked = {"role": role, "approve": True, "brief_id": brief_id}
                await Calls(session, desk.url).call("POST", "/review/signoff", object, asked)

    asyncio.run(approve())
