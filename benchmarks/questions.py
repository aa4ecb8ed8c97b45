"""How many questions a batch of contacts costs, and how late its end is noticed.

`python -m benchmarks.questions` prints the tables. They are simulated, so it takes a second.
"""

from statistics import mean
from typing import Final

from destination_inflection.delivery.contacts.window import Window
from unit_tests.delivery.contacts.settling import (
    Delay,
    FixedRoom,
    Measured,
    Queue,
    Room,
    after,
    simulate,
)

SETTLE_SECONDS: Final = (0.3, 1.0, 5.0, 15.0, 60.0)
SPREADS: Final = {"constant": 0.0, "plus or minus 50 %": 0.5}
FLOWS: Final = {"200 batches, 40 at a time": (200, 40_000), "40, one at a time": (40, 1_000)}
QUEUES: Final = (2.0, 5.0, 20.0, 60.0)
RUNS: Final = 8


def measured(batches: int, delays: list[Delay], most_contacts: int) -> list[Measured]:
    """One run for each of the delays."""
    return [simulate(batches, delay, FixedRoom(most_contacts)) for delay in delays]


def main() -> None:
    """Prints both tables."""
    print("| settle time, s | | batches | questions a batch | noticed late by, s |")
    print("|--:|---|---|--:|--:|")
    for seconds in SETTLE_SECONDS:
        for spread, part in SPREADS.items():
            for flow, (batches, most_contacts) in FLOWS.items():
                delays = [after(seconds, part, seed) for seed in range(RUNS)]
                runs = measured(batches, delays, most_contacts)
                questions = mean(run.questions_a_batch for run in runs)
                late = mean(run.overshoot for run in runs)
                print(f"| {seconds:g} | {spread} | {flow} | {questions:.2f} | {late:.2f} |")
    print()
    print(
        "| queue: s a batch | window | given up | oldest, s | oldest later, s | questions a batch |"
    )
    print("|--:|---|--:|--:|--:|--:|")
    for seconds in QUEUES:
        windows: dict[str, Room] = {"fixed": FixedRoom(40_000), "by age": Window(40_000)}
        for name, window in windows.items():
            run = simulate(400, Queue(seconds), window)
            oldest, later = max(run.ages), max(run.ages[100:])
            cells = f"{run.given_up} | {oldest:.0f} | {later:.0f} | {run.questions_a_batch:.2f}"
            print(f"| {seconds:g} | {name} | {cells} |")


if __name__ == "__main__":
    main()
