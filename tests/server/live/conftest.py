"""Both ways a WebSocket can go after its handshake."""

import pytest

from tests.server.live import serving


@pytest.fixture(params=["slim", "stock"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test on each path; its name."""
    monkeypatch.setattr(serving, "is_slim", request.param == "slim")
    chosen: str = request.param
    return chosen
