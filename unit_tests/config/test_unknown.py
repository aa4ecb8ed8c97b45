"""Options that nobody knows are told, with the nearest known one."""

from typing import Any

import pytest

from destination_inflection.config.unknown import unknown_options
from destination_inflection.json_types import JsonObject

KNOWN: dict[str, Any] = {
    "api_key": "some-key",
    "delivery": {"route": "event_endpoint", "endpoint_url": "https://in.example"},
    "streams": [{"stream": "people", "call": "identify", "fields": [{"column": "x"}]}],
    "rejected_records": {"store": "folder", "path": "/x"},
    "advanced": {"connections": 3},
}


@pytest.mark.parametrize(
    ("given", "path", "nearest"),
    [
        ({"rules": []}, "rules", "streams"),
        ({"apikey": "x"}, "apikey", "api_key"),
        (
            {"advanced": {"max_request_per_second": 5}},
            "advanced.max_request_per_second",
            "advanced.max_requests_per_second",
        ),
        ({"connections": 5}, "connections", "advanced.connections"),
        ({"endpoint_url": "x"}, "endpoint_url", "delivery.endpoint_url"),
        ({"streams": [{"stream": "x", "userid": "y"}]}, "streams.0.userid", "streams.0.user_id"),
        (
            {"streams": [{"fields": [{"columns": "y"}]}]},
            "streams.0.fields.0.columns",
            "streams.0.fields.0.column",
        ),
        ({"delivery": {"route": "event_endpoint", "baseurl": "x"}}, "delivery.baseurl",
         "delivery.base_url"),
        ({"something": 1}, "something", None),
    ],
)  # fmt: skip
def test_an_unknown_option_is_told_with_the_nearest(
    given: JsonObject, path: str, nearest: str | None
) -> None:
    (warning,) = unknown_options(given)
    assert warning.startswith(f"The option {path} is not known and has no effect")
    assert warning.endswith(f": the nearest is {nearest}." if nearest else "no effect.")


@pytest.mark.parametrize(
    "given", [{}, KNOWN, {"__platform": 1, "delivery": {"_injected": 2}}, {"streams": "text"}]
)
def test_what_is_known_or_the_platform_s_is_not_told(given: JsonObject) -> None:
    assert unknown_options(given) == []


def test_an_option_of_another_choice_is_told() -> None:
    given: JsonObject = {"delivery": {"route": "developer_api", "endpoint_url": "x"}}
    assert unknown_options(given) == [
        "The option delivery.endpoint_url belongs to another choice than yours and has no effect."
    ]


def test_no_value_is_told() -> None:
    (warning,) = unknown_options({"apikey": "the-secret-value"})
    assert "secret" not in warning
