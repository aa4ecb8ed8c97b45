"""A finished run as one HTML file that needs nothing else: no network, no script, no fonts.

Pure but for reading its template, `page.html.j2`, which holds the words, and `style.css`, which
holds the look. What comes from the run (names of streams and columns, locations, the problem) is
escaped there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from destination_inflection.json_types import JsonObject
from destination_inflection.plurals import plural
from destination_inflection.report import words as report_text
from destination_inflection.report.bottleneck_words import sentences
from destination_inflection.report.charts import (
    THIN_IN_NARROW_BAR,
    THIN_IN_WIDE_BAR,
    Segment,
    latency_chart,
    shares,
    stacked,
    throughput_chart,
)
from destination_inflection.report.document import (
    Changes,
    ReportDocument,
    Result,
    StreamCounts,
)
from destination_inflection.report.sums import (
    Books,
    rejected_by_reason,
    skipped_by_reason,
    words_by_reason,
    worst_first,
)

_ROUTES: Final = {"event_endpoint": "event endpoint", "developer_api": "Developer API"}


@dataclass(frozen=True, slots=True)
class Badge:
    """How the run ended, in a word; `kind` gives it its colour and its sign."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One stream of the table."""

    namespace: str | None
    name: str
    books: Books
    bar: tuple[Segment, ...]
    rejected: Mapping[str, int]
    skipped: Mapping[str, int]
    left_out: Mapping[str, int]
    changes: Mapping[str, int]
    """Of the delivered records, in the order of `document.Changes`; empty: not known of any."""
    not_stored: Sequence[str]


@dataclass(frozen=True, slots=True)
class Bar:
    """One horizontal bar: a reason or a cause, and how often."""

    name: str
    count: int
    width: float
    help: str | None
    words: Mapping[str, int]
    """What was said of it, and how often."""


def render(document: JsonObject) -> str:
    """The page for a run, given its `report.json`; it can always be written as UTF-8."""
    report = cast(ReportDocument, document)
    books, stored = Books.of(report["streams"]), report["rejected_records"]
    totals, left_out = report["totals"], report["left_out"]
    page = _template().render(
        report=report,
        badge=_badge(report["result"], books.rejected + totals["unreadable_lines"]),
        verdict=report_text.verdict(report["result"], report["streams"], left_out),
        started=report_text.instant(report["started"]),
        route=_ROUTES.get(report["route"], report["route"]),
        rate=books.delivered / report["seconds"] if report["seconds"] > 0 else None,
        books=books,
        bar=stacked(books, THIN_IN_WIDE_BAR),
        rejected=_bars(rejected_by_reason(report), report["help"], words_by_reason(report)),
        skipped=_bars(skipped_by_reason(report), report["help"], {}),
        replay=stored and report_text.replay_command(stored["replay"]),
        stored=stored and report_text.stored_counts(stored["records"], stored["unreadable_lines"]),
        are_read_again=left_out is None
        and report_text.are_read_again(
            report["result"], totals["states_read"], totals["states_released"]
        ),
        left_out=left_out and report_text.left_out_of(left_out),
        chart=throughput_chart(report["throughput"]),
        latency=latency_chart(report["latency_ms"]) if report["latency_ms"] else None,
        retries=_bars(Counter(report["retries"]), {}, {}),
        bounded_by=sentences(report.get("bottlenecks", []), "The run was bound by"),
        rows=[_row(stream) for stream in worst_first(report["streams"])],
    )
    return page.encode(errors="replace").decode()


@cache
def _template() -> Template:
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update(
        number=report_text.number,
        duration=report_text.duration,
        percent_of=report_text.percent,
        least_time=report_text.least_time,
        at_least=report_text.at_least,
        milliseconds=report_text.milliseconds,
        plural=plural,
    )
    made.globals["style"] = Markup(_text("style.css"))  # noqa: S704 (the package's own file)
    return made.from_string(_text("page.html.j2"))


def _text(file: str) -> str:
    return files("destination_inflection.report").joinpath(file).read_text("utf-8")


def _badge(result: Result, rejects: int) -> Badge:
    match result:
        case "succeeded" if rejects:
            return Badge("mixed", "Succeeded, with rejects")
        case "succeeded":
            return Badge("good", "Succeeded")
        case "incomplete":
            return Badge("mixed", "Incomplete")
        case "failed":
            return Badge("bad", "Failed")
        case "terminated":
            return Badge("mixed", "Stopped early")
        case "dry_run":
            return Badge("plain", "Dry run")


def _row(stream: StreamCounts) -> Row:
    books = Books.of([stream])
    return Row(
        stream["namespace"],
        stream["stream"],
        books,
        stacked(books, THIN_IN_NARROW_BAR),
        _largest_first(stream["rejected"]),
        _largest_first(stream["skipped"]),
        _largest_first(stream["left_out_values"]),
        _changes(stream.get("changes")),
        stream["not_stored"],
    )


def _changes(changes: Changes | None) -> dict[str, int]:
    if changes is None:
        return {}
    created, updated = changes["created"], changes["updated"]
    return {"created": created, "updated": updated, "no change": changes["no_change"]}


def _bars(
    counts: Counter[str],
    help_texts: Mapping[str, str],
    words: Mapping[str, Mapping[str, int]],
) -> list[Bar]:
    largest_first = _largest_first(counts)
    return [
        Bar(name, count, width, help_texts.get(name), words.get(name, {}))
        for (name, count), width in zip(
            largest_first.items(), shares(list(largest_first.values())), strict=True
        )
    ]


def _largest_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
