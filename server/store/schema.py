"""Brings a database to the newest schema, by Alembic.

Alembic is loaded only where it works: every command asks whether the schema is current, and needs
no more for that than the names of the migrations.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused, UserError
from server.store.database import Database
from server.store.records import rank_anew
from server.store.tables import metadata, server_state

_NAME = re.compile(r"v(\d{4})_\w+\.pyc?")  # compiled where the program is packed
VERSIONS = "alembic_version"  # the table of the migrations themselves


MIGRATIONS = files("server.store").joinpath("migrations")
_VERSION = sa.table(VERSIONS, sa.column("version_num"))


@cache
def revisions() -> tuple[str, ...]:
    """Return the revisions that this program has, the first one first: "v0003_name.py" is 0003."""
    names = (file.name for file in MIGRATIONS.joinpath("versions").iterdir())
    return tuple(sorted(found[1] for name in names if (found := _NAME.fullmatch(name))))


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, in one transaction."""
    with database.writing() as connection:
        upgrade_to(connection, "head")


def upgrade_known(database: Database) -> tuple[str, str]:
    """Bring a server's database up to date in one transaction; return (revision before, now).

    Raises: UserError `database.uninitialised`; `database.schema` for one that a newer program
    has made.
    """
    with database.writing() as connection:
        before = current(connection)
        if before is None or not holds_server(connection):
            raise UserError("database.uninitialised")
        if not knows(before):
            raise UserError("database.schema", held=before)
        upgrade_to(connection, "head")
        rank_anew(connection)
        return before, str(current(connection))


def require_unused(database: Database) -> None:
    """Raise Refused `server.database_used` where a server has been laid out in the database."""
    with database.snapshot() as connection:
        if holds_server(connection):
            raise Refused("server.database_used")


def holds_server(connection: Connection) -> bool:
    """Tell whether a server has been laid out in this database."""
    if not sa.inspect(connection).has_table(server_state.name):
        return False
    return connection.execute(sa.select(server_state.c.id)).first() is not None


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` in this transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows(revision: str) -> bool:
    """Tell whether this program has the migrations up to `revision`."""
    return revision in revisions()


def clear(connection: Connection) -> None:
    """Drop our tables, that of the migrations too; what else may be there is not ours."""
    ours = {*metadata.tables, VERSIONS} & set(sa.inspect(connection).get_table_names())
    held = sa.MetaData()
    if ours:
        held.reflect(connection, only=sorted(ours))
        held.drop_all(connection)


def tables(connection: Connection) -> set[str]:
    """Return the names of all tables, but for that of the migrations."""
    return set(sa.inspect(connection).get_table_names()) - {VERSIONS}


def current(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSIONS):
        return None
    held: str | None = connection.execute(sa.select(_VERSION)).scalar()
    return held


def require_current(database: Database) -> None:
    """Raise UserError `database.uninitialised` or `database.schema` unless it is up to date."""
    with database.snapshot() as connection:
        if not sa.inspect(connection).has_table("server_state"):
            raise UserError("database.uninitialised")
        held = current(connection)
    if held != revisions()[-1]:
        raise UserError("database.schema", held=held)
