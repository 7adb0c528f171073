"""client.js: its table is the server's, and its own tests pass where there is a Node."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server.live.closing import TABLE, Reconnect

HERE = Path(__file__).parent
CLIENT = HERE.parents[2] / "server" / "pages" / "static" / "client.js"


@pytest.mark.parametrize(
    ("name", "reconnect"), [("AT_ONCE", Reconnect.AT_ONCE), ("NEVER", Reconnect.NEVER)]
)
def test_the_close_codes_are_those_of_the_table(name: str, reconnect: Reconnect) -> None:
    found = re.search(rf"const {name} = new Set\(\[([\d, ]+)\]\)", CLIENT.read_text("utf-8"))

    assert found is not None
    codes = {int(code) for code in found[1].split(",")}
    assert codes == {row.code for row in TABLE if row.reconnect is reconnect}


def test_it_needs_nothing_else() -> None:
    assert re.findall(r"^import|import\(", CLIENT.read_text("utf-8"), re.MULTILINE) == []


def test_its_own_tests_pass() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NODE IS NOT INSTALLED: /client.js was not tested")

    run = subprocess.run(
        [node, "--test", str(HERE / "client.test.mjs")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
