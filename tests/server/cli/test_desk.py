"""Which desk a command talks to."""

from pathlib import Path

import pytest

from engine.errors import DataFolderBusy, Invalid
from engine.settings import Settings
from engine.store.folder import DataFolder
from server.cli.desk import Where, live_url


def test_a_given_url_comes_first() -> None:
    assert live_url(Where(url="http://desk.example/"), Settings()) == "http://desk.example"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("127.0.0.1:8802", "http://127.0.0.1:8802"),
        ("localhost:8802/", "http://localhost:8802"),
        ("https://desk.example", "https://desk.example"),
    ],
)
def test_an_address_without_a_scheme_is_http(given: str, url: str) -> None:
    assert live_url(Where(url=given), Settings()) == url


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(Invalid, match="is not the address of a desk: expected"):
        live_url(Where(url="ftp://desk.example"), Settings())


def test_a_folder_that_is_named_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREROOM_URL", "desk.example")
    settings = Settings(data_dir=tmp_path)

    assert live_url(Where(), settings) == "http://desk.example"
    assert live_url(Where(data_dir=tmp_path), settings) is None


def test_a_folder_that_nobody_owns_is_no_url(tmp_path: Path) -> None:
    assert live_url(Where(), Settings(data_dir=tmp_path)) is None


@pytest.mark.parametrize(
    ("addr", "tls", "url"),
    [
        ("127.0.0.1:8787", False, "http://127.0.0.1:8787"),
        ("0.0.0.0:8787", False, "http://127.0.0.1:8787"),
        ("[::]:8787", False, "http://[::1]:8787"),
        ("desk.example:443", True, "https://desk.example:443"),
    ],
)
def test_a_live_owner_is_asked_where_it_listens(
    tmp_path: Path, addr: str, tls: bool, url: str
) -> None:
    settings = Settings(data_dir=tmp_path, tls_cert=tmp_path / "chain.pem" if tls else None)
    folder = DataFolder.acquire(tmp_path, addr)

    try:
        assert live_url(Where(), settings) == url
    finally:
        folder.release()


def test_an_owner_that_serves_nobody_is_named(tmp_path: Path) -> None:
    folder = DataFolder.acquire(tmp_path)

    try:
        with pytest.raises(DataFolderBusy, match="try again when it is done"):
            live_url(Where(), Settings(data_dir=tmp_path))
    finally:
        folder.release()
