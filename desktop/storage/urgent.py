"""What leaves first: a customer's no, with the operations that it cannot land without.

A refusal or a withdrawal is not to wait behind a day's other edits on a line that may break
(`no-first`). It takes along what it hangs on, as far as that is still queued here: the creation
of its customer, and earlier edits of whatever else lies in one of these groups. Order within
what goes first is that of saving, so no edit overtakes another one of the same record.
"""

# Column lists are constants of this module.
# ruff: noqa: S608

from __future__ import annotations

import sqlalchemy as sa

from desktop.storage.tables import IN_JSON, json_list

# As said in the index: SQLite then reads the queued statements alone, however long the queue.
QUEUED_CONSENTS = "state = 'queued' AND kind = 'consent'"
INDEX = f"CREATE INDEX ix_op_consent ON op (kind, state, seq) WHERE {QUEUED_CONSENTS}"
NOES = (
    f"SELECT DISTINCT group_id FROM op WHERE {QUEUED_CONSENTS}"
    " AND fields ->> '$.decision[1]' IN ('refused', 'withdrawn')"
)
_BELOW = f"""
    WITH going AS MATERIALIZED (
        SELECT seq, record, parent, survivor FROM op
        WHERE group_id {IN_JSON} AND +state = 'queued'
    )
    SELECT DISTINCT o.group_id FROM going g JOIN op o ON o.record = g.record AND o.seq < g.seq
    WHERE +o.state = 'queued'
    UNION
    SELECT DISTINCT o.group_id FROM going g JOIN op o ON o.record IN (g.parent, g.survivor)
    WHERE +o.state = 'queued' AND o.verb IN ('create', 'append')
"""


def first_groups(connection: sa.Connection) -> set[str]:
    """Return the queued groups that leave before all others."""
    found = {row[0] for row in connection.exec_driver_sql(NOES)}
    fresh = found
    while fresh:
        below = {row[0] for row in connection.exec_driver_sql(_BELOW, (json_list(fresh),))}
        fresh = below - found
        found = found | fresh
    return found
