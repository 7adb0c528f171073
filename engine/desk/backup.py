"""A backup: everything a desk knows at one moment, in one file, with what proves it.

Made from the folder, whether a desk runs on it or not. The private key is in it only when asked
for: who finds a backup must not be able to sign in the desk's name.
"""

import hashlib
import io
import os
import tarfile
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from engine.desk.notary import private_key
from engine.errors import BackupInvalid, KeyUnusable, StoreFailed
from engine.log import archive, signing
from engine.model import Record, SignedHead, SigningKey
from engine.record import Head
from engine.store import copying, heads, keyfile, migrate
from engine.store import log as rows
from engine.store.database import FILE_NAME, examine

MANIFEST = "manifest.json"
MANIFEST_LIMIT = 16 * 2**20
CHUNK = 2**20


class File(Record, frozen=True, kw_only=True):
    size: int
    sha256: str


class Manifest(Record, frozen=True, kw_only=True):
    """What a backup holds. ``head`` signs where its log ends, if the key was there to sign."""

    format: int = 1
    made: datetime
    schema: str
    epoch: str
    seq: int
    hash: str
    head: SignedHead | None
    keys: tuple[SigningKey, ...]
    files: dict[str, File]

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.seq}"


def back_up(folder: Path, target: Path, now: datetime, *, with_key: bool) -> tuple[Path, Manifest]:
    """Write a backup of ``folder`` to ``target``, a file or an existing folder for one.

    The file appears whole or not at all, with mode 0600. Raises StoreFailed, KeyUnusable.
    """
    source = folder / FILE_NAME
    if not source.is_file():
        raise StoreFailed(f"There is no desk in {folder}.")
    around = target if target.is_dir() else target.parent
    try:
        with TemporaryDirectory(prefix=".wireroom-backup-", dir=around) as beside:
            copy = Path(beside) / FILE_NAME
            copying.copy(source, copy)
            parts = {FILE_NAME: copy, **_other_parts(folder, with_key=with_key)}
            manifest = _manifest(folder, parts, now)
            file = target / _name(manifest) if target.is_dir() else target
            packed = Path(beside) / "backup"
            _pack(packed, manifest, parts)
            packed.replace(file)
            return file, manifest
    except OSError as error:
        raise StoreFailed(f"The backup {target} cannot be written: {error.strerror}.") from None


def unpack(file: Path, folder: Path) -> Manifest:
    """Put what a backup holds into ``folder``. Raises BackupInvalid for anything amiss."""
    try:
        with tarfile.open(file, "r:*") as packed:
            manifest = _read_manifest(packed, file)
            for name, part in manifest.files.items():
                _unpack_part(packed, name, part, folder)
            return manifest
    except (tarfile.TarError, EOFError, KeyError) as error:
        raise BackupInvalid(f"{file} is not a whole backup: {error}.") from None
    except OSError as error:
        raise BackupInvalid(f"{file} cannot be restored: {error}.") from None


def _name(manifest: Manifest) -> str:
    return f"wireroom-{manifest.made:%Y%m%dT%H%M%SZ}-{manifest.cursor}.tar.gz"


def _other_parts(folder: Path, *, with_key: bool) -> dict[str, Path]:
    """The archive after the database, so that no trimmed event is in neither."""
    segments = sorted((folder / archive.FOLDER).glob(archive.PATTERN))
    parts = {f"{archive.FOLDER}/{segment.name}": segment for segment in segments}
    if with_key:
        private_key(folder)  # refuses one that others can read
        parts[keyfile.KEY_NAME] = folder / keyfile.KEY_NAME
    return parts


def _manifest(folder: Path, parts: dict[str, Path], now: datetime) -> Manifest:
    end, newest, keys = examine(
        parts[FILE_NAME], lambda c: (rows.end(c), heads.newest(c), heads.keys(c))
    )
    return Manifest(
        made=now,
        schema=migrate.LATEST,
        epoch=end.epoch,
        seq=end.seq,
        hash=end.hash.hex(),
        head=_signed(folder, end, now) or newest,
        keys=keys,
        files={name: _described(path) for name, path in parts.items()},
    )


def _signed(folder: Path, end: Head, now: datetime) -> SignedHead | None:
    try:
        return signing.sign_head(private_key(folder), end, now)
    except KeyUnusable:
        return None


def _described(path: Path) -> File:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(size=path.stat().st_size, sha256=digest)


def _pack(target: Path, manifest: Manifest, parts: dict[str, Path]) -> None:
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as packed:
            stated = msgspec.json.encode(manifest)
            packed.addfile(_member(MANIFEST, len(stated), manifest), io.BytesIO(stated))
            for name, path in parts.items():
                with path.open("rb") as part:
                    packed.addfile(_member(name, manifest.files[name].size, manifest), part)
        file.flush()
        os.fsync(file.fileno())


def _member(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(manifest.made.timestamp())
    return member


def _read_manifest(packed: tarfile.TarFile, file: Path) -> Manifest:
    member = packed.next()
    if member is None or member.name != MANIFEST or member.size > MANIFEST_LIMIT:
        raise BackupInvalid(f"{file} is not a backup of a desk.")
    stated = packed.extractfile(member)
    try:
        manifest = msgspec.json.decode(stated.read() if stated else b"", type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BackupInvalid(f"The manifest of {file} cannot be read.") from None
    if manifest.format != 1 or manifest.schema > migrate.LATEST:
        raise BackupInvalid(f"{file} was made by a newer Wireroom: update this one.")
    return manifest


def _unpack_part(packed: tarfile.TarFile, name: str, part: File, folder: Path) -> None:
    if not _is_ours(name):
        raise BackupInvalid(f"The backup names a file that no backup holds: {name[:64]!r}.")
    source = packed.extractfile(name)
    if source is None:
        raise BackupInvalid(f"{name} is not in the backup.")
    target = folder / name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256()
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as file:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != part.sha256:
        raise BackupInvalid(f"{name} in the backup is not what its manifest says.")


def _is_ours(name: str) -> bool:
    if name in (FILE_NAME, keyfile.KEY_NAME):
        return True
    around, _, segment = name.rpartition("/")
    return around == archive.FOLDER and Path(segment).match(archive.PATTERN)
