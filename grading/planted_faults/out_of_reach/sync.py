"""What no world shows of the faults in `sync`, in `rejects` and in what reads lines."""

from typing import Final

from grading.planted_faults.planted import OutOfReach, Planted

_HOLDING: Final = "sync/holding.py"
_INTAKE: Final = "airbyte/intake.py"
_LEDGER: Final = "sync/ledger.py"
_PARTS: Final = "rejects/parts.py"
_SESSION: Final = "sync/session.py"
_SYNC: Final = "sync/sync.py"

OUT_OF_REACH_IN_SYNC: Final = (
    OutOfReach(
        Planted(
            "a stream whose last record settles is noted among the newest states, not the oldest",
            _LEDGER,
            "ticket.epoch is self._epochs[0]",
            "ticket.epoch is self._epochs[-1]",
        ),
        "A world's states are all of one stream each, or all of every stream.",
        "sync/test_sync.py::test_a_state_goes_whose_record_settles_after_a_state_of_all_streams_came",
    ),
    OutOfReach(
        Planted(
            "a good outcome hides that another call gave up",
            _SYNC,
            "failure = self._booking.book(sent, outcome) or failure",
            "failure = self._booking.book(sent, outcome)",
        ),
        "A call has to give up, and one after it to succeed in the same step.",
        "sync/test_sync.py::test_a_call_that_cannot_be_settled_fails_the_sync_after_the_others_were_booked",
    ),
    OutOfReach(
        Planted(
            "what waits for company is not sent while reading stops for it",
            _SESSION,
            "self.delivery.flush()",
            "pass",
        ),
        "It goes out all the same, ten seconds after it came.",
        "sync/test_sync.py::test_what_waits_for_company_is_sent_while_reading_stops_for_what_is_held",
    ),
    OutOfReach(
        Planted(
            "a run that ends early does not store what was rejected",
            _SESSION,
            "with suppress(ConnectorError):\n            self.seal()",
            "with suppress(ConnectorError):\n            pass",
        ),
        "The states that cover it stay as well, so that it is sent again.",
        "sync/test_sync.py::test_a_drain_stores_at_once_and_again_while_a_request_hangs",
    ),
    OutOfReach(
        Planted(
            "a state that is in doubt is held until the end, however long that takes",
            _HOLDING,
            "(self.is_pressed or age >= LONGEST_HOLD_SECONDS)",
            "self.is_pressed",
        ),
        "No world that is played has a stream in doubt for ten minutes.",
        "sync/test_sync.py::test_a_state_is_held_for_ten_minutes_of_its_own",
    ),
    OutOfReach(
        Planted(
            "the wait for the store begins anew with each reject",
            _PARTS,
            "if self.taken == self.stored:",
            "if self.taken >= self.stored:",
        ),
        "No world that is played goes on rejecting for minutes while a state waits.",
        "rejects/test_parts.py::test_parts_are_collected_for_a_minute",
    ),
    OutOfReach(
        Planted(
            "rejects are collected without a bound",
            _PARTS,
            "if self._bytes >= self._most.bytes:",
            "if self._bytes < 0:",
        ),
        "The judge does not count the bytes of rejects that are not stored.",
        "rejects/test_parts.py::test_much_is_stored_at_once",
    ),
    OutOfReach(
        Planted(
            "a record that is too large is passed over",
            _INTAKE,
            "sync.reject(Fault(Reason.TOO_LARGE, stream), kept)",
            "pass",
        ),
        "No record of a world is so large.",
        "airbyte/test_bounds.py::test_smaller_bounds_hold_wherever_a_line_is_read",
    ),
)
