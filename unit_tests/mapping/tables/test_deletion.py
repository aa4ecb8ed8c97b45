"""Rows that were deleted in the source, whichever tool marked them."""

import pytest

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Reject, Skip
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Comparison, Condition, Rule
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import message

MARKS = [
    *("_ab_cdc_deleted_at", "_AB_CDC_DELETED_AT", "_fivetran_deleted", "_FIVETRAN_DELETED"),
    *("_sdc_deleted_at", "__deleted", "_peerdb_is_deleted"),
]
ROW: JsonObject = {"id": 1, "email": "a@b.example"}


def is_skipped(mark: str, value: Json, *rules: Rule) -> bool:
    table = Table(None, "people", ("id", "email", mark))
    (found,) = plan_stream(table, rules).map({**ROW, mark: value}, None)
    assert isinstance(found, Call) or found == Skip(SkipReason.DELETED)
    return isinstance(found, Skip)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("value", [True, "true", 1, "2026-01-01T00:00:00Z", 1767225600, "yes"])
def test_a_deleted_row_is_skipped(mark: str, value: Json) -> None:
    assert is_skipped(mark, value)


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    "value",
    [
        *(None, False, "false", "FALSE", 0, 0.0, "0", "", "  ", "no", "null", "NaT"),
        *("0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "9999-12-31"),
    ],
)
def test_a_living_row_is_sent_without_its_mark(mark: str, value: Json) -> None:
    assert not is_skipped(mark, value)
    table = Table(None, "people", ("id", "email", mark))
    assert message(table, {**ROW, mark: value})["traits"] == {"email": "a@b.example"}


@pytest.mark.parametrize("mark", ["IsDeleted", "is_deleted", "state.gone"])
def test_a_rule_may_name_another_mark(mark: str) -> None:
    rule = Rule("people", "identify", deleted_column=(mark,))
    table = Table(None, "people", ("id", "email", "IsDeleted", "is_deleted", "state"))
    for value, living in ((True, False), (False, True), (None, True)):
        row: JsonObject = {**ROW, mark: value, "state": {"gone": value}}
        (found,) = plan_stream(table, (rule,)).map(row, None)
        assert isinstance(found, Call) is living
    assert not is_skipped("is_deleted", True)


def test_a_mark_that_a_rule_names_is_not_sent_and_the_plan_says_why() -> None:
    rule = Rule("people", "identify", deleted_column=("is_deleted",))
    table = Table(None, "people", ("id", "email", "is_deleted"))
    assert message(table, {**ROW, "is_deleted": False}, rule)["traits"] == {"email": "a@b.example"}
    (part,) = plan_stream(table, (rule,)).parts
    assert ("is_deleted", "marks deleted rows") in part.description.left_out


@pytest.mark.parametrize("mark", MARKS)
def test_a_deleted_row_of_an_audience_means_that_its_user_left(mark: str) -> None:
    table = Table(None, "vips", ("user_id", "email", mark))
    row: JsonObject = {"user_id": 1, "email": "a@b.example", mark: True}
    sent = message(table, row, Rule("vips", "audience", audience="VIP"))
    assert sent["traits"] == {"vip": False, "email": "a@b.example"}


def test_who_left_is_told_though_a_deleted_row_has_nothing_but_its_key() -> None:
    condition = Condition("plan", Comparison.NOT_NULL)
    rule = Rule("vips", "audience", audience="VIP", only_if=condition)
    table = Table(None, "vips", ("user_id", "email", "plan", "_ab_cdc_deleted_at"))
    row: JsonObject = {"user_id": 1, "email": None, "plan": None, "_ab_cdc_deleted_at": "2026"}
    (found,) = plan_stream(table, (rule,)).map(row, None)
    assert isinstance(found, Reject)
    assert found.reason is Reason.MISSING_EMAIL
    row["_ab_cdc_deleted_at"] = None
    assert plan_stream(table, (rule,)).map(row, None) == [Skip(SkipReason.NOT_WANTED)]
