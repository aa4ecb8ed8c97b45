"""How long a text may be and still be looked into: what is longer can't leave anyway. Pure.

To look for something costs most in a text of many megabytes, which a row may well hold: a search
for invisible characters takes seconds, during which not even a signal is heard, and small letters
take twelve bytes a character. So names, ids and words that are longer than any message are left as
they are: the message that they would be in is too large.
"""

from typing import Final

LONGEST_SENT: Final = 32 * 1024
"""Characters. A message has at most as many bytes (`calls.LARGEST_MESSAGE_BYTES`)."""
LONGEST_READ: Final = 1024 * 1024
"""Characters of JSON in a text, of which a rule may send a part. Parsed, it takes some thirty times
as much; the values of a whole line are counted where it comes in."""

MOST_NAMES: Final = 8 * LONGEST_SENT
"""Characters of a row's names that were not met before. Each is looked at several times, and all
that are to be sent have room in one message: a row with more of them is too large."""


def lowered(text: str) -> str:
    """The text in small letters; one that is longer than any message as it is."""
    return text if len(text) > LONGEST_SENT else text.lower()
