"""Draws the benchmark's picture: `plot.py results.json results.png`."""

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt


def main(source: Path, target: Path) -> None:
    """Records a second against connections, and peak memory against records."""
    results = json.loads(source.read_text("utf-8"))["results"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2))
    points = [
        (int(name.split(",")[1].split()[0]), value["records_per_second"])
        for name, value in results.items()
        if name.startswith("ours at 50 ms")
    ]
    left.plot(*zip(*points, strict=True), marker="o", label="this connector")
    left.plot([p[0] for p in points], [p[0] / 0.05 for p in points], "--", label="latency limit")
    stock = results["stock airbyte-cdk at 50 ms, 1 a POST"]["records_per_second"]
    left.axhline(stock, color="tab:red", linewidth=1, label="stock CDK destination")
    left.set(
        xscale="log",
        yscale="log",
        xlabel="connections",
        ylabel="records/s",
        title="A server that takes 50 ms",
    )
    left.set_xticks([p[0] for p in points], [str(p[0]) for p in points])
    left.legend()
    memory = [
        (value["records"], value["peak_mib"])
        for name, value in results.items()
        if name.startswith("ours, memory")
    ]
    right.plot(*zip(*memory, strict=True), marker="o")
    right.axhline(160, color="tab:red", linestyle="--", label="limit")
    right.set(
        xscale="log",
        ylim=(0, 180),
        xlabel="records in the sync",
        ylabel="peak memory, MiB",
        title="Memory, a state after each ten records",
    )
    right.legend()
    figure.tight_layout()
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
