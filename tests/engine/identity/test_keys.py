"""Which of a provider's keys are used, and for what."""

import json
from typing import Any

import jwt
import pytest

from engine.identity import keys
from tests.engine.identity.issuer import ec_key, ed_key, published, rsa_key


def document(*published_keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": published_keys}).encode()


def test_each_kind_of_key_is_for_its_own_algorithms() -> None:
    found = keys.read(
        document(published(rsa_key("k1"), "r"), published(ec_key(), "e"), published(ed_key(), "d"))
    )

    assert {key.kid: min(key.algorithms) for key in found} == {
        "r": "PS256",
        "e": "ES256",
        "d": "EdDSA",
    }
    assert not any(name.startswith("HS") for key in found for name in key.algorithms)


def test_a_key_that_names_its_algorithm_is_for_no_other() -> None:
    (key,) = keys.read(document(published(rsa_key("k1"), "r", alg="RS256")))

    assert key.algorithms == {"RS256"}


GOOD = published(rsa_key("k1"), "good")
UNUSABLE = {
    "short RSA": published(rsa_key("short", 1024), "bad"),
    "for encryption": published(rsa_key("k1"), "bad", use="enc"),
    "shared secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "bad", "use": "sig"},
    "private": {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec_key())), "kid": "bad"},
    "another algorithm": published(rsa_key("k1"), "bad", alg="ES256"),
    "unknown curve": {**published(ec_key(), "bad"), "crv": "secp256k1"},
    "half a key": {"kty": "RSA", "kid": "bad", "e": "AQAB"},
    "a number for a name": published(rsa_key("k1"), "bad") | {"kid": 7},
    "a list for a kind": {"kty": ["RSA"], "kid": "bad"},
}


@pytest.mark.parametrize("bad", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_key_that_cannot_be_trusted_is_passed_over(bad: dict[str, Any]) -> None:
    found = keys.read(document(bad, GOOD))

    assert [key.kid for key in found] == ["good"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"<html>", b'{"keys": 1}', b'{"keys": []}', b'{"keys":' + b"[" * 50_000],
    ids=["empty", "list", "page", "number", "none", "deep"],
)
def test_what_holds_no_key_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        keys.read(body)
