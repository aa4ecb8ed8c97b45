"""Nouns next to their counts, so that no log line says "1 records"."""


def plural(count: float, noun: str, several: str | None = None) -> str:
    """The noun as it stands after a count: `record` after 1, `records` after any other.

    `several` is the form of a noun that does not just take an `s`.
    """
    return noun if count == 1 else several or f"{noun}s"
