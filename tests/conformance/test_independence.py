"""The suite knows the document and not the implementation, so that it can judge any."""

import ast
from pathlib import Path

HERE = Path(__file__).parent
DRIVER = HERE / "client" / "follow.py"
"""Drives our own client, in a process of its own."""


def test_nothing_here_imports_the_engine_or_the_server() -> None:
    roots = {
        (name or "").partition(".")[0]
        for path in HERE.rglob("*.py")
        if path != DRIVER
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [node.module]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }

    assert roots.isdisjoint({"engine", "server"})
