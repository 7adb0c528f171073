"""Members side by side with those of their group, in ranks that are visited one at a time.

An event brings a rank in step on with one write to all its sockets, and no member is looked at:
what the kernel does for each pushes the others out of the processor's caches.
"""

from collections.abc import Iterator

from server.live.member import Group, Member, Rank

LONGEST = 128
"""Members in a rank: half a millisecond of writes."""


class Ranks:
    """A rank is there as long as it has members."""

    def __init__(self) -> None:
        self._ranks: dict[Rank, None] = {}
        self._with_room: dict[Group | None, Rank] = {}

    def __iter__(self) -> Iterator[Rank]:
        """Those that are there now, in an order that stays."""
        return iter(tuple(self._ranks))

    def place(self, member: Member) -> None:
        """Put it where its group stands."""
        if member.rank is not None:
            if member.rank.group is member.group:
                return
            self.remove(member)
        rank = self._with_room.get(member.group)
        if rank is None:
            rank = self._with_room[member.group] = Rank(member.group)
            self._ranks[rank] = None
        rank.break_step()
        rank.members.append(member)
        member.rank = rank
        if len(rank.members) == LONGEST:
            del self._with_room[member.group]

    def remove(self, member: Member) -> None:
        rank = member.rank
        if rank is None:
            return
        rank.break_step()
        rank.members.remove(member)
        member.rank = None
        if rank.members:
            self._with_room.setdefault(rank.group, rank)
        else:
            del self._ranks[rank]
            if self._with_room.get(rank.group) is rank:
                del self._with_room[rank.group]
