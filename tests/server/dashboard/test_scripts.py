"""The parts of the page that decide, alone: their tests run where there is a Node."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.events.table import TABLE

HERE = Path(__file__).parent
STATIC = HERE.parents[2] / "server" / "dashboard" / "static"


@pytest.mark.parametrize("name", sorted(one.name for one in HERE.glob("*.test.mjs")))
def test_its_own_tests_pass(name: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NODE IS NOT INSTALLED: the scripts of the dashboard were not tested")

    run = subprocess.run(
        [node, "--test", str(HERE / name)], capture_output=True, text=True, timeout=60, check=False
    )

    assert run.returncode == 0, run.stdout + run.stderr


def test_every_event_that_the_page_follows_has_a_sentence() -> None:
    words = STATIC.joinpath("core", "words.js").read_text("utf-8")
    topics = re.search(r"const TOPICS = (\[.*?\])", STATIC.joinpath("core/main.js").read_text())

    assert topics is not None
    followed = {
        kind.name
        for kind in TABLE
        if kind.topic in json.loads(topics[1]) and not kind.latest and kind.topic != "presence"
    }
    assert followed <= set(re.findall(r'^  "([\w.]+)": ', words, re.MULTILINE))
