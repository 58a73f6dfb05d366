"""How a server notices that its database is not the one it was: a fingerprint, and a witness.

The fingerprint tells one database from another; it lies in the database itself as well. The
witness, DIR/witness.json, remembers what was last seen, from outside: a database that knows
less than its witness has been put back.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.ids import new_id
from server.store import tables as t
from server.store.database import Database
from server.store.files import write_private

WITNESS = "witness.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a database is, and how far it has come. The sums only ever grow."""

    epoch: str
    fingerprint: str
    heads: int  # sum of the numbers of all streams
    settled: int  # sum of the numbers of all incarnations

    def follows(self, earlier: Seen) -> bool:
        """Tell whether this can be the same database at a later time."""
        same = (self.epoch, self.fingerprint) == (earlier.epoch, earlier.fingerprint)
        return same and self.heads >= earlier.heads and self.settled >= earlier.settled


def look(database: Database, connection: Connection, epoch: str, stored: str | None) -> Seen:
    """Return what the database is now; `stored` is the fingerprint that lies in it."""
    heads = sa.select(sa.func.coalesce(sa.func.sum(t.stream.c.head), 0))
    settled = sa.select(sa.func.coalesce(sa.func.sum(t.incarnation.c.done), 0))
    return Seen(
        epoch=epoch,
        fingerprint=fingerprint(database, connection, stored),
        heads=int(connection.execute(heads).scalar_one()),
        settled=int(connection.execute(settled).scalar_one()),
    )


def fingerprint(database: Database, connection: Connection, stored: str | None) -> str:
    """Return what tells this database from another, and from itself restored.

    SQLite: a random id that lies in the file. PostgreSQL: the cluster, its timeline, and the
    oid of a table, which is another one after every load of a dump.
    """
    if database.is_sqlite:
        return stored if stored and stored.startswith("sqlite:") else f"sqlite:{new_id()}"
    timeline, oid, may_ask = connection.execute(
        sa.text(
            "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),"
            " CAST(to_regclass('stream') AS oid),"
            " has_function_privilege('pg_control_system()', 'EXECUTE')"
        )
    ).one()
    system = ""
    if may_ask:
        asked = sa.text("SELECT system_identifier FROM pg_control_system()")
        system = str(connection.execute(asked).scalar_one())
    return f"postgresql:{system}:{timeline}:{oid}"


def read(folder: Path) -> Seen | None:
    """Return what was last seen; None where nothing readable is there: as if all were new."""
    try:
        held = json.loads((folder / WITNESS).read_text(encoding="utf-8"))
        seen = Seen(**held)
    except (OSError, TypeError, ValueError, RecursionError):
        return None
    whole = isinstance(seen.heads, int) and isinstance(seen.settled, int)
    return seen if whole else None


def write(folder: Path, seen: Seen) -> None:
    """Remember what was seen. Raises: OSError."""
    write_private(folder / WITNESS, json.dumps(asdict(seen), indent=2).encode())
