"""The connection form as frozen dataclasses, and the checks that JSON Schema can't say.

The form is `spec.json`; the schema there is the first check. A `ConfigError` names the option and
never quotes what was entered: it could be the key.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

from destination_inflection.config.characters import check_characters
from destination_inflection.config.options import Options, options_of
from destination_inflection.config.rules import read_rules
from destination_inflection.config.schema import check_schema, filled
from destination_inflection.config.time_zones import read_zone
from destination_inflection.config.unknown import unknown_options
from destination_inflection.config.urls import checked_url, ids_in
from destination_inflection.delivery.settings import (
    Authentication,
    DeveloperApiRoute,
    EventEndpointRoute,
    RouteConfig,
)
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json
from destination_inflection.mapping.rules import USUAL, Defaults, NameForm, Rule
from destination_inflection.storage.folder import FolderConfig
from destination_inflection.storage.s3 import S3Config

_DEVELOPER_API: Final = "https://api.inflection.io"
_SHORTEST_SECRET: Final = 4  # what the form takes at least; anything shorter is a word


@dataclass(frozen=True, slots=True)
class Config:
    """All that the form holds, with its defaults filled in."""

    api_key: str
    delivery: RouteConfig
    rules: tuple[Rule, ...]
    connections: int
    max_requests_per_second: int
    request_timeout_seconds: int
    rejected: FolderConfig | S3Config | None = None
    """Where rejected records are stored; None: they are only logged."""
    max_rejected_percent: float = 100.0
    dry_run: bool = False
    defaults: Defaults = USUAL
    """What holds where no rule says otherwise."""
    warnings: tuple[str, ...] = ()
    """What the user should hear of: options that have no effect, or that look wrong."""
    secrets: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """What must never be printed."""


def read_config(document: Json) -> Config:
    """Reads a configuration, as parsed JSON.

    Raises:
        ConfigError: an option is missing or can't be used; the message names it.
    """
    if not isinstance(document, dict):
        raise ConfigError(
            "The configuration is not a JSON object with options: put the options in { ... }."
        )
    check_characters(document)
    options = options_of(filled(document))
    check_schema(options.entered)
    advanced = options.inside("advanced")
    zone = read_zone(advanced.text("time_zone"), "advanced.time_zone")
    names = cast(NameForm | None, advanced.text("names"))
    route = _route(options.inside("delivery"))
    return Config(
        api_key=options.required("api_key"),
        delivery=route,
        rules=read_rules(options.each("streams")),
        defaults=Defaults(zone or USUAL.time_zone, names),
        connections=advanced.integer("connections", 64),
        max_requests_per_second=advanced.integer("max_requests_per_second", 500),
        request_timeout_seconds=advanced.integer("request_timeout_seconds", 30),
        rejected=_rejected(options.inside("rejected_records")),
        max_rejected_percent=advanced.number("max_rejected_percent", 100),
        dry_run=advanced.is_on("dry_run"),
        warnings=(*unknown_options(options.entered), *_doubts(route)),
        secrets=secrets_of(document),
    )


def secrets_of(document: Json) -> tuple[str, ...]:
    """What must never be printed of a configuration, whether the rest of it can be read or not."""
    options = options_of(document)
    store, delivery = options.inside("rejected_records"), options.inside("delivery")
    found = (
        options.entered.get("api_key"),
        store.entered.get("access_key_id"),
        store.entered.get("secret_access_key"),
    )
    texts = [each for each in found if isinstance(each, str)]
    urls = [delivery.entered.get(name) for name in ("endpoint_url", "base_url")]
    return (
        *(text for text in texts if len(text.strip()) >= _SHORTEST_SECRET),
        *(part for url in urls if isinstance(url, str) for part in ids_in(url)),
    )


def _doubts(route: RouteConfig) -> Iterator[str]:
    """What looks wrong about a route."""
    if isinstance(route, EventEndpointRoute):
        host = urlsplit(route.endpoint_url).hostname
        if host is not None and host.rstrip(".") == urlsplit(_DEVELOPER_API).hostname:
            yield (
                f"The option delivery.endpoint_url has the Developer API's host ({host}), which is "
                "not known to take messages: choose the route developer_api, or paste the URL that "
                "Inflection gave you for events."
            )


def _route(options: Options) -> RouteConfig:
    if options.required("route") == "developer_api":
        url = options.text("base_url") or _DEVELOPER_API
        return DeveloperApiRoute(checked_url(url, "delivery.base_url"))
    return EventEndpointRoute(
        endpoint_url=_event_url(options.required("endpoint_url")),
        authentication=cast(Authentication, options.text("authentication") or "basic"),
        app_id=options.text("app_id"),
    )


def _event_url(url: str) -> str:
    """The URL for messages, which may hold `{type}`, and no other placeholder.

    Raises:
        ConfigError: it can't be used.
    """
    if re.search(r"[{}]", url.replace("{type}", "")) or "{{" in url:
        raise ConfigError(
            "The option delivery.endpoint_url holds a placeholder other than {type}, the only "
            "one that is filled in (with identify, track or group): put {type} in its place."
        )
    return checked_url(url, "delivery.endpoint_url")


def _rejected(options: Options) -> FolderConfig | S3Config | None:
    match options.text("store"):
        case "folder":
            return FolderConfig(options.required("path"))
        case "s3":
            key_id, key = options.text("access_key_id"), options.text("secret_access_key")
            if (key_id is None) != (key is None):
                raise ConfigError(
                    "The options rejected_records.access_key_id and rejected_records."
                    "secret_access_key belong together: fill in both, or neither."
                )
            endpoint = options.text("endpoint_url")
            return S3Config(
                bucket=options.required("bucket"),
                prefix=options.text("prefix") or "",
                region=options.text("region"),
                endpoint_url=endpoint and checked_url(endpoint, "rejected_records.endpoint_url"),
                access_key_id=key_id,
                secret_access_key=key,
            )
    return None
