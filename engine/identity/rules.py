"""What the desk accepts of its identity provider, from the settings. Pure data."""

from datetime import timedelta
from typing import Self

from engine.model import Record
from engine.settings import Settings


class Rules(Record, frozen=True, kw_only=True):
    """``roles`` leads from a value of the roles claim to a role of the desk."""

    issuer: str
    audience: str
    algorithms: frozenset[str]
    leeway: timedelta
    roles_claim: str
    roles: dict[str, str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            algorithms=frozenset(settings.jwt_algorithms),
            leeway=timedelta(seconds=settings.jwt_leeway_s),
            roles_claim=settings.jwt_roles_claim,
            roles=mapping(settings.jwt_roles),
        )


def mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    """Pairs of ``value=Role``. The last ``=`` divides them: directories' group names hold some."""
    divided = (pair.rpartition("=") for pair in pairs)
    return {value.strip(): role.strip() for value, _, role in divided}
