"""What a sync would do, without doing it: the plan, and sample records as they would be sent.

Works offline. Unlike the log it shows values: that is what it is for, and only the person who runs
it sees them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

from destination_inflection.airbyte.bounds import LINE_BOUNDS
from destination_inflection.airbyte.messages import (
    Record,
    TooDeep,
    TooLarge,
    parse,
)
from destination_inflection.airbyte.unreadable import Unreadable
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.description import Description, Feed
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.mapping.reasons import Reason
from destination_inflection.plurals import plural
from destination_inflection.streams import StreamKey
from destination_inflection.sync.plans import Plans, Unmapped

_WIDTH: Final = 28
_ONLY_IF_KNOWN: Final = "only if Inflection has this contact"


@dataclass(slots=True)
class StreamPreview:
    """One stream: its plan or the problem with it, the counts, and the first records' results."""

    name: str
    parts: tuple[Description, ...] = ()
    problem: str | None = None
    counts: dict[str, int] = field(
        default_factory=lambda: {"records": 0, "sent": 0, "rejected": 0, "skipped": 0}
    )
    reasons: Counter[str] = field(default_factory=Counter)
    samples: dict[int, list[Mapped]] = field(default_factory=dict)
    """What records became, by their number in the stream."""


@dataclass(slots=True)
class Preview:
    """All streams of a catalog, and any others in the input."""

    streams: list[StreamPreview]
    warnings: Sequence[str] = ()
    unreadable_lines: int = 0

    @property
    def maps_all(self) -> bool:
        """Whether every stream can be mapped."""
        return all(stream.problem is None for stream in self.streams)


def preview(
    plans: Plans, lines: Iterable[bytes], limit: int, warnings: Sequence[str] = ()
) -> Preview:
    """Maps the records among `lines`.

    Of each stream it keeps the first `limit` results, and the first reject of each reason.
    """
    streams: dict[StreamKey, StreamPreview] = {}
    for key, plan in plans.items():
        streams[key] = StreamPreview(str(key))
        if isinstance(plan, StreamPlan):
            streams[key].parts = tuple(part.description for part in plan.parts)
        else:
            streams[key].problem = plan.problem.message
    unreadable = 0
    for line in lines:
        message = (
            parse(line) if LINE_BOUNDS.allow(line) else Unreadable(LINE_BOUNDS.excess(len(line)))
        )
        unreadable += isinstance(message, Unreadable) and bool(line.strip())
        if isinstance(message, Record | TooDeep | TooLarge):
            stream = streams.setdefault(message.stream, StreamPreview(str(message.stream)))
            _take(stream, message, plans, limit)
    return Preview(list(streams.values()), warnings, unreadable)


def print_json(shown: Preview, out: TextIO) -> None:
    """Prints one JSON document."""
    streams = [_stream_as_json(stream) for stream in shown.streams]
    document = {
        "streams": streams,
        "warnings": list(shown.warnings),
        "unreadable_lines": shown.unreadable_lines,
    }
    json.dump(document, out, indent=2, ensure_ascii=False)
    out.write("\n")


def print_text(shown: Preview, out: TextIO) -> None:
    """Prints tables for people."""
    for stream in shown.streams:
        out.writelines(f"{line}\n" for line in _stream_lines(stream))
    out.writelines(f"Warning: {warning}\n" for warning in shown.warnings)
    if shown.unreadable_lines:
        number = shown.unreadable_lines
        out.write(f"Lines that could not be read: {number} (unreadable_line).\n")


def _take(
    stream: StreamPreview, record: Record | TooDeep | TooLarge, plans: Plans, limit: int
) -> None:
    stream.counts["records"] += 1
    plan = plans.get(record.stream)
    results = [] if isinstance(plan, Unmapped) else _mapped(record, plan)
    fault = next((result for result in results if isinstance(result, Reject)), None)
    is_shown = len(stream.samples) < limit
    if fault is not None:
        stream.counts["rejected"] += 1
        stream.reasons[fault.reason.value] += 1
        is_shown = is_shown or stream.reasons[fault.reason.value] == 1
    elif any(isinstance(result, Call) for result in results):
        stream.counts["sent"] += 1
    elif results:
        stream.counts["skipped"] += 1
        why = next(result.reason for result in results if isinstance(result, Skip))
        stream.reasons[why.value] += 1
    if is_shown:
        stream.samples[stream.counts["records"]] = results


def _mapped(record: Record | TooDeep | TooLarge, plan: StreamPlan | None) -> list[Mapped]:
    """What a sync makes of a record; None is the plan of an unknown stream."""
    skips = plan.skips if plan is not None else []
    match record:
        case Record(_, dict() as row, read_at):
            unknown = Reject(Reason.UNKNOWN_STREAM)
            return plan.map(row, read_at) if plan is not None else [unknown]
        case TooDeep():
            return [*skips] or [Reject(Reason.TOO_DEEP)]
        case TooLarge():
            return [*skips] or [Reject(Reason.TOO_LARGE)]
    return [*skips] or [Reject(Reason.NOT_AN_OBJECT)]


def _stream_lines(stream: StreamPreview) -> Iterator[str]:
    yield stream.name
    yield "=" * len(stream.name)
    if stream.problem is not None:
        yield f"CAN'T BE MAPPED: {stream.problem}"
    for part in stream.parts:
        yield f"-> {part.becomes} ({part.origin})"
        for feed in part.feeds:
            yield f"   {feed.to.ljust(_WIDTH)} from {feed.source}"
        for name, why in part.left_out:
            yield f"   {'(left out)'.ljust(_WIDTH)} {name}: {why}"
    for number, sample in stream.samples.items():
        for result in sample:
            yield f"{number:>4}  {_as_text(result)}"
    records, *ends = stream.counts.items()
    counts = f"{records[1]} {plural(records[1], 'record')}, "
    counts += ", ".join(f"{count} {what}" for what, count in ends)
    reasons = ", ".join(f"{reason} {count}" for reason, count in stream.reasons.items())
    yield f"   {counts}" + (f" ({reasons})" if reasons else "")
    yield ""


def _stream_as_json(stream: StreamPreview) -> dict[str, object]:
    return {
        "stream": stream.name,
        "problem": stream.problem,
        "plan": [
            {
                "becomes": part.becomes,
                "origin": part.origin,
                "feeds": _joined(part.feeds),
                "left_out": dict(part.left_out),
            }
            for part in stream.parts
        ],
        "counts": {**stream.counts, "reasons": dict(stream.reasons)},
        "records": [[_as_json(result) for result in sample] for sample in stream.samples.values()],
        "record_numbers": list(stream.samples),
    }


def _joined(feeds: Iterable[Feed]) -> dict[str, str]:
    """What fills each place; several columns may be unwrapped into one."""
    found: dict[str, str] = {}
    for feed in feeds:
        found[feed.to] = f"{found[feed.to]} and {feed.source}" if feed.to in found else feed.source
    return found


def _as_text(result: Mapped) -> str:
    if isinstance(result, Call):
        unread = (
            f"  (could not be read: {', '.join(result.unreadable)})" if result.unreadable else ""
        )
        known = f"  ({_ONLY_IF_KNOWN})" if result.kind is CallKind.CONTACT_IF_KNOWN else ""
        return f"{'sent'.ljust(9)} {result.body.decode()}{unread}{known}"
    if isinstance(result, Reject):
        where = f" in {result.column}" if result.column else ""
        return f"{'rejected'.ljust(9)} {result.reason.value}{where}: {result.reason.help}"
    return f"{'skipped'.ljust(9)} {result.reason.value}"


def _as_json(result: Mapped) -> JsonObject:
    if isinstance(result, Call):
        message: Json = json.loads(result.body)
        shown: JsonObject = {"sent": message, "unreadable": list(result.unreadable)}
        if result.kind is CallKind.CONTACT_IF_KNOWN:
            shown["note"] = _ONLY_IF_KNOWN
        return shown
    if isinstance(result, Reject):
        return {
            "rejected": result.reason.value,
            "column": result.column,
            "help": result.reason.help,
        }
    return {"skipped": result.reason.value}
