"""Points in time from their text."""

from datetime import UTC, datetime


def instant(text: str | None) -> datetime | None:
    """A point in time from its text, in UTC if it has no zone; None if it is not one."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
