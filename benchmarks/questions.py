"""How many questions a batch of contacts costs, and how late one hears that it has settled.

`python -m benchmarks.questions` prints the table: of a simulation, so it takes no time to speak of.
"""

from statistics import mean
from typing import Final

from destination_inflection.delivery.contacts.window import Window
from unit_tests.delivery.contacts.settling import (
    FixedRoom,
    Measured,
    Queue,
    Room,
    Settles,
    after,
    simulate,
)

SETTLES: Final = (0.3, 1.0, 5.0, 15.0, 60.0)
SPREADS: Final = {"constant": 0.0, "give or take a half": 0.5}
FLOWS: Final = {"200 batches, 40 at a time": (200, 40_000), "40, one at a time": (40, 1_000)}
QUEUES: Final = (2.0, 5.0, 20.0, 60.0)
RUNS: Final = 8


def measured(batches: int, settles: list[Settles], room: int) -> list[Measured]:
    """The same with each chance."""
    return [simulate(batches, each, FixedRoom(room)) for each in settles]


def main() -> None:
    """Prints both tables."""
    print("| settles after, s | | batches | questions a batch | heard of after, s |")
    print("|--:|---|---|--:|--:|")
    for seconds in SETTLES:
        for spread, part in SPREADS.items():
            for flow, (batches, room) in FLOWS.items():
                runs = measured(batches, [after(seconds, part, n) for n in range(RUNS)], room)
                questions = mean(run.questions_a_batch for run in runs)
                late = mean(run.overshoot for run in runs)
                print(f"| {seconds:g} | {spread} | {flow} | {questions:.2f} | {late:.2f} |")
    print()
    print("| a queue: s a batch | window | given up | oldest, s | later, s | questions a batch |")
    print("|--:|---|--:|--:|--:|--:|")
    for seconds in QUEUES:
        rooms: dict[str, Room] = {"full": FixedRoom(40_000), "by age": Window(40_000)}
        for window, room_ in rooms.items():
            run = simulate(400, Queue(seconds), room_)
            oldest, later = max(run.ages), max(run.ages[100:])
            cells = f"{run.given_up} | {oldest:.0f} | {later:.0f} | {run.questions_a_batch:.2f}"
            print(f"| {seconds:g} | {window} | {cells} |")


if __name__ == "__main__":
    main()
