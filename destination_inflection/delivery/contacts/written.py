"""Whom this run has made a contact lately. Pure."""

from typing import Final

_MOST_IN_A_GENERATION: Final = 50_000
"""There are two; both take some 4 MB, as 64-bit hashes."""


class Written:
    """The emails that this run wrote last: the last 50,000 at least, the last 100,000 at most.

    Only their hashes are kept. Inflection's look-up may not know a contact yet that was just
    written: who is in here is known all the same. Of two emails with one hash, the other would
    count as written too: that can cost look-ups, or one that is left out.
    """

    def __init__(self, most: int = _MOST_IN_A_GENERATION) -> None:
        """`most` is how many there are in a generation."""
        self._most = most
        self._newer: set[int] = set()
        self._older: set[int] = set()

    def __contains__(self, email: str) -> bool:
        """Whether the email was written lately."""
        key = hash(email)
        return key in self._newer or key in self._older

    def add(self, email: str) -> None:
        """Notes that Inflection has said of an email that it is written."""
        self._newer.add(hash(email))
        if len(self._newer) >= self._most:
            self._newer, self._older = set(), self._newer

    def discard(self, email: str) -> None:
        """Forgets an email."""
        self._newer.discard(hash(email))
        self._older.discard(hash(email))
