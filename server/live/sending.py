"""How the same bytes get to many sockets: with a system call each, or with one for all of them."""

import os
import sys
from array import array
from typing import Protocol

from server.live.uring import LARGEST, Uring

TOO_FEW = 8
"""Up to this many, a call each is cheaper than writing them all down."""


class Sender(Protocol):
    """``send`` never waits and never raises. It returns the sockets that did not take all of it,
    with how many bytes they took: 0 where they are full or gone."""

    def send(self, payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]: ...

    def close(self) -> None: ...


class OneByOne:
    """Everywhere."""

    def send(self, payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]:
        taken = ((each, _write(each, payload)) for each in descriptors)
        return [(each, count) for each, count in taken if count < len(payload)]

    def close(self) -> None:
        pass


class Together(OneByOne):
    """Where Linux lets this process use io_uring; raises OSError where it does not."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError("io_uring is Linux' own.")
        self._uring = Uring()

    def send(self, payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]:
        if len(descriptors) <= TOO_FEW or len(payload) > LARGEST:
            return super().send(payload, descriptors)
        return self._uring.send(payload, descriptors)

    def close(self) -> None:
        self._uring.close()


def _write(descriptor: int, payload: bytes) -> int:
    try:
        return os.write(descriptor, payload)
    except OSError:
        return 0
