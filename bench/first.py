"""The first sync of a laptop in its real size, and what finding customers then costs.

400,000 records, and everything that a day's sync costs: `bench sync`. The floor is what
SQLCipher itself needs: executemany of the same rows into the same tables, rows only, in one
transaction, with the same settings.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bench import Report, search
from bench._branch import PASSPHRASE, a_branch, enrolled, floor
from desktop.app.profiles import open_replica, sync_engine

ROUNDS = 3


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        small(Path(folder), report)
    search.run(report)


def small(folder: Path, report: Report) -> None:
    """The real case: 3,000 customers with about 9,000 dependants."""
    kinds = ("customer", "visit")
    with a_branch(folder, customers=3_000, kinds=kinds) as server:
        seconds = []
        for number in range(ROUNDS):
            profile = enrolled(folder / f"laptop{number}", server.url)
            replica = open_replica(profile, PASSPHRASE)
            synced = sync_engine(profile, replica).sync()
            taken = floor(profile, folder / f"floor{number}.db")
            replica.close()
            seconds.append(synced.seconds)
        report(
            name="sync.first3k.seconds",
            value=statistics.median(seconds),
            unit="s",
            floor=taken,
            note=f"{synced.received} records, {synced.bytes_down / 1e6:.1f} MB",
        )
