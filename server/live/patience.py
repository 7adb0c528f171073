"""How long a slow consumer is waited for: as long as it makes progress."""

from collections.abc import Callable

from server.live.member import Member

HIGH_WATER = 32_768
"""Bytes of backlog above which a member is skipped; shells set their transport's limit to it."""


def is_full(member: Member) -> bool:
    return member.connection.backlog() > HIGH_WATER


class Patience:
    """Members that are skipped until they drain. Judged by progress, not by backlog."""

    def __init__(
        self,
        limit_s: float,
        clock: Callable[[], float],
        resume: Callable[[Member], None],
        give_up: Callable[[Member, str], None],
    ) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._resume = resume
        self._give_up = give_up
        self._waiting: dict[Member, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def wait_for(self, member: Member) -> None:
        member.is_blocked = True
        member.backlog = member.connection.backlog()
        member.progress_at = self._clock()
        self._waiting[member] = None
        member.connection.when_drained(lambda: self._check(member))

    def forget(self, member: Member) -> None:
        self._waiting.pop(member, None)

    def judge(self) -> None:
        """Called once a second or so: a slow line that moves is fine, a silent one is not."""
        now = self._clock()
        for member in tuple(self._waiting):
            backlog = member.connection.backlog()
            if backlog < member.backlog:
                member.progress_at = now
            member.backlog = backlog
            self._check(member)
            if member.is_blocked and now - member.progress_at >= self._limit_s:
                self._give_up(member, "Nothing was read for too long.")

    def _check(self, member: Member) -> None:
        if member in self._waiting and not is_full(member):
            self.forget(member)
            member.is_blocked = False
            self._resume(member)
