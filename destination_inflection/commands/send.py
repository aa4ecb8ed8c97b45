"""The command `send`: a few real records of one stream to Inflection, with all that is said.

It takes the first records that map, sends them as a sync would, and shows each request and answer.
It writes no state, stores no reject and does not look at `dry_run`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Final, TypeAlias

from destination_inflection.airbyte.bounds import LINE_BOUNDS
from destination_inflection.airbyte.messages import Record, parse
from destination_inflection.config.form import Config
from destination_inflection.delivery.bounds import BOUNDS
from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Outcome,
    Refused,
    Stopped,
    Unneeded,
)
from destination_inflection.delivery.routes import Access, origin_of_route, route_over
from destination_inflection.delivery.seam import Delivery
from destination_inflection.delivery.settings import (
    Clock,
    EventEndpointRoute,
    RetryPolicy,
    Settings,
)
from destination_inflection.delivery.transport.choice import best_transport
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    Request,
    Transport,
)
from destination_inflection.delivery.transport.shown import Shown
from destination_inflection.errors import ConfigError
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.plurals import plural
from destination_inflection.streams import StreamKey
from destination_inflection.sync.plans import Plans

DEADLINE_SECONDS: Final = 60.0
"""What a call gets with all its attempts, and a transaction to settle."""
_SLOTS: Final = 1
"""One request after the other, so that each answer stands under its request."""
_MOST_SHOWN: Final = 10_000
"""Characters of one body."""

Say: TypeAlias = Callable[[str], None]


class End(Enum):
    """What Inflection has of the calls; `IN_PART`: some, or it has not yet said."""

    DELIVERED = "all"
    IN_PART = "some"
    NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The calls that a stream's first records become, and how many records were passed over."""

    calls: Sequence[Call]
    records: int
    passed_over: int


def stream_named(name: str, plans: Plans) -> tuple[StreamKey, StreamPlan]:
    """The stream that is meant by its name, alone or as `namespace.name`.

    Raises:
        ConfigError: there is no such stream, there are several, or it can't be mapped.
    """
    found = [key for key in plans if name == str(key)] or [k for k in plans if name == k.name]
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise ConfigError(f"Several streams are called {name}: name one of {names} with --stream.")
    if not found:
        near = get_close_matches(name, list(map(str, plans)), n=1) or list(map(str, plans))[:1]
        hint = f", for instance {near[0]}" if near else ""
        raise ConfigError(f"The catalog has no stream {name}: name one of its streams{hint}.")
    plan = plans[found[0]]
    if not isinstance(plan, StreamPlan):
        raise plan.problem
    return found[0], plan


def choose(lines: Iterable[bytes], key: StreamKey, plan: StreamPlan, limit: int) -> Chosen:
    """The calls of the first `limit` records of a stream that map.

    Raises:
        ConfigError: none of the stream's records maps, or none came.
    """
    mapped: list[list[Call]] = []
    passed_over = 0
    for record in _records(lines, key):
        row = record.data if isinstance(record.data, dict) else None
        results = [] if row is None else plan.map(row, record.emitted_at)
        calls = [result for result in results if isinstance(result, Call)]
        if calls:
            mapped.append(calls)
        else:
            passed_over += 1
        if len(mapped) == limit:
            break
    if not mapped:
        seen = (
            f"{passed_over} {plural(passed_over, 'record')} of {key}, of which none would be sent"
        )
        raise ConfigError(
            f"Standard input has {seen if passed_over else f'no record of {key}'}: pass the "
            "messages of the source's read, and see what becomes of them with preview."
        )
    calls = [call for each in mapped for call in each]
    return Chosen(calls, len(mapped), passed_over)


def _records(lines: Iterable[bytes], key: StreamKey) -> Iterator[Record]:
    for line in lines:
        message = parse(line) if LINE_BOUNDS.allow(line) else None
        if isinstance(message, Record) and message.stream == key:
            yield message


def question(config: Config, key: StreamKey, chosen: Chosen) -> str:
    """What is asked before anything is sent."""
    calls = len(chosen.calls)
    return (
        f"Send {chosen.records} {plural(chosen.records, 'record')} of {key} "
        f"({calls} {plural(calls, 'call')}) to {origin_of_route(_access(config))}? [y/N] "
    )


def send(config: Config, chosen: Chosen, say: Say) -> End:
    """Sends the calls, shows requests and answers, and says what became of them."""
    return send_over(best_transport(_SLOTS).make(_SLOTS, BOUNDS), config, chosen, say)


def send_over(
    transport: Transport, config: Config, chosen: Chosen, say: Say, clock: Clock | None = None
) -> End:
    """Does the same over a transport with one slot."""
    wire = _Wire(say)
    shown = Shown(transport, wire.request, wire.answer)
    timeout = min(config.request_timeout_seconds, DEADLINE_SECONDS)
    settings = Settings(
        _SLOTS, config.max_requests_per_second, RetryPolicy(timeout, DEADLINE_SECONDS)
    )
    delivery: Delivery[Call, int] = route_over(shown, _access(config), settings, say, clock)
    ends: list[Outcome] = []
    try:
        for number, call in enumerate(chosen.calls):
            delivery.submit(call, number)
        delivery.flush()
        delivery.no_more_calls()
        while len(ends) < len(chosen.calls):
            ended = [outcome for _number, outcome in delivery.outcomes()]
            ends += ended
            if not ended:
                delivery.wait(1.0)
    finally:
        delivery.close()
    for said in dict.fromkeys(_became(outcome, is_pending=wire.is_pending) for outcome in ends):
        say(said)
    delivered = sum(isinstance(outcome, Delivered) for outcome in ends)
    if delivered == len(ends):
        return End.DELIVERED
    return End.IN_PART if delivered or wire.is_pending else End.NOTHING


def where_to_look(config: Config) -> str:
    """Where what was sent can be seen."""
    origin = origin_of_route(_access(config))
    if "//127.0.0.1" in origin or "//localhost" in origin:
        return f"If this is the local sandbox, open {origin} in a browser to see it."
    if isinstance(config.delivery, EventEndpointRoute):
        return (
            "In Inflection, the Connections page shows the numbers of this connection; look up the "
            "person by the email to see the traits, and the activity of a track call."
        )
    return "In Inflection, look up the contact by the email."


class _Wire:
    """Says what goes over the wire."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.is_pending = False
        """Whether the last answer said that a transaction is not done yet."""

    def request(self, request: Request) -> None:
        headers = "".join(f"{name}: {value}\n" for name, value in request.headers.items())
        url, mark, _ = request.url.partition("?")
        shown = f"{url}?****" if mark else url
        self._say(f"{request.method} {shown}\n{headers}{_text(request.body)}")

    def answer(self, answer: Answer) -> None:
        if isinstance(answer, Failure):
            self._say(f"-> No answer: {answer.kind}.\n")
            return
        self.is_pending = b'"PENDING"' in answer.body
        self._say(f"-> HTTP {answer.status}\n{_text(answer.body)}")


def _became(outcome: Outcome, *, is_pending: bool) -> str:
    match outcome:
        case Delivered(change=change):
            return f"Delivered{f': {change}' if change else ''}."
        case Refused():
            return f"Refused: {outcome.detail}"
        case Unneeded():
            return "Not needed: Inflection has no contact with this email."
        case Stopped():
            return outcome.problem
        case GaveUp() if is_pending:
            return (
                f"PENDING: Inflection has taken it, but has not said within {DEADLINE_SECONDS:.0f} "
                "seconds what became of it. Look it up there later."
            )
        case GaveUp():
            return f"Not delivered in {DEADLINE_SECONDS:.0f} seconds: {outcome.trouble}."
    return "Not known: the command ended before Inflection answered."


def _access(config: Config) -> Access:
    return Access(config.delivery, config.api_key)


def _text(body: bytes) -> str:
    text = body.decode(errors="replace")
    more = len(text) - _MOST_SHOWN
    return (text[:_MOST_SHOWN] + f" ... and {more:,} more characters" if more > 0 else text) + "\n"
