"""Why bytes are no JSON. Pure."""


def why(error: Exception) -> str:
    """The decoder's words, 200 characters of them, to go behind "It is not valid JSON: "."""
    return str(error).removeprefix("JSON is malformed: ")[:200]
