"""What of a text can't be seen: blanks, and characters that are invisible. Pure.

Invisible are Unicode's categories Cc, Cf, Zl and Zp (controls, zero-width characters, byte order
and direction marks, soft hyphens, separators of lines) and a few letters and signs that are drawn
as nothing: Hangul fillers, the grapheme joiner, two Khmer vowels, the blank Braille pattern.
Variation selectors are not among them, for they change how the character before them looks.
"""

import re
from itertools import chain
from typing import Final

from destination_inflection.mapping.values.lengths import LONGEST_SENT

_INVISIBLE_RANGES: Final = (
    *((0x0000, 0x001F), (0x007F, 0x009F), (0x2028, 0x2029)),  # Cc, Zl, Zp
    # Cf; a test holds this against Python's own table.
    *((0x00AD, 0x00AD), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F)),
    *((0x0890, 0x0891), (0x08E2, 0x08E2), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E)),
    *((0x2060, 0x2064), (0x2066, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),
    *((0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3)),
    *((0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F)),
    # Drawn as nothing, whatever their category.
    *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x2800, 0x2800)),
    *((0x3164, 0x3164), (0xFFA0, 0xFFA0)),
)
_INVISIBLE: Final = "".join(
    map(chr, chain.from_iterable(range(first, last + 1) for first, last in _INVISIBLE_RANGES))
)
_SPACES: Final = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
UNSEEN: Final = _INVISIBLE + _SPACES + "\u202f\u205f\u3000"
"""Every blank and every invisible character."""
_ANY_INVISIBLE: Final = re.compile(f"[{re.escape(_INVISIBLE)}]")


def trimmed(text: str) -> str:
    """The text without the blanks and invisible characters at its ends."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return text.strip(UNSEEN)


def visible(text: str) -> str:
    """The text without blanks at its ends, and without any invisible character.

    One that is longer than any message stays as it is.
    """
    if len(text) > LONGEST_SENT:
        return text
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return _ANY_INVISIBLE.sub("", text).strip(UNSEEN)


def has_invisible(text: str) -> bool:
    """Whether a character of the text is invisible; a blank is not."""
    if text.isascii():
        return not text.isprintable()
    return _ANY_INVISIBLE.search(text) is not None
