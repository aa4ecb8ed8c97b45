"""Twelve cells of the fault matrix, and what its page says. `make faults` plays all cells."""

from pathlib import Path
from typing import Final

import pytest

from integration_tests.fault_matrix.cell import Cell, play
from integration_tests.fault_matrix.faults import FAULTS, SIMULATED
from integration_tests.fault_matrix.page import PAGE
from integration_tests.fault_matrix.rows import Route

CHOSEN: Final = (
    ("429 with Retry-After", Route.EVENTS, "curl"),
    ("500, though taken", Route.CONTACTS, "requests"),
    ("401 in mid-sync", Route.EVENTS, "requests"),
    ("Reset before the answer, though taken", Route.CONTACTS, "curl"),
    ("An answer that drips", Route.EVENTS, "requests"),
    ("A web page", Route.CONTACTS, "curl"),
    ("Out of reach for a while", Route.EVENTS, "curl"),
    ("TLS broken: another certificate", Route.CONTACTS, "requests"),
    ("Disk full", Route.EVENTS, "curl"),
    ("S3 stalls, then SIGTERM", Route.CONTACTS, "curl"),
    ("SIGTERM", Route.EVENTS, "requests"),
    ("SIGKILL", Route.EVENTS, "curl"),
)


@pytest.mark.parametrize(
    ("name", "route", "transport"), CHOSEN, ids=[f"{n}, {r.value}, {t}" for n, r, t in CHOSEN]
)
def test_a_cell(tmp_path: Path, name: str, route: Route, transport: str) -> None:
    (fault,) = (each for each in FAULTS if each.name == name)
    assert play(Cell(fault, route, transport), tmp_path).problems == ()


def test_the_page_names_every_fault() -> None:
    page = PAGE.read_text("utf-8")
    names = [*(fault.name for fault in FAULTS), *SIMULATED]
    assert [name for name in names if f"| {name} |" not in page] == []
