"""Brings a database to the newest schema, by Alembic."""

from __future__ import annotations

from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused, UserError
from server.store.database import Database
from server.store.tables import metadata, server_state

VERSIONS = "alembic_version"  # the table of the migrations themselves


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("server.store").joinpath("migrations")))
    return config


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
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows(revision: str) -> bool:
    """Tell whether this program has the migrations up to `revision`."""
    scripts = ScriptDirectory.from_config(_config())
    return any(script.revision == revision for script in scripts.walk_revisions())


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
    return MigrationContext.configure(connection).get_current_revision()


def require_current(database: Database) -> None:
    """Raise UserError `database.uninitialised` or `database.schema` unless it is up to date."""
    with database.snapshot() as connection:
        if not sa.inspect(connection).has_table("server_state"):
            raise UserError("database.uninitialised")
        held = current(connection)
    if held != ScriptDirectory.from_config(_config()).get_current_head():
        raise UserError("database.schema", held=held)
