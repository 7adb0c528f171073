"""The bytes between the desk and its worker. Pure.

A request is two lengths, a msgpack job, and the job's ``body`` as it is (16 MB inside msgpack
would be copied on the event loop). A reply is a kind, a length, and msgpack: parts of a result,
its last part, or a failure.
"""

import struct
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from engine import errors
from engine.errors import WireroomError, WorkerFailed
from engine.worker.jobs import RESULTS, AnyJob, Job

REQUEST: Final = struct.Struct(">II")
REPLY: Final = struct.Struct(">cI")
PART: Final = b"p"
LAST: Final = b"l"
FAILED: Final = b"f"

_encoder = msgspec.msgpack.Encoder()
_job = msgspec.msgpack.Decoder(AnyJob)
_results = {job: msgspec.msgpack.Decoder(result) for job, result in RESULTS.items()}


class Failure(Struct, frozen=True):
    """An error inside a job, as a code and a sentence."""

    code: str
    message: str
    details: dict[str, Any] = {}


_failure = msgspec.msgpack.Decoder(Failure)
_errors = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, WireroomError)
}


def request(job: Job[Any]) -> tuple[bytes, bytes]:
    """The head of a request, ready to send, and the body that follows it."""
    body: bytes = getattr(job, "body", b"")
    encoded = _encoder.encode(msgspec.structs.replace(job, body=b"") if body else job)
    return REQUEST.pack(len(encoded), len(body)) + encoded, body


def read_job(encoded: bytes, body: bytes) -> AnyJob:
    """The job of a request's two parts."""
    job: AnyJob = _job.decode(encoded)
    return msgspec.structs.replace(job, body=body) if body else job


def reply(kind: Literal[b"p", b"l"], result: Any) -> bytes:
    encoded = _encoder.encode(result)
    return REPLY.pack(kind, len(encoded)) + encoded


def failure(error: Exception, job: Job[Any]) -> bytes:
    """A failed job; only the desk's own errors are told in their own words."""
    if isinstance(error, WireroomError):
        told = Failure(error.code, str(error), error.details)
    else:
        what = f"{type(job).__name__} failed in the worker ({type(error).__name__})"
        told = Failure(WorkerFailed.code, f"{what}; its log has the traceback.")
    encoded = _encoder.encode(told)
    return REPLY.pack(FAILED, len(encoded)) + encoded


def read_result(job: Job[Any], encoded: bytes) -> Any:
    return _results[type(job)].decode(encoded)


def read_failure(encoded: bytes) -> WireroomError:
    told = _failure.decode(encoded)
    return _errors.get(told.code, WorkerFailed)(told.message, **told.details)
