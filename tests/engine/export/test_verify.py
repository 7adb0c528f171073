"""Verification: an honest package passes, every change is found, nothing raises."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.export import build, container, report, verify
from engine.export.package import MANIFEST, to_json
from engine.export.verify import CHANGED, OTHER_REPORT, SUPERSEDED, UNSIGNED
from tests.engine.builders import (
    NOW,
    a_policy,
    a_released,
    a_revision,
    a_signoff,
    an_audit_row,
)

ROW = an_audit_row("review.signed", {"brief": {"score": 0.5}})
HONEST = build(a_released(audit=(ROW,))).data
Files = dict[str, bytes]
Change = Callable[[Any], None]


def resealed(change: Callable[[Files], None]) -> bytes:
    """A forgery by somebody who knows the format: container, sizes and checksums are right."""
    files = container.unpack(HONEST)
    change(files)
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = [
        {"name": name, "size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        for name, raw in files.items()
        if name != MANIFEST
    ]
    files[MANIFEST] = as_written(manifest)
    return container.pack(files)


def forged(name: str, change: Change) -> bytes:
    """A forgery of one JSON file, resealed."""

    def in_files(files: Files) -> None:
        value = json.loads(files[name])
        change(value)
        files[name] = as_written(value)

    return resealed(in_files)


def as_written(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def put(*path: str | int, value: object) -> Change:
    *outer, last = path

    def change(place: Any) -> None:
        for key in outer:
            place = place[key]
        place[last] = value

    return change


# -- an honest package ---------------------------------------------------------------------------


def test_an_honest_package_has_no_problems() -> None:
    verdict = verify(HONEST)

    assert verdict.ok
    assert verdict.problems == ()


def test_the_verdict_tells_what_was_signed_and_by_whom() -> None:
    manifest = verify(HONEST).manifest

    assert manifest is not None
    assert (manifest.brief_id, manifest.revision) == ("berth-fees", 1)
    assert [(s.name, s.role) for s in manifest.signoffs] == [
        ("Ann Berg", "Analyst"),
        ("Bo Lind", "Strategy Head"),
    ]


def test_the_verdict_says_what_it_cannot_know() -> None:
    assert verify(HONEST).limits == (SUPERSEDED, UNSIGNED)


def test_the_verdict_names_the_bytes_it_is_about() -> None:
    assert verify(HONEST).sha256 == hashlib.sha256(HONEST).hexdigest()


def test_a_single_signed_package_verifies() -> None:
    single = a_revision(policy=a_policy(dual=False))
    package = build(a_released(single, signoffs=(a_signoff(revision=single),)))

    assert verify(package.data).ok


def test_a_package_made_in_another_time_zone_verifies() -> None:
    assert verify(build(a_released(timezone="Asia/Kathmandu")).data).ok


# -- forgeries that know the format --------------------------------------------------------------


def test_resealing_alone_changes_nothing() -> None:
    assert resealed(lambda files: None) == HONEST


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        (
            "brief.json",
            put("summary", 0, "text", value="Berth fees fall."),
            "The text is not the one that was signed: its digest differs.",
        ),
        (
            "assets.json",
            put("CEO", "linkedin", value="Fees fall."),
            "The text is not the one that was signed: its digest differs.",
        ),
        ("brief.json", put("brief_id", value="ferry"), "brief.json and the manifest disagree on"),
        ("brief.json", put("revision", value=2), "disagree on revision"),
        ("brief.json", put("policy", "dual", value=False), "disagree on policy"),
        ("brief.json", put("digest", value="0" * 64), "disagree on digest"),
        ("brief.json", put("as_of", value="2026-03-02T07:06:00Z"), "disagree on as_of"),
        ("brief.json", put("as_of", value="2026-03-02T07:06:00"), "brief.json cannot be read"),
        ("brief.json", put("note", value="hidden"), "brief.json cannot be read"),
        ("brief.json", put("evidence", 0, "note", value="hidden"), "is not written as Wireroom"),
        ("brief.json", put("evidence", 0, "end", value=2**60), "brief.json cannot be digested"),
        (
            "brief.json",
            put("evidence", 0, "published", value="0001-01-01T00:00:00+09:00"),
            "brief.json cannot be digested",
        ),
        ("brief.json", put("evidence", value=[]), "evidence/1.json does not belong"),
        ("evidence/1.json", put("item", "text", value="Fees fall."), "Quote 1 is not what its"),
        ("evidence/1.json", put("item", "id", value="item-9"), "Quote 1 is not what its source"),
        ("evidence/1.json", put("evidence", "start", value=-1), "is about other evidence"),
        ("evidence/1.json", put("number", value=2), "is about other evidence than brief.json"),
        ("audit.json", put("brief_id", value="ferry"), "audit.json is about another brief"),
        ("audit.json", put("rows", 0, "subject", value="ferry"), "audit.json is about another"),
        ("manifest.json", put("digest", value="0" * 64), "Ann Berg signed another digest"),
        ("manifest.json", put("signoffs", 1, "digest", value="0" * 64), "signed another digest"),
        ("manifest.json", put("signoffs", value=[]), "Sign-offs are missing: Analyst"),
        ("manifest.json", put("signoffs", 1, "role", value="Analyst"), "missing: Strategy Head"),
        (
            "manifest.json",
            put("signoffs", 1, "principal_id", value="ann-berg"),
            "One person signed in two roles",
        ),
        ("manifest.json", put("signoffs", 1, "method", value="system"), "Sign-offs are missing"),
        ("manifest.json", put("signoffs", 0, "meaning", value="read"), "manifest.json cannot be"),
        (
            "manifest.json",
            put("contributors", value=["ann-berg", "bo-lind"]),
            "Everybody who signed wrote part of this brief",
        ),
        ("manifest.json", put("single_signed", value=True), "single_signed contradicts"),
        ("manifest.json", put("later_items", value=0), "report.html does not say what was signed"),
        ("manifest.json", put("desk", value="Elsewhere"), "report.html does not say what was"),
        ("manifest.json", put("digest_scheme", value="x/9"), "scheme x/9 is not known"),
        ("manifest.json", put("format", value="x/9"), "manifest.json cannot be read"),
        ("manifest.json", put("extra", value=1), "manifest.json cannot be read"),
    ],
)
def test_a_careful_forgery_is_found(name: str, change: Change, problem: str) -> None:
    verdict = verify(forged(name, change))

    assert not verdict.ok
    assert problem in " ".join(verdict.problems)


def test_a_report_that_says_something_else_is_found() -> None:
    def change(files: Files) -> None:
        files["report.html"] = files["report.html"].replace(b"nine percent", b"two percent")

    assert verify(resealed(change)).problems == ("report.html does not say what was signed.",)


def test_a_report_by_another_version_is_compared_by_checksum_and_says_so() -> None:
    other = report.VERSION + 1

    verdict = verify(forged(MANIFEST, put("report_version", value=other)))

    assert verdict.ok
    assert OTHER_REPORT in verdict.limits


def test_a_sign_off_that_had_expired_before_the_other_was_given_is_found() -> None:
    late = (NOW + timedelta(hours=25)).isoformat().replace("+00:00", "Z")

    verdict = verify(forged(MANIFEST, put("signoffs", 1, "at", value=late)))

    assert any("Sign-offs are missing: Analyst" in problem for problem in verdict.problems)


# -- files and container -------------------------------------------------------------------------


def test_a_changed_file_is_named() -> None:
    files = container.unpack(HONEST)
    files["assets.json"] += b" "

    problems = verify(container.pack(files)).problems

    assert "assets.json has 238 bytes; the manifest says 237." in problems
    assert "assets.json was changed: its SHA-256 is not the one in the manifest." in problems


@pytest.mark.parametrize("name", list(container.unpack(HONEST)))
def test_a_missing_file_is_named(name: str) -> None:
    files = container.unpack(HONEST)
    del files[name]

    verdict = verify(container.pack(files))

    assert not verdict.ok
    assert name.split("/")[0].split(".")[0] in " ".join(verdict.problems)


@pytest.mark.parametrize("name", ["evidence/2.json", "signature.dsse.json", "readme.txt"])
def test_a_file_that_does_not_belong_is_named(name: str) -> None:
    def change(files: Files) -> None:
        files[name] = b"{}"

    assert verify(resealed(change)).problems == (f"{name} does not belong in a package.",)


def test_a_file_the_manifest_does_not_list_is_found() -> None:
    files = {**container.unpack(HONEST), "readme.txt": b"hello"}

    assert "exactly once" in " ".join(verify(container.pack(files)).problems)


def test_bytes_behind_the_end_are_found() -> None:
    assert verify(HONEST + b"PS: call me").problems == (CHANGED,)


@pytest.mark.parametrize(
    "data", [b"", b"not a package", b"PK\3\4", bytes(100)], ids=["empty", "text", "stub", "zeros"]
)
def test_garbage_is_answered_in_a_sentence(data: bytes) -> None:
    verdict = verify(data)

    assert not verdict.ok
    assert verdict.manifest is None
    assert all(problem.endswith(".") for problem in verdict.problems)


@pytest.mark.parametrize(
    "content",
    [b"[" * 5_000, b'"\\ud800"', b"\xff", b"", b"nul", b'{"a":1e999}', b"9" * 400],
    ids=["deep", "surrogate", "bytes", "empty", "cut", "huge float", "huge number"],
)
@pytest.mark.parametrize("name", ["manifest.json", "brief.json", "assets.json", "audit.json"])
def test_a_file_that_is_no_readable_json_is_answered_in_a_sentence(
    name: str, content: bytes
) -> None:
    files = {**container.unpack(HONEST), name: content}

    verdict = verify(container.pack(files))

    assert any(f"{name} cannot be read" in problem for problem in verdict.problems)


# -- every single byte ---------------------------------------------------------------------------


def test_a_flipped_bit_is_found_all_through_a_package() -> None:
    """Every seventh byte here; every byte of the container form in ``test_container.py``."""
    unnoticed = []
    for position in range(0, len(HONEST), 7):
        damaged = bytearray(HONEST)
        damaged[position] ^= 1 << (position % 8)
        if verify(bytes(damaged)).ok:
            unnoticed.append(position)

    assert unnoticed == []


@settings(deadline=None, database=None)
@given(st.integers(0, len(HONEST) - 1), st.integers(1, 255))
def test_a_byte_changed_in_any_way_is_found(position: int, mask: int) -> None:
    damaged = bytearray(HONEST)
    damaged[position] ^= mask

    assert not verify(bytes(damaged)).ok


@settings(deadline=None, database=None)
@given(st.integers(0, len(HONEST) - 1), st.integers(0, 64), st.binary(max_size=64))
def test_bytes_cut_out_or_put_in_are_found(start: int, cut: int, put_in: bytes) -> None:
    damaged = HONEST[:start] + put_in + HONEST[start + cut :]

    assert verify(damaged).ok is (damaged == HONEST)


@settings(deadline=None, database=None)
@given(
    st.sampled_from(sorted(container.unpack(HONEST))),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_any_json_in_the_place_of_any_file_is_answered(name: str, value: Any) -> None:
    try:
        content = to_json(value)
    except UnicodeEncodeError:
        content = b'"\\ud800"'

    verdict = verify(container.pack({**container.unpack(HONEST), name: content}))

    assert not verdict.ok
