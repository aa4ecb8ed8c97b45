"""The files that a command is given."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.config.form import Config, read_config, secrets_of
from destination_inflection.errors import ConfigError
from destination_inflection.json_reading import integer
from destination_inflection.json_types import Json, JsonObject

_DEEPEST: Final = 200
"""Levels of a file. The form has eight; a catalog's schemas take two for each level of a row."""


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
        ConfigError: it can't be read, or does not hold a catalog.
    """
    problem: ConfigError | None = None
    try:
        document = json_at(path, "catalog")
        if not isinstance(document, dict) or document.get("type") in (None, "CATALOG"):
            return document
    except ConfigError as error:
        problem = error
    types = [(message.get("type"), message) for message in _messages_in(path)]
    found = next((message for kind, message in types if kind == "CATALOG"), None)
    if found is not None:
        return found
    if any(kind in ("LOG", "TRACE") for kind, _ in types):
        raise ConfigError(
            f"The catalog file {path} has messages of a source, but no CATALOG: its discover "
            "failed, and these messages say why."
        )
    raise problem or ConfigError(f"The file {path} is not a catalog: check what wrote it.")


def _messages_in(path: Path) -> Iterator[JsonObject]:
    """The JSON objects among the lines of a file."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        with suppress(RecursionError, ValueError):
            message = json.loads(line)
            if isinstance(message, dict):
                yield message


def json_at(path: Path, what: str) -> Json:
    """Reads a JSON file; `what` names it in an error.

    Raises:
        ConfigError: it can't be read, is not JSON, or is nested too deeply.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The {what} file {path} can't be read ({error.strerror}): check the path and its "
            "permissions."
        ) from None
    except ValueError:
        raise ConfigError(
            f"The {what} file can't be read: its path holds a NUL or an unpaired surrogate: "
            "check the path."
        ) from None
    return json_of(content, path, what)


def json_of(content: bytes, path: Path, what: str) -> Json:
    """Reads the content of a JSON file, in UTF-8 or, with its mark, UTF-16.

    Raises:
        ConfigError: it is not JSON, or is nested too deeply.
    """
    try:
        document = cast(Json, json.loads(content, parse_int=integer))
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise ConfigError(
            f"The {what} file {path} is not UTF-8 text (line {line}, byte {column} of it): save it "
            "as UTF-8."
        ) from None
    except json.JSONDecodeError as error:
        why = error.msg.removesuffix(" at").removesuffix(" starting")
        raise ConfigError(
            f"The {what} file {path} is not valid JSON at line {error.lineno}, column "
            f"{error.colno} ({why[:1].lower()}{why[1:]}): correct it there."
        ) from None
    except RecursionError:
        raise _too_deep(path, what) from None
    if _is_deep(document):
        raise _too_deep(path, what)
    return document


def _too_deep(path: Path, what: str) -> ConfigError:
    return ConfigError(
        f"The {what} file {path} is nested more than {_DEEPEST} levels deep, which no {what} is: "
        "check what wrote it."
    )


def _is_deep(document: Json) -> bool:
    """Whether lists and objects are nested too deeply for what goes through them level by level."""
    level = [document]
    for _ in range(_DEEPEST):
        inside = (
            each.values() if isinstance(each, dict) else each
            for each in level
            if isinstance(each, dict | list)
        )
        level = [value for values in inside for value in values]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)
