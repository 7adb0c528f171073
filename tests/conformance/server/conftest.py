"""The desk under test: ours in a process of its own, or the one that the environment names."""

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.server.desk import Desk
from tests.end_to_end.process import serving, token

OURS = {"WIREROOM_HEARTBEAT_S": "1", "WIREROOM_RING_SIZE": "64"}
"""Heartbeats that a test can wait for, and a ring that a test can leave."""


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """A desk that lets readers in: mock mode, or the address in the environment."""
    if url := os.environ.get("WIREROOM_CONFORMANCE_URL"):
        yield Desk(url.rstrip("/"), os.environ.get("WIREROOM_CONFORMANCE_TOKEN", ""), False)
        return
    with serving("--mock", environment=OURS) as server:
        yield Desk(server.url, _issued(server.url), True)


def _issued(url: str) -> str:
    """A token with every right: the admins of mock mode make one of them a reviewer as well."""
    asked = _post(url, "demo-admin", "/people/demo-admin/roles", {"role": "Analyst"})
    _post(url, "demo-second-admin", f"/changes/{asked['id']}/confirm", {})
    return str(_post(url, "demo-admin", "/tokens", {"name": "Demo Admin"})["token"])


def _post(url: str, who: str, path: str, body: dict[str, str]) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {who}", "Content-Type": "application/json"}
    asked = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        done: dict[str, str] = json.load(answer)["data"]
        return done


@pytest.fixture(scope="session")
def closed_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that lets nobody in without a credential."""
    if url := os.environ.get("WIREROOM_CONFORMANCE_URL"):
        yield Desk(url.rstrip("/"), os.environ.get("WIREROOM_CONFORMANCE_TOKEN", ""), False)
        return
    data: Path = tmp_path_factory.mktemp("closed") / "desk"
    secret = token(data, "Ana", "admin", "auditor")
    with serving("--data-dir", str(data), environment=OURS) as server:
        yield Desk(server.url, secret, True)
