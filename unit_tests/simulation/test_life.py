"""A process ends by itself, by a signal within its 12 seconds, or where it is killed."""

from collections.abc import Callable
from math import inf

import pytest

from destination_inflection.errors import TransientError
from simulation.life import LAST_SECONDS, Life
from simulation.scenario import End, Kill
from simulation.violation import Killed
from unit_tests.simulation.by_hand import Scene


def scene(event: int, how: End = End.SIGKILL, *, is_at_a_save: bool = False) -> Scene:
    return Scene(Kill(0, event, is_at_a_save, how, loses_output=False))


def signalled() -> Scene:
    """A process that got a signal at 100 s."""
    made = scene(1, End.SIGTERM)
    made.timeline.advance(100)
    made.life.touch()
    return made


@pytest.mark.parametrize("event", [1, 2, 7])
def test_it_is_killed_at_its_event_and_can_touch_nothing_after_it(event: int) -> None:
    made = scene(event)
    for _ in range(event - 1):
        made.life.touch()
    assert made.life.events == event - 1
    for touches in (made.life.touch, made.life.touch, made.life.saved):
        with pytest.raises(Killed):
            touches()
    assert made.life.events == event
    assert made.life.is_over
    assert made.life.was_killed
    assert not made.life.is_told


@pytest.mark.parametrize(
    ("is_at_a_save", "others", "deadly"),
    [(True, Life.touch, Life.saved), (False, Life.saved, Life.touch)],
)
def test_events_and_saved_files_are_counted_apart(
    others: Callable[[Life], None], deadly: Callable[[Life], None], *, is_at_a_save: bool
) -> None:
    made = scene(2, is_at_a_save=is_at_a_save)
    for _ in range(10):
        others(made.life)
    deadly(made.life)
    with pytest.raises(Killed):
        deadly(made.life)


def test_nobody_kills_it_unless_the_scenario_does() -> None:
    made = Scene()
    for _ in range(1_000):
        made.life.touch()
        made.life.saved()
    made.timeline.advance(1_000)
    assert made.life.events == 1_000
    assert not made.life.was_killed
    assert not made.life.is_over
    assert (made.life.status, made.life.is_told, made.life.store_deadline) == (0, False, None)
    assert made.life.grace == 10


def test_what_is_over_is_not_killed_any_more() -> None:
    made = scene(2)
    made.life.touch()
    made.life.end()
    made.life.touch()
    assert made.life.is_over
    assert not made.life.was_killed


def test_a_signal_is_told_and_kills_nobody_at_once() -> None:
    made = signalled()
    assert made.life.is_told
    assert made.life.signalled_at == 100
    assert (made.life.name, made.life.status) == ("SIGTERM", 143)
    made.timeline.advance(100 + LAST_SECONDS - 0.1)
    made.life.touch()
    assert not made.life.is_over


def test_twelve_seconds_after_the_signal_it_is_dead() -> None:
    made = signalled()
    made.timeline.advance(inf, lambda: made.life.is_over)
    assert made.timeline.now == 112
    assert made.life.was_killed
    with pytest.raises(Killed):
        made.life.touch()


def test_who_ends_in_time_is_not_killed() -> None:
    made = signalled()
    made.timeline.advance(111)
    made.life.end()
    made.timeline.advance(200)
    assert not made.life.was_killed


@pytest.mark.parametrize(
    ("now", "grace", "deadline"),
    [(100.0, 10.0, 103.0), (104.0, 6.0, 107.0), (109.0, 1.0, 111.0), (111.5, 0.0, 111.0)],
)
def test_after_the_signal_requests_and_the_store_get_what_is_left(
    now: float, grace: float, deadline: float
) -> None:
    made = signalled()
    made.timeline.advance(now)
    assert made.life.grace == grace
    assert made.life.store_deadline == deadline


class Broken:
    """A store that fails."""

    def __init__(self) -> None:
        self.asked = 0

    def check(self) -> None:
        self.asked += 1
        raise TransientError("The store is full.")

    def save(self, path: str, content: bytes) -> str:
        self.check()
        return f"{path} {content!r}"


def test_a_store_that_failed_is_not_asked_again() -> None:
    store = Broken()
    guarded = Scene().life.guarded(store)
    for _ in range(3):
        with pytest.raises(TransientError, match="The store is full"):
            guarded.save("a", b"")
    assert store.asked == 1
