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
# Tokens are gathered in memory before they are written. A whole portfolio at once makes one
# piece, smaller and quicker to ask than the several that FTS5's own 1 MiB makes.
_BULK_HASH_BYTES = 64 * 1024 * 1024
_HASH_BYTES = 1024 * 1024
_LEAF_BYTES = 3900  # one of SQLCipher's pages holds it; FTS5's own 4050 needs two
_LENT = "search functions"

_HAN = "[一-鿿]"


def _folded(column: str) -> str:
    return f"CASE WHEN {column} GLOB '*[^0-9一-鿿]*' THEN search_fold({column}) ELSE {column} END"


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
_PHONE = f"""
    CASE WHEN c.phone GLOB '+861{"[0-9]" * 10}' THEN substr(c.phone, 4) || '!'
    ELSE search_phone(c.phone) END
"""
_ID_END = f"substr(c.id_number, -{texts.ID_TAIL})"
_PAPERS = f"""
    CASE WHEN {_ID_END} GLOB '[0-9][0-9][0-9][0-9X]' THEN {_ID_END} || '#'
    ELSE search_id(c.id_number) END
"""
_CONTACTS = """
    (SELECT group_concat(
        CASE p.type WHEN 'address' THEN search_fold(p.value) ELSE search_phone(p.value) END, ' ')
     FROM contact_point p WHERE p.root = c.id
       AND p.type IN ('mobile', 'home_phone', 'work_phone', 'address'))
"""
_COLUMNS = {
    "name": _NAME,
    "spelling": _SPELLING,
    "phone": _PHONE,
    "village": f"'[' || {_folded('c.village')}",
    "address": _folded("c.address"),
    "papers": _PAPERS,
    "contacts": _CONTACTS,
}
_CREATE = f"""
    CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(
        {", ".join(_COLUMNS)},
        tokenize = 'trigram', detail = none, content = '', contentless_delete = 1)
"""
_FILL = f"""
    INSERT OR REPLACE INTO search(rowid, {", ".join(_COLUMNS)})
    SELECT {NEWEST} - c.n, {", ".join(_COLUMNS.values())} FROM customer c
"""  # noqa: S608 (no word of it comes from outside)
# In the order of the index's own rows: FTS5 writes out what it gathered at each step back.
_FILL_ALL = f"{_FILL} ORDER BY c.n DESC"
_CHOSEN = "WHERE c.id IN (SELECT value FROM json_each(?))"  # a JSON list of ids
_FILL_CHOSEN = f"{_FILL} {_CHOSEN} ORDER BY c.n DESC"
_COUNT_CHOSEN = f"SELECT count(*) FROM customer c {_CHOSEN}"  # noqa: S608
_DELETE_GONE = f"""
    DELETE FROM search WHERE rowid IN
        (SELECT rowid FROM search EXCEPT SELECT {NEWEST} - n FROM customer)
"""  # noqa: S608
_SET = "INSERT INTO search(search, rank) VALUES (?, ?)"


def create_tables(connection: sa.Connection) -> None:
    """Make the index, empty, unless it is there."""
    connection.exec_driver_sql(_CREATE)
    connection.exec_driver_sql(_SET, ("pgsz", _LEAF_BYTES))


def drop(connection: sa.Connection) -> None:
    """Remove the index; until it is rebuilt, `find` reads every customer."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS search")


def is_there(connection: sa.Connection) -> bool:
    """Tell whether there is an index."""
    found = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'search'")
    return found.first() is not None


def rebuild(connection: sa.Connection, progress: Progress | None = None) -> None:
    """Make the index anew from all customers, in the caller's transaction.

    Reports customers done and to do, before and after: in between is one statement, about a
    second for 100,000. Raises: Cancelled; the caller rolls back.
    """
    progress = progress or Progress()
    customers = connection.exec_driver_sql("SELECT count(*) FROM customer").scalar_one()
    progress.step(0, customers)
    drop(connection)
    create_tables(connection)
    _lend_functions(connection)
    connection.exec_driver_sql(_SET, ("hashsize", _BULK_HASH_BYTES))
    connection.exec_driver_sql(_FILL_ALL)
    connection.exec_driver_sql(_SET, ("hashsize", _HASH_BYTES))
    progress.step(customers, customers)


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
    """Lend SQL the functions that it needs for text that is not plain, once a connection."""
    if _LENT in connection.info:
        return  # renewing them would fail while another statement of the connection is read
    raw: Any = connection.connection.dbapi_connection
    for name, function in _FUNCTIONS.items():
        raw.create_function(name, 1, function, deterministic=True)
    connection.info[_LENT] = True


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
