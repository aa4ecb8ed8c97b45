"""The two routes into Inflection: which delivery a configuration means, and whether it works."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final, TypeVar

from destination_inflection.delivery.bounds import BOUNDS
from destination_inflection.delivery.checked import Checked, ListInUse
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.checking import check_contacts
from destination_inflection.delivery.contacts.contacts import Contacts
from destination_inflection.delivery.event_endpoint import EventEndpoint
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.lanes.suspects import Suspects
from destination_inflection.delivery.seam import Call, Delivery
from destination_inflection.delivery.settings import (
    Clock,
    DeveloperApiRoute,
    EventEndpointRoute,
    RouteConfig,
    Settings,
)
from destination_inflection.delivery.transport.choice import best_transport
from destination_inflection.delivery.transport.seam import Transport
from destination_inflection.delivery.transport.stopwatch import Stopwatch

_CHECK_TIMEOUT_SECONDS: Final = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Access:
    """A route and the key to it."""

    route: RouteConfig
    api_key: str


def check_route(access: Access, lists: Sequence[ListInUse] = ()) -> Checked:
    """Tries a route without creating anything in Inflection, and looks at its static lists."""
    transport = best_transport(1).make(1, BOUNDS)
    try:
        return check_over(transport, access, lists)
    finally:
        transport.close()


def check_over(
    transport: Transport,
    access: Access,
    lists: Sequence[ListInUse] = (),
    clock: Callable[[], float] = monotonic,
) -> Checked:
    """Tries a route over a transport, and notes how long the first answer took."""
    endpoint, watched = _endpoint(access), Stopwatch(transport, clock)
    if isinstance(endpoint, EventEndpoint):
        checked = Checked(endpoint.check(watched, _CHECK_TIMEOUT_SECONDS))
    else:
        checked = check_contacts(endpoint, watched, _CHECK_TIMEOUT_SECONDS, lists)
    if watched.first is None:
        return checked
    took = f"{1000 * watched.first:.0f} ms"
    note = f"{endpoint.origin} answered in {took}, the time to connect included."
    return replace(checked, notes=(note, *checked.notes))


def origin_of_route(access: Access) -> str:
    """What may be said of a route's address: the scheme and the host."""
    return _endpoint(access).origin


def open_route(access: Access, settings: Settings, log: Callable[[str], None]) -> Delivery[Call, T]:
    """The delivery over a route; whoever opens it closes it. `log` gets warnings."""
    transport = best_transport(settings.connections).make(settings.connections, settings.bounds)
    return route_over(transport, access, settings, log)


def route_over(
    transport: Transport,
    access: Access,
    settings: Settings,
    log: Callable[[str], None],
    clock: Clock | None = None,
) -> Delivery[Call, T]:
    """The delivery over a transport that has a slot for each of `settings.connections`."""
    endpoint = _endpoint(access)
    if isinstance(endpoint, EventEndpoint):
        return Lanes(endpoint, transport, settings, clock, Suspects(settings.retry))
    return Contacts(endpoint, transport, settings, log, clock)


def _endpoint(access: Access) -> EventEndpoint | ContactsApi:
    match access.route:
        case EventEndpointRoute() as route:
            return EventEndpoint(
                route.endpoint_url, route.authentication, access.api_key, route.app_id
            )
        case DeveloperApiRoute() as route:
            return ContactsApi(route.base_url, access.api_key)
