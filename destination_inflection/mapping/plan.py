"""The plan: what each stream of a sync becomes, fixed before the first record.

`plan_stream` turns a table and the user's rules into a `StreamPlan`, or raises a `ConfigError`
that names the stream, what is missing and the rule that would do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Row
from destination_inflection.mapping.by_rule import part_by_rule
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.doubts import doubts_about
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.parts import Part
from destination_inflection.mapping.proposals import with_proposal
from destination_inflection.mapping.reasons import Reason
from destination_inflection.mapping.recognised import part_by_reading
from destination_inflection.mapping.rules import USUAL, Defaults, Rule, rules_for, with_split_lists
from destination_inflection.mapping.tables.recognition import recognise
from destination_inflection.mapping.tables.selection import NO_OTHERS, Selection, select
from destination_inflection.mapping.tables.table import Table


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """All that the rows of one stream become."""

    parts: tuple[Part, ...]

    @property
    def skips(self) -> list[Skip]:
        """What becomes of a row that can't be read: one skip a part if none looks at its rows.

        It is empty where a part does: a row that it may have sent is not left out unread.
        """
        found = [part.skip for part in self.parts if part.skip is not None]
        return found if len(found) == len(self.parts) else []

    def map(self, row: Row, read_at: int | None) -> list[Mapped]:
        """Maps one row, in the order of the rules; `read_at` is in epoch milliseconds."""
        try:
            return [part.mapper(row, read_at) for part in self.parts]
        except RecursionError:
            return [Reject(Reason.TOO_DEEP)]


def plan_stream(
    table: Table,
    rules: Sequence[Rule],
    selection: Selection = NO_OTHERS,
    takes: Takes = Takes.MESSAGES,
    defaults: Defaults = USUAL,
) -> StreamPlan:
    """The plan of one stream: by its rules if it has any, else by what it is recognised as.

    `selection` is all tables of the sync; what some tables are depends on which others are there.
    `takes` is what the route takes; `defaults` hold where no rule says otherwise. Segment and
    RudderStack write UTC, so their tables are in UTC unless the table's own rule names a zone.

    Raises:
        ConfigError: the stream can't be mapped.
    """
    table = selection.known(table)
    zone = UTC if table.layout.is_warehouse else defaults.time_zone
    written = rules_for(rules, table.namespace, table.name)
    said = Defaults(zone, defaults.names)
    own = [_settled(rule, table, said) for rule in written]
    try:
        if own:
            parts = [
                _doubted(table, rule, part_by_rule(table, rule, own, takes, selection))
                for rule in own
            ]
            return StreamPlan(tuple(parts))
        reading = recognise(table, selection, takes)
        part = part_by_reading(table, reading, selection, takes, said)
        return StreamPlan((_doubted(table, None, part),))
    except ConfigError as problem:
        raise with_proposal(problem, table, written, takes) from None


def _settled(rule: Rule, table: Table, said: Defaults) -> Rule:
    """The rule with its lists of columns taken apart, and with what it does not say itself."""
    return replace(
        with_split_lists(rule, table.columns),
        time_zone=rule.time_zone or said.time_zone,
        names=rule.names or said.names,
    )


def _doubted(table: Table, rule: Rule | None, part: Part) -> Part:
    doubts = tuple(doubts_about(table, rule, part.description))
    return replace(part, description=replace(part.description, doubts=doubts))


def selection_of(tables: Sequence[Table], rules: Sequence[Rule]) -> Selection:
    """All tables of a sync; those that a rule skips do not count as sent."""
    calls = [{rule.call for rule in rules_for(rules, t.namespace, t.name)} for t in tables]
    sent = [table for table, own in zip(tables, calls, strict=True) if own != {"skip"}]
    tracked = [t for t, own in zip(tables, calls, strict=True) if not own or "track" in own]
    return select(tables, sent, tracked)
