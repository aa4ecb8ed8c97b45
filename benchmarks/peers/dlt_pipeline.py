"""A dlt pipeline into a custom destination. Usage: dlt_pipeline.py FOLDER URL ROWS_A_REQUEST.

The pipeline's own files live in a folder made for the run, so that no run finds another's state.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"


def main(folder: Path, url: str, batch: int, state: str) -> None:
    """Runs the pipeline."""
    os.environ["DLT_DATA_DIR"] = state
    # Imported here: it reads the environment when it is.
    import dlt  # type: ignore[import-not-found] # noqa: PLC0415
    from dlt.sources.helpers import requests  # type: ignore[import-not-found] # noqa: PLC0415

    def post(items: list[dict[str, Any]], table: object) -> None:  # noqa: ARG001 - dlt's signature
        requests.post(url, json=items[0] if batch == 1 else {"batch": items})

    def rows() -> Iterator[dict[str, Any]]:
        with (folder / "rows.jsonl").open() as lines:
            for line in lines:
                yield json.loads(line)

    pipeline = dlt.pipeline(
        "benchmark", destination=dlt.destination(post, batch_size=batch), pipelines_dir=state
    )
    # dlt makes a time of text that looks like one, which JSON has no form for: kept as text.
    columns = {name: {"data_type": "text"} for name in ("occurred_at", "signed_up_at")}
    print(pipeline.run(dlt.resource(rows, name="records", columns=columns)))


if __name__ == "__main__":
    with TemporaryDirectory(prefix="dlt-", dir=sys.argv[1]) as made:
        main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), made)
