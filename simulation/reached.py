"""The rare states that a simulator has to reach: a counter for each, or else it proves little.

What is counted is seen from outside, or read from the parts of the connector that hold it.
"""

from collections import Counter
from enum import StrEnum
from typing import Final, TypeVar

from destination_inflection.airbyte.messages import State
from destination_inflection.delivery.contacts.contacts import Contacts
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.outcomes import GaveUp, Outcome, Refusal, Refused
from destination_inflection.delivery.seam import Delivery, Sendable
from destination_inflection.mapping.calls import Call
from destination_inflection.sync.records import Sent
from simulation.developer_habits import Rare

C = TypeVar("C", bound=Sendable)
T = TypeVar("T")


class Seen(StrEnum):
    """What may happen in a run; the world's own rare states are in `Rare`."""

    GREEN = "a run that was good"
    FAILED = "a run that failed"
    TERMINATED = "a run that a signal ended in time"
    KILLED = "a run that was killed"
    KILLED_BETWEEN = "killed between storing a reject and its state"
    KILLED_AFTER_SIGNAL = "killed 12 s after the signal, because something hung"
    OUTPUT_LOST = "a state that was written and that the platform never read"
    OUTPUT_BLOCKED = "standard output full"
    GAVE_UP = "a call at its deadline"
    REFUSED = "a call refused"
    BREAKS_ENDPOINT = "a record that breaks the endpoint"
    BREAKS_EVENTS = "the same on the event endpoint"
    UNKNOWN_CONTACT = "a member who is not a contact"
    NOT_CONFIRMED = "a contact that no transaction speaks of"
    CONTACT_FAILED = "a contact that failed"
    PARKED = "a parked call"
    RESTING = "a call that waits without a connection"
    KEPT = "a call that waits and keeps its connection"
    AT_FLOOR = "the pace at its floor"
    SLOWED = "the pace below the ceiling"
    FULL_OF_CALLS = "as many calls pending as may be"
    FULL_OF_STATES = "as many states held as may be"
    FULL_OF_BYTES = "as many bytes held as may be"
    HALVED = "a batch that was halved"
    HALVED_MERGED = "a halved batch with a merged email"
    SPLIT = "a merged email whose rows are sent apart"
    DOUBTED = "an email that rests after a write in doubt"
    MISSED = "a member who waits for the person"
    NARROW = "the window of contacts narrower than it may be"
    STORE_FAILED = "a store that failed"
    LINES_CUT = "a line that came in pieces"
    UNREADABLE = "a line that nobody can read"
    MANY_LANES = "a user with ten calls that wait"
    ORG = "a call that waits for others of its org"


_FEW: Final = 50
"""Of more emails it would take too long to look at each."""
_NARROW: Final = 0.74
"""Of the window, which begins with three quarters of it."""
REQUIRED: Final = (*Seen, *Rare)
"""Each has to be reached over CI's seeds."""


def look_at(delivery: Delivery[Call, Sent[State]], seen: Counter[str]) -> None:
    """Counts what a delivery is going through now."""
    if isinstance(delivery, Lanes):
        _look_at_lanes(delivery, seen)
    elif isinstance(delivery, Contacts):
        _look_at_lanes(delivery._lanes, seen)
        _look_at_contacts(delivery, seen)
    if not delivery.has_room:
        seen[Seen.FULL_OF_CALLS] += 1


def note_outcome(outcome: Outcome, seen: Counter[str]) -> None:
    """Counts what became of a call."""
    match outcome:
        case GaveUp():
            seen[Seen.GAVE_UP] += 1
        case Refused(why=why):
            seen[_BY_REFUSAL[why]] += 1


_BY_REFUSAL: Final = {
    Refusal.REFUSED: Seen.REFUSED,
    Refusal.BREAKS_ENDPOINT: Seen.BREAKS_ENDPOINT,
    Refusal.UNKNOWN_CONTACT: Seen.UNKNOWN_CONTACT,
    Refusal.NOT_CONFIRMED: Seen.NOT_CONFIRMED,
    Refusal.CONTACT_FAILED: Seen.CONTACT_FAILED,
}


def _look_at_lanes(lanes: Lanes[C, T], seen: Counter[str]) -> None:
    pace, turns = lanes.pace, lanes._turns
    if pace.rate < pace.ceiling:
        seen[Seen.SLOWED] += 1
        seen[Seen.AT_FLOOR] += pace.rate <= 1.0
    if lanes._parked:
        seen[Seen.PARKED] += 1
    if turns._resting:
        lane = turns._resting[0][2]
        seen[Seen.RESTING if lane.connection is None else Seen.KEPT] += 1
        seen[Seen.MANY_LANES] += len(lane.calls) >= 10
    seen[Seen.ORG] += any(len(queue) > 1 for queue in turns._orgs._queues.values())


def _look_at_contacts(contacts: Contacts[T], seen: Counter[str]) -> None:
    addresses = contacts._addresses
    if addresses.rests.next_end is not None:
        seen[Seen.DOUBTED] += 1
    places = addresses._addresses
    if len(places) < _FEW and any(each.splitting is not None for each in places.values()):
        seen[Seen.SPLIT] += 1
    window = contacts._window
    seen[Seen.NARROW] += window._batches < _NARROW * window._most and window._most > 1
    if addresses._looks:
        seen[Seen.MISSED] += 1
    divided = contacts._writes._dividing._divided
    if divided:
        seen[Seen.HALVED] += 1
        parts = [part for whole in divided for part in whole.behind]
        seen[Seen.HALVED_MERGED] += any(len(rows) > 1 for b in parts for rows in b.rows.values())
