"""URLs as options: which may be used, and which parts of one must not be printed."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from destination_inflection.errors import ConfigError

_URL_PART: Final = re.compile(r"[/?&=#]")
_DIGIT: Final = re.compile(r"\d")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]*|[0-9A-Fa-f:.]+(?:%[\w.]+)?")  # a name, or an address
_SHORTEST_ID: Final = 16
_LOCAL_NAMES: Final = ("localhost", "host.docker.internal")


def checked_url(url: str, option: str) -> str:
    """Returns the URL if it may be used: https, or plain http on this machine.

    Raises:
        ConfigError: it may not; the message names `option`.
    """
    if not (url.isascii() and url.isprintable()):
        raise ConfigError(
            f"The option {option} holds a character that a URL can't hold: write its host in the "
            "form that begins with xn--, and the rest percent-encoded."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError(f"The option {option} is not a URL: check its host.") from None
    if port == 0 or not _HOST.fullmatch(host):
        raise ConfigError(f"The option {option} is not a URL: check its host and port.")
    if not host or any(len(label) > 63 or not label for label in host.rstrip(".").split(".")):
        raise ConfigError(f"The option {option} names no usable host.")
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"The option {option} holds a user name or password: put the key into api_key instead."
        )
    if parts.scheme == "http" and not _is_local(host):
        raise ConfigError(
            f"The option {option} must begin with https://, or the key would be sent unencrypted."
        )
    return url


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in _LOCAL_NAMES


def ids_in(url: str) -> list[str]:
    """The parts of a URL behind its host that look like an id: such a URL is itself a secret."""
    behind_host = url.strip().partition("://")[2].partition("/")[2]
    return [p for p in _URL_PART.split(behind_host) if len(p) >= _SHORTEST_ID and _DIGIT.search(p)]
