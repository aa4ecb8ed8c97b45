"""What the log says about odd answers: enough to notice them, too little to flood it."""

from collections.abc import Callable
from typing import Final

from destination_inflection.delivery.outcomes import Outcome, Refusal, Refused
from destination_inflection.plurals import plural

_MOST_WARNINGS: Final = 3
"""Per run, not counting the one about an unknown form."""


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
                f"A transaction listed {number} {plural(number, 'contact')} that "
                f"{plural(number, 'was', 'were')} not in its batch; "
                f"{plural(number, 'it is', 'they are')} ignored."
            )

    def comes_with_errors(self, number: int) -> None:
        """A batch was taken, and errors came with it; or none."""
        if number:
            self._warn(
                f"Inflection accepted a batch but returned {number} {plural(number, 'error')} with "
                "it; the transaction decides about each contact."
            )

    def ends(self, outcome: Outcome) -> None:
        """A request about contacts has ended."""
        if isinstance(outcome, Refused) and outcome.why is Refusal.NOT_CONFIRMED:
            self.has_form(outcome.detail)

    def has_form(self, oddity: str) -> None:
        """Logged once, so that the user knows why contacts are not confirmed."""
        if not self._told_of_form:
            self._told_of_form = True
            self._log(
                "Inflection's answer about a batch of contacts is not in the documented form: "
                f"{oddity}. Contacts that it does not confirm, even when asked again, are rejected "
                "as not_confirmed: please report this, with the connector's version."
            )

    def _warn(self, text: str) -> None:
        self._warnings += 1
        if self._warnings <= _MOST_WARNINGS:
            self._log(text)
