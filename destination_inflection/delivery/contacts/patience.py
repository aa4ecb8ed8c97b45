"""Patience: how long to wait before asking about a transaction, and how often to ask at all. Pure.

How long Inflection takes is not documented, so it is learned from what has settled, and questions
are paid for out of a budget: each settled transaction earns two. So where transactions settle, they
cost two questions each at most, on average, however long they take. While nothing settles, one is
asked about now and then instead of all of them. The longest waits are parts of the deadline, so
that whatever it is, it can't pass between two questions. All times are in seconds.
"""

from collections import deque
from math import inf
from typing import Final

# Our own choices, all of them: a question costs one request, waiting too long costs only time.
# `python -m benchmarks.questions` shows what they come to.
_SHORTEST_WAIT: Final = 0.4
"""Before a first question; also before anything is learned. With forty batches on their way, sixty
can still settle in a second, which is more than one process can read."""
_LONGEST_WAIT: Final = 1 / 5
"""Of the deadline, before a first question: two minutes of ten. Airbyte wants a checkpoint every 15
minutes; and a queue that has become quick again is learned to be so within five times as long, for
the wait shrinks by a fifth."""
_SHORTEST_WAIT_AGAIN: Final = 0.1
"""About a round trip: asking sooner finds nothing out sooner."""
_LONGEST_WAIT_AGAIN: Final = 1 / 20
"""Of the deadline, between two questions about one transaction: half a minute of ten."""
_LONGER: Final = 1.25
"""How many times its age a transaction should be, after a first question that came too early, when
it is asked about again. The waits after that double."""
_SHORTER: Final = 1 / _LONGER
"""The part of its age that a transaction teaches when it is found done, for it may have been so
long before. So the wait shrinks until some are asked about too early."""
_REMEMBERED: Final = 9
"""Transactions. The wait is the third longest that they teach: some six or seven of nine are asked
about in time, and neither one slow transaction nor two change it."""
_EARNED: Final = 2.0
"""Questions for each settled transaction."""
_AT_FIRST: Final = 8.0
"""Questions before any has settled: enough that nobody waits where all settle at once."""
_MOST_SAVED: Final = 40.0
"""As many as there are full batches at a time."""
_LONGEST_SILENCE: Final = 1 / 60
"""Of the deadline, between two questions without budget: ten seconds of ten minutes. A queue that
is found to move earns them again."""


class Patience:
    """What was learned of how long transactions take, and how many questions may be asked now."""

    def __init__(self, deadline: float) -> None:
        """`deadline` is how long nothing may settle before a transaction is given up."""
        self._deadline = deadline
        self.wait = _SHORTEST_WAIT
        """How old a transaction should be when it is first asked about."""
        self._taught: deque[float] = deque(maxlen=_REMEMBERED)
        self._saved = _AT_FIRST
        self._silent_until = -inf

    @property
    def silent_until(self) -> float:
        """Before this moment no question should be asked."""
        return -inf if self._saved >= 1 else self._silent_until

    def asked(self, age: float, now: float) -> None:
        """A question about a transaction of this age goes out.

        Without budget, the next comes when the transaction is half as old again: so few are asked
        until the first has settled, whether that takes a second or a minute.
        """
        self._saved = max(self._saved - 1, 0.0)
        self._silent_until = now + min(age / 2, _LONGEST_SILENCE * self._deadline)

    def settled(self, age: float, pending_at: float) -> None:
        """A transaction was found done at this age, and before that, at an earlier one, pending."""
        self._taught.append(max(age * _SHORTER, pending_at * _LONGER))
        longest_first = sorted(self._taught, reverse=True)
        usual = longest_first[len(longest_first) // 4]
        self.wait = min(max(usual, _SHORTEST_WAIT), _LONGEST_WAIT * self._deadline)
        self._saved = max(self._saved, min(self._saved + _EARNED, _MOST_SAVED))

    def hurry(self) -> None:
        """Little time is left: any number of questions may be asked."""
        self._saved = inf

    def again(self, age: float, questions: int) -> float:
        """The wait after so many questions found a transaction pending; the first at this age."""
        doubled = age * (_LONGER - 1) * 2.0 ** min(questions - 1, 16)
        return min(max(doubled, _SHORTEST_WAIT_AGAIN), _LONGEST_WAIT_AGAIN * self._deadline)
