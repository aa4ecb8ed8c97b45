"""Faults in `delivery` and its lanes: order, retries, verdicts and pace."""

from typing import Final

from grading.planted_faults.planted import Planted

_ANSWERS: Final = "delivery/lanes/answers.py"
_BREAKING: Final = "delivery/breaking.py"
_CLOSURE: Final = "delivery/lanes/closure.py"
_FAILURES: Final = "delivery/lanes/failures.py"
_LANES: Final = "delivery/lanes/lanes.py"
_NOISE: Final = "delivery/lanes/noise.py"
_OPENING: Final = "delivery/lanes/opening.py"
_ORGS: Final = "delivery/lanes/orgs.py"
_OUTCOMES: Final = "delivery/outcomes.py"
_PACE: Final = "delivery/lanes/pace.py"
_PARKED: Final = "delivery/lanes/parked.py"
_RETRY: Final = "delivery/lanes/retry.py"
_ROUNDS: Final = "delivery/lanes/rounds.py"
_SUSPECTS: Final = "delivery/lanes/suspects.py"
_TURNS: Final = "delivery/lanes/turns.py"

LANES: Final = (
    Planted(
        "a lane takes a turn for each of its calls",
        _LANES,
        "if len(lane.calls) == 1:",
        "if lane.calls:",
    ),
    Planted(
        "the calls behind the first of a lane are not sent",
        _LANES,
        "if lane.calls and self._may_go_on(lane):",
        "if lane.calls and lane.attempts and self._may_go_on(lane):",
    ),
    Planted(
        "a call has the time and the attempts of the one before it",
        _LANES,
        "lane.reset()",
        "pass",
    ),
    Planted(
        "a call that failed is tried again though the run is ending",
        _LANES,
        "if self._goes_on(lane.calls[0][0]):\n                self._rest",
        "if lane.calls:\n                self._rest",
    ),
    Planted(
        "as many calls are taken in as come",
        _LANES,
        "self.pending_calls < self._bounds.pending_calls",
        "self.pending_calls >= 0",
    ),
    Planted(
        "calls of one org do not wait for each other",
        _ORGS,
        "return self._queues[org][0] is lane",
        "return lane in self._queues[org]",
    ),
    Planted(
        "a call that has waited for its org is not sent",
        _ORGS,
        "return first if waited else None",
        "return None if waited else first",
    ),
    Planted(
        "a lane that has rested loses its turn",
        _TURNS,
        "                self._again.append(lane)",
        "                self._again = deque((lane,))",
    ),
    Planted(
        "a success decides calls that were parked after it was sent",
        _PARKED,
        "[parked for parked in self._calls if parked.requests < request]",
        "[*self._calls]",
    ),
    Planted(
        "a call is tried for ever",
        _RETRY,
        "if attempt.elapsed + wait >= policy.deadline:",
        "if attempt.elapsed < 0:",
    ),
    Planted(
        "a call is not tried again when its server asks for a pause",
        _RETRY,
        "if attempt.elapsed + wait >= policy.deadline:",
        "if asked or attempt.elapsed + wait >= policy.deadline:",
    ),
    Planted(
        "Retry-After is not heeded",
        _RETRY,
        "wait = max(backoff(attempt.number, attempt.took, attempt.jitter), asked)",
        "wait = backoff(attempt.number, attempt.took, attempt.jitter)",
    ),
    Planted(
        "a broken connection is tried again at once, however often it breaks",
        _RETRY,
        "if attempt.number == 1 and answer == _BROKEN:",
        "if answer == _BROKEN:",
    ),
    Planted(
        "waits do not grow from one attempt to the next",
        _RETRY,
        "doubled = round_trip * 2.0 ** min(retry, 24)",
        "doubled = round_trip * 2.0",
    ),
    Planted(
        "a 500 leaves no doubt whether the call was taken",
        _ANSWERS,
        "return answer.status >= 500 or answer.status < 300",
        "return answer.status < 300",
    ),
    Planted(
        "a connection that breaks leaves no doubt whether the call was taken",
        _ANSWERS,
        "return answer.kind in (FailureKind.TIMEOUT, FailureKind.BROKEN)",
        "return answer.kind is FailureKind.TIMEOUT",
    ),
    Planted(
        "a 429 counts as a no to the record",
        _ANSWERS,
        "if status in (408, 410, 429) or",
        "if status in (408, 410) or",
    ),
    Planted(
        "a write that was taken at its second attempt leaves no doubt",
        _OUTCOMES,
        "return outcome.doubts > 0",
        "return outcome.doubts > 1",
    ),
    Planted(
        "a call never breaks the endpoint, so that each run fails at it",
        _SUSPECTS,
        "if self._is_over or not self._is_at_fault(lane, others, now):",
        "if self._is_over or self._is_at_fault(lane, others, now):",
    ),
    Planted(
        "a request that failed counts as being in flight for ever",
        _PACE,
        "            self._opening.in_flight -= 1\n        if closure is None and",
        "            self._opening.in_flight -= 0\n        if closure is None and",
    ),
    Planted(
        "a probe that failed counts as being under way for ever",
        _CLOSURE,
        "self.is_probing = False\n",
        "self.is_probing = True\n",
    ),
    Planted(
        "neither the user's ceiling nor a rate that was learnt is kept to",
        _PACE,
        "if self._next > now or not self._opening.has_room:",
        "if not self._opening.has_room:",
    ),
    Planted(
        "a rate that was learnt is not kept to",
        _PACE,
        "self._next += 1.0 / self.rate",
        "self._next += 1.0 / self.ceiling",
    ),
    Planted(
        "a pause may be caught up with, however long it was",
        _PACE,
        "            if self._next < earliest:\n",
        "            if self._next < 0:\n",
    ),
    Planted(
        "answers of requests that started at another rate count for the new one",
        _PACE,
        "self._older = self._started",
        "self._older = 0",
    ),
    Planted(
        "the rate is not measured from the first refusal on",
        _ROUNDS,
        "if not self.limited:",
        "if not self.answers:",
    ),
    Planted(
        "a closed endpoint is probed by many requests at a time",
        _PACE,
        "self._closure.is_probing = True",
        "self._closure.is_probing = False",
    ),
    Planted(
        "noise is never forgotten",
        _NOISE,
        "return self._share if now < self._ends else 0.0",
        "return self._share",
    ),
    Planted(
        "an endpoint that opens is flooded",
        _OPENING,
        "return self.in_flight < self.accepted + _AT_FIRST",
        "return self.in_flight >= 0",
    ),
    Planted(
        "an endpoint is never closed",
        _CLOSURE,
        "return self.length >= _BAD_IN_A_ROW and not self.is_chance(self.length)",
        "return False",
    ),
)
