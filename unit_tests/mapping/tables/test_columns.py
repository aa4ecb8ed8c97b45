"""Columns by their names, and the paths that reach into them."""

from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import message


def test_columns_are_tried_in_order_and_dots_reach_into_objects() -> None:
    table = Table(None, "p", ("uid", "profile", "mail", "a.b"))
    rule = Rule("p", "identify", user_id=("uid", "profile.id"), email=("mail", "profile.email"))
    row: JsonObject = {"profile": {"id": 5, "email": "x@y.example"}, "a.b": 1}
    assert message(table, row, rule)["userId"] == "5"
    assert message(table, row, rule)["traits"] == {
        "profile": {"id": 5, "email": "x@y.example"},
        "a.b": 1,
        "email": "x@y.example",
    }


def test_a_column_with_a_dot_in_its_name_is_itself() -> None:
    table = Table(None, "p", ("a.b", "a", "mail"))
    rule = Rule("p", "identify", user_id=("a.b",), email=("mail",))
    assert message(table, {"a.b": "flat", "a": {"b": "deep"}, "mail": "a@b.c"}, rule)["userId"] == (
        "flat"
    )


def test_a_path_may_start_with_a_column_with_a_dot() -> None:
    table = Table(None, "p", ("a.b", "mail"))
    rule = Rule("p", "identify", user_id=("a.b.c",), email=("mail",))
    row: JsonObject = {"a.b": {"c": "deep"}, "mail": "a@b.c"}
    assert message(table, row, rule)["userId"] == "deep"
