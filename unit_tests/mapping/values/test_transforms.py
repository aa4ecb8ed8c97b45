"""Transforms, value by value."""

import pytest

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.transforms import TRANSFORMS, UNREADABLE, TransformName


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("string", 5, "5"),
        ("string", True, "true"),
        ("string", "a", "a"),
        ("string", {"a": [1]}, '{"a":[1]}'),
        ("string", 12345678901234567890, "12345678901234567890"),
        ("number", "12", 12),
        ("number", " 12.5 ", 12.5),
        ("number", "1e3", 1000.0),
        ("number", 7, 7),
        ("number", True, 1),
        ("number", "9007199254740993", 9007199254740993),
        ("number", "NaN", UNREADABLE),
        ("number", "inf", UNREADABLE),
        ("number", "1_000", UNREADABLE),
        ("number", "1,234", UNREADABLE),
        ("number", "49,50", UNREADABLE),
        ("number", "$5", UNREADABLE),
        ("number", "5%", UNREADABLE),
        ("number", "", UNREADABLE),
        ("number", [], UNREADABLE),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("boolean", 1, True),
        ("boolean", False, False),
        ("boolean", "off", False),
        ("boolean", "maybe", UNREADABLE),
        ("boolean", 2, UNREADABLE),
        ("boolean", 1.0, True),
        ("boolean", 0.0, False),
        ("boolean", -0.0, False),
        ("boolean", "1.0", True),
        ("boolean", " 0.0\u200b", False),
        ("boolean", "1.000000", True),
        ("boolean", "0.", False),
        ("boolean", 0.5, UNREADABLE),
        ("boolean", "0.1", UNREADABLE),
        ("boolean", "10", UNREADABLE),
        ("boolean", "1.01", UNREADABLE),
        ("boolean", "01.0", UNREADABLE),
        ("boolean", 10, UNREADABLE),
        ("boolean", [1], UNREADABLE),
        ("date", "2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
        ("date", 1767225600, "2026-01-01T00:00:00Z"),
        ("date", "NaT", UNREADABLE),
        ("json", '{"a":1}', {"a": 1}),
        ("json", {"a": 1}, {"a": 1}),
        ("json", "{", UNREADABLE),
        ("json", '{"a":[123456789012345678901]}', {"a": ["123456789012345678901"]}),
        ("json", "123456789012345678901", "123456789012345678901"),
        ("json", "[18446744073709551615]", [18446744073709551615]),
        ("lower", "ÄB", "äb"),
        ("lower", 5, 5),
        ("trim", " a ", "a"),
        ("trim", 5, 5),
        ("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha256", 5, "ef2d127de37b942baad06145e54b0c619a1f22327b2ebbcfbec78f5564afe39d"),
    ],
)
def test_transforms(name: TransformName, value: Json, expected: object) -> None:
    result = TRANSFORMS[name](value)
    assert result == expected
    assert type(result) is type(expected)
