"""The replica's tables as its first version made them. Frozen: later changes are migrations.

A test compares what these and the migrations make with what the kinds say today.
"""

from __future__ import annotations

DDL = (
    """
    CREATE TABLE branch (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, name TEXT, address TEXT, postcode TEXT,
        phone TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE staff (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, name TEXT, login TEXT, role TEXT,
        phone TEXT, left_on TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE customer (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, name TEXT, honorific TEXT, gender TEXT,
        birth_date TEXT, id_type TEXT, id_number TEXT, phone TEXT, email TEXT, address TEXT,
        village TEXT, postcode TEXT, occupation TEXT, employer TEXT, tier TEXT,
        preferred_channel TEXT, language TEXT, likes TEXT, needs TEXT, since TEXT,
        next_contact_on TEXT, note TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE account (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, number TEXT, type TEXT, currency TEXT,
        balance_minor INTEGER, rate_bp INTEGER, opened_on TEXT, matures_on TEXT, closed_on TEXT,
        _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE contact_point (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, type TEXT, value TEXT, postcode TEXT,
        preferred INTEGER, note TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE household (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, name TEXT, address TEXT, note TEXT,
        _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE tag (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, label TEXT, _aside TEXT, PRIMARY KEY (n),
        UNIQUE (id)
    )
    """,
    """
    CREATE TABLE task (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, title TEXT, due_on TEXT, state TEXT,
        visit TEXT, note TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE visit (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, state TEXT, "on" TEXT, place TEXT,
        channel TEXT, summary TEXT, needs TEXT, next_step TEXT, next_on TEXT, recorded_at TEXT,
        _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE household_member (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, relation TEXT, customer TEXT, name TEXT,
        birth_date TEXT, note TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE duplicate_link (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, basis TEXT, other TEXT, other_manager TEXT,
        state TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE "conflict" (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, record TEXT, record_kind TEXT, verb TEXT,
        field TEXT, base TEXT, mine TEXT, theirs TEXT, mine_author TEXT, mine_at TEXT, mine_op TEXT,
        mine_device TEXT, theirs_author TEXT, theirs_at TEXT, theirs_op TEXT, state TEXT,
        settled_by TEXT, _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE inbox_item (
        n INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT, root TEXT NOT NULL, stream TEXT NOT NULL,
        version INTEGER NOT NULL, hash BLOB, extra TEXT, record TEXT, record_kind TEXT, verb TEXT,
        changes TEXT, author TEXT, made_at TEXT, operation TEXT, state TEXT, _aside TEXT,
        PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE raw_record (
        n INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT, root TEXT NOT NULL,
        stream TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB, fields TEXT NOT NULL,
        _aside TEXT, PRIMARY KEY (n), UNIQUE (id)
    )
    """,
    """
    CREATE TABLE shadow (
        record TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT, root TEXT NOT NULL,
        stream TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB, fields TEXT, aside TEXT,
        PRIMARY KEY (record)
    )
    """,
    """
    CREATE TABLE op (
        seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, number INTEGER,
        group_id TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL, verb TEXT NOT NULL,
        record TEXT NOT NULL, kind TEXT NOT NULL, root TEXT NOT NULL, parent TEXT, home TEXT,
        fields TEXT NOT NULL, seen TEXT, survivor TEXT, stream TEXT NOT NULL, state TEXT NOT NULL,
        outcome TEXT, version INTEGER, reason TEXT, settled_at TEXT, UNIQUE (id)
    )
    """,
    "CREATE INDEX ix_op_record ON op (record, seq)",
    "CREATE INDEX ix_op_state ON op (state, seq)",
    """
    CREATE TABLE cursor (
        stream TEXT NOT NULL, number INTEGER NOT NULL, scan TEXT, base INTEGER,
        baselining INTEGER NOT NULL, live INTEGER NOT NULL, digest TEXT NOT NULL,
        writable INTEGER NOT NULL, PRIMARY KEY (stream)
    )
    """,
    """
    CREATE TABLE self (
        name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE receipt (
        seq INTEGER NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL, counts TEXT NOT NULL,
        heads TEXT NOT NULL, PRIMARY KEY (seq)
    )
    """,
)
