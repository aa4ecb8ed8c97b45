"""Splitting: which of an email's rows are bad, when the contact they were merged into is refused.

The rows are divided, one half is sent on its own and then the other, until the bad row stands alone
and costs one row. The halves keep their order, so what is newer is also written later. Pure.
"""

from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.batches import Row
from destination_inflection.delivery.outcomes import Delivered, Outcome, is_a_no

MOST_REFUSALS: Final = 20
"""Refusals of one email in a row, without a success between them.

Ten halvings find one bad row among a thousand; twice as many mean that the email itself is refused,
and that each of its rows would be.
"""

T = TypeVar("T")


class Splitting(Generic[T]):
    """The rows of one email that wait, in order, while others of it are tried on their own."""

    def __init__(self) -> None:
        self._behind: list[list[Row[T]]] = []
        """Groups of rows, each to be sent as one contact; the last is the next."""
        self._refusals = 0

    @property
    def waiting(self) -> list[Row[T]]:
        """All rows that wait, the oldest first."""
        return [row for group in reversed(self._behind) for row in group]

    def after(self, rows: list[Row[T]], outcome: Outcome) -> tuple[list[Row[T]], list[Row[T]]]:
        """What an outcome of `rows`, sent as one contact, means: the rows it ends, those to send.

        It ends all of them or, if they are to be divided, none; nothing is left to be sent when the
        splitting is over.
        """
        if isinstance(outcome, Delivered):
            self._refusals = 0
        elif is_a_no(outcome):
            self._refusals += 1
            if len(rows) > 1 and self._refusals <= MOST_REFUSALS:
                middle = len(rows) // 2
                self._behind.append(rows[middle:])
                return [], rows[:middle]
        return rows, self._behind.pop() if self._behind else []

    def put_back(self, rows: list[Row[T]]) -> None:
        """Lets rows that are to be sent wait, as the next."""
        self._behind.append(rows)

    def take(self) -> list[Row[T]]:
        """Takes out the next rows to be sent; only if some wait."""
        return self._behind.pop()
