"""The books of replays: which stored rejects went through, by part and line. Pure.

They are kept next to the run, as `{run}/replayed-{when}.json`: each replay writes a file of its
own, and all of them are read. For each part a file holds one bit a line, zipped, in base64, and
the part's mark, by which another file of the same name is known: of that nothing was sent.
Parts of the run itself stand there without its name, so that its folder may get another.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Final, TypeAlias

from destination_inflection.rejects.entry import MOST_LINES, Place
from destination_inflection.rejects.parts import BOOKS_PREFIX

MarkOf: TypeAlias = Callable[[str], str | None]
"""The mark of the part of a name; None where there is no such file."""
_REPLAYED: Final = "replayed"
_LINES: Final = "lines"
_MARK: Final = "mark"
_MOST_BYTES: Final = MOST_LINES // 8 + 1
"""Of all parts together, unpacked: a bit for each of 67 million records."""
_SLASHES_WITHOUT_RUN: Final = 2  # NAMESPACE/STREAM/PART


class Books:
    """A set of places."""

    def __init__(self) -> None:
        self._lines: dict[str, bytearray] = {}
        self._bytes = 0
        self._written: dict[str, str] = {}
        """Of the parts to which nothing was added since."""

    def add(self, place: Place) -> None:
        """Notes a place."""
        lines = self._lines.setdefault(place.part, bytearray())
        at, bit = divmod(place.line, 8)
        if at >= len(lines):
            self._bytes += at + 1 - len(lines)
            lines.extend(bytes(at + 1 - len(lines)))
        lines[at] |= 1 << bit
        self._written.pop(place.part, None)

    def __contains__(self, place: Place) -> bool:
        """Whether a place was noted."""
        lines = self._lines.get(place.part, b"")
        at, bit = divmod(place.line, 8)
        return at < len(lines) and bool(lines[at] >> bit & 1)

    def written(self, run: str, mark_of: MarkOf) -> bytes:
        """The content of a file in the run of this name."""
        for part, lines in self._lines.items():
            if part not in self._written:
                self._written[part] = b64encode(zlib.compress(lines)).decode()
        by_name = {
            part.removeprefix(f"{run}/"): {_LINES: zipped, _MARK: mark_of(part)}
            for part, zipped in self._written.items()
        }
        return json.dumps({_REPLAYED: by_name}).encode()

    def read(self, content: bytes, run: str, mark_of: MarkOf) -> None:
        """Adds what a file in the run of this name holds, but of parts that are others now.

        Raises:
            ValueError: it does not hold books, or with it they would be larger than any.
        """
        try:
            for part, noted in json.loads(content)[_REPLAYED].items():
                whole = part if part.count("/") > _SLASHES_WITHOUT_RUN else f"{run}/{part}"
                lines = _unzipped(b64decode(noted[_LINES], validate=True))
                if noted[_MARK] in (None, mark := mark_of(whole)) or mark is None:
                    self._unite(whole, lines)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError, zlib.error):
            raise ValueError("no books") from None

    def _unite(self, part: str, lines: bytes) -> None:
        known = self._lines.get(part, b"")
        size = max(len(known), len(lines))
        self._bytes += size - len(known)
        if self._bytes > _MOST_BYTES:
            raise ValueError("larger than any")
        both = int.from_bytes(known, "little") | int.from_bytes(lines, "little")
        self._lines[part] = bytearray(both.to_bytes(size, "little"))
        self._written.pop(part, None)


def books_name(when: str) -> str:
    """The name of the file of a replay that began then."""
    return f"{BOOKS_PREFIX}{when}.json"


def are_books(location: str) -> bool:
    """Whether a file is one of them."""
    name = location.rpartition("/")[2]
    return name.startswith(BOOKS_PREFIX) and name.endswith(".json")


def _unzipped(zipped: bytes) -> bytes:
    """What was zipped, all of it.

    Raises:
        ValueError, zlib.error: it is cut, or holds more than any books.
    """
    unpacking = zlib.decompressobj()
    lines = unpacking.decompress(zipped, _MOST_BYTES)
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("cut")
    return lines
