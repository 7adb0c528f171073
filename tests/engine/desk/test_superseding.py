"""A publisher changes what it said: what cites the old words lapses, and what does not stays."""

import pytest

from engine.desk.edit import BriefEdit
from engine.desk.review import SignRequest
from engine.engine import Engine
from engine.errors import CitesWithdrawn
from engine.model import SYSTEM, BriefView, Entry, Principal
from engine.store import items
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ANA, SAM, entry
from tests.engine.desk.inline_worker import InlineWorker

LEA = Principal(id="per-lea", name="Lea", roles=("Analyst",))
CLAIM = "Dockers at the port of Calder rejected offer number 1 on Monday."
NEW_CLAIM = "Dockers at the port of Calder accepted offer number 1 on Monday."


def told(text: str, guid: str = "calder-1") -> Entry:
    return Entry(
        title="Calder port strike: dockers answer",
        text=text,
        url="https://news.example/calder-strike",
        guid=guid,
        publisher="Halm Wire",
    )


async def push(engine: Engine, *entries: Entry) -> None:
    await engine.ingest.push(SYSTEM, entries)
    await engine.settled()


async def brief(engine: Engine) -> BriefView:
    (issue,) = (await engine.issues.today()).issues
    return await engine.briefs.get(issue.id)


async def written(engine: Engine) -> BriefView:
    """A brief that cites the one item there is."""
    await push(engine, told(f"{CLAIM} The port said 11 ships are waiting."))
    (issue,) = (await engine.issues.today()).issues
    await engine.briefs.write(ANA, issue.id)
    return await brief(engine)


async def approve(engine: Engine, by: Principal, role: str) -> None:
    seen = (await brief(engine)).brief
    request = SignRequest(role=role, approve=True, brief_id=seen.id, digest=seen.digest)
    await engine.review.sign(by, request)


async def signed(engine: Engine) -> BriefView:
    await written(engine)
    await approve(engine, ANA, "Analyst")
    await approve(engine, SAM, "Strategy Head")
    found = await brief(engine)
    assert found.brief.gate_open
    return found


async def test_a_cited_sentence_that_is_gone_voids_what_was_signed(
    engine: Engine, mirror: Mirror
) -> None:
    await signed(engine)

    await push(engine, told(f"{NEW_CLAIM} The port said 11 ships are waiting."))

    row = (await brief(engine)).brief
    why = "Halm Wire changed what 'Calder port strike: dockers answer' says"
    assert {signoff.voided for signoff in row.signoffs} == {why}
    assert not row.gate_open
    with pytest.raises(CitesWithdrawn):
        await engine.exports.create(ANA, row.id)


async def test_a_change_elsewhere_in_the_text_voids_nothing(engine: Engine, mirror: Mirror) -> None:
    before = await signed(engine)
    text = " ".join(cited.quote for cited in before.content.evidence)

    await push(engine, told(f"Corrected at noon. {text} It rains."))

    assert (await brief(engine)).brief == before.brief
    assert "item.withdrawn" not in mirror.types


async def test_the_new_version_takes_the_place_of_the_old_one(
    engine: Engine, mirror: Mirror
) -> None:
    before = await signed(engine)
    (old,) = {cited.item_id for cited in before.content.evidence}

    await push(engine, told(NEW_CLAIM))

    (issue,) = (await engine.issues.today()).issues
    (new,) = await engine._context.read(lambda c: items.of_issue(c, issue.id))
    kept = (await engine._context.read(lambda c: items.by_ids(c, [old])))[old]
    assert (issue.id, issue.item_count, new.text) == (before.brief.id, 1, NEW_CLAIM)
    assert (CLAIM in kept.text, kept.superseded_by) == (True, new.id)


async def test_the_brief_leaves_once_it_says_the_new_words_and_is_signed_again(
    engine: Engine, mirror: Mirror
) -> None:
    await signed(engine)
    await push(engine, told(NEW_CLAIM))

    proposed = await brief(engine)
    await engine.briefs.adopt(ANA, proposed.brief.id, proposed.brief.digest)
    await approve(engine, ANA, "Analyst")
    await approve(engine, SAM, "Strategy Head")

    row, _ = await engine.exports.create(ANA, proposed.brief.id)
    assert row.revision == 2
    assert [cited.quote for cited in (await brief(engine)).content.evidence] == [NEW_CLAIM]


async def test_a_draft_is_written_from_the_new_words(engine: Engine, mirror: Mirror) -> None:
    await push(engine, *(entry(n) for n in range(1, 5)), told(CLAIM))
    (issue,) = (await engine.issues.today()).issues
    await engine.briefs.write(ANA, issue.id)

    await push(engine, told(NEW_CLAIM))

    after = await brief(engine)
    assert CLAIM not in {cited.quote for cited in after.content.evidence if "news.e" in cited.url}
    assert (after.brief.state, after.brief.withdrawn_items) == ("draft", ())


async def test_the_same_change_read_again_is_known(engine: Engine, mirror: Mirror) -> None:
    await signed(engine)
    await push(engine, told(NEW_CLAIM))
    mirror.lines.clear()

    run = await engine.ingest.push(SYSTEM, [told(NEW_CLAIM)])

    assert (run.new, run.known) == (0, 1)
    assert "item.withdrawn" not in mirror.types


async def test_a_change_that_is_taken_back_is_a_change_again(
    engine: Engine, mirror: Mirror
) -> None:
    await signed(engine)
    for text in (NEW_CLAIM, CLAIM):
        await push(engine, told(text))
        proposed = await brief(engine)
        await engine.briefs.adopt(ANA, proposed.brief.id, proposed.brief.digest)

    assert [cited.quote for cited in (await brief(engine)).content.evidence] == [CLAIM]
    assert mirror.types.count("item.withdrawn") == 2


async def test_a_brief_that_cites_what_was_split_off_lapses_too(
    engine: Engine, mirror: Mirror
) -> None:
    before = await written(engine)
    await push(engine, entry(2))
    issue_id, cited = before.brief.id, before.content.evidence[0].item_id
    seen = await engine.briefs.get(issue_id)
    await engine.briefs.edit(LEA, issue_id, seen.brief.digest, BriefEdit(title="In our words"))
    await engine.regrouping.split(LEA, issue_id, [cited])
    for by, role in ((ANA, "Analyst"), (SAM, "Strategy Head")):
        digest = (await engine.briefs.get(issue_id)).brief.digest
        request = SignRequest(role=role, approve=True, brief_id=issue_id, digest=digest)
        await engine.review.sign(by, request)
    assert (await engine.briefs.get(issue_id)).brief.gate_open

    await push(engine, told(NEW_CLAIM))

    row = (await engine.briefs.get(issue_id)).brief
    assert (row.gate_open, row.withdrawn_items) == (False, (cited,))


async def test_the_words_of_another_entry_change_nothing(engine: Engine, mirror: Mirror) -> None:
    before = await signed(engine)

    await push(engine, told(NEW_CLAIM, guid="calder-2"))

    assert (await brief(engine)).brief.gate_open
    assert (await brief(engine)).content == before.content


async def test_a_proposal_does_not_quote_what_is_gone(engine: Engine, mirror: Mirror) -> None:
    await signed(engine)
    await push(engine, entry(2))
    first = await brief(engine)
    assert first.proposal is not None
    cited = {each.quote for each in first.proposal.content.evidence if "news2" in each.url}
    assert cited

    await push(engine, entry(2, text="The dockers of Calder are back at work since noon."))

    after = await brief(engine)
    assert after.proposal is not None
    assert cited.isdisjoint(each.quote for each in after.proposal.content.evidence)
    assert after.brief.gate_open


async def test_what_a_person_withdrew_is_not_brought_back_by_a_change(
    engine: Engine, mirror: Mirror
) -> None:
    before = await signed(engine)
    (cited,) = {each.item_id for each in before.content.evidence}
    await engine.regrouping.withdraw(ANA, cited, "Published in error")

    run = await engine.ingest.push(SYSTEM, [told(NEW_CLAIM)])

    assert (run.new, run.known) == (0, 1)
    assert (await engine.issues.today()).issues == ()


async def test_a_worker_that_begins_anew_knows_the_new_version(
    engine: Engine, mirror: Mirror
) -> None:
    before = await signed(engine)
    await push(engine, told(NEW_CLAIM))
    worker = engine._context.worker
    assert isinstance(worker, InlineWorker)

    worker.forget()
    await push(engine, entry(1))

    (issue,) = (await engine.issues.today()).issues
    assert (issue.id, issue.item_count) == (before.brief.id, 2)
