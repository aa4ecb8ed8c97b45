"""Which `integrations` keep a message from Inflection: Segment's spec as a table."""

import pytest

from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.values.integrations import excludes


@pytest.mark.parametrize(
    ("integrations", "expected"),
    [
        ({}, False),
        ({"All": True}, False),
        ({"All": False}, True),
        ({"All": None}, False),
        ({"Inflection": True}, False),
        ({"Inflection": False}, True),
        ({"Inflection": None}, False),
        ({"All": True, "Inflection": False}, True),
        ({"All": False, "Inflection": True}, False),
        ({"All": False, "Inflection": None}, True),
        ({"All": False, "Inflection": False}, True),
        # Settings instead of true.
        ({"All": False, "Inflection": {"list": 1}}, False),
        ({"All": False, "Inflection": {}}, False),
        ({"All": {}}, False),
        # As engines write booleans that keep them as numbers or text.
        ({"All": 0}, True),
        ({"All": "false"}, True),
        ({"All": "False", "Inflection": "True"}, False),
        ({"All": 0, "Inflection": 1}, False),
        ({"All": False, "Inflection": "0"}, True),
        ({"All": False, "Inflection": " "}, True),
        ({"Inflection": "false"}, True),
        ({"Inflection": 0}, True),
        ({"Inflection": ""}, False),
        # Names are case-sensitive; other destinations are not ours.
        ({"inflection": False}, False),
        ({"INFLECTION": False}, False),
        ({"all": False}, False),
        ({"All": False, "inflection": True}, True),
        ({"All": False, "Inflection.io": True}, True),
        ({"Mixpanel": False}, False),
        ({"All": False, "Mixpanel": True}, True),
        ({"Salesforce": False, "All": True}, False),
    ],
)
def test_which_integrations_exclude_inflection(integrations: JsonObject, expected: bool) -> None:
    assert excludes(integrations) is expected
