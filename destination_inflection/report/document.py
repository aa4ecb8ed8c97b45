"""The shape of `report.json`: one finished run in numbers, without a single value of a record.

Streams, columns and locations are named in it, so whoever shows it has to escape them.
"""

from typing import Literal, TypeAlias, TypedDict

Command: TypeAlias = Literal["write", "replay"]
Result: TypeAlias = Literal["succeeded", "incomplete", "failed", "terminated", "dry_run"]
"""`incomplete` is a replay after which not all went through, so that its exit status is 1."""
Route: TypeAlias = Literal["event_endpoint", "developer_api"]


class Connector(TypedDict):
    """Who wrote the report."""

    name: str
    version: str


class Changes(TypedDict):
    """Delivered records whose contact was written, by what Inflection said that this changed."""

    created: int
    updated: int
    no_change: int


class Totals(TypedDict):
    """The run as a whole: `read = delivered + rejected + skipped + not_settled`.

    Each is what the streams' counts add up to; unreadable lines belong to none, nor to `read`.
    `changes` is None where no contact was written.
    """

    read: int
    delivered: int
    rejected: int
    skipped: int
    not_settled: int
    unreadable_lines: int
    changes: Changes | None
    requests: int
    states_read: int
    states_released: int


class StreamCounts(TypedDict):
    """The books of one stream; a dry run's `delivered` are those it would have sent.

    `changes` is None where no contact was written.
    """

    stream: str
    namespace: str | None
    read: int
    delivered: int
    rejected: dict[str, int]
    words: dict[str, dict[str, int]]
    """By reason, what Inflection said of rejected records, without their values, and how often."""
    skipped: dict[str, int]
    not_settled: int
    changes: Changes | None
    left_out_values: dict[str, int]
    not_stored: list[str]
    """Properties of one of its contacts that Inflection took and did not store."""


class Throughput(TypedDict):
    """Records delivered in each of the equally long parts of the run."""

    seconds_per_bucket: float
    delivered: list[int]


class Latency(TypedDict):
    """How long requests took, in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    max: float


class LeftOut(TypedDict):
    """Stored records that a replay did not send."""

    sent_by_an_earlier_replay: int
    copies: int


class RejectedRecords(TypedDict):
    """What was stored of the run's rejects, where, and the place that a replay is given."""

    location: str
    records: int
    unreadable_lines: int
    replay: str


class BottleneckTold(TypedDict):
    """What bounded the run for a share (0 to 1) of its time, with a figure and the next step.

    `bottleneck` is the name for programs (`delivery.traffic.Bottleneck`); the rest are words.
    """

    bottleneck: str
    name: str
    share: float
    figure: str
    next_step: str


class Speed(TypedDict):
    """How fast a run can be, and how long it takes then, if each answer takes this long."""

    answer_ms: float
    requests_per_second: float
    hours: float


class Estimate(TypedDict):
    """What a real run would take, after a dry one.

    `emails` are the different ones; None where calls are not sent by email. Each count is exact up
    to a bound: beyond it, there are `more` than that.
    """

    requests: int
    more_requests: bool
    minutes: float
    requests_per_second: float
    connections: int
    by_answer_time: list[Speed]
    emails: int | None
    more_emails: bool


FeedPlanned = TypedDict("FeedPlanned", {"to": str, "from": str})
"""A place in what is sent, and the column it is fed from."""


class ColumnLeftOut(TypedDict):
    """A column that is not sent, and why."""

    column: str
    why: str


class StreamPlanned(TypedDict):
    """One thing that a stream becomes."""

    stream: str
    namespace: str | None
    becomes: str
    origin: str
    feeds: list[FeedPlanned]
    left_out: list[ColumnLeftOut]


class ReportDocument(TypedDict):
    """All of it."""

    connector: Connector
    command: Command
    replayed_run: str | None
    left_out: LeftOut | None
    result: Result
    problem: str | None
    started: str
    seconds: float
    route: Route
    totals: Totals
    retries: dict[str, int]
    rate_limit_hits: int
    streams: list[StreamCounts]
    throughput: Throughput
    latency_ms: Latency | None
    bottlenecks: list[BottleneckTold]
    """The largest first; empty for a dry run, and for less than a second."""
    rejected_records: RejectedRecords | None
    help: dict[str, str]
    plan: list[StreamPlanned]
    estimate: Estimate | None
