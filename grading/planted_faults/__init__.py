"""Faults that a programmer could make, by the part of the write path they are in."""

from typing import Final

from grading.planted_faults.contacts import CONTACTS
from grading.planted_faults.lanes import LANES
from grading.planted_faults.planted import Planted
from grading.planted_faults.rejects import REJECTS
from grading.planted_faults.sync import SYNC

PLANTED: Final[tuple[Planted, ...]] = (*SYNC, *REJECTS, *LANES, *CONTACTS)
"""All of them."""
