"""The sandbox's application: the event endpoint and the Developer API, and pages to look at it."""

from starlette.applications import Starlette
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from inflection_sandbox.developer_api import Keys, make_developer_api
from inflection_sandbox.door import Door
from inflection_sandbox.event_endpoint import EventEndpoint
from inflection_sandbox.faults import Faults
from inflection_sandbox.pages.guard import Guard
from inflection_sandbox.pages.setups import Address
from inflection_sandbox.pages.site import Site
from inflection_sandbox.read_back import read_back_routes
from inflection_sandbox.workspace import Workspace


def make_app(
    workspace: Workspace, keys: Keys, faults: Faults, address: Address, host: str
) -> Router:
    """The application; events take only the first of the keys. `host` as in `Guard`."""
    door = Door(faults, workspace.journal)
    take = door.guard(EventEndpoint(workspace, keys.full, door))
    site = Site(workspace, door, address)
    pages = Guard(
        Starlette(
            routes=[*site.routes(), *read_back_routes(workspace, door)],
            exception_handlers={404: site.not_found},
        ),
        host,
    )
    developer_api = make_developer_api(workspace, keys, door)

    async def rest(scope: Scope, receive: Receive, send: Send) -> None:
        inner = developer_api if f"{scope['path']}/".startswith("/v1/") else pages
        await inner(scope, receive, send)

    # Not a `Starlette`: its layers for errors would cost each call more than the journal does.
    return Router(
        routes=[
            Route("/v1/events", take, methods=["POST"]),
            Route("/v1/events/{type}", take, methods=["POST"]),
        ],
        redirect_slashes=False,
        default=rest,
    )
