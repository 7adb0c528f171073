"""``python -m server.cli``: the command line without its entry point."""

from server.cli import main

main()
