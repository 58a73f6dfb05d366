"""A small book of customers in a real encrypted replica, for tests of the search."""

from __future__ import annotations

from contextlib import contextmanager

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from crm.records.pinyin import search_key
from desktop.storage.engine import open_engine, writing
from desktop.storage.search import create_tables, find, rebuild, update
from desktop.storage.tables import Tables

ENVELOPE = {"stream": "portfolio:test", "version": 1}


class Book:
    """Customers who can be added, edited and removed; the index follows each change."""

    def __init__(self, engine):
        self._engine = engine
        with writing(engine) as connection:
            Tables(SCHEMA).metadata.create_all(connection)
            create_tables(connection)

    def add(self, name, *, contacts=(), keyed=True, **fields):
        """Add a customer; return the id. `keyed`: the search key comes along, as after a sync."""
        own_id = new_id()
        values = {"id": own_id, "root": own_id, **ENVELOPE, "name": name, **fields}
        with writing(self._engine) as connection:
            insert(connection, "customer", values | {"_aside": search_key(name) if keyed else None})
            for kind, value in contacts:
                child = {"id": new_id(), "root": own_id, **ENVELOPE, "type": kind, "value": value}
                insert(connection, "contact_point", child)
            update(connection, [own_id])
        return own_id

    def add_all(self, names):
        """Add customers of whom only the name is known, and rebuild the index."""
        with writing(self._engine) as connection:
            for name in names:
                own_id = new_id()
                values = {"id": own_id, "root": own_id, **ENVELOPE, "name": name}
                insert(connection, "customer", values | {"_aside": search_key(name)})
            rebuild(connection)

    def edit(self, own_id, **fields):
        if "name" in fields:
            fields["_aside"] = search_key(fields["name"])
        with writing(self._engine) as connection:
            marks = ", ".join(f"{field} = ?" for field in fields)
            values = (*fields.values(), own_id)
            connection.exec_driver_sql(f"UPDATE customer SET {marks} WHERE id = ?", values)
            update(connection, [own_id])

    def remove(self, *own_ids):
        with writing(self._engine) as connection:
            for own_id in own_ids:
                connection.exec_driver_sql("DELETE FROM contact_point WHERE root = ?", (own_id,))
                connection.exec_driver_sql("DELETE FROM customer WHERE id = ?", (own_id,))
            update(connection, own_ids)

    def clear(self):
        """Empty the book."""
        with writing(self._engine) as connection:
            connection.exec_driver_sql("DELETE FROM customer")
            connection.exec_driver_sql("DELETE FROM contact_point")
            rebuild(connection)

    def update(self, own_ids):
        with writing(self._engine) as connection:
            update(connection, own_ids)

    def rebuild(self, progress=None):
        with writing(self._engine) as connection:
            rebuild(connection, progress)

    @contextmanager
    def transaction(self):
        """Yield the connection of a transaction that writes."""
        with writing(self._engine) as connection:
            yield connection

    def find(self, query, limit=50):
        with writing(self._engine) as connection:
            return find(connection, query, limit)

    def names(self, query, limit=50):
        return [hit.name for hit in self.find(query, limit)]


def insert(connection, table, values):
    places = ", ".join("?" * len(values))
    sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})"
    connection.exec_driver_sql(sql, tuple(values.values()))


def open_book(path):
    """Return a book in a new replica at `path`."""
    return Book(open_engine(path, bytes(range(32)), create=True))
