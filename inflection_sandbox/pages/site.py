"""The pages, rendered from their templates. Each answers with HTML that needs nothing else."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from inflection_sandbox.door import Door
from inflection_sandbox.faults import read_faults
from inflection_sandbox.journal import Kind, Outcome
from inflection_sandbox.pages import fault_form, live
from inflection_sandbox.pages.chart import FATES, over_time
from inflection_sandbox.pages.setups import Address, setups
from inflection_sandbox.reads import LAST_NUMBER
from inflection_sandbox.workspace import Workspace

_STATIC: Final = {
    "/static/style.css": ("destination_inflection.report", "style.css", "text/css"),
    "/static/pages.css": ("inflection_sandbox.pages", "static/pages.css", "text/css"),
    "/static/live.js": ("inflection_sandbox.pages", "static/live.js", "text/javascript"),
}
"""The look is the run report's: its style sheet, and what only these pages have."""
_EVENTS: Final = "text/event-stream"


class Site:
    """The pages of one workspace."""

    def __init__(self, workspace: Workspace, door: Door, address: Address) -> None:
        self._workspace = workspace
        self._reads = workspace.reads
        self._tally = workspace.journal.tally
        self._door = door
        self._address = address
        self._run = datetime.now(UTC).isoformat()
        """Tells a page that is open that another run answers now, which counts from the start."""
        self._rendered: tuple[tuple[int, int] | None, bytes] = (None, b"")

    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/", self.overview),
            Route("/live", self.live),
            Route("/calls/{number}", self.call),
            Route("/people", self.people),
            Route("/people/{id}", self.person),
            Route("/orgs", self.orgs),
            Route("/org", self.org),
            Route("/activity", self.activity),
            Route("/faults", self.faults, methods=["GET"]),
            Route("/faults", self.set_faults, methods=["POST"]),
            *(Route(path, _static) for path in _STATIC),
        ]

    async def overview(self, _request: Request) -> Response:
        """What arrived, in numbers, and the newest calls."""
        return self._page(
            "overview",
            calls=self._reads.newest_calls(),
            last=self._tally.last,
            run=self._run,
            setups=setups(self._address),
            **self._numbers(),
        )

    async def live(self, request: Request) -> Response:
        """The overview's changes from a call on, for as long as the page is open."""
        text = request.headers.get("last-event-id") or request.query_params.get("after", "")
        if request.method == "HEAD":  # a stream without its body would never end
            return Response(media_type=_EVENTS)
        changes = live.events(self._tally, _number(text), self._changes)
        return StreamingResponse(changes, media_type=_EVENTS)

    async def call(self, request: Request) -> Response:
        """One call with what was sent; `?part` leaves out the page around it."""
        found = self._reads.call(_number(request.path_params["number"]))
        if found is None:
            return self._missing("There is no call with this number.")
        name = "_call" if "part" in request.query_params else "call"
        return self._page(name, call=found, formatted=_formatted(found.body))

    async def people(self, request: Request) -> Response:
        """People by email, and a search."""
        sought = request.query_params.get("q", "")
        found = self._reads.people(sought, request.query_params.get("after", ""))
        return self._page("people", found=found, sought=sought)

    async def person(self, request: Request) -> Response:
        """One person."""
        person = self._reads.person(request.path_params["id"])
        if person is None:
            return self._missing("There is no person with this id.")
        found = self._reads.activity_of(person, request.query_params.get("after", ""))
        return self._page("person", person=person, found=found)

    async def orgs(self, request: Request) -> Response:
        """Orgs by id."""
        return self._page("orgs", found=self._reads.orgs(request.query_params.get("after", "")))

    async def org(self, request: Request) -> Response:
        """One org."""
        org = self._reads.org(request.query_params.get("id", ""))
        if org is None:
            return self._missing("There is no org with this id.")
        members = self._reads.members(org.group_id, request.query_params.get("after", ""))
        calls = self._reads.calls_about_org(org.group_id)
        return self._page("org", org=org, found=members, calls=calls)

    async def activity(self, request: Request) -> Response:
        """Tracks, the newest first, of one event, one person, or all."""
        query = request.query_params
        event, person = query.get("event", ""), query.get("person", "").strip()
        return self._page(
            "activity",
            found=self._reads.activity(event, person, query.get("after", "")),
            events=self._tally.events(),
            event=event,
            person=person,
        )

    async def faults(self, request: Request) -> Response:
        """The faults in force, to change."""
        form = fault_form.fields(self._door.faults)
        return self._page("faults", form=form, problem="", saved="saved" in request.query_params)

    async def set_faults(self, request: Request) -> Response:
        """Puts the faults of the form in force, or says what is wrong with it."""
        values = fault_form.sent(await request.body())
        try:
            self._door.faults = read_faults(fault_form.settings(values))
        except ValueError as error:
            form = fault_form.filled_in(values)
            return self._page("faults", 400, form=form, problem=str(error), saved=False)
        return RedirectResponse("/faults?saved", 303)

    async def not_found(self, _request: Request, _error: Exception) -> Response:
        """For addresses without a page."""
        return self._missing("There is no page at this address.")

    def _missing(self, problem: str) -> Response:
        return self._page("missing", 404, problem=problem)

    def _page(self, name: str, status: int = 200, **values: object) -> Response:
        return HTMLResponse(self._render(name, **values), status)

    def _render(self, name: str, **values: object) -> str:
        in_force = [field for field in fault_form.fields(self._door.faults) if field.value]
        template = _environment().get_template(f"{name}.html.j2")
        text = template.render(in_force=in_force, name=name, **values)
        return text.encode(errors="replace").decode()

    def _numbers(self) -> Mapping[str, Any]:
        """The overview's counts."""
        tally = self._tally
        by_kind = {
            kind: {outcome: tally.count(kind=kind, outcome=outcome) for outcome in Outcome}
            for kind in Kind
        }
        return {
            "outcomes": {outcome: tally.count(outcome=outcome) for outcome in Outcome},
            "by_kind": {kind: counts for kind, counts in by_kind.items() if any(counts.values())},
            "reasons": tally.reasons(),
            "counts": self._workspace.counts(),
            "ignored_keys": self._reads.ignored_keys(),
            "chart": over_time(tally.seconds()),
        }

    def _changes(self, seen: int) -> bytes:
        """The parts of the overview that follow the calls, and the calls after a number, as JSON.

        What was rendered last is kept, for the other pages that are open.
        """
        key = (seen, self._tally.last)
        if self._rendered[0] != key:
            changes = {
                "run": self._run,
                "numbers": self._render("_numbers", **self._numbers()),
                "calls": self._render("_calls", calls=self._reads.newest_calls(seen)),
            }
            self._rendered = (key, orjson.dumps(changes))
        return self._rendered[1]


async def _static(request: Request) -> Response:
    package, file, kind = _STATIC[request.url.path]
    return Response(files(package).joinpath(file).read_bytes(), media_type=kind)


def _number(text: str) -> int:
    """A call's number from an address; 0, which no call has, for what is not one."""
    return int(text) if text.isdecimal() and len(text) < len(str(LAST_NUMBER)) else 0


def _formatted(body: str | None) -> str | None:
    """JSON with a value a line; None for what is not JSON, nested too deeply, or was not kept."""
    try:
        return orjson.dumps(orjson.loads(body or ""), option=orjson.OPT_INDENT_2).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("inflection_sandbox.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number="{:,}".format, moment=_moment, value=_value)
    made.globals.update(fates=FATES)
    return made


def _moment(seconds: float) -> str:
    """A time in UTC, such as `2026-11-26 18:30:05`."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    except (ValueError, OverflowError, OSError):
        return "at no known time"


def _value(value: object) -> str:
    """A trait's value as people read it: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
