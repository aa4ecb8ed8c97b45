"""The connection form as frozen dataclasses, and the checks that JSON Schema can't say.

The form is `spec.json`; the schema there is the first check. A `ConfigError` names the option and
never quotes what was entered: it could be the key.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from typing import Final, cast
from urllib.parse import urlsplit

import jsonschema

from destination_inflection.config.rules import read_rules
from destination_inflection.delivery.settings import (
    Authentication,
    DeveloperApiRoute,
    EventEndpointRoute,
    RouteConfig,
)
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.rules import Rule
from destination_inflection.storage.s3 import S3Config
from destination_inflection.storage.store import FolderConfig

_DEVELOPER_API: Final = "https://api.inflection.io"
_URL_PART: Final = re.compile(r"[/?&=#]")
_DIGIT: Final = re.compile(r"\d")
_LOCAL_NAMES: Final = ("localhost", "host.docker.internal")


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
    secrets: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """What must never be printed."""


@cache
def load_spec() -> JsonObject:
    """The form, as Airbyte reads it."""
    text = files("destination_inflection").joinpath("spec.json").read_text("utf-8")
    return cast(JsonObject, json.loads(text))


def read_config(document: Json) -> Config:
    """Reads a configuration, as parsed JSON.

    Raises:
        ConfigError: an option is missing or can't be used; the message names it.
    """
    if not isinstance(document, dict):
        raise ConfigError("The configuration is not a JSON object with options.")
    document = _object(_filled(document))
    _check_schema(document)
    delivery = _object(document.get("delivery"))
    advanced = _object(document.get("advanced"))
    return Config(
        api_key=str(document["api_key"]).strip(),
        delivery=_delivery(delivery),
        rules=read_rules(cast(list[Json], document.get("streams", []))),
        connections=_integer(advanced, "connections", 16),
        max_requests_per_second=_integer(advanced, "max_requests_per_second", 500),
        request_timeout_seconds=_integer(advanced, "request_timeout_seconds", 30),
        rejected=_rejected(_object(document.get("rejected_records"))),
        max_rejected_percent=float(cast(float, advanced.get("max_rejected_percent", 100))),
        dry_run=bool(advanced.get("dry_run", False)),
        secrets=secrets_of(document),
    )


def secrets_of(document: Json) -> tuple[str, ...]:
    """What must never be printed of a configuration, whether the rest of it can be read or not."""
    if not isinstance(document, dict):
        return ()
    store, delivery = _object(document.get("rejected_records")), _object(document.get("delivery"))
    found = (document.get("api_key"), store.get("access_key_id"), store.get("secret_access_key"))
    texts = [value for value in found if isinstance(value, str) and len(value.strip()) > 3]
    urls = (delivery.get("endpoint_url"), delivery.get("base_url"))
    return (*texts, *(part for url in urls if isinstance(url, str) for part in _ids_in(url)))


def _ids_in(url: str) -> list[str]:
    """The parts of a URL behind its host that look like an id: such a URL is itself a secret."""
    behind_host = url.strip().partition("://")[2].partition("/")[2]
    return [p for p in _URL_PART.split(behind_host) if len(p) >= 16 and _DIGIT.search(p)]


def _delivery(entry: JsonObject) -> RouteConfig:
    if entry["route"] == "developer_api":
        url = str(entry.get("base_url", _DEVELOPER_API)).strip()
        return DeveloperApiRoute(_checked_url(url, "delivery.base_url"))
    return EventEndpointRoute(
        endpoint_url=_checked_url(str(entry["endpoint_url"]).strip(), "delivery.endpoint_url"),
        authentication=cast(Authentication, entry.get("authentication", "basic")),
        app_id=str(entry.get("app_id") or "").strip() or None,
    )


def _rejected(entry: JsonObject) -> FolderConfig | S3Config | None:
    def text(option: str) -> str | None:
        return str(entry.get(option) or "").strip() or None

    match entry.get("store"):
        case "folder":
            return FolderConfig(str(entry["path"]).strip())
        case "s3":
            if (text("access_key_id") is None) != (text("secret_access_key") is None):
                raise ConfigError(
                    "The options rejected_records.access_key_id and rejected_records."
                    "secret_access_key belong together: fill in both, or neither."
                )
            endpoint = text("endpoint_url")
            return S3Config(
                bucket=str(entry["bucket"]).strip(),
                prefix=text("prefix") or "",
                region=text("region"),
                endpoint_url=endpoint and _checked_url(endpoint, "rejected_records.endpoint_url"),
                access_key_id=text("access_key_id"),
                secret_access_key=text("secret_access_key"),
            )
    return None


def _check_schema(document: JsonObject) -> None:
    schema = cast(Mapping[str, Json], load_spec()["connectionSpecification"])
    validator = jsonschema.Draft7Validator(schema)
    errors = [error for error in validator.iter_errors(document) if not _at_an_empty_item(error)]
    error = max(errors, key=jsonschema.exceptions.relevance, default=None)
    while error is not None and error.validator == "oneOf":
        error = _in_chosen_form(error)
    if error is not None:
        raise ConfigError(_sentence(error))


def _at_an_empty_item(error: jsonschema.ValidationError) -> bool:
    """A rule that was added and left empty lacks what rules need, and is ignored."""
    return list(error.absolute_path)[:-1] == ["streams"] and error.instance == {}


def _in_chosen_form(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Of an option with several forms: what is wrong with the form that was chosen.

    Raises:
        ConfigError: none was; the message lists them.
    """
    forms: dict[object, list[jsonschema.ValidationError]] = {}
    for inner in error.context or []:
        forms.setdefault(inner.schema_path[0], []).append(inner)
    others = [e for found in forms.values() for e in found if e.validator == "const"]
    chosen = [found for found in forms.values() if not any(e in others for e in found)]
    if not chosen:
        option = ".".join(str(part) for part in others[0].absolute_path)
        allowed = ", ".join(str(e.validator_value) for e in others)
        raise ConfigError(f"The option {option} must be one of: {allowed}.")
    return min(chosen[0], key=lambda inner: len(inner.path))


def _sentence(error: jsonschema.ValidationError) -> str:
    """Says what is wrong without the value: jsonschema's own message would quote it."""
    option = ".".join(str(part) for part in error.absolute_path) or "the configuration"
    match error.validator:
        case "required":
            given = error.instance if isinstance(error.instance, dict) else {}
            missing = next(n for n in cast(list[str], error.validator_value) if n not in given)
            path = ".".join([*map(str, error.absolute_path), missing])
            return f"The option {path} is missing: fill it in."
        case "type":
            return f"The option {option} must be of type {error.validator_value}."
        case "enum":
            choices = cast(list[Json], error.validator_value)
            allowed = ", ".join(str(choice) for choice in choices if not _is_blank(choice))
            return f"The option {option} must be one of: {allowed}."
        case "pattern":
            form = cast(Mapping[str, Json], error.schema).get("pattern_descriptor")
            return f"The option {option} must have the form: {form}."
        case "minLength":
            return f"The option {option} is too short: it needs {error.validator_value} characters."
        case "minimum" | "maximum":
            return f"The option {option} has the {error.validator} {error.validator_value}."
        case "const":
            return f"The option {option} must be {error.validator_value}."
    return f"The option {option} can't be used as it is: see its description in the form."


def _checked_url(url: str, option: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError(f"The option {option} is no URL: check its host.") from None
    if not host or any(len(label) > 63 or not label for label in host.rstrip(".").split(".")):
        raise ConfigError(f"The option {option} names no usable host.")
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"The option {option} holds a user name or password: put the key into api_key instead."
        )
    if parts.scheme == "http" and not _is_local(host):
        raise ConfigError(
            f"The option {option} must begin with https://, or the key would travel in the open."
        )
    return url


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _LOCAL_NAMES


def _integer(options: JsonObject, name: str, default: int) -> int:
    return int(cast(float, options.get(name, default)))  # JSON's 16.0 is an integer too


def _filled(value: Json) -> Json:
    """The options that are filled in: a form sends blank text, programs send null.

    A blank item of a list stays as an empty object: the items after it keep their numbers.
    """
    if isinstance(value, dict):
        return {name: _filled(v) for name, v in value.items() if not _is_unset(name, v)}
    if isinstance(value, list):
        return [{} if _is_blank(item) else _filled(item) for item in value]
    return value


def _is_unset(name: str, value: Json) -> bool:
    if name == "value":  # a field's fixed value is sent as it was typed, be it a blank
        return value is None or value == ""
    return not isinstance(value, dict | list) and _is_blank(value)


def _is_blank(value: Json) -> bool:
    """Whether nothing was entered, however deep one looks."""
    if isinstance(value, dict):
        return all(map(_is_blank, value.values()))
    if isinstance(value, list):
        return all(map(_is_blank, value))
    return value is None or (isinstance(value, str) and not value.strip())


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
