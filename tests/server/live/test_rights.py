"""Rights of open streams, asked again."""

import asyncio

import pytest

from engine.errors import Unauthenticated
from engine.model import Principal
from server.live.rights import Rights
from tests.server.live.fakes import ADMIN, READER


class Credential:
    """What a credential is worth, until a test changes it."""

    def __init__(self, worth: Principal | Exception) -> None:
        self.worth = worth

    async def __call__(self) -> Principal:
        if isinstance(self.worth, Exception):
            raise self.worth
        return self.worth


async def test_each_stream_is_told_whose_credential_it_is_now() -> None:
    rights = Rights()
    told: list[object] = []
    rights.watch("a", Credential(READER), told.append)
    rights.watch("b", Credential(Unauthenticated("It expired.")), told.append)

    await rights.check()
    await rights.close()

    assert told == [READER, None]


async def test_a_check_that_fails_takes_nobodys_rights_and_not_the_others_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rights = Rights()
    told: list[object] = []
    rights.watch("a", Credential(OSError("disk gone")), told.append)
    rights.watch("b", Credential(ADMIN), told.append)

    await rights.check()
    await rights.close()

    assert told == [ADMIN]


async def test_a_forgotten_stream_is_not_told() -> None:
    rights = Rights()
    told: list[object] = []
    rights.watch("a", Credential(READER), told.append)

    rights.forget("a")
    await rights.check()
    await rights.close()

    assert told == []


async def test_the_timer_checks_by_itself() -> None:
    rights = Rights(every_s=0)
    told = asyncio.Event()
    rights.watch("a", Credential(READER), lambda _: told.set())

    await asyncio.wait_for(told.wait(), 5)
    await rights.close()
