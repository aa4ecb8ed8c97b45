"""What a value says of a membership."""

import pytest

from destination_inflection.json_types import Json
from destination_inflection.mapping.mappers.memberships import membership
from destination_inflection.mapping.values.transforms import UNREADABLE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (0, False),
        ("t", True),
        ("Added", True),
        ("entered", True),
        ("removed", False),
        ("EXITED", False),
        ("left", False),
        ("", None),
        (None, None),
        ("perhaps", UNREADABLE),
    ],
)
def test_memberships(value: Json, expected: object) -> None:
    assert membership(value) is expected
