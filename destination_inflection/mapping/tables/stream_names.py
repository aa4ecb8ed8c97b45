"""Stream names as recognition compares them: in small letters, without what others put around them.

Airbyte lets a connection put a prefix before the names of all its streams, and a warehouse puts a
`_view` behind the names of its deduplicated tables. A name is therefore compared as it is and
without each prefix that at least two streams share, which is never all of a name. A shared prefix
ends with a separator (`prod_`), or else all streams of the catalog begin with it (`prod`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_VIEW: Final = "_view"
_SEPARATOR: Final = re.compile(r"[\W_]+")


def base_name(stream: str) -> str:
    """The name in small letters, without what only says that it is a view."""
    return stream.lower().removesuffix(_VIEW)


def shared_prefixes(streams: Iterable[str]) -> frozenset[str]:
    """The prefixes, in small letters, that at least two of the streams share."""
    names = {base_name(stream) for stream in streams}
    counted = Counter(prefix for name in names for prefix in _prefixes(name))
    shared = {prefix for prefix, count in counted.items() if count > 1}
    if len(names) < 2:
        return frozenset()
    first, last = min(names), max(names)  # what these two share, all names between them do
    letters = enumerate(zip(first, last, strict=False))
    same = next((n for n, (one, other) in letters if one != other), len(first))
    return frozenset(shared | {first[:length] for length in range(1, same + 1)})


def split_names(stream: str, prefixes: frozenset[str]) -> dict[str, str]:
    """The names a stream may be known by, each with the prefix that was before it ("": none)."""
    name = base_name(stream)
    cuts = (name[: len(prefix)] for prefix in _known(name, prefixes))
    return {name: "", **{name[len(prefix) :]: prefix for prefix in cuts if prefix != name}}


def _known(name: str, prefixes: frozenset[str]) -> Sequence[str]:
    return [name[:length] for length in range(1, len(name)) if name[:length] in prefixes]


def _prefixes(name: str) -> Iterator[str]:
    """What could be a prefix of a name: up to a separator."""
    return (name[: match.end()] for match in _SEPARATOR.finditer(name) if match.end() < len(name))
