"""Rights of open streams, asked again."""

import asyncio

import pytest

from engine.errors import Unauthenticated
from engine.model import Principal
from server.live.rights import Credential, Rights, Watch
from tests.server.live.fakes import ADMIN, READER


class Access:
    """What secrets are worth, until a test changes it; counts how often it was asked."""

    def __init__(self, **worth: Principal | Exception) -> None:
        self.worth = worth
        self.asked = 0

    async def authenticate(self, secret: str) -> Principal:
        self.asked += 1
        found = self.worth[secret]
        if isinstance(found, Exception):
            raise found
        return found


class Listening:
    """A stream that remembers what it was told."""

    def __init__(self) -> None:
        self.watch: Watch | None = None
        self.told: list[Principal | None] = []
        self.heard = asyncio.Event()

    def rechecked(self, principal: Principal | None) -> None:
        self.told.append(principal)
        self.heard.set()


async def test_each_stream_is_told_whose_credential_it_is_now() -> None:
    access = Access(a=READER, b=Unauthenticated("It expired."))
    rights, first, second = Rights(), Listening(), Listening()
    rights.watch(first, Credential(access.authenticate, "a"))
    rights.watch(second, Credential(access.authenticate, "b"))

    await rights.check()
    await rights.close()

    assert (first.told, second.told) == ([READER], [None])


async def test_streams_with_the_same_credential_share_one_question() -> None:
    access = Access(a=READER)
    rights, streams = Rights(), [Listening() for _ in range(300)]
    for stream in streams:
        rights.watch(stream, Credential(access.authenticate, "a"))

    await rights.check()
    await rights.close()

    assert access.asked == 1
    assert all(stream.told == [READER] for stream in streams)


async def test_a_check_that_fails_takes_nobodys_rights_and_not_the_others_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    access = Access(a=OSError("disk gone"), b=ADMIN)
    rights, first, second = Rights(), Listening(), Listening()
    rights.watch(first, Credential(access.authenticate, "a"))
    rights.watch(second, Credential(access.authenticate, "b"))

    await rights.check()
    await rights.close()

    assert (first.told, second.told) == ([], [ADMIN])


async def test_a_forgotten_stream_is_not_told() -> None:
    access = Access(a=READER)
    rights, stream = Rights(), Listening()
    rights.watch(stream, Credential(access.authenticate, "a"))

    rights.forget(stream)
    await rights.check()
    await rights.close()

    assert (stream.told, access.asked) == ([], 0)


async def test_a_stream_that_changes_its_credential_is_told_of_the_new_one_only() -> None:
    access = Access(a=READER, b=ADMIN)
    rights, stream = Rights(), Listening()
    rights.watch(stream, Credential(access.authenticate, "a"))

    rights.watch(stream, Credential(access.authenticate, "b"))
    await rights.check()
    await rights.close()

    assert stream.told == [ADMIN]


async def test_the_checks_come_by_themselves() -> None:
    access = Access(a=READER)
    rights, stream = Rights(every_s=0), Listening()
    rights.watch(stream, Credential(access.authenticate, "a"))

    async with asyncio.timeout(5):
        await stream.heard.wait()
    await rights.close()

    assert stream.told[0] == READER


def test_a_credential_does_not_show_its_secret() -> None:
    credential = Credential(Access().authenticate, "wr_secret")

    assert "wr_secret" not in repr(credential)
