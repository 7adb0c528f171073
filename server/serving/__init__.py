"""One process: bind, listen, leave in order."""
