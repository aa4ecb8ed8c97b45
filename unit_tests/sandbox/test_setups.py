"""The configurations to copy are ones that the connector takes as they are."""

import json

import pytest

from destination_inflection.config.form import read_config
from inflection_sandbox.pages.setups import Address, setups


@pytest.mark.parametrize("url", ["http://127.0.0.1:4000", "http://[::1]:4000"])
def test_a_setup_is_a_valid_configuration(url: str) -> None:
    for setup in setups(Address(url, 'key-"of"-\\-the-<sandbox>')):
        config = json.loads(setup.text)
        assert config["api_key"] == 'key-"of"-\\-the-<sandbox>'
        read_config(config)
