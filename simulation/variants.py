"""Variants: what is changed of a good row, and what the connector has to make of it then."""

from dataclasses import dataclass
from typing import Final

from destination_inflection.json_types import Json, JsonObject
from simulation.lines import Fate

ODD: Final = "@odd@"
"""A value that stands for JSON which is valid, but which most programs can't write."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A change of a good row, and what becomes of it then."""

    fate: Fate
    change: JsonObject
    calls: tuple[str, ...] | None = None
    """What is sent of it; None: the same as of a good row."""
    odd: bytes = b""
    """What is written in the place of `ODD`."""


def rejected(*calls: str, **change: Json) -> Variant:
    """The connector rejects it, after these calls."""
    return Variant(Fate.REJECTED, change, calls)


def skipped(**change: Json) -> Variant:
    """The connector skips it."""
    return Variant(Fate.SKIPPED, change, ())


def odd(value: bytes, **change: Json) -> Variant:
    """It is sent with a value that most programs can't write."""
    return Variant(Fate.SENT, {"score": ODD, **change}, odd=value)


DELETED: Final[JsonObject] = {"_ab_cdc_deleted_at": "2026-02-01T12:00:00Z"}
GONE: Final = Variant(Fate.SKIPPED, DELETED, ())
NO_ID: Final = (rejected(user_id=None), rejected(user_id="anonymous"))
NO_EMAIL: Final = (rejected(email=None), rejected(email="nobody at all"))
NO_MEMBER: Final = (skipped(is_member=None), rejected(is_member="perhaps"))
ODD_VALUES: Final = (
    odd(b"123456789012345678901234567890"),
    odd(b"NaN"),
    odd(b"1e400"),
    odd(rb'"\ud800 alone"'),
    odd(b"null", name="Zo\u00eb \u2028 \U0001f600", tags=["a", None, {"b": []}]),
)
TOO_LARGE: Final = rejected(note="x" * 33_000)  # a message may have 32 KiB
