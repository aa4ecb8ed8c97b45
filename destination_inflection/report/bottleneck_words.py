"""What bounded a run, as people read it: its name, its figure, and what can be done. Pure."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from destination_inflection.delivery.traffic import Bottleneck
from destination_inflection.report.bottleneck import Found, Limits
from destination_inflection.report.document import BottleneckTold
from destination_inflection.report.words import duration, milliseconds, number

_MOST_CONNECTIONS: Final = 256
_NO_MORE_CONNECTIONS: Final = (
    "more connections are not possible, so ask Inflection for faster answers"
)


class _Telling(NamedTuple):
    """How one is told; `without` is used if there is no figure."""

    name: str
    figure: str
    shown: Callable[[float], str]
    next_step: str
    without: str = ""


_NOUNS: Final = ("request", "attempt", "record")


def _took(seconds: float) -> str:
    return milliseconds(1000 * seconds)


_TELLINGS: Final[Mapping[Bottleneck, _Telling]] = MappingProxyType(
    {
        Bottleneck.INPUT: _Telling(
            "the source",
            "records come at {} a second",
            number,
            "only a faster source makes it faster",
        ),
        Bottleneck.CEILING: _Telling(
            "the ceiling",
            "at most {} {requests} a second may start",
            number,
            "raise advanced.max_requests_per_second if Inflection allows more",
        ),
        Bottleneck.LIMIT: _Telling(
            "the endpoint's own limit",
            "about {} {requests} a second were accepted",
            number,
            "ask Inflection for a higher limit",
            "no request was accepted",
        ),
        Bottleneck.FAULTS: _Telling(
            "waiting after faults",
            "{} {attempts} failed",
            number,
            "the causes are counted under retries; if they last, ask Inflection",
        ),
        Bottleneck.PARALLEL: _Telling(
            "parallel requests",
            "{connections} at a time x {took} an answer = {} a second",
            number,
            f"raise advanced.connections (at most {_MOST_CONNECTIONS})",
            "no request was answered",
        ),
        Bottleneck.IDENTITY: _Telling(
            "one busy person or org",
            "calls about the same one are sent one after the other, {} {records} a second in all",
            number,
            "check for an id or an email that too many records share",
        ),
        Bottleneck.TRANSACTIONS: _Telling(
            "unsettled transactions",
            "a transaction took {} on average",
            duration,
            "only Inflection can make this shorter",
            "no transaction was settled",
        ),
        Bottleneck.ANSWERS: _Telling(
            "the last answers",
            "everything was sent, and only answers were awaited, {} each",
            _took,
            "there is nothing to change",
            "no request was answered",
        ),
        Bottleneck.PROCESSOR: _Telling(
            "the processor",
            "reading, mapping and sending took {} a record",
            _took,
            "use a faster processor, or divide the streams among several connections",
            "no record was read",
        ),
    }
)


def told(found: Sequence[Found], limits: Limits) -> list[BottleneckTold]:
    """Bottlenecks in words; `figure` and `next_step` are clauses without a full stop."""
    return [_told(each, limits) for each in found]


def sentences(bottlenecks: Sequence[BottleneckTold], opening: str) -> str:
    """The first with its figure and the next step, the others by name.

    `opening` goes before the name. The text is empty where there are none.
    """
    if not bottlenecks:
        return ""
    largest, *others = bottlenecks
    said = (
        f"{opening} {largest['name']} for {_percent(largest)} of the time: {largest['figure']}; "
        f"{largest['next_step']}."
    )
    if others:
        named = ", ".join(f"{other['name']} ({_percent(other)})" for other in others)
        said += f" Also by {named}."
    return said


def _told(found: Found, limits: Limits) -> BottleneckTold:
    telling, value = _TELLINGS[found.what], found.figure
    figure, next_step = telling.without, telling.next_step
    if value is not None:
        took = _took(limits.connections / value) if value else ""
        shown = telling.shown(value)
        figure = telling.figure.format(
            shown,
            connections=limits.connections,
            took=took,
            **{f"{noun}s": noun if shown == "1" else f"{noun}s" for noun in _NOUNS},
        )
    if found.what is Bottleneck.PARALLEL and limits.connections >= _MOST_CONNECTIONS:
        next_step = _NO_MORE_CONNECTIONS
    return {
        "bottleneck": found.what.value,
        "name": telling.name,
        "share": round(found.share, 3),
        "figure": figure,
        "next_step": next_step,
    }


def _percent(told: BottleneckTold) -> str:
    return f"{100 * told['share']:.0f}%"
