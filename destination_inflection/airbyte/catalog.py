"""Reads the configured catalog: the streams of this sync and their columns.

Only what a destination needs is required (each stream's name); everything else may be missing,
such as `supported_sync_modes`, which the CDK's own reader insists on.
"""

from dataclasses import dataclass

import orjson

from destination_inflection.airbyte.column_types import types_of
from destination_inflection.errors import ConfigError
from destination_inflection.json_reading import sound
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.tables.table import Table
from destination_inflection.streams import StreamKey


@dataclass(frozen=True, slots=True)
class ConfiguredStream:
    """One stream of the catalog.

    Its table's `columns` are the names in the JSON schema (none when it lists none), `types` what
    the schema says of them; `primary_key` holds one path per key column, `cursor` the path that was
    chosen, or else the source's own; `sync_id` is the platform's job number, the same for all
    attempts of a job, or 0 when it is not given.
    """

    table: Table
    overwrites: bool

    @property
    def key(self) -> StreamKey:
        """What identifies the stream."""
        return StreamKey(self.table.namespace, self.table.name)


def read_catalog(document: Json) -> tuple[ConfiguredStream, ...]:
    """Reads a catalog, as parsed JSON: a configured one, or what a source's `discover` found.

    Raises:
        ConfigError: the document is not a catalog.
    """
    found = document.get("catalog") if isinstance(document, dict) else None
    document = found if isinstance(found, dict) else document
    listed = document.get("streams") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ConfigError(
            "The catalog has no list called streams: pass a configured catalog to --catalog."
        )
    return tuple(_stream(entry, position) for position, entry in enumerate(listed))


def _stream(entry: Json, position: int) -> ConfiguredStream:
    if isinstance(entry, dict) and isinstance(entry.get("json_schema"), dict):
        entry = {"stream": entry}  # as `discover` has it
    stream = entry.get("stream") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(stream, dict):
        raise ConfigError(f"Entry {position} of the catalog's streams has no object called stream.")
    try:
        orjson.dumps(stream)
    except TypeError:
        # An unpaired surrogate can't be written: records and states have it in the same form.
        stream = _object(sound(stream))
    name, namespace = stream.get("name"), stream.get("namespace")
    if not isinstance(name, str) or not name:
        raise ConfigError(f"Entry {position} of the catalog's streams has no name.")
    schema = stream.get("json_schema")
    properties = _object(schema).get("properties")
    columns = properties if isinstance(properties, dict) else {}
    sync_id = entry.get("sync_id")
    table = Table(
        namespace if isinstance(namespace, str) and namespace else None,
        name,
        tuple(columns),
        _paths(entry.get("primary_key")) or _paths(stream.get("source_defined_primary_key")),
        sync_id if isinstance(sync_id, int) else 0,
        types_of(columns),
        _cursor(entry.get("cursor_field")) or _cursor(stream.get("default_cursor_field")),
        is_partial=_object(schema).get("additionalProperties") is True,
        is_read_in_full=entry.get("sync_mode") == "full_refresh",
    )
    return ConfiguredStream(table, entry.get("destination_sync_mode") == "overwrite")


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _paths(keys: Json) -> tuple[tuple[str, ...], ...]:
    if not isinstance(keys, list):
        return ()
    paths = [tuple(str(part) for part in key) for key in keys if isinstance(key, list) and key]
    return tuple(paths) if len(paths) == len(keys) else ()


def _cursor(path: Json) -> tuple[str, ...]:
    return tuple(str(part) for part in path) if isinstance(path, list) else ()
