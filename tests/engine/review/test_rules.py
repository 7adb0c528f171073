"""The review rules as questions: frozen, may they sign, is the gate open."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from engine.errors import (
    Conflict,
    Declined,
    Invalid,
    NoFreshEyes,
    NotAllowed,
    RoleNotHeld,
    SamePerson,
    StaleDigest,
    UnknownRole,
)
from engine.model import SYSTEM, Decline, Principal
from engine.review import (
    ReviewState,
    Signing,
    check_policy,
    check_sign,
    gate,
    is_frozen,
    next_expiry,
    policy_revision,
    stricter,
    valid_signoffs,
)
from tests.engine.builders import (
    NOW,
    a_config,
    a_policy,
    a_principal,
    a_signoff,
    a_state,
    two_signoffs,
)

ANN = a_principal("Ann Berg", "Analyst")
BO = a_principal("Bo Lind", "Strategy Head")
CY = a_principal("Cy Moe", "Analyst", "Strategy Head")
DI = a_principal("Di Ness", "Analyst")
DECLINE = Decline(role="Analyst", principal_id="di", name="Di Ness", revision=1, at=NOW, note="No!")


def attempt(state: ReviewState, by: Principal, role: str, **changes: object) -> None:
    signing = replace(Signing(by=by, role=role), **changes)
    check_sign(state, signing, a_config(), NOW)


# -- 1: roles ------------------------------------------------------------------------------------


def test_a_role_that_is_not_in_the_configuration_is_unknown_even_if_well_formed() -> None:
    editor = a_principal("Ed Holm", "Editor")

    with pytest.raises(UnknownRole, match="the roles are: Analyst, Strategy Head"):
        attempt(a_state(), editor, "Editor")


def test_a_role_the_person_does_not_hold_is_refused() -> None:
    with pytest.raises(RoleNotHeld, match="Ann Berg does not hold the role Strategy Head"):
        attempt(a_state(), ANN, "Strategy Head")


@pytest.mark.parametrize(
    "machine",
    [
        SYSTEM,
        a_principal("Desk", "Analyst", method="system"),
        a_principal("Desk", "Analyst", id="system"),
        a_principal("Desk", "Analyst", id=""),
        a_principal("Feed bridge", "Analyst", method="service"),
    ],
)
def test_only_people_sign(machine: Principal) -> None:
    with pytest.raises(NotAllowed, match="Only a person"):
        attempt(a_state(), machine, "Analyst")


def test_a_demo_reviewer_may_sign() -> None:
    attempt(a_state(), a_principal("Ann Berg", method="demo"), "Analyst")


@pytest.mark.parametrize("approve", [True, False])
def test_what_is_signed_is_what_was_seen(approve: bool) -> None:
    with pytest.raises(StaleDigest) as refused:
        attempt(a_state(), ANN, "Analyst", digest="0" * 64, approve=approve)

    assert refused.value.details == {"digest": a_state().digest, "revision": 1}


def test_a_sign_off_of_the_current_digest_is_accepted() -> None:
    attempt(a_state(), ANN, "Analyst", digest=a_state().digest)


# -- 2: two different people, one of them with fresh eyes ----------------------------------------


def test_one_person_who_holds_both_roles_counts_once() -> None:
    state = a_state(signoffs=(a_signoff(CY, "Analyst"),))

    with pytest.raises(SamePerson, match="somebody else must sign as Strategy Head"):
        attempt(state, CY, "Strategy Head")


def test_a_second_holder_of_a_signed_role_is_told_who_signed() -> None:
    state = a_state(signoffs=(a_signoff(ANN),))

    with pytest.raises(Conflict, match="Ann Berg has already signed as Analyst"):
        attempt(state, DI, "Analyst")


def test_an_expired_sign_off_does_not_keep_its_role_taken() -> None:
    state = a_state(signoffs=(a_signoff(ANN, expires_at=NOW),))

    attempt(state, DI, "Analyst")


def test_a_contributor_may_sign_as_preparer() -> None:
    attempt(a_state(contributors=frozenset({ANN.id})), ANN, "Analyst")


def test_the_last_of_two_contributors_is_refused() -> None:
    state = a_state(contributors=frozenset({ANN.id, BO.id}), signoffs=(a_signoff(ANN),))

    with pytest.raises(NoFreshEyes):
        attempt(state, BO, "Strategy Head")


def test_a_contributor_may_be_last_after_fresh_eyes() -> None:
    state = a_state(contributors=frozenset({BO.id}), signoffs=(a_signoff(ANN),))

    attempt(state, BO, "Strategy Head")


def test_without_dual_sign_off_a_contributor_may_sign_alone() -> None:
    state = a_state(contributors=frozenset({ANN.id}), policy=a_policy(dual=False))

    attempt(state, ANN, "Analyst")


def test_fresh_eyes_may_take_the_place_of_a_contributor() -> None:
    state = a_state(contributors=frozenset({ANN.id}), signoffs=(a_signoff(ANN),))

    attempt(state, DI, "Analyst")


def test_nobody_is_replaced_once_fresh_eyes_have_signed() -> None:
    state = a_state(contributors=frozenset({ANN.id}), signoffs=two_signoffs())

    with pytest.raises(Conflict, match="already signed"):
        attempt(state, DI, "Analyst")


# -- 3: freeze -----------------------------------------------------------------------------------


def test_a_fresh_draft_is_not_frozen() -> None:
    assert not is_frozen(a_state())


@pytest.mark.parametrize(
    "touched",
    [
        {"opened": True},
        {"edited_fields": frozenset({"summary"})},
        {"signoffs": (a_signoff(),)},
        {"signoffs": (a_signoff(voided="It expired"),)},
        {"declines": (DECLINE,)},
    ],
)
def test_whatever_a_person_did_freezes_the_brief(touched: dict[str, object]) -> None:
    assert is_frozen(a_state(**touched))


# -- 5: declines ---------------------------------------------------------------------------------


def test_a_role_that_declined_must_clear_that_before_it_approves() -> None:
    with pytest.raises(Declined, match="Analyst has declined"):
        attempt(a_state(declines=(DECLINE,)), ANN, "Analyst")


def test_another_role_may_sign_while_a_decline_is_open() -> None:
    attempt(a_state(declines=(DECLINE,)), BO, "Strategy Head")


def test_the_gate_stays_shut_while_a_decline_is_open() -> None:
    answer = gate(a_state(signoffs=two_signoffs(), declines=(DECLINE,)), NOW)

    assert [r.code for r in answer.refusals] == ["declined"]


def test_the_gate_never_quotes_a_note() -> None:
    answer = gate(a_state(declines=(DECLINE,)), NOW)

    assert "No!" not in repr(answer)


# -- 6: the gate ---------------------------------------------------------------------------------


def test_two_people_in_two_roles_open_the_gate() -> None:
    answer = gate(a_state(signoffs=two_signoffs()), NOW)

    assert answer.open
    assert not answer.single_signed
    assert answer.refusals == ()


def test_the_gate_names_the_roles_that_are_missing() -> None:
    answer = gate(a_state(signoffs=(a_signoff(ANN),)), NOW)

    assert answer.missing_roles == ("Strategy Head",)
    assert [r.message for r in answer.refusals] == ["Sign-offs are missing: Strategy Head."]


def test_one_sign_off_opens_the_gate_without_dual_and_is_labelled() -> None:
    answer = gate(a_state(policy=a_policy(dual=False), signoffs=(a_signoff(ANN),)), NOW)

    assert answer.open
    assert answer.single_signed
    assert answer.missing_roles == ()


def test_nobody_s_sign_off_opens_no_gate_without_dual() -> None:
    answer = gate(a_state(policy=a_policy(dual=False)), NOW)

    assert not answer.open
    assert answer.missing_roles == ("Analyst", "Strategy Head")


@pytest.mark.parametrize(
    "change",
    [
        {"voided": "It expired"},
        {"approve": False},
        {"digest": "0" * 64},
        {"revision": 2},
        {"expires_at": NOW},
        {"principal_id": "system"},
        {"principal_id": ""},
        {"method": "system"},
    ],
)
def test_a_sign_off_that_does_not_count_opens_nothing(change: dict[str, object]) -> None:
    first, second = two_signoffs()

    answer = gate(a_state(signoffs=(first, replace(second, **change))), NOW)

    assert answer.missing_roles == ("Strategy Head",)


def test_the_gate_shuts_at_the_moment_of_expiry() -> None:
    state = a_state(signoffs=two_signoffs())

    assert gate(state, NOW + timedelta(hours=23, minutes=59)).open
    assert not gate(state, NOW + timedelta(hours=24)).open


def test_the_gate_does_not_trust_that_two_rows_are_two_people() -> None:
    both = (a_signoff(CY, "Analyst"), a_signoff(CY, "Strategy Head"))

    answer = gate(a_state(signoffs=both), NOW)

    assert [r.code for r in answer.refusals] == ["same_person"]


def test_the_gate_does_not_trust_that_somebody_had_fresh_eyes() -> None:
    contributors = frozenset({ANN.id, BO.id})

    answer = gate(a_state(signoffs=two_signoffs(), contributors=contributors), NOW)

    assert [r.code for r in answer.refusals] == ["no_fresh_eyes"]


def test_a_sign_off_in_a_role_that_is_not_required_counts_for_nothing() -> None:
    state = a_state(policy=a_policy("Editor", dual=False), signoffs=(a_signoff(ANN),))

    assert gate(state, NOW).missing_roles == ("Editor",)


def test_the_next_expiry_is_that_of_the_sign_off_that_lapses_first() -> None:
    soon = a_signoff(ANN, expires_at=NOW + timedelta(hours=1))
    void = a_signoff(BO, "Strategy Head", expires_at=NOW, voided="Bo Lind withdrew it")

    assert next_expiry(a_state(signoffs=(soon, void))) == NOW + timedelta(hours=1)
    assert next_expiry(a_state()) is None


def test_valid_sign_offs_are_those_that_count_now() -> None:
    first, second = two_signoffs()

    state = a_state(signoffs=(first, replace(second, voided="It expired")))

    assert valid_signoffs(state, NOW) == (first,)


# -- 6: the policy of a revision -----------------------------------------------------------------


@pytest.mark.parametrize("roles", [("Analyst",), ("Analyst", "Analyst")])
def test_dual_sign_off_needs_two_roles(roles: tuple[str, ...]) -> None:
    with pytest.raises(Invalid, match="two different signoff_roles"):
        check_policy(a_policy(*roles))


def test_a_policy_needs_a_role() -> None:
    with pytest.raises(Invalid, match="at least one role"):
        check_policy(replace(a_policy(dual=False), required_roles=()))


def test_a_policy_that_can_be_met_is_accepted() -> None:
    check_policy(a_policy())


def test_a_gate_under_an_impossible_policy_stays_shut() -> None:
    answer = gate(a_state(policy=a_policy("Analyst"), signoffs=(a_signoff(ANN),)), NOW)

    assert not answer.open
    assert "two different signoff_roles" in answer.refusals[0].message


def test_the_stricter_of_two_policies_asks_for_what_both_ask_for() -> None:
    together = stricter(a_policy("Analyst", "Editor", dual=False), a_policy("Analyst", "Board"))

    assert together == a_policy("Analyst", "Editor", "Board", dual=True)


def test_loosening_leaves_a_revision_under_its_own_policy() -> None:
    assert policy_revision(a_policy(), a_policy(dual=False)) is None


def test_tightening_calls_for_a_revision_under_the_stricter_policy() -> None:
    tighter = policy_revision(a_policy(dual=False), a_policy("Analyst", "Strategy Head", "Board"))

    assert tighter == a_policy("Analyst", "Strategy Head", "Board")


def test_a_removed_role_calls_for_a_revision_that_can_be_signed() -> None:
    in_force = a_policy("Analyst", "Editor", dual=False)

    assert policy_revision(a_policy(), in_force) == a_policy("Analyst", "Editor", dual=True)


def test_dual_sign_off_is_not_kept_where_only_one_role_is_left() -> None:
    in_force = a_policy("Analyst", dual=False)

    assert policy_revision(a_policy(), in_force) == in_force
