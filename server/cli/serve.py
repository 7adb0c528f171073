"""``wireroom serve``: run the desk and its server until Ctrl-C."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import SettingInvalid
from server.cli import options
from server.cli.terminal import out, styled

if TYPE_CHECKING:
    from engine.settings import Settings


def serve(
    addr: Annotated[
        str | None,
        typer.Option(help="Where to listen, as host:port.", show_default="127.0.0.1:8787"),
    ] = None,
    mock: Annotated[
        bool | None,
        typer.Option("--mock/--no-mock", help="Play the example day in a throw-away data folder."),
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(help="Folder of the example day.", show_default="the built-in one"),
    ] = None,
    mock_public: Annotated[
        bool | None, typer.Option("--mock-public", help="Let mock mode be reached from outside.")
    ] = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
) -> None:
    """Run the desk: REST, live channel and page, until Ctrl-C.

    Every other setting comes from WIREROOM_* variables or the --config file.
    """
    from engine.settings import load
    from server.mock.day import load as load_day
    from server.mock.day import locate
    from server.mock.play import throwaway
    from server.serving.serve import serve as run

    settings = load(
        os.environ,
        config,
        addr=addr,
        mock=mock,
        mock_public=mock_public,
        examples_dir=examples,
        data_dir=data_dir,
    )
    if settings.mock and data_dir is not None:
        raise SettingInvalid("--mock keeps its own throw-away folder: leave out --data-dir.")
    if settings.mock:
        load_day(locate(settings.examples_dir))  # a mistake in it is told before anything starts
    with throwaway(settings) if settings.mock else nullcontext(settings) as chosen:
        run(chosen, lambda address: _announce(chosen, address))


def _announce(settings: "Settings", address: str) -> None:
    console = out()
    console.print(styled(f"Wireroom is at {address}", "bold"))
    if not settings.mock:
        console.print(styled(f"Its data is in {settings.data_dir}. Ctrl-C to stop."))
        return
    from engine.desk import demo

    console.print("Demo sign-in: continue as one of these on the page, or send the token.")
    for principal in demo.PRINCIPALS:
        console.print(styled(f"  {principal.name:<20} Authorization: Bearer {principal.id}"))
    console.print("The data of this desk is thrown away when it stops. Ctrl-C to stop.")
