"""The first sync of a laptop, whole: HTTP, hashing, indexes, search; and what a day then costs.

The floor is what SQLCipher itself needs: executemany of the same rows into the same
tables, rows only, in one transaction, with the same settings.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import Report, search
from crm.domain.kinds import SCHEMA
from crm.records.tables import table_for
from desktop.app.profiles import Asked, Profile, enrol_profile, open_replica, sync_engine
from desktop.storage import engine as engines
from desktop.vault.system_keyring import SystemKeyring
from server.app import open_exchange
from server.exchange import accounts, intake
from server.exchange.hand import Hand
from server.practice.branch import make_branch
from server.store.settings import read
from tests.helpers.commands import Server

PASSPHRASE = "bench passphrase"
PASSWORD = "bench-word-1"
TODAY = date(2026, 11, 22)
ROUNDS = 3
KEY = bytes(32)


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        large(Path(folder), report)
    with tempfile.TemporaryDirectory() as folder:
        small(Path(folder), report)
    search.run(report)


def large(folder: Path, report: Report) -> None:
    """100,000 customers and 300,000 visits in one portfolio."""
    with a_branch(folder, customers=100_000, kinds=("customer", "visit")) as server:
        seconds, ratios, floors = [], [], []
        for number in range(ROUNDS):
            profile = enrolled(folder / f"laptop{number}", server)
            replica = open_replica(profile, PASSPHRASE)
            synced = sync_engine(profile, replica).sync()
            assert synced.verified
            floors.append(floor(profile, folder / f"floor{number}.db"))
            seconds.append(synced.seconds)
            ratios.append(synced.seconds / floors[-1])
            if number + 1 < ROUNDS:
                replica.close()
        report(
            name="sync.first.ratio",
            value=statistics.median(ratios),
            unit="x",
            floor=1.0,
            note=f"{synced.received} records in {statistics.median(seconds):.2f} s, rows only "
            f"{statistics.median(floors):.2f} s; {synced.bytes_down / 1e6:.0f} MB",
        )
        noop = sync_engine(profile, replica).sync()
        report(
            name="sync.noop.requests",
            value=noop.requests,
            unit="requests",
            floor=1,
            note=f"{noop.seconds * 1000:.0f} ms, {noop.bytes_up + noop.bytes_down} bytes",
        )
        replica.close()


def small(folder: Path, report: Report) -> None:
    """The real case: 3,000 customers with about 9,000 dependants."""
    kinds = ("customer", "visit")
    with a_branch(folder, customers=3_000, kinds=kinds) as server:
        seconds = []
        for number in range(ROUNDS):
            profile = enrolled(folder / f"laptop{number}", server)
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


@contextmanager
def a_branch(folder: Path, customers: int, kinds: tuple[str, ...]) -> Iterator[Server]:
    """A practice server whose one manager keeps all customers, serving."""
    server = Server(folder / "server")
    server.run("init", "--practice")
    exchange = open_exchange(read(server.data))
    hand = Hand(exchange)
    branch = make_branch(20260318, customers=customers, managers=1, today=TODAY, with_kinds=kinds)
    hand.create("branch", branch.fields, record=branch.id, home=f"branch:{branch.id}")
    manager = branch.staff[0]
    new = accounts.NewPerson("manager", manager.name, "manager", branch.id, PASSWORD, False)
    accounts.add_person(exchange, hand, new, None, person_id=manager.id)
    intake.fill(hand, branch.records(), accounts.portfolio, lambda _: None)
    exchange.database.dispose()
    server.serve()
    try:
        yield server
    finally:
        server.stop()


def enrolled(folder: Path, server: Server) -> Profile:
    profile = Profile(folder)
    asked = Asked(lambda: PASSWORD, lambda: PASSWORD, lambda: PASSPHRASE)
    enrol_profile(profile, server.url, "manager", asked, device="bench", practice=True)
    return profile


def floor(profile: Profile, path: Path) -> float:
    """Return the seconds that the same rows take, with nothing but their tables."""
    rows = all_rows(profile)
    engine = engines.open_engine(path, KEY, create=True)
    metadata = sa.MetaData()
    plain = {name: bare(table, metadata) for name, (table, _) in rows.items()}
    with engines.writing(engine) as connection:
        metadata.create_all(connection)
    started = time.perf_counter()
    with engines.loading(engine), engines.writing(engine) as connection:
        for name, (_, found) in rows.items():
            marks = ", ".join("?" * len(plain[name].columns))
            connection.exec_driver_sql(f"INSERT INTO {name} VALUES ({marks})", found)
    taken = time.perf_counter() - started
    engine.dispose()
    return taken


def bare(table: sa.Table, metadata: sa.MetaData) -> sa.Table:
    """Return the table with its columns and keys, and no index beside."""
    return sa.Table(table.name, metadata, *(column.copy() for column in table.columns))


def all_rows(profile: Profile) -> dict[str, tuple[sa.Table, list[Any]]]:
    """Return the replica's own tables, each with its rows."""
    key = profile.vault.open(PASSPHRASE, SystemKeyring())
    engine = engines.open_engine(profile.replica_path, key.raw, create=False)
    tables = {kind.name: table_for(kind, sa.MetaData()) for kind in SCHEMA.kinds}
    with engines.reading(engine) as connection:
        found = {
            name: (table, [tuple(row) for row in connection.execute(sa.select(table))])
            for name, table in tables.items()
        }
    engine.dispose()
    return {name: (table, rows) for name, (table, rows) in found.items() if rows}
