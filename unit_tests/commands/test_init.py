"""What `init` writes works as it is: every stream is mapped by it, on both routes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.configuring import configured
from destination_inflection.commands.init import SANDBOX, Start, init, starts
from destination_inflection.commands.plans import plans_of
from destination_inflection.config.form import read_config
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.plan import StreamPlan
from inflection_sandbox.pages.setups import Address, setups
from inflection_sandbox.run import API_KEY, PORT
from unit_tests.mapping.tables.test_own_tables import CASES, WAREHOUSE, Case

API: Final[JsonObject] = {"api_key": "some-key", "delivery": {"route": "developer_api"}}
FIRST_NAMED: Final = {case.name: case for case in reversed(CASES)}
TABLES: Final = [
    *FIRST_NAMED.values(),
    Case("prod_identifies", f"{WAREHOUSE} email"),
    Case("prod_order_completed", f"{WAREHOUSE} event event_text revenue"),
]


def stream(name: str, *columns: str, **changes: Any) -> JsonObject:  # noqa: ANN401
    return {
        "name": name,
        "json_schema": {"properties": {column: {} for column in columns}},
        "supported_sync_modes": ["full_refresh", "incremental"],
        **changes,
    }


def discovered(*streams: JsonObject) -> JsonObject:
    return {"type": "CATALOG", "catalog": {"streams": list(streams)}}


def of_tables(tables: Sequence[Case] = TABLES) -> JsonObject:
    return discovered(
        *(
            stream(
                case.name,
                *case.columns.split(),
                source_defined_primary_key=[[column] for column in case.key.split()],
            )
            for case in tables
        )
    )


def assert_works(start: Start) -> None:
    config, streams = read_config(start.config), read_catalog(start.catalog)
    assert config.warnings == ()
    plans = plans_of(config, streams)
    assert [key for key, plan in plans.items() if not isinstance(plan, StreamPlan)] == []


@pytest.mark.parametrize("given", [SANDBOX, API], ids=["event endpoint", "Developer API"])
def test_all_tables_are_mapped_by_what_is_written(given: JsonObject) -> None:
    start = starts(of_tables(), given)
    assert_works(start)
    plans = [line for line in start.lines if not line.startswith("Warning: ")]
    assert [line.partition(" ->")[0] for line in plans] == [case.name for case in TABLES]


@pytest.mark.parametrize("case", FIRST_NAMED.values(), ids=lambda case: case.name)
def test_only_a_table_that_is_not_recognised_gets_a_rule(case: Case) -> None:
    found = stream(case.name, *case.columns.split(), source_defined_primary_key=[
        [column] for column in case.key.split()
    ])  # fmt: skip
    start = starts(discovered(found), SANDBOX)
    assert_works(start)
    line = start.lines[0]
    is_known = case.call is not None
    rules: Any = start.config["streams"]
    assert [rule["stream"] for rule in rules] == ([] if is_known else [case.name])
    assert ("by a new rule. Stream" in line) is not is_known


def test_the_rules_that_are_given_stay_first_and_decide() -> None:
    mine: JsonObject = {"stream": "log*", "call": "skip"}
    catalog = discovered(stream("logins", "id", "user_id", "created_at"), stream("companies", "id"))
    rules: Any = starts(catalog, {**SANDBOX, "streams": [mine]}).config["streams"]
    assert rules == [mine, {"stream": "companies", "call": "skip"}]


def test_a_given_rule_that_can_t_be_followed_is_an_error() -> None:
    mine: JsonObject = {"stream": "logins", "call": "identify", "email": "mail"}
    with pytest.raises(ConfigError, match="change the rule to"):
        starts(discovered(stream("logins", "id", "email")), {**SANDBOX, "streams": [mine]})


def test_the_other_options_of_a_given_configuration_stay() -> None:
    advanced: JsonObject = {"connections": 3}
    start = starts(discovered(stream("companies", "id")), {**API, "advanced": advanced})
    assert start.config["advanced"] == advanced
    assert start.config["delivery"] == API["delivery"]


def test_a_stream_is_configured_as_the_source_defines_it() -> None:
    found = stream(
        "users",
        "id",
        "email",
        source_defined_primary_key=[["id"]],
        default_cursor_field=["updated_at"],
    )
    plain = stream("plain", "id", "user_id", supported_sync_modes=["full_refresh"])
    both: Any = configured(discovered(found, plain))["streams"]
    first, second = both
    assert first == {
        "stream": found,
        "sync_mode": "incremental",
        "cursor_field": ["updated_at"],
        "destination_sync_mode": "append",
        "primary_key": [["id"]],
    }
    assert (second["sync_mode"], second["primary_key"]) == ("full_refresh", [])


def test_a_configured_catalog_stays_as_it_is() -> None:
    once = configured(discovered(stream("users", "id", "email")))
    assert configured(once) == once


def test_without_a_configuration_it_is_the_sandbox_s() -> None:
    event_endpoint, _ = setups(Address(f"http://127.0.0.1:{PORT}", API_KEY))
    assert json.loads(event_endpoint.text) == SANDBOX


@pytest.mark.parametrize("there", ["config.json", "configured_catalog.json"])
def test_a_file_that_is_there_is_never_written_over(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine", "utf-8")
    with pytest.raises(ConfigError, match=f"{there} is there already"):
        init(discovered(stream("users", "id", "email")), SANDBOX, tmp_path, lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text("utf-8") == "mine"


def test_the_last_line_says_whose_address_it_is(tmp_path: Path) -> None:
    for number, given in enumerate((SANDBOX, API)):
        lines: list[str] = []
        init(
            discovered(stream("users", "id", "email")), given, tmp_path / str(number), lines.append
        )
        assert ("local sandbox" in lines[-1]) is (given is SANDBOX)


@pytest.mark.parametrize(
    "catalog", [{}, {"streams": []}, {"catalog": {"streams": []}}, {"api_key": "k"}, [], None]
)
def test_what_has_no_streams_is_an_error(catalog: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"no streams|no list called streams"):
        starts(catalog, SANDBOX)


@pytest.mark.parametrize(
    "streams",
    [
        (stream("users", "id", "email", namespace="a"), stream("users", "x")),
        (stream("users", "id", "email"), stream("user*", "x")),
        (stream("tickets", "x", namespace="a"), stream("tickets", "x")),
    ],
)
def test_a_new_rule_is_never_one_of_another_stream(streams: tuple[JsonObject, ...]) -> None:
    with pytest.raises(ConfigError, match="would also apply to"):
        starts(discovered(*streams), SANDBOX)


def test_what_looks_wrong_is_told(tmp_path: Path) -> None:
    lines: list[str] = []
    given: JsonObject = {
        **SANDBOX,
        "strems": [],
        "streams": [{"stream": "nowhere", "call": "skip"}],
    }
    init(discovered(stream("users", "id", "email")), given, tmp_path, lines.append)
    warnings = [line for line in lines if line.startswith("Warning: ")]
    assert any("strems" in warning for warning in warnings)
    assert any("nowhere" in warning for warning in warnings)


def test_a_folder_that_can_t_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ConfigError, match="can't be made"):
        init(discovered(stream("users", "id")), SANDBOX, tmp_path / "file", lambda _: None)
