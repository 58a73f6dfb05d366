"""Backing the whole server up, and putting a backup in its place.

`safe` moves only when a backup has been read back and the oldest is given up: in this order,
so that a kill in between leaves laptops keeping more than they must, never less.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.errors import BadFile, Refused
from crm.domain.ids import new_id
from server.exchange import epoch, erasing, revoking
from server.exchange.accept import Exchange
from server.exchange.failpoints import failpoint
from server.store import backup_list, dump, people, recoveries, schema, witness
from server.store import tables as t
from server.store.backup_list import Backup
from server.store.files import write_private
from server.store.records import rank_anew
from server.store.settings import Settings, public_text

# In the order in which a restore puts them: the last makes the folder that server for good.
KEYS = ("sealing.key", "signing.key")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and verified, and how many were given up for it."""

    contents: dump.Contents
    kept: int
    given_up: int


def back_up(exchange: Exchange, settings: Settings, file: Path, keep: int | None) -> Made:
    """Write a backup to `file`; with `keep`, give up the oldest beyond that number.

    Raises: as `dump.write`; Damaged `server.backup_list`; OSError.
    """
    backup_list.read(settings.folder)  # first: a damaged list is found before the work
    with exchange.database.snapshot() as connection:
        header = _header(exchange, settings, connection)
        contents = dump.write(file, header, connection)
    failpoint("backup.written")
    made = Backup(id=header.backup, at=header.at, file=str(file.absolute()), done=contents.done)
    known = _list(exchange, settings, made)
    failpoint("backup.listed")
    given_up = known[:-keep] if keep else []
    for old in given_up:
        _remove(old)
    kept = _give_up(exchange, settings, given_up)
    return Made(contents, kept, len(given_up))


def _list(exchange: Exchange, settings: Settings, made: Backup) -> list[Backup]:
    """Add a backup to the list; return the whole list."""
    with exchange.database.writing() as connection:
        people.state(connection, lock=True)  # another backup may end just now: add to its list
        known = sorted([*backup_list.read(settings.folder), made], key=lambda one: one.at)
        backup_list.write(settings.folder, known)
    return known


def _give_up(exchange: Exchange, settings: Settings, given_up: Collection[Backup]) -> int:
    """Take backups off the list, let `safe` follow; return how many are left."""
    with exchange.database.writing() as connection:
        people.state(connection, lock=True)
        kept = [one for one in backup_list.read(settings.folder) if one not in given_up]
        backup_list.write(settings.folder, kept)
        failpoint("backup.given_up")
        people.set_safe(connection, backup_list.in_all(kept))
    return len(kept)


def _header(exchange: Exchange, settings: Settings, connection: Connection) -> dump.Header:
    state = people.state(connection)
    revision = schema.current(connection)
    if state is None or revision is None:
        raise Refused("database.uninitialised")
    files = {name: settings.folder / name for name in KEYS}
    return dump.Header(
        backup=new_id(),
        at=exchange.now(),
        revision=revision,
        epoch=state["epoch"],
        practice=state["practice"],
        server_key=public_text(settings.signing_key),
        files={
            name: base64.b64encode(path.read_bytes()).decode()
            for name, path in files.items()
            if path.exists()
        },
    )


def _remove(backup: Backup) -> None:
    """Remove a file that is given up, if it still is the one that was written.

    What cannot be read as a backup stays where it is: it is not ours any more.
    """
    file = Path(backup.file)
    if not file.exists():
        return
    try:
        with dump.reading(file) as found:
            is_it = found.header.backup == backup.id
    except BadFile:
        return
    if is_it:
        file.unlink()


def restore(exchange: Exchange, settings: Settings, file: Path, *, replace: bool) -> dump.Contents:
    """Put a backup in place of all that the database holds: whole, or not at all.

    A new epoch begins, seats are frozen, what is remembered outside (revoked devices, erased
    customers, backups) is carried out in the same transaction; forgotten passphrases are asked
    about anew.
    Raises: BadFile `backup.*`; Refused `restore.not_empty`, `restore.practice`,
    `restore.other_server`, `backup.newer`.
    """
    with dump.reading(file) as found:
        contents = found.verified()
        _check(exchange, settings, found.header, replace=replace)
        backups = backup_list.read(settings.folder)
        _take_keys(settings, found.header)
        with exchange.database.writing() as connection:
            _refill(exchange, connection, found)
            revoking.carry_out(exchange.database, connection, settings.folder)
            erasing.carry_out(exchange, connection, settings.folder)
            recoveries.close_all(connection)
            people.set_safe(connection, backup_list.in_all(backups))
            seen = epoch.renew(exchange, connection)
            failpoint("restore.before_commit")
    failpoint("restore.committed")
    witness.write(settings.folder, seen)
    return contents


def _check(exchange: Exchange, settings: Settings, header: dump.Header, *, replace: bool) -> None:
    if header.practice != settings.practice:
        raise Refused("restore.practice")
    if not schema.knows(header.revision):
        raise Refused("backup.newer")
    with exchange.database.snapshot() as connection:
        empty = _is_empty(connection)
    if not empty and not replace:
        raise Refused("restore.not_empty")
    if not empty and header.server_key != public_text(settings.signing_key):
        raise Refused("restore.other_server")


def _is_empty(connection: Connection) -> bool:
    """Tell whether nobody has ever used this database."""
    there = sa.inspect(connection)
    used = (t.person, t.record, t.receipt)
    return not any(
        there.has_table(table.name)
        and connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
        for table in used
    )


def _take_keys(settings: Settings, header: dump.Header) -> None:
    """Be the server that the laptops know: an empty one takes its keys from the backup."""
    if header.server_key == public_text(settings.signing_key):
        return
    for name in KEYS:
        if name in header.files:
            write_private(settings.folder / name, base64.b64decode(header.files[name]))
            failpoint("restore.key_taken")


def _refill(exchange: Exchange, connection: Connection, found: dump.Dump) -> None:
    """Make the tables of the backup's time, fill them, and bring them to today's form."""
    schema.clear(connection)
    others = schema.tables(connection)  # of whoever else uses this database
    schema.upgrade_to(connection, found.header.revision)
    ours = schema.tables(connection) - others
    for table, rows in found.tables():
        if table.name not in ours:
            raise BadFile("backup.damaged", place="table")
        connection.execute(sa.delete(table))
        for page in dump.in_pages(table, rows):
            exchange.database.insert(connection, table, page)
    failpoint("restore.filled")
    schema.upgrade_to(connection, "head")
    rank_anew(connection)
