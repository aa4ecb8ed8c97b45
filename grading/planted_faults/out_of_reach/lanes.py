"""What no world shows of the faults in `delivery`, its lanes and their pace."""

from typing import Final

from grading.planted_faults.planted import OutOfReach, Planted

_ANSWERS: Final = "delivery/lanes/answers.py"
_BREAKING: Final = "delivery/breaking.py"
_LANES: Final = "delivery/lanes/lanes.py"
_NOISE: Final = "delivery/lanes/noise.py"
_PACE: Final = "delivery/lanes/pace.py"
_PARKED: Final = "delivery/lanes/parked.py"
_ROUNDS: Final = "delivery/lanes/rounds.py"

_PACE_SHOWS: Final = (
    "Only a pace that is quite broken breaks a rule; `simulation/pacing` measures how good it is."
)

OUT_OF_REACH_IN_LANES: Final = (
    OutOfReach(
        Planted(
            "parked calls are decided by the end of a run that is stopped",
            _LANES,
            "for left in self._parked.give_up():",
            "for left in self._parked.end():",
        ),
        "No world that is played ends a run early while a call is parked and another was taken.",
        "delivery/lanes/test_parked.py::test_a_shutdown_leaves_them_undecided",
    ),
    OutOfReach(
        Planted(
            "parked calls are refused in a run in which nothing succeeded",
            _PARKED,
            "if self._any_success:",
            "if calls:",
        ),
        "No world that is played ends with a parked call and without any success.",
        "delivery/lanes/test_parked.py::test_at_the_end_they_stop_the_sync_if_nothing_succeeded",
    ),
    OutOfReach(
        Planted(
            "a firewall's no to one call stops the run",
            _ANSWERS,
            "return means if answer.status == 401 or is_web_page(answer) else Meaning.PARKED",
            "return means",
        ),
        "Where a firewall says no to some records, a run may fail.",
        "delivery/lanes/test_answers.py::test_one_of_many_calls_is_parked_where_it_may_be_the_only_one",
    ),
    OutOfReach(
        Planted(
            "a web page counts as a success",
            _ANSWERS,
            "return Meaning.STOP if is_web_page(answer) else Meaning.TAKEN",
            "return Meaning.TAKEN",
        ),
        "No world that is played meets a web page.",
        "delivery/lanes/test_answers.py::test_a_web_page_is_no_endpoint",
    ),
    OutOfReach(
        Planted(
            "a call breaks the endpoint although it was also refused as one too many",
            _BREAKING,
            "and not evidence.others",
            "and evidence.others >= 0",
        ),
        "No call of a world that is played fails in both ways while enough others are taken.",
        "delivery/test_breaking.py::test_each_part_of_the_proof_is_needed",
    ),
    OutOfReach(
        Planted(
            "a call breaks the endpoint when five others were taken, whoever waits",
            _BREAKING,
            "enough = _FEWEST_OTHERS if not evidence.waiting else MANY_OTHERS",
            "enough = _FEWEST_OTHERS",
        ),
        "No call of a world that is played fails to its end while five to a hundred are taken.",
        "delivery/test_breaking.py::test_each_part_of_the_proof_is_needed",
    ),
    OutOfReach(
        Planted(
            "no new round begins when the endpoint opens",
            _PACE,
            "self._opening = Opening(self._started, accepted=1)\n        self._begin_round(now)",
            "self._opening = Opening(self._started, accepted=1)",
        ),
        _PACE_SHOWS,
        "delivery/lanes/test_pace.py::test_a_round_does_not_span_a_short_closure_either",
    ),
    OutOfReach(
        Planted(
            "a rate that is not used grows",
            _PACE,
            "if over.rate(now) >= _USED * self.rate and self.rate < self.ceiling:",
            "if self.rate < self.ceiling:",
        ),
        _PACE_SHOWS,
        "delivery/lanes/test_pace.py::test_a_rate_that_is_not_used_does_not_grow",
    ),
)
