"""The table of what breaks other connectors, held against the tests that it names."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "reliability.md"
HEADING: Final = "## What breaks other connectors"
TEST: Final = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    """The cells of each row, without the two lines of the head."""
    section = PAGE.read_text("utf-8").partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


@cache
def named_in(module: str) -> frozenset[str]:
    tree = ast.parse((ROOT / module).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_each_failure_has_a_row_of_its_own() -> None:
    complaints = [complaint for complaint, _, _ in rows()]
    assert len(set(complaints)) == 35


@pytest.mark.parametrize("row", range(35))
def test_each_row_names_tests_that_exist(row: int) -> None:
    _, tests, result = rows()[row]
    named = TEST.findall(tests)
    assert named
    assert [(module, test) for module, test in named if test not in named_in(module)] == []
    assert result
