"""What each process is called in the results: the parts write figures, the goals look them up."""

from typing import Final

STOCK: Final = "stock airbyte-cdk"
CLEAR: Final = "ours, sandbox without faults"
AT_DEFAULTS: Final = "ours at 100 ms with default settings"
MEMORY: Final = "ours, memory"
CONTACTS: Final = "contacts, "
CONTACTS_MEMORY: Final = f"{CONTACTS}ours, memory"


def over(program: str, connections: int) -> str:
    """A program over so many connections, at a sink that answers at once."""
    return f"{program}, {connections} connections"


def slow(connections: int) -> str:
    """Ours at a sink that takes 50 ms."""
    return f"ours at 50 ms, {connections} connections"


def posting(program: str, batch: int) -> str:
    """A program that sends so many records a POST."""
    return f"{program}, {batch} a POST"


def stormy(seed: int) -> str:
    """Ours in the sandbox's bad weather."""
    return f"ours, sandbox with 10 % 429 and 2 % 500, seed {seed}"


def over_tls(program: str) -> str:
    """A program over TLS."""
    return f"{program} over TLS"


def next_to_tls(program: str) -> str:
    """The same program without TLS, measured in turn with it."""
    return f"{program} without TLS, in turn"
