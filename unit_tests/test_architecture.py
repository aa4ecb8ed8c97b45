"""The pages on how the connector is built, held against the code: names, files, and their order."""

import importlib
import json
import os
import re
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Final

import pytest

from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.commands.write import write
from destination_inflection.config.form import read_config
from destination_inflection.delivery import routes
from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.transport.choice import Choice
from destination_inflection.delivery.transport.seam import Answer, Request, Response
from destination_inflection.json_types import JsonObject

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = ROOT / "destination_inflection"
ARCHITECTURE: Final = "docs/architecture.md"
DECISIONS: Final = sorted(
    str(page.relative_to(ROOT)) for page in (ROOT / "docs" / "decisions").glob("*.md")
)
PAGES: Final = [ARCHITECTURE, "docs/development.md", "CONTRIBUTING.md", *DECISIONS]
PARTS: Final = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()}


@cache
def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def spans(page: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text(page))


def exists(name: str) -> bool:
    """Whether a dotted name is a module of the package, or something in one."""
    words = name.split(".")
    module, rest = "destination_inflection", list(words)
    while rest and is_module(f"{module}.{rest[0]}"):
        module += f".{rest.pop(0)}"
    if not rest:
        return True  # not imported: the CDK takes seconds
    found: object = importlib.import_module(module)
    for word in rest:
        found = getattr(found, word, None)
    return found is not None


def is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # what it would be in is no package
        return False


@pytest.mark.parametrize("page", PAGES)
def test_every_name_on_the_page_exists(page: str) -> None:
    names = [s for s in spans(page) if re.fullmatch(r"\w+(\.\w+)+", s)]
    ours = [n for n in names if n.split(".")[0] in PARTS and not n.endswith((".py", ".json"))]
    assert [name for name in ours if not exists(name)] == []


def test_a_name_that_is_gone_is_found() -> None:
    assert exists("sync.sync.Sync.record")
    assert not exists("sync.sync.Sync.recorded")
    assert not exists("sync.symc.Sync")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_folder_on_the_page_exists(page: str) -> None:
    paths = [s for s in spans(page) if re.fullmatch(r"[\w/]+(\.py|/)", s)]
    tests = (ROOT / "unit_tests", ROOT / "integration_tests")
    places = (ROOT, PACKAGE, *tests)
    assert [p for p in paths if not any((place / p).exists() for place in places)] == []


def test_the_decisions_are_linked_and_numbered() -> None:
    linked = re.findall(r"\((decisions/[^)]+)\)", text(ARCHITECTURE))
    assert [f"docs/{link}" for link in linked] == DECISIONS
    for number, page in enumerate(DECISIONS, 1):
        assert text(page).startswith(f"# {number:04d}: ")
        parts = [
            text(page).find(f"\n**{part}.**") for part in ("Context", "Decision", "Consequence")
        ]
        assert -1 < parts[0] < parts[1] < parts[2], page


def walk(heading: str) -> list[str]:
    """The first numbered list below a heading."""
    body = text(ARCHITECTURE).split(f"\n## {heading}\n")[1]
    numbered = re.search(r"(?:^\d+\. .+\n)+", body, re.MULTILINE)
    assert numbered is not None
    return re.findall(r"^\d+\. `([\w.]+)`: ", numbered[0], re.MULTILINE)


class Instant:
    """Takes every request at once."""

    def __init__(self, _slots: int, _bounds: Bounds) -> None:
        self._ended: list[tuple[int, Answer]] = []

    def start(self, slot: int, _request: Request) -> None:
        self._ended.append((slot, Response(200)))

    def finished(self) -> list[tuple[int, Answer]]:
        ended, self._ended = self._ended, []
        return ended

    def wait(self, _timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        return list(inputs)

    def close(self) -> None:
        """Nothing is open."""


def called(steps: Sequence[str], row: dict[str, str], folder: Path) -> list[str]:
    """Those of `steps` that a sync of one row and one state calls, by their first call.

    What is called before the first of them is left out.
    """
    stream: JsonObject = {"name": "people", "json_schema": {"properties": {"id": {}, "email": {}}}}
    modes: JsonObject = {"sync_mode": "full_refresh", "destination_sync_mode": "append"}
    delivery: JsonObject = {"route": "event_endpoint", "endpoint_url": "https://in.example"}
    config = read_config(
        {
            "api_key": "some-key",
            "delivery": delivery,
            "rejected_records": {"store": "folder", "path": str(folder)},
        }
    )
    record = {"stream": "people", "data": row, "emitted_at": 1}
    state = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "people"}}}
    lines = ({"type": "RECORD", "record": record}, {"type": "STATE", "state": state})
    source, sink = os.pipe()
    os.write(sink, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    os.close(sink)
    seen: dict[str, None] = {}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "call" and module.startswith("destination_inflection."):
            name = f"{module}.{frame.f_code.co_qualname}".removeprefix("destination_inflection.")
            if name in steps and (seen or name == steps[0]):
                seen[name] = None

    with os.fdopen(source), (folder / "out").open("wb") as out:
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            catalog: JsonObject = {"streams": [{"stream": stream, **modes}]}
            assert write(config, catalog, source, MessageWriter(out), None) == 0
        finally:
            sys.setprofile(before)
    return list(seen)


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Before the first record", {"id": "1", "email": "ada@example.com"}),
        ("The life of a record", {"id": "1", "email": "ada@example.com"}),
        ("The life of a reject", {"email": "not an address"}),
    ],
)
def test_the_functions_are_called_in_this_order(
    heading: str, row: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "best_transport", lambda _slots: Choice("instant", Instant))
    steps = walk(heading)
    assert called(steps, row, tmp_path) == steps
