"""What looks wrong about a stream that can be mapped: warnings for the plan.

Each is a sentence without its stream, which whoever shows it puts first. They hold nothing up: the
user may know better.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from destination_inflection.mapping.compiling.contact_names import is_plain
from destination_inflection.mapping.description import Description
from destination_inflection.mapping.kinds import CONTACT
from destination_inflection.mapping.rules import ROLES, Comparison, Rule, has_no_effect
from destination_inflection.mapping.tables.columns import DELETION_MARKS, column
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case

_OF_OTHER_SYSTEMS: Final = frozenset({"contact", "contacts", "lead", "leads"})
_MOST_NAMES: Final = 20
"""Of properties, in one warning."""
_LIKE_MARKS: Final = frozenset({"is_deleted", "isdeleted", "deleted", "deleted_at", "archived"})


def doubts_about(table: Table, rule: Rule | None, said: Description) -> Iterator[str]:
    """What looks wrong about what a stream becomes, by a rule if there is one."""
    if said.becomes.startswith("track") and not (rule is not None and rule.message_id):
        yield from _about_ids(table, said)
    if table.is_read_in_full and said.becomes.startswith(("track", "the call")):
        yield (
            "every sync reads all of it, and so sends every event again: choose an incremental "
            "sync mode"
        )
    if said.becomes.startswith("audience"):
        yield from _about_audience(table, rule, said)
    if said.becomes.startswith(("contact", "audience, as contact")):
        yield from _about_names(rule, said)
    if rule is not None:
        yield from _about_rule(table, rule)
    elif said.becomes == "identify" and not table.layout.is_warehouse:
        yield from _about_user_id(table, said)
    if not said.becomes.startswith(("skip", "track")):
        yield from _about_deletion(table, rule)


def _about_ids(table: Table, said: Description) -> Iterator[str]:
    fed = {feed.to: [c.name for c in feed.columns] for feed in said.feeds}
    key = [".".join(path) for path in table.primary_key]
    if fed.get("timestamp") or not key:
        return
    if key == fed.get("userId"):
        why = "its key is the user's id, so each user has one event"
    else:
        why = "no column says when its events happened"
    yield (
        f"{why}: a row that changes keeps its event's id, and a receiver that drops repeats drops "
        "it (a column with a time, named in timestamp, makes it a new event)"
    )


def _about_audience(table: Table, rule: Rule | None, said: Description) -> Iterator[str]:
    says_more = any(feed.to == "membership" and feed.columns for feed in said.feeds)
    marks = any(name.lower() in DELETION_MARKS for name in table.columns)
    if rule is not None and not (says_more or marks or rule.deleted_column):
        yield (
            "nothing in it says who left the audience, so members stay in it for ever: name a "
            "column with true and false in member_column, or one with the time they left in "
            "deleted_column"
        )


def _about_names(rule: Rule | None, said: Description) -> Iterator[str]:
    """Properties of contacts whose names Inflection may not take."""
    names = [feed.path[1] for feed in said.feeds if feed.path[0] == CONTACT.body and feed.path[1:]]
    remedy = "give them other names in the fields of a rule"
    if said.becomes.startswith("audience"):
        # The names of its audiences are its properties, where rows do not name them.
        named = rule.audience if rule is not None else None
        columns = [c.name for feed in said.feeds if feed.to == "membership" for c in feed.columns]
        by_rows = any(feed.to == "audience" and feed.columns for feed in said.feeds)
        given = [named] if named is not None else [] if by_rows else columns
        names = [snake_case(name) for name in given]
        remedy = "give the audience another name"
    doubtful = [name for name in names if name != "*" and not is_plain(name)]
    if doubtful:
        listed = ", ".join(f'"{name}"' for name in doubtful[:_MOST_NAMES])
        more = f" and {len(doubtful) - _MOST_NAMES} more" if len(doubtful) > _MOST_NAMES else ""
        yield (
            f"Inflection may silently store no value for the properties {listed}{more}, because "
            "their names are not small letters from a to z, digits and _, with a letter first: "
            f"{remedy}"
        )


def _about_rule(table: Table, rule: Rule) -> Iterator[str]:
    given = [name for name in ("event", "audience") if getattr(rule, name) is not None]
    given += [role for role in ROLES if rule.columns(role)]
    for option in given:
        if has_no_effect(rule, option):
            yield f"the option {option} of its rule has no effect on the call {rule.call}"
    if table.is_partial:
        for names in _named_columns(rule):
            unlisted = [n for n in names if column(n, table.columns).top not in table.columns]
            if unlisted and (len(unlisted) == len(names) or not rule.is_glob):
                name = unlisted[0]
                yield (
                    f'its schema does not list the column "{name}" of its rule, and says that '
                    "there may be others: check its spelling"
                )


def _named_columns(rule: Rule) -> list[tuple[str, ...]]:
    """The columns that a rule names, each time with those that are tried with it."""
    names = [rule.columns(role) for role in ROLES if rule.columns(role)]
    names += [(field.column,) for field in rule.fields if field.column is not None]
    names += [(name,) for name in rule.unwrap]
    if rule.only_if is not None:
        names.append((rule.only_if.column,))
        if rule.only_if.comparison is Comparison.DIFFERS_FROM:
            names.append((str(rule.only_if.value),))
    return list(dict.fromkeys(names))


def _about_user_id(table: Table, said: Description) -> Iterator[str]:
    words = snake_case(table.name).split("_")
    by_id = any(
        f.to == "userId" and [c.name for c in f.columns] == [table.find("id")] for f in said.feeds
    )
    if by_id and (table.find("external_id") or not _OF_OTHER_SYSTEMS.isdisjoint(words)):
        yield (
            f'"{table.find("id")}" becomes the user id: if it is the id of another system, such as '
            "a CRM, name the product's user id in the user_id of a rule"
        )


def _about_deletion(table: Table, rule: Rule | None) -> Iterator[str]:
    named = () if rule is None else (name for names in _named_columns(rule) for name in names)
    like = [name for name in table.columns if snake_case(name) in _LIKE_MARKS]
    if like and not set(like) & set(named):
        yield (
            f'rows with "{like[0]}" are sent like others: if it marks deleted rows, name it in '
            "deleted_column of a rule"
        )


def doubts_about_all(tables: Sequence[Table], said: Sequence[Sequence[Description]]) -> list[str]:
    """What looks wrong about the streams together; `said` is of each table, in its order."""
    return [*_about_namespaces(tables, said), *_about_user_ids(tables, said)]


def _about_namespaces(
    tables: Sequence[Table], said: Sequence[Sequence[Description]]
) -> Iterator[str]:
    namespaces: defaultdict[str, list[str]] = defaultdict(list)
    for table, parts in zip(tables, said, strict=True):
        if any(not part.becomes.startswith("skip") for part in parts):
            namespaces[table.name].append(table.namespace or "(none)")
    for name, found in namespaces.items():
        if len(found) > 1:
            yield (
                f'The stream "{name}" comes from {len(found)} namespaces ({", ".join(found[:3])}): '
                "if their user ids are not of one system, different people become one."
            )


def _about_user_ids(
    tables: Sequence[Table], said: Sequence[Sequence[Description]]
) -> Iterator[str]:
    """People by an `id` in several streams: the ids of a CRM are not those of the product."""
    names = [
        table.name
        for table, parts in zip(tables, said, strict=True)
        if any(
            feed.to == "userId" and [snake_case(c.name) for c in feed.columns] == ["id"]
            for part in parts
            if part.becomes.startswith("identify") and not table.layout.is_warehouse
            for feed in part.feeds
        )
    ]
    if len(set(names)) > 1:
        listed = ", ".join(f'"{name}"' for name in sorted(set(names))[:3])
        yield (
            f"The user ids of {len(set(names))} streams ({listed}) come from a column id: if these "
            "are not ids of one system, different people become one; name the product's user id in "
            "the user_id of a rule."
        )
