"""The example day is found, decoded and checked before it is played."""

import json
from pathlib import Path

import pytest

from engine.errors import SettingInvalid
from server.mock.day import Day, OpenReview, PushItems, Sign, load, local_feeds, locate

ISSUE = {
    "id": "reed-bed",
    "title": "Reed bed planned at Ostrel",
    "quadrant": "Policy",
    "score": 0.5,
    "items": [
        {
            "title": "Ostrel plans a reed bed",
            "url": "https://ostrel.example/reed",
            "text": "The town of Ostrel plans a reed bed. It will clean rain water.",
        }
    ],
}
BRIEF = {
    "id": "reed-bed",
    "title": "Reed bed planned at Ostrel",
    "summary": ["Ostrel plans a reed bed."],
    "evidence": [{"url": "https://ostrel.example/reed", "quote": "It will clean rain water."}],
}


def write(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def test_the_day_that_ships_is_found_and_valid() -> None:
    day = load(locate())

    assert len(day.sources) >= 6
    assert {"test-001", "water-reuse-rule"} <= {issue.id for issue in day.issues}
    assert set(local_feeds(day)) == {source.id for source in day.sources}


def test_every_kind_of_step_stands_in_the_script_that_ships() -> None:
    day = load(locate())

    assert {type(step) for step in day.runtime.script} == {OpenReview, PushItems, Sign}


def test_a_given_folder_comes_first(tmp_path: Path) -> None:
    assert locate(tmp_path) == tmp_path


def test_a_given_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="WIREROOM_EXAMPLES_DIR"):
        locate(tmp_path / "nowhere")


def test_an_empty_folder_is_no_day(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match=r"neither sources\.json nor"):
        load(tmp_path)


def test_without_the_prepared_state_the_feeds_are_left(tmp_path: Path) -> None:
    write(tmp_path, "sources.json", {"sources": [source("news.xml")]})

    day = load(tmp_path)

    assert (day.issues, day.briefs, day.runtime.script) == ((), {}, ())
    assert day.runtime.pace.items_per_s == 3.0


def test_a_brief_of_an_issue_that_is_not_told_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "sources.json", {"sources": [source("news.xml")]})
    write(tmp_path, "brief_reed-bed.json", BRIEF)

    assert load(tmp_path).briefs == {}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("classify_today.json", {"issues": [{**ISSUE, "score": 2}]}, r"\$\.issues\[0\]\.score"),
        ("classify_today.json", {"issues": [{**ISSUE, "colour": 1}]}, "colour"),
        ("classify_today.json", {"issues": [{**ISSUE, "items": []}]}, r"\$\.issues\[0\]\.items"),
        ("classify_today.json", '{"issues": [', "truncated"),
        ("classify_today.json", "[" * 100_000, "Expected `object`"),
        ("runtime.json", {"script": [{"do": "dance", "after_s": 1}]}, r"\$\.script\[0\]\.do"),
        ("runtime.json", {"pace": {"items_per_s": 0}}, r"\$\.pace\.items_per_s"),
        ("sources.json", {"sources": [{"id": "a", "kind": "fax", "location": "x"}]}, "kind"),
        ("ui_config.json", {"quadrants": [{"name": "Risk", "colour": "red"}]}, "colour"),
        ("brief_other.json", BRIEF, r"named for another brief - at `\$\.id`"),
        (
            "brief_reed-bed.json",
            {**BRIEF, "evidence": [{"url": "https://ostrel.example/reed", "quote": "No."}]},
            r"\$\.evidence\[0\]\.quote",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_and_field(
    tmp_path: Path, name: str, value: object, said: str
) -> None:
    write(tmp_path, "classify_today.json", {"issues": [ISSUE]})
    path = write(tmp_path, name, value)

    with pytest.raises(SettingInvalid, match=said) as refused:
        load(tmp_path)

    assert str(path) in str(refused.value)


def test_text_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "classify_today.json").write_bytes(b'{"issues": [{"title": "\xff"}]}')

    with pytest.raises(SettingInvalid, match=r"classify_today\.json: "):
        load(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "classify_today.json").mkdir()

    with pytest.raises(SettingInvalid, match=r"classify_today\.json cannot be read"):
        load(tmp_path)


def test_a_source_reads_files_of_its_folder_only(tmp_path: Path) -> None:
    write(tmp_path, "outside.xml", "<rss/>")
    day = day_with(tmp_path / "day", "../outside.xml")

    with pytest.raises(SettingInvalid, match=r"\$\.sources\[0\]\.location"):
        local_feeds(day)


def test_a_source_elsewhere_has_no_local_file(tmp_path: Path) -> None:
    day = day_with(tmp_path, "https://news.example/feed.xml")

    assert local_feeds(day) == {}


def source(location: str) -> dict[str, str]:
    return {"id": "news", "kind": "feed", "location": location}


def day_with(folder: Path, location: str) -> Day:
    write(folder, "sources.json", {"sources": [source(location)]})
    return load(folder)
