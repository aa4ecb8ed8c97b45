"""The source says what becomes of each line: the real mapping has to agree, line by line."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

import orjson
import pytest

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.messages import Record, State, parse
from destination_inflection.airbyte.states import with_stats
from destination_inflection.airbyte.unreadable import Unreadable
from destination_inflection.commands.plans import plans_of
from destination_inflection.config.form import read_config
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.mapping.rules import idle_rules
from simulation.chance import chance
from simulation.lines import Fate, InputLine
from simulation.shapes import Shape, StateKind, make_shape
from simulation.source import Source
from simulation.states import StateLine, cursors_in
from simulation.tables import TABLES, Route

SEEDS = range(80)
SOME_SEEDS = range(60)


def source(seed: int, route: Route) -> Source:
    return Source(make_shape(chance(seed, "shape"), route), chance(seed, "source"))


def plans(made: Source) -> Mapping[str, StreamPlan]:
    delivery: JsonObject = {"route": made.shape.route.value}
    if made.shape.route is Route.EVENT_ENDPOINT:
        delivery["endpoint_url"] = "https://in.example"
    config = read_config({"api_key": "some-key", "delivery": delivery, "streams": [*made.rules]})
    streams = read_catalog(made.catalog)
    found = plans_of(config, streams)
    assert not config.warnings
    assert not idle_rules(config.rules, [*found])
    mapped = {key.name: plan for key, plan in found.items() if isinstance(plan, StreamPlan)}
    assert len(mapped) == len(found) == len(made.shape.tables), found
    return mapped


def results(line: InputLine, plan: StreamPlan) -> list[Mapped] | None:
    """What the connector makes of a line; None where it can't read it."""
    message = parse(line.text)
    if isinstance(message, Unreadable):
        return None
    assert isinstance(message, Record), message
    assert message.stream.name == line.stream
    if not isinstance(message.data, dict):
        return []
    return plan.map(message.data, message.emitted_at)


def fate(mapped: list[Mapped] | None) -> Fate:
    if mapped is None:
        return Fate.UNREADABLE
    if not mapped or any(isinstance(result, Reject) for result in mapped):
        return Fate.REJECTED
    return Fate.SKIPPED if all(isinstance(result, Skip) for result in mapped) else Fate.SENT


@pytest.mark.parametrize("route", Route)
def test_the_mapping_makes_of_each_line_what_the_source_says(route: Route) -> None:
    seen: Counter[tuple[str, Fate]] = Counter()
    kinds: Counter[str] = Counter()
    for seed in SEEDS:
        made = source(seed, route)
        planned = plans(made)
        # The first lines have all kinds of rows that a table has.
        for line in islice(made.lines.values(), 500):
            mapped = results(line, planned[line.stream])
            assert fate(mapped) is line.fate, (line, mapped)
            calls = [result for result in mapped or () if isinstance(result, Call)]
            assert tuple(str(call.kind) for call in calls) == line.calls, (line, mapped)
            for call in calls:
                assert call.identity == line.person, (line, call)
                if call.kind != "member":
                    assert line.mark.encode() in call.body, (line, call)
                if call.kind == "group":
                    assert orjson.loads(call.body)["groupId"] == line.org, (line, call)
            seen[line.stream, line.fate] += 1
            kinds.update(line.calls)
    for table in TABLES[route]:
        for wanted in {Fate.UNREADABLE, table.usual, *(v.fate for v in table.variants)}:
            assert seen[table.name, wanted], (table.name, wanted)
    of_route = {
        Route.EVENT_ENDPOINT: {"identify", "track", "group"},
        Route.DEVELOPER_API: {"contact", "contact_if_known", "member"},
    }
    assert kinds.keys() == of_route[route]


@pytest.mark.parametrize("route", Route)
def test_every_variant_is_what_it_says(route: Route) -> None:
    """As above, with so many bad rows that each variant comes up."""
    for table in TABLES[route]:
        shape = Shape(
            route, (table,), 600, 20, 5, StateKind.STREAM, None, rejected=0.4, skipped=0.3
        )
        made = Source(shape, chance(1, table.name))
        (plan,) = plans(made).values()
        for line in made.lines.values():
            mapped = results(line, plan)
            assert fate(mapped) is line.fate, (line, mapped)
            found = [str(result.kind) for result in mapped or () if isinstance(result, Call)]
            assert tuple(found) == line.calls, (line, mapped)


@pytest.mark.parametrize("route", Route)
def test_a_mark_and_its_column_stand_in_one_record_alone(route: Route) -> None:
    for seed in SOME_SEEDS[:20]:
        made = source(seed, route)
        lines = [line for lines in made.by_stream.values() for line in lines]
        assert len({line.mark for line in lines}) == len(lines) == len(made.lines)
        for name, line in made.lines.items():
            assert line.column == name
            assert b"\n" not in line.text
            if line.fate is Fate.SENT:
                assert line.text.count(line.mark.encode()) >= 1
        text = b"\n".join(line.text for line in lines[:300])
        for line in lines[:300]:
            assert text.count(line.mark.encode()) == line.text.count(line.mark.encode())


def states(made: Source, cursors: Mapping[str, int], run: int = 0) -> list[StateLine]:
    return [each for each in made.messages(cursors, run) if isinstance(each, StateLine)]


def some(found: list[StateLine], seed: int) -> Iterator[StateLine]:
    yield from chance(seed, "some").sample(found, min(4, len(found)))
    yield found[-1]


@pytest.mark.parametrize("route", Route)
def test_a_run_from_a_state_has_the_lines_after_it(route: Route) -> None:
    for seed in SOME_SEEDS:
        made = source(seed, route)
        ends = {stream: len(lines) for stream, lines in made.by_stream.items()}
        for state in some(states(made, {}), seed):
            again: dict[str, list[InputLine]] = {stream: [] for stream in ends}
            numbers = set()
            at = dict(state.cursors)
            for message in made.messages(state.cursors, run=1):
                if isinstance(message, StateLine):
                    numbers.add(message.number)
                    at |= message.cursors
                else:
                    again[message.stream].append(message)
            for stream, lines in again.items():
                assert lines == list(made.by_stream[stream])[state.cursors.get(stream, 0) :]
            assert at == ends
            assert state.number not in numbers


@pytest.mark.parametrize("route", Route)
def test_states_count_the_records_before_them(route: Route) -> None:
    kinds = set()
    for seed in SOME_SEEDS:
        made = source(seed, route)
        kinds.add(made.shape.state_kind)
        records: Counter[str] = Counter()
        positions = dict.fromkeys(made.by_stream, 0)
        for message in made.messages({}):
            if isinstance(message, InputLine):
                records[message.stream] += message.fate is not Fate.UNREADABLE
                assert message.position == positions[message.stream] + 1
                positions[message.stream] = message.position
            else:
                covered = [message.covers] if message.covers is not None else [*positions]
                assert message.counts == {stream: records[stream] for stream in covered}
                assert message.cursors == {stream: positions[stream] for stream in covered}
                records -= Counter(message.counts)
        assert not +records
    assert kinds == {*StateKind}


@pytest.mark.parametrize("route", Route)
def test_states_are_read_back_as_the_platform_got_them(route: Route) -> None:
    for seed in SOME_SEEDS:
        made = source(seed, route)
        for state in some(states(made, {}), seed):
            message = parse(state.text)
            assert isinstance(message, State)
            assert (message.stream and message.stream.name) == state.covers
            written = with_stats(state.text, settled=3, rejected=1)
            assert cursors_in(state.text) == cursors_in(written) == dict(state.cursors)
            found = json.loads(written)["state"]
            assert found["id"] == state.number
            assert found["type"] == made.shape.state_kind.value
            assert found["destinationStats"]["recordCount"] == 3
            assert b"mark_" not in state.text


@pytest.mark.parametrize("route", Route)
def test_one_seed_makes_one_source(route: Route) -> None:
    once, again = (list(source(5, route).messages({})) for _ in range(2))
    assert once == again
