"""Tries the Developer API: may the key read and write, and are the lists there? Writes nothing.

An address that can't exist is looked up, which proves READ; an empty batch is sent, which proves
WRITE; and each static list that a rule names is asked for.
"""

from collections.abc import Sequence
from typing import Final

from destination_inflection.delivery.checked import Checked, ListInUse
from destination_inflection.delivery.contacts.answers import GONE, OPTION, data_of
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.calls import ApiCall, look_up, show_list, upsert
from destination_inflection.delivery.lanes.answers import Meaning, meaning, no_answer, trouble
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    Response,
    Transport,
    exchange,
)

# An address that can't exist: RFC 2606 reserves the top-level domain.
_NOBODY: Final = "destination-inflection-check@nobody.invalid"
_NO_CONTACTS: Final = b'{"contacts":[]}'
_FORBIDDEN: Final = 403
_LONGEST_NAME: Final = 100
"""Characters of a list's name, for the log."""


def check_contacts(
    api: ContactsApi, transport: Transport, timeout: float, lists: Sequence[ListInUse] = ()
) -> Checked:
    """Tries a key and looks at the lists, each request within `timeout` seconds."""
    problem = _reading(api, _asked(api, transport, timeout, _READING))
    if problem is not None:
        return Checked(problem)
    writing = _writing(api, _asked(api, transport, timeout, _WRITING))
    if writing.problem is not None:
        return writing
    return _lists(api, transport, timeout, lists, writing)


_READING: Final = look_up(_NOBODY)
_WRITING: Final = upsert(0, _NO_CONTACTS)


def _asked(api: ContactsApi, transport: Transport, timeout: float, call: ApiCall) -> Answer:
    return exchange(transport, api.request(call, timeout))


def _reading(api: ContactsApi, answer: Answer) -> str | None:
    """The problem with looking an address up, if there is one."""
    match api.meaning(_READING, answer):
        case Meaning.TAKEN:
            return None
        case Meaning.STOP:
            return api.stop_sentence(_READING, answer)
        case Meaning.REFUSED if isinstance(answer, Response) and answer.status == _FORBIDDEN:
            return api.stop_sentence(_READING, answer)
        case Meaning.TEMPORARY if isinstance(answer, Failure) or answer.status >= 300:
            return no_answer(answer, api.origin, OPTION)
    return f"{api.origin} does not answer as Inflection's Developer API does: check base_url."


def _writing(api: ContactsApi, answer: Answer) -> Checked:
    """Whoever may write is told that the batch is empty, or that all is well."""
    match meaning(answer):
        case Meaning.STOP:
            return Checked(api.stop_sentence(_WRITING, answer))
        case Meaning.TEMPORARY if isinstance(answer, Response) and answer.status >= 500:
            # It may be the empty batch that it breaks on, which nobody will send but this check.
            return Checked(
                warnings=(
                    f"{api.origin} could not answer an empty batch of contacts "
                    f"({trouble(answer)}), so whether this API key may write is not known: the "
                    "first sync will show it.",
                )
            )
        case Meaning.TEMPORARY:
            return Checked(no_answer(answer, api.origin, OPTION))
    return Checked()


def _lists(
    api: ContactsApi,
    transport: Transport,
    timeout: float,
    lists: Sequence[ListInUse],
    so_far: Checked,
) -> Checked:
    """Looks at each list, and names all that are missing."""
    answers: dict[str, Answer] = {}
    missing: list[str] = []
    notes, warnings = [*so_far.notes], [*so_far.warnings]
    for used in lists:
        call = show_list(used.list_id)
        if used.list_id not in answers:
            answers[used.list_id] = _asked(api, transport, timeout, call)
        answer = answers[used.list_id]
        rule = f'rule for "{used.stream}"'
        if isinstance(answer, Failure):
            return Checked(no_answer(answer, api.origin, OPTION))
        match api.meaning(call, answer):
            case Meaning.TAKEN:
                notes.append(f"The {rule} keeps the members of the list {_shown(used, answer)}.")
            case Meaning.STOP if answer.status not in GONE:
                return Checked(api.stop_sentence(call, answer))
            case Meaning.REFUSED if answer.status == _FORBIDDEN:
                return Checked(api.stop_sentence(call, answer))
            case Meaning.STOP | Meaning.REFUSED:
                missing.append(f'"{used.list_id}" in the {rule} ({trouble(answer)})')
            case _:
                warnings.append(
                    f'{api.origin} could not show the list "{used.list_id}" ({trouble(answer)}), '
                    f"so whether list_id in the {rule} is right is not known: the first sync will "
                    "show it."
                )
    if not missing:
        return Checked(None, tuple(notes), tuple(warnings))
    return Checked(
        f"{api.origin} has no list with the list_id {', or '.join(missing)}: correct list_id "
        "there; Inflection shows a list's id in the address of its page."
    )


def _shown(used: ListInUse, answer: Response) -> str:
    """A list by its name, where the answer has one, and its id."""
    name = data_of(answer).get("name")
    if not isinstance(name, str) or not name.strip():
        return f'"{used.list_id}"'
    return f'"{" ".join(name[:_LONGEST_NAME].split())}" ({used.list_id})'
