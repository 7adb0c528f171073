"""Briefs: written, edited by people, never changed by machines once somebody works on them."""

import pytest

from engine.desk.config import ConfigChange
from engine.desk.edit import BriefEdit
from engine.engine import Engine
from engine.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    PreconditionRequired,
    StaleDigest,
)
from engine.model import SYSTEM, Assets, BriefView, Content, Entry, Statement
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA, SAM, STRIKE, VERA, entry, sign, strike, with_strike


async def test_a_draft_nobody_works_on_follows_the_news(engine: Engine, mirror: Mirror) -> None:
    await engine.ingest.push(SYSTEM, [entry(n) for n in range(8)])
    await engine.settled()
    written = (await engine.review.status()).briefs[0]

    await engine.ingest.push(SYSTEM, [entry(20)])
    await engine.settled()

    view = await engine.briefs.get(written.id)
    assert (written.revision, view.brief.revision) == (1, 2)
    assert view.brief.state == "draft"
    assert view.proposal is None
    assert [revision.why for revision in view.revisions] == ["rewritten", "written"]


async def test_once_open_for_review_newer_items_only_propose(
    engine: Engine, mirror: Mirror
) -> None:
    await with_strike(engine)
    await engine.briefs.open_review(ANA, STRIKE)

    await engine.ingest.push(SYSTEM, [entry(1), entry(2)])
    await engine.settled()

    view = await engine.briefs.get(STRIKE)
    assert view.brief.revision == 1
    assert view.brief.proposed_items == 2
    assert view.proposal is not None
    assert view.proposal.diff


async def test_adopting_makes_a_revision_and_clears_the_proposal(
    engine: Engine, mirror: Mirror
) -> None:
    before = await with_strike(engine)
    await engine.briefs.open_review(ANA, STRIKE)
    await engine.ingest.push(SYSTEM, [entry(1)])
    await engine.settled()

    view = await engine.briefs.adopt(SAM, STRIKE, before.brief.digest)

    assert view.brief.revision == 2
    assert view.proposal is None
    assert view.revisions[0].author == "Sam"
    with pytest.raises(Conflict):
        await engine.briefs.adopt(SAM, STRIKE, view.brief.digest)


async def test_what_a_person_wrote_stays_theirs_in_a_proposal(
    engine: Engine, mirror: Mirror
) -> None:
    before = await with_strike(engine)
    mine = BriefEdit(summary=("Our own reading.",), title="Our title")
    await engine.briefs.edit(ANA, STRIKE, before.brief.digest, mine)

    await engine.ingest.push(SYSTEM, [entry(1)])
    await engine.settled()

    view = await engine.briefs.get(STRIKE)
    assert view.proposal is not None
    assert view.proposal.content.title == "Our title"
    assert [s.text for s in view.proposal.content.summary] == ["Our own reading."]
    assert view.brief.edited_fields == ("summary", "title")


async def test_an_edit_must_say_what_it_edits(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)

    with pytest.raises(PreconditionRequired):
        await engine.briefs.edit(ANA, STRIKE, None, BriefEdit(title="New"))
    with pytest.raises(StaleDigest):
        await engine.briefs.edit(ANA, STRIKE, "0" * 64, BriefEdit(title="New"))


async def test_an_edit_that_changes_nothing_or_cites_nothing_is_refused(
    engine: Engine, mirror: Mirror
) -> None:
    view = await with_strike(engine)
    digest = view.brief.digest
    unknown = BriefEdit(summary=(Statement(text="So it is.", evidence=("ev-none",)),))

    with pytest.raises(Invalid, match="changes nothing"):
        await engine.briefs.edit(ANA, STRIKE, digest, BriefEdit(title=view.content.title))
    with pytest.raises(Invalid, match="ev-none"):
        await engine.briefs.edit(ANA, STRIKE, digest, unknown)


async def test_a_kept_sentence_keeps_its_evidence(engine: Engine, mirror: Mirror) -> None:
    view = await with_strike(engine)
    kept = view.content.summary[0]
    edit = BriefEdit(summary=(kept.text, "And a new one."))

    after = await engine.briefs.edit(ANA, STRIKE, view.brief.digest, edit)

    assert after.content.summary == (kept, Statement(text="And a new one."))


async def test_edited_copy_is_given_as_edited_and_survives_an_edit_of_the_text(
    engine: Engine, mirror: Mirror
) -> None:
    view = await with_strike(engine)
    copy = Assets(linkedin="Ours", email_paragraph="Ours", press_excerpt="Ours")
    edit = BriefEdit(assets={"CEO": copy})
    view = await engine.briefs.edit(ANA, STRIKE, view.brief.digest, edit)

    view = await engine.briefs.edit(ANA, STRIKE, view.brief.digest, BriefEdit(title="Other"))

    reply = await engine.briefs.assets(STRIKE, None, "CEO")
    other = await engine.briefs.assets(STRIKE, None, "Board")
    assert reply.assets == copy
    assert reply.marking == "DRAFT – UNSIGNED"
    assert "Other" in other.assets.linkedin


BOARD = Assets(linkedin="For the board.", email_paragraph="Dear board.", press_excerpt="None.")


async def signed_without_copy_for_the_board(engine: Engine) -> BriefView:
    await engine.config.change(ADA, ConfigChange(audiences=("CEO",)))
    view = await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    return view


async def test_copy_for_an_audience_outside_of_what_was_signed_voids_nothing(
    engine: Engine, mirror: Mirror
) -> None:
    view = await signed_without_copy_for_the_board(engine)

    after = await engine.briefs.edit(
        SAM, STRIKE, view.brief.digest, BriefEdit(assets={"Board": BOARD})
    )

    assert after.brief.gate_open
    assert (after.brief.digest, after.beside) == (view.brief.digest, {"Board": BOARD})
    assert mirror.types[-1] == "brief.copy_edited"
    reply = await engine.briefs.assets(STRIKE, None, "Board")
    assert (reply.assets, reply.marking) == (BOARD, "DRAFT – UNSIGNED")


async def test_copy_that_was_signed_voids_when_it_is_edited(engine: Engine, mirror: Mirror) -> None:
    view = await signed_without_copy_for_the_board(engine)

    after = await engine.briefs.edit(
        SAM, STRIKE, view.brief.digest, BriefEdit(assets={"Board": BOARD, "CEO": BOARD})
    )

    assert after.brief.missing_roles == ("Analyst", "Strategy Head")
    assert after.content.assets == {"CEO": BOARD, "Board": BOARD}


async def test_copy_kept_beside_is_signed_with_the_next_edit_and_its_author_wrote_part_of_it(
    engine: Engine, mirror: Mirror
) -> None:
    view = await signed_without_copy_for_the_board(engine)
    await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(assets={"Board": BOARD}))

    after = await engine.briefs.edit(ANA, STRIKE, view.brief.digest, BriefEdit(title="Port shut"))

    assert after.content.assets["Board"] == BOARD
    assert after.beside == {}
    assert after.brief.edited_fields == ("assets.Board", "title")
    assert after.brief.contributors == (ANA.id, SAM.id)


async def test_copy_made_for_another_audience_by_the_desk_voids_nothing_and_is_unsigned(
    engine: Engine, mirror: Mirror
) -> None:
    await signed_without_copy_for_the_board(engine)

    reply = await engine.briefs.assets(STRIKE, None, "Members")

    assert (await engine.briefs.get(STRIKE)).brief.gate_open
    assert reply.marking == "DRAFT – UNSIGNED"


async def test_copy_is_unmarked_once_both_have_signed(engine: Engine, mirror: Mirror) -> None:
    await with_strike(engine)
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")

    reply = await engine.briefs.assets(STRIKE, None, "CEO")
    lens = await engine.briefs.lens(STRIKE, "ceo")

    assert reply.marking == ""
    assert lens.released


async def test_assets_can_be_made_of_a_brief_that_is_handed_in(engine: Engine) -> None:
    content = Content(
        title="Fees rise",
        quadrant="Policy",
        priority="low",
        summary=(Statement(text="Fees rise in June."),),
    )

    reply = await engine.briefs.assets(None, content, "Members")

    assert "Fees rise" in reply.assets.linkedin
    with pytest.raises(Invalid):
        await engine.briefs.assets(None, None, "CEO")


async def test_a_brief_is_written_on_request(engine: Engine, mirror: Mirror) -> None:
    await engine.importing.adopt(SYSTEM, [strike(brief=False)])
    await engine.settled()
    await engine.ingest.push(SYSTEM, [entry_alone()])
    await engine.settled()
    quiet = next(i for i in (await engine.issues.today()).issues if i.id != STRIKE)
    with pytest.raises(NotFound, match="no brief yet"):
        await engine.briefs.get(quiet.id)

    view = await engine.briefs.write(ANA, quiet.id)

    assert view.content.evidence[0].quote in entry_alone().text


async def test_unknown_briefs_are_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound, match="no brief or issue"):
        await engine.briefs.get("nothing")
    with pytest.raises(NotFound):
        await engine.briefs.write(ANA, "nothing")


async def test_a_viewer_changes_nothing(engine: Engine) -> None:
    view = await with_strike(engine)

    with pytest.raises(NotAllowed):
        await engine.briefs.edit(VERA, STRIKE, view.brief.digest, BriefEdit(title="New"))
    with pytest.raises(NotAllowed):
        await engine.briefs.open_review(VERA, STRIKE)


def entry_alone() -> Entry:
    return Entry(
        title="Village library of Ostby gets a new roof",
        text="The library of Ostby will get a new roof in May. Readers are asked for patience.",
        url="https://ostby.example/roof",
        publisher="Ostby Post",
    )
