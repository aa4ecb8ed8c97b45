"""Text that holds JSON: short texts are remembered from one path to the next, long ones are not."""

from destination_inflection.mapping.values.json_text import json_inside


def nested(length: int) -> str:
    return '{"a":"' + "x" * (length - len('{"a":""}')) + '"}'


def test_a_long_text_is_not_held_after_its_row() -> None:
    for length, is_held in ((64 * 1024, True), (64 * 1024 + 1, False)):
        text = nested(length)
        first = json_inside(text)
        assert first is not None
        assert (json_inside(text) is first) is is_held
