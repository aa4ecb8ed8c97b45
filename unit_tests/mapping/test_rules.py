"""What a rule can do: fields, transforms, other columns, nulls, audiences, reserved traits."""

from typing import Any

import orjson
import pytest

from destination_inflection.config.form import read_config
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.mappers.memberships import membership
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.transforms import TRANSFORMS, UNREADABLE, TransformName


def results(row: JsonObject, *rules: dict[str, Any]) -> list[Mapped]:
    document: dict[str, Any] = {
        "api_key": "some-key",
        "delivery": {"route": "event_endpoint", "endpoint_url": "https://in.example"},
        "streams": [{"stream": "t", **rule} for rule in rules],
    }
    table = Table(None, "t", tuple(row))
    return plan_stream(table, read_config(document).rules).map(row, None)


def sent(row: JsonObject, **rule: Any) -> JsonObject:  # noqa: ANN401
    (call,) = results(row, rule)
    assert isinstance(call, Call), call
    message: JsonObject = orjson.loads(call.body)
    return message


def traits(row: JsonObject, **rule: Any) -> Json:  # noqa: ANN401
    given = sent({"id": 1, "email": "a@b.c", **row}, call="identify", **rule)["traits"]
    assert isinstance(given, dict)
    del given["email"]
    return given


FIELD_CASES: list[tuple[JsonObject, list[dict[str, str]], JsonObject]] = [
    ({"a": 1, "b": 2}, [{"column": "a", "name": "x"}], {"x": 1, "b": 2}),
    ({"a": 1}, [{"column": "a", "transform": "omit"}], {}),
    ({"a": {"b": {"c": 1}}}, [{"column": "a.b.c", "name": "x"}], {"x": 1}),
    ({"a": {"b": 1, "c": 2}}, [{"column": "a.b"}], {"b": 1, "a": {"c": 2}}),
    ({"a": {"b": 1, "c": 2}}, [{"column": "a.b", "transform": "omit"}], {"a": {"c": 2}}),
    (
        {"a": {"b": "abc"}},
        [{"column": "a.b", "name": "h", "transform": "sha256"}],
        {"h": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    ),
    ({"a": 5}, [{"column": "a.b", "transform": "omit"}], {"a": 5}),
    ({"a": 1}, [{"column": "a", "name": "x.y.z"}], {"x": {"y": {"z": 1}}}),
    (
        {"a": 1, "b": 2},
        [{"column": "a", "name": "x.y"}, {"column": "b", "name": "x.z"}],
        {"x": {"y": 1, "z": 2}},
    ),
    ({}, [{"value": "dbt", "name": "source"}], {"source": "dbt"}),
    ({}, [{"value": "5", "name": "n", "transform": "number"}], {"n": 5}),
    ({}, [{"value": "true", "name": "n", "transform": "boolean"}], {"n": True}),
    ({}, [{"value": '{"k":[1]}', "name": "n", "transform": "json"}], {"n": {"k": [1]}}),
    ({"x": "old"}, [{"value": "new", "name": "x"}], {"x": "new"}),
    ({"x.y": 1}, [{"column": "x.y", "name": "z"}], {"z": 1}),
    ({"town": "Oslo"}, [{"column": "town", "name": "address.city"}], {"address": {"city": "Oslo"}}),
    ({"fn": "Ada"}, [{"column": "fn", "name": "first_name"}], {"firstName": "Ada"}),
    ({"a": None, "b": 1}, [{"column": "a", "name": "b"}], {"b": 1}),
]


@pytest.mark.parametrize(("row", "fields", "expected"), FIELD_CASES)
def test_fields(row: JsonObject, fields: list[dict[str, str]], expected: JsonObject) -> None:
    assert traits(row, fields=fields) == expected


def test_other_columns_can_be_dropped() -> None:
    assert traits({"a": 1, "b": 2}, fields=[{"column": "a"}], other_columns="drop") == {"a": 1}


def test_nulls_can_be_sent() -> None:
    row: JsonObject = {"a": None, "b": None, "c": 1}
    fields = [{"column": "b", "name": "x", "transform": "number"}]
    assert traits(row, fields=fields) == {"c": 1}
    assert traits(row, fields=fields, nulls="send") == {"a": None, "x": None, "c": 1}


def test_a_value_that_cannot_be_converted_is_left_out_and_named() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "n": "many", "when": "soon"}
    fields = [{"column": "n", "transform": "number"}]
    (call,) = results(row, {"call": "identify", "timestamp": "when", "fields": fields})
    assert isinstance(call, Call)
    assert call.unreadable == ("when", "n")
    assert "n" not in orjson.loads(call.body)["traits"]


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
        ("number", "", UNREADABLE),
        ("number", [], UNREADABLE),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("boolean", 1, True),
        ("boolean", False, False),
        ("boolean", "off", False),
        ("boolean", "maybe", UNREADABLE),
        ("boolean", 2, UNREADABLE),
        ("date", "2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
        ("date", 1767225600, "2026-01-01T00:00:00Z"),
        ("date", "NaT", UNREADABLE),
        ("json", '{"a":1}', {"a": 1}),
        ("json", {"a": 1}, {"a": 1}),
        ("json", "{", UNREADABLE),
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


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"fields": [{"column": "emial"}]}, ['"emial"', 'nearest is "email"', "fields"]),
        ({"fields": [{"column": "a", "value": "b"}]}, ["either a column or a value"]),
        ({"fields": [{"name": "n"}]}, ["either a column or a value"]),
        ({"fields": [{"value": "b"}]}, ["needs a name"]),
        (
            {"fields": [{"value": "x", "name": "n", "transform": "number"}]},
            ['constant for "n"', "number"],
        ),
        ({"fields": [{"column": "a", "transform": "rot13"}]}, ["fields.0.transform", "sha256"]),
        ({"other_columns": "some"}, ["other_columns", "include, drop"]),
        ({"nulls": "keep"}, ["nulls", "omit, send"]),
        ({"call": "audience"}, ["audience or audience_column or member_column"]),
        ({"call": "audience", "audience": "a", "audience_column": "b"}, ["keep one of them"]),
        ({"call": "audience", "audience": "🎉"}, ["no letter"]),
        ({"call": "audience", "audience": "a", "fields": [{"column": "a"}]}, ["remove fields"]),
        ({"fields": [{"column": "a", "name": "email"}]}, ["place of the email"]),
        ({"fields": [{"column": "email", "transform": "sha256"}]}, ["place of the email"]),
        ({"fields": [{"value": "x", "name": "email"}]}, ["place of the email"]),
    ],
)
def test_a_rule_that_cannot_work_says_so(rule: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        results({"id": 1, "email": "a@b.c", "a": 1}, {"call": "identify", **rule})
    for word in words:
        assert word in caught.value.message


RESERVED_CASES: list[tuple[JsonObject, JsonObject]] = [
    ({"first_name": "A"}, {"firstName": "A"}),
    ({"firstName": "A"}, {"firstName": "A"}),
    ({"FIRST_NAME": "A"}, {"firstName": "A"}),
    ({"firstName": "A", "first_name": "B"}, {"firstName": "A"}),
    ({"first_name": None, "firstName": "B"}, {"firstName": "B"}),
    (
        {"created_at": "x", "lastName": "L", "phone": "1"},
        {"createdAt": "x", "lastName": "L", "phone": "1"},
    ),
    (
        {"address_city": "C", "address_postal_code": "1"},
        {"address": {"city": "C", "postalCode": "1"}},
    ),
    (
        {"address": {"city": "C", "postal_code": "1", "floor": 2}},
        {"address": {"city": "C", "postalCode": "1", "floor": 2}},
    ),
    (
        {"address": {"city": "C"}, "address_city": "D", "address_state": "S"},
        {"address": {"city": "C", "state": "S"}},
    ),
    (
        {"company_name": "N", "company_employee_count": 5},
        {"company": {"name": "N", "employee_count": 5}},
    ),
    ({"company": "N", "company_plan": "p"}, {"company": "N", "company_plan": "p"}),
    ({"company_size": 5}, {"company_size": 5}),
    ({"address2": "x"}, {"address2": "x"}),
    ({"first": "A", "last": "B"}, {"first": "A", "last": "B"}),
]


@pytest.mark.parametrize(("row", "expected"), RESERVED_CASES)
def test_reserved_traits_are_sent_once_in_the_form_of_the_spec(
    row: JsonObject, expected: JsonObject
) -> None:
    assert traits(row) == expected


def test_reserved_traits_of_a_group() -> None:
    row: JsonObject = {"user_id": 1, "group_id": 2, "created_at": "x", "address_city": "C"}
    assert sent({**row, "first_name": "A"}, call="group")["traits"] == {
        "createdAt": "x",
        "address": {"city": "C"},
        "first_name": "A",
    }


def test_properties_of_an_event_keep_their_names() -> None:
    row: JsonObject = {"user_id": 1, "first_name": "A", "address_city": "C", "revenue": 5}
    assert sent(row, call="track", event="E")["properties"] == {
        "first_name": "A",
        "address_city": "C",
        "revenue": 5,
    }


VALUES: list[Json] = [
    12345678901234567890,
    -(2**63),
    1.7976931348623157e308,
    "NaN",
    "null",
    "",
    False,
    0,
    {},
    [],
    {"a.b": {"": [{}]}},
    "nul \x00 inside",
    [[[[[[[["deep"]]]]]]]],
    "2026-01-01",
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_arrive_as_they_are(value: Json) -> None:
    assert traits({"v": value, "key.with.dots": value}) == {"v": value, "key.with.dots": value}


def test_a_value_of_100_kb_is_too_large_unless_it_is_left_out() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "v": "x" * 100_000}
    assert results(row, {"call": "identify"}) == [Reject(Reason.TOO_LARGE)]
    assert traits({"v": "x" * 100_000}, fields=[{"column": "v", "transform": "omit"}]) == {}


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


@pytest.mark.parametrize(("row", "rule", "expected"), AUDIENCE_CASES)
def test_audiences(row: JsonObject, rule: dict[str, str], expected: JsonObject) -> None:
    message = sent({"user_id": 1, "email": "a@b.c", **row}, call="audience", **rule)
    assert message["type"] == "identify"
    assert message["traits"] == {**expected, "email": "a@b.c"}


def test_an_audience_row_without_an_email_is_sent_as_engage_sends_it() -> None:
    assert sent({"user_id": 1, "email": None}, call="audience", audience="VIP")["traits"] == {
        "vip": True
    }


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


def test_a_deleted_user_is_skipped_by_the_identify_but_leaves_the_audience() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "_ab_cdc_deleted_at": "t"}
    audience = {"call": "audience", "audience": "VIP", "user_id": "id"}
    first, second = results(row, {"call": "identify"}, audience)
    assert first == Skip(SkipReason.DELETED)
    assert isinstance(second, Call)
    assert orjson.loads(second.body)["traits"]["vip"] is False


def test_memberships_of_two_audiences_do_not_share_an_id() -> None:
    row: JsonObject = {"user_id": 1, "a": True, "b": True}
    rules = [{"call": "audience", "member_column": name} for name in ("a", "b")]
    ids = {call.message_id for call in results(row, *rules) if isinstance(call, Call)}
    assert len(ids) == 2


def test_the_email_can_be_written_small() -> None:
    row: JsonObject = {"id": 1, "email": " Ada@Lumen.example "}
    fields = [{"column": "email", "transform": "lower"}]
    assert sent(row, call="identify", fields=fields)["traits"] == {"email": "ada@lumen.example"}


def test_the_email_may_be_hashed_beside_itself() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c"}
    fields = [{"column": "email", "name": "email_hash", "transform": "sha256"}]
    given = sent(row, call="identify", fields=fields)["traits"]
    assert isinstance(given, dict)
    assert given["email"] == "a@b.c"
    assert len(str(given["email_hash"])) == 64


def test_of_columns_that_are_tried_in_order_none_is_lost() -> None:
    row: JsonObject = {"ext": "e", "id": 7, "mail": None, "work": "w@b.c"}
    given = sent(row, call="identify", user_id="ext, id", email="mail, work")["traits"]
    assert given == {"ext": "e", "id": 7, "work": "w@b.c", "email": "w@b.c"}


def test_two_group_rules_give_two_ids() -> None:
    row: JsonObject = {"user_id": 1, "org_id": 2, "team_id": 3}
    rules = [{"call": "group", "group_id": name} for name in ("org_id", "team_id")]
    ids = {call.message_id for call in results(row, *rules) if isinstance(call, Call)}
    assert len(ids) == 2


def test_an_id_of_the_row_s_own_goes_to_its_first_call_alone() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "org_id": 2, "message_id": "m1"}
    first, second = results(row, {"call": "identify"}, {"call": "group", "user_id": "id"})
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    assert first.message_id == "m1"
    assert second.message_id not in ("m1", "")


def test_a_row_is_not_changed_by_the_calls_made_of_it() -> None:
    row: JsonObject = {
        "id": 1,
        "email": "a@b.c",
        "org_id": 2,
        "address": {"city": "Oslo"},
        "address_state": "S",
    }
    before = orjson.dumps(row)
    results(row, {"call": "identify"}, {"call": "group", "user_id": "id"})
    assert orjson.dumps(row) == before


def test_what_orjson_cannot_write_is_sent_all_the_same() -> None:
    deep: Json = 1
    for _ in range(300):
        deep = [deep]
    assert traits({"v": deep}) == {"v": deep}
    fields = [{"column": "n", "transform": "number"}]
    (call,) = results(
        {"id": 1, "email": "a@b.c", "n": "9" * 30}, {"call": "identify", "fields": fields}
    )
    assert isinstance(call, Call)
    assert b'"n":' + b"9" * 30 in call.body


def test_what_nobody_can_write_is_rejected() -> None:
    deep: Json = 1
    for _ in range(100_000):
        deep = [deep]
    assert results({"id": 1, "email": "a@b.c", "v": deep}, {"call": "identify"}) == [
        Reject(Reason.TOO_DEEP)
    ]


def test_a_pattern_s_fields_may_be_missing_in_some_tables() -> None:
    fields = [{"column": "amount", "name": "revenue"}]
    rule = {"stream": "*", "call": "track", "event": "E", "fields": fields}
    assert [type(r) for r in results({"user_id": 1}, rule)] == [Call]


def test_two_columns_for_one_trait_are_named_in_the_plan() -> None:
    table = Table(None, "people", ("id", "email", "first_name", "firstName"))
    (part,) = plan_stream(table, ()).parts
    assert part.description.left_out == (("firstName", "only where first_name is null"),)


def test_fields_that_block_each_other_are_named() -> None:
    fields = [{"column": "a", "name": "x"}, {"column": "b", "name": "x.y"}]
    (call,) = results(
        {"id": 1, "email": "a@b.c", "a": 1, "b": 2}, {"call": "identify", "fields": fields}
    )
    assert isinstance(call, Call)
    assert call.unreadable == ("b",)
