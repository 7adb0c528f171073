"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", envvar="WIREROOM_CONFIG", help="Settings file (TOML)."),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="The desk's data folder.", show_default="./wireroom-data"),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="A running desk, as http://host:port; else WIREROOM_URL, unless --data-dir is given.",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        envvar="WIREROOM_TOKEN_FILE",
        help="File (mode 0600) with the token for a running desk; else WIREROOM_TOKEN.",
    ),
]
