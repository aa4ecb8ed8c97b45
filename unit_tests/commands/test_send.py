"""What `send` sends of a stream's records, and what it says of the end, on a made-up network."""

import json
from collections.abc import Iterable
from typing import Any, Final

import pytest

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.commands.plans import plans_of
from destination_inflection.commands.send import End, choose, send_over, stream_named
from destination_inflection.config.form import Config, read_config
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.sync.plans import Plans
from unit_tests.delivery.contacts.fake_api import PENDING, done
from unit_tests.delivery.fake_transport import FakeNet

EVENTS: Final[JsonObject] = {"route": "event_endpoint", "endpoint_url": "https://in.example/{type}"}
API: Final[JsonObject] = {"route": "developer_api", "base_url": "https://api.example"}


def configured(delivery: JsonObject = EVENTS) -> Config:
    return read_config({"api_key": "some-key", "delivery": delivery, "advanced": {"dry_run": True}})


def planned(*names: tuple[str | None, str]) -> Plans:
    columns: JsonObject = {"id": {}, "email": {}, "name": {}}
    streams: list[Any] = [
        {"stream": {"namespace": space, "name": name, "json_schema": {"properties": columns}}}
        for space, name in names
    ]
    return plans_of(configured(), read_catalog({"streams": streams}))


def lines(rows: Iterable[object], stream: str = "users") -> list[bytes]:
    return [
        json.dumps(
            {"type": "RECORD", "record": {"stream": stream, "data": row, "emitted_at": 1}}
        ).encode()
        for row in rows
    ]


def sent(net: FakeNet, delivery: JsonObject = EVENTS, count: int = 1) -> tuple[End, list[str]]:
    config, said = configured(delivery), list[str]()
    key, plan = stream_named("users", planned((None, "users")))
    if delivery is API:
        catalog: Any = {"streams": [{"stream": {"name": "users", "json_schema": {"properties": {
            "email": {}, "name": {}}}}}]}  # fmt: skip
        key, plan = stream_named("users", plans_of(config, read_catalog(catalog)))
    rows = [{"id": n, "email": f"p{n}@b.example", "name": "Ann"} for n in range(1, count + 3)]
    chosen = choose(lines(rows), key, plan, count)
    return send_over(net, config, chosen, said.append, net.clock), said


def test_a_name_that_is_one_stream_s_whole_name_is_that_stream() -> None:
    key, _ = stream_named("users", planned((None, "users"), ("a", "users")))
    assert str(key) == "users"


def test_the_query_of_a_url_is_not_shown() -> None:
    url = "https://in.example/hook/{type}?key=hunter2"
    _, said = sent(FakeNet(), {"route": "event_endpoint", "endpoint_url": url})
    assert said[0].startswith("POST https://in.example/hook/identify?****\n")
    assert "hunter2" not in "".join(said)


@pytest.mark.parametrize("name", ["users", "app.users"])
def test_a_stream_is_named_with_or_without_its_namespace(name: str) -> None:
    key, _ = stream_named(name, planned(("app", "users"), ("app", "contacts")))
    assert str(key) == "app.users"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("usres", "The catalog has no stream usres: name one of its streams, for instance users."),
        ("contacts", "Several streams are called contacts: name one of a.contacts, b.contacts"),
    ],
)
def test_a_name_that_does_not_say_which_stream_is_an_error(name: str, problem: str) -> None:
    plans = planned((None, "users"), ("a", "contacts"), ("b", "contacts"))
    with pytest.raises(ConfigError, match=problem):
        stream_named(name, plans)


def test_the_first_records_that_map_are_taken() -> None:
    key, plan = stream_named("users", planned((None, "users")))
    good = [{"id": number, "email": f"p{number}@b.example"} for number in range(5)]
    rows = [{"id": 9, "email": None}, "text", *good]
    chosen = choose([b"no JSON", *lines(good, "others"), *lines(rows)], key, plan, 2)
    assert (chosen.records, chosen.passed_over) == (2, 2)
    assert [json.loads(call.body)["userId"] for call in chosen.calls] == ["0", "1"]


def test_nothing_more_is_read_than_is_sent() -> None:
    key, plan = stream_named("users", planned((None, "users")))
    source = iter(lines({"id": n, "email": f"p{n}@b.example"} for n in range(5)))
    choose(source, key, plan, 2)
    assert len(list(source)) == 3


@pytest.mark.parametrize(
    ("rows", "problem"), [([], "no record of users"), ([{"id": 1}], "1 record of users, of which")]
)
def test_without_a_record_that_maps_nothing_is_sent(rows: list[object], problem: str) -> None:
    key, plan = stream_named("users", planned((None, "users")))
    with pytest.raises(ConfigError, match=problem):
        choose(lines(rows), key, plan, 1)


def test_a_dry_run_s_configuration_sends_all_the_same() -> None:
    net = FakeNet(answer=lambda _n, _r: Response(200, body=b'{"ok": true}'))
    end, said = sent(net, count=2)
    assert end is End.DELIVERED
    assert len(net.started) == 2
    assert [text.partition("\n")[0] for text in said[:4]] == [
        *("POST https://in.example/identify", "-> HTTP 200") * 2
    ]
    assert said[0].startswith("POST https://in.example/identify\nContent-Type: application/json\n")
    assert said[-1] == "Delivered."
    assert sum('-> HTTP 200\n{"ok": true}\n' in text for text in said) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response(400, body=b'{"message": "Missing email address"}'), "Refused: HTTP 400"),
        (Response(401), "key"),
        (Response(503), "Not delivered in 60 seconds: HTTP 503"),
        (Failure(FailureKind.CONNECT), "Not delivered in 60 seconds: no connection"),
    ],
)
def test_what_is_not_delivered_is_said(answer: Answer, words: str) -> None:
    end, said = sent(FakeNet(takes=0.1, answer=lambda _n, _r: answer))
    assert end is not End.DELIVERED
    assert words in said[-1]


def test_a_transaction_that_settles_is_waited_for() -> None:
    def answer(number: int, _request: object) -> Response:
        return PENDING if number < 3 else done([("p1@b.example", "CREATED")])

    end, said = sent(FakeNet(takes=0.1, answer=answer), API)
    assert end is End.DELIVERED
    assert said[-1] == "Delivered: created."


def test_a_transaction_that_does_not_settle_in_a_minute_is_pending() -> None:
    net = FakeNet(takes=0.1, answer=lambda _n, _r: PENDING)
    end, said = sent(net, API)
    assert end is not End.DELIVERED
    assert said[-1].startswith("PENDING: Inflection has taken it")
    assert 55 < net.time - 1000 < 70
    assert end is End.IN_PART
