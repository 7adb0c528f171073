"""What is erased is gone from the desk and its file, and the log still holds."""

import pytest

from engine.desk.edit import BriefEdit
from engine.desk.erasure import stretches
from engine.desk.proof import prove
from engine.desk.redaction import ERASED
from engine.engine import Engine
from engine.errors import (
    GateShut,
    Invalid,
    NotAllowed,
    NotFound,
    OnHold,
    SamePerson,
    Unauthenticated,
)
from engine.model import SYSTEM, Entry, Principal
from engine.settings import Settings
from engine.store.database import FILE_NAME, examine
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, ANA, SAM, STRIKE, sign, with_strike
from tests.engine.desk.test_people import known

NAME = "Mira Solheim"


async def mira(engine: Engine) -> tuple[Principal, str]:
    """A person who signs with a note, and her token."""
    issued = await engine.access.issue_token(SYSTEM, NAME, ("Analyst",), None)
    return await engine.access.authenticate(issued.token), issued.token


async def strike_signed_by_mira(engine: Engine) -> tuple[Principal, str]:
    person, token = await mira(engine)
    await with_strike(engine)
    await sign(engine, person, "Analyst", note="Seen by me in the harbour")
    return person, token


def proven(settings: Settings) -> str:
    """The first problem of the log in the folder."""
    return examine(settings.data_dir / FILE_NAME, prove).problem


def files(settings: Settings) -> bytes:
    return b"".join(path.read_bytes() for path in settings.data_dir.glob(f"{FILE_NAME}*"))


async def test_an_erased_person_is_nowhere_in_the_file_and_the_log_holds(
    engine: Engine, mirror: Mirror, settings: Settings
) -> None:
    await strike_signed_by_mira(engine)
    assert NAME.encode() in files(settings)

    reply = await engine.erasure.person(ADA, NAME, "asked for it")

    assert NAME.encode() not in files(settings)
    assert b"in the harbour" not in files(settings)
    assert (reply.briefs, reply.packages, reply.held) == (1, 0, 0)
    assert reply.events >= 2
    assert proven(settings) == ""


async def test_an_erased_person_is_not_named_in_why_an_item_was_withdrawn(
    engine: Engine, mirror: Mirror, settings: Settings
) -> None:
    await mira(engine)
    await with_strike(engine)
    (cited,) = (await engine.briefs.get(STRIKE)).content.evidence
    await engine.regrouping.withdraw(ANA, cited.item_id, f"{NAME} heard it from the wire")

    await engine.erasure.person(ADA, NAME, "asked for it")

    assert NAME.encode() not in files(settings)
    assert proven(settings) == ""


async def test_what_an_erased_person_signed_no_longer_counts(
    engine: Engine, mirror: Mirror
) -> None:
    await strike_signed_by_mira(engine)
    await sign(engine, SAM, "Strategy Head")

    await engine.erasure.person(ADA, NAME, "asked for it")

    row = (await engine.briefs.get(STRIKE)).brief
    assert [signoff.voided for signoff in row.signoffs] == ["The signer was erased", ""]
    assert row.signoffs[0].name.startswith("erased-")
    with pytest.raises(GateShut):
        await engine.exports.create(SAM, STRIKE)


async def test_an_erased_person_is_signed_out_at_once(engine: Engine, mirror: Mirror) -> None:
    _, token = await mira(engine)

    await engine.erasure.person(ADA, NAME, "asked for it")

    with pytest.raises(Unauthenticated):
        await engine.access.authenticate(token)


async def test_an_erased_item_is_gone_from_every_issue_it_was_in(
    engine: Engine, mirror: Mirror, settings: Settings
) -> None:
    await with_strike(engine)
    title = "Elm blight found in the parks of Oskarsby"
    await engine.ingest.push(SYSTEM, [Entry(title=title)])
    elm = next(i for i in (await engine.issues.today()).issues if i.title == title)
    await engine.briefs.write(ANA, elm.id)
    (quoted,) = {e.item_id for e in (await engine.briefs.get(elm.id)).content.evidence}
    await engine.regrouping.merge(ANA, elm.id, STRIKE)
    await engine.settled()

    await engine.erasure.item(ADA, quoted, "asked for it")

    await engine.settled()
    assert title.encode() not in files(settings)
    assert proven(settings) == ""


async def test_the_erasure_is_in_the_log_without_what_was_erased(
    engine: Engine, mirror: Mirror
) -> None:
    person, _ = await mira(engine)

    await engine.erasure.person(ADA, NAME, "asked for it")

    (row,) = (await engine.audit.page(SYSTEM, type_="audit.erased")).rows
    assert row.data is not None
    assert (row.data["subject"], row.data["by"], row.data["why"]) == (
        person.id,
        "Ada",
        "asked for it",
    )
    assert NAME not in str(row.data)


async def test_an_erased_event_is_replayed_as_a_tombstone(engine: Engine, mirror: Mirror) -> None:
    person, _ = await mira(engine)

    await engine.erasure.person(ADA, NAME, "asked for it")

    issued = next(
        line
        for line in await engine.log.read(0, 100)
        if (line.type, line.subject) == ("access.token_issued", person.id)
    )
    assert issued.data == b'{"erased":true}'
    assert issued.wire.endswith(b'"data":{"erased":true}}')


async def test_who_corrected_an_issue_is_not_told_any_more(
    engine: Engine, mirror: Mirror, settings: Settings
) -> None:
    person, _ = await mira(engine)
    await with_strike(engine)
    await engine.issues.correct(person, STRIKE, "Policy")

    await engine.erasure.person(ADA, NAME, "asked for it")

    (issue,) = mirror.snapshot.issues or ()
    assert (issue.corrected_by or "").startswith("erased-")
    assert NAME.encode() not in files(settings)
    assert proven(settings) == ""


async def test_a_person_of_a_similar_name_is_not_touched(engine: Engine, mirror: Mirror) -> None:
    await mira(engine)
    other = await engine.access.issue_token(SYSTEM, f"{NAME}sen", ("viewer",), None)

    await engine.erasure.person(ADA, NAME, "asked for it")

    rows = (await engine.audit.page(SYSTEM, subject=other.row.principal_id)).rows
    assert [row.type for row in rows] == ["access.role_granted", "access.token_issued"]
    assert all(row.data != {"erased": True} for row in rows)
    assert (await engine.access.authenticate(other.token)).name == f"{NAME}sen"


@pytest.mark.parametrize("name", ["per", "Analyst", "in_review", "edited", "token"])
async def test_a_person_with_the_name_of_something_else_takes_only_their_name_along(
    engine: Engine, mirror: Mirror, name: str
) -> None:
    """Or whoever is admin could give a signer another id, a decline another role."""
    await with_strike(engine)
    view = await engine.briefs.get(STRIKE)
    await engine.briefs.edit(SAM, STRIKE, view.brief.digest, BriefEdit(title="Calder is shut"))
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head", approve=False)
    before = await engine.briefs.get(STRIKE)
    await engine.access.issue_token(ADA, name, (), None)

    reply = await engine.erasure.person(ADA, name, "asked for it")

    assert await engine.briefs.get(STRIKE) == before
    assert reply.briefs == 0


async def test_nobody_signs_in_two_roles_by_erasing_somebody_else(
    engine: Engine, mirror: Mirror
) -> None:
    bo = await known(engine, "Bo", "Analyst", "Strategy Head", "admin")
    await with_strike(engine)
    await sign(engine, bo, "Analyst")
    await engine.access.issue_token(bo, bo.id.partition("-")[0], (), None)

    await engine.erasure.person(bo, bo.id.partition("-")[0], "asked for it")

    with pytest.raises(SamePerson):
        await sign(engine, bo, "Strategy Head")


async def test_an_erased_item_is_nowhere_in_the_file_and_not_quoted_any_more(
    engine: Engine, mirror: Mirror, settings: Settings
) -> None:
    before = await with_strike(engine)
    (evidence,) = before.content.evidence

    reply = await engine.erasure.item(ADA, evidence.item_id, "court order")
    after = await engine.briefs.get(STRIKE)
    await engine.close()

    assert after.content.evidence == ()
    assert after.content.title == ERASED
    assert after.brief.revision == before.brief.revision + 1
    assert after.content.summary[0].text == ERASED
    assert reply.briefs == 1
    assert evidence.quote.encode() not in files(settings)
    assert b"https://wire.example/strike" not in files(settings)
    assert proven(settings) == ""


async def test_erasing_a_quoted_item_voids_the_sign_offs(engine: Engine, mirror: Mirror) -> None:
    (evidence,) = (await with_strike(engine)).content.evidence
    await sign(engine, ANA, "Analyst")

    await engine.erasure.item(ADA, evidence.item_id, "court order")

    assert "review.voided" in mirror.types
    assert "Analyst" in (await engine.briefs.get(STRIKE)).brief.missing_roles


async def test_a_package_that_has_left_is_not_touched_and_counted(
    engine: Engine, mirror: Mirror
) -> None:
    (evidence,) = (await with_strike(engine)).content.evidence
    await sign(engine, ANA, "Analyst")
    await sign(engine, SAM, "Strategy Head")
    _, package = await engine.exports.create(ANA, STRIKE)

    reply = await engine.erasure.item(ADA, evidence.item_id, "court order")

    assert reply.packages == 1
    assert (await engine.exports.latest(STRIKE))[1] == package


async def test_what_is_under_a_hold_is_not_erased(engine: Engine, mirror: Mirror) -> None:
    (evidence,) = (await with_strike(engine)).content.evidence
    await engine.holds.add(ADA, STRIKE, "claim 12")

    with pytest.raises(OnHold, match="claim 12"):
        await engine.erasure.item(ADA, evidence.item_id, "court order")

    assert (await engine.briefs.get(STRIKE)).content.evidence == (evidence,)


async def test_events_of_a_held_subject_are_spared_and_counted(
    engine: Engine, mirror: Mirror, settings: Settings
) -> None:
    await strike_signed_by_mira(engine)
    await engine.holds.add(ADA, STRIKE, "claim 12")

    reply = await engine.erasure.person(ADA, NAME, "asked for it")

    assert reply.held >= 1
    signed = (await engine.audit.page(SYSTEM, type_="review.signed")).rows
    assert [row.data != {"erased": True} for row in signed] == [True]
    assert proven(settings) == ""


async def test_a_hold_is_listed_until_it_ends(engine: Engine, mirror: Mirror) -> None:
    held = await engine.holds.add(ADA, STRIKE, "claim 12")
    again = await engine.holds.add(ADA, STRIKE, "another reason")
    listed = await engine.holds.every(ADA)

    await engine.holds.remove(ADA, STRIKE)

    assert (again, listed) == (held, (held,))
    assert await engine.holds.every(ADA) == ()
    assert mirror.types[-2:] == ["audit.held", "audit.hold_ended"]


async def test_only_an_admin_erases_and_holds(engine: Engine, mirror: Mirror) -> None:
    await mira(engine)

    with pytest.raises(NotAllowed):
        await engine.erasure.person(ANA, NAME, "a grudge")
    with pytest.raises(NotAllowed):
        await engine.holds.add(ANA, STRIKE, "claim 12")


@pytest.mark.parametrize("name", ["Nobody At All", "system"])
async def test_who_is_not_there_cannot_be_erased(engine: Engine, mirror: Mirror, name: str) -> None:
    with pytest.raises(NotFound):
        await engine.erasure.person(ADA, name, "asked for it")


async def test_an_erasure_says_why(engine: Engine, mirror: Mirror) -> None:
    with pytest.raises(Invalid):
        await engine.erasure.item(ADA, "item-1", " ")


def test_numbers_are_told_in_stretches() -> None:
    assert stretches([3, 4, 5, 9, 11, 12]) == ((3, 5), (9, 9), (11, 12))
