"""A backup is whole, made beside a running desk; what is restored begins again from it."""

import stat
import tarfile
from pathlib import Path

import msgspec
import pytest

from engine.desk.backup import Manifest, back_up
from engine.desk.proof import prove
from engine.desk.restoring import Restored, restore
from engine.engine import Engine
from engine.errors import BackupInvalid, GateShut, Invalid, Unauthenticated
from engine.log import anchor
from engine.log.verify import AuditResult
from engine.model import SYSTEM
from engine.settings import Settings
from engine.store.database import FILE_NAME, examine
from tests.engine.clock import START, FakeClock
from tests.engine.desk.day import ANA, SAM, STRIKE, sign, with_strike
from tests.engine.desk.inline_worker import InlineWorker


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    place = str(tmp_path / "elsewhere.jsonl")
    return Settings(data_dir=tmp_path / "desk", mock=True, settle_s=0, anchor=place)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "desk.tar.gz"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def signed_off(engine: Engine) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")


def from_backup(target: Path, settings: Settings, name: str = "restored") -> tuple[Restored, Path]:
    into = target.parent / name
    return restore(target, into, START, anchor.read(Path(settings.anchor))), into


def proven(folder: Path, settings: Settings) -> AuditResult:
    anchored = anchor.read(Path(settings.anchor))
    return examine(folder / FILE_NAME, lambda c: prove(c, anchor=anchored))


async def test_a_backup_of_a_running_desk_is_for_its_owner_and_without_the_key(
    engine: Engine, settings: Settings, target: Path
) -> None:
    _, manifest = back_up(settings.data_dir, target, START, with_key=False)

    with tarfile.open(target) as packed:
        assert packed.getnames() == ["manifest.json", FILE_NAME]
    assert mode(target) == 0o600
    assert manifest.cursor == engine.log.cursor
    assert manifest.head is not None
    assert manifest.head.cursor == engine.log.cursor
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(".")] == []


async def test_the_key_is_in_it_when_asked_for(
    engine: Engine, settings: Settings, target: Path
) -> None:
    back_up(settings.data_dir, target, START, with_key=True)

    _, into = restore(target, target.parent / "restored", START), target.parent / "restored"

    key = into / "signing.key"
    assert key.read_bytes() == (settings.data_dir / "signing.key").read_bytes()
    assert mode(key) == 0o600


async def test_what_is_restored_has_another_epoch_and_a_log_that_holds(
    engine: Engine, settings: Settings, target: Path
) -> None:
    await with_strike(engine)
    await engine.notary.sign()
    back_up(settings.data_dir, target, START, with_key=False)
    before = engine.log.epoch

    restored, into = from_backup(target, settings)

    result = proven(into, settings)
    assert restored.missing == ()
    assert result.ok, result.problem
    assert result.head.startswith(restored.epoch)
    assert restored.epoch != before


async def test_sign_offs_are_void_and_sessions_ended_in_what_is_restored(
    engine: Engine, settings: Settings, target: Path, clock: FakeClock
) -> None:
    await signed_off(engine)
    issued = await engine.access.issue_token(SYSTEM, "Mira", ("Analyst",), None)
    grant = await engine.access.sign_in(issued.token)
    back_up(settings.data_dir, target, START, with_key=False)
    await engine.close()

    restored, into = from_backup(target, settings)
    again = await Engine.open(Settings(data_dir=into, mock=True, settle_s=0), clock, InlineWorker())

    assert restored.voided == 2
    signoffs = (await again.briefs.get(STRIKE)).brief.signoffs
    assert {signoff.voided for signoff in signoffs} == {"Restored from a backup"}
    with pytest.raises(GateShut):
        await again.exports.create(ANA, STRIKE)
    with pytest.raises(Unauthenticated):
        await again.access.session(grant.secret)
    assert (await again.access.authenticate(issued.token)).name == "Mira"
    await again.close()


async def test_a_backup_older_than_the_anchor_is_restored_and_says_so(
    engine: Engine, settings: Settings, target: Path
) -> None:
    back_up(settings.data_dir, target, START, with_key=False)
    await with_strike(engine)
    await engine.notary.sign()

    restored, into = from_backup(target, settings)

    assert "it was cut short or rolled back" in restored.missing[0]
    result = proven(into, settings)
    assert result.ok, result.problem
    assert "left behind" in result.notes[-1]


async def test_a_desk_restored_twice_from_one_backup_still_proves_against_its_anchor(
    engine: Engine, settings: Settings, target: Path, clock: FakeClock
) -> None:
    await engine.notary.sign()
    back_up(settings.data_dir, target, START, with_key=True)
    await engine.close()
    _, first = from_backup(target, settings, "first")
    once = msgspec.structs.replace(settings, data_dir=first)
    await (await Engine.open(once, clock, InlineWorker())).close()

    restored, second = from_backup(target, settings, "second")

    assert restored.missing
    assert proven(second, settings).ok


async def test_the_anchor_of_another_desk_refuses_the_backup(
    engine: Engine, settings: Settings, target: Path, clock: FakeClock, tmp_path: Path
) -> None:
    back_up(settings.data_dir, target, START, with_key=False)
    await engine.close()
    other = msgspec.structs.replace(
        settings, data_dir=tmp_path / "other", anchor=str(tmp_path / "other.jsonl")
    )
    await (await Engine.open(other, clock, InlineWorker())).close()

    with pytest.raises(BackupInvalid):
        from_backup(target, other)

    assert list((tmp_path / "restored").iterdir()) == []


async def test_nothing_is_restored_over_anything(
    engine: Engine, settings: Settings, target: Path
) -> None:
    back_up(settings.data_dir, target, START, with_key=False)

    with pytest.raises(Invalid, match="not an empty folder"):
        restore(target, settings.data_dir, START)


@pytest.mark.parametrize("part", ["manifest.json", FILE_NAME])
async def test_a_backup_with_a_changed_byte_is_refused_and_leaves_nothing(
    engine: Engine, settings: Settings, target: Path, tmp_path: Path, part: str
) -> None:
    back_up(settings.data_dir, target, START, with_key=False)
    damage(target, part)

    with pytest.raises(BackupInvalid):
        restore(target, tmp_path / "restored", START)

    assert list((tmp_path / "restored").iterdir()) == []


async def test_a_file_outside_the_folder_is_never_written(
    engine: Engine, settings: Settings, target: Path, tmp_path: Path
) -> None:
    _, manifest = back_up(settings.data_dir, target, START, with_key=False)
    files = {"../escaped": manifest.files[FILE_NAME]}
    repack(
        target,
        {
            "manifest.json": msgspec.json.encode(msgspec.structs.replace(manifest, files=files)),
            "../escaped": b"x",
        },
    )

    with pytest.raises(BackupInvalid, match="that no backup holds"):
        restore(target, tmp_path / "restored", START)

    assert not (tmp_path / "restored" / "escaped").exists()


def damage(target: Path, part: str) -> None:
    """Change a byte in the middle of one part."""
    with tarfile.open(target) as packed:
        parts = {each.name: packed.extractfile(each).read() for each in packed}  # type: ignore[union-attr]  # all are files
    if part == "manifest.json":
        manifest = msgspec.json.decode(parts[part], type=Manifest)
        parts[part] = msgspec.json.encode(msgspec.structs.replace(manifest, seq=manifest.seq + 1))
    else:
        middle = len(parts[part]) // 2
        parts[part] = parts[part][:middle] + b"\xff\x00" + parts[part][middle + 2 :]
    repack(target, parts)


def repack(target: Path, parts: dict[str, bytes]) -> None:
    import io

    with tarfile.open(target, "w:gz") as packed:
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
