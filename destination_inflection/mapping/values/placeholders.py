"""Placeholders of other tools: texts that stand where an id should, and name nobody. Pure.

They would merge unrelated people into one. The words are those of JavaScript, Go, Java, Python and
pandas, .NET, MySQL, Google Analytics, PostHog's list of ids it refuses, spreadsheets and mail-merge
tools. Neither case matters, nor blanks, dashes, dots and underscores between words, nor brackets,
quotes and other signs around them. A word within a longer id is not a placeholder (`guest_123`); an
unfilled template is one wherever it stands (`user-{{id}}`).
"""

import re
import string
from typing import Final

from destination_inflection.mapping.values.visible import UNSEEN

_WORDS: Final = frozenset(
    {
        # No value, as languages, databases and people write it.
        *("null", "nil", "none", "undefined", "undef", "nan", "true", "false"),
        *("n/a", "n\\a", "n_a", "no_value", "no_data", "not_set", "notset", "not_available"),
        *("not_applicable", "not_provided", "redacted", "invalid_date", "optional_empty"),
        *("system_dbnull", "system_object", "system_string", "system_guid"),
        # Nobody, or not known who.
        *("anonymous", "anonymous_user", "guest", "guest_user", "unknown", "unknown_user"),
        *("unidentified", "unauthenticated", "not_authenticated", "not_logged_in", "logged_out"),
        # A column's name in place of its value.
        *("distinct_id", "distinctid", "user_id", "userid", "email"),
    }
)
_WRAPPED_WORDS: Final = frozenset(
    {
        *("na", "nat", "id", "uid", "uuid", "guid", "empty", "blank", "missing", "void", "nobody"),
        *("deleted", "removed", "other", "direct", "error", "invalid", "default", "hidden"),
        *("private", "filtered", "masked", "unavailable", "data_not_available", "no_user"),
        *("account", "company", "group", "org", "organization", "team", "tenant", "workspace"),
    }
)
"""Placeholders only with a sign on either side: `<NA>`, `[deleted]`, `{company}`."""
_FIELD_WORDS: Final = frozenset(
    {
        *("id", "ids", "uid", "uuid", "guid", "user", "userid", "username", "email", "mail"),
        *("name", "fname", "lname", "customer", "customerid", "contact", "contactid", "member"),
        *("memberid", "subscriber", "recipient", "visitor", "visitorid", "accountid", "companyid"),
        *("groupid", "orgid", "clientid", "distinctid", "externalid", "anonymousid"),
        *("key", "value", "your", "insert", "placeholder", "variable"),
    }
)
"""A name in simple brackets is a template's if one of its words is among these: `{customer.id}`."""

_LONGEST: Final = 256
"""A longer text is nobody's placeholder, and would take the expressions below too long."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.@/-]*[A-Za-z0-9])?")
_LONGEST_WORD: Final = max(map(len, _WORDS))
_SEPARATORS: Final = str.maketrans(" -.", "___")
_DASHES_QUOTES_DOTS: Final = "".join(map(chr, range(0x2010, 0x2028))) + "\u2039\u203a\u2212«»¡¿"
_SIGNS: Final = UNSEEN + string.punctuation + _DASHES_QUOTES_DOTS
_SIGNS_BUT_DASH: Final = _SIGNS.replace("-", "")
_NO_NUMBER: Final = re.compile(r"[0-]{2,}|-1(?:[.,]0+)?")
# What is a placeholder wherever it stands in a text.
_TEMPLATE: Final = re.compile(
    r"\{\{.*\}\}|\[\[.*\]\]|%%.+%%|\*\|.*\|\*|[$#@]\{.*\}|\{[!$].*\}|\{%.*%\}|\[%.*%\]|<%.*%>|<\?.*\?>"
    r"|%\([a-z_]\w*\)[sdr]|\$\([a-z_][\w.]*\)|\{\d\}|%[sdiuv@](?!\w)|%![a-z]\(.*\)"
    r"|\[object \w+\]|\[function\b.*\]",
    re.IGNORECASE | re.DOTALL,
)
# What is one as a whole: `%USER_ID%`, MySQL's `\N`, the errors of spreadsheets in any language.
_WHOLE: Final = re.compile(
    r"%[a-z_][\w. -]*%|[\"']?\\+n[\"']?"
    r"|#[¡¿]?[^\W\d_]+(?:/\w+)?[!?]|#[^\W\d_]/[^\W\d_]|#nv|#getting_data|err:\d{3}",
    re.IGNORECASE,
)
_NAME: Final = r"([A-Za-z_][A-Za-z_.$ -]*)"
_NAMED: Final = re.compile(rf"\{{{_NAME}\}}|<{_NAME}>|^\[{_NAME}\]$|^\({_NAME}\)$")
_FIELD_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def is_placeholder(text: str) -> bool:
    """Whether a trimmed text that is not empty stands for nobody."""
    if len(text) > _LONGEST:
        return False
    if _PLAIN.fullmatch(text):
        return (len(text) <= _LONGEST_WORD and _plainly(text) in _WORDS) or (
            text[0] == "0" and _NO_NUMBER.fullmatch(text) is not None
        )
    word = _plainly(text.strip(_SIGNS))
    if not word or word in _WORDS or _NO_NUMBER.fullmatch(text.strip(_SIGNS_BUT_DASH)):
        return True
    if word in _WRAPPED_WORDS and _is_wrapped(text):
        return True
    if _TEMPLATE.search(text) or _WHOLE.fullmatch(text):
        return True
    return any(map(_is_field, _NAMED.finditer(text)))


def _plainly(text: str) -> str:
    return text.lower().translate(_SEPARATORS)


def _is_wrapped(text: str) -> bool:
    """Whether there are signs on both sides, or one that begins a variable's name."""
    return text[0] in "$:" or (text[0] in _SIGNS and text[-1] in _SIGNS)


def _is_field(found: re.Match[str]) -> bool:
    """Whether a name in brackets is a field's."""
    words = _FIELD_WORD.findall(found[found.lastindex or 0])
    return any(word.lower() in _FIELD_WORDS for word in words)
