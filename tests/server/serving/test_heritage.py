"""What a process inherits is taken once, and only when it was meant for it."""

import os
import socket
from collections.abc import Iterator

import pytest

from engine.errors import SettingInvalid
from server.serving import heritage
from server.serving.heritage import READY, VARIABLE, Heritage, take


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def test_without_heritage_there_is_nothing_to_take() -> None:
    assert take({"LISTEN_PID": "1", "LISTEN_FDS": "1"}) == Heritage()


def test_a_successor_gets_socket_lock_and_pipe_and_its_children_nothing(
    listening: socket.socket,
) -> None:
    hear, tell = os.pipe()
    lock, number = os.dup(hear), os.dup(listening.fileno())
    os.set_inheritable(lock, True)
    environ = {VARIABLE: heritage.written(number, lock, tell)}

    given = take(environ)

    assert environ == {}
    assert given.sock is not None
    assert given.sock.getsockname() == listening.getsockname()
    assert (given.lock, os.get_inheritable(lock)) == (lock, False)
    given.tell_ready()
    assert os.read(hear, 16) == READY
    given.sock.close()
    os.close(lock)
    os.close(hear)


def test_a_predecessor_that_has_gone_is_no_error() -> None:
    hear, tell = os.pipe()
    os.close(hear)

    Heritage(ready=tell).tell_ready()

    with pytest.raises(OSError, match="Bad file"):
        os.fstat(tell)


@pytest.mark.parametrize("value", ["", "3", "a,b,c", "9999,9999,9999"])
def test_what_somebody_else_put_there_is_a_sentence(value: str) -> None:
    with pytest.raises(SettingInvalid, match=VARIABLE):
        take({VARIABLE: value})


def test_systemds_socket_is_taken_by_the_process_it_names(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heritage, "_FIRST_FD", os.dup(listening.fileno()))
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "desk"}

    given = take(environ)

    assert environ == {}
    assert given.lock is None
    assert given.sock is not None
    assert given.sock.getsockname() == listening.getsockname()
    given.sock.close()


def test_more_sockets_than_one_are_refused() -> None:
    with pytest.raises(SettingInvalid, match="exactly one socket"):
        take({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"})


def test_a_descriptor_that_is_no_socket_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    hear, tell = os.pipe()
    monkeypatch.setattr(heritage, "_FIRST_FD", hear)

    with pytest.raises(SettingInvalid, match="no socket"):
        take({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})

    os.close(hear)
    os.close(tell)
