"""The report page in a real Chromium: light and dark, on a phone and on a desk, and on paper."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from destination_inflection.json_types import JsonObject
from destination_inflection.report.page import render
from integration_tests.browsers import SCHEMES, WIDER_THAN_THE_WINDOW, watched
from unit_tests.report.sample_reports import samples

SAMPLES: Final = samples()
PHONE: Final = 380
DESK: Final = 1280

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


@contextmanager
def opened(browser: Browser, file: Path) -> Iterator[Page]:
    """The page, which in the end has asked for nothing more and has complained of nothing."""
    with watched(browser) as watch:
        watch.page.goto(file.as_uri())
        yield watch.page
    assert [url for url in watch.asked if not url.startswith("data:")] == [file.as_uri()]
    assert watch.complaints == []


def stream_names(document: JsonObject) -> list[str]:
    streams = document["streams"]
    assert isinstance(streams, list)
    return [str(stream["stream"]) for stream in streams if isinstance(stream, dict)]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_looks_right(browser: Browser, tmp_path: Path, name: str) -> None:
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
def test_plots_can_be_read(browser: Browser, tmp_path: Path, name: str, width: int) -> None:
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


def test_the_plan_is_closed_until_it_is_asked_for(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(SAMPLES["rich"]), "utf-8")
    with opened(browser, file) as page:
        column = page.get_by_text("email or work_email")
        assert not column.is_visible()
        page.locator("summary").first.click()
        assert column.is_visible()


def test_paper_is_light(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(SAMPLES["rich"]), "utf-8")
    with opened(browser, file) as page:
        page.emulate_media(media="screen", color_scheme="light")
        light = page.evaluate(COLOURS)
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate(COLOURS) == light
