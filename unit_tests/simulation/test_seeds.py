"""Many worlds: which are played, what is said of one that fails, and that a fault is found."""

from collections import Counter
from typing import Final

import pytest

from destination_inflection.airbyte import intake
from destination_inflection.airbyte.states import with_stats
from destination_inflection.sync.releasing import Releasing
from simulation import __main__ as command
from simulation import expected
from simulation.expected import Expected, that_hold_now
from simulation.scenario import make_scenario
from simulation.seeds import differing, fewest_faults, read_seeds
from simulation.simulate import Result, simulate
from simulation.violation import Broken, Rule
from unit_tests.simulation.by_hand import PLAIN

BROKEN: Final = Broken(Rule.CALLS, "something")


def result(faults: int, violation: Broken | None = BROKEN) -> Result:
    return Result(7, violation, "", 0, faults, 0, 0.0, 1, Counter())


@pytest.mark.parametrize(
    ("text", "seeds"), [("7", [7]), ("3,5,9", [3, 5, 9]), ("0:3", [0, 1, 2]), ("4:4", [])]
)
def test_seeds_are_read(text: str, seeds: list[int]) -> None:
    assert list(read_seeds(text)) == seeds


@pytest.mark.parametrize("text", ["", "a", "1:", "1,", "1:2:3"])
def test_what_are_not_seeds(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--seeds", text]) == 2
    assert "--seeds is not 7, 0:100 or 3,5,9" in capsys.readouterr().out


@pytest.mark.parametrize("enough", range(9))
def test_the_fewest_first_faults_are_found(enough: int) -> None:
    def plays(_seed: int, most: float) -> Result:
        return result(8, BROKEN if most >= enough else None)

    assert fewest_faults(result(8), plays) == enough


def test_a_world_that_fails_in_another_way_with_fewer_faults_is_not_the_same() -> None:
    def plays(_seed: int, most: float) -> Result:
        return result(8, BROKEN if most >= 5 else Broken(Rule.ENDS, "too late"))

    assert fewest_faults(result(8), plays) == 5


def test_a_seed_has_one_trace() -> None:
    assert differing([20, 82]) == []
    assert simulate(20).digest == simulate(20).digest != simulate(82).digest


def test_faults_can_be_left_out() -> None:
    assert simulate(20).faults > simulate(20, 1).faults == 1
    assert simulate(20, 0).faults == 0


def test_a_trace_can_be_followed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--seeds", "1", "--trace"]) == 0
    shown = capsys.readouterr().out
    assert "platform  starts run 0" in shown
    assert "reads state" in shown


def test_worlds_without_a_violation(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--seeds", "1:3"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("2 worlds, ")
    assert "a run that was good" in shown


def found_by(seeds: range) -> Rule | None:
    """The first rule that is broken in the worlds of these seeds, small worlds first."""
    small_first = sorted(seeds, key=lambda seed: make_scenario(seed).shape.rows)
    found = (simulate(seed).violation for seed in small_first)
    return next((violation.rule for violation in found if violation is not None), None)


def test_states_that_go_before_their_rejects_are_stored_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Releasing, "_goes", lambda *_: True)
    assert found_by(range(100)) is Rule.STATES


def test_counts_that_are_off_by_one_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_more(line: bytes, *, settled: int, rejected: int) -> bytes:
        return with_stats(line, settled=settled + 1, rejected=rejected)

    monkeypatch.setattr(intake, "with_stats", one_more)
    assert found_by(range(100)) is Rule.COUNTS


def test_what_is_expected_to_fail_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert that_hold_now() == []
    holds = Expected("it is mended", PLAIN, lambda found: found.violation is not None)
    monkeypatch.setattr(expected, "EXPECTED", (holds,))
    assert that_hold_now() == ["it is mended"]
