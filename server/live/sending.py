"""How the same bytes get to many sockets: with a system call each, or by ``uring`` with one for all
of them."""

import os
from array import array
from typing import Protocol


class Sender(Protocol):
    """``send`` never waits and never raises. It returns the sockets that did not take all of it,
    with how many bytes they took: 0 where they are full or gone."""

    def send(self, payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]: ...

    def close(self) -> None: ...


class OneByOne:
    """Everywhere."""

    def send(self, payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]:
        return send_to_each(payload, descriptors)

    def close(self) -> None:
        pass


def send_to_each(payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]:
    """One after the other; as ``Sender.send``."""
    taken = ((each, _write(each, payload)) for each in descriptors)
    return [(each, count) for each, count in taken if count < len(payload)]


def _write(descriptor: int, payload: bytes) -> int:
    try:
        return os.write(descriptor, payload)
    except OSError:
        return 0
