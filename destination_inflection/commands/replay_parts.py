"""The parts that a replay reads: which run they belong to, in which order, and what is in them.

A part is unpacked in pieces, so that memory stays bounded whatever it holds. A line that is too
long to be an entry is passed over, and counted as unreadable.
"""

import gzip
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final, TypeAlias

from destination_inflection.airbyte.bounds import ENTRY_BOUNDS
from destination_inflection.commands.replay_books import Journal
from destination_inflection.errors import ConfigError
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import (
    Place,
    Stored,
    StoredHead,
    StoredOrigin,
    read,
)
from destination_inflection.rejects.parts import HEAD_BYTES, PART_SUFFIX, order_of
from destination_inflection.storage.folder import can_be_path
from destination_inflection.storage.s3 import S3Config
from destination_inflection.storage.store import open_file, read_head

Entry: TypeAlias = tuple[Stored, StoredOrigin] | StoredHead
_PIECE: Final = 1024 * 1024
_DEEPEST: Final = 4
"""A part's location ends in RUN, NAMESPACE, STREAM and its own name."""


class DamagedPartError(ConfigError):
    """A file that can't be read to its end: the others of its run can."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part: where it is, and what it is called in places."""

    location: str
    name: str

    @property
    def folder(self) -> str:
        """`NAMESPACE/STREAM`, as `rejects.parts.folder_of` makes it of a stream."""
        return self.name.partition("/")[2].rpartition("/")[0]


def by_run(locations: Iterable[str], bucket: S3Config | None) -> dict[str, list[Part]]:
    """The parts among some files, by the folder of the run they were made in, as they were stored.

    Raises:
        ConnectorError: a part can't be read.
    """
    runs: dict[str, list[Part]] = {}
    for location in locations:
        if location.endswith(PART_SUFFIX):
            if not can_be_path(location):
                raise ConfigError(f"The name of {location} is not UTF-8: give it another.")
            folder = location.rsplit("/", _DEEPEST - 1)
            run = folder[0] if len(folder) == _DEEPEST else location.rpartition("/")[0]
            runs.setdefault(run or "/", []).append(Part(location, _name_of(location)))
    return {run: _in_order(parts, bucket) for run, parts in sorted(runs.items())}


def _name_of(location: str) -> str:
    """What a part is called wherever its run is kept: the last names of its location."""
    names = [name for name in location.split("/") if name][-_DEEPEST:]
    named = ["_" if name in (".", "..") else name for name in names]
    return "/".join(["_"] * (_DEEPEST - len(named)) + named)


def _in_order(parts: list[Part], bucket: S3Config | None) -> list[Part]:
    by_name = sorted(parts, key=lambda part: (part.name.rpartition("/")[2], part.location))
    if len({part.folder for part in parts}) == 1:
        return by_name
    order = {part: order_of(read_head(part.location, bucket, HEAD_BYTES)) for part in parts}
    return sorted(by_name, key=order.__getitem__)


def entries(
    part: Part, bucket: S3Config | None, only: Collection[str], journal: Journal
) -> Iterator[Entry | None]:
    """The entries of a part that are to be sent; None where there is reason to pause.

    Raises:
        DamagedPartError: it is not a part, or not a whole one. What was read before is sent.
        ConnectorError: it can't be read.
    """
    try:
        with open_file(part.location, bucket) as file, gzip.open(file) as unpacked:
            yield from _entries(part.name, unpacked, only, journal)
    except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error):
        raise DamagedPartError(
            f"{part.location} is not a file of rejected records, or it is damaged: name the files "
            "that a sync has stored."
        ) from None


def _entries(
    name: str, unpacked: gzip.GzipFile, only: Collection[str], journal: Journal
) -> Iterator[Entry | None]:
    for number in count(1):
        line = unpacked.readline(ENTRY_BOUNDS.whole_bytes + 1)
        if not line:
            return
        place, content = Place(name, number), line.removesuffix(b"\n")
        if ENTRY_BOUNDS.allow(content):
            yield _chosen(content, place, only, journal)
            continue
        head = StoredHead(content[: ENTRY_BOUNDS.kept_bytes], place)
        while line and not line.endswith(b"\n"):
            line = unpacked.readline(_PIECE)
            yield None
        if not only or Reason.UNREADABLE_LINE.value in only:
            yield head


def _chosen(
    line: bytes, place: Place, only: Collection[str], journal: Journal
) -> tuple[Stored, StoredOrigin] | None:
    """What a line holds, unless it is not asked for or was sent already."""
    if not only and journal.was_sent(place):
        return None  # without a look at it
    stored = read(line)
    if only and stored.reason not in only:
        return None
    first = stored.copy_of or place
    return (stored, StoredOrigin(line, first)) if journal.takes(first) else None
