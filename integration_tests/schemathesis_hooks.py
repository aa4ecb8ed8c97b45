"""What schemathesis needs beyond the description: what exists, and a rule no schema can express.

A case is changed in place. Setting its attributes would make schemathesis judge anew whether it is
valid, and forget that a header is missing.
"""

import os
from itertools import count
from pathlib import Path
from typing import Any, Final

import requests
import schemathesis
from schemathesis.core import NOT_SET

_SANDBOX: Final = os.environ["SANDBOX_URL"]
_SESSION: Final = requests.Session()
_SESSION.headers["Authorization"] = f"Bearer {os.environ['SANDBOX_KEY']}"
_CONTACT: Final = os.environ["SANDBOX_CONTACT"]
_ANSWERS: Final = Path(os.environ["SANDBOX_ANSWERS"])
_numbers: Final = count()


def _new_list() -> str:
    """A list with the contact on it."""
    made = _post("/v1/lists", {"name": f"A new list {next(_numbers)}"})["data"]["id"]
    _post(f"/v1/lists/{made}/members", {"contactIds": [_CONTACT]})
    return str(made)


def _post(path: str, body: object) -> Any:  # noqa: ANN401 - JSON of many shapes
    answer = _SESSION.post(f"{_SANDBOX}{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _number_the_emails(body: object) -> None:
    """Gives the contacts of a batch emails that differ."""
    contacts = body.get("contacts") if isinstance(body, dict) else None
    for number, contact in enumerate(contacts if isinstance(contacts, list) else []):
        if isinstance(contact, dict) and isinstance(contact.get("email"), str):
            contact["email"] = f"{number} {contact['email']}"


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case, _kwargs: dict[str, Any]
) -> None:
    """Lets a case be about the contact, or a list that was just made, with the contact on it."""
    match case.operation.label:
        case "POST /v1/contacts/batch":
            _number_the_emails(case.body)
        case "PATCH /v1/contacts/{id}":
            case.path_parameters["id"] = _CONTACT
        case "DELETE /v1/lists/{id}/members/{contactId}":
            case.path_parameters.update(id=_new_list(), contactId=_CONTACT)
        case label if " /v1/lists/{id}" in label:
            case.path_parameters["id"] = _new_list()


@schemathesis.hook
def after_call(
    _context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response
) -> None:
    """Notes what was answered to which operation."""
    with _ANSWERS.open("a", encoding="utf-8") as file:
        file.write(f"{response.status_code} {case.operation.label}\n")


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Leaves out a missing body where it may be missing: schemathesis counts that as invalid."""
    return case.operation.label != "PATCH /v1/lists/{id}" or case.body is not NOT_SET
