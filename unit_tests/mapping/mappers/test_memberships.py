"""What a value says of a membership."""

import pytest

from destination_inflection.json_types import Json
from destination_inflection.mapping.mappers.memberships import membership, reading_of
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
        (1.0, True),
        (0.0, False),
        ("1.0", True),
        ("0.0", False),
        ("\u200badded ", True),
        ("\u200b", None),
        (2, UNREADABLE),
        ("perhaps", UNREADABLE),
    ],
)
def test_memberships(value: Json, expected: object) -> None:
    assert membership(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("active", True),
        (" ACTIVE\ufeff", True),
        ("Trialing", True),
        ("paid up", True),
        (1, True),
        (1.0, True),
        ("1", True),
        (True, True),
        (2.5, True),
        (0, False),
        (11.0, False),
        (False, False),
        ("v1.0", False),
        ("added", False),
        ("inactive", False),
        ("activ", False),
        ([], False),
        ({"active": 1}, False),
        (None, None),
        ("", None),
        (" \u200b", None),
    ],
)
def test_words_of_the_rule_s_own(value: Json, expected: object) -> None:
    assert reading_of(("active", "trialing", "paid up", "1", "true", "2.5"))(value) is expected
