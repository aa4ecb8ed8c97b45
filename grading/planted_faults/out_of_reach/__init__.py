"""Faults that the simulator does not notice, each with the unit test that does, if one can."""

from typing import Final

from grading.planted_faults.out_of_reach.contacts import OUT_OF_REACH_IN_CONTACTS
from grading.planted_faults.out_of_reach.lanes import OUT_OF_REACH_IN_LANES
from grading.planted_faults.out_of_reach.sync import OUT_OF_REACH_IN_SYNC
from grading.planted_faults.planted import OutOfReach

OUT_OF_REACH: Final[tuple[OutOfReach, ...]] = (
    *OUT_OF_REACH_IN_SYNC,
    *OUT_OF_REACH_IN_LANES,
    *OUT_OF_REACH_IN_CONTACTS,
)
"""All of them. Once the simulator notices one, it belongs among the planted faults."""
