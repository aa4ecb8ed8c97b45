"""The last lines of the log, and where a report is stored."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import orjson
import pytest

from destination_inflection.delivery.distinct import Counted
from destination_inflection.delivery.dry_run import Needs
from destination_inflection.delivery.settings import DeveloperApiRoute
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.parts import StoredRun
from destination_inflection.report.bottleneck import Limits
from destination_inflection.report.build import Replayed, RunFacts, as_document, estimate
from destination_inflection.report.document import Result
from destination_inflection.report.page import render
from destination_inflection.report.save import last_lines, not_stored, place_for, save_at
from destination_inflection.streams import StreamKey
from destination_inflection.sync.tally import Report, Timeline
from unit_tests.mapping.rows import PEOPLE
from unit_tests.report.sample_reports import document as sample
from unit_tests.report.test_page import Page

ROUTE: Final = DeveloperApiRoute("https://in.example")
SAMPLE: Final = orjson.dumps(sample())


def told_by(report: Report, facts: RunFacts) -> list[str]:
    return [text for text, _ in last_lines(report, Traffic(), facts)]


@pytest.mark.parametrize(
    ("requests", "rate", "said"),
    [
        (0, 500, "0 requests: less than a second at 500 a second."),
        (1, 500, "1 request: less than a second at 500 a second."),
        (1, 1, "1 request: at least 1 s at 1 a second."),
        (60, 2, "60 requests: at least 30 s at 2 a second."),
        (202_020, 500, "202020 requests: at least 6 min 44 s at 500 a second."),
    ],
)
def test_a_dry_run_says_what_a_real_one_takes(requests: int, rate: int, said: str) -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    needs = Needs(Counted(requests), None)
    facts = RunFacts(
        "dry_run", None, began, 1.0, route, {}, None, estimate(needs, Limits(16, rate))
    )
    _, told, *_ = told_by(Report(), facts)
    assert told.endswith(f"A real run would send {said}")


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        (Needs(Counted(0), Counted(0)), "0 requests for 0 different emails:"),
        (Needs(Counted(2), Counted(1)), "2 requests for one email:"),
        (
            Needs(Counted(5004), Counted(1_000_000, more=True)),
            "5004 requests for more than 1000000 different emails:",
        ),
        (
            Needs(Counted(7, more=True), Counted(5, more=True)),
            "more than 7 requests for more than 5 different emails:",
        ),
    ],
)
def test_a_dry_run_says_for_how_many_emails(needs: Needs, said: str) -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    facts = RunFacts("dry_run", None, began, 1.0, route, {}, None, estimate(needs, Limits(16, 500)))
    _, told, *_ = told_by(Report(), facts)
    assert f"A real run would send {said}" in told


def test_a_dry_run_has_a_table_by_how_long_answers_take() -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    needs = Needs(Counted(5_000_000), None)
    planned = estimate(needs, Limits(64, 500))
    facts = RunFacts("dry_run", None, began, 1.0, route, {}, None, planned)
    _, _, *table = told_by(Report(), facts)
    assert table == [
        f"With 64 parallel requests, if an answer takes {row}."
        for row in (
            "25 ms: 500 requests a second, at least 2 h 47 min",
            "100 ms: 500 requests a second, at least 2 h 47 min",
            "300 ms: 213 requests a second, at least 6 h 31 min",
        )
    ]
    document = as_document(Report(), Traffic(), Timeline(), facts)
    assert document["bottlenecks"] == []
    shown = Page(render(cast(JsonObject, document))).one("body").text
    assert "300 ms213at least 6 h 31 min" in shown.replace(" 213 ", "213").replace("\n", "")


def test_the_log_names_the_folder_and_one_command_for_it() -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    stored = StoredRun("/my rejects/2026", 7, "/my rejects/2026")
    facts = RunFacts("succeeded", None, began, 1.0, route, {}, stored, None)
    *_, last = told_by(Report(), facts)
    assert last == (
        "Stored: 7 rejected records, in /my rejects/2026. Once the cause is corrected, send them "
        "again: destination-inflection replay --config config.json '/my rejects/2026'"
    )


@pytest.mark.parametrize(
    ("result", "released", "replayed", "reads_again"),
    [
        ("failed", 2, None, True),
        ("terminated", 2, None, True),
        ("succeeded", 1, None, True),
        ("succeeded", 2, None, False),
        ("failed", 2, Replayed("/old", 0, 0), False),
    ],
)
def test_what_the_next_sync_reads_again_is_not_to_be_replayed_first(
    result: Result, released: int, replayed: Replayed | None, reads_again: bool
) -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    stored = StoredRun("/r", 12, "/r", 3)
    facts = RunFacts(result, None, began, 1.0, route, {}, stored, None, replayed)
    report = Report(states_read=2, states_released=released)
    *_, last = told_by(report, facts)
    assert last.startswith("Stored: 12 rejected records and 3 unreadable lines, in /r. ")
    assert ("run the sync again first. Replay only what the source can't" in last) is reads_again
    document = as_document(report, Traffic(), Timeline(), facts)
    page = Page(render(cast(JsonObject, document))).one("body").text
    # The page shows what is stored where it shows rejects.
    assert "Replay only" not in page
    document["totals"]["unreadable_lines"] = 3
    page = Page(render(cast(JsonObject, document))).one("body").text
    assert "Stored: 12 rejected records and 3 unreadable lines, in /r." in page
    assert ("Replay only what the source can't" in page) is reads_again


def test_a_dry_run_delivers_nothing_and_has_no_rate() -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    report = Report()
    people = report.stream(StreamKey(None, "people"))
    people.read = people.delivered = 92
    needs = Needs(Counted(92), None)
    facts = RunFacts("dry_run", None, began, 1.0, route, {}, None, estimate(needs, Limits(16, 500)))
    stream, total, *_ = told_by(report, facts)
    assert stream == ("Stream people: read 92, would be delivered 92, rejected 0, skipped 0.")
    assert total == (
        "Total: read 92, would be delivered 92, rejected 0, skipped 0; unreadable lines 0; 1.0 s."
    )


@pytest.mark.parametrize(
    ("result", "verb"), [("succeeded", "was"), ("failed", "was"), ("dry_run", "would be")]
)
def test_a_stream_that_was_rejected_whole_is_the_last_warning(result: Result, verb: str) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    stored = StoredRun("/r", 3, "/r")
    facts = RunFacts(result, None, began, 1.0, ROUTE, {}, stored, None)
    report = Report()
    people, orders = (report.stream(StreamKey("app", name)) for name in ("people", "orders"))
    people.read, people.delivered = 9, 8
    people.rejected[Reason.REFUSED] = 1
    orders.read = 3
    orders.rejected.update({Reason.MISSING_USER_ID: 1, Reason.INVALID_ID: 2})
    *_, total, _, whole = last_lines(report, Traffic(), facts)
    assert (total.text.partition(":")[0], total.level) == ("Total", "WARN")
    assert whole == (
        f"Stream app.orders {verb} rejected whole: 3 records (invalid_id 2, missing_user_id 1).",
        "WARN",
    )
    orders.delivered = 1
    *_, last = last_lines(report, Traffic(), facts)
    assert last.text.startswith("Stored: ")


def test_a_replay_has_no_states() -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    facts = RunFacts("incomplete", None, began, 1.0, route, {}, None, None, Replayed("/old", 2, 1))
    *_, total = told_by(Report(), facts)
    assert total.endswith("retries 0.")
    document = as_document(Report(), Traffic(), Timeline(), facts)
    assert (document["command"], document["replayed_run"]) == ("replay", "/old")
    assert document["left_out"] == {"sent_by_an_earlier_replay": 2, "copies": 1}
    page = Page(render(cast(JsonObject, document)))
    for words in ("Replay report", "Incomplete", "Replayed run", "/old"):
        assert words in page.one("body").text
    assert "States released" not in page.one("body").text
    assert page.one("h1").text == (
        "There was nothing left to send: 2 records sent by an earlier replay and 1 copy of records "
        "already tried."
    )


def test_the_report_on_a_replay_has_the_plans_of_its_streams() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    plans = {StreamKey(None, name): plan_stream(PEOPLE, ()) for name in ("people", "others")}
    report = Report()
    report.stream(StreamKey(None, "people")).read = 1
    for replayed, listed in ((Replayed("/old", 0, 0), ["people"]), (None, ["others", "people"])):
        facts = RunFacts("succeeded", None, began, 1.0, ROUTE, plans, None, None, replayed)
        document = as_document(report, Traffic(), Timeline(), facts)
        assert [part["stream"] for part in document["plan"]] == listed


def test_what_could_not_be_stored_is_counted() -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    facts = RunFacts("failed", None, began, 1.0, route, {}, None, None)
    assert not_stored(1, facts).startswith("1 rejected record or line could not be stored: ")
    again = RunFacts("failed", None, began, 1.0, route, {}, None, None, Replayed("/old", 0, 0))
    assert not_stored(5, again) == (
        "5 rejected records or lines could not be stored again: they are still in /old."
    )


def test_a_report_goes_into_a_folder_that_is_there(tmp_path: Path) -> None:
    assert save_at(tmp_path, SAMPLE) == str(tmp_path / "report.html")
    assert save_at(tmp_path / "x.txt", SAMPLE) == str(tmp_path / "x.txt.html")
    assert save_at(tmp_path / "y.json", SAMPLE) == str(tmp_path / "y.html")
    assert place_for(tmp_path, "run") == tmp_path / "report-run.html"
    assert place_for(tmp_path / "z.html", "run") == tmp_path / "z-run.html"
    found = save_at(tmp_path / "x.txt.html" / "a.html", SAMPLE)
    assert isinstance(found, ConfigError)
    assert str(tmp_path / "x.txt.html" / "a.html") in found.message
