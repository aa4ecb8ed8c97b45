"""Faults in `sync`: records are miscounted, and states go too early, too late or never."""

from typing import Final

from grading.planted_faults.planted import Planted

_BOOKING: Final = "sync/booking.py"
_LEDGER: Final = "sync/ledger.py"
_RECORDS: Final = "sync/records.py"

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
        "a record of several calls is stored only if the last of them was refused",
        _RECORDS,
        "if is_last and pending.fault is not None:",
        "if is_last and fault is not None:",
    ),
    Planted(
        "a call that gave up counts as one that was not needed",
        _BOOKING,
        "case Unneeded():",
        "case Unneeded() | GaveUp():",
    ),
)
