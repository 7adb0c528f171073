"""A person's edit of a brief, and what of it stays theirs. Pure.

Fields a person edited are locked: machines only propose around them.
"""

from collections.abc import Collection, Iterable
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from engine.briefing.assets import assets as make_assets
from engine.errors import Invalid
from engine.model import AUDIENCES, Assets, Audience, Content, Statement

Text = Annotated[str, Meta(min_length=1, max_length=4_000)]
Statements = Annotated[tuple[Text | Statement, ...], Meta(max_length=40)]
STATEMENT_FIELDS = ("summary", "risks", "opportunities", "recommendations")


class BriefEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. A statement is text, or text with evidence ids."""

    title: Annotated[str, Meta(min_length=1, max_length=300)] | UnsetType = UNSET
    summary: Statements | UnsetType = UNSET
    risks: Statements | UnsetType = UNSET
    opportunities: Statements | UnsetType = UNSET
    recommendations: Statements | UnsetType = UNSET
    assets: dict[Audience, Assets] | UnsetType = UNSET


def edited(
    content: Content, edit: BriefEdit, earlier: frozenset[str]
) -> tuple[Content, frozenset[str]]:
    """The content after the edit, and the names of the fields it touched.

    ``earlier`` are the fields people edited before. Assets nobody edited follow the text. Raises
    Invalid for evidence that does not exist.
    """
    changes: dict[str, object] = {}
    if not isinstance(edit.title, UnsetType):
        changes["title"] = edit.title
    for name in STATEMENT_FIELDS:
        given = getattr(edit, name)
        if given is not UNSET:
            changes[name] = _statements(content, name, given)
    after: Content = replace(content, **changes)
    own: dict[str, Assets] = {}
    if not isinstance(edit.assets, UnsetType):
        own.update(edit.assets.items())
    fields = frozenset(changes) | {f"assets.{audience}" for audience in own}
    kept = {
        audience: made
        for audience, made in content.assets.items()
        if not changes or f"assets.{audience}" in earlier
    }
    return with_assets(after, content.assets, kept | own), fields


def without_unused(content: Content, item_ids: Collection[str]) -> Content:
    """The content without evidence from these items that no statement rests on any more."""
    lists = (getattr(content, name) for name in STATEMENT_FIELDS)
    used = {one for statements in lists for each in statements for one in each.evidence}
    kept = tuple(e for e in content.evidence if e.id in used or e.item_id not in item_ids)
    after: Content = replace(content, evidence=kept)
    return after


def is_beside(content: Content, edit: BriefEdit) -> bool:
    """Whether the edit is only of copy for audiences that the content has none for."""
    touches_text = any(getattr(edit, name) is not UNSET for name in ("title", *STATEMENT_FIELDS))
    if touches_text or isinstance(edit.assets, UnsetType):
        return False
    return content.assets.keys().isdisjoint(edit.assets)


def with_assets(
    content: Content, audiences: Iterable[str], edited_assets: dict[str, Assets]
) -> Content:
    """The content with assets for every audience: the edited ones as they are, others made."""
    wanted = [a for a in AUDIENCES if a in {*audiences, *edited_assets}]
    made = {a: edited_assets.get(a) or make_assets(content, a) for a in wanted}
    return replace(content, assets=made)


def locked(content: Content, proposed: Content, fields: frozenset[str]) -> Content:
    """``proposed`` with the fields that people edited as they stand in ``content``."""
    keep = {name: getattr(content, name) for name in (*STATEMENT_FIELDS, "title") if name in fields}
    known = {evidence.id: evidence for evidence in proposed.evidence}
    merged: Content = replace(proposed, **keep)
    needed = {
        evidence_id
        for name in keep
        if name != "title"
        for statement in keep[name]
        for evidence_id in statement.evidence
    }
    extra = tuple(e for e in content.evidence if e.id in needed and e.id not in known)
    own = {a: made for a, made in content.assets.items() if f"assets.{a}" in fields}
    return with_assets(replace(merged, evidence=(*proposed.evidence, *extra)), proposed.assets, own)


def _statements(
    content: Content, name: str, given: tuple[str | Statement, ...]
) -> tuple[Statement, ...]:
    """Text that stands in the brief already keeps its evidence."""
    known = {evidence.id for evidence in content.evidence}
    before = {statement.text: statement for statement in getattr(content, name)}
    statements = []
    for one in given:
        statement = before.get(one, Statement(text=one)) if isinstance(one, str) else one
        missing = [evidence for evidence in statement.evidence if evidence not in known]
        if missing:
            raise Invalid(f"{name} cites evidence {missing[0]!r}, which this brief does not have.")
        statements.append(statement)
    return tuple(statements)
