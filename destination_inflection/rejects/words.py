"""What was said of rejected records, without their values: grouped, and bounded. Pure.

The same words come again and again, so they are looked up first. To take a record's values out of
others costs about a millisecond for each kilobyte of the record, so that there is a limit to it.
"""

import re
from collections import Counter, defaultdict
from typing import Final, TypeAlias

from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import LONGEST_DETAIL, Fault, Origin
from destination_inflection.scrub import GONE, scrubbed
from destination_inflection.streams import StreamKey

OTHER_WORDS: Final = "other words"
"""Stands for all that are beyond the bounds below."""
MOST_WORDS: Final = 20
"""So many different ones of a stream and reason."""
_MOST_WORDS_OF_ALL: Final = 1_000
_MOST_BYTES: Final = 1024 * 1024
"""Of the records of a stream and reason whose values are taken out."""
_STATUS: Final = re.compile(r"HTTP \d{3}")
_Kind: TypeAlias = tuple[StreamKey | None, Reason]


class Words:
    """Finds the words to tell, and to count, of each reject of one run."""

    def __init__(self) -> None:
        self._given: defaultdict[_Kind, set[str]] = defaultdict(set)
        self._by_detail: dict[tuple[_Kind, str], str] = {}
        self._bytes: Counter[_Kind] = Counter()
        self._different = 0

    def of(self, fault: Fault, origin: Origin) -> str | None:
        """Inflection's words about a reject, or ours about its answer; None where it gave none.

        They hold no value of the record, and have at most 310 characters. The first words of a
        stream and reason are always given; others are `OTHER_WORDS` once there are too many.
        """
        if fault.detail is None:
            return None
        kind = fault.place, fault.reason
        # What was given once may be given again: it says nothing new of any record.
        known = self._by_detail.get((kind, fault.detail))
        if known is not None:
            return known
        given = self._given[kind]
        if given and self._bytes[kind] >= _MOST_BYTES:
            return OTHER_WORDS
        self._bytes[kind] += origin.size + len(fault.detail)
        words = _said(fault.detail, origin)[:LONGEST_DETAIL]
        if words not in given:
            if given and (len(given) >= MOST_WORDS or self._different >= _MOST_WORDS_OF_ALL):
                return OTHER_WORDS
            given.add(words)
            self._different += 1
        if len(fault.detail) <= LONGEST_DETAIL and len(self._by_detail) < _MOST_WORDS_OF_ALL:
            self._by_detail[kind, fault.detail] = words
        return words


def _said(detail: str, origin: Origin) -> str:
    # The status in front is ours; a user whose id is 400 must not hide it.
    ours = _STATUS.match(detail)
    prefix = ours[0] if ours is not None else ""
    kept = origin.entry()
    # Where the record can't be taken apart, nobody can tell which words are its values.
    words = scrubbed(detail.removeprefix(prefix), kept["record"]) if "record" in kept else GONE
    return f"{prefix}{words}"
