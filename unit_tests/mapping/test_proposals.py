"""Every refusal proposes a rule, and the stream can be mapped by the rule that it proposes."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.config.form import read_config
from destination_inflection.errors import ConfigError
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.tables.column_types import BOOLEAN, ColumnType, Kind
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.tables.test_own_tables import CASES

ROUTES = {
    Takes.MESSAGES: {"route": "event_endpoint", "endpoint_url": "https://in.example"},
    Takes.CONTACTS: {"route": "developer_api"},
}


def plan(table: Table, rules: Sequence[dict[str, Any]], takes: Takes) -> StreamPlan:
    document: dict[str, Any] = {
        "api_key": "some-key",
        "delivery": ROUTES[takes],
        "streams": list(rules),
    }
    return plan_stream(table, read_config(document).rules, takes=takes)


def proposed(table: Table, rules: Sequence[dict[str, Any]], takes: Takes) -> dict[str, Any] | None:
    """The rule in the refusal, which is held to stand; None where the stream can be mapped."""
    try:
        plan(table, rules, takes)
    except ConfigError as problem:
        text = problem.message
        rule: dict[str, Any] = json.loads(text[text.index("{") :])
        plan(table, [rule], takes)
        return rule
    return None


@pytest.mark.parametrize("takes", list(Takes))
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}: {case.columns[:40]}")
def test_an_unknown_table_is_refused_with_a_rule_that_stands(case: Any, takes: Takes) -> None:  # noqa: ANN401
    rule = proposed(case.table, (), takes)
    if case.call is None and takes is Takes.MESSAGES:
        assert rule is not None


@pytest.mark.parametrize(
    ("name", "columns", "key", "expected"),
    [
        ("contacts", "contact_id email_address first_name", "",
         {"call": "identify", "user_id": "contact_id", "email": "email_address"}),
        ("customers", "customer_id customer_email name", "",
         {"call": "identify", "user_id": "customer_id", "email": "customer_email"}),
        ("people", "contact_id email account_id", "",
         {"call": "identify", "user_id": "contact_id", "email": "email"}),
        ("fct_events", "event_id user_key event_name event_at", "event_id",
         {"call": "track", "user_id": "user_key", "event_column": "event_name",
          "timestamp": "event_at"}),
        ("logins", "id user_id created_at ip", "id",
         {"call": "track", "event": "Login", "user_id": "user_id", "timestamp": "created_at"}),
        ("events", "id user_id created_at", "id",
         {"call": "track", "event": "Event", "user_id": "user_id", "timestamp": "created_at"}),
        ("orders", "id user_id email created_at updated_at", "id",
         {"call": "track", "event": "Order", "user_id": "user_id", "timestamp": "created_at"}),
        ("workspaces", "workspace_id name owner_id plan", "workspace_id",
         {"call": "group", "user_id": "owner_id", "group_id": "workspace_id"}),
        ("companies", "id name domain", "id", {"call": "skip"}),
        ("subscriptions", "id account_id plan started_at", "id", {"call": "skip"}),
        ("feature_flags", "user_id flag_key enabled updated_at", "user_id flag_key",
         {"call": "skip"}),
    ],
)  # fmt: skip
def test_what_is_proposed(name: str, columns: str, key: str, expected: dict[str, str]) -> None:
    table = Table(None, name, tuple(columns.split()), tuple((c,) for c in key.split()))
    assert proposed(table, (), Takes.MESSAGES) == {"stream": name, **expected}


PEOPLE = Table(None, "people", ("id", "email", "plan", "Plan", "created_at"))


@pytest.mark.parametrize(
    ("rule", "takes", "expected"),
    [
        ({"call": "identify", "email": "mail"}, Takes.MESSAGES, {"email": "email"}),
        ({"call": "track"}, Takes.MESSAGES,
         {"event": "People", "user_id": "id", "timestamp": "created_at"}),
        ({"call": "identify", "fields": [{"column": "plann"}]}, Takes.MESSAGES,
         {"fields": [{"column": "plan"}]}),
        ({"call": "identify", "only_if": {"column": "emial", "test": "not_null"}}, Takes.MESSAGES,
         {"only_if": {"column": "email", "test": "not_null"}}),
        ({"call": "identify", "unwrap": "plans"}, Takes.MESSAGES, {"unwrap": "plan"}),
        ({"call": "identify"}, Takes.CONTACTS,
         {"email": "email", "fields": [{"column": "Plan", "transform": "omit"}]}),
        ({"call": "track", "event": "E"}, Takes.CONTACTS, {"call": "skip"}),
        *(({"call": "audience"}, takes,
           {"call": "audience", "audience": "People", "user_id": "id", "email": "email"})
          for takes in Takes),
    ],
)  # fmt: skip
def test_a_rule_that_fails_is_mended(
    rule: dict[str, Any], takes: Takes, expected: dict[str, Any]
) -> None:
    found = proposed(PEOPLE, [{"stream": "people", **rule}], takes)
    assert found is not None
    assert expected.items() <= found.items()


@pytest.mark.parametrize(
    "lost",
    [
        {"call": "identify", "fields": [{"column": "zzzz", "transform": "omit"}]},
        {"call": "identify", "only_if": {"column": "zzzz", "test": "is_null"}},
        {"call": "identify", "deleted_column": "zzzz"},
        {"call": "identify", "deleted_column": "plan, zzzz"},
        {"call": "audience", "audience": "A", "email": "email", "member_column": "zzzz"},
    ],
)
def test_what_a_rule_keeps_back_is_not_sent_by_one_that_is_proposed(lost: dict[str, Any]) -> None:
    rule = {"stream": "people", **lost}
    assert proposed(PEOPLE, [rule], Takes.MESSAGES) == {"stream": "people", "call": "skip"}


def test_the_route_that_was_not_chosen_is_not_spoken_of() -> None:
    for takes, other in ((Takes.MESSAGES, "contact"), (Takes.CONTACTS, "user id")):
        with pytest.raises(ConfigError) as caught:
            plan(Table(None, "x", ("name",)), (), takes)
        assert other not in caught.value.message


names = st.sampled_from(
    ["id", "user_id", "email", "mail", "org_id", "event", "created_at", "data", "is_member", "Plan"]
)
kinds = st.sampled_from(
    [ColumnType(frozenset({kind})) for kind in Kind] + [BOOLEAN, ColumnType(frozenset())]
)
roles = st.sampled_from(["user_id", "email", "group_id", "event_column", "timestamp"])
wanted = st.sampled_from(["id", "user_id", "mial", "data.id", "org", "created", "email"])


@given(
    columns=st.dictionaries(names, kinds, max_size=6),
    rule=st.none() | st.dictionaries(roles, wanted, max_size=3),
    call=st.sampled_from(["identify", "track", "group", "audience"]),
    takes=st.sampled_from(list(Takes)),
)
def test_whatever_is_proposed_stands(
    columns: dict[str, ColumnType], rule: dict[str, str] | None, call: str, takes: Takes
) -> None:
    table = Table(None, "things", tuple(columns), types=columns)
    rules = [] if rule is None else [{"stream": "things", "call": call, **rule}]
    proposed(table, rules, takes)


@pytest.mark.parametrize(
    ("name", "columns", "key", "expected"),
    [
        ("webhook_events", "id event_type account_id created_at", "id", {"call": "skip"}),
        ("waitlist", "id email", "id", {"call": "skip"}),
        ("stg_orders", "id user_id ordered_at", "id", {"call": "track", "event": "Order"}),
        ("events", "id name user_id created_at", "id", {"call": "track", "event_column": "name"}),
        ("ph_events", "uuid distinct_id event timestamp", "uuid", {"user_id": "distinct_id"}),
        ("members", "id team_id account_id user_id", "id",
         {"call": "group", "group_id": "account_id"}),
        ("snp_users", "user_id email dbt_valid_to", "",
         {"call": "identify", "only_if": {"column": "dbt_valid_to", "test": "is_null"}}),
        ("support_tickets", "id email user_id", "id", {"call": "skip"}),
    ],
)  # fmt: skip
def test_what_is_proposed_for_others(
    name: str, columns: str, key: str, expected: dict[str, Any]
) -> None:
    table = Table(None, name, tuple(columns.split()), tuple((c,) for c in key.split()))
    found = proposed(table, (), Takes.MESSAGES)
    assert found is not None
    assert expected.items() <= found.items()


def test_a_rule_keeps_what_it_says_when_it_is_mended() -> None:
    table = Table(None, "people", ("User,Id", "id2", "email"))
    rule = {
        "stream": "people",
        "call": "identify",
        "user_id": "User,Id",
        "email": "emial",
        "names": "snake_case",
        "time_zone": "Europe/Berlin",
    }
    assert proposed(table, [rule], Takes.MESSAGES) == {**rule, "email": "email"}


@pytest.mark.parametrize(
    ("names", "takes"),
    [
        ({"audience": "A"}, Takes.MESSAGES),
        ({"audience": "A"}, Takes.CONTACTS),
        ({"list_id": "L"}, Takes.CONTACTS),
    ],
)
def test_a_rule_keeps_its_list_when_it_is_mended(names: dict[str, str], takes: Takes) -> None:
    rule = {"stream": "people", "call": "audience", "email": "email", **names}
    found = proposed(PEOPLE, [{**rule, "fields": [{"column": "plan"}]}], takes)
    assert found == {**rule, "user_id": "id"}


def test_a_pattern_s_rule_is_left_as_it_is() -> None:
    table = Table(None, "people", ("id", "email"))
    found = proposed(table, [{"stream": "*", "call": "identify", "email": "mail"}], Takes.MESSAGES)
    assert found == {"stream": "people", "call": "identify", "email": "email"}


@pytest.mark.parametrize("name", ["zzzz", "nope"])
def test_a_column_that_is_like_none_is_not_taken_for_another(name: str) -> None:
    table = Table(None, "people", ("id", "plan", "email"))
    rule = {"stream": "people", "call": "identify", "user_id": name}
    found = proposed(table, [rule], Takes.MESSAGES)
    assert found is not None
    assert "user_id" not in found
    with pytest.raises(ConfigError) as caught:
        plan(table, [rule], Takes.MESSAGES)
    assert "nearest" not in caught.value.message
