"""The files that a command is given."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.config.form import Config, read_config, secrets_of
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject


def config_at(path: Path, writer: MessageWriter) -> Config:
    """Reads a configuration; from then on, what it says of a key is masked in the output.

    Raises:
        ConfigError: there is none, or it can't be used.
    """
    document = json_at(path, "configuration")
    writer.hide(secrets_of(document))
    return read_config(document)


def catalog_at(path: Path) -> Json:
    """Reads a catalog: a JSON document, or the messages that a source's `discover` prints.

    Raises:
        ConfigError: it can't be read, or holds no catalog.
    """
    try:
        return json_at(path, "catalog")
    except ConfigError:
        found = next((m for m in _messages_in(path) if m.get("type") == "CATALOG"), None)
        if found is None:
            raise
        return found


def _messages_in(path: Path) -> Iterator[JsonObject]:
    """The JSON objects among the lines of a file."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        with suppress(ValueError):
            message = json.loads(line)
            if isinstance(message, dict):
                yield message


def json_at(path: Path, what: str) -> Json:
    """Reads a JSON file; `what` names it in an error.

    Raises:
        ConfigError: it can't be read, or is not JSON.
    """
    try:
        return cast(Json, json.loads(path.read_bytes()))
    except OSError as error:
        raise ConfigError(
            f"The {what} file {path} can't be read ({error.strerror}): check the path and its "
            "permissions."
        ) from None
    except ValueError:
        raise ConfigError(f"The {what} file {path} is not valid JSON.") from None
