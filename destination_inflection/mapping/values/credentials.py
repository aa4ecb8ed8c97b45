"""Credentials stay at home: which columns and keys look like one, by their names. Pure.

Names are compared word by word in snake_case, so `encryptedPassword`, `RESET_PASSWORD_TOKEN` and
`otp_secret` are found and `secretary` is not. A boolean is not a credential, whatever its name says
(`password_set`), nor is a name that says it is about one (`password_updated_at`, `token_count`).
"""

import re
from itertools import pairwise
from typing import Final

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.encoding import to_json
from destination_inflection.mapping.values.json_text import json_inside
from destination_inflection.mapping.values.lengths import LONGEST_SENT
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.remembered import remembered

WHY: Final = "looks like a credential: name it in the rule's fields to send it"

_WORDS: Final = frozenset({"otp", "salt"})
# Often written together with the word before: `dbpassword`, `clientsecret`, `ACCESSKEY`.
_ENDINGS: Final = (
    *("pwd", "secret", "secrets", "credential", "credentials"),
    *(f"{kind}key{many}" for kind in ("api", "private", "access", "secret") for many in ("", "s")),
)
# And with the word after: `passwordhash`, `PASSWORDSALT`.
_ANYWHERE: Final = ("password", "passwd")
_KEYS: Final = frozenset({"api", "private", "access"})
_ABOUT_ONE: Final = frozenset({"count", "at", "id", "name", "limit", "enabled", "created", "used"})
_OPENINGS: Final = ("{", "[", " ", "\n", "\t", "\r")
# What any of these has in it: most names are settled by that.
_MAY_BE_ONE: Final = re.compile("otp|salt|pwd|secret|credential|key|passw|token", re.IGNORECASE)
_ASKS: Final = frozenset({"has", "is"})


@remembered(16_384)  # the names in a sync are few, its rows many
def is_credential(name: str) -> bool:
    """Whether a column or key of this name does not leave, unless its value is a boolean."""
    if len(name) > LONGEST_SENT or not _MAY_BE_ONE.search(name):
        return False
    given = (word.rstrip("0123456789") for word in snake_case(name).split("_"))
    words = [word for word in given if word]
    if not words or words[0] in _ASKS or words[-1] in _ABOUT_ONE:
        return False
    if words[-1].endswith("token"):
        return True
    if any(_is_secret(word) for word in words):
        return True
    return any(first in _KEYS and second in ("key", "keys") for first, second in pairwise(words))


def _is_secret(word: str) -> bool:
    return word in _WORDS or word.endswith(_ENDINGS) or any(each in word for each in _ANYWHERE)


def without_credentials(value: Json) -> Json:
    """The value without what looks like a credential inside it, at any depth, or in JSON as text.

    It is the very same object when there is nothing of that kind; it is never changed.

    Raises:
        RecursionError: it is nested too deeply to be looked through.
    """
    if isinstance(value, dict):
        clean: dict[str, Json] = {}
        is_same = True
        for key, inner in value.items():
            kind = type(inner)
            if kind is not bool and is_credential(key):
                is_same = False
                continue
            left = inner
            # Most values are neither: a call for each would cost more than all else here.
            if kind is dict or kind is list or (kind is str and str(inner)[:1] in _OPENINGS):
                left = without_credentials(inner)
                is_same = is_same and left is inner
            clean[key] = left
        return value if is_same else clean
    if isinstance(value, list):
        listed = [without_credentials(inner) for inner in value]
        return value if all(a is b for a, b in zip(listed, value, strict=True)) else listed
    return _text_without(value) if isinstance(value, str) else value


def _text_without(text: str) -> str:
    """Text that holds an object or a list as JSON without credentials in it; all other text."""
    if text[:1] not in _OPENINGS or (inside := json_inside(text)) is None:
        return text
    clean = without_credentials(inside)
    return text if clean is inside else to_json(clean).decode()
