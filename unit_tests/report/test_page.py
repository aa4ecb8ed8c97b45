"""The report page: whole, well-formed, safe whatever the names are, and its numbers add up."""

import re
import shlex
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.report.page import render
from unit_tests.report.sample_reports import document, planned, samples, stored, stream

SAMPLES: Final = samples()
VOID: Final = {"meta", "link", "br", "hr", "img", "input"}
COUNTS: Final = st.integers(0, 10**7)
NAMES: Final = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)
BY_REASON: Final = st.dictionaries(st.sampled_from(["missing_email", "refused"]), COUNTS)
RESULTS: Final = st.sampled_from(["succeeded", "failed", "terminated", "dry_run"])


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)


class Page(HTMLParser):
    """A parsed page. Every element has to be closed where it was opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), "an attribute is given twice"
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.parts.append(data)

    def all(self, tag: str, class_name: str = "") -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag
            and (not class_name or class_name in element.attributes.get("class", "").split())
        ]

    def one(self, tag: str, class_name: str = "") -> Element:
        (found,) = self.all(tag, class_name)
        return found

    @property
    def sections(self) -> list[str]:
        return [element.attributes["aria-labelledby"] for element in self.all("section")]

    def sum(self) -> list[int]:
        """The balance as it is shown: read, then its parts."""
        shown = (re.search(r"[\d,]+", term.text) for term in self.all("div", "term"))
        return [int(number[0].replace(",", "")) for number in shown if number]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_a_whole_page(name: str) -> None:
    text = render(SAMPLES[name])
    assert text.startswith("<!DOCTYPE html>")
    page = Page(text)
    assert page.one("html").attributes == {"lang": "en"}
    assert page.all("title")[0].text.strip()
    assert page.one("h1").text.strip()
    assert len(page.all("main")) == 1
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    assert set(page.sections) <= set(ids)
    assert all(e.attributes["scope"] in {"row", "col"} for e in page.all("th"))
    # A picture is described, left out for who can't see it, or part of the one around it.
    told = {"role", "aria-hidden", "preserveaspectratio"}
    assert all(told & set(element.attributes) for element in page.all("svg"))


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_fetched_and_nothing_runs(name: str) -> None:
    text = render(SAMPLES[name])
    page = Page(text)
    policy = next(e.attributes["content"] for e in page.all("meta") if "http-equiv" in e.attributes)
    assert policy.startswith("default-src 'none';")
    assert not page.all("script")
    for element in page.elements:
        assert not [name for name in element.attributes if name.startswith("on") or name == "src"]
        assert element.attributes.get("href", "data:,") == "data:,"
        assert "url(" not in element.attributes.get("style", "")
    style = page.one("style").text
    assert "@import" not in style
    assert set(re.findall(r"url\((.)", style)) == {"#"}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_stream_is_there(name: str) -> None:
    streams = SAMPLES[name]["streams"]
    assert isinstance(streams, list)
    expected = []
    for one in streams:
        assert isinstance(one, dict)
        namespace = f"{one['namespace']}." if one["namespace"] else ""
        expected.append(f"{namespace}{one['stream']}")
    headers = Page(render(SAMPLES[name])).all("th")
    shown = [e.text for e in headers if e.attributes.get("role") == "rowheader"]
    assert sorted(shown) == sorted(expected)


@given(NAMES, NAMES, NAMES, NAMES, RESULTS)
def test_names_are_text_and_nothing_else(
    name: str, namespace: str, column: str, problem: str, result: str
) -> None:
    def page_of(name: str, namespace: str, column: str, problem: str) -> Page:
        named = stream(
            name,
            1,
            namespace=namespace,
            rejected={column: 1},
            words={column: {problem: 1}},
            left_out_values={column: 1},
        )
        return Page(
            render(
                document(
                    named,
                    result=result,
                    problem=problem,
                    retries={column: 1},
                    rejected_records=stored(f"x/{name}/y", 1),
                    plan=[
                        planned(
                            name,
                            problem,
                            namespace=namespace,
                            origin=problem,
                            feeds=[{"to": column, "from": column}],
                            left_out=[{"column": column, "why": problem}],
                        )
                    ],
                    help={column: problem},
                )
            )
        )

    page, plain = page_of(name, namespace, column, problem), page_of("a", "b", "c", "d")
    assert [e.tag for e in page.elements] == [e.tag for e in plain.elements]
    assert [set(e.attributes) for e in page.elements] == [set(e.attributes) for e in plain.elements]
    assert {name, namespace} <= {e.text for e in page.all("bdi")}
    assert column in {e.text for e in page.all("code")}
    assert page.one("p", "problem").text == f"Why: {problem}"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_the_replay_line_can_be_pasted(location: str) -> None:
    lost = stream("a", 1, rejected={"refused": 1})
    page = Page(render(document(lost, rejected_records=stored(location, 1))))
    words = shlex.split(page.one("code", "command").text)
    assert words == ["destination-inflection", "replay", "--config", "config.json", location]


def test_a_name_that_is_no_unicode_can_be_written() -> None:
    assert "a?b" in render(document(stream("a\ud800b", 1))).encode().decode()


@given(st.lists(st.tuples(COUNTS, BY_REASON, BY_REASON, COUNTS), max_size=4), RESULTS)
def test_the_balance_adds_up(
    counts: list[tuple[int, dict[str, int], dict[str, int], int]], result: str
) -> None:
    streams = [
        stream(
            f"s{place}",
            delivered,
            rejected={**rejected},
            skipped={**skipped},
            not_settled=not_settled,
        )
        for place, (delivered, rejected, skipped, not_settled) in enumerate(counts)
    ]
    page = Page(render(document(*streams, result=result)))
    whole = sum(d + sum(r.values()) + sum(s.values()) + u for d, r, s, u in counts)
    if not whole:
        assert page.sum() == []
        return
    read, *parts = page.sum()
    assert read == whole == sum(parts)
    assert parts[:3] == [
        sum(delivered for delivered, *_ in counts),
        sum(sum(rejected.values()) for _, rejected, _, _ in counts),
        sum(sum(skipped.values()) for _, _, skipped, _ in counts),
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "rich",
            "1,165,844 of 1,190,028 records were delivered; 2,880 rejected and 21,304 skipped.",
        ),
        ("all_delivered", "All 5,480 records were delivered."),
        ("one_stream", "The one record was delivered."),
        ("nothing_read", "There was nothing to deliver: no record was read."),
        (
            "failed",
            "The sync failed: 7,820 of 8,050 records were delivered; 12 rejected and 218 not "
            "settled.",
        ),
        ("failed_at_once", "The sync failed before it read a record."),
        (
            "terminated",
            "The sync was stopped early: 7,820 of 8,050 records were delivered; 12 rejected and "
            "218 not settled.",
        ),
        (
            "dry_run",
            "Nothing was sent: 202,020 of 202,935 records would be delivered; 912 rejected and "
            "3 skipped.",
        ),
    ],
)
def test_the_verdict(name: str, sentence: str) -> None:
    assert Page(render(SAMPLES[name])).one("h1").text == sentence


def whole(name: str, skipped: int = 0) -> JsonObject:
    skips: Json = {"deleted_in_source": skipped} if skipped else {}
    return stream(name, 0, rejected={"too_large": 1, "missing_email": 1_200}, skipped=skips)


@pytest.mark.parametrize(
    ("streams", "result", "sentence"),
    [
        (
            [whole("orders")],
            "succeeded",
            "Stream app.orders was rejected whole: 1,201 records (missing_email 1,200, too_large "
            "1). 2 of 1,203 records were delivered; 1,201 rejected.",
        ),
        (
            [whole("orders", skipped=3)],
            "dry_run",
            "Stream app.orders would be rejected whole: 1,201 records (missing_email 1,200, "
            "too_large 1); 3 skipped. Nothing was sent: 2 of 1,206 records would be delivered; "
            "1,201 rejected and 3 skipped.",
        ),
        (
            [whole("a"), whole("b")],
            "failed",
            "2 streams were rejected whole: app.a and app.b. The sync failed: 2 of 2,404 records "
            "were delivered; 2,402 rejected.",
        ),
        (
            [whole(name) for name in "edcba"],
            "succeeded",
            "5 streams were rejected whole: app.a, app.b, app.c and 2 more. 2 of 6,007 records "
            "were delivered; 6,005 rejected.",
        ),
        (
            [stream("orders", 0, rejected={"refused": 1}, not_settled=1)],
            "terminated",
            "The sync was stopped early: 2 of 4 records were delivered; 1 rejected and 1 not "
            "settled.",
        ),
    ],
)
def test_streams_that_were_rejected_whole_are_the_headline(
    streams: list[JsonObject], result: str, sentence: str
) -> None:
    page = Page(render(document(stream("people", 2), *streams, result=result)))
    assert page.one("h1").text == sentence


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("rich", ["balance", "rejects", "throughput", "streams", "plan"]),
        ("one_stream", ["balance", "rejects", "throughput", "streams"]),
        ("nothing_read", []),
        ("failed_at_once", []),
        ("dry_run", ["balance", "estimate", "rejects", "streams"]),
    ],
)
def test_sections_are_there_when_they_have_something_to_say(name: str, sections: list[str]) -> None:
    assert Page(render(SAMPLES[name])).sections == sections


@pytest.mark.parametrize(
    ("changes", "text", "shown"),
    [
        ({}, "No request had to be repeated.", True),
        ({"retries": {"HTTP 429": 3}}, "No request had to be repeated.", False),
        ({"retries": {"HTTP 429": 3}}, "HTTP 429", True),
        ({"latency_ms": None}, "No request was answered.", True),
        ({}, "to slow down", False),
        ({"rate_limit_hits": 1}, "Inflection asked once to slow down", True),
        ({"rate_limit_hits": 1200}, "Inflection asked 1,200 times to slow down", True),
        ({}, "The run was too short for a chart.", True),
        ({}, "could not be read", False),
        ({"unreadable_lines": 1}, "1 line of the input could not be read", True),
        (
            {"latency_ms": {"count": 1, "p50": 1.0, "p90": 1.0, "p99": 1.0, "max": 1.0}},
            "1 request: half",
            True,
        ),
        ({"problem": "The disk is full."}, "The disk is full.", True),
        ({"route": "developer_api"}, "Developer API", True),
        ({"started": "yesterday"}, "yesterday", True),
        ({"seconds": 0}, "Average rate", False),
    ],
)
def test_what_is_said_when(changes: dict[str, Json], text: str, shown: bool) -> None:
    page = Page(render(document(stream("people", 5), **changes)))
    assert (text in page.one("body").text) is shown


def test_what_writes_changed_is_told_of_the_run_and_of_each_stream() -> None:
    text = " ".join(Page(render(SAMPLES["contacts"])).one("body").text.split())
    assert (
        "Of the delivered records, 1,204 are of contacts that were created, 2,806 of contacts that "
        "were updated, and 200 of contacts that had these values already." in text
    )
    assert text.count("delivered: created 1,204, updated 2,806, no change 200") == 1
    assert "created" not in Page(render(SAMPLES["rich"])).one("body").text


def test_a_report_from_before_changes_were_counted_is_a_page() -> None:
    older = document(stream("people", 5))
    for books in (older["totals"], *cast(list[JsonObject], older["streams"])):
        del cast(JsonObject, books)["changes"]
    for books in cast(list[JsonObject], older["streams"]):
        del books["words"]
    assert "created" not in Page(render(older)).one("body").text


def test_a_dry_run_of_contacts_says_for_how_many_emails() -> None:
    said = "They are about more than 1,000,000 different emails."
    assert said in Page(render(SAMPLES["dry_run_of_contacts"])).one("body").text
    assert "different email" not in Page(render(SAMPLES["dry_run"])).one("body").text


def test_a_plan_is_told_part_by_part() -> None:
    parts = [
        planned(
            "people",
            "identify",
            feeds=[{"to": "userId", "from": "id"}, {"to": "traits.email", "from": "mail"}],
            left_out=[{"column": "age", "why": "no room"}],
        ),
        planned("people", "track", namespace=None, feeds=[]),
    ]
    page = Page(render(document(plan=[*parts], latency_ms=None)))
    assert page.sections == ["plan"]
    assert " ".join(page.one("summary").text.split()) == "app.people identify by rule"
    assert " ".join(page.one("p", "closed").text.split()) == "people track by rule"
    assert "open" not in page.one("details").attributes
    listed = list(
        zip([e.text for e in page.all("dt")], [e.text for e in page.all("dd")], strict=True)
    )
    assert listed[-3:] == [("userId", "id"), ("traits.email", "mail"), ("age", "left out: no room")]


def test_a_report_without_a_plan_is_a_page() -> None:
    older = {name: entry for name, entry in document().items() if name != "plan"}
    assert "plan" not in Page(render(older)).sections


def test_hundreds_of_streams_make_a_light_page() -> None:
    assert len(render(SAMPLES["200_streams"])) < 500_000


def test_rejects_without_a_store_say_how_to_keep_them() -> None:
    page = Page(render(document(stream("people", 1, rejected={"refused": 2}))))
    assert "Not stored" in [e.text for e in page.all("h3")]
    assert not page.all("code", "command")


def test_each_reason_has_its_count_its_bar_and_its_help() -> None:
    lost = stream("people", 1, rejected={"refused": 25, "too_large": 100, "new_reason": 1})
    page = Page(render(document(lost, help={"refused": "Ask why."})))
    reasons = [" ".join(e.text.split()) for e in page.all("li")]
    assert reasons == [
        "too_large 100 79.4%",
        "refused 25 19.8% Ask why.",
        "new_reason 1 0.8%",
    ]
    widths = [e.attributes["width"] for e in page.all("rect", "rejected")]
    assert {"100.0%", "25.0%"} <= set(widths)


def test_what_was_said_stands_under_its_reason_the_most_frequent_first() -> None:
    lost = [
        stream(
            name,
            1,
            rejected={"refused": 40, "too_large": 100},
            words={"refused": {"HTTP 400: a": 15, f"HTTP 400: {name}": 21, "other words": 4}},
        )
        for name in "xyz"
    ]
    page = Page(render(document(*lost, help={})))
    reasons = [" ".join(e.text.split()) for e in page.all("li")]
    assert reasons == [
        "too_large 300 71.4%",
        "refused 120 28.6% HTTP 400: a 45 HTTP 400: x 21 HTTP 400: y 21 HTTP 400: z 21 "
        "other words 12",
    ]


def test_the_page_shows_twenty_words_of_a_reason_and_counts_the_others() -> None:
    words: JsonObject = {f"HTTP 400: {n:02}": 100 - n for n in range(22)}
    words["other words"] = 5
    lost = stream("x", 1, rejected={"refused": 1974}, words={"refused": words})
    said = [e.text for e in Page(render(document(lost))).all("p", "said")]
    assert len(said) == 21
    assert said[19:] == ["HTTP 400: 19 81", "other words 164"]


def test_unreadable_lines_count_beside_the_records() -> None:
    page = Page(render(document(stream("a", 1, rejected={"refused": 2}), unreadable_lines=3)))
    assert page.sum() == [3, 1, 2, 0]
    assert "3 lines of the input could not be read" in page.one("body").text
    assert [" ".join(e.text.split())[:14] for e in page.all("li")] == ["refused 2 100%"]


def test_unreadable_lines_alone_are_no_plain_success_and_can_be_stored() -> None:
    lines = document(unreadable_lines=3, rejected_records=stored("a/b", 3))
    page = Page(render(lines)).one("body").text
    assert "Succeeded, with rejects" in page
    assert "replay --config config.json a/b" in page
    assert "Not stored" not in page


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough(scheme: int) -> None:
    style = Page(render(SAMPLES["rich"])).one("style").text
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(blocks) == 2
    colours = dict(re.findall(r"--(\w+): (#\w{6});", blocks[scheme]))
    for text in ("ink", "soft", "rejected", "good", "mixed", "bad"):
        for ground in ("paper", "sheet"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for mark in ("delivered", "rejected", "skipped", "not_settled", "soft"):
        assert contrast(colours[mark], colours["paper"]) >= 3, mark


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
