"""What a sync is told when it begins: where it puts things, and what it may tolerate."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import monotonic
from typing import Final

from destination_inflection.rejects.entry import Origin
from destination_inflection.rejects.parts import OnlyLogged, RejectStore
from destination_inflection.streams import StreamKey
from destination_inflection.sync.holding import DEFAULT_BOUNDS, SyncBounds

_ONLY_LOGGED: Final = OnlyLogged()


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a sync puts things: warnings, and rejected records.

    `mask` takes the key out of Inflection's words, should it stand there. `delivered` is told of
    each record all of whose calls were delivered.
    """

    log: Callable[[str], None]
    rejects: RejectStore = _ONLY_LOGGED
    mask: Callable[[str], str] = str
    delivered: Callable[[Origin], None] | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a sync may tolerate, and by whose clock (in seconds).

    `overwriting` are the streams in overwrite mode: no record is expected there.
    """

    max_rejected_percent: float = 100.0
    overwriting: Collection[StreamKey] = ()
    bounds: SyncBounds = DEFAULT_BOUNDS
    clock: Callable[[], float] = monotonic


DEFAULT_TERMS: Final = Terms()
