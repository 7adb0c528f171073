"""The command line: ``wireroom``."""

from server.cli.app import main

__all__ = ["main"]
