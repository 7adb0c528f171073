"""``wireroom serve``: says where it is, refuses what cannot be served, and leaves cleanly."""

from pathlib import Path

import pytest

from tests.server.cli.sessions import Running, Wireroom, serving

pytestmark = pytest.mark.xdist_group("mock desk")


def test_mock_mode_prints_the_address_and_the_demo_sign_in(mock_desk: Running) -> None:
    assert mock_desk.said.startswith("Wireroom is at http://127.0.0.1:")
    for name in ("demo-analyst", "demo-strategy-head", "demo-admin"):
        assert f"Authorization: Bearer {name}" in mock_desk.said


def test_a_real_desk_names_its_data_folder_and_no_demo(tmp_path: Path) -> None:
    for desk in serving(tmp_path, "--data-dir", "house"):
        assert "Its data is in house." in desk.said
        assert "demo" not in desk.said

    assert desk.process.returncode in (0, 130)
    assert (tmp_path / "house").is_dir()


def test_mock_mode_writes_nothing_where_it_is_started(tmp_path: Path) -> None:
    for _desk in serving(tmp_path, "--mock"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_one_sentence(wireroom: Wireroom, mock_desk: Running) -> None:
    ran = wireroom("serve", "--addr", mock_desk.url.removeprefix("http://"), "--data-dir", "house")

    assert ran.code == 1
    assert "is in use by another server" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--mock", "--addr", "0.0.0.0:0"], "Mock mode is open to everybody"),
        (["--mock", "--data-dir", "house"], "leave out --data-dir"),
        (["--mock", "--examples", "none"], "there is no folder none"),
        (["--addr", "0.0.0.0:0"], "needs TLS"),
        (["--config", "none.toml"], "The settings file none.toml cannot be read"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(
    wireroom: Wireroom, options: list[str], sentence: str
) -> None:
    ran = wireroom("serve", "--addr", "127.0.0.1:0", *options)

    assert ran.code == 1
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
