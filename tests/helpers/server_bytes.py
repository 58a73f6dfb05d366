"""Every byte that a server's database holds on the disk: {place: bytes}."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa


def on_disk(database, *, log=False):
    """Return the files of a database: pages in use and free ones, and the log.

    PostgreSQL: all files of the database (its tables, their oversized values, the system's);
    with `log` its write-ahead log too, which is the whole cluster's.
    """
    if database.is_sqlite:
        path = Path(str(database.engine.url.database))
        return {file.name: file.read_bytes() for file in path.parent.glob(path.name + "*")}
    with database.engine.connect() as bare:
        connection = bare.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sa.text("CHECKPOINT"))  # what is in memory only comes to its place
        folder = Path(connection.execute(sa.text("SHOW data_directory")).scalar_one())
        oid = connection.execute(
            sa.text("SELECT oid FROM pg_database WHERE datname = current_database()")
        ).scalar_one()
    folders = [folder / "base" / str(oid), *([folder / "pg_wal"] if log else [])]
    files = [file for each in folders for file in each.iterdir() if file.is_file()]
    return {f"{file.parent.name}/{file.name}": file.read_bytes() for file in files}
