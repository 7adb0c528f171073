"""Why bytes are no JSON, from what the decoder says. Pure."""

import re

_BYTE = re.compile(r"\(byte (\d+)\)")
_TRUNCATED = "Input data was truncated"


def not_json(problem: str, size: int, at: int = 0) -> tuple[str, int]:
    """Why ``size`` bytes are no JSON, and the byte; they begin at byte ``at`` of the whole."""
    found = _BYTE.search(problem)
    byte = at + (int(found[1]) if found else size)
    if problem == _TRUNCATED:
        return f"it ends too early (byte {byte})", byte
    return _BYTE.sub(f"(byte {byte})", problem.removeprefix("JSON is malformed: ")), byte
