"""The desk signs where its log ends, with a key of its own, and tells a second place."""

import stat
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from engine.desk.notary import private_key
from engine.desk.proof import prove
from engine.engine import Engine
from engine.errors import KeyUnusable, NotAllowed
from engine.log import anchor
from engine.log.signing import key_id, new_private, to_pem
from engine.log.verify import AuditResult
from engine.model import SYSTEM
from engine.settings import Settings
from engine.store import keyfile
from engine.store.database import FILE_NAME, examine
from engine.store.folder import owner
from tests.engine.clock import FakeClock
from tests.engine.desk.day import ANA
from tests.engine.desk.inline_worker import InlineWorker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    place = str(tmp_path / "elsewhere.jsonl")
    return Settings(data_dir=tmp_path / "desk", mock=True, settle_s=0, anchor=place)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What the desk complains of goes here, whoever set up logging before."""
    with capture_logs() as lines:
        yield lines


def proven(settings: Settings, pinned: str = "") -> AuditResult:
    """What the folder and the second place say together."""
    anchored = anchor.read(Path(settings.anchor))
    database = settings.data_dir / FILE_NAME
    return examine(database, lambda c: prove(c, anchor=anchored, pinned=pinned))


async def test_the_key_is_made_at_the_first_start_for_the_owner_alone(
    engine: Engine, settings: Settings
) -> None:
    mode = (settings.data_dir / "signing.key").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


async def test_a_key_that_others_can_read_is_refused_and_nothing_opened(
    settings: Settings, clock: FakeClock, logged: list[MutableMapping[str, Any]]
) -> None:
    await (await Engine.open(settings, clock, InlineWorker())).close()
    (settings.data_dir / "signing.key").chmod(0o640)

    with pytest.raises(KeyUnusable, match="chmod 600"):
        await Engine.open(settings, clock, InlineWorker())

    assert logged == []
    assert owner(settings.data_dir) is None


async def test_a_head_is_signed_when_the_log_has_moved(engine: Engine) -> None:
    signed = await engine.notary.sign()
    again = await engine.notary.sign()

    assert signed is not None
    assert signed.cursor == engine.log.cursor
    assert again is None


async def test_leaving_signs_the_end_and_the_second_place_has_it(
    engine: Engine, settings: Settings
) -> None:
    await engine.access.issue_token(SYSTEM, "Mira", ("viewer",), None)
    end = engine.log.cursor

    await engine.close()

    assert anchor.read(Path(settings.anchor)).heads[-1].cursor == end
    assert proven(settings).ok


async def test_a_log_rolled_back_in_the_store_is_noticed_at_the_second_place(
    engine: Engine, settings: Settings
) -> None:
    await engine.notary.sign()
    database = settings.data_dir / FILE_NAME
    before = examine(database, lambda c: c.connection.dbapi_connection.serialize())  # type: ignore[union-attr]  # it is sqlite3's
    await engine.access.issue_token(SYSTEM, "Mira", ("viewer",), None)
    await engine.close()

    for leftover in settings.data_dir.glob(f"{FILE_NAME}-*"):
        leftover.unlink()
    database.write_bytes(before)

    assert [problem.code for problem in proven(settings).problems] == ["cut"]


async def test_a_second_place_that_is_away_is_told_later(
    settings: Settings, clock: FakeClock, tmp_path: Path
) -> None:
    away = replace(settings, anchor=str(tmp_path / "mounted" / "heads.jsonl"))
    engine = await Engine.open(away, clock, InlineWorker())
    await engine.notary.sign()
    assert (engine.notary.waiting, engine.notary.failures) == (1, 1)

    Path(away.anchor).parent.mkdir()
    await engine.notary.sign()

    assert engine.notary.waiting == 0
    assert len(anchor.read(Path(away.anchor)).heads) == 1
    await engine.close()


async def test_a_new_key_is_vouched_for_by_the_one_before(
    engine: Engine, settings: Settings
) -> None:
    before = key_id(private_key(settings.data_dir))

    key = await engine.notary.rotate(SYSTEM)
    await engine.close()

    assert key.endorsed_by == before
    assert key_id(private_key(settings.data_dir)) == key.id
    assert proven(settings, pinned=before).key == key.id


async def test_only_an_admin_rotates_the_key(engine: Engine) -> None:
    with pytest.raises(NotAllowed):
        await engine.notary.rotate(ANA)


async def test_a_rotation_cut_off_before_it_was_stored_is_undone(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    before = key_id(private_key(settings.data_dir))
    await engine.close()
    keyfile.write(settings.data_dir, to_pem(new_private()), keyfile.NEXT_NAME)

    again = await Engine.open(settings, clock, InlineWorker())
    await again.close()

    assert key_id(private_key(settings.data_dir)) == before
    assert not (settings.data_dir / "signing.key.next").exists()


async def test_a_lost_key_is_replaced_and_the_log_says_that_nobody_vouches_for_the_new_one(
    engine: Engine, settings: Settings, clock: FakeClock
) -> None:
    before = key_id(private_key(settings.data_dir))
    await engine.close()
    (settings.data_dir / "signing.key").unlink()

    again = await Engine.open(settings, clock, InlineWorker())
    page = await again.audit.page(SYSTEM, type_="audit.key_rotated")
    await again.close()

    assert page.rows[0].data is not None
    assert page.rows[0].data["endorsed_by"] == ""
    assert proven(settings).ok
    assert not proven(settings, pinned=before).ok
