"""How a configuration's rules and plans are told before the first record."""

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.commands.plans import make_plans, plans_of, warnings_about
from destination_inflection.config.form import read_config
from destination_inflection.json_types import JsonObject
from destination_inflection.sync.plans import Teller

CATALOG: JsonObject = {
    "streams": [
        {
            "stream": {
                "name": "users",
                "json_schema": {"properties": {"user_id": {}, "email": {}}},
            },
            "sync_mode": "full_refresh",
            "destination_sync_mode": "append",
        }
    ]
}
CONFIG: JsonObject = {
    "api_key": "some-key",
    "delivery": {"route": "developer_api"},
    "streams": [
        {"stream": "Users", "call": "identify"},
        {"stream": "logs", "call": "skip"},
        {"stream": "people", "call": "identify"},
        {"stream": "old_*", "call": "skip"},
    ],
}
WARNING = '2 rules fit no stream of this sync: "Users" (set its stream to "users"), "people".'
NOTE = '2 rules with the call skip fit no stream of this sync: "logs", "old_*".'


def test_rules_that_fit_nothing_are_one_warning_and_those_that_skip_one_note() -> None:
    said: list[tuple[str, str]] = []
    tell = Teller(*(lambda text, level=level: said.append((level, text)) for level in "IWE"))
    make_plans(read_config(CONFIG), read_catalog(CATALOG), tell)
    assert [each for each in said if "no stream" in each[1]] == [("W", WARNING), ("I", NOTE)]
    assert not [each for each in said if each[0] == "E"]


def test_preview_shows_both() -> None:
    config, streams = read_config(CONFIG), read_catalog(CATALOG)
    warnings = warnings_about(config, streams, plans_of(config, streams))
    assert [each for each in warnings if "no stream" in each] == [WARNING, NOTE]
