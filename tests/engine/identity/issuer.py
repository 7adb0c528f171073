"""A small identity provider: it signs tokens, and publishes its keys over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from engine.settings import Settings
from tests.engine.clock import START

AUDIENCE = "wireroom"
ROLES = ("desk-analysts=Analyst", "desk-heads=Strategy Head", "desk-admins=admin")


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same for the same name: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def ed_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def published(key: Any, kid: str, **more: object) -> dict[str, Any]:
    """The public half, as it stands in a set of keys."""
    public = key.public_key()
    kind: Any = OKPAlgorithm
    if isinstance(key, rsa.RSAPrivateKey):
        kind = RSAAlgorithm
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        kind = ECAlgorithm
    return {**json.loads(kind.to_jwk(public)), "kid": kid, "use": "sig", **more}


def claims(issuer: str, now: datetime = START, **changes: Any) -> dict[str, Any]:
    """What a good token says; a change to None leaves the claim out."""
    said: dict[str, Any] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": "u-1001",
        "exp": now.timestamp() + 600,
        "iat": now.timestamp(),
        "name": "Mira Solheim",
        "roles": ["desk-analysts"],
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


class Issuer:
    """Starts with one RSA key, ``k1``."""

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, Any]] = {"k1": published(rsa_key("k1"), "k1")}
        self.url = ""
        self.asked = 0
        self.is_down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.body: bytes | None = None
        self.discovered: dict[str, str] | None = None

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/keys"

    def token(
        self,
        now: datetime = START,
        *,
        key: Any = None,
        kid: str | None = "k1",
        algorithm: str = "RS256",
        **changes: Any,
    ) -> str:
        said = claims(self.url, now, **changes)
        headers = {} if kid is None else {"kid": kid}
        return jwt.encode(said, key or rsa_key("k1"), algorithm=algorithm, headers=headers)

    def settings(self, **more: Any) -> dict[str, Any]:
        """What a desk of this provider is set to."""
        return {
            "jwt_issuer": self.url,
            "jwt_audience": AUDIENCE,
            "jwt_jwks_url": self.jwks_url,
            "jwt_roles": ROLES,
            **more,
        }

    async def _keys(self, request: web.Request) -> web.Response:
        self.asked += 1
        await self.gate.wait()
        if self.is_down:
            raise web.HTTPServiceUnavailable
        body = self.body or json.dumps({"keys": list(self.keys.values())}).encode()
        return web.Response(body=body, content_type="application/json")

    async def _discovery(self, request: web.Request) -> web.Response:
        said = {"issuer": self.url, "jwks_uri": self.jwks_url}
        return web.json_response(self.discovered or said)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(self.jwks_url)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Issuer"]:
        app = web.Application()
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/moved", self._elsewhere)
        app.router.add_get("/.well-known/openid-configuration", self._discovery)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self


def settings_of(**changes: Any) -> Settings:
    """Settings for the pure rules, of a provider that nobody asks."""
    given = {
        "jwt_issuer": "https://id.example",
        "jwt_audience": AUDIENCE,
        "jwt_roles": ROLES,
        **changes,
    }
    return Settings(**given)
