"""Emails: what is one, and how it is sent."""

import pytest

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.emails import clean_email


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.example", "a@b.example"),
        (" A@B.Example ", "A@B.Example"),
        ("a@b", "a@b"),
        ("jörg@müller.example", "jörg@müller.example"),
        ("a@@b", None),
        ("a b@c.example", None),
        ("@b", None),
        ("a@", None),
        ("", None),
        (None, None),
        (7, None),
        ("a" * 250 + "@b.c", "a" * 250 + "@b.c"),
        ("a" * 251 + "@b.c", None),
        ("a\x00@b.c", None),
    ],
)
def test_emails(value: Json, expected: str | None) -> None:
    assert clean_email(value) == expected
