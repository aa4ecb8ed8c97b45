"""Twelve cells of the fault matrix, and what its page says. `make faults` plays all cells."""

from pathlib import Path
from typing import Final

import pytest

from integration_tests.conftest import missing
from integration_tests.fault_matrix.cell import Cell, Played, lacks_file_systems, play
from integration_tests.fault_matrix.faults import FAULTS, Store
from integration_tests.fault_matrix.page import COLUMNS, PAGE, as_table, write
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
    ("S3 stalls, then SIGTERM", Route.EVENTS, "curl"),
    ("SIGTERM", Route.EVENTS, "requests"),
    ("SIGKILL", Route.CONTACTS, "curl"),
)


@pytest.mark.parametrize(
    ("name", "route", "transport"), CHOSEN, ids=[f"{n}, {r.value}, {t}" for n, r, t in CHOSEN]
)
def test_a_cell(tmp_path: Path, name: str, route: Route, transport: str) -> None:
    (fault,) = (each for each in FAULTS if each.name == name)
    if fault.store is Store.FULL_FOLDER and lacks_file_systems():
        missing("A full disk needs `unshare` and a user who may mount: see docs/development.md.")
    assert play(Cell(fault, route, transport), tmp_path).problems == ()


def test_the_page_shows_how_every_fault_has_to_end() -> None:
    played = [Played(Cell(fault, *column), (), 0.0) for fault in FAULTS for column in COLUMNS]
    assert as_table(played) in PAGE.read_text("utf-8")


def test_the_table_is_written_between_its_marks(tmp_path: Path) -> None:
    cells = [Cell(fault, *column) for fault in FAULTS for column in COLUMNS]
    played = [Played(cell, (), 1.0) for cell in cells]
    played[1] = Played(cells[1], ("a row is not there", "so it ended"), 1.0)
    page = tmp_path / "page.md"
    page.write_text("before\n\n<!-- fault matrix -->\nold\n<!-- end of fault matrix -->\nafter\n")
    write(as_table(played), page)
    head, _, first, *_, last, end, after = page.read_text().splitlines()[3:]
    columns = "Event endpoint, curl | Event endpoint, requests | Developer API, curl"
    assert head == f"| Fault | {columns} | Developer API, requests |"
    failed = "**failed**: a row is not there; so it ended"
    assert first == f"| 429 with Retry-After | green | {failed} | green | green |"
    killed = "Killed between storing a reject and its state (`KILLED_BETWEEN`)"
    assert last == f"- {killed}: it can't be caused from outside"
    assert (end, after) == ("<!-- end of fault matrix -->", "after")


def test_the_chosen_cells_use_every_route_with_every_transport() -> None:
    assert {(route, transport) for _, route, transport in CHOSEN} == set(COLUMNS)
