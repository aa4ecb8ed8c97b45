"""The sandbox's page in the docs names each of its options, and shows what it prints."""

import re
from pathlib import Path
from typing import Final

from inflection_sandbox.faults import FAULTS
from inflection_sandbox.pages.setups import Address
from inflection_sandbox.run import API_KEY, PORT, greeting, make_parser

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text("utf-8")
TABLE_OPTION: Final = re.compile(r"`(--[a-z-]+)`")


def test_the_tables_name_every_option_and_no_other() -> None:
    first_cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `--")]
    named = {option for cell in first_cells for option in TABLE_OPTION.findall(cell)}
    actions = make_parser()._actions
    assert named == {
        option for action in actions for option in action.option_strings if option[:2] == "--"
    } - {"--help"}
    assert {f"--{name.replace('_', '-')}" for name in FAULTS} < named


def test_the_page_shows_what_is_printed() -> None:
    assert f"```\n{greeting(Address(f'http://127.0.0.1:{PORT}', API_KEY))}\n```" in PAGE


def test_the_page_shows_the_defaults() -> None:
    options = make_parser().parse_args([])
    for name in ("port", "host", "api_key"):
        option, default = f"--{name.replace('_', '-')}", getattr(options, name)
        assert f"| `{option}` | {default} |" in PAGE
