from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from engine.analysis.analyst import Analyst
from engine.analysis.cluster import ClusterRules
from engine.analysis.embed import Embedder
from engine.analysis.readings import AnalysedItem, Analysis, Placed
from engine.analysis.taxonomy import load_default
from engine.errors import Invalid, NotFound

MakeItem = Callable[..., AnalysedItem]

HEADLINES = (
    "Qelvar dam closed after divers find cracks in foundation",
    "Central bank of Torvend holds interest rates steady",
    "Water board closes Qelvar dam over foundation cracks",
    "Harbour pilots in Ostmark strike over pay",
    "QELVAR DAM CLOSED AFTER DIVERS FIND CRACKS IN FOUNDATION",
    "Ostmark harbour pilots walk out in pay dispute",
    "Torvend central bank keeps rates on hold as prices cool",
    "Late header wins cup final for underdogs from Sundvik",
    "Qelvar dam repairs to last until harvest, water board says",
    "新しい港湾法が議会で可決",
    "Пилоты порта объявили забастовку",
    "新しい港湾法が議会で可決される",
)


@pytest.fixture
def day(item: MakeItem) -> list[AnalysedItem]:
    return [item(number, title) for number, title in enumerate(HEADLINES)]


def issues_of(analysis: Analysis) -> list[str]:
    return [assignment.issue_id for assignment in analysis.assignments]


def placed(items: list[AnalysedItem], analysis: Analysis) -> list[Placed]:
    return [
        Placed(item=item, issue_id=each.issue_id, duplicate_of=each.duplicate_of)
        for item, each in zip(items, analysis.assignments, strict=True)
    ]


def test_items_of_one_story_share_an_issue(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    found = issues_of(analyst.assign(day, now))

    assert found[0] == found[2] == found[4] == found[8]
    assert found[1] == found[6]
    assert found[3] == found[5]
    assert found[9] == found[11]
    assert len(set(found)) == 6


def test_a_copy_is_named_with_its_original_and_counted(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    analysis = analyst.assign(day, now)

    assert analysis.assignments[4].duplicate_of == "item-0"
    dam = next(issue for issue in analysis.issues if issue.id == analysis.assignments[0].issue_id)
    assert (dam.item_count, dam.duplicate_count, dam.source_count) == (4, 1, 4)


def test_only_the_item_that_opens_an_issue_is_marked(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    opened = [each.item_id for each in analyst.assign(day, now).assignments if each.is_new_issue]

    assert opened == ["item-0", "item-1", "item-3", "item-7", "item-9", "item-10"]


def test_each_touched_issue_is_read_once(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    first = analyst.assign(day[:4], now)
    second = analyst.assign(day[4:6], now)

    assert [issue.id for issue in first.issues] == list(dict.fromkeys(issues_of(first)))
    assert {issue.id for issue in second.issues} == {issues_of(first)[0], issues_of(first)[3]}


def test_a_reading_says_what_the_issue_is_about(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    readings = {issue.title: issue for issue in analyst.assign(day, now).issues}

    strike = readings["Harbour pilots in Ostmark strike over pay"]
    assert strike.quadrant == "Advocacy"
    assert "ostmark" in strike.keywords
    assert strike.reasons[0] == "2 publishers at once"
    assert strike.first_seen == strike.last_seen == now
    assert readings["Late header wins cup final for underdogs from Sundvik"].relevance < 0.5


@pytest.mark.parametrize("cut", range(0, 13, 3))
def test_a_replay_goes_on_as_the_uninterrupted_run(
    embedder: Embedder, day: list[AnalysedItem], now: datetime, cut: int
) -> None:
    steady = Analyst(load_default(), embedder=embedder)
    before, after = steady.assign(day[:cut], now), steady.assign(day[cut:], now)
    restarted = Analyst(load_default(), embedder=embedder)

    restarted.replay(placed(day[:cut], before))

    assert restarted.assign(day[cut:], now) == after


def test_a_replay_in_the_midst_of_closing_issues_goes_on_alike(
    embedder: Embedder, day: list[AnalysedItem], now: datetime
) -> None:
    rules = ClusterRules(active=2)
    steady = Analyst(load_default(), embedder=embedder, rules=rules)
    before, after = steady.assign(day[:7], now), steady.assign(day[7:], now)
    restarted = Analyst(load_default(), embedder=embedder, rules=rules)

    restarted.replay(placed(day[:7], before))

    assert restarted.assign(day[7:], now) == after
    assert restarted.active_issues == 2


def test_the_size_of_batches_does_not_matter(
    embedder: Embedder, day: list[AnalysedItem], now: datetime
) -> None:
    at_once = issues_of(Analyst(load_default(), embedder=embedder).assign(day, now))
    analyst = Analyst(load_default(), embedder=embedder)

    one_by_one = [issues_of(analyst.assign([item], now))[0] for item in day]

    assert one_by_one == at_once


def test_an_imported_issue_gains_items_under_its_own_id(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    analyst.replay([Placed(item=day[0], issue_id="iss-042")])

    assert issues_of(analyst.assign([day[2], day[4]], now)) == ["iss-042", "iss-042"]


def test_a_placement_as_copy_may_come_without_its_original(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    analyst.replay([Placed(item=day[0], issue_id="iss-042", duplicate_of="gone")])

    assert issues_of(analyst.assign([day[2]], now)) == ["iss-042"]


def test_a_correction_is_kept_while_the_issue_grows(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    dam = issues_of(analyst.assign(day[:3], now))[0]

    reading = analyst.correct(dam, "Policy")
    later = analyst.assign([day[8]], now).issues[0]

    assert later.id == dam
    for each in (reading, later):
        assert (each.quadrant, each.confidence, each.needs_review) == ("Policy", 1.0, False)


def test_a_correction_teaches_like_issues(analyst: Analyst, item: MakeItem, now: datetime) -> None:
    week = timedelta(days=90)
    first = item(1, "Lighthouse keepers publish tide tables")
    corrected = issues_of(analyst.assign([first], now))[0]

    analyst.correct(corrected, "Advocacy")
    like = item(2, "Lighthouse keepers print tide tables", arrived=now + week)

    reading = analyst.assign([like], now + week).issues[0]
    assert reading.id != corrected
    assert reading.quadrant == "Advocacy"


def test_an_unknown_quadrant_or_issue_is_refused(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    issue = issues_of(analyst.assign(day[:1], now))[0]

    with pytest.raises(Invalid, match="Policy, Industry, Advocacy, Risk"):
        analyst.correct(issue, "Gossip")
    with pytest.raises(NotFound, match="nowhere"):
        analyst.correct("nowhere", "Risk")


def test_items_put_elsewhere_leave_the_same_state_as_a_replay_of_all(
    embedder: Embedder, analyst: Analyst, day: list[AnalysedItem], item: MakeItem, now: datetime
) -> None:
    before = placed(day, analyst.assign(day, now))
    dam, bank = before[0].issue_id, before[1].issue_id
    analyst.correct(bank, "Risk")
    moved = [replace(each, issue_id=dam) if each.issue_id == bank else each for each in before]

    analyst.disband([dam, bank])
    analyst.replay([each for each in moved if each.issue_id == dam])
    (reading,) = analyst.reread([dam], now)
    replica = Analyst(load_default(), embedder=embedder)
    replica.replay(moved)

    more = [item(20, "Torvend central bank cuts rates"), item(21, "Qelvar dam refilled at last")]
    assert reading.item_count == 6
    assert analyst.assign(more, now) == replica.assign(more, now)


def test_an_old_issue_that_people_put_together_does_not_close_before_it_is_read(
    analyst: Analyst, item: MakeItem, now: datetime
) -> None:
    old = item(1, HEADLINES[0], arrived=now - timedelta(days=20))
    new = item(2, HEADLINES[1])
    analyst.replay([Placed(item=old, issue_id="dam"), Placed(item=new, issue_id="dam")])

    analyst.disband(["dam"])
    analyst.replay([Placed(item=old, issue_id="dam"), Placed(item=new, issue_id="bank")])
    readings = analyst.reread(["dam", "bank"], now)

    assert [reading.id for reading in readings] == ["dam", "bank"]


def test_rescoring_lists_only_issues_whose_priority_changed(
    analyst: Analyst, item: MakeItem, now: datetime
) -> None:
    title = "Ferry {} sinks off Torvend cape, dozens dead"
    crew = [item(n, title.format(word)) for n, word in enumerate(["Anna", "now", "Two", "again"])]
    loud = analyst.assign([*crew, item(9, "Bakers compare rye flour")], now).issues[0]

    assert analyst.rescore(now) == ()
    faded = analyst.rescore(now + timedelta(days=4))

    assert [issue.id for issue in faded] == [loud.id]
    assert faded[0].priority != loud.priority
    assert analyst.rescore(now + timedelta(days=4)) == ()


def test_a_late_publication_is_news_when_it_arrives(
    analyst: Analyst, item: MakeItem, now: datetime
) -> None:
    hour_ago, year_ago = now - timedelta(hours=1), now - timedelta(days=400)
    ahead = now + timedelta(days=2)
    titles = ("Ferry sinks off cape", "Bakers compare rye flour", "Moon probe lifts off")
    items = [
        item(n, title, published=published)
        for n, (title, published) in enumerate(
            zip(titles, (hour_ago, year_ago, ahead), strict=True)
        )
    ]

    seen = [issue.last_seen for issue in analyst.assign(items, now).issues]

    assert seen == [hour_ago, now, now]


def test_an_issue_closed_by_its_own_batch_is_not_read(
    embedder: Embedder, day: list[AnalysedItem], now: datetime
) -> None:
    analyst = Analyst(load_default(), embedder=embedder, rules=ClusterRules(active=1))

    analysis = analyst.assign(day, now)

    assert len(analysis.assignments) == len(day)
    assert len(analysis.issues) == 1


def test_an_empty_batch_touches_nothing(analyst: Analyst, now: datetime) -> None:
    assert analyst.assign([], now) == Analysis(assignments=(), issues=())


def test_an_analysis_survives_msgpack(
    analyst: Analyst, day: list[AnalysedItem], now: datetime
) -> None:
    analysis = analyst.assign(day, now)

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(analysis), type=Analysis) == analysis
