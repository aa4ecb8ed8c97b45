import pytest

from simulation.held_back import CouldGo, HeldBack
from simulation.violation import Violation

LONGEST = 90.0


def look_until(held: HeldBack, end: int, step: int = 2) -> None:
    for now in range(step, end + 1, step):
        held.look(float(now))


@pytest.mark.parametrize("longest", [90, 690])
def test_a_state_may_wait_so_long(longest: int) -> None:
    held = HeldBack(lambda: [CouldGo(1, longest)])
    look_until(held, longest + 2)
    with pytest.raises(Violation, match="state 1 could have gone"):
        held.look(longest + 4.0)


def test_each_state_has_its_own_time() -> None:
    numbers = [1]
    held = HeldBack(lambda: [CouldGo(numbers[0], LONGEST)])
    look_until(held, 80)
    numbers[0] = 2
    held.look(82.0)
    held.look(84.0)


def test_while_output_is_full_time_hardly_counts() -> None:
    held = HeldBack(lambda: [CouldGo(1, LONGEST)])
    look_until(held, 15_000, step=1_000)
