"""Who may see the pages: a browser on this machine, or one that uses the name given with `--host`.

A page in the browser can send requests to any address, and its own name can be made to lead to
this machine. So a page answers only to a `Host` that is known, and takes a form only from itself.
The event endpoint and the Developer API are not guarded here: their key is what protects them.
"""

from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FOREIGN_HOST: Final = (
    "This name for the sandbox is not known to it. Open it as http://localhost and its port, or "
    "start it with --host and the name you use."
)
_FOREIGN_ORIGIN: Final = "This form was sent from another site, so nothing was changed."


class Guard:
    """The pages, behind the checks; `host` is what was given with `--host`."""

    def __init__(self, pages: ASGIApp, host: str) -> None:
        self._pages = pages
        self._host = host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 403, or passes the request on and adds headers to what is answered."""
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        answer = self._pages if refusal is None else PlainTextResponse(f"{refusal}\n", 403)
        await answer(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not self._is_known(_name(hosts[0])):
            return _FOREIGN_HOST
        if method not in ("GET", "HEAD") and origins not in ([], [f"http://{hosts[0]}"]):
            return _FOREIGN_ORIGIN
        return None

    def _is_known(self, name: str) -> bool:
        if name in ("localhost", self._host):
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return False


def _name(host: str) -> str:
    """The name in a `Host`, without its port; an IPv6 address without its brackets."""
    name, colon, port = host.lower().rpartition(":")
    if not colon or not port.isdecimal():
        name = host.lower()
    return name.removeprefix("[").removesuffix("]") if name.startswith("[") else name
