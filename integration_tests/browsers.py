"""A real Chromium, and a page in it whose requests and complaints are kept.

Playwright drives its own browser when that is installed, else the one CHROMIUM_PATH names or the
system has. Without any, tests are skipped, unless REQUIRE_BROWSER=1 says one must be there.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from integration_tests.conftest import missing

SYSTEM_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_MS: Final = 30_000
"""For what never happens; nothing is expected to take this long."""
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")

WIDER_THAN_THE_WINDOW: Final = """
() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)
"""


@dataclass
class Watched:
    """A page, the addresses it asked for, and what its console and its scripts complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def launched() -> Iterator[Browser]:
    """A Chromium; without one the test ends here."""
    with sync_playwright() as playwright:
        path = executable(playwright)
        if not path:
            missing("There is no Chromium: install it, or name one in CHROMIUM_PATH.")
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser) -> Iterator[Watched]:
    """A new page, with nothing kept of the pages before."""
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    watch = Watched(page)
    page.on("request", lambda request: watch.asked.append(request.url))
    page.on("console", lambda message: watch.complaints.append(message.text))
    page.on("pageerror", lambda error: watch.complaints.append(str(error)))
    yield watch
    context.close()


def executable(playwright: Playwright) -> str:
    """The path of a Chromium; empty if there is none."""
    own = playwright.chromium.executable_path
    if "CHROMIUM_PATH" in os.environ:
        return os.environ["CHROMIUM_PATH"]
    if Path(own).exists():
        return own
    return next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), "")
