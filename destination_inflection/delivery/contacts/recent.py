"""What was seen most recently, in bounded memory. Pure."""

from collections import OrderedDict
from sys import getsizeof
from typing import Final

_ENTRY_BYTES: Final = 170
"""What an entry takes in the table, about, over and above its two texts."""


class Recent:
    """Texts by their keys. Beyond its bounds the oldest are forgotten, one by one."""

    def __init__(self, most: int, most_bytes: int) -> None:
        """It holds at most so many, and so many bytes of memory."""
        self._most = most
        self._most_bytes = most_bytes
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> str | None:
        """What was put under a key, if that is remembered."""
        return self._texts.get(key)

    def put(self, key: str, text: str = "") -> None:
        """Remembers a text; it is the newest now."""
        self.forget(key)
        self._texts[key] = text
        self._bytes += _size(key, text)
        while len(self._texts) > self._most or self._bytes > self._most_bytes:
            self._bytes -= _size(*self._texts.popitem(last=False))

    def forget(self, key: str) -> None:
        """Forgets a key."""
        text = self._texts.pop(key, None)
        if text is not None:
            self._bytes -= _size(key, text)


def _size(key: str, text: str) -> int:
    return getsizeof(key) + getsizeof(text) + _ENTRY_BYTES
