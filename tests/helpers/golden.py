"""The databases that finished parts have left behind: opened as copies, never changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from crm.domain.kinds import SCHEMA
from desktop.storage.migrations import MIGRATIONS
from desktop.storage.replica import FILE_NAME, Replica
from server.store import schema as server_schema
from server.store import tables as server_tables
from server.store.database import Database
from tests.helpers.fakes import NOON, Laptop, a_key

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
PARTS = sorted(folder.name for folder in GOLDEN.iterdir() if (folder / "replica.db").exists())
# The server's revision when a part was finished.
REVISION = {"part1": "0001", "part2": "0001", "part3": "0008"}


def expected(part):
    return json.loads((GOLDEN / part / "expected.json").read_text(encoding="utf-8"))


def copy_replica(part, folder):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(GOLDEN / part / "replica.db", folder / FILE_NAME)
    return folder


def golden_laptop(part, new_folder, *, folder=None, server=None):
    """Return a laptop on a copy of the part's replica, migrated by today's program."""
    folder = folder or copy_replica(part, new_folder)
    laptop = Laptop.__new__(Laptop)
    laptop.folder, laptop.server, laptop.user = folder, server, None
    laptop.schema, laptop.migrations, laptop.deadline_s = SCHEMA, MIGRATIONS, 60
    laptop.now = NOON
    laptop.replica = Replica.open(folder / FILE_NAME, a_key(), SCHEMA, clock=lambda: laptop.now)
    if server is not None:
        with laptop.replica.transaction() as tx:
            tx.put_identity(tx.identity().but(server_url=server.url, server_key=server.server_key))
    return laptop


def lay_out_server(part, folder, database_url):
    """Put the part's server database into `folder`, or its rows into an empty PostgreSQL."""
    source = GOLDEN / part / "server.db"
    if database_url is None:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / "server.db")
        return
    database = Database(database_url)
    with database.writing() as connection:
        server_schema.upgrade_to(connection, REVISION[part])
        _copy_rows(source, connection)
    database.dispose()


def _copy_rows(source, connection):
    """As SQLite has them, but for flags: there they are numbers."""
    old = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    old.row_factory = sqlite3.Row
    present = sa.inspect(connection)
    for name in server_tables.metadata.tables:
        if not present.has_table(name):
            continue
        columns = {column["name"]: column["type"] for column in present.get_columns(name)}
        flags = {c for c, kind in columns.items() if isinstance(kind, sa.Boolean)}
        rows = [
            {c: bool(row[c]) if c in flags else row[c] for c in columns}
            for row in old.execute(f'SELECT * FROM "{name}"')
        ]
        if rows:
            table = sa.table(name, *map(sa.column, columns))
            connection.execute(sa.insert(table), rows)
    old.close()
