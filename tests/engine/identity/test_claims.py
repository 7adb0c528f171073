"""What is believed of a signed token, and what is not."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.errors import NotAllowed, Unauthenticated
from engine.identity import keys
from engine.identity.claims import Claims, header_of, is_signed_token, person_id, verify
from engine.identity.rules import Rules
from tests.engine.clock import START
from tests.engine.identity.issuer import (
    claims,
    ec_key,
    ed_key,
    published,
    rsa_key,
    settings_of,
)

ISSUER = "https://id.example"
RULES = Rules.of(settings_of())
NOW = START.timestamp()


def signed(key: Any = None, algorithm: str = "RS256", **changes: Any) -> str:
    said = claims(ISSUER, **changes)
    return jwt.encode(said, key or rsa_key("k1"), algorithm=algorithm, headers={"kid": "k1"})


def believe(token: str, key: Any = None, rules: Rules = RULES) -> Claims:
    """As the desk does: the header first, then everything with the key it names."""
    header_of(token, rules)
    document = json.dumps({"keys": [published(key or rsa_key("k1"), "k1")]}).encode()
    (known,) = keys.read(document)
    return verify(token, known, rules, START)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def confused() -> str:
    """Signed with the public key, as if that were a shared secret."""
    public = rsa_key("k1").public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims(ISSUER))}"
    mac = hmac.digest(secret, head.encode(), hashlib.sha256)
    return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def forged() -> str:
    """Another's claims under the signature of one's own."""
    head, _, signature = signed().split(".")
    return f"{head}.{part(claims(ISSUER, sub='u-1', roles=['desk-admins']))}.{signature}"


def headed(**header: object) -> str:
    _, payload, signature = signed().split(".")
    return f"{part({'alg': 'RS256', 'kid': 'k1', **header})}.{payload}.{signature}"


BAD = {
    "forged": (forged, "signature"),
    "another's key": (lambda: signed(rsa_key("other")), "signature"),
    "unsigned": (lambda: f"{part({'alg': 'none'})}.{part(claims(ISSUER))}.", "algorithm"),
    "the public key as a secret": (confused, "algorithm"),
    "an algorithm that is no text": (lambda: headed(alg=["RS256"]), "algorithm"),
    "an unknown extension": (lambda: headed(crit=["exp"]), "cannot be read|extension"),
    "expired": (lambda: signed(exp=NOW - 30), "expired"),
    "from the future": (lambda: signed(nbf=NOW + 31), "nbf"),
    "issued in the future": (lambda: signed(iat=NOW + 31), "iat"),
    "for somebody else": (lambda: signed(aud="payroll"), "audience"),
    "for nobody": (lambda: signed(aud=None), "aud"),
    "another issuer's": (lambda: signed(iss="https://id.example/"), "issuer"),
    "without an issuer": (lambda: signed(iss=None), "iss"),
    "without an end": (lambda: signed(exp=None), "exp"),
    "about nobody": (lambda: signed(sub=None), "sub"),
    "about an empty name": (lambda: signed(sub=""), "sub"),
    "about a number": (lambda: signed(sub=7), "cannot be read"),
    "about a very long name": (lambda: signed(sub="u" * 256), "sub"),
    "with an end that is no moment": (lambda: signed(exp="soon"), "exp"),
    "with an end that is true": (lambda: signed(exp=True), "exp"),
    "with an end that never comes": (lambda: signed(exp=float("inf")), "exp"),
    "with an end past all years": (lambda: signed(exp=1e300), "exp"),
    "cut off": (lambda: signed()[:-40], "signature|cannot be read"),
    "cut in the middle": (lambda: signed()[: len(signed()) // 2] + ".", "cannot be read"),
    "not base64": (lambda: "a.b.c", "cannot be read"),
    "not ASCII": (lambda: "\ud800.é.c", "cannot be read"),
    "a deep header": (
        lambda: f"{base64.urlsafe_b64encode(b'[' * 5_000).decode()}.e30.e30",
        "cannot be read",
    ),
}


@pytest.mark.parametrize(("make", "why"), BAD.values(), ids=BAD.keys())
def test_a_bad_token_is_refused_in_one_sentence_that_says_why(make: Any, why: str) -> None:
    token = make()

    with pytest.raises(Unauthenticated, match=why) as refused:
        believe(token)

    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not any(len(each) > 8 and each in sentence for each in token.split("."))


@pytest.mark.parametrize(
    ("key", "algorithm"), [(rsa_key("k1"), "PS256"), (ec_key(), "ES256"), (ed_key(), "EdDSA")]
)
def test_each_accepted_kind_of_signature_holds(key: Any, algorithm: str) -> None:
    assert believe(signed(key, algorithm), key).name == "Mira Solheim"


def test_a_signature_that_the_settings_do_not_name_is_refused() -> None:
    rules = Rules.of(settings_of(jwt_algorithms=("ES256",)))

    with pytest.raises(Unauthenticated, match="algorithm"):
        believe(signed(), rules=rules)


def test_a_key_is_used_only_for_the_algorithm_it_was_published_for() -> None:
    document = json.dumps({"keys": [published(rsa_key("k1"), "k1", alg="PS256")]}).encode()
    (key,) = keys.read(document)

    with pytest.raises(Unauthenticated):
        verify(signed(), key, RULES, START)


@pytest.mark.parametrize(
    "changes",
    [{"exp": NOW - 29}, {"nbf": NOW + 29}, {"iat": NOW + 29, "auth_time": NOW + 29}],
    ids=["exp", "nbf", "iat"],
)
def test_clocks_may_differ_by_the_leeway(changes: dict[str, Any]) -> None:
    found = believe(signed(**changes))

    assert found.proven is not None
    assert found.proven <= START


def test_without_leeway_a_token_ends_on_the_second() -> None:
    rules = Rules.of(settings_of(jwt_leeway_s=0))

    with pytest.raises(Unauthenticated, match="expired"):
        believe(signed(exp=NOW), rules=rules)


def test_the_audience_may_be_one_of_several() -> None:
    assert believe(signed(aud=["payroll", "wireroom"])).roles == ("Analyst",)


def test_only_values_that_the_settings_name_give_roles() -> None:
    token = signed(roles=["admin", "desk-heads", "desk-analysts\n", "Analyst", 7, None])

    assert believe(token).roles == ("Strategy Head",)


@pytest.mark.parametrize(
    "roles",
    ["desk-analysts\u0000", ["desk-analysts\u202e"], {"desk-analysts": True}, [], 7, None],
    ids=["control", "turned", "object", "none", "number", "absent"],
)
def test_who_has_no_role_here_is_not_let_in(roles: object) -> None:
    with pytest.raises(NotAllowed, match="no role at this desk"):
        believe(signed(roles=roles))


def test_the_claim_may_be_text_and_its_name_may_lead_into_objects() -> None:
    nested = Rules.of(settings_of(jwt_roles_claim="realm_access.roles"))
    dotted = Rules.of(settings_of(jwt_roles_claim="https://wireroom.example/roles"))

    in_object = believe(signed(realm_access={"roles": ["desk-heads"]}), rules=nested)
    in_name = believe(signed(**{"https://wireroom.example/roles": "desk-heads"}), rules=dotted)

    assert in_object.roles == in_name.roles == ("Strategy Head",)


def test_the_last_equals_sign_divides_a_pair() -> None:
    rules = Rules.of(settings_of(jwt_roles=("cn=analysts,ou=desk = Analyst",)))

    assert believe(signed(roles=["cn=analysts,ou=desk"]), rules=rules).roles == ("Analyst",)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": "Mira\u0000 \u202eSol\nheim "}, "Mira Sol heim"),
        ({"name": "\u0007", "preferred_username": "mira"}, "mira"),
        ({"name": None, "email": "mira@example.org"}, "mira@example.org"),
        ({"name": "SYSTEM"}, "u-1001"),
        ({"name": ["Mira"]}, "u-1001"),
        ({"name": "idp-0123456789"}, "u-1001"),
        ({"name": "M" * 500}, "M" * 80),
    ],
)
def test_a_name_is_what_can_be_shown_of_the_best_claim(changes: Any, name: str) -> None:
    assert believe(signed(**changes)).name == name


def test_an_account_is_the_same_person_each_time_and_nobody_elses() -> None:
    first, again = believe(signed()), believe(signed(name="M. Solheim", exp=NOW + 60))
    ids = {
        first.person_id,
        again.person_id,
        person_id(ISSUER, "u-1002"),
        person_id(f"{ISSUER}/", "u-1001"),
    }

    assert first.person_id == again.person_id == person_id(ISSUER, "u-1001")
    assert first.person_id.startswith("idp-")
    assert len(ids) == 3


def test_when_somebody_proved_who_they_are_is_said_or_when_the_token_was_issued() -> None:
    said = believe(signed(auth_time=NOW - 3600)).proven
    issued = believe(signed(iat=NOW - 60)).proven
    unknown = believe(signed(iat=None)).proven

    assert said == START - timedelta(hours=1)
    assert issued == START - timedelta(minutes=1)
    assert unknown is None


@pytest.mark.parametrize("claim", ["client_id", "azp"])
def test_a_token_about_its_own_client_is_a_programs(claim: str) -> None:
    assert believe(signed(**{claim: "u-1001"})).method == "jwt-service"
    assert believe(signed(**{claim: "the-dashboard"})).method == "jwt"


@pytest.mark.parametrize(
    "said",
    [
        {"azp": "feeder", "preferred_username": "service-account-feeder"},
        {"azp": "feeder", "sub": "feeder@clients"},
        {"azp": "feeder", "gty": "client-credentials"},
        {"azp": "feeder", "idtyp": "app"},
        {"clientId": "u-1001"},
        {"cid": "u-1001"},
        {"appid": "u-1001"},
    ],
    ids=str,
)
def test_a_program_is_known_by_what_providers_say_of_programs(said: dict[str, str]) -> None:
    assert believe(signed(**said)).method == "jwt-service"


def test_only_what_has_three_parts_is_the_providers() -> None:
    assert is_signed_token(signed())
    assert not is_signed_token("wr_secret")
    assert not is_signed_token("a.b.c.d.e")
