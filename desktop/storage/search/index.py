"""The search index: one full-text table without content, made and kept inside the replica.

Its tokens are three characters long (FTS5's trigram tokenizer, no positions). Short texts are
marked (see `texts`), so that tokens also say where a name or a number begins and ends, and
which one or two characters a name holds. Rows count down from `NEWEST` by the customer's `n`:
read upwards, which is FTS5's quicker way, the newest customers come first.

Rows are made in SQL, where plain text, by far most of it, never enters Python. The functions
of `texts` do the rest; the tests hold both to the same result. docs/search.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import orjson
import sqlalchemy as sa

from desktop.services.progress import Progress
from desktop.storage.search import texts

NEWEST = 2**31  # no replica has as many customers
_BATCH = 20_000  # customers between two reports of progress
_BULK_HASH_BYTES = 4 * 1024 * 1024  # tokens gathered in memory before they are written
_HASH_BYTES = 1024 * 1024  # FTS5's own choice

_CREATE = """
    CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(
        name, spelling, phone, place, papers, contacts,
        tokenize = 'trigram', detail = none, content = '', contentless_delete = 1)
"""
_HAN = "[一-鿿]"


def _folded(column: str) -> str:
    return (
        f"CASE WHEN {column} GLOB '*[^0-9a-z一-鿿]*' THEN search_fold({column}) ELSE {column} END"
    )


_NAME = f"""
    CASE WHEN c.name GLOB '{_HAN}{_HAN}{_HAN}' THEN
        '^' || substr(c.name, 1, 1) || '.' || substr(c.name, 2, 1) || '.' ||
        substr(c.name, 3) || '$'
    WHEN c.name GLOB '{_HAN}{_HAN}' THEN
        '^' || substr(c.name, 1, 1) || '.' || substr(c.name, 2) || '$'
    ELSE search_name(c.name) END
"""
_KEY = "coalesce(c._aside, search_key(c.name))"
_SPELLING = f"'<<' || replace(replace({_KEY}, ' ', ''), ';', '><<') || '>'"
_PHONE = """
    CASE WHEN c.phone GLOB '+861??????????' THEN substr(c.phone, 4) || '!'
    ELSE search_phone(c.phone) END
"""
_PLACE = f"""
    coalesce({_folded("c.address")}, '') ||
    CASE WHEN c.village IS NULL THEN '' ELSE '[' || {_folded("c.village")} || ']' END
"""
_ID_END = f"substr(c.id_number, -{texts.ID_TAIL})"
_PAPERS = f"""
    CASE WHEN {_ID_END} GLOB '[0-9][0-9][0-9][0-9][0-9][0-9X]' THEN {_ID_END} || '#'
    ELSE search_id(c.id_number) END
"""
_CONTACTS = """
    (SELECT group_concat(
        CASE p.type WHEN 'address' THEN search_fold(p.value) ELSE search_phone(p.value) END, ' ')
     FROM contact_point p WHERE p.root = c.id
       AND p.type IN ('mobile', 'home_phone', 'work_phone', 'address'))
"""
_FILL = f"""
    INSERT OR REPLACE INTO search(rowid, name, spelling, phone, place, papers, contacts)
    SELECT {NEWEST} - c.n, {_NAME}, {_SPELLING}, {_PHONE}, {_PLACE}, {_PAPERS}, {_CONTACTS}
    FROM customer c
"""  # noqa: S608 (no word of it comes from outside)
_FILL_RANGE = f"{_FILL} WHERE c.n > ? AND c.n <= ? ORDER BY c.n DESC"
_CHOSEN = "WHERE c.id IN (SELECT value FROM json_each(?))"  # a JSON list of ids
_FILL_CHOSEN = f"{_FILL} {_CHOSEN}"
_COUNT_CHOSEN = f"SELECT count(*) FROM customer c {_CHOSEN}"  # noqa: S608
_DELETE_GONE = f"""
    DELETE FROM search WHERE rowid IN
        (SELECT rowid FROM search EXCEPT SELECT {NEWEST} - n FROM customer)
"""  # noqa: S608
_SET = "INSERT INTO search(search, rank) VALUES (?, ?)"


def create_tables(connection: sa.Connection) -> None:
    """Make the index, empty, unless it is there."""
    connection.exec_driver_sql(_CREATE)


def drop(connection: sa.Connection) -> None:
    """Remove the index; until it is rebuilt, `find` reads every customer."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS search")


def is_there(connection: sa.Connection) -> bool:
    """Tell whether there is an index."""
    found = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'search'")
    return found.first() is not None


def rebuild(connection: sa.Connection, progress: Progress | None = None) -> None:
    """Make the index anew from all customers, in the caller's transaction.

    Reports customers done and to do. Raises: Cancelled; the caller rolls back.
    """
    drop(connection)
    create_tables(connection)
    _lend_functions(connection)
    connection.exec_driver_sql(_SET, ("hashsize", _BULK_HASH_BYTES))
    last = connection.exec_driver_sql("SELECT max(n) FROM customer").scalar() or 0
    for upto in range(last, 0, -_BATCH):
        connection.exec_driver_sql(_FILL_RANGE, (upto - _BATCH, upto))
        if progress:
            progress.step(last - max(upto - _BATCH, 0), last)
    connection.exec_driver_sql(_SET, ("hashsize", _HASH_BYTES))


def update(connection: sa.Connection, ids: Collection[str]) -> None:
    """Index these customers as they are now; those that are gone leave no trace in the index.

    To be called in the transaction that changed them or their contacts. Does nothing while
    there is no index.
    """
    if not ids or not is_there(connection):
        return
    _lend_functions(connection)
    chosen = (orjson.dumps(list(ids)).decode(),)
    connection.exec_driver_sql(_FILL_CHOSEN, chosen)
    found = connection.exec_driver_sql(_COUNT_CHOSEN, chosen).scalar_one()
    if found < len(set(ids)):
        _forget_gone(connection)


def _forget_gone(connection: sa.Connection) -> None:
    """Take customers out who are no longer there.

    FTS5 only marks such rows; merging everything into one piece writes the rest anew without
    them, as a customer who leaves must be beyond recovery.
    """
    if connection.exec_driver_sql(_DELETE_GONE).rowcount:
        connection.exec_driver_sql("INSERT INTO search(search) VALUES ('optimize')")


def _lend_functions(connection: sa.Connection) -> None:
    """Lend SQL the functions that it needs for text that is not plain."""
    raw: Any = connection.connection.dbapi_connection
    for name, function in _FUNCTIONS.items():
        raw.create_function(name, 1, function, deterministic=True)


def _search_key(name: str | None) -> str:
    from crm.records.pinyin import search_key  # its tables load slowly; most keys came along

    return search_key(name or "")


_FUNCTIONS: dict[str, Callable[[str | None], str]] = {
    "search_fold": texts.fold,
    "search_name": texts.marked_name,
    "search_phone": texts.marked_phone,
    "search_id": texts.marked_id,
    "search_key": _search_key,
}
