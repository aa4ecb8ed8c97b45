"""What became of the records, added up: of each stream, of the run, and by reason. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from destination_inflection.rejects.words import MOST_WORDS, OTHER_WORDS
from destination_inflection.report.document import ReportDocument, StreamCounts


@dataclass(frozen=True, slots=True)
class Books:
    """Records by where they ended."""

    read: int
    delivered: int
    rejected: int
    skipped: int
    not_settled: int
    """Under way when the run ended, and covered by no state."""

    @classmethod
    def of(cls, streams: Iterable[StreamCounts]) -> Self:
        """The books of several streams as one."""
        listed = list(streams)
        return cls(
            read=sum(stream["read"] for stream in listed),
            delivered=sum(stream["delivered"] for stream in listed),
            rejected=sum(sum(stream["rejected"].values()) for stream in listed),
            skipped=sum(sum(stream["skipped"].values()) for stream in listed),
            not_settled=sum(stream["not_settled"] for stream in listed),
        )


def worst_first(streams: Sequence[StreamCounts]) -> list[StreamCounts]:
    """Streams in the order a person looks at them: most rejected, most read, then by name."""
    return sorted(
        streams,
        key=lambda stream: (
            -sum(stream["rejected"].values()),
            -stream["read"],
            stream["namespace"] or "",
            stream["stream"],
        ),
    )


def rejected_by_reason(document: ReportDocument) -> Counter[str]:
    """Why records were rejected."""
    return +_added_up(stream["rejected"] for stream in document["streams"])


def words_by_reason(document: ReportDocument) -> dict[str, Counter[str]]:
    """What was said of rejected records; of each reason the most frequent, the others as one."""
    found: dict[str, Counter[str]] = {}
    for stream in document["streams"]:
        for reason, words in stream.get("words", {}).items():  # earlier reports have none
            found.setdefault(reason, Counter()).update(words)
    return {reason: _most_frequent(words) for reason, words in found.items()}


def _most_frequent(words: Counter[str]) -> Counter[str]:
    others = words.pop(OTHER_WORDS, 0)
    shown = Counter(dict(words.most_common(MOST_WORDS)))
    others += words.total() - shown.total()
    return shown + Counter({OTHER_WORDS: others})


def skipped_by_reason(document: ReportDocument) -> Counter[str]:
    """Why records were left out on purpose."""
    return _added_up(stream["skipped"] for stream in document["streams"])


def _added_up(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for several in counts:
        total.update(several)
    return total
