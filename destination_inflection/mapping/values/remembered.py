"""Remembers what a function says of a text: so many answers, and of short texts only.

A cache of the standard library bounds how many texts it holds, not how long they are, and names and
events come from the input.
"""

from collections.abc import Callable
from typing import Final, TypeVar

LONGEST_REMEMBERED: Final = 512
"""Characters. No name is longer in practice; with thousands of answers this is some megabytes."""

T = TypeVar("T")


class _Answers(dict[str, T]):
    """A dictionary, because looking something up in it costs no call of Python's."""

    def __init__(self, function: Callable[[str], T], most: int, longest: int) -> None:
        super().__init__()
        self._function = function
        self._most = most
        self._longest = longest

    def __missing__(self, text: str) -> T:
        answer = self._function(text)
        if len(text) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[text] = answer
        return answer


def remembered(
    most: int, longest: int = LONGEST_REMEMBERED
) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Makes a pure function remember up to `most` answers; then it begins anew."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        return _Answers(function, most, longest).__getitem__

    return decorate
