"""The plan warns where it knows better, and is silent where it does not."""

import pytest

from destination_inflection.mapping.doubts import doubts_about_all
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.rules import FieldRule, Rule
from destination_inflection.mapping.tables.table import Table


def doubts(table: Table, *rules: Rule) -> tuple[str, ...]:
    (part,) = plan_stream(table, rules).parts
    return part.description.doubts


def table(
    columns: str, key: str = "", *, is_partial: bool = False, is_read_in_full: bool = False
) -> Table:
    return Table(
        None,
        "t",
        tuple(columns.split()),
        tuple((name,) for name in key.split()),
        is_partial=is_partial,
        is_read_in_full=is_read_in_full,
    )


@pytest.mark.parametrize(
    ("columns", "rules", "named"),
    [
        ("email größe 2fa_enabled $plan seats", (), ["größe", "2fa_enabled"]),
        ("email plan Plan__Name", (), []),
        ("email x", (Rule("t", "identify", fields=(FieldRule("x", name="Größe"),)),), ["größe"]),
        ("email x", (Rule("t", "audience", audience="2 VIPs"),), ["2_vips"]),
        ("email x größe", (Rule("t", "audience", member_column=("größe",)),), ["größe"]),
        ("email größe", (Rule("t", "audience", audience_column=("größe",)),), []),
        ("email größe", (Rule("t", "audience", audience="V", member_column=("größe",)),), []),
        ("email größe", (Rule("t", "audience", list_id="L", member_column=("größe",)),), []),
    ],
)
def test_names_that_inflection_may_not_take_are_warned_of(
    columns: str, rules: tuple[Rule, ...], named: list[str]
) -> None:
    (part,) = plan_stream(
        Table(None, "t", tuple(columns.split())), rules, takes=Takes.CONTACTS
    ).parts
    told = [doubt for doubt in part.description.doubts if "silently" in doubt]
    assert [name for name in named if f'"{name}"' in "".join(told)] == named
    assert bool(told) == bool(named)


TRACK = Rule("t", "track", event="E", user_id=("user_id",))
AUDIENCE = Rule("t", "audience", audience="VIP")


@pytest.mark.parametrize(
    ("given", "rule", "word"),
    [
        (table("user_id flag", "user_id"), TRACK, "its key is the user's id"),
        (table("id user_id updated_at", "id"), TRACK, "no column says when its events happened"),
        (table("user_id time", is_read_in_full=True), TRACK, "sends every event again"),
        (table("user_id email"), AUDIENCE, "who left"),
        (table("user_id email IsDeleted"), Rule("t", "identify"), '"IsDeleted"'),
        (table("user_id email archived"), Rule("t", "group", group_id=("email",)), '"archived"'),
        (
            table("user_id email", is_partial=True),
            Rule("t", "identify", user_id=("uid",)),
            'not list the column "uid"',
        ),
        (
            table("user_id email", is_partial=True),
            Rule("t", "identify", fields=(FieldRule("plan"),)),
            '"plan"',
        ),
        (
            table("user_id email status"),
            Rule("t", "identify", member_column=("status",), audience="X"),
            "the option audience of its rule has no effect on the call identify",
        ),
    ],
)
def test_what_is_warned_about(given: Table, rule: Rule, word: str) -> None:
    assert any(word in doubt for doubt in doubts(given, rule))


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (table("id user_id created_at", "id"), TRACK),
        (table("user_id x"), TRACK),
        (table("user_id email is_member"), Rule("t", "audience", member_column=("is_member",))),
        (table("user_id email _ab_cdc_deleted_at"), AUDIENCE),
        (
            table("user_id email exited_at"),
            Rule("t", "audience", audience="VIP", deleted_column=("exited_at",)),
        ),
        (
            table("user_id email IsDeleted"),
            Rule("t", "identify", deleted_column=("IsDeleted",)),
        ),
        (table("user_id email", is_read_in_full=True), Rule("t", "identify")),
        (table("user_id email deleted"), Rule("t", "skip")),
    ],
)
def test_what_is_not(given: Table, rule: Rule) -> None:
    assert doubts(given, rule) == ()


def test_a_column_of_an_option_without_effect_is_a_trait_like_others() -> None:
    rule = Rule("t", "identify", member_column=("status",), group_id=("org",))
    (part,) = plan_stream(table("user_id email status org"), (rule,)).parts
    fed = {feed.to for feed in part.description.feeds}
    assert {"traits.status", "traits.org"} <= fed
    assert not {"membership", "groupId"} & fed


def test_streams_that_may_mix_people_up() -> None:
    tables = [
        Table("a", "users", ("user_id", "email")),
        Table("b", "users", ("user_id", "email")),
        Table(None, "crm_contacts", ("id", "email")),
        Table(None, "app_users", ("id", "email")),
    ]

    def told(*chosen: Table) -> list[str]:
        said = [[p.description for p in plan_stream(each, ()).parts] for each in chosen]
        return doubts_about_all(chosen, said)

    (namespaces,) = told(*tables[:2])
    assert "2 namespaces (a, b)" in namespaces
    (ids,) = told(*tables[2:])
    assert '"app_users", "crm_contacts"' in ids
    assert told(tables[0], tables[2]) == []
