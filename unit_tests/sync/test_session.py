"""The loop of a sync: what it does at each step."""

from typing import cast

from destination_inflection.delivery.dry_run import DryRun
from destination_inflection.streams import StreamKey
from destination_inflection.sync.records import Sent
from destination_inflection.sync.session import Session
from destination_inflection.sync.spans import Checkpoint, Released
from destination_inflection.sync.sync import Sync
from destination_inflection.sync.tally import Report


class Walked(Report):
    """Counts how often all streams are walked."""

    walks = 0

    @property
    def delivered(self) -> int:
        self.walks += 1
        return sum(tally.delivered for tally in self.streams.values())


class Delivering:
    """A sync of which one record is delivered at each step."""

    has_room = True

    def __init__(self) -> None:
        self.report = Walked()

    def settle(self) -> list[Released[Checkpoint]]:
        self.report.stream(StreamKey(None, "people")).delivered += 1
        return []


def test_the_timeline_is_kept_up_now_and_then_and_loses_nothing() -> None:
    sync, now = Delivering(), [100.0]
    delivery: DryRun[Sent[Checkpoint]] = DryRun()
    session = Session(cast(Sync[Checkpoint], sync), delivery, None, lambda: now[0])
    for _ in range(4_000):
        session.step()
        now[0] += 1 / 1024
    assert sync.report.walks <= 40
    timeline = session.timeline
    assert sum(timeline.buckets) == 4_000
    assert len(timeline.buckets) == 4
    assert all(900 < count < 1_150 for count in timeline.buckets)
