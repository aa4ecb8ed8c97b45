"""Where a mutant would say nothing about the tests. Pure; fixed before any mutant runs.

Text, logs and annotations decide nothing about what is delivered. A decorator, and a type that is
given a name, only declare: a mutant of one is either noticed at once or changes nothing.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

LOGS = frozenset({"log", "_log"})
"""What the project calls a function that writes to the log."""


class Place(NamedTuple):
    """A line from 1 on, and a column from 0 on."""

    line: int
    column: int


class Span(NamedTuple):
    """From a place up to, but without, another one."""

    first: Place
    end: Place

    def holds(self, place: Place) -> bool:
        """Whether a place lies in it."""
        return self.first <= place < self.end


def excluded(source: str) -> Sequence[Span]:
    """The parts of a module that are not mutated.

    Raises:
        SyntaxError: it is not Python.
    """
    lines = source.splitlines()
    return [_span(lines, node) for node in _nodes(ast.parse(source))]


def _nodes(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr():
                yield node
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in LOGS or name == "TypeVar"
            ):
                yield node
            case ast.AnnAssign(annotation=annotation, value=value):
                yield annotation
                if value is not None and "TypeAlias" in ast.dump(annotation):
                    yield value
            case ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case ast.FunctionDef(returns=returns, decorator_list=decorators):
                yield from decorators
                if returns is not None:
                    yield returns
            case ast.ClassDef(decorator_list=decorators, bases=bases):
                yield from decorators
                yield from bases
            case _:
                pass


def _span(lines: Sequence[str], node: ast.expr) -> Span:
    """`ast` counts bytes, mutants are placed by characters."""
    last, end = node.end_lineno or node.lineno, node.end_col_offset or 0
    return Span(
        Place(node.lineno, _characters(lines[node.lineno - 1], node.col_offset)),
        Place(last, _characters(lines[last - 1], end)),
    )


def _characters(line: str, count: int) -> int:
    return len(line.encode()[:count].decode())
