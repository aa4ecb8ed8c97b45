"""Looks contacts up by email: as it is spelled, then in lower case if no contact was found.

Only a bounded number of look-ups is on its way at a time, so that other requests get their turn;
the others wait here, first come, first served. No input or output in here.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Final, TypeAlias

from destination_inflection.delivery.contacts.calls import Ask, look_up
from destination_inflection.delivery.outcomes import Delivered, Outcome

_MOST_AT_ONCE: Final = 200
"""Look-ups on their way. More make nothing faster: they wait for a connection."""

Found: TypeAlias = Callable[[str, str, Outcome], None]
"""Takes the email, the spelling that was looked up last, and what became of it: `Delivered` with
status 200 if a contact was found, and with another status if not."""


class LookUps:
    """All look-ups that find out whether somebody is a contact."""

    def __init__(self, ask: Ask) -> None:
        """`ask` sends a request and calls back."""
        self._ask = ask
        self._waiting: deque[tuple[str, str, Found]] = deque()
        self._asked = 0

    def find(self, email: str, spelled: str, then: Found) -> None:
        """Looks an email up; `then` is called once, and not before this returns."""
        self._waiting.append((email, spelled, then))
        self._ask_more()

    def _ask_more(self) -> None:
        while self._waiting and self._asked < _MOST_AT_ONCE:
            self._asked += 1
            self._look_up(*self._waiting.popleft())

    def _look_up(self, email: str, spelled: str, then: Found) -> None:
        self._ask(look_up(spelled), partial(self._looked_up, email, spelled, then))

    def _looked_up(self, email: str, spelled: str, then: Found, outcome: Outcome) -> None:
        if (
            isinstance(outcome, Delivered)
            and outcome.response.status != HTTPStatus.OK
            and spelled != (lower := spelled.lower())
        ):
            # Whether Inflection finds an email that is stored in another case is not documented.
            self._look_up(email, lower, then)
            return
        self._asked -= 1
        then(email, spelled, outcome)
        self._ask_more()
