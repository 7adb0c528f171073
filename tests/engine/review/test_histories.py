"""Random histories of four people with overlapping roles and a deputy, against an oracle.

``WIREROOM_HISTORIES`` sets how many (500 in the normal run).
"""

import os
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, combinations, permutations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from engine.errors import WireroomError
from engine.model import SYSTEM, Decline, Policy, StandIn
from engine.review import (
    ReviewState,
    Signing,
    clear_decline,
    expire,
    gate,
    item_withdrawn,
    merged_away,
    on_new_revision,
    policy_revision,
    regrouped,
    role_removed,
    sign,
    valid_signoffs,
    withdraw,
)
from tests.engine.builders import NOW, ROLES, a_config, a_policy, a_principal, a_state

A, S = ROLES
HOLDS = {"ann": {A}, "bo": {S}, "cy": {A, S}, "di": {A, S}}
PEOPLE = {who: a_principal(who, *sorted(roles), id=who) for who, roles in HOLDS.items()}
TTL = 24
BEGINS, ENDS = 1, 20
TERM = StandIn(role=S, start=NOW + timedelta(hours=BEGINS), until=NOW + timedelta(hours=ENDS))
EVERYBODY = {**PEOPLE, "ed": a_principal("ed", "viewer", id="ed", deputy_of=(TERM,))}
"""Ed holds nothing, and stands in for the Strategy Head for less than a sign-off lasts."""


class Oracle:
    """What the gate should say, from the words of the rules; shares no code with the engine."""

    def __init__(self) -> None:
        self.seats: dict[str, tuple[str, int]] = {}
        self.wrote: set[str] = set()
        self.declined: set[str] = set()
        self.withdrawn: set[str] = set()
        self.dual, self.hour, self.merged_away = True, 0, False

    def may(self, who: str, role: str) -> bool:
        if who == "ed":
            return role == S and BEGINS <= self.hour < ENDS
        return role in HOLDS[who]

    def signers(self) -> dict[str, str]:
        return {r: who for r, (who, until) in self.seats.items() if until > self.hour}

    def approve(self, who: str, role: str) -> None:
        signers = self.signers()
        others = {w for r, w in signers.items() if r != role}
        if not self.may(who, role) or role in self.declined or who in others or self.withdrawn:
            return
        if role in signers:
            rescue = who not in self.wrote and set(signers.values()) <= self.wrote
            if signers[role] == who or not (self.dual and rescue):
                return
        if not (self.dual and others and others | {who} <= self.wrote):
            until = self.hour + TTL
            self.seats[role] = (who, min(until, ENDS) if who == "ed" else until)

    def decline(self, who: str, role: str) -> None:
        if self.may(who, role):
            self.seats = {r: seat for r, seat in self.seats.items() if seat[0] != who}
            self.declined.add(role)

    def is_open(self) -> bool:
        people = set(self.signers().values())
        enough = len(people) == 2 and not people <= self.wrote if self.dual else bool(people)
        return enough and not (self.declined or self.withdrawn or self.merged_away)


def a_decline(role: str) -> Decline:
    return Decline(role=role, principal_id="fay", name="Fay", revision=1, at=NOW)


ITEMS = ("itm-1", "itm-2")
item_ = st.sampled_from(ITEMS)
who_, role_ = st.sampled_from(sorted(EVERYBODY)), st.sampled_from(ROLES)


class Histories(RuleBasedStateMachine):
    """Both hear of everything that is tried, also of what the rules refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.state = a_state()
        self.config = a_config(signoff_ttl_hours=TTL)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(hours=self.oracle.hour)

    @rule(who=who_, role=role_)
    def approves(self, who: str, role: str) -> None:
        self.oracle.approve(who, role)
        self._sign(who, role, approve=True)

    @rule(who=who_, role=role_)
    def declines(self, who: str, role: str) -> None:
        self.oracle.decline(who, role)
        self._sign(who, role, approve=False)

    @rule(who=who_, role=role_)
    def clears(self, who: str, role: str) -> None:
        if self.oracle.may(who, role):
            self.oracle.declined.discard(role)
        with suppress(WireroomError):
            by = EVERYBODY[who]
            self.state, _ = clear_decline(self.state, by, role, "Settled", self.config, self.now)

    @rule(who=who_, role=role_)
    def withdraws(self, who: str, role: str) -> None:
        if self.oracle.signers().get(role) == who:
            del self.oracle.seats[role]
        with suppress(WireroomError):
            self.state, _ = withdraw(self.state, EVERYBODY[who], role, self.now)

    @rule(who=who_, cited=st.frozensets(item_))
    def edits(self, who: str, cited: frozenset[str]) -> None:
        self.oracle.seats.clear()
        self.oracle.wrote.add(who)
        self.oracle.withdrawn &= cited
        self.oracle.dual = self.config.require_dual_signoff
        self._revise(who, a_policy(dual=self.config.require_dual_signoff), cited)

    @rule(hours=st.integers(1, TTL), timer=st.booleans())
    def time_passes(self, hours: int, timer: bool) -> None:
        self.oracle.hour += hours
        if timer:
            self.state, _ = expire(self.state, self.now)

    @rule(dual=st.booleans())
    def policy_changes(self, dual: bool) -> None:
        self.config = replace(self.config, require_dual_signoff=dual)
        if dual and not self.oracle.dual:
            self.oracle.dual = True
            self.oracle.seats.clear()
        if wanted := policy_revision(self.state.policy, a_policy(dual=dual)):
            self._revise(SYSTEM.id, wanted, frozenset(ITEMS))

    @rule(who=who_, item=item_)
    def a_cited_item_is_withdrawn(self, who: str, item: str) -> None:
        self.oracle.seats.clear()
        self.oracle.wrote.add(who)
        self.oracle.withdrawn.add(item)
        self.state, _ = item_withdrawn(self.state, item, EVERYBODY[who], "Withdrawn")

    @rule(who=who_, declined=st.none() | role_)
    def an_issue_is_merged_into_it_or_it_is_split(self, who: str, declined: str | None) -> None:
        self.oracle.seats.clear()
        self.oracle.wrote.add(who)
        if declined:
            self.oracle.declined.add(declined)
        came = tuple(a_decline(role) for role in ROLES if role == declined)
        self.state, _ = regrouped(self.state, EVERYBODY[who], "Merged", came)

    @rule(rarely=st.integers(0, 9))
    def it_is_merged_away(self, rarely: int) -> None:
        if not rarely:
            self.oracle.merged_away = True
            self.oracle.seats.clear()
            self.state, _ = merged_away(self.state, "harbour-strike", "Merged")

    @rule(who=who_, role=role_)
    def somebody_loses_a_role_for_a_moment(self, who: str, role: str) -> None:
        if self.oracle.signers().get(role) == who:
            del self.oracle.seats[role]
        self.state, _ = role_removed(self.state, role, "Role taken away", who, deputy=who == "ed")

    @invariant()
    def the_gate_says_what_the_oracle_says(self) -> None:
        assert gate(self.state, self.now).open is self.oracle.is_open()

    @invariant()
    def the_signers_are_those_the_oracle_counts(self) -> None:
        counted = {s.role: s.principal_id for s in valid_signoffs(self.state, self.now)}

        assert counted == self.oracle.signers()

    def _sign(self, who: str, role: str, *, approve: bool) -> None:
        with suppress(WireroomError):
            signing = Signing(by=EVERYBODY[who], role=role, approve=approve)
            self.state = sign(self.state, signing, self.config, self.now).state

    def _revise(self, author: str, policy: Policy, cited: frozenset[str]) -> None:
        number = self.state.revision + 1
        digest = f"{number:064x}"
        self.state, _ = on_new_revision(
            self.state,
            author=author,
            number=number,
            digest=digest,
            policy=policy,
            why="Revised",
            cited=cited,
        )


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=int(os.environ.get("WIREROOM_HISTORIES", "500")),
    stateful_step_count=20,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_two_people_who_could_open_the_gate_can_do_so_alone_whatever_stands() -> None:
    """Nobody who has left can keep the others out until expiry."""
    seats = [(who, role) for who, roles in HOLDS.items() for role in sorted(roles)]
    for wrote in chain.from_iterable(combinations(sorted(HOLDS), n) for n in range(4)):
        for before in chain.from_iterable(permutations(seats, n) for n in range(3)):
            stands = a_state(contributors=frozenset(wrote))
            for who, role in before:
                stands = attempt(stands, who, role)
            for (first, a), (second, b) in permutations(seats, 2):
                able = first != second and (a, b) == (A, S) and not {first, second} <= set(wrote)
                if able:
                    assert gate(together(stands, first, second), NOW).open


def together(state: ReviewState, analyst: str, head: str) -> ReviewState:
    """What two people can do without anybody else: make room, then sign, fresh eyes first."""
    for who in (analyst, head):
        for role in ROLES:
            with suppress(WireroomError):
                state, _ = withdraw(state, PEOPLE[who], role, NOW)
    order = sorted(((analyst, A), (head, S)), key=lambda seat: seat[0] in state.contributors)
    for who, role in order:
        state = attempt(state, who, role)
    return state


def attempt(state: ReviewState, who: str, role: str) -> ReviewState:
    try:
        return sign(state, Signing(by=PEOPLE[who], role=role), a_config(), NOW).state
    except WireroomError:
        return state
