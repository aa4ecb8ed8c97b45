"""Odd input, the same in each run: `make fuzz` tries other input, for as long as one likes."""

import pytest
from hypothesis import HealthCheck, given, settings

from integration_tests.fuzz.targets import TARGETS


@pytest.mark.timeout(300)  # a few hundred whole runs
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_crashes_and_no_value_shows(name: str) -> None:
    target = TARGETS[name]
    the_same = settings(
        max_examples=500,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    the_same(given(target.made_up)(target.check))()
