"""The connector's wiring: check, plans, and the delivery of the route that was chosen.

The commands `write` and `replay` put it to use; no other module knows both routes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

from destination_inflection.airbyte.catalog import ConfiguredStream
from destination_inflection.config.form import Config, DeveloperApiConfig, EventEndpointConfig
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.contacts import Contacts
from destination_inflection.delivery.dry_run import DryRun
from destination_inflection.delivery.event_endpoint import EventEndpoint
from destination_inflection.delivery.lanes.lanes import Lanes, Settings
from destination_inflection.delivery.lanes.retry import RetryPolicy
from destination_inflection.delivery.seam import Delivery
from destination_inflection.delivery.transport.choice import best_transport
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.rules import Takes
from destination_inflection.mapping.tables.table import Table
from destination_inflection.storage.store import open_store
from destination_inflection.streams import StreamKey
from destination_inflection.sync.sync import Plans, Sent, Unmapped

_CHECK_TIMEOUT_SECONDS: Final = 10.0

Log: TypeAlias = Callable[[str], None]
Route: TypeAlias = Delivery[Call, Sent]


def check(config: Config) -> str | None:
    """Tries the configuration without creating anything in Inflection; returns the problem.

    Where rejected records are to be stored, a file is written there and removed.
    """
    if config.rejected is not None:
        try:
            open_store(config.rejected).check()
        except ConnectorError as error:
            return error.message
    transport = best_transport().make(1)
    try:
        return _endpoint(config).check(transport, _CHECK_TIMEOUT_SECONDS)
    finally:
        transport.close()


def plan_all(config: Config, streams: Sequence[ConfiguredStream]) -> Plans:
    """What each stream becomes, or why it can't be mapped."""
    tables = [
        Table(s.key.namespace, s.key.name, s.columns, s.primary_key, s.sync_id, s.booleans)
        for s in streams
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


@contextmanager
def delivering(config: Config, log: Log) -> Iterator[Route]:
    """The delivery of the chosen route, open while it lasts; a dry run's sends nothing."""
    if config.dry_run:
        yield DryRun()
        return
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
