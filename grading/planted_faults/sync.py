"""Faults in `sync`: records are miscounted, and states go too early, too late or never."""

from typing import Final

from grading.planted_faults.planted import Planted

_BOOKING: Final = "sync/booking.py"
_HOLDING: Final = "sync/holding.py"
_LEDGER: Final = "sync/ledger.py"
_RECORDS: Final = "sync/records.py"
_RELEASING: Final = "sync/releasing.py"
_SESSION: Final = "sync/session.py"
_SYNC: Final = "sync/sync.py"
_VERDICT: Final = "sync/verdict.py"

SYNC: Final = (
    Planted(
        "a state goes out before its last record is settled",
        _LEDGER,
        "while (first := queue[0]).held is not None and not first.open:",
        "while (first := queue[0]).held is not None:",
    ),
    Planted(
        "a state of all streams does not wait for records that are under way",
        _LEDGER,
        "if epoch.held is None or epoch.open or epoch.waiting or self._epoch_is_refused:",
        "if epoch.held is None or epoch.waiting or self._epoch_is_refused:",
    ),
    Planted(
        "what a state has counted is counted by the next one again",
        _LEDGER,
        "self._since.pop(stream)",
        "self._since[stream]",
    ),
    Planted(
        "a state does not wait for its rejects to be stored",
        _LEDGER,
        "max((held.reject, *rejects))",
        "held.reject",
    ),
    Planted(
        "a state does not wait for lines before it that nobody can read to be stored",
        _LEDGER,
        "self._unplaced = self.last_reject",
        "self._unplaced = 0",
    ),
    Planted(
        "a record counts as rejected only if its last call was refused",
        _LEDGER,
        "ticket.rejected = ticket.rejected or rejected",
        "ticket.rejected = rejected",
    ),
    Planted(
        "the bytes of states that wait are not counted",
        _LEDGER,
        "self.held_bytes += at.size",
        "self.held_bytes += 0",
    ),
    Planted(
        "a state that may not go yet is forgotten",
        _LEDGER,
        "self._due.update(self._refused)",
        "self._due.update({})",
    ),
    Planted(
        "a record of several calls is stored only if the last of them was refused",
        _RECORDS,
        "if is_last and pending.fault is not None:",
        "if is_last and fault is not None:",
    ),
    Planted(
        "a rejected record is booked before it is stored",
        _RECORDS,
        "self.keep(fault, origin)\n        self._ledger.settle(stream, rejected=True)",
        "self._ledger.settle(stream, rejected=True)\n        self.keep(fault, origin)",
    ),
    Planted(
        "only the newest record counts for the bytes of lines that are held",
        _RECORDS,
        "self.origin_bytes += origin.size",
        "self.origin_bytes = origin.size",
    ),
    Planted(
        "each call of a record is counted as a record",
        _RECORDS,
        "if not is_last:",
        "if not ticket.calls < 0:",
    ),
    Planted(
        "a record that was delivered in part counts as delivered though a call was refused",
        _RECORDS,
        "if pending.fault is not None:\n            tally",
        "if pending.fault is not None and not pending.is_delivered:\n            tally",
    ),
    Planted(
        "a refused call counts as a delivered one",
        _BOOKING,
        "self._records.close(sent.record, self._refusal(sent, outcome))",
        "self._records.close(sent.record, None)",
    ),
    Planted(
        "a call that gave up counts as one that was not needed",
        _BOOKING,
        "case Unneeded():",
        "case Unneeded() | GaveUp():",
    ),
    Planted(
        "a record is left out where a part of it can't be mapped",
        _SYNC,
        "        if calls:\n            self._send",
        "        if calls and fault is None:\n            self._send",
    ),
    Planted(
        "a part of a record that can't be mapped is forgotten once another part is sent",
        _SYNC,
        "self._send(stream, calls, origin, fault)",
        "self._send(stream, calls, origin, None)",
    ),
    Planted(
        "the states that waited for the store at the end do not go",
        _SYNC,
        "self._rejects.seal()\n        return self._release()",
        "self._rejects.seal()\n        return []",
    ),
    Planted(
        "more is read although too many states are held",
        _SYNC,
        "return self._delivery.has_room and (self.is_idle or not full)",
        "return self._delivery.has_room",
    ),
    Planted(
        "waiting states are not released early when their limit is reached",
        _SYNC,
        "self._holding.is_pressed = self._ending or self._holds_too_much",
        "self._holding.is_pressed = self._ending",
    ),
    Planted(
        "a run ends with its input, and does not wait for what is on its way",
        _SESSION,
        "while not (source.at_end and self._is_done)",
        "while not source.at_end",
    ),
    Planted(
        "delivery is not told that no more calls come",
        _SESSION,
        "self.delivery.no_more_calls()",
        "pass",
    ),
    Planted(
        "a run that is told to end goes on sending",
        _SESSION,
        "self.delivery.shut_down()",
        "pass",
    ),
    Planted(
        "states that were held are not looked at again",
        _HOLDING,
        "return seen != self._looked_at",
        "return False",
    ),
    Planted(
        "a stream of which nothing is delivered lets its states go",
        _VERDICT,
        "return Standing.DOUBTFUL if rejected < MANY else Standing.FAILING",
        "return Standing.DOUBTFUL",
    ),
    Planted(
        "a state goes out when all of its rejects but one are stored",
        _RELEASING,
        "if held.reject > self._rejects.stored:",
        "if held.reject > self._rejects.stored + 1:",
    ),
    Planted(
        "rejects are stored at the end only, and states wait for that",
        _RELEASING,
        "if not (self._rejects.is_due or self._holding.is_pressed):",
        "if not self._holding.is_pressed:",
    ),
)
