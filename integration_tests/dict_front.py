"""A second front: people as a JSON list on standard input; counts and rejects come back."""

import json
import sys
from dataclasses import dataclass

from destination_inflection.delivery.routes import Access, open_route
from destination_inflection.delivery.seam import Call, Delivery
from destination_inflection.delivery.settings import DeveloperApiRoute, EventEndpointRoute, Settings
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.tables.table import Table
from destination_inflection.rejects.entry import Fault, Origin
from destination_inflection.rejects.parts import OnlyLogged
from destination_inflection.streams import StreamKey
from destination_inflection.sync.plans import plan_all
from destination_inflection.sync.records import Sent
from destination_inflection.sync.sync import Sync
from destination_inflection.sync.terms import Outlets


class End:
    size = 0
    covers: frozenset[StreamKey] | None = None


@dataclass(frozen=True)
class Row:
    row: JsonObject
    size = 0

    def entry(self) -> JsonObject:
        return {"record": self.row}


class Kept(OnlyLogged):
    def __init__(self) -> None:
        self.rejects: list[tuple[str, object]] = []

    def put(self, fault: Fault, origin: Origin) -> None:
        self.rejects.append((fault.reason.value, origin.entry()["record"]))


name, url, key = sys.argv[1:]
is_api = name == "developer_api"
route = DeveloperApiRoute(url) if is_api else EventEndpointRoute(url, "basic", None)
plans = plan_all(
    [Table(None, "people", ("id", "email"))], (), Takes.CONTACTS if is_api else Takes.MESSAGES
)
delivery: Delivery[Call, Sent[End]] = open_route(Access(route, key), Settings(4, 100), print)
sync: Sync[End] = Sync(plans, delivery, Outlets(lambda _text: None, kept := Kept()))
for row in json.load(sys.stdin):
    sync.record(StreamKey(None, "people"), row, None, Row(row))
sync.checkpoint(End())
delivery.flush()
while not (released := sync.settle() if not sync.is_idle else sync.end()):
    delivery.wait(1.0)
counts = {s.name: [c.settled, c.rejected] for r in released for s, c in r.counts.items()}
sys.stdout.write(json.dumps([counts, kept.rejects, list(sys.modules)]))
