"""The name of a file that only tries whether files can be stored."""

from uuid import uuid4


def probe_name() -> str:
    """A name that no other check uses."""
    return f".destination-inflection-check-{uuid4().hex}"
