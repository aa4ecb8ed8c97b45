"""Writes the benchmark's results as a page: the ratios first, then the figures behind them."""

from pathlib import Path
from typing import Any, Final

_LATENCY_LIMIT: Final = 64 / 0.05


def write_report(document: dict[str, Any], path: Path) -> None:
    """Writes RESULTS.md."""
    results, machine = document["results"], document["machine"]

    def rate(name: str) -> float:
        return float(results[name]["records_per_second"])

    def cpu(name: str) -> float:
        return float(results[name]["cpu_seconds"] / results[name]["records"])

    stock = "stock airbyte-cdk, 1 a POST"
    best = max(("ours, 16 connections", "ours, 64 connections"), key=rate)
    memories = {n: v for n, v in results.items() if n.startswith("ours, memory")}
    contacts_mib = max(v["peak_mib"] for n, v in results.items() if "contacts, ours, mem" in n)
    smallest, middle, largest = (v["peak_mib"] for v in memories.values())
    clear, stormy = "sandbox without faults", "sandbox with 10 % 429 and 2 % 500"
    goals = [
        ("records/s at 0 ms, against the stock CDK destination", rate(best) / rate(stock), 10.0),
        (
            "records/s at 0 ms, against the bare ceiling",
            rate(best) / rate(best.replace("ours", "ceiling")),
            0.5,
        ),
        (
            "records/s at 50 ms with 64 connections, against the limit of 64 / 0.05 s",
            rate("ours at 50 ms, 64 connections") / _LATENCY_LIMIT,
            0.85,
        ),
        (
            "processor time a record: stock CDK destination against ours",
            cpu(stock) / cpu(best),
            6.0,
        ),
        (
            "records/s with 10 % 429 and 2 % 500, against none",
            rate(f"ours, {stormy}") / rate(f"ours, {clear}"),
            0.6,
        ),
    ]
    contacts = {n.removeprefix("contacts, "): v for n, v in results.items() if "contacts" in n}
    ours = contacts["ours"]
    others = {n: v["records_per_second"] for n, v in contacts.items() if "ours" not in n}
    fastest = max(others, key=lambda name: others[name])
    asked = ours["requests"] / (ours["records"] / 1000)
    goals.append(
        (
            "contacts/s at 100 ms, transactions of 300 ms, against the fastest of the others "
            f"({fastest})",
            ours["records_per_second"] / others[fastest],
            6.0,
        )
    )
    lines = [
        "# Results",
        "",
        "Made by `make bench`. Ratios of figures taken in one run are the result; the figures",
        "themselves only illustrate, and belong to this machine: "
        f"{machine['system']}, {machine['processors']} processors, Python {machine['python']}, "
        + ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
        + ".",
        "",
        f"{document['records']:,} events of 12 columns, one JSON message a request unless it says",
        "otherwise. Whole processes, from start to end.",
        "",
        "| measure | goal: at least | measured |",
        "|---|--:|--:|",
        *(f"| {name} | {goal:g} | {ratio:.2f} |" for name, ratio, goal in goals),
        f"| peak memory of the longest sync, MiB | at most 160 | {largest:.0f} |",
        f"| its growth over a sync a tenth as long | at most 10 % | {largest / middle - 1:.1%} |",
        f"| requests a thousand contacts, writes and questions | at most 2.1 | {asked:.2f} |",
        f"| peak memory of the longest sync of contacts | at most 160 | {contacts_mib:.0f} |",
        "",
        "![Records a second by connections, memory by records](results.png)",
        "",
        "| process | records | records/s | us of processor time a record | peak MiB |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {v['records']:,} | {v['records_per_second']:,.0f} | "
            f"{v['cpu_seconds'] / v['records'] * 1e6:,.0f} | {v['peak_mib']:.0f} |"
            for name, v in results.items()
        ),
        "",
        "Contacts: the others send a thousand a POST and believe its answer; ours asks what became",
        "of each contact before it counts as delivered.",
        "",
        f"The shortest of the memory runs took {smallest:.0f} MiB. At 50 ms the destinations that",
        "send one request after the other got fewer records: their rate does not depend on it.",
        "In bad weather every record was in the sandbox once, or the run would have failed.",
        "Such a run ends with the call that failed most often in a row: its waits, which double,",
        "are part of the figure, and the shorter the run the larger a part.",
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
