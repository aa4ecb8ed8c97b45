import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.exclusions import Place, excluded


def texts(source: str) -> set[str]:
    """What is excluded of one line."""
    return {source[span.first.column : span.end.column] for span in excluded(source)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1 + b", set()),
        ("a = 'text' + b", {"'text'"}),
        ("a = f'{1 + b}'", {"f'{1 + b}'"}),
        ("self._log(1 + b)", {"self._log(1 + b)"}),
        ("log(1 + b)", {"log(1 + b)"}),
        ("catalog(1 + b)", set()),
        ("T = TypeVar(T, bound=1)", {"TypeVar(T, bound=1)"}),
        ("a: int | None = 1", {"int | None"}),
        ("A: TypeAlias = int | None", {"TypeAlias", "int | None"}),
        ("def f(a: int | None) -> int | str: return 1", {"int | None", "int | str"}),
        ("class A(B[1]): a = 1", {"B[1]"}),
    ],
)
def test_what_is_left_out_of_a_line(source: str, expected: set[str]) -> None:
    assert texts(source) == expected


def test_decorators_are_left_out() -> None:
    (span,) = excluded("@cached(1)\ndef f():\n    return 1\n")

    assert span.holds(Place(1, 1))
    assert not span.holds(Place(3, 11))


def test_a_text_of_several_lines_is_left_out_as_a_whole() -> None:
    (span,) = excluded('a = 1\n"""One.\n\nTwo."""\nb = 2\n')

    assert [line for line in range(1, 6) if span.holds(Place(line, 0))] == [2, 3, 4]
    assert span.holds(Place(4, 6))
    assert not span.holds(Place(4, 7))


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30))
def test_columns_count_characters_whatever_they_are(text: str) -> None:
    source = f"a = {text!r} + b"

    assert texts(source) == {repr(text)}


def test_what_is_not_python() -> None:
    with pytest.raises(SyntaxError):
        excluded("a = = b")


def test_this_very_file_can_be_read() -> None:
    source = Path(__file__).read_text("utf-8")

    strings = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant)]
    assert len(excluded(source)) >= sum(isinstance(n.value, str) for n in strings)
