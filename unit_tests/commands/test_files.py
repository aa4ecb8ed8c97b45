"""The files that a command is given: where in them something is wrong, in one sentence."""

from pathlib import Path

import pytest

from destination_inflection.commands.files import catalog_at, json_at, json_of
from destination_inflection.errors import ConfigError

HERE = Path("c.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1, column 1 (expecting value)"),
        (b'{\n  "a": 1\n  "b": 2}', "line 3, column 3 (expecting ',' delimiter)"),
        (b'{"a": "b\n"}', "line 1, column 9 (invalid control character)"),
        (b'{"a": "b', "line 1, column 7 (unterminated string)"),
        (b'{"a": 1} {"b": 2}', "line 1, column 10 (extra data)"),
        (b"{'a': 1}", "line 1, column 2 (expecting property name enclosed in double quotes)"),
        ('{"a": 1'.encode("utf-16"), "line 1, column 8 (expecting ',' delimiter)"),
        (b'{"name":\n "M\xfcller"}', "is not UTF-8 text (line 2, byte 4 of it)"),
        (b"\xff{}", "is not UTF-8 text (line 1, byte 1 of it)"),
        (b"[" * 100_000, "nested more than 200 levels deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested more than 200 levels deep"),
        (b"[" * 201 + b"]" * 201, "nested more than 200 levels deep"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(content: bytes, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        json_of(content, HERE, "configuration")
    assert said in caught.value.message
    assert caught.value.message.startswith("The configuration file c.json is ")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_at_the_beginning_is_no_fault(encoding: str) -> None:
    assert json_of('{"ä": 1}'.encode(encoding), HERE, "catalog") == {"ä": 1}


def test_what_is_nested_as_deeply_as_it_may_be_is_read() -> None:
    assert json_of(b"[" * 200 + b"]" * 200, HERE, "catalog")


def test_a_number_of_any_length_is_read() -> None:
    assert json_of(b'{"n": ' + b"7" * 5_000 + b"}", HERE, "catalog") == {"n": "7" * 5_000}


@pytest.mark.parametrize("path", ["a\0b", "a\ud800b"])
def test_a_path_that_cant_be_one_is_told(path: str) -> None:
    with pytest.raises(ConfigError, match="its path holds a NUL or an unpaired surrogate"):
        json_at(Path(path), "catalog")


@pytest.mark.parametrize(
    "lines",
    [
        ['{"type": "TRACE", "trace": {"type": "ERROR"}}'],
        ['{"type": "LOG", "log": {}}', '{"type": "TRACE", "trace": {"type": "ERROR"}}'],
    ],
)
def test_a_discover_that_failed_is_said_to_have_failed(tmp_path: Path, lines: list[str]) -> None:
    file = tmp_path / "discovered.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ConfigError, match="its discover failed"):
        catalog_at(file)
