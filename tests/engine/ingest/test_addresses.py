"""Which addresses are public."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from engine.ingest.addresses import ForbiddenAddress, GuardedResolver, check_literal, is_public


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_private_addresses_are_not_in_any_spelling(address: str) -> None:
    assert not is_public(address)


def test_a_private_address_written_out_is_refused() -> None:
    with pytest.raises(ForbiddenAddress, match="on a private network"):
        check_literal("169.254.169.254")

    check_literal("93.184.215.14")
    check_literal("ellmouth.example")


class FakeResolver(AbstractResolver):
    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.is_closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None:
        self.is_closed = True


async def test_a_name_with_one_private_address_is_refused() -> None:
    resolver = GuardedResolver(allow_private=False, inner=FakeResolver("8.8.8.8", "127.0.0.1"))

    with pytest.raises(ForbiddenAddress, match=r"ellmouth\.example is on a private network"):
        await resolver.resolve("ellmouth.example")


async def test_a_public_name_resolves_and_a_private_one_where_that_is_allowed() -> None:
    public = GuardedResolver(allow_private=False, inner=FakeResolver("8.8.8.8"))
    lenient = GuardedResolver(allow_private=True, inner=FakeResolver("127.0.0.1"))

    assert [each["host"] for each in await public.resolve("a")] == ["8.8.8.8"]
    assert [each["host"] for each in await lenient.resolve("a")] == ["127.0.0.1"]


async def test_closing_closes_the_resolver_inside() -> None:
    inner = FakeResolver()

    await GuardedResolver(allow_private=False, inner=inner).close()

    assert inner.is_closed
