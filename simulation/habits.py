"""What the endpoints of a world do apart from taking what they get, as its seed decides."""

from collections.abc import Iterable
from random import Random
from typing import Final

from simulation.developer_habits import Habits
from simulation.event_endpoint import Verdicts
from simulation.lines import InputLine
from simulation.scenario import Scenario
from simulation.tables import LIST_ID

_SETTLING: Final = ((0.05, 0.09), (0.2, 0.38), (2.0, 3.9), (20.0, 39.0), (80.0, 155.0))
_QUICK: Final = _SETTLING[:3]
_ENOUGH: Final = 50
"""Contacts at a time: with fewer, slow transactions take days, one after the other."""
_LIST: Final = LIST_ID


def make_verdicts(scenario: Scenario, lines: Iterable[InputLine], rng: Random) -> Verdicts:
    """Which records the event endpoint never takes."""
    sent = [line.mark for line in lines if line.calls]
    poison = rng.choice(sent) if scenario.has_poison and sent else None
    refused, walled = set[str](), set[str]()
    for mark in sent:
        draw = rng.random()
        if draw < scenario.refused:
            refused.add(mark)
        elif draw < scenario.refused + scenario.walled:
            walled.add(mark)
    return Verdicts(frozenset(refused), frozenset(walled), poison)


def make_habits(scenario: Scenario, lines: Iterable[InputLine], rng: Random) -> Habits:
    """What the Developer API does."""
    known = list(lines)
    emails = list(dict.fromkeys(line.person for line in known if line.calls))
    is_narrow = min(scenario.bounds.delivery.pending_contacts, scenario.shape.people) < _ENOUGH
    settle_from, settle_to = rng.choice(_QUICK if is_narrow else _SETTLING)
    changing = rng.choice((0.0, 0.5, 1.0))
    input_lasts = max(scenario.row_seconds * scenario.shape.rows, 3.0)
    is_odd = rng.random() < 0.3
    # Of a contact that was merged of several rows, one may be bad, or all of them.
    names = emails if rng.random() < 0.3 else [line.mark for line in known if line.calls]
    refused = {name for name in names if rng.random() < scenario.refused}
    failing = {name for name in names if rng.random() < scenario.walled}
    return Habits(
        settle_from=settle_from,
        settle_to=settle_to,
        share_never=rng.choice((0.0, 0.0, 0.02, 0.1)),
        share_lost=rng.choice((0.0, 0.0, 0.05)),
        share_unknown=rng.choice((0.0, 0.0, 0.3)),
        share_partly=rng.choice((0.0, 0.0, 0.1)),
        share_failed=rng.choice((0.0, 0.0, 0.05)),
        share_odd=rng.choice((0.02, 0.2)) if is_odd else 0.0,
        quiet_from=scenario.fair_from,
        failing=frozenset(failing),
        refused=frozenset(refused),
        poison=rng.choice(emails) if scenario.has_poison and emails else None,
        batch_bytes=rng.choice((0, 0, 0, 2_000, 40_000)),
        lists=frozenset({_LIST}),
        gone={_LIST: 60.0 * rng.random()} if rng.random() < 0.08 else {},
        new_ids={each: input_lasts * rng.random() for each in emails if rng.random() < changing},
        lookup_lag=rng.choice((0.0, 0.0, 0.5, 20.0)),
        exact_look_up=rng.random() < 0.3,
    )
