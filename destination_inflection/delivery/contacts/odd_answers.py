"""What the log says of answers that are odd: enough to notice, too little to fill it."""

from collections.abc import Callable
from typing import Final

from destination_inflection.delivery.outcomes import Outcome, Refusal, Refused
from destination_inflection.plurals import plural

_MOST_WARNINGS: Final = 3
"""A run, besides the one of a form that is not understood."""


class OddAnswers:
    """Warns of what Inflection answers oddly."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._warnings = 0
        self._told_of_form = False

    def names_strangers(self, number: int) -> None:
        """A transaction named contacts that were not in its batch; or none."""
        if number:
            self._warn(
                f"A transaction named {number} {plural(number, 'contact')} that it was not sent: "
                "ignored."
            )

    def comes_with_errors(self, number: int) -> None:
        """A batch was taken, and errors came with it; or none."""
        if number:
            self._warn(
                f"Inflection took a batch but named {number} {plural(number, 'error')} with it; "
                "what its transaction says of each contact counts."
            )

    def ends(self, outcome: Outcome) -> None:
        """A request about contacts has ended."""
        if isinstance(outcome, Refused) and outcome.why is Refusal.NOT_CONFIRMED:
            self.has_form(outcome.detail)

    def has_form(self, oddity: str) -> None:
        """What came can't be understood. Told once: else nobody knew why it is not confirmed."""
        if not self._told_of_form:
            self._told_of_form = True
            self._log(
                f"Inflection answers about a batch of contacts in an unexpected way: {oddity}. "
                "Contacts that it does not confirm, even when asked again, are rejected as "
                "not_confirmed: please report this, with the connector's version."
            )

    def _warn(self, text: str) -> None:
        self._warnings += 1
        if self._warnings <= _MOST_WARNINGS:
            self._log(text)
