"""How much is allowed in a minute, from the settings. Pure."""

from msgspec import Struct

from engine.settings import Settings


class Rates(Struct, frozen=True, kw_only=True):
    """Requests in a minute; 0 is no limit."""

    principal: int = 0
    address: int = 0
    sign_in: int = 0
    failed: int = 0


REAL = Rates(principal=6_000, address=6_000, sign_in=120, failed=30)
MOCK = Rates(principal=1_200_000, address=1_200_000, sign_in=6_000, failed=6_000)
"""Twice what one machine answers: a demonstration or a measurement never meets it."""


def rates_of(settings: Settings) -> Rates:
    """What the settings say, and where they are silent what suits the mode."""
    usual = MOCK if settings.mock else REAL
    return Rates(
        principal=_or(settings.principal_rate, usual.principal),
        address=_or(settings.address_rate, usual.address),
        sign_in=_or(settings.sign_in_rate, usual.sign_in),
        failed=_or(settings.failed_rate, usual.failed),
    )


def _or(given: int | None, usual: int) -> int:
    return usual if given is None else given
