"""Airbyte's standard tests for destinations, with the configurations of acceptance-test-config.yml.

They run the connector in process, as the CDK calls it. The configurations name a sandbox at a fixed
port; here each is given the port of one that runs for the test. The tests of an image that belong
to the suite are left out (`image_tests`): integration_tests/container has the project's own.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import DestinationTestSuiteBase

from destination_inflection import DestinationInflection
from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import ROOT

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

KEY: Final = "sandbox-key"
USUAL_URL: Final = "http://127.0.0.1:4000/v1/events/{type}"

Place = Callable[[ConnectorTestScenario], ConnectorTestScenario]


@pytest.fixture(scope="module")
def acceptance_sandbox() -> Iterator[Sandbox]:
    with running_sandbox(KEY) as running:
        yield running


@pytest.fixture
def placed(acceptance_sandbox: Sandbox) -> Place:
    """Gives a scenario's configuration the address of the sandbox that runs."""

    def place(scenario: ConnectorTestScenario) -> ConnectorTestScenario:
        found = scenario.get_config_dict(connector_root=ROOT, empty_if_missing=False)
        if found["delivery"].get("endpoint_url") == USUAL_URL:
            found["delivery"]["endpoint_url"] = acceptance_sandbox.endpoint_url
        return scenario.model_copy(update={"config_dict": found})

    return place


class TestStandardSuite(DestinationTestSuiteBase):
    connector = DestinationInflection
    connector_name = "destination-inflection"

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return ROOT

    def test_check(self, scenario: ConnectorTestScenario, placed: Place) -> None:  # type: ignore[override]
        super().test_check(placed(scenario))

    def test_config_matches_spec(  # type: ignore[override]
        self, scenario: ConnectorTestScenario, placed: Place
    ) -> None:
        super().test_config_matches_spec(placed(scenario))


def test_every_scenario_of_the_file_is_collected() -> None:
    found = {
        (scenario.config_path.stem, scenario.status)
        for scenario in TestStandardSuite.get_scenarios()
        if scenario.config_path is not None
    }
    assert found == {("config", "succeed"), ("wrong_key", "failed"), ("malformed", "failed")}
