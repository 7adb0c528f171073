"""Every command, and the one place where a refusal becomes a sentence and an exit code."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from engine.errors import WireroomError
from server import logs
from server.cli import (
    audit,
    backup,
    change,
    custody,
    export,
    ingest,
    person,
    serve,
    token,
    verify,
    watch,
)
from server.cli.terminal import complain

REFUSED, INTERRUPTED = 1, 130
PREFIX = "Value error, "
"""What typer puts before the sentence about a choice that is not offered."""

app = typer.Typer(
    name="wireroom",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("ingest")(ingest.ingest)
app.command("watch")(watch.watch)
app.command("export")(export.export)
app.command("verify")(verify.verify)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("erase")(custody.erase)
app.add_typer(custody.app, name="hold")
app.add_typer(token.app, name="token")
app.add_typer(person.app, name="person")
app.add_typer(change.app, name="change")
app.add_typer(audit.app, name="audit")


def _version(asked: bool) -> None:
    if asked:
        from server.openapi.document import VERSION

        print(f"wireroom {VERSION}")
        raise typer.Exit


@app.callback()
def wireroom(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """A live desk for daily intelligence briefs."""


def main() -> None:
    """Run the command that the arguments name, and leave the process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; what is refused is one sentence on stderr."""
    logs.configure("warning")  # to stderr: stdout carries results, which may go into a file
    try:
        return app(list(arguments), standalone_mode=False) or 0
    except TyperException as error:
        complain(error.format_message().replace(PREFIX, ""))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except WireroomError as error:
        complain(str(error))
    except OSError as error:
        complain(f"{error.strerror or error}: {error.filename}." if error.filename else f"{error}.")
    except Exception as error:  # a defect, too, is one sentence, unless someone asks for more
        if "WIREROOM_TRACEBACK" in os.environ:
            raise
        complain(
            f"Wireroom failed in a way it did not expect ({type(error).__name__}: {error}). "
            "Set WIREROOM_TRACEBACK=1 to see where."
        )
    return REFUSED
