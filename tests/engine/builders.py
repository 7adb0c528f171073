"""Small builders of the things tests talk about. Everything in them is invented.

Each gives a complete, valid value; a test names only the fields it is about.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from engine.export import Released
from engine.model import (
    Assets,
    AuditRow,
    Config,
    Content,
    Evidence,
    Item,
    Policy,
    Principal,
    Revision,
    SignOff,
    Statement,
)
from engine.review import ReviewState, digest

NOW = datetime(2026, 3, 2, 7, 5, tzinfo=UTC)
ROLES = ("Analyst", "Strategy Head")
TEXT = (
    "The harbour council of Port Lindale voted on Sunday to raise berth fees. "
    "Fees rise by nine percent from June, the council said. Shippers had asked for a delay."
)


def a_principal(
    name: str = "Ann Berg", *roles: str, method: str = "demo", **changes: Any
) -> Principal:
    """A person; the id follows from the name: ``ann-berg``."""
    given = {"id": name.lower().replace(" ", "-"), "name": name, "roles": roles or ("Analyst",)}
    return Principal(**{**given, "method": method, **changes})


def an_item(id: str = "item-1", text: str = TEXT, **changes: Any) -> Item:  # noqa: A002 - as in the model
    item = Item(
        id=id,
        source_id="lindale-courier",
        title="Port Lindale raises berth fees",
        text=text,
        url=f"https://courier.example/{id}",
        guid=id,
        publisher="Lindale Courier",
        published=NOW - timedelta(hours=9),
        arrived=NOW - timedelta(minutes=30),
        edition="2026-03-02",
    )
    return replace(item, **changes)


def an_evidence(
    item: Item | None = None,
    quote: str = "Fees rise by nine percent from June, the council said.",
    **changes: Any,
) -> Evidence:
    """Evidence that ``item`` really says: the offsets are looked up."""
    item = item or an_item()
    start = item.text.index(quote)
    evidence = Evidence(
        id="e1",
        item_id=item.id,
        quote=quote,
        start=start,
        end=start + len(quote),
        publisher=item.publisher,
        url=item.url,
        published=item.published,
        confidence=0.82,
    )
    return replace(evidence, **changes)


def an_assets(**changes: str) -> Assets:
    assets = Assets(
        linkedin="Berth fees at Port Lindale rise in June.",
        email_paragraph="From June, berth fees at Port Lindale rise by nine percent.",
        press_excerpt="We have asked the council for a phased increase.",
    )
    return replace(assets, **changes)


def a_content(**changes: Any) -> Content:
    content = Content(
        title="Port Lindale raises berth fees",
        quadrant="Policy",
        priority="high",
        summary=(Statement(text="Berth fees rise by nine percent from June.", evidence=("e1",)),),
        risks=(Statement(text="Members with fixed contracts carry the cost.", evidence=("e1",)),),
        opportunities=(Statement(text="The council is open to a phased increase."),),
        recommendations=(Statement(text="Ask for a phased increase before April."),),
        evidence=(an_evidence(),),
        assets={"CEO": an_assets()},
    )
    return replace(content, **changes)


def a_policy(*roles: str, dual: bool = True) -> Policy:
    return Policy(required_roles=roles or ROLES, dual=dual)


def a_config(*roles: str, **changes: Any) -> Config:
    return Config(signoff_roles=roles or ROLES, **changes)


def a_revision(
    content: Content | None = None, policy: Policy | None = None, **changes: Any
) -> Revision:
    """A revision whose digest is right for its content and policy."""
    content, policy = content or a_content(), policy or a_policy()
    revision = Revision(
        brief_id="berth-fees",
        number=1,
        digest=digest(content, policy),
        content=content,
        policy=policy,
        as_of=NOW,
        items=1,
        author="system",
        why="written",
    )
    return replace(revision, **changes)


def a_signoff(
    by: Principal | None = None,
    role: str = "Analyst",
    revision: Revision | None = None,
    **changes: Any,
) -> SignOff:
    by, revision = by or a_principal(), revision or a_revision()
    signoff = SignOff(
        brief_id=revision.brief_id,
        revision=revision.number,
        digest=revision.digest,
        role=role,
        principal_id=by.id,
        name=by.name,
        approve=True,
        at=NOW + timedelta(minutes=10),
        expires_at=NOW + timedelta(hours=24),
        method=by.method,
    )
    return replace(signoff, **changes)


def two_signoffs(revision: Revision | None = None) -> tuple[SignOff, SignOff]:
    """What opens the gate of ``revision``: two people, two roles."""
    bo = a_principal("Bo Lind", "Strategy Head")
    return a_signoff(revision=revision), a_signoff(bo, "Strategy Head", revision)


def a_state(revision: Revision | None = None, **changes: Any) -> ReviewState:
    revision = revision or a_revision()
    state = ReviewState(
        brief_id=revision.brief_id,
        revision=revision.number,
        digest=revision.digest,
        policy=revision.policy,
    )
    return replace(state, **changes)


def an_audit_row(type: str, data: dict[str, object] | None, **changes: Any) -> AuditRow:  # noqa: A002 - as in the model
    row = AuditRow(
        cursor="e1-7", type=type, subject="berth-fees", time=NOW, hash="00" * 32, data=data
    )
    return replace(row, **changes)


def a_released(
    revision: Revision | None = None, items: Iterable[Item] | None = None, **changes: Any
) -> Released:
    """A revision with two sign-offs, ready to leave."""
    revision = revision or a_revision()
    released = Released(
        revision=revision,
        signoffs=two_signoffs(revision),
        items=tuple(items) if items is not None else (an_item(),),
        later_items=3,
        desk="Lindale desk",
    )
    return replace(released, **changes)
