"""What a run touches of the world outside: time and chance, input, network, stores, signals.

All of it is in one value, so that the very code that runs in production can be run in a made-up
world. The bounds are in it too: a made-up world makes them small, so that they are reached.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from destination_inflection.airbyte.bounds import LINE_BOUNDS, LineBounds
from destination_inflection.airbyte.messages import State
from destination_inflection.commands.ending import Ending
from destination_inflection.delivery.bounds import BOUNDS, Bounds
from destination_inflection.delivery.routes import Access, open_route
from destination_inflection.delivery.seam import Delivery
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.mapping.calls import Call
from destination_inflection.rejects.parts import COLLECTED, Collected
from destination_inflection.storage.folder import FolderConfig
from destination_inflection.storage.s3 import S3Config
from destination_inflection.storage.store import Store, open_store
from destination_inflection.sync.holding import DEFAULT_BOUNDS, SyncBounds
from destination_inflection.sync.records import Sent

Route: TypeAlias = Delivery[Call, Sent[State]]
OpenRoute: TypeAlias = Callable[[Access, Settings, Callable[[str], None]], Route]


class Signals(Protocol):
    """Whether the run is to end early, and how much time there is then (`ending.Ending`)."""

    @property
    def is_told(self) -> bool:
        """Whether there was a signal."""
        ...

    @property
    def name(self) -> str:
        """The signal's name."""
        ...

    @property
    def status(self) -> int:
        """The exit status: 0 without a signal."""
        ...

    @property
    def grace(self) -> float:
        """How many seconds there are for requests in flight."""
        ...

    def guarded(self, store: Store) -> Store:
        """A store whose calls end in time, and which is not asked again once it has failed."""
        ...


@dataclass(frozen=True, slots=True)
class RunBounds:
    """How much a run holds at most, part by part."""

    delivery: Bounds = BOUNDS
    sync: SyncBounds = DEFAULT_BOUNDS
    lines: LineBounds = LINE_BOUNDS
    rejects: Collected = COLLECTED


@dataclass(frozen=True, slots=True)
class Outside:
    """The world as it is, unless something else is put in its place.

    `read` reads from a file descriptor, at most so many bytes; `signals` are noted elsewhere.
    """

    clock: Clock = field(default_factory=Clock)
    read: Callable[[int, int], bytes] = os.read
    open_route: OpenRoute = open_route
    open_store: Callable[[FolderConfig | S3Config], Store] = open_store
    signals: Signals = field(default_factory=Ending)
    bounds: RunBounds = field(default_factory=RunBounds)
