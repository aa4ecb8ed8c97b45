"""What a source is like: how many rows of which tables, how many of them bad, and what states."""

from dataclasses import dataclass
from enum import Enum
from random import Random

from simulation.tables import CONTACTS, MEMBERS, TABLES, Route, Table


class StateKind(Enum):
    """The kinds of states that Airbyte knows."""

    STREAM = "STREAM"
    GLOBAL = "GLOBAL"
    LEGACY = "LEGACY"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a source is like; the rows are dealt out among its tables."""

    route: Route
    tables: tuple[Table, ...]
    rows: int
    people: int
    orgs: int
    state_kind: StateKind
    rows_per_state: int | None
    """After how many lines of a stream (of all, if a state covers all) a state comes; None: at the
    end only."""
    rejected: float = 0.0
    """The share of rows that can't be sent."""
    skipped: float = 0.0
    unreadable: float = 0.0
    """The share of lines that nobody can read."""
    is_mixed: bool = True
    """Whether lines of several streams alternate; else one stream comes after the other."""
    has_number_ids: bool = False
    counts_records: bool = False
    """Whether its states say how many records came before them."""
    repeats_states: bool = False
    """Whether each state comes twice, the second with no record before it."""
    note_bytes: int = 0
    """What makes rows larger."""
    state_bytes: int = 0
    """What makes states larger."""
    job: int = 0
    """The catalog's `sync_id`; 0: it has none."""


def make_shape(rng: Random, route: Route) -> Shape:
    """What one source is like, of all that there may be."""
    known = TABLES[route]
    tables = rng.sample(known, rng.randint(1, 5))
    if MEMBERS in tables and CONTACTS not in tables:
        tables.append(CONTACTS)  # nobody else would be a contact
    spread = rng.random()
    most = 400 if spread < 0.75 else 2_000 if spread < 0.95 else 6_000
    rows = rng.randint(20 if most == 400 else most // 2, most)
    rows_per_state = rng.choice((1, 7, 50, 1_000, None))
    return Shape(
        route=route,
        tables=tuple(tables),
        rows=rows,
        people=rng.choice((1, 3, 50, 1_000)),
        orgs=rng.choice((1, 4, 200)),
        state_kind=rng.choice((StateKind.STREAM, StateKind.STREAM, *StateKind)),
        rows_per_state=rows_per_state,
        rejected=rng.choice((0.0, 0.01, 0.05, 0.3)),
        skipped=rng.choice((0.0, 0.01, 0.1, 0.5)),
        unreadable=rng.choice((0.0, 0.0, 0.01, 0.05)),
        is_mixed=rng.random() < 0.7,
        has_number_ids=rng.random() < 0.3,
        counts_records=rng.random() < 0.4,
        repeats_states=rng.random() < 0.15,
        note_bytes=rng.choice((0, 0, 0, 300, 4_000 if rows <= 400 else 0)),
        state_bytes=rng.choice((0, 0, 0, 300, 20_000 if rows_per_state != 1 else 0)),
        job=rng.choice((0, 17)),
    )
