"""The judge of the fault matrix sees each kind of thing that can be wrong: doctored runs."""

import gzip
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import requests

from integration_tests.conftest import KEY, TIMEOUT_SECONDS
from integration_tests.fault_matrix.faults import End
from integration_tests.fault_matrix.gateway import KeptFiles, running_gateway
from integration_tests.fault_matrix.judge import (
    Arrival,
    Stored,
    leaking,
    problems,
    problems_at_the_end,
)
from integration_tests.fault_matrix.rows import (
    SECRET,
    Fate,
    Item,
    Mark,
    Route,
    Row,
    after,
    load_of,
    rows_in,
)
from integration_tests.fault_matrix.stage import Ran
from integration_tests.raw_server import reply

ITEMS: Final = load_of(Route.EVENTS).items


@dataclass(frozen=True)
class Evidence:
    """What a green run leaves behind."""

    ran: Ran
    stored: Stored
    end: End = End.GREEN

    def problems(self) -> list[str]:
        found = [*problems(self.ran, self.end, self.stored)]
        return [*found, *problems_at_the_end(self.ran.fed, self.stored)]

    def with_lines(self, *lines: bytes) -> "Evidence":
        return replace(self, ran=replace(self.ran, lines=lines))

    def with_arrivals(self, *arrivals: Arrival) -> "Evidence":
        return replace(self, stored=replace(self.stored, arrivals=arrivals))


def line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def log(text: str) -> bytes:
    return line({"type": "LOG", "log": {"level": "INFO", "message": text}})


def released(mark: Mark, since: list[Row]) -> bytes:
    rejected = sum(row.fate is Fate.REJECTED for row in since)
    stats = {"recordCount": len(since) - rejected, "rejectedRecordCount": rejected}
    state = mark.line["state"]
    assert isinstance(state, dict)
    return line({"type": "STATE", "state": {"destinationStats": stats, **state}})


def honest(items: tuple[Item, ...] = ITEMS, route: Route = Route.EVENTS) -> Evidence:
    lines, since = [], dict[str, list[Row]]()
    for each in items:
        if isinstance(each, Row):
            since.setdefault(each.stream, []).append(each)
        else:
            lines.append(released(each, since.pop(each.stream, [])))
    fates = [row.fate for row in rows_in(items)]
    counts = [fates.count(fate) for fate in Fate]
    total = "Total: read {}, delivered {}, rejected {} (some), skipped {} (some)"
    lines.append(log(total.format(len(fates), *counts)))
    due = [row for row in rows_in(items) if row.fate is Fate.DELIVERED]
    rejects = frozenset(row.number for row in rows_in(items) if row.fate is Fate.REJECTED)
    if route is Route.CONTACTS:
        newest = {row.person: row for row in due}.values()
        arrivals = [Arrival(row.number, row.person, row.text) for row in newest]
    else:
        arrivals = [Arrival(x.number, x.person, x.text, f"id {x.number}") for x in due]
    return Evidence(Ran(items, 0, tuple(lines), ""), Stored(route, tuple(arrivals), rejects))


def test_a_file_leaks_if_it_holds_the_key_or_outside_of_rejects_a_value() -> None:
    value, key, escaped = SECRET.upper().encode(), KEY.encode(), json.dumps(KEY).encode()
    kept = {
        "1/report.json": b"{%s}" % value,
        "1/report.html": escaped,
        "1/catalog.json": b"{}",
        "1/a.jsonl.gz": gzip.compress(value),
        "1/b.jsonl.gz": gzip.compress(key),
    }
    assert leaking(kept) == ("1/b.jsonl.gz", "1/report.html", "1/report.json")


@pytest.mark.parametrize("route", Route)
def test_nothing_is_wrong_with_an_honest_run(route: Route) -> None:
    assert honest(load_of(route).items, route).problems() == []


def test_a_repeat_that_comes_late_is_right() -> None:
    good = honest()
    assert good.with_arrivals(*good.stored.arrivals, good.stored.arrivals[0]).problems() == []


def without_an_arrival(good: Evidence) -> Evidence:
    return good.with_arrivals(*good.stored.arrivals[1:])


def without_a_reject(good: Evidence) -> Evidence:
    return replace(good, stored=replace(good.stored, rejects=frozenset()))


def with_another_id(good: Evidence) -> Evidence:
    last = good.stored.arrivals[-1]
    return good.with_arrivals(*good.stored.arrivals, replace(last, message_id="another"))


def with_one_id_for_two(good: Evidence) -> Evidence:
    same = [replace(each, message_id="one") for each in good.stored.arrivals]
    return good.with_arrivals(*same)


def out_of_order(good: Evidence) -> Evidence:
    return good.with_arrivals(*reversed(good.stored.arrivals))


def with_a_reject_that_arrived(good: Evidence) -> Evidence:
    reject = min(good.stored.rejects)
    return good.with_arrivals(*good.stored.arrivals, Arrival(reject, "nobody", "text", "id"))


def with_swapped_values(good: Evidence) -> Evidence:
    one, two, *others = good.stored.arrivals
    swapped = replace(one, text=two.text), replace(two, text=one.text)
    return good.with_arrivals(*swapped, *others)


def with_a_state_twice(good: Evidence) -> Evidence:
    return good.with_lines(good.ran.lines[0], *good.ran.lines)


def with_states_out_of_order(good: Evidence) -> Evidence:
    return good.with_lines(*reversed(good.ran.lines))


def without_a_state(good: Evidence) -> Evidence:
    return good.with_lines(*good.ran.lines[1:])


def with_a_changed_state(good: Evidence) -> Evidence:
    changed = good.ran.lines[0].replace(b'"cursor": ', b'"cursor": 9')
    return good.with_lines(changed, *good.ran.lines[1:])


def with_another_status(good: Evidence) -> Evidence:
    return replace(good, ran=replace(good.ran, status=1))


def with_a_trace(good: Evidence) -> Evidence:
    trace = {"type": "TRACE", "trace": {"error": {"failure_type": "config_error"}}}
    return good.with_lines(*good.ran.lines, line(trace))


def with_a_value_in_the_log(good: Evidence) -> Evidence:
    return good.with_lines(*good.ran.lines, log(f"The row {SECRET} 7"))


def with_the_key_in_the_log(good: Evidence) -> Evidence:
    return good.with_lines(*good.ran.lines, log(KEY))


def with_a_value_on_standard_error(good: Evidence) -> Evidence:
    return replace(good, ran=replace(good.ran, stderr=SECRET))


def with_a_file_that_leaks(good: Evidence) -> Evidence:
    return replace(good, stored=replace(good.stored, leaking=("report.json",)))


def with_another_total(good: Evidence) -> Evidence:
    return good.with_lines(*good.ran.lines[:-1], log("Total: read 1, delivered 1, rejected 0, "))


def with_other_sums(good: Evidence) -> Evidence:
    changed = good.ran.lines[0].replace(b'"recordCount": ', b'"recordCount": 1')
    return good.with_lines(changed, *good.ran.lines[1:])


@pytest.mark.parametrize(
    ("doctored", "words"),
    [
        (without_an_arrival, "released states cover rows that are not there: [1]"),
        (without_an_arrival, "rows are not there: [1]"),
        (without_a_reject, "released states cover rows that are not there: ["),
        (with_another_id, "a row came again under another id"),
        (with_one_id_for_two, "two rows have the same id"),
        (out_of_order, "rows of a person arrived out of order"),
        (with_a_reject_that_arrived, "rows arrived that should not: ["),
        (with_a_state_twice, "states of events: "),
        (with_states_out_of_order, "states of events: "),
        (without_a_state, "states of events: "),
        (with_a_changed_state, "states of events: "),
        (with_another_status, "it ended with 1 and [], not as GREEN"),
        (with_a_trace, "it ended with 0 and ['config_error'], not as GREEN"),
        (with_a_value_in_the_log, "a value of a row was printed"),
        (with_a_value_on_standard_error, "a value of a row was printed"),
        (with_the_key_in_the_log, "the key was printed"),
        (with_a_file_that_leaks, "a value or the key is in report.json"),
        (with_swapped_values, "rows have another's values: [1, 2]"),
        (with_another_total, "the log's total is None, not ["),
        (with_other_sums, "the states' sums are "),
    ],
)
def test_what_is_wrong_is_seen(doctored: Callable[[Evidence], Evidence], words: str) -> None:
    found = doctored(honest()).problems()
    assert [each for each in found if each.startswith(words)], found


def test_a_contact_with_an_old_value_is_seen() -> None:
    good = honest(load_of(Route.CONTACTS).items, Route.CONTACTS)
    old, *others = good.stored.arrivals
    stale = good.with_arrivals(replace(old, number=old.number - 1), *others)
    assert "contacts do not have the newest values" in stale.problems()


def test_a_run_that_has_to_fail_and_is_green_is_seen() -> None:
    found = replace(honest(), end=End.CONFIG_ERROR).problems()
    assert found == ["it ended with 0 and [], not as CONFIG_ERROR"]


def test_the_source_goes_on_from_the_last_state_of_each_stream() -> None:
    marks = [each for each in ITEMS if isinstance(each, Mark)]
    events = [mark.number for mark in marks if mark.stream == "events"]
    rest = after(ITEMS, events)
    assert {each.stream for each in rest} == {"people"}
    assert len(rows_in(rest)) == sum(row.stream == "people" for row in rows_in(ITEMS))
    assert after(ITEMS, []) == ITEMS
    assert after(ITEMS, [mark.number for mark in marks]) == ()


def test_a_fault_that_strikes_nothing_is_seen() -> None:
    with running_gateway(KeptFiles().serve) as gateway:
        missed = [gateway.has_missed]
        gateway.strike(lambda _forward: [reply(503)], 1)
        missed.append(gateway.has_missed)
        found = [
            requests.put(f"{gateway.origin}/a", b"b", timeout=TIMEOUT_SECONDS) for _ in range(2)
        ]
        missed.append(gateway.has_missed)
    assert missed == [False, True, False]
    assert [each.status_code for each in found] == [503, 200]


WHOLE: Final = b"PUT /a HTTP/1.1\r\nContent-Length: 1\r\n\r\nb"


@pytest.mark.parametrize("length", [7, 16, 25, 38, len(WHOLE) - 1, len(WHOLE)])
def test_what_a_killed_client_left_is_served_before_the_gateway_is_idle(length: int) -> None:
    """And what was cut off is not passed on."""
    bucket = KeptFiles()
    with running_gateway(bucket.serve) as gateway:
        address = urlsplit(gateway.origin)
        with socket.create_connection((str(address.hostname), address.port or 0)) as client:
            client.sendall(WHOLE[:length])
        gateway.wait_until_idle()
    assert bucket.objects == ({"/a": b"b"} if length == len(WHOLE) else {})


def test_a_gateway_that_does_not_become_idle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration_tests.fault_matrix.gateway._IDLE_SECONDS", 0.2)
    with running_gateway(KeptFiles().serve) as gateway:
        address = urlsplit(gateway.origin)
        with (
            socket.create_connection((str(address.hostname), address.port or 0)),
            pytest.raises(TimeoutError),
        ):
            gateway.wait_until_idle()
