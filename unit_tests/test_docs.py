"""The examples in the documentation are run, so they can't go stale."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from destination_inflection.config.form import read_config
from destination_inflection.delivery.settings import DeveloperApiRoute
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import LIBRARY, Call, Mapped, Reject
from destination_inflection.mapping.kinds import MESSAGES, CallKind, Takes
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.conventions import PLAIN
from destination_inflection.mapping.tables.table import Table
from destination_inflection.rejects.parts import COLLECTED
from destination_inflection.storage.s3 import S3Config

ROOT: Final = Path(__file__).resolve().parents[1]
BLOCK: Final = re.compile(r"^```json (.+?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    table: Table
    row: JsonObject
    rules: list[JsonObject] = field(default_factory=list)
    results: list[tuple[str, JsonObject]] = field(default_factory=list)


def examples(page: str) -> Iterator[Example]:
    found: Example | None = None
    for match in BLOCK.finditer((ROOT / "docs" / page).read_text("utf-8")):
        words, content = match[1].split(), json.loads(match[2])
        if words[0].startswith("row="):
            if found is not None:
                yield found
            key = tuple((w.removeprefix("key="),) for w in words[1:])
            found = Example(
                Table(None, words[0].removeprefix("row="), tuple(content), key), content
            )
        elif found is not None and words[0] == "rule":
            found.rules.append(content)
        elif found is not None:
            found.results.append((words[0], content))
    if found is not None:
        yield found


def as_shown(result: Mapped) -> tuple[str, JsonObject]:
    if not isinstance(result, Call):
        kind = "reject" if isinstance(result, Reject) else "skip"
        return kind, {"reason": result.reason.value}
    message = json.loads(result.body)
    if result.kind not in MESSAGES:
        return result.kind.value, message
    assert message["context"].pop("library") == LIBRARY
    if not message["context"]:
        del message["context"]
    return "message", message


def config(rules: list[JsonObject]) -> dict[str, Any]:
    delivery = {"route": "event_endpoint", "endpoint_url": "https://in.example"}
    return {"api_key": "some-key", "delivery": delivery, "streams": rules}


@pytest.mark.parametrize(
    ("takes", "example"),
    [
        pytest.param(takes, example, id=f"{page} {example.table.name}")
        for takes, page in (
            (Takes.MESSAGES, "mapping.md"),
            (Takes.MESSAGES, "try-it.md"),
            (Takes.CONTACTS, "developer-api.md"),
        )
        for example in examples(page)
    ],
)
def test_examples(takes: Takes, example: Example) -> None:
    rules = read_config(config(example.rules)).rules
    plan = plan_stream(example.table, rules, takes=takes)
    assert [as_shown(r) for r in plan.map(example.row, 1767225600000)] == example.results


def test_there_are_examples_of_everything() -> None:
    names = {example.table.name.lower() for example in examples("mapping.md")}
    assert {"people", "identifies", "users", "groups", "trait_computed", "flags"} <= names


@pytest.mark.parametrize("page", ["docs/mapping.md"])
def test_every_conventional_name_is_documented(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for kind, role in (
        (CallKind.IDENTIFY, "email"),
        (CallKind.TRACK, "event_column"),
        (CallKind.TRACK, "timestamp"),
        (CallKind.GROUP, "group_id"),
    ):
        for name in PLAIN[kind][role]:
            assert f"`{name}`" in text, name


def test_the_developer_api_page_s_configuration_can_be_used() -> None:
    text = (ROOT / "docs" / "developer-api.md").read_text("utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    assert isinstance(read_config(json.loads(block[1])).delivery, DeveloperApiRoute)


def test_the_readme_s_configuration_can_be_used() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    assert [rule.call for rule in read_config(json.loads(block[1])).rules] == ["track", "skip"]


def test_the_readme_s_plan_line_is_what_the_log_shows() -> None:
    table = Table(None, "people", ("id", "email", "first_name", "role", "updated_at"))
    (part,) = plan_stream(table, ()).parts
    assert f"people -> {part.description}" in (ROOT / "README.md").read_text("utf-8")


def test_every_reason_is_documented_once_with_what_to_do() -> None:
    text = (ROOT / "docs" / "rejected-records.md").read_text("utf-8")
    sections = re.findall(
        r"^### `(\w+)`\n\n.+?\*\*What to do:\*\* ", text, re.MULTILINE | re.DOTALL
    )
    assert sections == [reason.value for reason in Reason]


def test_every_skip_reason_is_documented_once() -> None:
    text = (ROOT / "docs" / "rejected-records.md").read_text("utf-8")
    table = text.split("\n## Why records are skipped\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| \S.*\. \|$", table, re.MULTILINE)
    assert rows == [reason.value for reason in SkipReason]


def test_the_rejected_records_page_s_configuration_can_be_used() -> None:
    text = (ROOT / "docs" / "rejected-records.md").read_text("utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    assert isinstance(read_config(json.loads(block[1])).rejected, S3Config)


def test_every_reason_has_a_sentence_of_help() -> None:
    for reason in Reason:
        assert reason.help.endswith("."), reason


def test_the_pages_name_the_bounds_that_rejects_are_collected_within() -> None:
    bounds = f"{COLLECTED.seconds:g} seconds", f"{COLLECTED.bytes // 2**20} MiB"
    for page in ("rejected-records.md", "inflection.md", "decisions/0005-rejects-before-states.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert [bound for bound in bounds if bound not in text] == [], page
