"""A publisher takes an item back: what cites it lapses, and what does not stays."""

import pytest

from engine.desk.config import ConfigChange
from engine.desk.edit import BriefEdit
from engine.engine import Engine
from engine.errors import CitesWithdrawn, Conflict, NotAllowed, NotFound, OnHold
from engine.model import SYSTEM, Entry
from engine.store import items
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import (
    ADA,
    ANA,
    BOTH,
    SAM,
    STRIKE,
    VERA,
    entry,
    sign,
    strike,
    with_strike,
)
from tests.engine.desk.inline_worker import InlineWorker
from tests.engine.desk.test_people import known

WHY = "Published in error"


async def strike_of_three(engine: Engine) -> str:
    """The strike with two more reports; the item that its brief cites."""
    view = await with_strike(engine)
    await engine.ingest.push(SYSTEM, [entry(1), entry(2)])
    await engine.settled()
    (cited,) = {e.item_id for e in view.content.evidence}
    return cited


async def uncited(engine: Engine) -> str:
    """A report that the brief does not cite."""
    found = await engine._context.read(lambda c: items.of_issue(c, STRIKE))
    return found[-1].id


async def signed(engine: Engine) -> None:
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")


async def test_a_withdrawn_item_does_not_count_any_more(engine: Engine, mirror: Mirror) -> None:
    cited = await strike_of_three(engine)

    row = await engine.regrouping.withdraw(ANA, cited, WHY)

    (issue,) = (await engine.issues.today()).issues
    assert issue.item_count == 2
    assert (row.issue_id, row.reason, row.by) == (STRIKE, WHY, "Ana")
    assert {"item.withdrawn", "issue.updated"} <= set(mirror.types)


async def test_what_cites_it_is_void_and_says_why(engine: Engine, mirror: Mirror) -> None:
    cited = await strike_of_three(engine)
    await signed(engine)

    await engine.regrouping.withdraw(ANA, cited, WHY)

    row = (await engine.briefs.get(STRIKE)).brief
    assert row.withdrawn_items == (cited,)
    assert not row.gate_open
    assert {s.voided for s in row.signoffs} == {
        "Halm Wire took back 'Dockers strike at the port of Calder'"
    }


async def test_what_does_not_cite_it_stays_signed(engine: Engine, mirror: Mirror) -> None:
    await strike_of_three(engine)
    await signed(engine)

    await engine.regrouping.withdraw(ANA, await uncited(engine), WHY)

    row = (await engine.briefs.get(STRIKE)).brief
    assert (row.gate_open, row.withdrawn_items) == (True, ())


async def test_a_draft_is_written_without_it(engine: Engine, mirror: Mirror) -> None:
    await engine.importing.adopt(SYSTEM, [strike(brief=False)])
    await engine.ingest.push(SYSTEM, [entry(n) for n in range(1, 6)])
    await engine.settled()
    before = (await engine.briefs.write(ANA, STRIKE)).content
    cited = before.evidence[0].item_id

    await engine.regrouping.withdraw(ANA, cited, WHY)
    await engine.settled()

    after = await engine.briefs.get(STRIKE)
    assert cited not in {e.item_id for e in after.content.evidence}
    assert (after.brief.state, after.brief.withdrawn_items) == ("draft", ())


async def test_a_brief_that_people_work_on_leaves_once_it_is_adopted_and_signed_again(
    engine: Engine, mirror: Mirror
) -> None:
    cited = await strike_of_three(engine)
    await signed(engine)
    await engine.regrouping.withdraw(ADA, cited, WHY)
    await engine.settled()

    proposed = await engine.briefs.get(STRIKE)
    assert proposed.proposal is not None
    assert cited not in {e.item_id for e in proposed.proposal.content.evidence}
    await engine.briefs.adopt(ANA, STRIKE, proposed.brief.digest)
    await signed(engine)
    row, _ = await engine.exports.create(ANA, STRIKE)

    assert row.revision == 2


async def test_nothing_leaves_and_nobody_approves_while_it_is_cited(
    engine: Engine, mirror: Mirror
) -> None:
    cited = await strike_of_three(engine)
    await engine.regrouping.withdraw(ADA, cited, WHY)

    with pytest.raises(CitesWithdrawn) as refused:
        await engine.exports.create(ANA, STRIKE)
    with pytest.raises(CitesWithdrawn):
        await sign(engine, SAM, "Strategy Head")

    assert refused.value.details == {"items": (cited,)}


async def test_an_edit_that_rests_nothing_on_it_drops_the_quote(
    engine: Engine, mirror: Mirror
) -> None:
    cited = await strike_of_three(engine)
    await engine.regrouping.withdraw(ADA, cited, WHY)
    seen = (await engine.briefs.get(STRIKE)).brief.digest

    edit = BriefEdit(summary=("Talks in Calder go on.",), risks=())
    after = await engine.briefs.edit(ANA, STRIKE, seen, edit)

    assert after.content.evidence == ()
    assert after.brief.withdrawn_items == ()


async def test_it_does_not_come_in_again(engine: Engine, mirror: Mirror) -> None:
    await strike_of_three(engine)
    await engine.regrouping.withdraw(ANA, await uncited(engine), WHY)

    run = await engine.ingest.push(SYSTEM, [entry(2)])

    assert (run.new, run.known) == (0, 1)


async def test_a_worker_that_begins_anew_does_not_bring_it_back(
    engine: Engine, mirror: Mirror
) -> None:
    cited = await strike_of_three(engine)
    await engine.regrouping.withdraw(ANA, cited, WHY)
    worker = engine._context.worker
    assert isinstance(worker, InlineWorker)

    worker.forget()
    await engine.ingest.push(SYSTEM, [entry(4)])

    (issue,) = (await engine.issues.today()).issues
    assert issue.item_count == 3


async def test_news_after_a_withdrawal_is_counted_as_new(engine: Engine, mirror: Mirror) -> None:
    cited = await strike_of_three(engine)
    await engine.briefs.adopt(ANA, STRIKE, (await engine.briefs.get(STRIKE)).brief.digest)
    await engine.regrouping.withdraw(ANA, cited, WHY)
    await engine.settled()

    await engine.ingest.push(SYSTEM, [entry(5)])
    await engine.settled()

    assert (await engine.briefs.get(STRIKE)).brief.proposed_items == 1


async def test_whoever_withdraws_before_there_is_a_brief_has_written_part_of_it(
    engine: Engine, mirror: Mirror
) -> None:
    mira = await known(engine, "Mira", "Analyst")
    await engine.config.change(ADA, ConfigChange(brief_min_priority="critical"))
    await engine.ingest.push(SYSTEM, [entry(1), entry(2)])
    await engine.settled()
    (issue,) = (await engine.issues.today()).issues
    found = await engine._context.read(lambda c: items.of_issue(c, issue.id))
    await engine.regrouping.withdraw(mira, found[0].id, WHY)

    written = await engine.briefs.write(SAM, issue.id)

    assert written.brief.contributors == (mira.id,)


async def test_an_issue_whose_last_item_is_withdrawn_leaves_the_edition(
    engine: Engine, mirror: Mirror
) -> None:
    view = await with_strike(engine)

    await engine.regrouping.withdraw(ANA, view.content.evidence[0].item_id, WHY)
    await engine.settled()

    assert (await engine.issues.today()).issues == ()
    with pytest.raises(CitesWithdrawn):
        await engine.exports.create(ANA, STRIKE)


async def test_a_brief_that_still_cites_what_went_elsewhere_lapses_too(
    engine: Engine, mirror: Mirror
) -> None:
    cited = await strike_of_three(engine)
    await engine.regrouping.split(BOTH, STRIKE, [cited])
    await signed(engine)

    await engine.regrouping.withdraw(ADA, cited, WHY)

    row = (await engine.briefs.get(STRIKE)).brief
    assert (row.gate_open, row.withdrawn_items) == (False, (cited,))


async def test_an_erased_or_unknown_item_is_not_there_and_a_second_withdrawal_conflicts(
    engine: Engine, mirror: Mirror
) -> None:
    cited = await strike_of_three(engine)
    await engine.regrouping.withdraw(ANA, cited, WHY)

    with pytest.raises(Conflict):
        await engine.regrouping.withdraw(ANA, cited, WHY)
    with pytest.raises(NotFound):
        await engine.regrouping.withdraw(ANA, "itm-unknown", WHY)
    await engine.erasure.item(ADA, cited, "asked for it")
    with pytest.raises(NotFound):
        await engine.regrouping.withdraw(ANA, cited, WHY)


async def test_a_hold_on_its_issue_still_covers_it(engine: Engine, mirror: Mirror) -> None:
    cited = await strike_of_three(engine)
    await engine.regrouping.withdraw(ANA, cited, WHY)
    await engine.holds.add(ADA, STRIKE, "Counsel asked for it")

    with pytest.raises(OnHold):
        await engine.erasure.item(ADA, cited, "asked for it")
    found = await engine._context.read(lambda c: items.older(c, "9999", after=0, limit=9))
    assert {each.issue_id for each in found} == {STRIKE}


async def test_a_viewer_withdraws_nothing(engine: Engine, mirror: Mirror) -> None:
    cited = await strike_of_three(engine)

    with pytest.raises(NotAllowed):
        await engine.regrouping.withdraw(VERA, cited, WHY)


async def test_two_publishers_who_say_the_same_are_two_items(
    engine: Engine, mirror: Mirror
) -> None:
    await strike_of_three(engine)
    copy = entry(1)
    await engine.ingest.push(
        SYSTEM,
        [Entry(title=copy.title, text=copy.text + " Reported by wire.", publisher="Other Wire")],
    )
    await engine.regrouping.withdraw(ANA, await uncited(engine), WHY)

    (issue,) = (await engine.issues.today()).issues
    assert issue.item_count == 3
