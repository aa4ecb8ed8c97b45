"""Faults that a programmer could make, by the part of the write path they are in."""

from typing import Final

from grading.planted_faults.planted import Planted
from grading.planted_faults.sync import SYNC

PLANTED: Final = (*SYNC,)
"""All of them."""
