"""What the processes read: made-up events and people, as Airbyte's messages and as bare rows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_EMITTED: Final = 1767225600000
_USERS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Rows:
    """A stream, and its row of a number."""

    stream: str
    row: Callable[[int], dict[str, Any]]


def _event(number: int) -> dict[str, Any]:
    """One event of 12 columns."""
    return {
        "id": f"evt_{number:07d}",
        "user_id": number % _USERS,
        "event": "Report Shared",
        "occurred_at": "2026-02-03T10:00:00.123Z",
        "plan": "team",
        "pages": number % 10,
        "amount": 49.5,
        "source": "web",
        "country": "NO",
        "referrer": "https://lumen.example/reports",
        "is_trial": False,
        "note": "Quarterly numbers for the board, second draft",
    }


def _person(number: int) -> dict[str, Any]:
    """One person of 12 columns."""
    return {
        "id": number,
        "email": f"person{number}@mail.example",
        "first_name": "Robin",
        "last_name": "Lund",
        "company_name": "Lumen Instruments",
        "plan": "team",
        "seats": number % 10,
        "amount": 49.5,
        "country": "NO",
        "is_trial": False,
        "signed_up_at": "2026-02-03T10:00:00.123Z",
        "note": "Met at the fair in spring, wants a demo",
    }


EVENTS: Final = Rows("events", _event)
PEOPLE: Final = Rows("people", _person)


class Inputs:
    """The files to read, in a folder; each is made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def messages(self, records: int, *, every: int = 10_000, of: Rows = EVENTS) -> Path:
        """Airbyte messages with a state after each `every` records."""
        path = self._folder / f"messages-{of.stream}-{records}-{every}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as out:
                for number in range(records):
                    record = {"stream": of.stream, "data": of.row(number), "emitted_at": _EMITTED}
                    out.write(json.dumps({"type": "RECORD", "record": record}) + "\n")
                    if number % every == every - 1:
                        out.write(json.dumps(_state(of.stream, number)) + "\n")
        return path

    def rows(self, records: int, of: Rows) -> Path:
        """The same rows alone, for the peers."""
        path = self._folder / f"rows-{of.stream}-{records}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as out:
                out.writelines(json.dumps(of.row(number)) + "\n" for number in range(records))
        return path


def catalog(of: Rows) -> dict[str, Any]:
    """The configured catalog of the one stream."""
    columns: dict[str, Any] = {name: {} for name in of.row(0)}
    stream = {"name": of.stream, "json_schema": {"properties": columns}}
    configured = {
        "stream": {**stream, "supported_sync_modes": ["incremental"]},
        "sync_mode": "incremental",
        "destination_sync_mode": "append",
        "primary_key": [["id"]],
    }
    return {"streams": [configured]}


def _state(name: str, number: int) -> dict[str, Any]:
    """A state after so many records."""
    stream = {"stream_descriptor": {"name": name}, "stream_state": {"cursor": number}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": stream, "id": number}}
