"""Many sends in one system call: Linux' io_uring, spoken to without a library.

Entering the kernel, and giving up the interpreter while there, costs a Python server a fifth of
what a small send does. Here the sends of a batch are written into memory that the kernel shares,
and it is entered once. Each says "do not wait", so all have ended when the call returns: nothing
is ever under way.
"""

import ctypes
import mmap
import os
import socket
import sys
from array import array
from contextlib import ExitStack
from typing import Final, Literal

from server.live.sending import send_to_each

TOO_FEW: Final = 8
"""Up to this many, a call each is cheaper than writing them all down."""
ENTRIES: Final = 512
"""Sends in one call at most; a power of two."""
LARGEST: Final = 65_536
"""Bytes that are sent together at most: they are copied once, to where the kernel reads them."""

# From <linux/io_uring.h>. The calls have these numbers on every architecture since Linux 5.1.
_SETUP: Final = 425
_ENTER: Final = 426
_ENTRIES_AT: Final = 0x1000_0000
_ONE_MAP: Final = 1
_GET_EVENTS: Final = 1
_SEND: Final = 26
_ENTRY: Final = 64
"""Bytes of a submission entry: of 4-byte words, 0 is the operation, 1 the descriptor, 6 the length,
7 the flags; of 8-byte words, 2 is the address and 4 ours, which comes back with the result."""
_WIDTH: Final = _ENTRY // 4
"""The same in words."""
_COMPLETION: Final = 16
"""Bytes of a completion: our 8-byte word, then the result in 4."""
_COUNTER: Final = 0xFFFF_FFFF


def _words(*names: str) -> list[tuple[str, type[ctypes.c_uint32]]]:
    return [(name, ctypes.c_uint32) for name in names]


class _Params(ctypes.Structure):
    _fields_ = [
        *_words("sq_entries", "cq_entries", "flags", "sq_cpu", "sq_idle", "features"),
        ("reserved", ctypes.c_uint32 * 4),
        *_words("sq_head", "sq_tail", "sq_mask", "sq_size", "sq_flags", "sq_dropped", "sq_array"),
        ("sq_reserved", ctypes.c_uint32 * 3),
        *_words("cq_head", "cq_tail", "cq_mask", "cq_size", "cq_overflow", "cq_cqes"),
        ("cq_reserved", ctypes.c_uint32 * 4),
    ]


class Uring:
    """A Sender for one thread, which closes it at the end.

    Raises OSError where the system has no io_uring, or does not let this process use it, as in
    many containers.
    """

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError("io_uring is Linux' own.")
        self._call = ctypes.CDLL(None, use_errno=True).syscall
        self._call.argtypes = [ctypes.c_long] * 7
        self._call.restype = ctypes.c_long
        self._count = 0
        params = _Params()
        ring: int = self._call(_SETUP, ENTRIES, ctypes.addressof(params), 0, 0, 0, 0)
        if ring < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        with ExitStack() as held:
            held.callback(os.close, ring)
            self._ring = ring
            self._map(params, held)
            self._rehearse()
            self._held = held.pop_all()

    def send(self, payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]:
        """As ``Sender.send``; few sockets, and what is larger than LARGEST, have a call each."""
        size = len(payload)
        if len(descriptors) <= TOO_FEW or size > LARGEST:
            return send_to_each(payload, descriptors)
        self._stage[:size] = payload
        short: list[tuple[int, int]] = []
        while len(descriptors) > (room := ENTRIES - self._count % ENTRIES):
            short += self._send_some(size, descriptors[:room])  # then the ring begins anew
            descriptors = descriptors[room:]
        return short + self._send_some(size, descriptors)

    def _send_some(self, size: int, descriptors: "array[int]") -> list[tuple[int, int]]:
        count, first = len(descriptors), self._count % ENTRIES
        begin, end = _WIDTH * first, _WIDTH * (first + count)
        sizes = array("i", (size,)) * count
        self._words[begin + 6 : end : _WIDTH] = sizes
        self._words[begin + 1 : end : _WIDTH] = descriptors
        self._counters[self._tail_at] = (self._count + count) & _COUNTER
        # Without memory the kernel looks at the first ones only, or at none.
        done = max(self._call(_ENTER, self._ring, count, count, _GET_EVENTS, 0, 0), 0)
        at = self._count % self._completions
        self._count += done
        self._counters[self._head_at] = self._count & _COUNTER
        results = self._results[4 * at + 2 : 4 * (at + done) : 4]
        if results == sizes:
            return []
        entries = self._entries[2 * at : 2 * (at + done) : 2]
        took = dict(zip(entries, results, strict=True))  # what fails may come out of turn
        taken = (max(0, took.get(entry, 0)) for entry in range(first, first + count))
        return [each for each in zip(descriptors, taken, strict=True) if each[1] < size]

    def close(self) -> None:
        self._held.close()

    def _map(self, params: _Params, held: ExitStack) -> None:
        if not params.features & _ONE_MAP:
            raise OSError("This io_uring is older than Linux 5.4.")

        def view(of: mmap.mmap | memoryview, form: Literal["i", "Q"]) -> "memoryview[int]":
            return held.enter_context(memoryview(of).cast(form))

        end = params.cq_cqes + _COMPLETION * params.cq_entries
        size = max(end, params.sq_array + 4 * ENTRIES)
        rings = held.enter_context(mmap.mmap(self._ring, size))
        entries = held.enter_context(mmap.mmap(self._ring, _ENTRY * ENTRIES, offset=_ENTRIES_AT))
        self._buffer = (ctypes.c_char * LARGEST)()
        self._stage = memoryview(self._buffer).cast("B")
        self._words = view(entries, "i")
        with memoryview(rings) as whole:
            self._counters = held.enter_context(whole[: size - size % 4].cast("I"))
            completions = held.enter_context(whole[params.cq_cqes : end])
        self._results, self._entries = view(completions, "i"), view(completions, "Q")
        self._completions = params.cq_entries
        self._tail_at, self._head_at = params.sq_tail // 4, params.cq_head // 4
        self._fill_in(view(entries, "Q"), params.sq_array // 4)

    def _fill_in(self, longs: "memoryview[int]", order_at: int) -> None:
        """Write what is the same for every send once."""
        order = array("I", range(ENTRIES))
        flags = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
        self._counters[order_at : order_at + ENTRIES] = order
        self._words[0::_WIDTH] = array("i", (_SEND,)) * ENTRIES
        self._words[7::_WIDTH] = array("i", (flags,)) * ENTRIES
        longs[2 :: _ENTRY // 8] = array("Q", (ctypes.addressof(self._buffer),)) * ENTRIES
        longs[4 :: _ENTRY // 8] = array("Q", order)

    def _rehearse(self) -> None:
        """Raise OSError unless a send does here what it should."""
        ours, peers = socket.socketpair()
        with ours, peers:
            short = self.send(b"one", array("i", (*[ours.fileno()] * TOO_FEW, -1)))
            if short != [(-1, 0)] or peers.recv(3 * TOO_FEW + 1) != b"one" * TOO_FEW:
                raise OSError(f"A send through io_uring fails here: {short}.")
