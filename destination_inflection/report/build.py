"""Builds `report.json` from the books of a run (its shape: `report_document`). Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from destination_inflection.delivery.dry_run import Needs
from destination_inflection.delivery.outcomes import Change
from destination_inflection.delivery.settings import DeveloperApiRoute, EventEndpointRoute
from destination_inflection.delivery.traffic import Latencies, Traffic
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.parts import StoredRun
from destination_inflection.report.bottleneck import Counters, Limits, bottlenecks
from destination_inflection.report.bottleneck_words import told
from destination_inflection.report.document import (
    BottleneckTold,
    Changes,
    Estimate,
    Latency,
    ReportDocument,
    Result,
    Speed,
    StreamCounts,
    StreamPlanned,
)
from destination_inflection.sync.plans import Plans
from destination_inflection.sync.tally import Report, Timeline
from destination_inflection.version import VERSION

_ANSWER_TIMES_MS: Final = (25, 100, 300)
"""From close by to far away, or a busy server."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay was of, and how many stored records it did not send."""

    run: str
    sent_earlier: int
    copies: int


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the report's books don't hold; `replayed` is there if it was a replay.

    `limits` are those that requests kept to; None where nothing was sent.
    """

    result: Result
    problem: str | None
    started: datetime
    seconds: float
    route: EventEndpointRoute | DeveloperApiRoute
    plans: Plans
    stored: StoredRun | None
    estimate: Estimate | None
    replayed: Replayed | None = None
    limits: Limits | None = None


def estimate(needs: Needs, limits: Limits) -> Estimate:
    """What a run needs, and how long that takes at the rate that is allowed."""
    requests, emails = needs.requests.number, needs.emails
    requests_per_second = limits.requests_per_second
    return {
        "requests": requests,
        "more_requests": needs.requests.more,
        "minutes": requests / requests_per_second / 60,
        "requests_per_second": requests_per_second,
        "connections": limits.connections,
        "by_answer_time": [_speed(requests, limits, each) for each in _ANSWER_TIMES_MS],
        "emails": None if emails is None else emails.number,
        "more_emails": emails is not None and emails.more,
    }


def bounded_by(report: Report, traffic: Traffic, facts: RunFacts) -> list[BottleneckTold]:
    """What bounded a run over all; nothing where nothing was sent."""
    if facts.limits is None:
        return []
    counted = Counters.of(facts.seconds, report, traffic)
    return told(bottlenecks(counted, facts.limits), facts.limits)


def as_document(
    report: Report, traffic: Traffic, timeline: Timeline, facts: RunFacts
) -> ReportDocument:
    """The whole report."""
    streams = streams_of(report)
    found = {reason for tally in report.streams.values() for reason in tally.rejected}
    if report.unreadable_lines:
        found.add(Reason.UNREADABLE_LINE)
    return {
        "connector": {"name": "destination-inflection", "version": VERSION},
        "command": "write" if facts.replayed is None else "replay",
        "replayed_run": None if facts.replayed is None else facts.replayed.run,
        "left_out": None
        if facts.replayed is None
        else {
            "sent_by_an_earlier_replay": facts.replayed.sent_earlier,
            "copies": facts.replayed.copies,
        },
        "result": facts.result,
        "problem": facts.problem,
        "started": facts.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(facts.seconds, 3),
        "route": "event_endpoint"
        if isinstance(facts.route, EventEndpointRoute)
        else "developer_api",
        "totals": {
            "read": report.read,
            "delivered": report.delivered,
            "rejected": report.rejected,
            "skipped": report.skipped,
            "not_settled": report.not_settled,
            "unreadable_lines": report.unreadable_lines,
            "changes": _changes(report.changes),
            "requests": traffic.requests,
            "states_read": report.states_read,
            "states_released": report.states_released,
        },
        "retries": dict(traffic.retries.most_common()),
        "rate_limit_hits": traffic.rate_limit_hits,
        "streams": streams,
        "throughput": {
            "seconds_per_bucket": timeline.seconds_per_bucket,
            "delivered": timeline.buckets,
        },
        "latency_ms": _latency(traffic.latencies),
        "bottlenecks": bounded_by(report, traffic, facts),
        "rejected_records": None
        if facts.stored is None
        else {
            "location": facts.stored.location,
            "records": facts.stored.records,
            "unreadable_lines": facts.stored.unreadable_lines,
            "replay": facts.stored.replay,
        },
        "help": {reason.value: reason.help for reason in sorted(found)},
        "plan": _planned(_told(report, facts)),
        "estimate": facts.estimate,
    }


def streams_of(report: Report) -> list[StreamCounts]:
    """The books of each stream, by name."""
    return [
        {
            "stream": key.name,
            "namespace": key.namespace,
            "read": tally.read,
            "delivered": tally.delivered,
            "rejected": {reason.value: n for reason, n in tally.rejected.most_common()},
            "words": {
                reason.value: dict(words.most_common()) for reason, words in tally.words.items()
            },
            "skipped": {reason.value: n for reason, n in tally.skipped.most_common()},
            "not_settled": tally.not_settled,
            "changes": _changes(tally.changes),
            "left_out_values": dict((tally.unreadable + tally.not_finite).most_common()),
            "not_stored": list(tally.not_stored),
        }
        for key, tally in sorted(report.streams.items(), key=lambda entry: str(entry[0]))
    ]


def _changes(counts: Counter[Change]) -> Changes | None:
    if not counts:
        return None
    return {
        "created": counts[Change.CREATED],
        "updated": counts[Change.UPDATED],
        "no_change": counts[Change.NO_CHANGE],
    }


def _told(report: Report, facts: RunFacts) -> Plans:
    """The plans that mattered: a replay may be of one stream among many."""
    if facts.replayed is None:
        return facts.plans
    return {key: plan for key, plan in facts.plans.items() if key in report.streams}


def _planned(plans: Plans) -> list[StreamPlanned]:
    return [
        {
            "stream": key.name,
            "namespace": key.namespace,
            "becomes": part.description.becomes,
            "origin": part.description.origin,
            "feeds": [{"to": feed.to, "from": feed.source} for feed in part.description.feeds],
            "left_out": [{"column": name, "why": why} for name, why in part.description.left_out],
        }
        for key, plan in sorted(plans.items(), key=lambda entry: str(entry[0]))
        if isinstance(plan, StreamPlan)
        for part in plan.parts
    ]


def _speed(requests: int, limits: Limits, answer_ms: float) -> Speed:
    rate = min(limits.requests_per_second, limits.connections * 1000 / answer_ms)
    return {
        "answer_ms": answer_ms,
        "requests_per_second": rate,
        "hours": requests / rate / 3600,
    }


def _latency(latencies: Latencies) -> Latency | None:
    if not latencies.count:
        return None
    p50, p90, p99 = (round(latencies.percentile(share) * 1000, 1) for share in (0.5, 0.9, 0.99))
    longest = round(latencies.longest * 1000, 1)
    return {"count": latencies.count, "p50": p50, "p90": p90, "p99": p99, "max": longest}
