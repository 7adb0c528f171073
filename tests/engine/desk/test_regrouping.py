"""Merging and splitting issues: where items go, what lapses, and what everybody is told."""

import pytest

from engine.analysis.readings import IssueReading
from engine.desk.placing import Overtaken, Regrouping
from engine.desk.review import SignRequest
from engine.engine import Engine
from engine.errors import (
    Conflict,
    Declined,
    Invalid,
    Merged,
    NoFreshEyes,
    NotAllowed,
    NotAPerson,
    NotFound,
    OnHold,
)
from engine.model import SYSTEM, Entry, Issue, Principal
from engine.store import items
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA, SAM, STRIKE, VERA, entry, sign, with_strike
from tests.engine.desk.inline_worker import InlineWorker
from tests.engine.desk.test_people import known

FERRY = "Ferry fares to the island of Rhune rise by a fifth"


def ferry(n: int) -> Entry:
    """The n-th report about something else entirely."""
    return Entry(
        title=f"{FERRY}, says operator number {n}",
        text=f"Islanders of Rhune pay a fifth more for the ferry from May, operator {n} said.",
        url=f"https://isle{n}.example/ferry-{n}",
        publisher=f"Island Paper {n}",
    )


async def two_issues(engine: Engine) -> tuple[Issue, Issue]:
    """The strike, with its brief, and the ferry fares."""
    await with_strike(engine)
    await engine.ingest.push(SYSTEM, [entry(1), *(ferry(n) for n in range(3))])
    await engine.settled()
    found = {issue.id: issue for issue in (await engine.issues.today()).issues}
    strike = found.pop(STRIKE)
    assert len(found) == 1
    return strike, next(iter(found.values()))


async def item_ids(engine: Engine, issue_id: str) -> list[str]:
    found = await engine._context.read(lambda c: items.of_issue(c, issue_id))
    return [item.id for item in found]


async def signed_by_both(engine: Engine) -> None:
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")


# -- merge ---------------------------------------------------------------------------------------


async def test_everything_of_one_issue_goes_into_the_other(engine: Engine, mirror: Mirror) -> None:
    strike, ferries = await two_issues(engine)

    after = await engine.regrouping.merge(ANA, ferries.id, STRIKE)

    assert after.id == STRIKE
    assert after.item_count == strike.item_count + ferries.item_count
    assert [issue.id for issue in (await engine.issues.today()).issues] == [STRIKE]
    assert await item_ids(engine, ferries.id) == []


async def test_whoever_follows_either_issue_hears_of_the_merge(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    mirror.lines.clear()

    await engine.regrouping.merge(ANA, ferries.id, STRIKE)

    told = [(line.type, line.subject) for line in mirror.lines if line.topic == "issue"]
    assert told == [("issue.merged", ferries.id), ("issue.updated", STRIKE)]


async def test_a_merge_voids_what_was_signed_and_says_whose_and_why(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await signed_by_both(engine)

    await engine.regrouping.merge(ANA, ferries.id, STRIKE)

    row = (await engine.briefs.get(STRIKE)).brief
    assert not row.gate_open
    assert [s.voided for s in row.signoffs] == [f"Ana merged {ferries.id} into the issue"] * 2
    assert "review.voided" in mirror.types


async def test_the_brief_that_goes_away_loses_its_signatures_too(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await engine.briefs.write(ANA, ferries.id)
    await signed_by_both(engine)

    await engine.regrouping.merge(ANA, STRIKE, ferries.id)

    voided = [line for line in mirror.lines if line.type == "review.voided"]
    assert [line.subject for line in voided] == [STRIKE]
    assert STRIKE not in {row.id for row in (await engine.review.status()).briefs}


async def test_what_people_signed_does_not_change_but_gets_the_new_items_as_a_proposal(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await signed_by_both(engine)
    before = await engine.briefs.get(STRIKE)

    await engine.regrouping.merge(ANA, ferries.id, STRIKE)
    await engine.settled()

    after = await engine.briefs.get(STRIKE)
    assert after.content == before.content
    assert after.proposal is not None
    assert after.proposal.new_items == 4


async def test_a_draft_is_simply_written_anew(engine: Engine, mirror: Mirror) -> None:
    _, ferries = await two_issues(engine)
    await engine.ingest.push(SYSTEM, [Entry(title="Elm blight found in the parks of Oskarsby")])
    await engine.settled()
    elm = next(i for i in (await engine.issues.today()).issues if "Elm" in i.title)
    await engine.briefs.write(ANA, ferries.id)

    await engine.regrouping.merge(ANA, elm.id, ferries.id)
    await engine.settled()

    row = (await engine.briefs.get(ferries.id)).brief
    assert (row.state, row.revision, row.proposed_items) == ("draft", 2, 0)


async def test_every_door_to_the_issue_that_went_away_names_the_one_that_is_left(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    gone, left = STRIKE, ferries.id
    await engine.briefs.write(ANA, left)
    await engine.regrouping.merge(ANA, gone, left)
    asked = (
        lambda: engine.briefs.get(gone),
        lambda: engine.briefs.lens(gone, "ceo"),
        lambda: engine.briefs.write(ANA, gone),
        lambda: engine.briefs.open_review(ANA, gone),
        lambda: engine.briefs.adopt(ANA, gone, "0" * 64),
        lambda: engine.exports.create(ANA, gone),
        lambda: engine.exports.latest(gone),
        lambda: engine.issues.correct(ANA, gone, "Risk"),
        lambda: engine.regrouping.merge(ANA, gone, left),
        lambda: engine.regrouping.split(ANA, gone, ["x"]),
        lambda: engine.review.sign(ANA, SignRequest(role="Analyst", approve=True, brief_id=gone)),
    )

    for ask in asked:
        with pytest.raises(Merged) as refused:
            await ask()

        assert refused.value.details == {"into": left}


async def test_an_issue_that_was_merged_twice_is_found_where_it_is_now(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await engine.ingest.push(SYSTEM, [Entry(title="Elm blight found in the parks of Oskarsby")])
    elm = next(i for i in (await engine.issues.today()).issues if "Elm" in i.title)
    await engine.regrouping.merge(ANA, elm.id, ferries.id)

    await engine.regrouping.merge(ANA, ferries.id, STRIKE)

    with pytest.raises(Merged) as refused:
        await engine.briefs.get(elm.id)
    assert refused.value.details == {"into": STRIKE}


async def test_a_package_that_left_before_the_merge_can_still_be_had(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await engine.briefs.write(ANA, ferries.id)
    await signed_by_both(engine)
    _, package = await engine.exports.create(ANA, STRIKE)

    await engine.regrouping.merge(ANA, STRIKE, ferries.id)

    assert (await engine.exports.latest(STRIKE))[1] == package


async def test_news_of_the_story_that_went_away_arrives_in_the_one_that_is_left(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await engine.regrouping.merge(ANA, ferries.id, STRIKE)

    await engine.ingest.push(SYSTEM, [ferry(7)])

    assert [issue.id for issue in (await engine.issues.today()).issues] == [STRIKE]


async def test_a_worker_that_begins_anew_respects_a_merge(engine: Engine, mirror: Mirror) -> None:
    _, ferries = await two_issues(engine)
    await engine.regrouping.merge(ANA, ferries.id, STRIKE)
    worker = engine._context.worker
    assert isinstance(worker, InlineWorker)

    worker.forget()
    await engine.ingest.push(SYSTEM, [ferry(7)])

    (left,) = (await engine.issues.today()).issues
    assert (left.id, left.item_count) == (STRIKE, 6)


async def test_a_merge_is_told_to_the_worker_without_rebuilding_it(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    worker = engine._context.worker
    assert isinstance(worker, InlineWorker)
    worker.jobs.clear()

    await engine.regrouping.merge(ANA, ferries.id, STRIKE)

    assert worker.jobs[:2] == ["Disband", "Replay"]
    assert "Reset" not in worker.jobs


async def test_the_quadrant_that_a_person_gave_stays_through_a_merge(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await engine.issues.correct(ANA, ferries.id, "Risk")
    await engine.briefs.write(ANA, ferries.id)

    after = await engine.regrouping.merge(ANA, STRIKE, ferries.id)

    assert (after.quadrant, after.corrected_by, after.confidence) == ("Risk", "Ana", 1.0)


async def test_an_open_decline_comes_along_with_the_items(engine: Engine, mirror: Mirror) -> None:
    _, ferries = await two_issues(engine)
    await engine.briefs.write(ANA, ferries.id)
    await sign(engine, ANA, "Analyst", approve=False, note="Not yet")

    await engine.regrouping.merge(ANA, STRIKE, ferries.id)

    (decline,) = (await engine.briefs.get(ferries.id)).brief.declines
    assert (decline.role, decline.note) == ("Analyst", "Not yet")


async def test_a_decline_of_the_brief_that_items_come_into_stays(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await sign(engine, ANA, "Analyst", approve=False, note="Not yet")

    await engine.regrouping.merge(SAM, ferries.id, STRIKE)
    await engine.settled()

    row = (await engine.briefs.get(STRIKE)).brief
    assert [(each.role, each.note) for each in row.declines] == [("Analyst", "Not yet")]
    assert not row.gate_open


async def test_declines_on_both_sides_of_a_merge_are_all_open_afterwards(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)
    await engine.briefs.write(ANA, ferries.id)
    await sign(engine, ANA, "Analyst", approve=False)
    await engine.review.sign(
        SAM, SignRequest(role="Strategy Head", approve=False, brief_id=ferries.id)
    )

    await engine.regrouping.merge(SAM, STRIKE, ferries.id)

    row = (await engine.briefs.get(ferries.id)).brief
    assert {each.role for each in row.declines} == {"Analyst", "Strategy Head"}


async def test_whoever_merges_has_written_part_of_it(engine: Engine, mirror: Mirror) -> None:
    _, ferries = await two_issues(engine)

    await engine.regrouping.merge(ANA, ferries.id, STRIKE)

    assert ANA.id in (await engine.briefs.get(STRIKE)).brief.contributors


async def test_whoever_merges_what_has_no_brief_yet_has_written_part_of_it(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    _, ferries = await two_issues(engine)
    await engine.ingest.push(SYSTEM, [Entry(title="Elm blight found in the parks of Oskarsby")])
    elm = next(i for i in (await engine.issues.today()).issues if "Elm" in i.title)
    after = await engine.regrouping.merge(mira, elm.id, ferries.id)

    written = await engine.briefs.write(SAM, ferries.id)

    assert after.grouped_by == ("Mira",)
    assert written.brief.contributors == (mira.id,)


async def test_a_brief_that_people_work_on_is_not_merged_into_an_issue_without_one(
    engine: Engine, mirror: Mirror
) -> None:
    _, ferries = await two_issues(engine)

    with pytest.raises(Conflict, match="the other way round"):
        await engine.regrouping.merge(ANA, STRIKE, ferries.id)

    assert len((await engine.issues.today()).issues) == 2


async def test_what_a_hold_covers_stays_where_it_is(engine: Engine, mirror: Mirror) -> None:
    _, ferries = await two_issues(engine)
    await engine.holds.add(ADA, ferries.id, "Counsel asked for it")

    with pytest.raises(OnHold):
        await engine.regrouping.merge(ANA, ferries.id, STRIKE)


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (VERA, NotAllowed),
        (ADA, NotAllowed),
        (Principal(id="per-bot", name="Bot", roles=("Analyst",), method="service"), NotAPerson),
        (SYSTEM, NotAPerson),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_only_people_who_may_correct_may_merge(
    engine: Engine, mirror: Mirror, by: Principal, refusal: type[Exception]
) -> None:
    _, ferries = await two_issues(engine)

    with pytest.raises(refusal):
        await engine.regrouping.merge(by, ferries.id, STRIKE)


async def test_whoever_lost_the_role_while_the_worker_read_merges_nothing(
    engine: Engine, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    _, ferries = await two_issues(engine)
    regroup = engine.regrouping._placing.regroup

    async def slowly(wanted: Regrouping) -> tuple[int, dict[str, IssueReading]]:
        answer = await regroup(wanted)
        await engine.people.take(ADA, mira.id, "Analyst")
        return answer

    monkeypatch.setattr(engine.regrouping._placing, "regroup", slowly)

    with pytest.raises(NotAllowed):
        await engine.regrouping.merge(mira, ferries.id, STRIKE)

    assert len((await engine.issues.today()).issues) == 2


async def test_an_issue_is_merged_with_another_that_is_there(
    engine: Engine, mirror: Mirror
) -> None:
    await with_strike(engine)

    with pytest.raises(NotFound):
        await engine.regrouping.merge(ANA, STRIKE, "no-such-issue")
    with pytest.raises(Invalid):
        await engine.regrouping.merge(ANA, STRIKE, STRIKE)


# -- split ---------------------------------------------------------------------------------------


async def merged(engine: Engine, by: Principal = ANA) -> tuple[str, list[str]]:
    """One issue that tells two stories, and the items of the second."""
    _, ferries = await two_issues(engine)
    second = await item_ids(engine, ferries.id)
    await engine.regrouping.merge(by, ferries.id, STRIKE)
    await engine.settled()
    return STRIKE, second


async def test_some_items_become_an_issue_of_their_own(engine: Engine, mirror: Mirror) -> None:
    issue_id, second = await merged(engine)

    after = await engine.regrouping.split(ANA, issue_id, second)

    assert (after.issue.id, after.issue.item_count) == (STRIKE, 2)
    assert (after.other.id, after.other.item_count) == (f"{STRIKE}-2", 3)
    assert FERRY in after.other.title
    assert await item_ids(engine, after.other.id) == second
    listed = {issue.id for issue in (await engine.issues.today()).issues}
    assert listed == {STRIKE, f"{STRIKE}-2"}


async def test_a_title_that_a_person_gave_stays_as_the_story_grows(
    engine: Engine, mirror: Mirror
) -> None:
    issue_id, second = await merged(engine)
    other = (await engine.regrouping.split(ANA, issue_id, second, "Rhune pays more")).other

    await engine.ingest.push(SYSTEM, [ferry(8)])

    grown = next(i for i in (await engine.issues.today()).issues if i.id == other.id)
    assert (grown.title, grown.titled_by, grown.item_count) == ("Rhune pays more", "Ana", 4)


async def test_whoever_gave_the_title_has_written_part_of_the_brief(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    issue_id, second = await merged(engine)
    other = (await engine.regrouping.split(mira, issue_id, second, "Rhune pays more")).other

    written = await engine.briefs.write(SAM, other.id)

    assert written.content.title == "Rhune pays more"
    assert written.brief.contributors == (mira.id,)


async def test_whoever_splits_without_a_title_has_written_part_of_both_briefs(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    jon = await known(engine, "Jon", "Analyst")
    _, second = await merged(engine, jon)
    after = await engine.regrouping.split(mira, STRIKE, second)

    written = await engine.briefs.write(SAM, after.other.id)

    assert after.issue.grouped_by == after.other.grouped_by == ("Jon", "Mira")
    assert set(written.brief.contributors) == {jon.id, mira.id}
    assert {jon.id, mira.id} <= set((await engine.briefs.get(STRIKE)).brief.contributors)


async def test_who_chose_the_items_is_known_as_the_story_grows(
    engine: Engine, mirror: Mirror
) -> None:
    issue_id, second = await merged(engine)
    other = (await engine.regrouping.split(ANA, issue_id, second)).other

    await engine.ingest.push(SYSTEM, [ferry(8)])

    grown = next(i for i in (await engine.issues.today()).issues if i.id == other.id)
    assert (grown.item_count, grown.grouped_by) == (4, ("Ana",))


async def test_whoever_splits_and_another_who_merged_need_a_third_to_sign(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    jon = await known(engine, "Jon", "Strategy Head")
    _, second = await merged(engine, mira)
    other = (await engine.regrouping.split(jon, STRIKE, second)).other
    await engine.briefs.write(SAM, other.id)
    await engine.review.sign(mira, SignRequest(role="Analyst", approve=True, brief_id=other.id))

    with pytest.raises(NoFreshEyes):
        await engine.review.sign(
            jon, SignRequest(role="Strategy Head", approve=True, brief_id=other.id)
        )


async def test_whoever_gave_the_quadrant_before_there_was_a_brief_has_written_part_of_it(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    _, ferries = await two_issues(engine)
    await engine.issues.correct(mira, ferries.id, "Risk")

    written = await engine.briefs.write(SAM, ferries.id)

    assert written.brief.contributors == (mira.id,)


async def test_a_split_voids_what_was_signed(engine: Engine, mirror: Mirror) -> None:
    issue_id, second = await merged(engine)
    await sign(engine, SAM, "Strategy Head")

    await engine.regrouping.split(ANA, issue_id, second)

    row = (await engine.briefs.get(issue_id)).brief
    assert row.signoffs[-1].voided == "Ana split the issue"
    assert mirror.types[-3:].count("review.voided") == 1


async def test_a_brief_that_quotes_what_has_left_gets_a_proposal_without_it(
    engine: Engine, mirror: Mirror
) -> None:
    issue_id, second = await merged(engine)
    view = await engine.briefs.get(issue_id)
    view = await engine.briefs.adopt(ANA, issue_id, view.brief.digest)
    assert {e.item_id for e in view.content.evidence} & set(second)

    await engine.regrouping.split(ANA, issue_id, second)
    await engine.settled()

    after = await engine.briefs.get(issue_id)
    assert after.content == view.content
    assert after.proposal is not None
    assert not {e.item_id for e in after.proposal.content.evidence} & set(second)


async def test_what_was_proposed_from_other_items_is_proposed_no_more(
    engine: Engine, mirror: Mirror
) -> None:
    issue_id, second = await merged(engine)
    assert (await engine.briefs.get(issue_id)).brief.proposed_items == 4
    mirror.lines.clear()

    await engine.regrouping.split(ANA, issue_id, second)

    told = next(line for line in mirror.lines if line.type == "brief.unsettled")
    assert b'"proposed_items":0' in told.data


async def test_what_was_found_before_others_placed_something_is_not_committed(
    engine: Engine, mirror: Mirror
) -> None:
    await two_issues(engine)
    placing = engine.regrouping._placing

    with pytest.raises(Overtaken):
        await placing.regroup(Regrouping(seen=0, disbanded=(STRIKE,), items=(), read=()))


async def test_news_after_a_split_is_counted_as_new(engine: Engine, mirror: Mirror) -> None:
    issue_id, second = await merged(engine)
    view = await engine.briefs.get(issue_id)
    await engine.briefs.adopt(ANA, issue_id, view.brief.digest)
    await engine.regrouping.split(ANA, issue_id, second)
    await engine.settled()

    await engine.ingest.push(SYSTEM, [entry(5)])
    await engine.settled()

    assert (await engine.briefs.get(issue_id)).brief.proposed_items == 1


async def test_a_worker_that_begins_anew_respects_a_split(engine: Engine, mirror: Mirror) -> None:
    issue_id, second = await merged(engine)
    other = (await engine.regrouping.split(ANA, issue_id, second)).other
    worker = engine._context.worker
    assert isinstance(worker, InlineWorker)

    worker.forget()
    await engine.ingest.push(SYSTEM, [ferry(9)])

    grown = {issue.id: issue.item_count for issue in (await engine.issues.today()).issues}
    assert grown == {STRIKE: 2, other.id: 4}


async def test_no_item_is_split_off_out_of_reach_of_an_open_decline(
    engine: Engine, mirror: Mirror
) -> None:
    issue_id, second = await merged(engine)
    await sign(engine, ANA, "Analyst", approve=False)

    with pytest.raises(Declined, match="declined by Analyst: clear that before"):
        await engine.regrouping.split(SAM, issue_id, second)

    assert [issue.id for issue in (await engine.issues.today()).issues] == [STRIKE]


async def test_what_the_role_has_cleared_may_be_split(engine: Engine, mirror: Mirror) -> None:
    issue_id, second = await merged(engine)
    await sign(engine, ANA, "Analyst", approve=False, note="Two stories")
    await engine.review.clear_decline(ANA, issue_id, "Analyst", "We split it")

    after = await engine.regrouping.split(SAM, issue_id, second)

    assert after.other.item_count == 3


@pytest.mark.parametrize("obstacle", [Declined, OnHold])
async def test_what_comes_up_while_the_worker_is_asked_keeps_the_items_together(
    engine: Engine,
    mirror: Mirror,
    monkeypatch: pytest.MonkeyPatch,
    obstacle: type[Declined | OnHold],
) -> None:
    issue_id, second = await merged(engine)
    regroup = engine.regrouping._placing.regroup

    async def slowly(wanted: Regrouping) -> tuple[int, dict[str, IssueReading]]:
        answer = await regroup(wanted)
        if obstacle is OnHold:
            await engine.holds.add(ADA, issue_id, "Counsel asked for it")
        else:
            await sign(engine, ANA, "Analyst", approve=False)
        return answer

    monkeypatch.setattr(engine.regrouping._placing, "regroup", slowly)

    with pytest.raises(obstacle):
        await engine.regrouping.split(SAM, issue_id, second)

    assert len((await engine.issues.today()).issues) == 1


@pytest.mark.parametrize("leaving", [[], ["no-such-item"], None], ids=["none", "stranger", "all"])
async def test_a_split_leaves_something_and_takes_something(
    engine: Engine, mirror: Mirror, leaving: list[str] | None
) -> None:
    issue_id, _ = await merged(engine)
    every = await item_ids(engine, issue_id)

    with pytest.raises(Invalid):
        await engine.regrouping.split(ANA, issue_id, every if leaving is None else leaving)


async def test_what_was_merged_and_split_off_again_gets_another_id(
    engine: Engine, mirror: Mirror
) -> None:
    issue_id, second = await merged(engine)

    first = (await engine.regrouping.split(ANA, issue_id, second)).other
    await engine.regrouping.merge(ANA, first.id, issue_id)
    again = (await engine.regrouping.split(ANA, issue_id, second)).other

    assert (first.id, again.id) == (f"{STRIKE}-2", f"{STRIKE}-3")
