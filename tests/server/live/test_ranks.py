"""Ranks: who stands beside whom, and what breaks their step."""

import pytest

from server.live.frames import Wire
from server.live.joining import Joined
from server.live.member import Group, Member, Rank
from server.live.ranks import LONGEST, Ranks
from server.live.where import Filter
from tests.server.live.fakes import FakeConnection, FakeSockets

HERE, THERE = Joined(b"", 7, 0), Joined(b"news", 8, 0)


@pytest.fixture
def ranks() -> Ranks:
    return Ranks()


@pytest.fixture
def group() -> Group:
    return Group(Filter(frozenset({"issue"})), Wire.JSON)


def a_member(ranks: Ranks, group: Group | None) -> Member:
    member = Member(FakeConnection(FakeSockets()), Wire.JSON, "a test")
    member.group = group
    ranks.place(member)
    return member


def sizes(ranks: Ranks) -> list[int]:
    return [len(rank.members) for rank in ranks.all]


def in_step(ranks: Ranks, group: Group) -> tuple[Rank, list[Member]]:
    """Three in one rank, and in step."""
    members = [a_member(ranks, group) for _ in range(3)]
    (rank,) = ranks.all
    for member in members:
        member.at = HERE
    rank.fall_in(HERE.cursor, beat=0)
    assert rank.at is HERE
    return rank, members


# -- who stands where ------------------------------------------------------------------------------


def test_a_full_rank_is_followed_by_another(ranks: Ranks, group: Group) -> None:
    for _ in range(LONGEST + 1):
        a_member(ranks, group)

    assert sizes(ranks) == [LONGEST, 1]


def test_each_group_has_ranks_of_its_own(ranks: Ranks, group: Group) -> None:
    other = Group(Filter(frozenset({"review"})), Wire.JSON)

    members = [a_member(ranks, each) for each in (group, other, None, group)]

    assert sizes(ranks) == [2, 1, 1]
    assert members[0].rank is members[3].rank


def test_a_gap_is_filled_before_a_rank_begins(ranks: Ranks, group: Group) -> None:
    members = [a_member(ranks, group) for _ in range(2 * LONGEST)]

    for left in (members[0], members[1]):
        ranks.remove(left)
    for _ in range(2):
        a_member(ranks, group)

    assert sizes(ranks) == [LONGEST, LONGEST]


def test_gaps_are_filled_wherever_they_are(ranks: Ranks, group: Group) -> None:
    members = [a_member(ranks, group) for _ in range(3 * LONGEST)]

    for left in members[:: LONGEST // 2]:
        ranks.remove(left)
    for _ in range(6):
        a_member(ranks, group)

    assert sizes(ranks) == [LONGEST] * 3


def test_who_follows_something_else_moves(ranks: Ranks, group: Group) -> None:
    member = a_member(ranks, None)
    stays = a_member(ranks, None)

    member.group = group
    ranks.place(member)

    assert sizes(ranks) == [1, 1]
    assert stays.rank is not member.rank
    assert member.rank is not None
    assert member.rank.group is group


def test_who_stands_right_stays(ranks: Ranks, group: Group) -> None:
    rank, members = in_step(ranks, group)

    ranks.place(members[0])

    assert rank.at is HERE
    assert rank.members == members


def test_nothing_is_kept_of_a_rank_that_is_empty(ranks: Ranks, group: Group) -> None:
    member = a_member(ranks, group)

    ranks.remove(member)
    ranks.remove(member)

    assert sizes(ranks) == []
    assert ranks._with_room == {}


@pytest.mark.parametrize("why", ["behind", "apart", "held", "without a beat", "following nothing"])
def test_only_those_that_stand_together_and_ready_at_the_head_fall_in(
    ranks: Ranks, group: Group, why: str
) -> None:
    rank, (first, *_) = in_step(ranks, group)
    rank.break_step()
    connection = first.connection
    assert isinstance(connection, FakeConnection)

    head = HERE.cursor + 1 if why == "behind" else HERE.cursor
    if why == "apart":
        first.at = Joined(b"", HERE.cursor, HERE.seen)
    elif why == "held":
        connection.freeze(waiting=1)
    elif why == "without a beat":
        first.beat = -1
    elif why == "following nothing":
        rank.group = None
    rank.fall_in(head, beat=0)

    assert rank.at is None


def test_an_empty_rank_is_not_in_step(group: Group) -> None:
    rank = Rank(group)

    rank.fall_in(0, beat=0)

    assert rank.at is None


# -- in step ---------------------------------------------------------------------------------------


def test_in_step_all_move_at_once(ranks: Ranks, group: Group) -> None:
    rank, members = in_step(ranks, group)

    rank.at = THERE

    assert [member.cursor for member in members] == [8, 8, 8]
    assert members[0].at is THERE


def test_whoever_is_moved_alone_breaks_it_and_the_others_stay(ranks: Ranks, group: Group) -> None:
    rank, members = in_step(ranks, group)
    rank.at = THERE

    members[1].at = HERE

    assert rank.at is None
    assert [member.at for member in members] == [THERE, HERE, THERE]


def test_whoever_cannot_be_written_to_breaks_it(ranks: Ranks, group: Group) -> None:
    rank, members = in_step(ranks, group)
    rank.at = THERE

    connection = members[2].connection
    assert isinstance(connection, FakeConnection)
    connection.freeze(waiting=1)

    assert rank.at is None
    assert [member.at for member in members] == [THERE] * 3


def test_whoever_comes_breaks_it(ranks: Ranks, group: Group) -> None:
    rank, members = in_step(ranks, group)
    rank.at = THERE

    newcomer = a_member(ranks, group)

    assert rank.at is None
    assert newcomer.cursor < 0
    assert [member.at for member in members] == [THERE] * 3


def test_whoever_leaves_breaks_it_and_keeps_its_place(ranks: Ranks, group: Group) -> None:
    rank, members = in_step(ranks, group)
    rank.at = THERE

    ranks.remove(members[0])

    assert rank.at is None
    assert [member.at for member in members] == [THERE] * 3
    assert rank.members == members[1:]
