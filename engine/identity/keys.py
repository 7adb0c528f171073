"""The provider's public keys as it publishes them (RFC 7517). Pure.

Keys that could not be trusted are passed over: private and symmetric ones, RSA below 2048 bits,
unknown curves, keys for encryption.
"""

from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

RSA_BITS = range(2048, 8193)
"""Shorter ones can be factored; longer ones would hold the event loop at every check."""
KEYS_AT_MOST = 64
FITTING: dict[tuple[str, str], frozenset[str]] = {
    ("RSA", ""): frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
"""Which algorithms a kind of key is for. A public key is never taken for a shared secret."""


class Key(Struct, frozen=True):
    """``kid`` is empty where the provider gave it none."""

    kid: str
    public: PublicKey
    algorithms: frozenset[str]
    published: str
    """The key as it was published: equal for equal keys."""


class _Document(Struct, frozen=True):
    keys: list[dict[str, Any]]


def read(document: bytes) -> tuple[Key, ...]:
    """The usable keys of a JWK set. Raises ValueError when it is none, or holds none."""
    try:
        published = msgspec.json.decode(document, type=_Document).keys
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("it is no set of keys") from None
    found = tuple(key for each in published[:KEYS_AT_MOST] if (key := _key(each)) is not None)
    if not found:
        raise ValueError("it holds no key that can be used")
    return found


def _key(published: dict[str, Any]) -> Key | None:
    kid, alg = published.get("kid", ""), published.get("alg")
    algorithms = _fitting(published)
    if alg is not None:
        algorithms &= {str(alg)}
    if not algorithms or not isinstance(kid, str) or published.get("use", "sig") != "sig":
        return None
    public = _public(published, min(algorithms))
    if public is None:
        return None
    return Key(kid, public, algorithms, msgspec.json.encode(published, order="sorted").decode())


def _fitting(published: dict[str, Any]) -> frozenset[str]:
    kind, curve = published.get("kty"), published.get("crv", "")
    if not isinstance(kind, str) or not isinstance(curve, str):
        return frozenset()
    return FITTING.get((kind, curve), frozenset())


def _public(published: dict[str, Any], algorithm: str) -> PublicKey | None:
    try:
        public = jwt.PyJWK(published, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(public, RSAPublicKey):
        return public if public.key_size in RSA_BITS else None
    return public if isinstance(public, EllipticCurvePublicKey | Ed25519PublicKey) else None
