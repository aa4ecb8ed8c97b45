"""Settings of all tests: they are made here, so that Airbyte's own tools need none of them.

`airbyte-cdk connector test` loads the project's pytest settings in an environment that has neither
hypothesis nor pytest-timeout.
"""

from typing import Final

import pytest
from hypothesis import HealthCheck, settings

_SECONDS: Final = 120

# Some strategies are slow at first, and no test judges durations. Sixty
# examples a property keep the run short; a test that needs more sets its own number.
settings.register_profile(
    "project", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ends a test that hangs, unless it names a limit of its own."""
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_SECONDS))
