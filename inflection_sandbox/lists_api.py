"""The Developer API's static lists and their members.

The fields of a list are not documented but for `staticListId`; it goes by `id` here as well.
"""

from starlette.requests import Request
from starlette.responses import Response

from inflection_sandbox.contacts import Contact, JsonObject
from inflection_sandbox.door import Body
from inflection_sandbox.envelope import Problem, RefusedError, invalid, page, read_object, success
from inflection_sandbox.lists import Lists, StaticList


class ListsFace:
    """What can be done with lists."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def create(self, _request: Request, body: Body) -> Response:
        """Creates a list."""
        sent = read_object(body)
        folder = sent.get("folder")
        if "folder" in sent and not isinstance(folder, str):
            raise invalid("folder is not a string")
        return _shown(_free(self._lists.create(_name(sent), folder)))

    def show(self, request: Request, _body: Body) -> Response:
        """A list."""
        return _shown(self._known(request))

    def rename(self, request: Request, body: Body) -> Response:
        """Changes a list's name; the answer is that it did, not the list. No body is no change."""
        known, sent = self._known(request), read_object(body) if body.raw else {}
        if "name" in sent:
            _free(self._lists.rename(known, _name(sent)))
        return _done(known)

    def delete(self, request: Request, _body: Body) -> Response:
        """Deletes a list."""
        known = self._known(request)
        self._lists.delete(known)
        return _done(known)

    def members(self, request: Request, _body: Body) -> Response:
        """A list's members."""
        found = self._lists.members(self._known(request))
        return page(request, [_member(contact) for contact in found])

    def add(self, request: Request, body: Body) -> Response:
        """Adds contacts by id; unknown ids are skipped and named, and it is a 200 all the same."""
        known, ids = self._known(request), read_object(body).get("contactIds")
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise invalid("contactIds is not a list of strings")
        added = self._lists.add(known, ids)
        problems = []
        if added.unknown:
            detail = ", ".join(added.unknown)
            problems.append(Problem("CONTACTS_NOT_FOUND", "Contacts not found", detail))
        return success({"added": added.count}, problems)

    def remove(self, request: Request, _body: Body) -> Response:
        """Takes a contact off a list."""
        known = self._known(request)
        if not self._lists.remove(known, request.path_params["contact_id"]):
            raise RefusedError(404, "CONTACT_NOT_FOUND", "The contact is not on the list")
        return _done(known)

    def _known(self, request: Request) -> StaticList:
        found = self._lists.find(request.path_params["id"])
        if found is None:
            raise RefusedError(404, "NOT_FOUND", "List not found")
        return found


def _name(sent: JsonObject) -> str:
    name = sent.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name is not a name")
    return name


def _free(written: StaticList | None) -> StaticList:
    if written is None:
        raise RefusedError(409, "LIST_ALREADY_EXISTS", "Another list has this name")
    return written


def _shown(known: StaticList) -> Response:
    data = {"id": known.id, "staticListId": known.id, "name": known.name, "folder": known.folder}
    return success(data)


def _done(known: StaticList) -> Response:
    return success({"staticListId": known.id, "success": True})


def _member(contact: Contact) -> JsonObject:
    """The contact as lists show it: flat and, unlike elsewhere, in camelCase."""
    properties = {
        _camel_case(name): value
        for name, value in contact.properties.items()
        if not name.startswith("_")
    }
    return {**properties, "id": contact.id, "email": contact.email}


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)
