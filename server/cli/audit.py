"""``wireroom audit``: prove the desk's log, and look after the key that signs it."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import Invalid, SettingInvalid
from server.cli import options
from server.cli.counts import amount
from server.cli.desk import Where, asked_url, open_desk
from server.cli.terminal import complain, out, styled

if TYPE_CHECKING:
    from engine.log.verify import AuditResult, Problem
    from engine.model import SigningKey

app = typer.Typer(help="Prove the desk's log.", no_args_is_help=True)

EXIT_CODES = {"changed": 1, "cut": 3, "other": 3, "untrusted": 4}
"""By the kind of the gravest problem, gravest first."""


@app.callback()
def audit() -> None:
    """Prove the desk's log."""


@app.command("verify")
def verify(
    anchor: Annotated[
        Path | None,
        typer.Option(help="Signed heads from the second place; else the file in the settings."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Id of the one key to trust, as `audit key` shows it.")
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(help="Folder of trimmed segments; else the one in the data folder."),
    ] = None,
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Prove the whole log: chain, signed heads, archive, second place.

    Reads the data folder, whether a desk runs on it or not; with --url, asks that desk.
    Exit codes: 0 it holds, 1 an event is not as recorded, 3 its end was cut off or rolled back,
    4 a signature is not to be trusted.
    """
    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    if not asked_url(where, os.environ):
        result = _prove(where, anchor, key or "", archive)
    elif anchor or key or archive:
        raise Invalid("--anchor, --key and --archive go with the data folder, not with --url.")
    else:
        result = asyncio.run(_verify(where))
    _tell(result)
    if result.problems:
        raise typer.Exit(_exit_code(result.problems))


@app.command("key")
def key_id(
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
) -> None:
    """Print the id of the key that signs now: write it down where auditors find it."""
    from engine.desk.notary import private_key
    from engine.log.signing import key_id

    print(key_id(private_key(_folder(data_dir, config))))


@app.command("rotate-key")
def rotate_key(
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> None:
    """Sign with a new key from now on, vouched for by the one before. Prints its id."""
    where = Where(url=url, data_dir=data_dir, config=config, token_file=token_file)
    print(asyncio.run(_rotate(where)).id)


@app.command("export-key")
def export_key(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the copy.")],
    passphrase_file: Annotated[
        Path | None,
        typer.Option(help="File (mode 0600) with the passphrase; else it is asked for."),
    ] = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
) -> None:
    """Write an encrypted copy of the private key, to be kept elsewhere."""
    from engine.desk.notary import private_key
    from engine.log.signing import to_pem
    from server.cli.export import check

    check(target)
    private = private_key(_folder(data_dir, config))
    _write_private(target, to_pem(private, _passphrase(passphrase_file)))
    out().print(styled(str(target)))


def _prove(where: Where, anchor: Path | None, key: str, archive: Path | None) -> "AuditResult":
    from engine.desk.proof import NO_ANCHOR, prove
    from engine.log.anchor import read
    from engine.log.archive import FOLDER, open_archive
    from engine.settings import load
    from engine.store.database import FILE_NAME, examine

    settings = load(os.environ, where.config, data_dir=where.data_dir)
    named = anchor or _anchor_file(settings.anchor)
    anchored = read(named) if named else NO_ANCHOR
    segments = open_archive(archive or settings.data_dir / FOLDER)
    return examine(
        settings.data_dir / FILE_NAME,
        lambda connection: prove(connection, archive=segments, anchor=anchored, pinned=key),
    )


def _anchor_file(place: str) -> Path | None:
    """The file that the desk itself writes to, if it does and has."""
    is_file = bool(place) and "://" not in place and Path(place).is_file()
    return Path(place) if is_file else None


def _tell(result: "AuditResult") -> None:
    for problem in result.problems:
        complain(problem.message)
    for note in result.notes:
        out().print(styled(f"  {note}", "dim"))
    if result.ok:
        out().print(
            styled(f"✓ As recorded: {amount(result.checked, 'event')} up to {result.head}.")
        )
    if result.ok and result.signed:
        covered = f"  Signed up to event {result.signed}, by key {result.key}."
        out().print(styled(covered))


def _exit_code(problems: "tuple[Problem, ...]") -> int:
    found = {problem.code for problem in problems}
    return next(code for kind, code in EXIT_CODES.items() if kind in found)


def _folder(data_dir: Path | None, config: Path | None) -> Path:
    from engine.settings import load

    return load(os.environ, config, data_dir=data_dir).data_dir


def _passphrase(file: Path | None) -> bytes:
    from server.cli.credentials import secret_in

    given = secret_in(file, "passphrase") if file else None
    given = given or typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    if len(given) < 12:
        raise SettingInvalid("The passphrase must have at least 12 characters.")
    return str(given).encode()


def _write_private(target: Path, pem: bytes) -> None:
    try:
        file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Invalid(f"{target} is there already: a key is not written over.") from None
    with os.fdopen(file, "wb") as copy:
        copy.write(pem)


async def _verify(where: Where) -> "AuditResult":
    async with open_desk(where) as desk:
        return await desk.verify_audit()


async def _rotate(where: Where) -> "SigningKey":
    async with open_desk(where) as desk:
        return await desk.rotate_key()
