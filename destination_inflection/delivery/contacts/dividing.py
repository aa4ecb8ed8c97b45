"""Dividing: a batch that the endpoint fails on, until a contact that breaks it stands alone. Pure.

After five 5xx answers or time-outs a batch is halved, and each part is tried twice before it is
halved again. While something passes, all parts go out. While nothing does, it may be an outage: one
part goes out at a time, and the others wait until anything passes. A contact that stands alone is
judged (`delivery.breaking`). All parts share the deadline of the whole.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Generic, NamedTuple, TypeVar

from destination_inflection.delivery.breaking import (
    FEWEST_FAULTS,
    Accepted,
    Evidence,
    Mark,
    breaks_endpoint,
)
from destination_inflection.delivery.contacts.batches import Batch, Row
from destination_inflection.delivery.lanes.endpoint import Effort
from destination_inflection.delivery.outcomes import Failing, GaveUp

_FAULTS_OF_A_WHOLE: Final = 5
"""With the waits between them these are four seconds: most hiccups are over by then."""
_FAULTS_OF_A_PART: Final = 2
_FAULTS_OF_A_FIRST_ROUND: Final = 4
"""Of a contact that stands alone: two seconds, in which its neighbours are taken."""
_NEAR_FAULTS: Final = 16
"""So many prove it before the deadline. Where half of all requests fail, one of 65,000 good
contacts has as many in a row."""
_NEAR_SECONDS: Final = 3
"""So shortly after another was taken, the endpoint is not down."""
_FAULTS_OF_A_LATER_ROUND: Final = 10
"""Of a contact that stood alone and was not judged: these take two minutes."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Whole(Generic[T]):
    """A batch as it was first sent."""

    sent: Mark
    """What had been taken by then."""
    began: float | None = None
    """When its first attempt began, or a part of it was taken last; None until its tries were
    spent. The deadline counts from here."""
    failed: int | None = None
    """How many contacts had been taken when its tries were spent."""
    behind: list[Batch[T]] = field(default_factory=list)
    """Parts that wait until anything passes; the last is the next to be tried."""


@dataclass(slots=True, eq=False)
class Trial(Generic[T]):
    """A batch, or a part of one, that was not taken yet."""

    whole: Whole[T]
    is_part: bool = False
    faults: int = 0
    """Of what it was divided from too."""
    near_faults: int = 0
    """Those shortly before or after which others were taken: those of an outage prove nothing."""
    begins_near: bool = False
    """Whether others were taken shortly before it was sent last."""
    others: int = 0
    """Attempts since it was sent last that failed in another way."""
    sent: int = 0
    """How many contacts had been taken when it was sent last."""
    has_stood_alone: bool = False
    """Whether all tries of a single contact were spent before."""
    judged: dict[int, Row[T]] | None = None
    """The rows, by identity, of a contact that was found at fault, as far as they have not ended.
    They are sent apart until the row that is at fault is alone."""


class After(NamedTuple, Generic[T]):
    """What follows: batches to be sent, and whether the one that failed is at fault."""

    due: list[Batch[T]]
    is_at_fault: bool = False


class Dividing(Generic[T]):
    """The batches that were sent and not taken. All times are in seconds."""

    def __init__(
        self,
        halves: Callable[[Batch[T]], tuple[Batch[T], Batch[T]]],
        not_taken: Callable[[], int],
    ) -> None:
        """`halves` divides a batch; `not_taken` counts the contacts that were not taken yet."""
        self._halves = halves
        self._not_taken = not_taken
        self._accepted = Accepted()
        self._broken = 0
        self._trials: dict[Batch[T], Trial[T]] = {}
        self._divided: dict[Whole[T], None] = {}
        """Those with parts that wait, in the order in which they began to."""
        self._judged: dict[str, Trial[T]] = {}
        """The emails with rows that are sent apart."""

    def effort(self, batch: Batch[T], now: float) -> Effort:
        """How often to try a batch that is sent now."""
        trial = self._trials.get(batch)
        if trial is None:
            trial = self._trials[batch] = self._trial(batch, now)
        trial.sent = self._accepted.total
        trial.begins_near = self._accepted.within(_NEAR_SECONDS, now)
        if trial.judged is not None:
            most = _FAULTS_OF_A_PART
        elif len(batch.rows) == 1:
            first = _FAULTS_OF_A_FIRST_ROUND if trial.is_part else FEWEST_FAULTS
            most = _FAULTS_OF_A_LATER_ROUND if trial.has_stood_alone else first
        else:
            most = _FAULTS_OF_A_PART if trial.is_part else _FAULTS_OF_A_WHOLE
        return Effort(most, trial.whole.began)

    def taken(self, batch: Batch[T], now: float) -> list[Batch[T]]:
        """Notes that a batch was taken; returns the parts that waited for that, to be sent."""
        trial = self._trials.pop(batch)
        self._forget_judged(batch, trial)
        if trial.whole.began is not None:
            trial.whole.began = now
        self._accepted.note(len(batch.rows), now)
        return [part for whole in tuple(self._divided) for part in self._released(whole)]

    def failing(self, batch: Batch[T], outcome: Failing, now: float) -> After[T]:
        """What follows when all tries of a batch are spent."""
        trial = self._trials[batch]
        whole = trial.whole
        if whole.failed is None:
            whole.began, whole.failed = outcome.began, self._accepted.total
        self._count(trial, outcome, now)
        if len(batch.rows) == 1:
            since = whole.failed if trial.is_part else whole.sent.total
            is_proven = trial.near_faults >= _NEAR_FAULTS or trial.judged is not None
            if is_proven and self._is_at_fault(trial, self._accepted.total - since):
                return self._broke(batch)
            trial.has_stood_alone = True
            return After([batch, *self._next(whole)])
        del self._trials[batch]
        halves = self._halves(batch)
        for half in halves:
            self._trials[half] = Trial(
                whole, is_part=True, faults=trial.faults, near_faults=trial.near_faults
            )
        if self._accepted.total > trial.sent:
            return After(list(halves))
        # The other part of the same size is tried before a smaller one.
        whole.behind[-1:-1] = reversed(halves)
        return After(self._next(whole))

    def gave_up(self, batch: Batch[T], outcome: GaveUp, now: float) -> After[T]:
        """What follows when the deadline of a batch is spent."""
        trial = self._trials[batch]
        whole = trial.whole
        self._count(trial, outcome, now)
        # A contact that was sent alone may be the last of a run: others passed before it.
        since = whole.sent.a_minute_before
        if trial.is_part and whole.failed is not None:
            since = whole.failed
        if len(batch.rows) == 1 and self._is_at_fault(trial, self._accepted.total - since):
            return self._broke(batch)
        return After(self.ended(batch))

    def ended(self, batch: Batch[T]) -> list[Batch[T]]:
        """Forgets a batch that was not taken; returns the parts that waited, to be sent."""
        trial = self._trials.pop(batch)
        self._forget_judged(batch, trial)
        return self._released(trial.whole)

    def give_up_waiting(self) -> list[Batch[T]]:
        """Takes out all parts that wait: they will not be sent."""
        return [part for whole in tuple(self._divided) for part in self._released(whole)]

    def _next(self, whole: Whole[T]) -> list[Batch[T]]:
        """The next part to be tried, of those that wait."""
        due = [whole.behind.pop()] if whole.behind else []
        self._note_waiting(whole)
        return due

    def _released(self, whole: Whole[T]) -> list[Batch[T]]:
        due, whole.behind = whole.behind, []
        self._note_waiting(whole)
        return due

    def _note_waiting(self, whole: Whole[T]) -> None:
        if whole.behind:
            self._divided[whole] = None
        else:
            self._divided.pop(whole, None)

    def _trial(self, batch: Batch[T], now: float) -> Trial[T]:
        """The trial of a batch that is sent for the first time."""
        email = next(iter(batch.rows))
        judged = self._judged.get(email)
        rows = judged.judged if judged is not None and judged.judged is not None else {}
        is_apart = len(batch.rows) == 1 and all(id(row) in rows for row in batch.rows[email])
        if judged is None or not is_apart:
            return Trial(Whole(self._accepted.mark(now)))
        return replace(judged)

    def _is_at_fault(self, trial: Trial[T], accepted: int) -> bool:
        """Whether a contact that stands alone is; so many others were taken."""
        if trial.judged is not None:
            return True
        # Others that fail alone are just as suspicious, so they don't count as waiting.
        alone = sum(each.is_part and len(b.rows) == 1 for b, each in self._trials.items())
        waiting = self._not_taken() - max(alone, 1)
        evidence = Evidence(trial.faults, trial.others, accepted, waiting, self._broken)
        return breaks_endpoint(evidence)

    def _count(self, trial: Trial[T], outcome: Failing | GaveUp, now: float) -> None:
        """Counts the faults of a batch. Of many tries, the first two and the last are near."""
        ends_near = self._accepted.within(_NEAR_SECONDS, now)
        near = outcome.faults
        if near > _FAULTS_OF_A_FIRST_ROUND or not (trial.begins_near and ends_near):
            near = min(2 * trial.begins_near + ends_near, near)
        trial.faults += outcome.faults
        trial.near_faults += near
        trial.others = outcome.attempts - outcome.faults

    def _broke(self, batch: Batch[T]) -> After[T]:
        """Ends a contact that is at fault. Its rows, if there are several, are sent apart."""
        trial = self._trials[batch]
        ((email, rows),) = batch.rows.items()
        if trial.judged is None:
            self._broken += 1
            if len(rows) > 1:
                self._judged[email] = replace(trial, judged={id(row): row for row in rows})
        if len(rows) > 1:
            del self._trials[batch]
            return After(self._released(trial.whole), is_at_fault=True)
        return After(self.ended(batch), is_at_fault=True)

    def _forget_judged(self, batch: Batch[T], trial: Trial[T]) -> None:
        """Forgets rows that have ended of a contact that was found at fault."""
        if trial.judged is not None:
            for email, rows in batch.rows.items():
                for row in rows:
                    trial.judged.pop(id(row), None)
                if not trial.judged:
                    self._judged.pop(email, None)
