"""The options that say which desk a command talks to, handed to the command as one ``Where``."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, cast

from server.cli import options
from server.cli.desk import Where


def _where(
    url: options.Url = None,
    data_dir: options.DataDir = None,
    config: options.ConfigFile = None,
    token_file: options.TokenFile = None,
) -> Where:
    return Where(url=url, data_dir=data_dir, config=config, token_file=token_file)


_OPTIONS = tuple(inspect.signature(_where).parameters.values())


def desk(command: Callable[Concatenate[Where, ...], None]) -> Callable[..., None]:
    """The command as typer shall see it: with these options behind its own parameters."""

    def run(**given: Any) -> None:
        where = _where(**{each.name: given.pop(each.name) for each in _OPTIONS})
        command(where, **given)

    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    shown: Any = wraps(command)(run)
    shown.__signature__ = inspect.Signature([*own, *_OPTIONS])  # what typer makes options of
    return cast("Callable[..., None]", shown)
