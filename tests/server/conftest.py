"""A real desk behind a real server, in mock mode, where reads are open and reviewers exist."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from engine import Engine, Settings
from server.app import create_app

Client = TestClient[Any, Any]
Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "desk", mock=True)


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    engine = await Engine.open(settings)
    yield engine
    await engine.close()


@pytest.fixture
async def client(settings: Settings, engine: Engine, aiohttp_client: Connect) -> Client:
    return await aiohttp_client(await create_app(settings, engine))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared_client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """One desk for a whole file of tests that leave it as it is: opening one takes a second."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("shared") / "desk", mock=True)
    engine = await Engine.open(settings)
    async with TestClient(TestServer(await create_app(settings, engine))) as client:
        yield client
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def closed_client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """As ``shared_client``, outside mock mode: with nobody in it."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("closed") / "desk")
    engine = await Engine.open(settings)
    async with TestClient(TestServer(await create_app(settings, engine))) as client:
        yield client
    await engine.close()
