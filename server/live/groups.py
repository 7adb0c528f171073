"""Members behind the same filter on the same kind of wire, and the bytes that they share."""

from weakref import WeakValueDictionary

from server.live.frames import Wire
from server.live.joining import LOOKED_AT, Joined, join
from server.live.member import Group
from server.live.ring import LatestValues, Ring
from server.live.where import Filter


class Groups:
    """A group lives as long as it has members."""

    def __init__(self, ring: Ring, latest: LatestValues) -> None:
        self._ring = ring
        self._latest = latest
        self._groups: WeakValueDictionary[tuple[Filter, Wire], Group] = WeakValueDictionary()

    def of(self, shown: Filter, wire: Wire) -> Group:
        group = self._groups.get((shown, wire))
        if group is None:
            group = self._groups[shown, wire] = Group(shown, wire)
        return group

    def onward(self, group: Group, cursor: int, seen: int) -> Joined:
        """What brings the group's members on from this place; made once until there is news."""
        news = self._ring.head + self._latest.version  # both only grow, so does it
        if group.news != news:
            group.news = news
            group.joins.clear()  # what was joined before leads nobody to the head
        joined = group.joins.get((cursor, seen))
        if joined is None:
            joined = group.joins[cursor, seen] = self._join(group, cursor, seen)
        return joined

    def _join(self, group: Group, cursor: int, seen: int) -> Joined:
        events = self._ring.after(cursor, LOOKED_AT)
        joined = join(events, cursor, seen, group.shown, group.wire)
        if joined.cursor < self._ring.head or seen == self._latest.version:
            return joined
        changed = self._latest.after(seen)
        frames = [event.frame(group.wire) for event in changed if group.shown.shows(event)]
        payload = b"".join((joined.payload, *frames))
        return Joined(payload, joined.cursor, self._latest.version)
