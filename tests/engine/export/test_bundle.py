"""The package: what is in it, and that the same input is the same bytes."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from engine.errors import Invalid, PackageInvalid
from engine.export import Package, build, container, report
from engine.export.package import BriefFile
from engine.export.verify import verify
from engine.model import Content
from engine.review import digest
from tests.engine.builders import (
    NOW,
    a_content,
    a_policy,
    a_principal,
    a_released,
    a_revision,
    a_signoff,
    an_audit_row,
    an_evidence,
    an_item,
    two_signoffs,
)


def read(package: Package, name: str) -> Any:
    with zipfile.ZipFile(io.BytesIO(package.data)) as archive:
        return json.loads(archive.read(name))


def test_the_same_release_is_the_same_bytes() -> None:
    assert build(a_released()).data == build(a_released()).data


def test_the_bytes_do_not_depend_on_how_the_input_was_ordered() -> None:
    released = a_released(
        items=(an_item(), an_item("item-2")), contributors=frozenset({"ann-berg", "cy-moe"})
    )
    assets = {name: a_content().assets["CEO"] for name in ("Board", "CEO")}
    forth = a_revision(a_content(assets=assets))
    back = a_revision(a_content(assets=dict(reversed(assets.items()))))

    one = build(replace(released, revision=forth, signoffs=two_signoffs(forth)))
    two = build(
        replace(
            released,
            revision=back,
            signoffs=two_signoffs(back),
            items=tuple(reversed(released.items)),
            contributors=frozenset({"cy-moe", "ann-berg"}),
        )
    )

    assert one.data == two.data


def test_the_bytes_of_a_known_release_stay_what_they_are() -> None:
    """Whoever changes what is printed changes ``report.VERSION`` too, and then this."""
    assert (build(a_released()).sha256, report.VERSION) == (
        "6f6f773b45fa9ae2127ea948ad70625e798b556d1e699e804d4c8dd711f1628f",
        2,
    )


def test_the_package_is_named_for_brief_and_revision() -> None:
    revision = a_revision(number=4)

    assert build(a_released(revision)).filename == "berth-fees-4.zip"


def test_the_package_holds_these_files_and_no_other() -> None:
    with zipfile.ZipFile(io.BytesIO(build(a_released()).data)) as archive:
        names = archive.namelist()

    assert names == [
        "brief.json",
        "assets.json",
        "report.html",
        "evidence/1.json",
        "audit.json",
        "manifest.json",
    ]


def test_the_manifest_lists_every_other_file_with_size_and_checksum() -> None:
    package = build(a_released())

    with zipfile.ZipFile(io.BytesIO(package.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    del files["manifest.json"]

    assert {(f.name, f.size, f.sha256) for f in package.manifest.files} == {
        (name, len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in files.items()
    }


def test_the_checksum_is_that_of_the_bytes() -> None:
    package = build(a_released())

    assert package.sha256 == hashlib.sha256(package.data).hexdigest()


def test_the_manifest_says_who_signed_in_which_role_how_and_when() -> None:
    signoffs = read(build(a_released()), "manifest.json")["signoffs"]

    assert signoffs[0] == {
        "role": "Analyst",
        "principal_id": "ann-berg",
        "name": "Ann Berg",
        "method": "demo",
        "meaning": "approved",
        "digest": a_revision().digest,
        "at": "2026-03-02T07:15:00Z",
        "expires_at": "2026-03-03T07:05:00Z",
    }


def test_sign_offs_that_no_longer_count_do_not_leave() -> None:
    voided = a_signoff(a_principal("Di Ness"), voided="Di Ness withdrew it", note="Hm")
    declined = a_signoff(a_principal("Di Ness"), approve=False, note="Hm")

    package = build(a_released(signoffs=(voided, declined, *two_signoffs())))

    assert [s.name for s in package.manifest.signoffs] == ["Ann Berg", "Bo Lind"]


def test_a_sign_off_note_does_not_leave() -> None:
    first, second = two_signoffs()

    package = build(a_released(signoffs=(replace(first, note="Between us"), second)))

    assert b"Between us" not in package.data


def test_times_are_told_in_the_time_zone_of_the_desk() -> None:
    manifest = read(build(a_released(timezone="Europe/Oslo")), "manifest.json")

    assert (manifest["timezone"], manifest["as_of"]) == ("Europe/Oslo", "2026-03-02T08:05:00+01:00")


def test_the_manifest_says_how_many_later_items_are_not_included() -> None:
    assert build(a_released(later_items=5)).manifest.later_items == 5


def test_contributors_are_listed_in_one_order() -> None:
    ids = frozenset(f"writer-{n}" for n in range(9))

    assert build(a_released(contributors=ids)).manifest.contributors == tuple(sorted(ids))


def test_single_sign_off_is_labelled() -> None:
    single = a_revision(policy=a_policy(dual=False))

    package = build(a_released(single, signoffs=(a_signoff(revision=single),)))

    assert package.manifest.single_signed


def test_the_digest_can_be_computed_from_what_is_in_the_package() -> None:
    package = build(a_released())

    brief = msgspec.convert(read(package, "brief.json"), BriefFile)
    content = replace(brief.content({}), assets=a_content().assets)

    assert digest(content, brief.policy) == package.manifest.digest


def test_the_brief_file_holds_every_field_of_a_content() -> None:
    fields = set(Content.__struct_fields__) - {"assets"}

    assert fields <= set(BriefFile.__struct_fields__)
    content = a_revision().content
    brief = msgspec.convert(read(build(a_released()), "brief.json"), BriefFile)
    assert brief.content(content.assets) == content


def test_the_log_goes_with_it_without_anybody_s_notes() -> None:
    row = an_audit_row("review.declined", {"signoff": {"note": "Wrong figures"}})

    audit = read(build(a_released(audit=(row,))), "audit.json")

    assert [r["data"] for r in audit["rows"]] == [{"signoff": {"note": "[redacted]"}}]


def test_an_item_without_a_body_is_quoted_by_its_title() -> None:
    item = an_item(text="")
    quoted = an_evidence(quote="Fees rise", field="title", start=0, end=4)
    quoted = replace(quoted, quote="Port")
    revision = a_revision(a_content(evidence=(quoted,)))

    assert build(a_released(revision, items=(item,))).manifest.revision == 1


def test_a_cited_item_that_is_not_at_hand_is_refused() -> None:
    with pytest.raises(Invalid, match="Evidence 1 cites item item-1"):
        build(a_released(items=()))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"signoffs": ()}, "Sign-offs are missing"),
        ({"signoffs": two_signoffs()[:1]}, "Sign-offs are missing: Strategy Head"),
        ({"revision": a_revision(digest="0" * 64)}, "not the one that was signed"),
        ({"contributors": frozenset({"ann-berg", "bo-lind"})}, "wrote part of this brief"),
        ({"items": (an_item(text="Nothing of the kind."),)}, "Quote 1 is not what its source"),
    ],
    ids=["unsigned", "half signed", "wrong digest", "no fresh eyes", "misquoted"],
)
def test_nothing_leaves_that_would_not_verify(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(PackageInvalid, match=why):
        build(replace(a_released(), **changes))


def test_an_offset_of_the_input_s_times_changes_nothing() -> None:
    elsewhere = timezone(timedelta(hours=5))
    revision = a_revision(as_of=NOW.astimezone(elsewhere))

    assert build(a_released(revision)).manifest.as_of.utcoffset() == timedelta(0)


def test_a_deputy_is_labelled_in_the_manifest_and_in_the_report() -> None:
    analyst, head = two_signoffs()
    deputy = replace(head, deputy=True)

    package = build(a_released(signoffs=(analyst, deputy)))

    files = container.unpack(package.data)
    assert [approval.deputy for approval in package.manifest.signoffs] == [False, True]
    assert files["manifest.json"].count(b'"deputy": true') == 1
    assert b"<bdi>as deputy of Strategy Head</bdi>" in files["report.html"]
    assert verify(package.data).ok
