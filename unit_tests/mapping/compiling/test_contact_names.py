"""The names of properties: snake_case, one column each, and what is not a property."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from destination_inflection.config.form import read_config
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call, Skip
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.mappers.contacts import TEXTS
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.contact_rows import plan, properties


def test_what_inflection_sets_itself_is_not_sent() -> None:
    assert properties({"_source": "x", "_airbyte_id": 1, "???": 2, "a": 3}) == {"a": 3}
    (part,) = plan("people", ("email", "_source", "???")).parts
    assert part.description.left_out == (
        ("_source", "set by Inflection"),
        ("???", "no letter to make a name of"),
    )


def test_two_columns_that_become_one_property_are_an_error() -> None:
    with pytest.raises(ConfigError) as caught:
        plan("people", ("email", "firstName", "plan", "first_name"))
    for word in ('"people"', '"firstName"', '"first_name"', "fields"):
        assert word in caught.value.message


def test_a_field_settles_two_columns_that_become_one_property() -> None:
    row: JsonObject = {"firstName": "A", "first_name": "B"}
    renamed = [{"column": "firstName", "name": "nick_name"}]
    assert properties(row, fields=renamed) == {"nick_name": "A", "first_name": "B"}
    chosen = [{"column": "first_name", "name": "first_name"}]
    assert properties(row, fields=chosen) == {"first_name": "B"}


@pytest.mark.parametrize(
    ("column", "name"),
    [
        *((each, "first_name") for each in ("firstname", "FIRSTNAME", "FirstName", "first__name")),
        *((each, "last_name") for each in ("LASTNAME", "lastname", "Lastname", "LAST NAME")),
        *((each, "company_name") for each in ("companyname", "COMPANYNAME", "company-name")),
        *(("Title", "title"), ("jobtitle", "jobtitle"), ("firstnames", "firstnames")),
        *(("middlename", "middlename"), ("f_irst", "f_irst"), ("zipcode", "zipcode")),
    ],
)
def test_inflection_s_own_properties_are_known_without_separators(column: str, name: str) -> None:
    assert properties({column: "x"}) == {name: "x"}
    fields = [{"column": "other", "name": column}]
    assert properties({"other": "x"}, fields=fields) == {name: "x"}


def test_two_spellings_of_a_property_of_inflection_s_are_an_error() -> None:
    with pytest.raises(ConfigError, match='"firstname" and "first_name" both become'):
        plan("people", ("email", "firstname", "first_name"))


@pytest.mark.parametrize(
    "fields",
    [
        [{"column": "a", "name": "Plan"}, {"column": "b", "name": "plan"}],
        [{"column": "a", "name": "???"}],
    ],
)
def test_fields_that_become_one_property_or_none_are_an_error(fields: list[Any]) -> None:
    with pytest.raises(ConfigError, match="another name"):
        plan("people", ("email", "a", "b"), {"call": "identify", "fields": fields})


def test_fields_of_one_name_are_tried_in_order() -> None:
    fields = [{"column": "a", "name": "plan"}, {"column": "b", "name": "plan"}]
    assert properties({"a": None, "b": 2}, fields=fields) == {"plan": 2}


@given(st.dictionaries(st.text(max_size=12), st.none() | st.integers() | st.text(max_size=5)))
def test_every_name_is_snake_case_and_no_value_is_made_up(row: dict[str, Any]) -> None:
    # Without columns declared, names that collide are settled row by row: the first one counts.
    table = Table(None, "people", ())
    rules = read_config(
        {
            "api_key": "some-key",
            "delivery": {"route": "developer_api"},
            "streams": [{"stream": "people", "call": "identify", "email": "email"}],
        }
    ).rules
    found = plan_stream(table, rules, takes=Takes.CONTACTS)
    (call,) = found.map({**row, "email": "a@b.c"}, None)
    assume(call != Skip(SkipReason.DELETED))
    assert isinstance(call, Call)
    sent: dict[str, Any] = json.loads(call.body)["properties"]
    assert all(name == name.lower() and name.strip("_") == name for name in sent)
    own = {name: value for name, value in sent.items() if name in TEXTS}
    assert set(own.values()) <= {value if value is None else str(value) for value in row.values()}
    assert {value for name, value in sent.items() if name not in own} <= set(row.values())


@pytest.mark.parametrize(
    ("columns", "rules"),
    [
        (("work_email", "email"), [{"call": "identify", "email": "work_email, email"}]),
        (("email", "uid", "user_id"), [{"call": "identify", "user_id": "uid, user_id"}]),
        (("work_email", "email"), [{"call": "identify", "email": "work_email"}]),
        (
            ("email", "received_at", "context_traits_email", "event_text", "id"),
            [{"call": "identify"}],
        ),
    ],
)
def test_neither_the_email_nor_an_id_is_sent_twice(
    columns: tuple[str, ...], rules: list[dict[str, Any]]
) -> None:
    row: dict[str, Any] = {name: f"{name}@b.c" for name in columns}
    (call,) = plan("people", columns, *rules).map({**row, "Email": "other@b.c"}, None)
    assert isinstance(call, Call)
    assert json.loads(call.body)["properties"] == {}
