"""The last lines of the log, as a dry run ends with them."""

from datetime import UTC, datetime

import pytest

from destination_inflection.delivery.distinct import Counted
from destination_inflection.delivery.dry_run import Needs
from destination_inflection.delivery.settings import DeveloperApiRoute
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.rejects.parts import StoredRun
from destination_inflection.report.build import RunFacts, estimate
from destination_inflection.report.save import last_lines
from destination_inflection.sync.tally import Report


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
    facts = RunFacts("dry_run", None, began, 1.0, route, {}, None, estimate(needs, rate))
    *_, last = last_lines(Report(), Traffic(), facts)
    assert last.endswith(f"A real run would send {said}")


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
    facts = RunFacts("dry_run", None, began, 1.0, route, {}, None, estimate(needs, 500))
    *_, last = last_lines(Report(), Traffic(), facts)
    assert f"A real run would send {said}" in last


def test_the_log_names_the_folder_and_one_command_for_it() -> None:
    began, route = datetime(2026, 1, 1, tzinfo=UTC), DeveloperApiRoute("https://in.example")
    stored = StoredRun("/my rejects/2026", 7, "/my rejects/2026")
    facts = RunFacts("succeeded", None, began, 1.0, route, {}, stored, None)
    *_, last = last_lines(Report(), Traffic(), facts)
    assert last == (
        "Rejected records: 7 stored in /my rejects/2026. Once the cause is corrected, send them "
        "again: destination-inflection replay --config config.json '/my rejects/2026'"
    )
