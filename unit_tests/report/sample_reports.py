"""Sample runs for the report page, one for each way it has to look right.

`python -m unit_tests.report.sample_reports FOLDER` writes each as a page, to look at.
"""

import sys
from math import sin
from pathlib import Path
from typing import Final

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.reasons import Reason
from destination_inflection.report.page import render

CHANGES: Final = ("created", "updated", "no_change")
LONG_NAME: Final = "events_" + "of_the_warehouse_in_its_longest_form_" * 6 + "v2"


def stream(name: str, delivered: int, *, not_settled: int = 0, **changes: Json) -> JsonObject:
    """A stream's books, `read` added up; `changes` replace entries."""
    made: JsonObject = {
        "stream": name,
        "namespace": "app",
        "delivered": delivered,
        "rejected": {},
        "words": {},
        "skipped": {},
        "not_settled": not_settled,
        "changes": None,
        "left_out_values": {},
        "not_stored": [],
    }
    made |= changes
    read = delivered + not_settled + _total(made["rejected"]) + _total(made["skipped"])
    return made | {"read": read}


def document(*streams: JsonObject, **changes: Json) -> JsonObject:
    """A plain run of these streams; `changes` replace top-level entries."""

    def added(what: str) -> int:
        return sum(_total(one[what]) for one in streams)

    told = [one["changes"] for one in streams if isinstance(one["changes"], dict)]
    changed: Json = {name: _total([each[name] for each in told]) for name in CHANGES}
    lines = changes.pop("unreadable_lines", 0)
    released = changes.pop("states_released", 14)
    assert isinstance(lines, int)
    made: JsonObject = {
        "connector": {"name": "destination-inflection", "version": "0.1.0"},
        "command": "write",
        "replayed_run": None,
        "left_out": None,
        "result": "succeeded",
        "problem": None,
        "started": "2026-11-23T10:00:00Z",
        "seconds": 12.5,
        "route": "event_endpoint",
        "totals": {
            "read": added("read"),
            "delivered": added("delivered"),
            "rejected": added("rejected"),
            "skipped": added("skipped"),
            "not_settled": added("not_settled"),
            "unreadable_lines": lines,
            "changes": changed if told else None,
            "requests": 0 if changes.get("result") == "dry_run" else added("delivered"),
            "states_read": 14,
            "states_released": released,
        },
        "retries": {},
        "rate_limit_hits": 0,
        "streams": list(streams),
        "throughput": {"seconds_per_bucket": 1.0, "delivered": []},
        "latency_ms": {"count": 4210, "p50": 12.0, "p90": 30.0, "p99": 80.0, "max": 120.0},
        "bottlenecks": [],
        "rejected_records": None,
        "help": {reason.value: reason.help for reason in Reason},
        "plan": [],
        "estimate": None,
    }
    return made | changes


def planned(name: str, becomes: str, **changes: Json) -> JsonObject:
    """One thing that a stream becomes; `changes` replace entries."""
    made: JsonObject = {
        "stream": name,
        "namespace": "app",
        "becomes": becomes,
        "origin": "by rule",
        "feeds": [{"to": "userId", "from": "id"}],
        "left_out": [],
    }
    return made | changes


def rich() -> JsonObject:
    """A long run with everything in it."""
    waves = [round(9300 + 1900 * sin(at / 9) + 800 * sin(at * 1.7)) for at in range(131)]
    for at in range(58, 71):
        waves[at] = 1500 + 260 * (at - 58)
    waves[57] = 420
    people = stream(
        "people",
        412_960,
        rejected={"missing_email": 2310, "invalid_email": 418, "too_large": 3},
        skipped={"deleted_in_source": 1204},
        left_out_values={"signed_up_at": 212, "age": 4},
        not_stored=["plan", "seats"],
    )
    return document(
        people,
        stream(
            "orders",
            301_442,
            rejected={"missing_user_id": 96, "refused": 12},
            words={"refused": {"HTTP 400: Plan: [...] is not allowed": 11, "other words": 1}},
        ),
        stream("page_views", 402_118, left_out_values={"viewport": 17}),
        stream("memberships", 40_210, rejected={"missing_group_id": 41}),
        stream("tracks", 0, skipped={"duplicate_of_event_tables": 18_220}),
        stream("invoices", 9_114, namespace="billing", skipped={"skipped_by_rule": 1_880}),
        stream("feature_flags", 0, namespace=None),
        seconds=131.4,
        unreadable_lines=2,
        rate_limit_hits=212,
        plan=[
            planned(
                "people",
                "identify",
                feeds=[
                    {"to": "userId", "from": "id"},
                    {"to": "traits.email", "from": "email or work_email"},
                    {"to": "traits.address.city", "from": "city"},
                ],
                left_out=[{"column": "password_hash", "why": "the rule leaves it out"}],
            ),
            planned("orders", "track", origin="recognised: Segment warehouse"),
            planned("tracks", "skip", feeds=[]),
            planned("feature_flags", "track", namespace=None),
        ],
        retries={"HTTP 429": 212, "HTTP 503": 31, "connection reset": 4, "no answer in time": 1},
        throughput={"seconds_per_bucket": 1.0, "delivered": list(waves)},
        bottlenecks=[
            bottleneck("the processor", 0.62, "reading, mapping and sending took 0.07 ms a record"),
            bottleneck("the endpoint's own limit", 0.21, "about 8,800 requests a second accepted"),
        ],
        latency_ms={"count": 1_166_092, "p50": 11.8, "p90": 31.4, "p99": 184.0, "max": 10_240.0},
        rejected_records=stored("s3://warehouse-rejects/inflection/20261123T100000Z", 2841),
    )


def stored(location: str, records: int) -> JsonObject:
    return {"location": location, "records": records, "unreadable_lines": 0, "replay": location}


def bottleneck(name: str, share: float, figure: str) -> JsonObject:
    step = "use a faster processor"
    made: JsonObject = {"bottleneck": "x", "name": name, "figure": figure, "next_step": step}
    return made | {"share": share}


def estimated(requests: int) -> JsonObject:
    return {
        "requests": requests,
        "more_requests": False,
        "minutes": requests / 500 / 60,
        "requests_per_second": 500,
        "connections": 64,
        "by_answer_time": [
            {"answer_ms": ms, "requests_per_second": rate, "hours": requests / rate / 3600}
            for ms, rate in ((25, 500.0), (100, 500.0), (300, 64 / 0.3))
        ],
        "emails": None,
        "more_emails": False,
    }


def samples() -> dict[str, JsonObject]:
    """Every sample, by name."""
    steady: Json = {"seconds_per_bucket": 1.0, "delivered": [810, 1090, 1100, 1085, 1095, 300]}
    problem = (
        "Inflection could not be reached for 9 attempts of one call (HTTP 503): nothing is lost, "
        "the sync can be started again later."
    )
    cut = [
        stream("people", 4_800, rejected={"missing_email": 12}, not_settled=188),
        stream("orders", 3_020, not_settled=30),
    ]
    many = [
        stream(
            f"event_{number:03}",
            (number * 7919) % 90_000,
            rejected={"missing_user_id": number} if number % 23 == 5 else {},
            skipped={"deleted_in_source": number % 50} if number % 4 == 0 else {},
        )
        for number in range(200)
    ]
    return {
        "rich": rich(),
        "all_delivered": document(
            stream("people", 4210), stream("orders", 1270), throughput=steady, seconds=5.3
        ),
        "contacts": document(
            stream(
                "people",
                4_210,
                rejected={"contact_failed": 3},
                changes={"created": 1_204, "updated": 2_806, "no_change": 200},
            ),
            stream("vip_members", 310),
            route="developer_api",
            throughput=steady,
        ),
        "one_stream": document(stream("people", 1, namespace=None), seconds=0.3, latency_ms=None),
        "nothing_read": document(seconds=0.2, latency_ms=None),
        "failed": document(
            *cut,
            states_released=12,
            result="failed",
            problem=problem,
            throughput=steady,
            retries={"HTTP 503": 412},
        ),
        "failed_at_once": document(
            result="failed",
            problem="Inflection answered HTTP 401: check api_key and authentication.",
            seconds=0.9,
            states_released=0,
            latency_ms=None,
        ),
        "terminated": document(*cut, states_released=12, result="terminated", throughput=steady),
        "dry_run": document(
            stream("people", 118_020, rejected={"missing_email": 912}),
            stream("orders", 84_000, skipped={"skipped_by_rule": 3}),
            result="dry_run",
            latency_ms=None,
            states_released=0,
            estimate=estimated(202_020),
        ),
        "dry_run_of_contacts": document(
            stream("people", 3_118_020, rejected={"missing_email": 912}),
            result="dry_run",
            route="developer_api",
            latency_ms=None,
            states_released=0,
            estimate=estimated(6_238) | {"emails": 1_000_000, "more_emails": True},
        ),
        "200_streams": document(
            *many,
            throughput=steady,
            plan=[
                planned(
                    f"event_{number:03}",
                    "track",
                    feeds=[
                        {"to": f"properties.p{place}", "from": f"column_{place}"}
                        for place in range(20)
                    ],
                )
                for number in range(200)
            ],
        ),
        "long_names": document(
            stream(
                LONG_NAME,
                12_345_678,
                namespace="a_namespace_of_some_length" * 3,
                rejected={"unknown_stream": 12_345_678},
                left_out_values={"column_" * 30: 3},
            ),
            stream("Ω 注文 <script>alert(1)</script>", 5, namespace="\u202e"),
            throughput=steady,
            plan=[
                planned(
                    LONG_NAME,
                    f"the call each row's {LONG_NAME} names",
                    feeds=[{"to": "properties." + "long_" * 30, "from": "column_" * 30}],
                    left_out=[{"column": "column_" * 20, "why": "there is no room for it"}],
                )
            ],
            retries={"a cause that goes on " * 8: 3},
            rejected_records=stored(f"/data/my rejects/{LONG_NAME}", 12_345_678),
        ),
    }


def _total(counted: Json) -> int:
    if isinstance(counted, dict):
        return sum(_total(count) for count in counted.values())
    if isinstance(counted, list):
        return sum(map(_total, counted))
    assert isinstance(counted, int)
    return counted


def write_pages(folder: Path) -> None:
    """Writes each sample's page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in samples().items():
        (folder / f"{name}.html").write_text(render(sample), "utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
