"""Under which name a stream is counted, so that names from the input take a bounded place. Pure."""

from collections.abc import Collection
from typing import Final

from destination_inflection.streams import StreamKey

OTHERS: Final = StreamKey(None, "(others)")
"""Streams that are counted together."""
_MOST_STRANGERS: Final = 100
"""A source that is broken, or out of step with its catalog, shows in fewer."""
_LONGEST_NAME: Final = 512
"""Characters, with the namespace: no tool takes more."""


class Strangers:
    """Streams of the catalog keep their names, and so do the first hundred that it does not have.

    Beyond these, and where a name is absurdly long, streams are counted together, as `OTHERS`.
    """

    def __init__(self, known: Collection[StreamKey], most: int = _MOST_STRANGERS) -> None:
        self._known = known
        self._most = most
        self._strangers: set[StreamKey] = set()

    def counted_as(self, stream: StreamKey) -> StreamKey:
        """The stream itself, or `OTHERS`."""
        if stream in self._known or stream in self._strangers:
            return stream
        is_short = len(stream.name) + len(stream.namespace or "") <= _LONGEST_NAME
        if not is_short or len(self._strangers) >= self._most:
            return OTHERS
        self._strangers.add(stream)
        return stream
