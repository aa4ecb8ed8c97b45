"""The report page in a real Chromium: light and dark, on a phone and on a desk, and on paper.

Playwright drives its own browser when that is installed, else the one CHROMIUM_PATH names or the
system has. Without any, these tests are skipped, unless REQUIRE_BROWSER=1 says one must be there.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NoReturn

import pytest

from destination_inflection.json_types import JsonObject
from destination_inflection.report.page import render
from unit_tests.report.sample_reports import samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

SAMPLES: Final = samples()
SYSTEM_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
PHONE: Final = 380
DESK: Final = 1280

WIDER_THAN_THE_WINDOW: Final = """
() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)
"""
OVERFLOWING: Final = """
() => [...document.querySelectorAll("dd, .streams th, .streams td, .command, .problem")]
  .filter(element => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
  .map(element => element.textContent)
"""
COLOURS: Final = """
() => [
  document.body,
  ...["h1", "rect.delivered", ".plot .rect", ".plot text"].map(s => document.querySelector(s)),
]
  .filter(element => element)
  .map(element => getComputedStyle(element))
  .map(style => [style.backgroundColor, style.color, style.fill].join())
"""


DRAWN: Final = """
() => [...document.querySelectorAll(".plot svg")]
  .filter(chart => chart.getBoundingClientRect().width)
  .map(chart => {
    const box = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")];
    return {
      smallest: Math.min(...texts.map(text => text.getBoundingClientRect().height)),
      outside: texts
        .filter(text => {
          const place = text.getBoundingClientRect();
          return place.left < box.left - 1 || place.right > document.documentElement.clientWidth;
        })
        .map(text => text.textContent),
      touching: [...chart.querySelectorAll(".axis.x")].flatMap(axis => {
        const places = [...axis.querySelectorAll("text")].map(t => t.getBoundingClientRect());
        return places.filter((place, at) => at && place.left < places[at - 1].right + 2);
      }).length,
    };
  })
"""


def missing(reason: str) -> NoReturn:
    """Ends the test: as a failure where a browser was promised."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def executable(playwright: "Playwright") -> str:
    own = playwright.chromium.executable_path
    if "CHROMIUM_PATH" in os.environ:
        return os.environ["CHROMIUM_PATH"]
    if Path(own).exists():
        return own
    return next((path for name in SYSTEM_BROWSERS if (path := shutil.which(name))), "")


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 (it may be missing)
    except ImportError:
        missing("Playwright is not installed: pip install playwright.")
    with sync_playwright() as playwright:
        path = executable(playwright)
        if not path:
            missing("There is no Chromium: install it, or name one in CHROMIUM_PATH.")
        launched = playwright.chromium.launch(executable_path=path)
        yield launched
        launched.close()


@contextmanager
def opened(browser: "Browser", file: Path) -> "Iterator[Page]":
    """The page, which in the end has asked for nothing more and has complained of nothing."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    yield page
    context.close()
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert complaints == []


def stream_names(document: JsonObject) -> list[str]:
    streams = document["streams"]
    assert isinstance(streams, list)
    return [str(stream["stream"]) for stream in streams if isinstance(stream, dict)]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_looks_right(browser: "Browser", tmp_path: Path, name: str) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(SAMPLES[name]), "utf-8")
    with opened(browser, file) as page:
        for width in (PHONE, DESK):
            page.set_viewport_size({"width": width, "height": 800})
            text = page.locator("body").inner_text()
            assert [stream for stream in stream_names(SAMPLES[name]) if stream not in text] == []
            colours = []
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate(WIDER_THAN_THE_WINDOW) == 0, (width, scheme)
                assert page.evaluate(OVERFLOWING) == [], (width, scheme)
                colours.append(page.evaluate(COLOURS))
            light, dark = colours
            assert all(a != b for a, b in zip(light, dark, strict=True))


@pytest.mark.parametrize("name", ["rich", "failed"])
@pytest.mark.parametrize("width", [PHONE, 540, 560, 720, 1000, DESK])
def test_plots_can_be_read(browser: "Browser", tmp_path: Path, name: str, width: int) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(SAMPLES[name]), "utf-8")
    with opened(browser, file) as page:
        page.set_viewport_size({"width": width, "height": 800})
        drawn = page.evaluate(DRAWN)
        assert len(drawn) == 2, "throughput for this width, and answer times"
        for chart in drawn:
            assert chart["smallest"] >= 10
            assert chart["outside"] == []
            assert chart["touching"] == 0


def test_the_plan_is_closed_until_it_is_asked_for(browser: "Browser", tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(SAMPLES["rich"]), "utf-8")
    with opened(browser, file) as page:
        column = page.get_by_text("email or work_email")
        assert not column.is_visible()
        page.locator("summary").first.click()
        assert column.is_visible()


def test_paper_is_light(browser: "Browser", tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(SAMPLES["rich"]), "utf-8")
    with opened(browser, file) as page:
        page.emulate_media(media="screen", color_scheme="light")
        light = page.evaluate(COLOURS)
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(COLOURS) == light
