"""The configurations that reach this sandbox, to copy. Pure."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Address:
    """Where the sandbox listens, for instance `http://127.0.0.1:4000`, and its key."""

    url: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Setup:
    """The connector's configuration for one route."""

    name: str
    text: str


def setups(address: Address) -> list[Setup]:
    """A configuration for each route."""
    routes: list[tuple[str, dict[str, str]]] = [
        (
            "Event endpoint",
            {
                "route": "event_endpoint",
                "endpoint_url": f"{address.url}/v1/events/{{type}}",
                "authentication": "basic",
            },
        ),
        ("Developer API", {"route": "developer_api", "base_url": address.url}),
    ]
    return [
        Setup(
            name,
            orjson.dumps(
                {"api_key": address.api_key, "delivery": delivery}, option=orjson.OPT_INDENT_2
            ).decode(),
        )
        for name, delivery in routes
    ]
