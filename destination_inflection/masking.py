"""Takes known secrets out of a text, in whatever form they stand there. Pure.

A server that repeats the key may do so in other letters, escaped, in base64 (as in the Basic
header), or cut short. So each form is looked for in every reading of the text, without regard to
the case of its letters and to blanks in it, and a piece of eight characters from its start, or of
twelve from anywhere, is enough.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from typing import Final

from destination_inflection.escapes import Reading, Span, as_it_is, readings, replaced, without
from destination_inflection.json_types import Json

MASK: Final = "****"
_ENOUGH: Final = 8
"""So many characters of a secret, from its start, give it away."""
_PIECE: Final = 12
"""So many from anywhere in it, too."""
_BLANK: Final = re.compile(r"\s+")
_BITS_OF_A_LETTER: Final = 6  # in base64
_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Mask:
    """A function from text to text without the secrets; without any, it changes nothing."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        self._forms = sorted(form.translate(_ASCII_LOWER) for form in forms)
        self._pieces = frozenset(
            form[at : at + _PIECE]
            for form in self._forms
            for at in range(1, len(form) - _PIECE + 1)
        )

    def __call__(self, text: str) -> str:
        """The text with `****` for each secret and each long piece of one."""
        if not self._forms:
            return text
        spans = [s for reading in readings(text) for s in self._spans(reading)]
        if _BLANK.search(text):
            spans += self._spans(without(as_it_is(text), _BLANK))
        return replaced(text, spans, MASK)

    def document(self, value: Json) -> Json:
        """The same for every text in a JSON document."""
        if isinstance(value, dict):
            return {self(name): self.document(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.document(inner) for inner in value]
        return self(value) if isinstance(value, str) else value

    def _spans(self, reading: Reading) -> Iterator[Span]:
        text = reading.text.translate(_ASCII_LOWER)
        for form in self._forms:
            begin = text.find(form[:_ENOUGH])
            while begin >= 0:
                end = begin + _common(text, begin, form)
                yield reading.span(begin, end)
                begin = text.find(form[:_ENOUGH], end)
        for begin in range(len(text) - _PIECE + 1):
            if text[begin : begin + _PIECE] in self._pieces:
                yield reading.span(begin, begin + _PIECE)


def _forms(secret: str) -> Iterator[str]:
    """The spellings of a secret; escapes and the case of letters are not among them."""
    yield secret
    yield secret.strip()
    # An unpaired surrogate, which a key can't hold, is reported only after the mask is made.
    raw = secret.strip().encode("utf-8", "surrogatepass")
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw + b":").decode()
        # Inside something longer: three ways, by how many bytes stand before it.
        for lead in range(3):
            first, bits = -(-lead * 8 // _BITS_OF_A_LETTER), (lead + len(raw)) * 8
            inside = encode(bytes(lead) + raw).decode()[first : bits // _BITS_OF_A_LETTER]
            if len(inside) >= _ENOUGH:
                yield inside


def _common(text: str, begin: int, form: str) -> int:
    """How many characters of `form` stand in the text from `begin` on."""
    for length, character in enumerate(form):
        if text[begin + length : begin + length + 1] != character:
            return length
    return len(form)
