"""What is longer than any message is not looked into: not by a search, and not for its letters."""

import sys
from types import FrameType
from typing import Any

import pytest

from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import LARGEST_MESSAGE_BYTES, Call, Mapped, Reject
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.values.credentials import is_credential
from destination_inflection.mapping.values.lengths import LONGEST_SENT, MOST_NAMES, lowered
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.visible import visible
from unit_tests.mapping.rows import PEOPLE, results

ODD = "\U0001f600"
LONG = ODD + "A" * LONGEST_SENT


def test_the_bound_is_that_of_a_message() -> None:
    assert LONGEST_SENT == LARGEST_MESSAGE_BYTES


def test_a_text_longer_than_any_message_stays_as_it_is() -> None:
    for function in (lowered, snake_case, visible):
        assert function(LONG) is LONG
    assert not is_credential("password" * LONGEST_SENT)


def test_a_text_as_long_as_a_message_may_be_is_looked_into() -> None:
    name = "\u200b" + "A" * (LONGEST_SENT - 1)
    assert lowered(name) == name.lower()
    assert visible(name) == name[1:]
    assert snake_case(name) == name[1:].lower()
    assert is_credential("A" * (LONGEST_SENT - 9) + "_password")


def reason(row: JsonObject, **rule: Any) -> Reason | None:  # noqa: ANN401
    found: list[Mapped] = results(row, {"call": "identify", **rule})
    assert len(found) == 1
    return found[0].reason if isinstance(found[0], Reject) else None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": LONG, "email": "a@b.c"}, Reason.INVALID_ID),
        ({"id": "A1" * LONGEST_SENT, "email": "a@b.c"}, Reason.TOO_LARGE),
        ({"id": " " * 2 * LONGEST_SENT, "email": "a@b.c"}, Reason.MISSING_USER_ID),
        ({"id": 1, "email": LONG + "@b.c"}, Reason.INVALID_EMAIL),
        ({"id": 1, "email": "\u200b" * LONGEST_SENT}, Reason.MISSING_EMAIL),
        ({"id": 1, "email": "a@b.c", LONG: 1}, Reason.TOO_LARGE),
        ({"id": 1, "email": "a@b.c", "x": {LONG: 1}}, Reason.TOO_LARGE),
        ({"id": 1, "email": "a@b.c", LONG: None}, None),
    ],
    ids=["id", "plain id", "blank id", "email", "blank email", "name", "key", "name of a null"],
)
def test_a_row_with_a_long_text_is_a_reject_where_it_would_be_sent(
    row: JsonObject, expected: Reason | None
) -> None:
    assert reason(row) is expected


def test_a_long_name_that_the_rule_drops_does_no_harm() -> None:
    assert reason({"id": 1, "email": "a@b.c", LONG: 1}, other_columns="drop") is None


def test_names_without_end_end_the_row_early() -> None:
    """Names of credentials have no room of their own in a message; they cost time all the same."""
    names = {f"my_password_{number}": number for number in range(40_000)}
    row: JsonObject = {"id": 1, "email": "a@b.c", **names}
    looked_at = 0

    def note(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal looked_at
        looked_at += event == "call" and frame.f_code.co_name == "remember"

    plan = plan_stream(PEOPLE, [Rule("people", "identify")])
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        (result,) = plan.map(row, None)
    finally:
        sys.setprofile(before)
    assert isinstance(result, Reject)
    assert result.reason is Reason.TOO_LARGE
    assert looked_at <= MOST_NAMES / len("my_password_0")


def test_a_wide_row_of_which_little_is_sent_is_sent() -> None:
    names = {f"my_password_{number}": number for number in range(10_000)}
    (result,) = plan_stream(PEOPLE, [Rule("people", "identify")]).map(
        {"id": 1, "email": "a@b.c", **names}, None
    )
    assert isinstance(result, Call)
    assert len(result.withheld) == len(names)
