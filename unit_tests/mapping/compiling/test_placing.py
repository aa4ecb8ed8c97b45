"""Where columns go: to the place of a reserved trait, to one of their own, or nowhere."""

import orjson
import pytest

from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import sent, traits


def test_other_columns_can_be_dropped() -> None:
    assert traits({"a": 1, "b": 2}, fields=[{"column": "a"}], other_columns="drop") == {"a": 1}


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


def test_of_columns_that_are_tried_in_order_none_is_lost() -> None:
    row: JsonObject = {"ext": "e", "id": 7, "mail": None, "work": "w@b.c"}
    given = sent(row, call="identify", user_id="ext, id", email="mail, work")["traits"]
    assert given == {"ext": "e", "id": 7, "work": "w@b.c", "email": "w@b.c"}


def test_two_columns_for_one_trait_are_named_in_the_plan() -> None:
    table = Table(None, "people", ("id", "email", "first_name", "firstName"))
    (part,) = plan_stream(table, ()).parts
    assert part.description.left_out == (("firstName", "only where first_name is null"),)


@pytest.mark.parametrize("mark", ["\ufeff", "\u200b", "\x00", "\u00ad", "\u202e", " "])
def test_what_can_t_be_seen_in_a_column_s_name_is_not_sent(mark: str) -> None:
    table = Table(None, "people", (f"{mark}id", f"email{mark}", f"{mark}plan{mark}"))
    row: JsonObject = {f"{mark}id": 1, f"email{mark}": "a@b.example", f"{mark}plan{mark}": "team"}
    for rules in ((), (Rule("people", "identify", user_id=("id",), email=("email",)),)):
        (call,) = plan_stream(table, rules).map(row, None)
        assert isinstance(call, Call)
        sent = orjson.loads(call.body)
        assert (sent["userId"], sent["traits"]) == ("1", {"plan": "team", "email": "a@b.example"})


def test_names_differ_only_in_what_can_be_seen() -> None:
    assert traits({"pl\u200ban": "team"}) == {"plan": "team"}
