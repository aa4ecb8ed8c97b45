"""The pages for users, held against the code: links, the form, messages, commands, examples."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from destination_inflection.commands.arguments import make_parser as _parser
from destination_inflection.config.form import read_config
from destination_inflection.config.schema import load_spec
from destination_inflection.delivery.traffic import Bottleneck
from destination_inflection.mapping.plan import plan_stream, selection_of
from destination_inflection.mapping.tables.table import Table
from destination_inflection.report.bottleneck import Counters, Found, Limits, bottlenecks
from destination_inflection.report.bottleneck_words import sentences, told
from destination_inflection.version import VERSION
from inflection_sandbox.run import make_parser

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
]
DECISIONS: Final = sorted(
    f"docs/decisions/{p.name}" for p in (ROOT / "docs/decisions").glob("*.md")
)
FENCE: Final = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GAP: Final = "…"


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def prose(page: str) -> str:
    return FENCE.sub("", text(page))


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next one of the same level."""
    level = heading.split(" ", maxsplit=1)[0]
    return text(page).split(f"\n{heading}\n")[1].split(f"\n{level} ")[0]


def code(page: str) -> Iterator[str]:
    """Each line of code, continued lines joined, and each span of code in the prose."""
    for match in FENCE.finditer(text(page)):
        yield from match[2].replace("\\\n", " ").splitlines()
    yield from (" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(page)))


def anchors(page: str) -> set[str]:
    """The headings of a page, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in kept}


def links(page: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


@pytest.mark.parametrize("page", [*PAGES, *DECISIONS])
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(str(target.relative_to(ROOT))), link


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in links("README.md")}
    assert linked >= set(PAGES) - {"README.md"}


def options(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of the form, by its name, wherever it is nested."""
    for name, each in schema.get("properties", {}).items():
        yield name, each
        yield from options(each)
    for inner in (*schema.get("oneOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from options(inner)


FORM: Final[dict[str, Any]] = load_spec()["connectionSpecification"]  # type: ignore[assignment]


@pytest.mark.parametrize(("name", "each"), list(options(FORM)))
def test_every_field_of_the_form_is_explained(name: str, each: dict[str, Any]) -> None:
    head = f"| **{each['title']}** (`{name}`) | "
    rows = [line for line in text("docs/inflection.md").splitlines() if line.startswith(head)]
    said = [*each.get("enum", ()), *([each["const"]] if "const" in each else ())]
    if isinstance(each.get("default"), (str, int, float)):
        said.append(str(each["default"]).lower())
    words = [re.compile(rf"(?<!\w){re.escape(value)}(?!\w)") for value in said]
    assert any(all(word.search(row) for word in words) for row in rows), (head, said)


def test_every_choice_of_the_form_is_named() -> None:
    for name in ("delivery", "rejected_records"):
        for choice in FORM["properties"][name]["oneOf"]:
            assert f"**{choice['title']}**" in text("docs/inflection.md")


def test_the_page_explains_no_field_that_the_form_lacks() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\* \(`(\w+)`\) \|", text("docs/inflection.md"), re.MULTILINE)
    assert set(rows) == {(each["title"], name) for name, each in options(FORM)}


@cache
def messages() -> tuple[str, ...]:
    """Every text in the package, with a gap for each value that is put in."""
    found: list[str] = []
    for file in (ROOT / "destination_inflection").rglob("*.py"):
        inside: set[ast.AST] = set()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):  # from the outside inwards
            match node:
                case ast.Constant(value=str(value)) if node not in inside:
                    found.append(value)
                case ast.JoinedStr(values=parts):
                    inside.update(parts)
                    found.append("".join(map(as_shown, parts)))
    return tuple(found)


def as_shown(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else GAP


def fragments() -> list[str]:
    return re.findall(
        r"^\| `([^`]+)` \|", section("docs/inflection.md", "## Troubleshooting"), re.MULTILINE
    )


@pytest.mark.parametrize("fragment", fragments())
def test_every_message_in_the_troubleshooting_is_one_the_code_has(fragment: str) -> None:
    # A status that the code puts in may be written out here, and so may a file's kind.
    pieces = [re.escape(piece) for piece in re.split(rf"{GAP}|(?<=HTTP )\d+", fragment)]
    pattern = re.compile(r"(?:…|\d+)".join(pieces))
    assert any(pattern.search(message) for message in messages())


def test_there_is_troubleshooting_for_each_answer_that_stops_a_sync() -> None:
    stops = {m for m in messages() if re.search(r"\(HTTP (?:\d+|…)\)", m)}
    explained = [re.split(rf"{GAP}|(?<=HTTP )\d+", fragment)[0] for fragment in fragments()]
    # 505 says of itself all that there is to say.
    unexplained = [m for m in stops if "505" not in m and not any(e in m for e in explained)]
    assert unexplained == []


def configurations() -> list[Any]:
    return [
        pytest.param(content, id=f"{page} {number}")
        for page in PAGES
        for number, (words, content) in enumerate(FENCE.findall(text(page)))
        if words == "json"
    ]


@pytest.mark.parametrize("content", configurations())
def test_every_configuration_can_be_used(content: str) -> None:
    assert read_config(json.loads(content)).api_key.startswith("YOUR_")


@pytest.mark.parametrize("name", ["config-event-endpoint.json", "config-developer-api.json"])
def test_the_example_configurations_can_be_used(name: str) -> None:
    read_config(json.loads(text(f"examples/{name}")))


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", text("Makefile"), re.MULTILINE))
    for line in code(page):
        if line.startswith("make "):
            assert line.split()[1] in targets, line


def commands(page: str, program: str) -> Iterator[list[str]]:
    """The arguments of every call of a program, by itself or in its image."""
    by_itself = rf"(?:\.venv/bin/)?{program}"
    in_image = rf"docker run .*?\b{program}:\S+"
    for line in code(page):
        if call := re.match(rf"(?:{by_itself}|{in_image}) +([^<>]+)", line):
            yield shlex.split(call[1].replace(GAP, ""))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_line_can_be_understood(page: str) -> None:
    for arguments in commands(page, "destination-inflection"):
        _parser().parse_args(arguments)
    for arguments in commands(page, "inflection-sandbox"):
        make_parser().parse_args(arguments)


def test_command_lines_are_found() -> None:
    found = [arguments[0] for arguments in commands("README.md", "destination-inflection")]
    assert found == ["spec", "check", "write", "preview"]
    assert len(list(commands("docs/airbyte-setup.md", "destination-inflection"))) == 2
    assert len(list(commands("docs/sandbox.md", "inflection-sandbox"))) == 1


def test_the_worked_connection_has_the_plan_it_shows() -> None:
    worked = section("docs/airbyte-setup.md", "## A worked connection")
    blocks = dict(FENCE.findall(worked))
    rules = read_config(json.loads(blocks["json"])).rules
    names = re.compile(r"`(\w+)`")
    rows = [row.split("|") for row in worked.splitlines() if row.startswith("| `")]
    tables = [
        Table(
            None,
            names.findall(name)[0],
            tuple(names.findall(columns)),
            tuple((column,) for column in names.findall(key)),
        )
        for _, name, columns, key, _ in rows
    ]
    plans = [(t.name, plan_stream(t, rules, selection_of(tables, rules))) for t in tables]
    shown = [f"{name} -> {part.description}" for name, plan in plans for part in plan.parts]
    assert blocks[""].splitlines() == shown
    assert [name for name, _ in plans] == ["users", "product_events", "purchases"]


def test_the_setup_page_s_versions_are_the_current_one() -> None:
    said = re.compile(
        r"(?:destination-inflection:|`dev`, or `|`v|tags/v|`git push \S+ v)(\d+\.\d+\.\d+)"
    )
    pages = ("docs/airbyte-setup.md", "docs/development.md", "SECURITY.md")
    assert {page: set(said.findall(text(page))) - {VERSION} for page in pages} == {
        page: set() for page in pages
    }


def test_the_pages_have_the_sections_airbyte_s_reviewers_look_for() -> None:
    headings = re.findall(r"^## (.+)$", text("docs/inflection.md"), re.MULTILINE)
    wanted = [
        "Prerequisites",
        "Set-up guide",
        "Supported sync modes",
        "Limits",
        "IP allow list",
        "Changelog",
    ]
    at = [headings.index(heading) for heading in wanted]
    assert all(before < after for before, after in pairwise(at))
    assert headings[-1] == "Changelog"
    assert "Namespace support" in headings


def test_the_changelog_table_begins_with_this_version() -> None:
    rows = re.findall(
        r"^\| (\d\S+) \|", section("docs/inflection.md", "## Changelog"), re.MULTILINE
    )
    assert rows[0] == VERSION


def test_each_bottleneck_is_explained_by_its_name() -> None:
    limits = Limits(16, 500)
    names = [each["name"] for each in told([Found(b, 1.0, 1.0) for b in Bottleneck], limits)]
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", how_fast(), re.MULTILINE)
    assert rows[1:] == names  # after the head of the table


def test_the_example_of_a_bottleneck_is_what_the_log_says() -> None:
    counted = Counters(100.0, answers=1_000, answer_seconds=103.0)
    waited = replace(counted, waited={Bottleneck.PARALLEL: 93.0})
    limits = Limits(16, 500)
    said = sentences(told(bottlenecks(waited, limits), limits), "The run was bound by")
    assert said in how_fast()


def how_fast() -> str:
    return section("docs/inflection.md", "## How fast it is")


def test_the_sync_modes_are_the_form_s() -> None:
    rows = section("docs/inflection.md", "## Supported sync modes").splitlines()
    yes = [row.split("|")[1].strip() for row in rows if "| Yes |" in row]
    assert yes == ["Full Refresh, Append", "Incremental, Append", "Incremental, Append + Deduped"]
    assert load_spec()["supported_destination_sync_modes"] == ["append", "append_dedup"]
