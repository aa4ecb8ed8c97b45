"""How much of one line is held, parsed and kept, whatever the input holds. Pure.

Parsed, a line takes several times its size: what it takes most is bounded by its values, and each
value but the first comes after a comma or an opening bracket. Some rules read JSON inside text: in
it, such a sign may be an escape.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MIB: Final = 1024 * 1024
# Escapes without their backslash, which may be one itself where JSON is within JSON.
_COMMAS: Final = (b",", b"u002c", b"u002C")
_BRACKETS: Final = (b"[", b"{", b"u005b", b"u005B", b"u007b", b"u007B")


@dataclass(frozen=True, slots=True)
class LineBounds:
    """All but the last are what a line may have at most and still be read as a message."""

    whole_bytes: int = 16 * 1024 * 1024
    """Inflection takes 32 KiB a message: a row of five hundred times that can't be sent."""
    uncounted_bytes: int = 1024 * 1024
    """Shorter lines can't hold so many values that it matters; nothing is counted in them. A longer
    one is stored as it came if it is rejected."""
    commas: int = 500_000
    """Half a million values, of some hundred bytes each once they are parsed."""
    brackets: int = 100_000
    """An object of one entry takes eight bytes in a line, and over two hundred once parsed."""
    odd_bytes: int = 4 * 1024 * 1024
    """What strict JSON does not allow is read by Python, at ten times a record's size or more."""
    kept_bytes: int = 64 * 1024
    """Of a line that is not read, so much is stored: enough to see what it is."""

    def __str__(self) -> str:
        """For a person."""
        return (
            f"above {self.whole_bytes / _MIB:g} MiB, or above {self.uncounted_bytes / _MIB:g} MiB "
            f"with more than {self.commas:,} commas or {self.brackets:,} brackets"
        )

    def excess(self, length: int) -> str:
        """Why a line of this length, which is not allowed, is not read: the end of a sentence."""
        if length > self.whole_bytes:
            most = f"{self.whole_bytes / _MIB:g} MiB"
            return f"it has {length:,} bytes, more than the {most} that are read"
        return (
            f"it has {length:,} bytes with more than {self.commas:,} commas or {self.brackets:,} "
            "brackets, too many to be read"
        )

    def allow(self, line: bytes) -> bool:
        """Whether a line is to be parsed."""
        if len(line) <= self.uncounted_bytes:
            return True
        return (
            len(line) <= self.whole_bytes
            and _count(line, _COMMAS) <= self.commas
            and _count(line, _BRACKETS) <= self.brackets
        )


def _count(line: bytes, signs: Iterable[bytes]) -> int:
    return sum(map(line.count, signs))


LINE_BOUNDS: Final = LineBounds()
ENTRY_BOUNDS: Final = LineBounds(whole_bytes=24 * _MIB, uncounted_bytes=4 * _MIB)
"""For stored rejects. What comes from a longer line is in base64, which takes a third more; in what
comes from a shorter one, a letter outside ASCII takes up to three times its bytes."""
