"""What no world shows of the faults in `delivery.contacts`."""

from typing import Final

from grading.planted_faults.planted import OutOfReach, Planted

_BATCHES: Final = "delivery/contacts/batches.py"
_DIVIDING: Final = "delivery/contacts/dividing.py"
_LISTS: Final = "delivery/contacts/list_members.py"
_NEWCOMERS: Final = "delivery/contacts/newcomers.py"
_NOT_FOUND: Final = "delivery/contacts/not_found.py"
_SPLITTING: Final = "delivery/contacts/splitting.py"
_TRANSACTIONS: Final = "delivery/contacts/transactions.py"
_VERDICTS: Final = "delivery/contacts/verdicts.py"
_WRITES: Final = "delivery/contacts/writes.py"

OUT_OF_REACH_IN_CONTACTS: Final = (
    OutOfReach(
        Planted(
            "of rows that are sent apart the newer ones go first",
            _SPLITTING,
            "self._behind.append(rows[middle:])\n                return [], rows[:middle]",
            "self._behind.append(rows[:middle])\n                return [], rows[middle:]",
        ),
        "The newest value of somebody of whom a row was refused is not looked at.",
        "delivery/contacts/test_merging.py::test_rows_that_are_sent_apart_are_sent_in_the_order_of_their_cursors",
    ),
    OutOfReach(
        Planted(
            "of rows that are merged the one that was read last wins, whatever its cursor",
            _BATCHES,
            "strict=True):\n            ordered[place] = rows[oldest]",
            "strict=True):\n            ordered[place] = rows[min(oldest, place)]",
        ),
        "In a world, the row that is read last has the latest cursor.",
        "delivery/contacts/test_merging.py::test_the_row_with_the_later_cursor_is_the_newest",
    ),
    OutOfReach(
        Planted(
            "a batch is sent although the run is ending",
            _WRITES,
            "if self._shut_down:\n            self._settle_all(batch, Interrupted(0))",
            "if self._shut_down and not batch.rows:\n"
            "            self._settle_all(batch, Interrupted(0))",
        ),
        "Its call goes through the lanes, which send nothing new by then.",
        None,
    ),
    OutOfReach(
        Planted(
            "a transaction is taken for lost when it is not known at once",
            _TRANSACTIONS,
            "return self.polls >= _FEWEST_QUESTIONS and now - self.began >= _UNKNOWN_SECONDS",
            "return self.polls >= 1",
        ),
        "A contact that is written once more has the same values.",
        "delivery/contacts/test_transactions.py::test_a_transaction_just_created_may_not_exist_yet",
    ),
    OutOfReach(
        Planted(
            "a contact of which a success and a failure are told counts as written",
            _VERDICTS,
            "for email in failed.keys() | unclear.keys():",
            "for email in unclear.keys() - failed.keys():",
        ),
        "No transaction of a world names a contact twice.",
        "delivery/contacts/test_verdicts.py::test_an_email_that_failed_and_passed_has_failed",
    ),
    OutOfReach(
        Planted(
            "successes in a transaction that failed as a whole count",
            _VERDICTS,
            "unclear.update(dict.fromkeys(good, _CONTRADICTION))\n        good = {}",
            "unclear.update({})",
        ),
        "A transaction of a world that failed as a whole lists nobody.",
        "delivery/contacts/test_odd_transactions.py::test_a_success_in_a_transaction_that_failed_is_not_believed",
    ),
    OutOfReach(
        Planted(
            "a member whose person waits to be sent counts as unknown",
            _NEWCOMERS,
            "if person is Person.IN_HAND:",
            "if person is Person.IN_HAND and email in self._written:",
        ),
        "To the judge, a member may be unknown until its person was written.",
        "delivery/contacts/test_newcomers.py::test_whose_person_is_in_hand_waits_however_many_others_do",
    ),
    OutOfReach(
        Planted(
            "all members that are added in one call are refused with one of them",
            _LISTS,
            "elif is_a_no(outcome) and len(adding) > 1:",
            "elif is_a_no(outcome) and len(adding) > 1_000:",
        ),
        "A firewall's no to a change of a list may be about any of its members.",
        "delivery/contacts/test_list_members.py::test_one_member_that_is_refused_costs_itself",
    ),
    OutOfReach(
        Planted(
            "members that Inflection does not know count as added",
            _NOT_FOUND,
            "if not told:",
            "if not told or len(sent) > 1:",
        ),
        "No world that is played adds an id that has become stale together with others.",
        "delivery/contacts/test_not_found.py::test_names_save_calls",
    ),
    OutOfReach(
        Planted(
            "a contact that stands alone breaks the endpoint, whatever else is taken",
            _DIVIDING,
            "return breaks_endpoint(evidence)",
            "return evidence.faults > 0",
        ),
        "No world that is played has an outage in which a good contact stands alone for long.",
        "delivery/contacts/test_dividing.py::test_an_outage_that_does_not_end_is_an_outage",
    ),
)
