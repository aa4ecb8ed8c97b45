"""When the sandbox's faults strike, and how they are set, on a clock of the test's own."""

from collections.abc import Mapping

import pytest

from inflection_sandbox.faults import FAULTS, Faults, Strike, read_faults


class Clock:
    """Seconds that pass only when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_outage_is_counted_from_the_first_request() -> None:
    clock = Clock()
    faults = Faults(outage=("2:5", "7:7.5"), clock=clock)
    clock.now = 5000.0
    struck = []
    for half_seconds in range(17):
        clock.now = 5000.0 + half_seconds / 2
        if faults.strike() == Strike("503", taken=False):
            struck.append(half_seconds / 2)
    assert struck == [2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 7.0]


def test_an_outage_uses_nothing_of_the_limit() -> None:
    clock = Clock()
    faults = Faults(outage=("1:2",), limit="0.5:window:4", clock=clock)
    answers = []
    for passed in (0.0, 1.0, 1.5, 2.0, 3.0):
        clock.now = 1000.0 + passed
        answers.append(faults.strike())
    assert answers == [None, Strike("503"), Strike("503"), None, Strike("429")]


def test_a_limit_is_asked_with_the_clock_s_time() -> None:
    clock = Clock()
    faults = Faults(limit="1:bucket", clock=clock)
    assert [faults.strike(), faults.strike()] == [None, Strike("429")]
    clock.now += 1
    assert [faults.strike(), faults.strike()] == [None, Strike("429")]


def test_a_web_page_comes_before_every_other_fault() -> None:
    faults = Faults(fail="500:1", limit="1", outage=("0:9",), web_page=True)
    assert [faults.strike() for _ in range(3)] == [Strike("web_page", taken=False)] * 3


@pytest.mark.parametrize("fault", ["500", "503", "reset", "hang"])
def test_what_says_nothing_of_the_request_strikes_before_or_after_it_is_taken(fault: str) -> None:
    faults = Faults(fail=f"{fault}:1")
    assert {faults.strike() for _ in range(50)} == {Strike(fault, taken=t) for t in (True, False)}


def test_the_same_seed_gives_the_same_faults() -> None:
    def strikes(seed: int) -> list[Strike | None]:
        faults = Faults(fail="500:0.3,reset:0.2", seed=seed)
        return [faults.strike() for _ in range(50)]

    assert strikes(7) == strikes(7) != strikes(8)


def test_patterns_fit_fields_traits_and_properties() -> None:
    faults = Faults(break_=("email=poison@*", "event=Bad"))
    for message in (
        {"email": "poison@b.example", "properties": {}},
        {"traits": {"email": "poison@b.example"}},
        {"event": "Bad"},
        {"event": "Good", "properties": {"event": "Bad"}},
    ):
        assert faults.breaks(message)
        assert not faults.refuses(message)
    assert not faults.breaks({"event": "Bad one", "traits": {"email": "a@b.example"}})


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_says_in_a_sentence_what_it_is(name: str) -> None:
    about = FAULTS[name].metadata["about"]
    assert about[0].isupper()
    assert about.endswith(".")
    assert about.count(". ") == 0


def test_faults_are_read_from_text_or_from_what_they_are() -> None:
    written = {"limit": "5", "latency_ms": "1.5", "batch_bytes": "7", "retry_after": "1"}
    given = {"limit": 5, "latency_ms": 1.5, "batch_bytes": 7, "retry_after": 1}
    assert read_faults(written) == read_faults(given)
    assert read_faults({}) == Faults()
    assert read_faults({"break": ["a=b"], "outage": ["1:2"], "web_page": True}) == Faults(
        break_=("a=b",), outage=("1:2",), web_page=True
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"nonsense": 1}, "not nonsense"),
        ({"clock": 1}, "not clock"),
        ({"web_page": "yes"}, "web_page must be true or false"),
        ({"break": "email=a"}, "break must be a list of texts"),
        ({"refuse": [1]}, "refuse must be a list of texts"),
        ({"latency_ms": "x"}, "latency_ms must be a number"),
        ({"latency_ms": True}, "latency_ms must be a number"),
        ({"seed": None}, "seed must be a number"),
        ({"limit": ["5"]}, "limit must be a text"),
        ({"limit": -5}, "A limit must be N"),
        *(
            ({"fail": text}, "must be written with its probability")
            for text in (
                "429",
                "429:x",
                "429:nan",
                "429:2",
                "429:-1",
                "1:1",
                "600:1",
                "rest:1",
                ":1",
            )
        ),
        ({"retry_after": "1\r\nX: y"}, "retry_after must be a header's value"),
        ({"retry_after": "bientôt"}, "retry_after must be a header's value"),
        ({"latency_ms": "nan"}, "latency_ms must be a number"),
        ({"settle_ms": "inf"}, "settle_ms must be a number"),
        *(
            ({"outage": [text]}, "An outage must be FROM:TO")
            for text in ("5", "5:5", "6:5", "-1:5", "1:x", "nan:5", "1:nan", "1:inf", "1:2:3", "")
        ),
    ],
)
def test_what_is_not_a_fault_is_refused_in_a_sentence(
    given: Mapping[str, object], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem) as raised:
        read_faults(given)
    assert str(raised.value).endswith(".")
