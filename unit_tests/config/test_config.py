"""The form is read into a Config; what is wrong is named, never quoted."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.config.form import Config, read_config
from destination_inflection.config.schema import load_spec
from destination_inflection.delivery.settings import DeveloperApiRoute, EventEndpointRoute
from destination_inflection.errors import ConfigError
from destination_inflection.mapping.rules import FieldRule, Rule

URL = "https://in.example/x"


def document(**changes: object) -> dict[str, Any]:
    return {
        "api_key": "some-key",
        "delivery": {"route": "event_endpoint", "endpoint_url": URL},
        **changes,
    }


def with_url(url: str) -> dict[str, Any]:
    return document(delivery={"route": "event_endpoint", "endpoint_url": url})


def with_api(url: str) -> dict[str, Any]:
    return document(delivery={"route": "developer_api", "base_url": url})


def test_defaults_are_filled_in() -> None:
    assert read_config(document()) == Config(
        api_key="some-key",
        delivery=EventEndpointRoute(URL, "basic", None),
        rules=(),
        connections=64,
        max_requests_per_second=500,
        request_timeout_seconds=30,
    )


def test_spaces_around_what_was_pasted_do_not_count() -> None:
    read = read_config({**with_url(f" {URL}\n"), "api_key": " some-key\n"})
    assert read.api_key == "some-key"
    assert read.delivery == EventEndpointRoute(URL, "basic", None)


def test_the_developer_api_needs_nothing_but_a_key() -> None:
    given = document(delivery={"route": "developer_api"})
    assert read_config(given).delivery == DeveloperApiRoute("https://api.inflection.io")
    assert read_config(with_api(" https://b.example ")).delivery == DeveloperApiRoute(
        "https://b.example"
    )


def test_rules_list_their_columns() -> None:
    rule = {
        "stream": " users ",
        "call": "identify",
        "user_id": "a, b.c ,",
        "event": "",
        "email": "",
    }
    assert read_config(document(streams=[rule])).rules == (
        Rule(stream="users", call="identify", user_id=("a, b.c ,",)),
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:80/x",
        "http://127.0.0.1/x",
        "http://127.9.9.9",
        "http://[::1]:4000/x",
        "http://host.docker.internal/x",
        "https://in.example:8443/{type}?a=b",
    ],
)
def test_urls_that_may_be_used(url: str) -> None:
    assert read_config(with_url(url)).delivery == EventEndpointRoute(url, "basic", None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, ["JSON object"]),
        ([], ["JSON object"]),
        ({}, ["api_key", "missing"]),
        (document(api_key=5), ["api_key must be a text"]),
        (document(api_key="abc"), ["api_key must have at least 4 characters"]),
        (document(api_key="two words"), ["api_key", "form"]),
        (document(delivery=None), ["delivery"]),
        (
            document(delivery={"route": "pigeon", "endpoint_url": URL}),
            ["delivery.route", "event_endpoint, developer_api"],
        ),
        (with_api("http://in.example"), ["base_url", "https://"]),
        (with_api("in.example"), ["base_url", "https://host"]),
        (
            document(streams=[{"stream": "a", "call": "identify", "list_id": "1"}]),
            ["list_id", "audience"],
        ),
        (document(delivery={}), ["delivery.route", "missing"]),
        (document(delivery={"route": "event_endpoint"}), ["delivery.endpoint_url", "missing"]),
        (document(streams=7), ["streams must be a list"]),
        (with_url("ftp://in.example"), ["endpoint_url", "https://host/path"]),
        (with_url("http://in.example"), ["endpoint_url", "https://"]),
        (with_url("http://localhost.evil.example"), ["endpoint_url", "https://"]),
        (with_url("https://user:pass@in.example"), ["endpoint_url", "api_key"]),
        (with_url("https://in.example:port/"), ["endpoint_url"]),
        (with_url("https:///path"), ["endpoint_url", "host"]),
        (with_url("https://" + "a" * 64 + ".example/"), ["endpoint_url", "host"]),
        (document(streams=[{"stream": "a"}]), ['In the rule for "a": call is missing']),
        (
            document(streams=[{"stream": "a", "call": "alias"}]),
            ['In the rule for "a": call must be one of: identify'],
        ),
        (
            document(streams=[{"stream": "", "call": "skip"}]),
            ["In rule 1 under streams: stream is missing"],
        ),
        (
            document(streams=[{"stream": " ", "call": "skip"}]),
            ["In rule 1 under streams: stream is missing"],
        ),
        (
            document(
                streams=[
                    {"stream": "a", "call": "audience", "audience": "E", "audience_column": "e"}
                ]
            ),
            ["audience", "audience_column"],
        ),
        (
            document(streams=[{"stream": "a", "call": "identify", "member_values": "in"}]),
            ["member_values", "audience"],
        ),
        (
            document(streams=[{"stream": "a", "call": "audience", "member_values": "in"}]),
            ["member_values", "member_column"],
        ),
        (document(advanced={"connections": 0}), ["advanced.connections must be at least 1."]),
        (document(advanced={"connections": "4"}), ["advanced.connections must be a whole number"]),
    ],
)
def test_what_is_wrong_is_named_but_not_quoted(given: Any, words: list[str]) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError) as caught:
        read_config(given)
    for word in words:
        assert word in caught.value.message
    for secret in ("two words", "user:pass", "pigeon", "in.example"):
        assert secret not in caught.value.message


def test_what_is_not_filled_in_is_not_there_whether_it_is_null_or_empty() -> None:
    rule = {"stream": "a", "call": "skip", "user_id": None, "nulls": "", "fields": None}
    delivery = {
        "route": "event_endpoint",
        "endpoint_url": URL,
        "app_id": "",
        "authentication": None,
    }
    given = document(delivery=delivery, streams=[rule], advanced={"connections": None})
    assert read_config(given) == read_config(
        document(streams=[{"stream": "a", "call": "skip"}], advanced=None)
    )


EMPTY_ITEMS: list[Any] = [
    {},
    None,
    {"stream": None, "call": ""},
    {"stream": " ", "column": "", "value": "  ", "name": None},
    {"fields": []},
    {"fields": [{}, None, {"column": " "}]},
]


@given(
    st.lists(st.sampled_from(EMPTY_ITEMS), min_size=1, max_size=3),
    st.lists(st.sampled_from(EMPTY_ITEMS), min_size=1, max_size=3),
)
def test_a_rule_or_field_that_was_added_and_left_empty_is_ignored(
    before: list[Any], after: list[Any]
) -> None:
    field = {"column": "total", "name": "revenue"}
    rule = {"stream": "orders", "call": "track", "event": "E", "fields": [field]}
    expected = read_config(document(streams=[rule, {**rule, "stream": "old_orders"}]))
    padded = {**rule, "fields": [*before, field, *after]}
    streams = [*before, padded, *after, {**padded, "stream": "old_orders"}]
    assert read_config(document(streams=streams)) == expected
    assert read_config(document(streams=before)) == read_config(document())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"call": "track"}, ["In rule 2 under streams: stream is missing"]),
        ({"stream": "orders"}, ['In the rule for "orders": call is missing']),
        ({"fields": [{"column": "total"}]}, ["In rule 2 under streams: stream is missing"]),
        (
            {"stream": "orders", "call": "alias"},
            ['In the rule for "orders": call must be', "identify"],
        ),
        (
            {"stream": "orders", "call": "skip", "fields": [{}, {"column": "a", "transform": "x"}]},
            ['In the rule for "orders": fields.1.transform', "one of: string, number"],
        ),
        (
            {"stream": "orders", "call": "skip", "fields": [{}, {"transform": "lower"}]},
            ["orders", "exactly one of column and value"],
        ),
        (7, ["Rule 2 under streams must be an object"]),
    ],
)
def test_one_that_is_filled_in_by_half_is_checked_and_keeps_its_number(
    rule: object, words: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(document(streams=[{}, rule]))
    for word in words:
        assert word in caught.value.message


@pytest.mark.parametrize("emptied", ["", "  ", None])
def test_what_was_emptied_is_not_set(emptied: str | None) -> None:
    delivery = {"route": "developer_api", "base_url": emptied}
    assert read_config(document(delivery=delivery)).delivery == DeveloperApiRoute(
        "https://api.inflection.io"
    )
    bucket = {"store": "s3", "bucket": "b"}
    names = ("prefix", "region", "endpoint_url", "access_key_id", "secret_access_key")
    emptied_bucket = {**bucket, **dict.fromkeys(names, emptied)}
    assert read_config(document(rejected_records=emptied_bucket)) == read_config(
        document(rejected_records=bucket)
    )
    field = {"column": "a", "transform": emptied}
    rule = {"stream": "s", "call": "skip", "nulls": emptied, "other_columns": emptied}
    assert read_config(document(streams=[{**rule, "fields": [field]}])).rules == (
        Rule(stream="s", call="skip", fields=(FieldRule("a", None, None, None),)),
    )


def test_a_fixed_value_is_sent_as_it_was_typed() -> None:
    field = {"value": " ", "name": "gap"}
    (rule,) = read_config(
        document(streams=[{"stream": "s", "call": "skip", "fields": [field]}])
    ).rules
    assert rule.fields == (FieldRule(None, " ", "gap", None),)


def test_a_whole_number_may_be_written_with_a_point() -> None:
    connections = read_config(document(advanced={"connections": 16.0})).connections
    assert (connections, type(connections)) == (16, int)


@pytest.mark.parametrize(
    "name",
    [
        *("Berlin", "europe/berlin", "Europe", "CET+1", "+02:00", "../UTC", "/etc/passwd"),
        *("Europe/Berlin/", "é", "x" * 300),
    ],
)
def test_an_unknown_time_zone_is_an_error_that_names_the_option(name: str) -> None:
    rule = {"stream": "logins", "call": "track", "time_zone": name}
    for form, option in (
        (document(advanced={"time_zone": name}), "The option advanced.time_zone is"),
        (document(streams=[rule]), 'The option time_zone in the rule for "logins" is'),
    ):
        with pytest.raises(ConfigError) as caught:
            read_config(form)
        assert caught.value.message.startswith(option)
        assert "Europe/Berlin" in caught.value.message
        assert "passwd" not in caught.value.message


def test_a_rule_without_a_time_zone_says_none() -> None:
    rules = [{"stream": "a", "call": "track"}, {"stream": "b", "call": "track", "time_zone": "utc"}]
    config = read_config(document(streams=rules, advanced={"time_zone": " Asia/Tokyo "}))
    assert [rule.time_zone for rule in config.rules] == [None, UTC]
    assert config.defaults.time_zone == ZoneInfo("Asia/Tokyo")
    assert read_config(document()).defaults.time_zone is UTC


def test_every_property_of_the_form_can_be_shown() -> None:
    def visit(schema: dict[str, Any], path: str) -> None:
        orders = [inner.get("order") for inner in schema.get("properties", {}).values()]
        assert None not in orders, path
        assert len(orders) == len(set(orders)), path
        for name, inner in schema.get("properties", {}).items():
            assert inner.get("title"), f"{path}.{name}"
            assert inner.get("description"), f"{path}.{name}"
            visit(inner, f"{path}.{name}")
            visit(inner.get("items", {}), f"{path}.{name}[]")
        for option in schema.get("oneOf", []):
            visit(option, f"{path}:{option['title']}")

    spec: Any = load_spec()
    visit(spec["connectionSpecification"], "spec")
    assert spec["documentationUrl"]
    assert spec["connectionSpecification"]["properties"]["api_key"]["airbyte_secret"] is True


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"api_key": "abc\x00d"}, "api_key"),
        ({"streams": [{"stream": "a\x00", "call": "skip"}]}, "In rule 1 under streams: stream"),
        (
            {"streams": [{"stream": "a", "call": "track", "event": "\ud800"}]},
            'In the rule for "a": event',
        ),
        ({"rejected_records": {"store": "folder", "path": "/a\x00b"}}, "rejected_records.path"),
        ({"advanced": {"time_zone": "\udfff"}}, "advanced.time_zone"),
        ({"advanced": {"max_rejected_percent": float("nan")}}, "advanced.max_rejected_percent"),
        ({"advanced": {"connections": float("nan")}}, "advanced.connections"),
        ({"advanced": {"\ud800": "\ud800"}}, "advanced.(unreadable)"),
    ],
)
def test_what_can_t_be_written_is_named_and_not_quoted(
    changes: dict[str, Any], option: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config({**document(), **changes})
    assert caught.value.message.startswith(f"{option} ")
    caught.value.message.encode()


@pytest.mark.parametrize(
    "url",
    [
        *("https://b\u00fccher.example/x", "https://in.example/\u00e9", "https://in.example:0/"),
        *("https://%zz/", "https://in.example/\u200b", "https://a*b.example/"),
    ],
)
def test_a_url_that_can_t_be_asked_for_is_an_error(url: str) -> None:
    with pytest.raises(ConfigError, match="endpoint_url"):
        read_config(with_url(url))
