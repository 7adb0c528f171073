"""Ed25519 keys and what they sign: heads of the log, and the key that follows. Pure.

A key's id is the SHA-256 of its public half, so whoever knows the id can check the key.
"""

import hashlib
from datetime import datetime

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from engine.errors import KeyUnusable
from engine.model import SignedHead, SigningKey
from engine.record import Head, timestamp

HEAD, KEY = b"wireroom head 1\n", b"wireroom key 1\n"
"""What a signature is about comes first, so that none can be taken for another."""


def new_private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def key_id(private: Ed25519PrivateKey) -> str:
    return _id(_public(private))


def signing_key(private: Ed25519PrivateKey, before: Ed25519PrivateKey | None = None) -> SigningKey:
    """The public key to keep, vouched for by the one before it if there is one."""
    public = _public(private)
    if before is None:
        return SigningKey(id=_id(public), public=public)
    endorsement = before.sign(KEY + public)
    return SigningKey(
        id=_id(public), public=public, endorsed_by=key_id(before), endorsement=endorsement
    )


def sign_head(private: Ed25519PrivateKey, head: Head, time: datetime) -> SignedHead:
    unsigned = SignedHead(
        epoch=head.epoch,
        seq=head.seq,
        hash=head.hash.hex(),
        time=time,
        key_id=key_id(private),
        signature=b"",
    )
    return SignedHead(
        epoch=unsigned.epoch,
        seq=unsigned.seq,
        hash=unsigned.hash,
        time=unsigned.time,
        key_id=unsigned.key_id,
        signature=private.sign(_signed_bytes(unsigned)),
    )


def is_genuine(head: SignedHead, key: SigningKey) -> bool:
    """Whether ``key`` has signed exactly this."""
    return _holds(key.public, head.signature, _signed_bytes(head))


def is_sound(key: SigningKey, before: SigningKey | None) -> bool:
    """Whether the id is the key's own, and its endorsement, if any, is from ``before``."""
    if key.id != _id(key.public):
        return False
    if not key.endorsed_by:
        return not key.endorsement
    return before is not None and _holds(before.public, key.endorsement, KEY + key.public)


def to_pem(private: Ed25519PrivateKey, passphrase: bytes | None = None) -> bytes:
    """PKCS#8, encrypted when there is a passphrase."""
    lock: forms.KeySerializationEncryption = (
        forms.BestAvailableEncryption(passphrase) if passphrase else forms.NoEncryption()
    )
    return private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, lock)


def from_pem(pem: bytes) -> Ed25519PrivateKey:
    """Raises KeyUnusable for anything but an Ed25519 key without a passphrase."""
    try:
        private = forms.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable("The signing key is not an Ed25519 key in PEM without a passphrase.")
    return private


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(forms.Encoding.Raw, forms.PublicFormat.Raw)


def _id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()


def _signed_bytes(head: SignedHead) -> bytes:
    stated = {
        "epoch": head.epoch,
        "seq": str(head.seq),  # RFC 8785 numbers are doubles
        "hash": head.hash,
        "time": timestamp(head.time),
        "key_id": head.key_id,
    }
    return HEAD + rfc8785.dumps(stated)


def _holds(public: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True
