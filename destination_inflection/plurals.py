"""Nouns next to their counts, so that no log line says "1 records"."""


def plural(count: float, noun: str) -> str:
    """The noun as it stands after a count: `record` after 1, `records` after any other."""
    return noun if count == 1 else f"{noun}s"
