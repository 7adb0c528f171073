"""How the review state changes, and what stops counting because of it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from engine.errors import Invalid, NotAllowed, NotFound, RoleNotHeld
from engine.model import SYSTEM, Principal
from engine.review import (
    ReviewState,
    Signed,
    Signing,
    clear_decline,
    expire,
    gate,
    is_frozen,
    on_new_revision,
    opened,
    role_removed,
    sign,
    void_all,
    withdraw,
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
DI = a_principal("Di Ness", "Analyst")


def signed(state: ReviewState, by: Principal, role: str, **changes: object) -> Signed:
    signing = replace(Signing(by=by, role=role), **changes)
    return sign(state, signing, a_config(), NOW)


def declined(state: ReviewState | None = None) -> ReviewState:
    return signed(state or a_state(), ANN, "Analyst", approve=False, note="Figures!").state


def revised(state: ReviewState, author: str) -> ReviewState:
    after, _ = on_new_revision(
        state, author=author, number=2, digest="2" * 64, policy=a_policy(), why="Edited"
    )
    return after


# -- sign ----------------------------------------------------------------------------------------


def test_two_people_who_sign_open_the_gate() -> None:
    state = signed(a_state(), ANN, "Analyst").state

    state = signed(state, BO, "Strategy Head").state

    assert gate(state, NOW).open


def test_a_sign_off_says_who_what_when_and_until_when() -> None:
    config = a_config(signoff_ttl_hours=6)

    made = sign(a_state(), Signing(by=ANN, role="Analyst", note="Fine"), config, NOW).signoff

    assert made == a_signoff(ANN, at=NOW, expires_at=NOW + timedelta(hours=6), note="Fine")


def test_signing_again_changes_nothing() -> None:
    once = signed(a_state(), ANN, "Analyst")

    twice = signed(once.state, ANN, "Analyst", note="again")

    assert twice == Signed(state=once.state, signoff=once.signoff, changed=False)


def test_a_person_signs_anew_after_expiry() -> None:
    state = a_state(signoffs=(a_signoff(ANN, expires_at=NOW),))

    again = signed(state, ANN, "Analyst")

    assert again.changed
    assert len(again.state.signoffs) == 2


def test_fresh_eyes_take_over_and_the_contributor_s_sign_off_is_voided() -> None:
    state = a_state(contributors=frozenset({ANN.id}), signoffs=(a_signoff(ANN),))

    taken = signed(state, DI, "Analyst")

    (voided,) = taken.voided
    assert voided.principal_id == ANN.id
    assert voided.voided == "Di Ness, who wrote none of it, signed as Analyst"
    assert [s.principal_id for s in taken.state.signoffs if not s.voided] == [DI.id]


# -- decline and clear ---------------------------------------------------------------------------


def test_a_decline_shuts_the_gate() -> None:
    state = signed(a_state(signoffs=two_signoffs()), DI, "Analyst", approve=False).state

    assert not gate(state, NOW).open


def test_a_decline_keeps_its_note_with_the_brief() -> None:
    (decline,) = declined().declines

    assert (decline.role, decline.name, decline.note) == ("Analyst", "Ann Berg", "Figures!")


def test_a_person_who_declines_takes_their_approval_back() -> None:
    both = signed(a_state(signoffs=two_signoffs()), ANN, "Analyst", approve=False)

    assert [s.principal_id for s in both.voided] == [ANN.id]
    assert both.voided[0].voided == "Ann Berg declined"


def test_declining_again_changes_nothing() -> None:
    state = declined()

    again = signed(state, ANN, "Analyst", approve=False)

    assert not again.changed
    assert again.state == state


def test_declining_again_takes_back_what_was_approved_since() -> None:
    cy = a_principal("Cy Moe", "Analyst", "Strategy Head")
    state = signed(a_state(), cy, "Analyst", approve=False).state
    state = signed(state, cy, "Strategy Head").state

    again = signed(state, cy, "Analyst", approve=False)

    assert again.changed
    assert [s.role for s in again.voided] == ["Strategy Head"]


def test_a_decline_stays_over_revisions() -> None:
    state = revised(declined(), author=BO.id)

    assert [d.role for d in state.declines] == ["Analyst"]
    assert not gate(state, NOW).open


def test_the_same_role_clears_its_declines_with_a_reason() -> None:
    state, cleared = clear_decline(declined(), DI, "Analyst", "Figures checked", a_config(), NOW)

    assert state.declines == ()
    assert [d.name for d in cleared] == ["Ann Berg"]


def test_another_role_cannot_clear_a_decline() -> None:
    with pytest.raises(RoleNotHeld, match="Only Analyst can clear"):
        clear_decline(declined(), BO, "Analyst", "Never mind", a_config(), NOW)


def test_clearing_one_role_s_decline_keeps_another_s() -> None:
    state = signed(declined(), BO, "Strategy Head", approve=False).state

    state, _ = clear_decline(state, ANN, "Analyst", "Figures checked", a_config(), NOW)

    assert [d.role for d in state.declines] == ["Strategy Head"]


def test_a_decline_is_not_cleared_without_a_reason() -> None:
    with pytest.raises(Invalid, match="reason"):
        clear_decline(declined(), ANN, "Analyst", "  ", a_config(), NOW)


def test_the_desk_itself_clears_nothing() -> None:
    with pytest.raises(NotAllowed):
        clear_decline(declined(), SYSTEM, "Analyst", "cron", a_config(), NOW)


def test_what_was_not_declined_cannot_be_cleared() -> None:
    with pytest.raises(NotFound, match="no open decline by Analyst"):
        clear_decline(a_state(), ANN, "Analyst", "Figures checked", a_config(), NOW)


def test_the_decline_of_a_removed_role_is_cleared_by_a_role_that_is_there() -> None:
    config = a_config("Editor", "Strategy Head")

    state, _ = clear_decline(declined(), BO, "Analyst", "Role is gone", config, NOW)

    assert state.declines == ()


def test_an_approval_stands_when_somebody_else_s_decline_is_cleared() -> None:
    state = signed(a_state(signoffs=two_signoffs()), DI, "Analyst", approve=False).state

    state, _ = clear_decline(state, DI, "Analyst", "Settled", a_config(), NOW)

    assert gate(state, NOW).open


# -- withdraw ------------------------------------------------------------------------------------


def test_a_person_withdraws_their_own_sign_off() -> None:
    state, withdrawn = withdraw(a_state(signoffs=two_signoffs()), ANN, "Analyst", NOW)

    assert withdrawn.voided == "Ann Berg withdrew it"
    assert gate(state, NOW).missing_roles == ("Analyst",)


def test_a_sign_off_can_be_withdrawn_by_somebody_who_lost_the_role() -> None:
    former = replace(ANN, roles=())

    state, _ = withdraw(a_state(signoffs=two_signoffs()), former, "Analyst", NOW)

    assert not gate(state, NOW).open


def test_nobody_withdraws_somebody_else_s_sign_off() -> None:
    with pytest.raises(NotFound, match="Di Ness has no valid sign-off as Analyst"):
        withdraw(a_state(signoffs=two_signoffs()), DI, "Analyst", NOW)


def test_a_sign_off_is_withdrawn_once() -> None:
    state, _ = withdraw(a_state(signoffs=two_signoffs()), ANN, "Analyst", NOW)

    with pytest.raises(NotFound):
        withdraw(state, ANN, "Analyst", NOW)


# -- what voids by itself ------------------------------------------------------------------------


def test_voiding_all_says_whose_and_why() -> None:
    state, voided = void_all(a_state(signoffs=two_signoffs()), "A cited item was withdrawn")

    assert [(s.name, s.voided) for s in voided] == [
        ("Ann Berg", "A cited item was withdrawn"),
        ("Bo Lind", "A cited item was withdrawn"),
    ]
    assert not gate(state, NOW).open


def test_a_sign_off_is_voided_for_one_reason_only() -> None:
    state, _ = void_all(a_state(signoffs=two_signoffs()), "A cited item was withdrawn")

    assert void_all(state, "The issue was merged") == (state, ())


def test_voiding_without_a_reason_still_voids() -> None:
    state, _ = void_all(a_state(signoffs=two_signoffs()), "")

    assert not gate(state, NOW).open


def test_expiry_voids_what_has_lapsed_and_nothing_else() -> None:
    lapsed = a_signoff(ANN, expires_at=NOW)

    state, voided = expire(a_state(signoffs=(lapsed, two_signoffs()[1])), NOW)

    assert [s.name for s in voided] == ["Ann Berg"]
    assert [s.voided for s in state.signoffs] == ["It expired", ""]


def test_a_removed_role_voids_what_was_signed_in_it() -> None:
    _, voided = role_removed(a_state(signoffs=two_signoffs()), "Analyst", "The role is gone")

    assert [s.role for s in voided] == ["Analyst"]


def test_a_role_taken_from_one_person_leaves_the_others() -> None:
    state = a_state(signoffs=two_signoffs())

    assert role_removed(state, "Analyst", "Left the desk", DI.id) == (state, ())
    assert len(role_removed(state, "Analyst", "Left the desk", ANN.id)[1]) == 1


# -- new revisions -------------------------------------------------------------------------------


def test_an_edit_voids_both_sign_offs() -> None:
    state = a_state(signoffs=two_signoffs())

    after, voided = on_new_revision(
        state, author=BO.id, number=2, digest="2" * 64, policy=a_policy(), why="Edited by Bo Lind"
    )

    assert [(s.revision, s.voided) for s in voided] == [(1, "Edited by Bo Lind")] * 2
    assert (after.revision, after.digest, after.signoffs) == (2, "2" * 64, ())


def test_contribution_accumulates_over_revisions() -> None:
    state = revised(revised(a_state(), ANN.id), BO.id)

    assert state.contributors == {ANN.id, BO.id}


def test_what_the_desk_itself_writes_is_nobody_s_contribution() -> None:
    state = revised(a_state(), SYSTEM.id)

    assert state.contributors == frozenset()
    assert not is_frozen(state)


def test_edited_fields_accumulate_over_revisions() -> None:
    state = a_state(edited_fields=frozenset({"title"}))

    after, _ = on_new_revision(
        state,
        author=ANN.id,
        number=2,
        digest="2" * 64,
        policy=a_policy(),
        why="Edited",
        edited_fields=frozenset({"risks"}),
    )

    assert after.edited_fields == {"title", "risks"}


def test_a_person_s_revision_freezes_the_brief() -> None:
    assert is_frozen(revised(a_state(), ANN.id))


def test_a_policy_revision_does_not_thaw_a_signed_brief() -> None:
    assert is_frozen(revised(a_state(signoffs=two_signoffs()), SYSTEM.id))


def test_a_new_revision_is_under_the_policy_it_was_written_under() -> None:
    loose = a_policy(dual=False)

    after, _ = on_new_revision(
        a_state(), author=ANN.id, number=2, digest="2" * 64, policy=loose, why="Edited"
    )

    assert after.policy == loose


def test_opening_for_review_freezes_the_brief() -> None:
    assert is_frozen(opened(a_state()))
