"""What the endpoints of a world know of the calls that they got: the truth about each outcome."""

from collections.abc import Callable, Iterable
from typing import Final

import orjson

from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Outcome,
    Refusal,
    Refused,
    Unneeded,
)
from simulation.developer_api import DeveloperApi, Habits
from simulation.event_endpoint import Books
from simulation.forbidden import Forbidden
from simulation.history import History
from simulation.lines import InputLine
from simulation.suspicion import Suspicion
from simulation.tables import LIST_ID, MEMBERS
from simulation.violation import Rule, Violation
from simulation.watched import SentCall

_NEVER_TAKEN: Final = "it was never taken"
_NEVER_TOLD_NO: Final = "nobody said no to it"
PEOPLE: Final = "people"
_SMALL: Final = 2_000
"""Bytes that one contact alone may have."""
_GOOD: Final = "it is a good record"


class EventTruth:
    """Of the event endpoint."""

    def __init__(
        self,
        books: Books,
        forbidden: Callable[[], Forbidden],
        suspicion: Callable[[], Suspicion],
    ) -> None:
        """The last two are of the run that is going on."""
        self._books = books
        self._forbidden = forbidden
        self._suspicion = suspicion

    def begin_run(self) -> None:
        """All that counts is asked of the run that is going on."""

    def contradicts(self, sent: SentCall, outcome: Outcome) -> str | None:
        """Why an outcome can't be."""
        forbidden, suspicion = self._forbidden(), self._suspicion()
        more_come = not forbidden.may_decide_all
        suspicion.ends(sent)
        match outcome:
            case Delivered() if not self._books.taken[sent.mark, sent.call.kind]:
                return _NEVER_TAKEN
            case Refused(why=Refusal.REFUSED):
                call = sent.call
                if sent.mark in self._books.told_no:
                    return None
                if not forbidden.told_no(sent.mark, call.identity, call.kind):
                    return _NEVER_TOLD_NO
                is_shown = forbidden.shows_that_it_was_the_call(sent.mark, call.kind)
                return None if is_shown else "nothing succeeded after it"
            case Refused(why=Refusal.BREAKS_ENDPOINT):
                return suspicion.breaks(sent, more_come=more_come)
            case GaveUp():
                return suspicion.gives_up(sent, more_come=more_come)
            case Refused():
                return "this endpoint says nothing of the kind"
            case Unneeded():
                return "every call is needed here"
        return None


class ContactsTruth:
    """Of the Developer API."""

    def __init__(
        self,
        api: DeveloperApi,
        habits: Habits,
        forbidden: Callable[[], Forbidden],
        lines: Iterable[InputLine],
    ) -> None:
        """`lines` are all that may be sent."""
        self._leavers = {line.person for line in lines if leaves(line)}
        self._api = api
        self.written: set[str] = set()
        """Whose contacts were written in the run that is going on."""
        self._habits = habits
        self._forbidden = forbidden

    def begin_run(self) -> None:
        """Nobody was written in this run."""
        self.written.clear()

    def contradicts(self, sent: SentCall, outcome: Outcome) -> str | None:
        """Why an outcome can't be."""
        api, email = self._api, sent.call.identity
        match outcome:
            case Delivered() if sent.call.kind == "member":
                return None if self._said_of_member(sent) else _NEVER_TAKEN
            case Delivered():
                self.written.add(email)
                return None if sent.mark in api.said_good else _NEVER_TAKEN
            case Refused():
                return self._contradicts_no(sent, outcome.why)
            case Unneeded():
                return None if email in api.said_unknown else "nobody said so"
        return None

    def _contradicts_no(self, sent: SentCall, why: Refusal) -> str | None:
        """Why a call can't be refused."""
        api, habits, email = self._api, self._habits, sent.call.identity
        match why:
            case Refusal.REFUSED:
                told = self._forbidden().told_no(sent.mark, email, sent.call.kind)
                told = told or email in habits.refused or sent.mark in habits.refused
                is_small = 0 < habits.batch_bytes <= _SMALL
                return None if told or is_small or habits.share_odd else _NEVER_TOLD_NO
            case Refusal.CONTACT_FAILED:
                is_bad = email in habits.failing or sent.mark in habits.failing
                by_chance = habits.share_failed > 0 or habits.share_odd > 0
                if sent.mark not in api.said_failed:
                    return "it did not fail"
                return None if is_bad or by_chance else _GOOD
            case Refusal.UNKNOWN_CONTACT:
                if email in self.written:
                    return "its person was written in this run"
                return None if email in api.said_unknown else "nobody said so"
            case Refusal.BREAKS_ENDPOINT:
                return None if email == habits.poison else _GOOD
            case Refusal.NOT_CONFIRMED:
                return None if _is_unclear(habits) else "all was said clearly"

    def _said_of_member(self, sent: SentCall) -> bool:
        """Whether something was said of a member; of rows that were merged, the newest counts."""
        body = orjson.loads(sent.call.body)
        list_id, email = str(body["list_id"]), sent.call.identity
        said = self._api.member_said
        if email in self._habits.new_ids and not body["member"]:
            return True  # the id may have changed on the way
        return any(said[list_id, email, joins] for joins in (True, False)) or (
            email in self._api.said_unknown and email in self._leavers
        )


def _is_unclear(habits: Habits) -> bool:
    return bool(habits.share_odd or habits.share_lost or habits.share_partly)


def look_at_contacts(api: DeveloperApi, history: History) -> None:
    """Looks at the contacts after the last run was good, and time has passed.

    Raises:
        Violation: a contact does not have the newest value, or a request was sent that must not be.
    """
    if api.complaints:
        raise Violation(Rule.CALLS, api.complaints[0])
    for email, marks in api.created_by.items():
        if all(history.lines[mark].calls == ("contact_if_known",) for mark in marks):
            raise Violation(Rule.CALLS, f"{email} was created by a row that must not create")
    odd = {history.lines[mark].person for mark in history.refused | history.ever_refused}
    newest: dict[tuple[str, str], InputLine] = {}
    for mark in history.delivered:
        line = history.lines[mark]
        place = line.stream, line.person
        if line.calls and line.person not in odd:
            is_newer = place not in newest or newest[place].position < line.position
            newest[place] = line if is_newer else newest[place]
    for (stream, email), line in newest.items():
        if stream == PEOPLE and (value := api.stored(email).get("value")) != line.position:
            raise Violation(Rule.PERSONS, f"{email} has {value}, not {line.position}")
        if stream == MEMBERS.name and (email in api.members(LIST_ID)) is leaves(line):
            raise Violation(Rule.PERSONS, f"{email} is on the list, or is not, against {line.mark}")


def leaves(line: InputLine) -> bool:
    """Whether a row says that somebody is not on the list."""
    is_member = b'"is_member":true' in line.text and b'_deleted_at":"' not in line.text
    return line.calls == ("member",) and not is_member
