from engine.settings import Settings
from server.live.admission import Admission, admission_of
from server.live.limit import Bucket


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_everybody_who_may_be_connected_may_come_at_once() -> None:
    door = admission_of(Settings(max_connections=4, stream_rate=1), lambda: 0, Clock())

    assert [door.let_in() for _ in range(5)] == [True] * 4 + [False]


def test_a_smaller_burst_can_be_asked_for() -> None:
    settings = Settings(max_connections=4, stream_burst=2, stream_rate=1)
    door = admission_of(settings, lambda: 0, Clock())

    assert [door.let_in() for _ in range(3)] == [True, True, False]


def admission(clock: Clock, count: int = 0) -> Admission:
    return Admission(5, lambda: count, Bucket(clock, 3, 2))


def test_a_burst_of_streams_is_let_in_and_one_more_is_not() -> None:
    door = admission(Clock())

    answers = [door.let_in() for _ in range(4)]

    assert answers == [True, True, True, False]


def test_after_the_burst_streams_are_let_in_at_the_rate() -> None:
    clock = Clock()
    door = admission(clock)
    for _ in range(3):
        door.let_in()

    clock.now = 1.0

    assert [door.let_in() for _ in range(3)] == [True, True, False]


def test_a_long_quiet_saves_up_no_more_than_the_burst() -> None:
    clock = Clock()
    door = admission(clock)

    clock.now = 3600.0

    assert [door.let_in() for _ in range(4)] == [True, True, True, False]


def test_the_limit_itself_is_not_full_and_one_more_is() -> None:
    assert not admission(Clock(), count=5).is_full
    assert admission(Clock(), count=6).is_full
