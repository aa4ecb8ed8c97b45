"""A configured catalog from what a source's `discover` found, as a new connection would have it.

Pure. Every stream is selected, with the key and the cursor that the source defines: `incremental`
where it has a cursor, else `full_refresh`, and `append`. A stream that is configured already stays
as it is.
"""

from destination_inflection.json_types import Json, JsonObject


def configured(document: Json) -> JsonObject:
    """The configured catalog of a catalog that `read_catalog` can read."""
    found = document.get("catalog", document) if isinstance(document, dict) else document
    streams = found.get("streams") if isinstance(found, dict) else None
    entries = streams if isinstance(streams, list) else []
    return {"streams": [_configured(entry) for entry in entries if isinstance(entry, dict)]}


def _configured(entry: JsonObject) -> JsonObject:
    if not isinstance(entry.get("json_schema"), dict):
        return entry
    cursor, modes = entry.get("default_cursor_field"), entry.get("supported_sync_modes")
    is_incremental = isinstance(modes, list) and "incremental" in modes and bool(cursor)
    return {
        "stream": entry,
        "sync_mode": "incremental" if is_incremental else "full_refresh",
        "cursor_field": cursor if is_incremental else [],
        "destination_sync_mode": "append",
        "primary_key": entry.get("source_defined_primary_key") or [],
    }
