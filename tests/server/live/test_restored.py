"""A follower of a desk that was restored from a backup begins again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from engine import Engine, Settings
from engine.desk.backup import back_up
from engine.desk.restoring import restore
from engine.model import SYSTEM
from server.app import create_app
from tests.engine.clock import START

Connect = Callable[..., Awaitable[TestClient[Any, Any]]]


@pytest.fixture
async def old_cursor(settings: Settings, tmp_path: Path) -> str:
    """What a follower of the desk had seen before it was lost and restored in ``restored``."""
    engine = await Engine.open(settings)
    back_up(settings.data_dir, tmp_path / "desk.tar.gz", START, with_key=False)
    await engine.access.issue_token(SYSTEM, "Mira", ("viewer",), None)
    seen = engine.log.cursor
    await engine.close()
    restore(tmp_path / "desk.tar.gz", tmp_path / "restored", START)
    return seen


@pytest.fixture
async def restored(tmp_path: Path, old_cursor: str) -> AsyncIterator[Engine]:
    engine = await Engine.open(Settings(data_dir=tmp_path / "restored", mock=True))
    yield engine
    await engine.close()


async def test_a_cursor_from_before_the_restoration_is_not_continued(
    restored: Engine, old_cursor: str, aiohttp_client: Connect
) -> None:
    client = await aiohttp_client(await create_app(restored.settings, restored))
    async with client.ws_connect("/ws") as socket:
        await socket.receive_json(timeout=5)

        await socket.send_json(
            {"op": "subscribe", "id": 1, "topics": ["brief"], "since": old_cursor}
        )
        subscribed = await socket.receive_json(timeout=5)
        snapshot = await socket.receive_json(timeout=5)

    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, False)
    assert subscribed["head"].startswith(restored.log.epoch)
    assert snapshot["op"] == "snapshot"
