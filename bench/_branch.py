"""What benches of the sync share: a made-up branch behind a serving server, laptops, floors."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crm.domain.kinds import SCHEMA
from crm.records.tables import table_for
from desktop.app.profiles import Asked, Profile, enrol_profile
from desktop.storage import engine as engines
from desktop.vault.system_keyring import SystemKeyring
from server.exchange import accounts, intake
from server.exchange.accept import Exchange
from server.exchange.hand import Hand
from server.opening import open_exchange
from server.practice.branch import make_branch
from server.store.settings import read
from tests.helpers.commands import Server

PASSPHRASE = "bench passphrase"
PASSWORD = "bench-word-1"
TODAY = date(2026, 11, 22)
KEY = bytes(32)


@contextmanager
def a_branch(
    folder: Path, customers: int, kinds: Collection[str], database: str | None = None
) -> Iterator[Server]:
    """A practice server whose one manager keeps all customers, serving; on SQLite without a URL."""
    server = Server(folder / "server")
    server.run("init", "--practice", *(("--database", database) if database else ()))
    exchange = open_exchange(read(server.data))
    _fill(exchange, customers, kinds)
    exchange.database.dispose()
    server.serve()
    try:
        yield server
    finally:
        server.stop()


def _fill(exchange: Exchange, customers: int, kinds: Collection[str]) -> None:
    hand = Hand(exchange)
    branch = make_branch(20260318, customers=customers, managers=1, today=TODAY, with_kinds=kinds)
    hand.create("branch", branch.fields, record=branch.id, home=f"branch:{branch.id}")
    manager = branch.staff[0]
    new = accounts.NewPerson("manager", manager.name, "manager", branch.id, PASSWORD, False)
    accounts.add_person(exchange, hand, new, None, person_id=manager.id)
    intake.fill(hand, branch.records(), accounts.portfolio, lambda _: None)


def enrolled(folder: Path, url: str) -> Profile:
    """A new laptop of that manager."""
    profile = Profile(folder)
    asked = Asked(lambda: PASSWORD, lambda: PASSWORD, lambda: PASSPHRASE)
    enrol_profile(profile, url, "manager", asked, device="bench", practice=True)
    return profile


def floor(profile: Profile, path: Path, only: Collection[str] | None = None) -> float:
    """Return the seconds that the same rows take, with nothing but their tables.

    `only`: ids; without them all rows of the laptop.
    """
    rows = all_rows(profile, only)
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


def all_rows(
    profile: Profile, only: Collection[str] | None
) -> dict[str, tuple[sa.Table, list[Any]]]:
    """Return the replica's own tables, each with its rows."""
    key = profile.vault.open(PASSPHRASE, SystemKeyring())
    engine = engines.open_engine(profile.replica_path, key.raw, create=False)
    tables = {kind.name: table_for(kind, sa.MetaData()) for kind in SCHEMA.kinds}
    with engines.reading(engine) as connection:
        found = {
            name: [
                tuple(row)
                for row in connection.execute(sa.select(table))
                if only is None or row.id in only
            ]
            for name, table in tables.items()
        }
    engine.dispose()
    return {name: (tables[name], rows) for name, rows in found.items() if rows}
