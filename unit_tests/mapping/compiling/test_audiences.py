"""Audiences become traits of the user, whichever shape their table has."""

import orjson
import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import results, sent

AUDIENCE_CASES: list[tuple[JsonObject, dict[str, str], JsonObject]] = [
    ({}, {"audience": "First Time Shopper"}, {"first_time_shopper": True}),
    ({"m": "no"}, {"audience": "VIP", "member_column": "m"}, {"vip": False}),
    ({"a": "2FA Enabled"}, {"audience_column": "a"}, {"2fa_enabled": True}),
    ({"a": "X", "m": 0}, {"audience_column": "a", "member_column": "m"}, {"x": False}),
    ({"a": "X", "_ab_cdc_deleted_at": "t"}, {"audience_column": "a"}, {"x": False}),
    (
        {"isVip": True, "trial": "f", "beta": None},
        {"member_column": "isVip, trial, beta"},
        {"is_vip": True, "trial": False},
    ),
    (
        {"vip": True, "trial": None, "_ab_cdc_deleted_at": "t"},
        {"member_column": "vip, trial"},
        {"vip": False, "trial": False},
    ),
]


WORD_CASES: list[tuple[JsonObject, dict[str, str], JsonObject]] = [
    ({"m": "ACTIVE "}, {"audience": "VIP", "member_column": "m"}, {"vip": True}),
    ({"m": "churned"}, {"audience": "VIP", "member_column": "m"}, {"vip": False}),
    ({"m": True}, {"audience": "VIP", "member_column": "m"}, {"vip": False}),
    ({"m": 1.0}, {"audience": "VIP", "member_column": "m"}, {"vip": True}),
    ({"m": None, "n": "trialing"}, {"audience": "VIP", "member_column": "m, n"}, {"vip": True}),
    ({"a": "X", "m": "active"}, {"audience_column": "a", "member_column": "m"}, {"x": True}),
    (
        {"vip": "active", "trial": "added", "beta": " "},
        {"member_column": "vip, trial, beta"},
        {"vip": True, "trial": False},
    ),
]


@pytest.mark.parametrize(("row", "rule", "expected"), WORD_CASES)
def test_audiences_by_words_of_the_rule_s_own(
    row: JsonObject, rule: dict[str, str], expected: JsonObject
) -> None:
    test_audiences(row, {"member_values": "Active, trialing, 1", **rule}, expected)


@pytest.mark.parametrize(("row", "rule", "expected"), AUDIENCE_CASES)
def test_audiences(row: JsonObject, rule: dict[str, str], expected: JsonObject) -> None:
    message = sent({"user_id": 1, "email": "a@b.c", **row}, call="audience", **rule)
    assert message["type"] == "identify"
    assert message["traits"] == {**expected, "email": "a@b.c"}


@pytest.mark.parametrize("email", [None, "", " "])
@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({}, {"audience": "VIP"}),
        ({"a": "VIP"}, {"audience_column": "a"}),
        ({"a": True, "b": False}, {"member_column": "a, b"}),
        # A CDC delete that carries only its key.
        ({"_ab_cdc_deleted_at": "2026-02-03T10:00:00Z"}, {"audience": "VIP"}),
    ],
)
def test_an_audience_row_without_an_email_is_rejected(
    row: JsonObject, rule: dict[str, str], email: str | None
) -> None:
    given: JsonObject = {"user_id": 1, "email": email, **row}
    assert results(given, {"call": "audience", **rule}) == [Reject(Reason.MISSING_EMAIL, "email")]


def test_an_audience_without_an_email_column_is_an_error_that_names_the_option() -> None:
    with pytest.raises(ConfigError, match=r'"t".*email.*set email in the rule'):
        results({"user_id": 1, "vip": True}, {"call": "audience", "member_column": "vip"})


@pytest.mark.parametrize("name", ["_ab_cdc_deleted_at", "_AB_CDC_DELETED_AT", "__deleted"])
def test_the_plan_says_what_deleted_rows_need(name: str) -> None:
    rules = (Rule("t", "audience", audience="VIP"),)
    (part,) = plan_stream(Table(None, "t", ("user_id", "email", name)), rules).parts
    assert "REPLICA IDENTITY FULL" in str(part.description)
    (part,) = plan_stream(Table(None, "t", ("user_id", "email")), rules).parts
    assert "REPLICA" not in str(part.description)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"a": None}, Reject(Reason.MISSING_AUDIENCE, "a")),
        ({"a": "$$"}, Reject(Reason.MISSING_AUDIENCE, "a")),
        ({"a": "X", "m": None}, Skip(SkipReason.NO_MEMBERSHIP)),
        ({"a": "X", "m": "perhaps"}, Reject(Reason.UNREADABLE_MEMBER, "m")),
        ({"a": "X", "m": True, "email": "?"}, Reject(Reason.INVALID_EMAIL, "email")),
    ],
)
def test_audience_rows_that_say_nothing(row: JsonObject, expected: Mapped) -> None:
    rule = {"call": "audience", "audience_column": "a", "member_column": "m"}
    given: JsonObject = {"user_id": 1, "email": None, "m": None, **row}
    assert results(given, rule) == [expected]


def test_a_blank_status_states_no_membership() -> None:
    rule = {"call": "audience", "audience": "VIP", "member_column": "m", "member_values": "active"}
    row: JsonObject = {"user_id": 1, "email": "a@b.c", "m": "\u200b"}
    assert results(row, rule) == [Skip(SkipReason.NO_MEMBERSHIP)]


def test_a_deleted_user_is_skipped_by_the_identify_but_leaves_the_audience() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "_ab_cdc_deleted_at": "t"}
    audience = {"call": "audience", "audience": "VIP", "user_id": "id"}
    first, second = results(row, {"call": "identify"}, audience)
    assert first == Skip(SkipReason.DELETED)
    assert isinstance(second, Call)
    assert orjson.loads(second.body)["traits"]["vip"] is False


def test_memberships_of_two_audiences_do_not_share_an_id() -> None:
    row: JsonObject = {"user_id": 1, "email": "a@b.c", "a": True, "b": True}
    rules = [{"call": "audience", "member_column": name} for name in ("a", "b")]
    ids = {call.message_id for call in results(row, *rules) if isinstance(call, Call)}
    assert len(ids) == 2
