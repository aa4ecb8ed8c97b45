"""What identifies a stream."""

from typing import NamedTuple


class StreamKey(NamedTuple):
    """What identifies a stream within one sync."""

    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name
