"""What the sandbox does wrong on purpose, and when: the one list of its faults.

The fields of `Faults` are that list. The command line's options are drawn from it, and so are the
fields of `POST /_sandbox/faults`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import InitVar, dataclass, field, fields
from fnmatch import fnmatchcase
from math import inf, isfinite
from random import Random
from time import monotonic
from typing import Any, Final

from inflection_sandbox.limits import read_limit

RESET: Final = "reset"
HANG: Final = "hang"
WEB_PAGE: Final = "web_page"


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that hits a request: a status, `reset`, `hang` or `web_page`.

    `taken` says whether the request is taken all the same.
    """

    answer: str
    taken: bool = False


def _about(sentence: str, example: str = "") -> Mapping[str, str]:
    """What a fault's field says of itself: `about`, and an `example` of its text."""
    return {"about": sentence, "example": example}


@dataclass
class Faults:
    """The faults in force; with a field's default its fault does not happen.

    Raises ValueError, with a sentence, for text that can't be read. `clock` is in seconds.
    """

    fail: str = field(
        default="",
        metadata=_about(
            "Answer so with these probabilities.", "429:0.1,500:0.02,reset:0.01,hang:0.001"
        ),
    )
    latency_ms: float = field(default=0.0, metadata=_about("Wait before each answer."))
    retry_after: str = field(
        default="",
        metadata=_about("Send this header with what fail, limit and outage answer."),
    )
    limit: str = field(
        default="",
        metadata=_about(
            "Answer 429 beyond so many requests a second, counted over the last second, in a "
            "bucket with a burst of one second, or in fixed windows of so many seconds.",
            "100, 100:bucket or 100:window:60",
        ),
    )
    outage: Sequence[str] = field(
        default=(),
        metadata=_about(
            "Answer 503 and take nothing between these seconds after the first request.", "30:150"
        ),
    )
    web_page: bool = field(
        default=False, metadata=_about("Answer with a web page each time, and take nothing.")
    )
    refuse: Sequence[str] = field(
        default=(),
        metadata=_about(
            "Answer 400 to messages with such a field, trait or property, and to whole batches.",
            "email=poison@*",
        ),
    )
    break_: Sequence[str] = field(
        default=(),
        metadata=_about(
            "Answer 500 each time to messages with such a field, trait or property, and to whole "
            "batches, and take nothing of them.",
            "email=poison@*",
        ),
    )
    fail_contact: Sequence[str] = field(
        default=(),
        metadata=_about("Let contacts with such an email or property fail.", "email=poison@*"),
    )
    settle_ms: float = field(default=0.0, metadata=_about("How long a transaction stays PENDING."))
    queue_ms: float = field(
        default=0.0, metadata=_about("Let transactions settle one by one, this long apart.")
    )
    batch_bytes: int = field(default=0, metadata=_about("Answer 413 to a batch larger than this."))
    known_properties: str = field(
        default="",
        metadata=_about("Store all other properties of contacts silently as null.", "plan,seats"),
    )
    lookup_lag: float = field(
        default=0.0,
        metadata=_about(
            "How many seconds after its transaction a new contact is not found by email.", "SECONDS"
        ),
    )
    seed: int = field(
        default=0, metadata=_about("The same seed gives the same faults in the same order.")
    )
    clock: InitVar[Callable[[], float]] = monotonic

    def __post_init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._random = Random(self.seed)  # noqa: S311 - chance for tests
        self._probabilities = _read_probabilities(self.fail)
        self._limiter = read_limit(self.limit)
        self._outages = [_read_outage(text) for text in self.outage]
        self._known = self.known_properties.split(",") if self.known_properties else None
        if not (self.retry_after.isascii() and self.retry_after.isprintable()):
            raise ValueError("retry_after must be a header's value: seconds, or a date.")
        self._first_at: float | None = None

    async def delay(self) -> None:
        """Waits as long as an answer takes."""
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)

    def strike(self) -> Strike | None:
        """The fault that hits the next request; None for none.

        By chance, a 5xx or a broken connection comes before the request is taken, or after.
        """
        if self.web_page:
            return Strike(WEB_PAGE)
        if self._outages and self._is_out():
            return Strike("503")
        if self._limiter is not None and not self._limiter.lets_in(self._clock()):
            return Strike("429")
        drawn = self._random.random()
        for fault, probability in self._probabilities.items():
            drawn -= probability
            if drawn < 0:
                unknown = fault in (RESET, HANG) or fault.startswith("5")
                return Strike(fault, taken=unknown and self._random.random() >= 0.5)
        return None

    def refuses(self, message: Mapping[str, Any]) -> bool:
        """Whether a pattern fits one of the message's fields, traits or properties."""
        return any(_fits(pattern, message) for pattern in self.refuse)

    def breaks(self, message: Mapping[str, Any]) -> bool:
        """Whether the endpoint breaks on the message: a pattern fits, as in `refuses`."""
        return any(_fits(pattern, message) for pattern in self.break_)

    def dooms(self, contact: Mapping[str, Any]) -> bool:
        """Whether the contact ends as FAILED: a pattern fits its email or a property."""
        return any(_fits(pattern, contact) for pattern in self.fail_contact)

    def stored(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The properties as they are stored: silently null where a name is not known."""
        known = self._known
        return {n: v if known is None or n in known else None for n, v in properties.items()}

    def _is_out(self) -> bool:
        now = self._clock()
        if self._first_at is None:
            self._first_at = now
        passed = now - self._first_at
        return any(start <= passed < end for start, end in self._outages)


FAULTS: Final = {each.name.rstrip("_"): each for each in fields(Faults)}
"""The fields by the name that they are set by: `break` is not a name that Python has free."""


def read_faults(given: Mapping[str, object]) -> Faults:
    """The faults from values by name: a bool or a list of texts where the field is one, else text.

    A number may stand for its text. Raises ValueError, with a sentence.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FAULTS:
            raise ValueError(f"The sandbox has these faults, not {name}: {', '.join(FAULTS)}.")
        values[FAULTS[name].name] = _read_value(name, value)
    return Faults(**values)


def _read_value(name: str, value: object) -> object:
    kind: type = type(FAULTS[name].default)
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"{name} must be true or false.")
    if kind is tuple:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        raise ValueError(f"{name} must be a list of texts.")
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            read = kind(value)
            if kind is str or isfinite(read):
                return read
    raise ValueError(f"{name} must be a {'text' if kind is str else 'number'}.")


def _fits(pattern: str, message: Mapping[str, Any]) -> bool:
    name, _, glob = pattern.partition("=")
    places = (message, message.get("traits"), message.get("properties"))
    values = [place[name] for place in places if isinstance(place, dict) and name in place]
    return any(fnmatchcase(str(value), glob) for value in values)


def _read_probabilities(text: str) -> dict[str, float]:
    return dict(_read_probability(part) for part in text.split(",") if part.strip())


def _read_probability(text: str) -> tuple[str, float]:
    fault, _, probability = text.partition(":")
    fault = fault.strip()
    with suppress(ValueError):
        known = fault in (RESET, HANG) or (fault.isdecimal() and 400 <= int(fault) < 600)
        if known and 0 <= float(probability) <= 1:
            return fault, float(probability)
    raise ValueError("What fails must be written with its probability, such as 429:0.1,reset:0.01.")


def _read_outage(text: str) -> tuple[float, float]:
    try:
        start, end = map(float, text.split(":"))
    except ValueError:
        start, end = inf, inf
    if not 0 <= start < end < inf:
        raise ValueError("An outage must be FROM:TO in seconds, FROM below TO, such as 30:150.")
    return start, end
