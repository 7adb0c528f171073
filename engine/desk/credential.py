"""What a secret may be, and what is stored of it. Pure."""

import hashlib

from engine.errors import Unauthenticated
from engine.model import LONGEST_CREDENTIAL

TOO_LONG = f"A credential has {LONGEST_CREDENTIAL:,} characters at most."
NO_CREDENTIAL = "The credential is unknown, expired or revoked: sign in again."


def check_length(credential: str) -> None:
    """Raise Unauthenticated for what is too long to be one, before anything looks into it."""
    if len(credential) > LONGEST_CREDENTIAL:
        raise Unauthenticated(TOO_LONG)


def digest(secret: str) -> bytes:
    """What is stored of a secret. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
