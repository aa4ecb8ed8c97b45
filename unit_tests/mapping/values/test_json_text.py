"""Text that holds JSON: short texts are remembered from one path to the next, long ones are not."""

import pytest

from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.tables.columns import at_path, is_blocked
from destination_inflection.mapping.values.credentials import without_credentials
from destination_inflection.mapping.values.json_text import json_inside, read_json
from destination_inflection.mapping.values.lengths import LONGEST_READ
from destination_inflection.mapping.values.transforms import TRANSFORMS, UNREADABLE
from unit_tests.mapping.rows import results


def nested(length: int) -> str:
    return '{"a":"' + "x" * (length - len('{"a":""}')) + '"}'


def test_a_long_text_is_not_held_after_its_row() -> None:
    for length, is_held in ((64 * 1024, True), (64 * 1024 + 1, False)):
        text = nested(length)
        first = json_inside(text)
        assert first is not None
        assert (json_inside(text) is first) is is_held


def test_a_text_that_is_too_long_stays_a_text() -> None:
    for length, is_read in ((LONGEST_READ, True), (LONGEST_READ + 1, False)):
        text = nested(length)
        assert (json_inside(text) is not None) is is_read
        assert (TRANSFORMS["json"](text) is not UNREADABLE) is is_read
        assert (at_path(("blob", "a")).read({"blob": text}) is not None) is is_read
        assert is_blocked(at_path(("blob", "a")), {"blob": text}) is not is_read
        if not is_read:
            assert without_credentials(text) is text
            with pytest.raises(ValueError, match="too long"):
                read_json(text)


def test_what_is_picked_from_a_text_that_is_too_long_is_counted() -> None:
    (call,) = results(
        {"id": 1, "email": "a@b.c", "blob": nested(LONGEST_READ + 1)},
        {
            "call": "identify",
            "other_columns": "drop",
            "fields": [
                {"column": "blob.a", "name": "a"},
                {"column": "blob", "name": "b", "transform": "json"},
            ],
        },
    )
    assert isinstance(call, Call)
    assert sorted(call.unreadable) == ["blob", "blob.a"]
