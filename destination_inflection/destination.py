"""The connector: check and write. The only module that knows every other."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType
from typing import Final, TypeAlias

from destination_inflection.config import Config, DeveloperApiConfig, EventEndpointConfig
from destination_inflection.delivery.contacts import Contacts
from destination_inflection.delivery.contacts_api import ContactsApi
from destination_inflection.delivery.event_endpoint import EventEndpoint
from destination_inflection.delivery.lanes import Lanes, Settings
from destination_inflection.delivery.retry import RetryPolicy
from destination_inflection.delivery.transports import best_transport
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.rules import Takes, idle_rules
from destination_inflection.mapping.tables import Table
from destination_inflection.protocol.catalog import ConfiguredStream, read_catalog
from destination_inflection.protocol.messages import StreamKey
from destination_inflection.protocol.reader import LineReader
from destination_inflection.protocol.writer import MessageWriter
from destination_inflection.sync import Pending, Plans, Sync, Unmapped

TERMINATED: Final = 143  # 128 + SIGTERM; Airbyte's platform takes it for an orderly end
_GRACE_SECONDS: Final = 10.0
_TICK_SECONDS: Final = 1.0
_PROGRESS_SECONDS: Final = 30.0
_CHECK_TIMEOUT_SECONDS: Final = 10.0

Log: TypeAlias = Callable[[str], None]
Route: TypeAlias = Lanes[Call, Pending] | Contacts[Pending]


def check(config: Config) -> str | None:
    """Tries the configuration without creating anything; returns the problem, if there is one."""
    transport = best_transport().make(1)
    try:
        return _endpoint(config).check(transport, _CHECK_TIMEOUT_SECONDS)
    finally:
        transport.close()


def plan_all(config: Config, streams: Sequence[ConfiguredStream]) -> Plans:
    """What each stream becomes, or why it can't be mapped."""
    tables = [
        Table(s.key.namespace, s.key.name, s.columns, s.primary_key, s.sync_id) for s in streams
    ]
    takes = Takes.MESSAGES if isinstance(config.delivery, EventEndpointConfig) else Takes.CONTACTS
    plans: dict[StreamKey, StreamPlan | Unmapped] = {}
    for stream, table in zip(streams, tables, strict=True):
        try:
            plans[stream.key] = plan_stream(table, config.rules, tables, takes)
        except ConfigError as problem:
            plans[stream.key] = Unmapped(problem)
    return plans


def make_plans(config: Config, streams: Sequence[ConfiguredStream], log: Log) -> Plans:
    """Fixes what each stream becomes, and tells the user.

    A stream in overwrite mode that can't be mapped passes until a record of it comes: without
    records it is Airbyte's "Clear data".

    Raises:
        ConfigError: a stream can't be mapped; all of them are named.
    """
    plans = plan_all(config, streams)
    problems: list[str] = []
    log(f"Plan for {len(streams)} streams:")
    for stream in streams:
        plan = plans[stream.key]
        if isinstance(plan, StreamPlan):
            for part in plan.parts:
                log(f"  {stream.key} -> {part.description}")
        elif not stream.overwrites:
            problems.append(plan.problem.message)
    if problems:
        raise ConfigError(" ".join(problems))
    return plans


def write(config: Config, catalog: Json, input_fd: int, writer: MessageWriter) -> int:
    """Runs a sync from a file descriptor; returns the exit status, 0 or `TERMINATED`.

    Raises:
        ConnectorError: the sync failed; the states that were due have been released.
    """
    streams = read_catalog(catalog)
    plans = make_plans(config, streams, writer.log)
    for rule in idle_rules(config.rules, [stream.key for stream in streams]):
        writer.log(f'The rule for "{rule.stream}" fits no stream of this sync.', "WARN")
    writer.log(f"Sending over {config.connections} connections with {best_transport().name}.")
    started = monotonic()
    with delivering(config, lambda text: writer.log(text, "WARN")) as delivery:
        sync = Sync(
            plans,
            delivery,
            release=writer.line,
            log=lambda text: writer.log(text, "WARN"),
            overwriting=frozenset(stream.key for stream in streams if stream.overwrites),
        )
        try:
            with _sigterm_noted() as terminated:
                _pump(sync, LineReader(input_fd), delivery, writer, terminated)
                if terminated:
                    writer.log("SIGTERM received: finishing the requests in flight.", "WARN")
                    _drain(sync, delivery)
            if not terminated:
                sync.finish()
        except Exception:
            _drain(sync, delivery)
            raise
        finally:
            for line in sync.report.summary(monotonic() - started, delivery.traffic):
                writer.log(line)
    return TERMINATED if terminated else 0


def _pump(
    sync: Sync,
    reader: LineReader,
    delivery: Route,
    writer: MessageWriter,
    terminated: Sequence[int],
) -> None:
    """Moves the whole input through, or as much as there is time for."""
    started = shown = monotonic()
    while not (reader.at_end and sync.is_idle) and not terminated:
        wants_input = sync.has_room and not reader.at_end
        if delivery.wait(_TICK_SECONDS, [reader.fd] if wants_input else []):
            for line in reader.read():
                sync.feed(line)
        if reader.at_end:
            delivery.flush()
        sync.settle()
        if monotonic() - shown >= _PROGRESS_SECONDS:
            shown = monotonic()
            writer.log(sync.report.progress(shown - started, delivery.traffic))


def _drain(sync: Sync, delivery: Route) -> None:
    """Gives requests in flight a little time, and releases the states that become due by them."""
    delivery.shut_down()
    deadline = monotonic() + _GRACE_SECONDS
    while True:
        # The command is ending with its first error already; the outcomes are booked all the same.
        with suppress(ConnectorError):
            sync.settle()
        left = deadline - monotonic()
        if sync.is_idle or left <= 0:
            return
        delivery.wait(min(left, _TICK_SECONDS), [])


@contextmanager
def _sigterm_noted() -> Iterator[list[int]]:
    """While it lasts, SIGTERM ends nothing; it is put on the list."""
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def delivering(config: Config, log: Log) -> Iterator[Route]:
    """The delivery of the chosen route, open while it lasts."""
    settings = Settings(
        connections=config.connections,
        requests_per_second=config.max_requests_per_second,
        retry=RetryPolicy(request_timeout=config.request_timeout_seconds),
    )
    transport = best_transport().make(config.connections)
    endpoint = _endpoint(config)
    delivery: Route = (
        Lanes(endpoint, transport, settings)
        if isinstance(endpoint, EventEndpoint)
        else Contacts(endpoint, transport, settings, log)
    )
    try:
        yield delivery
    finally:
        delivery.close()


def _endpoint(config: Config) -> EventEndpoint | ContactsApi:
    match config.delivery:
        case EventEndpointConfig() as route:
            return EventEndpoint(
                route.endpoint_url, route.authentication, config.api_key, route.app_id
            )
        case DeveloperApiConfig() as route:
            return ContactsApi(route.base_url, config.api_key)
