"""Members side by side with those of their group, in ranks that are visited one at a time.

An event brings a rank in step on with one write to all its sockets, and no member is looked at:
what the kernel does for each pushes the others out of the processor's caches.
"""

from server.live.member import Group, Member, Rank

LONGEST = 128
"""Members in a rank: half a millisecond of writes."""


class Ranks:
    """A rank is there as long as it has members."""

    def __init__(self) -> None:
        self._ranks: dict[Rank, None] = {}
        self.all = self._ranks.keys()
        """A view of those that are there, in an order that stays."""
        self._with_room: dict[Group | None, dict[Rank, None]] = {}

    def place(self, member: Member) -> None:
        """Put it where its group stands."""
        if member.rank is not None:
            if member.rank.group is member.group:
                return
            self.remove(member)
        rank = self._rank_with_room(member.group)
        rank.break_step()
        rank.members.append(member)
        member.rank = rank
        if len(rank.members) == LONGEST:
            self._fill(rank)

    def remove(self, member: Member) -> None:
        rank = member.rank
        if rank is None:
            return
        rank.break_step()
        rank.members.remove(member)
        member.rank = None
        if rank.members:
            self._with_room.setdefault(rank.group, {})[rank] = None
        else:
            del self._ranks[rank]
            self._fill(rank)

    def _rank_with_room(self, group: Group | None) -> Rank:
        ranks = self._with_room.setdefault(group, {})
        if not ranks:
            rank = Rank(group)
            self._ranks[rank] = ranks[rank] = None
        return next(iter(ranks))

    def _fill(self, rank: Rank) -> None:
        """There is no more room in it."""
        ranks = self._with_room.get(rank.group, {})
        ranks.pop(rank, None)
        if not ranks:
            self._with_room.pop(rank.group, None)
