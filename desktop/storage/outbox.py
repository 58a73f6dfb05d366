"""The outbox: every edit as an operation, from the moment it is saved until it may be forgotten.

queued -> sent (has a number) -> settled (has a final outcome) -> echoed (its effect has come
back by a pull) -> dropped; or set aside, with a reason, for its author to see, until it is let go.
"""

# Column lists are constants of this module.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.seats import PROOF
from crm.records.canonical import canonical
from desktop.services.ports import Operation, OutboxLine, Result
from desktop.storage.engine import execute_many
from desktop.storage.tables import ASIDE_STATE, IN_JSON, QUEUED, SETTLED, json_list
from desktop.storage.urgent import first_groups

UNSETTLED_SQL = "state IN ('queued', 'sent', 'settled')"
# Of some records: the sign keeps SQLite from reading all that is unsettled instead.
_UNSETTLED_OF = f"+{UNSETTLED_SQL}"
# Covered: see desktop.storage.forking. What is sealed nobody here can read.
_LAID_OF = f"{_UNSETTLED_OF} AND covered IS NULL AND sealed IS NULL"
ELSEWHERE_SQL = "outcome IN ('diverted', 'quarantined')"
_WIRE = (
    "id, number, group_id, author, at, verb, record, kind, root, parent, home, stream, fields,"
    " seen, survivor"
)
_SENDING = f"{_WIRE}, CASE WHEN outcome = 'later' THEN last_copy END, sealed"

_LINE = "seq, id, record, kind, verb, at, state, outcome, version, reason, fields, facts, root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What rebasing needs of an unsettled operation."""

    record: str
    kind: str
    verb: str
    root: str
    parent: str | None
    stream: str
    fields: Mapping[str, Sequence[object]]
    version: int | None


class Outbox:
    """The table `op`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # --- saving ---

    def add(self, operation: Operation) -> None:
        """Queue one operation behind all others."""
        self._connection.exec_driver_sql(
            f"INSERT INTO op ({_WIRE}, state) VALUES ({', '.join('?' * 16)})",
            (
                operation.id,
                None,
                operation.group,
                operation.author,
                operation.at,
                operation.verb,
                operation.record,
                operation.kind,
                operation.root,
                operation.parent,
                operation.home,
                operation.stream,
                canonical({name: list(pair) for name, pair in operation.fields.items()}).decode(),
                operation.seen,
                operation.into,
                QUEUED,
            ),
        )

    # --- withdrawing ---

    def of_groups(self, groups: Collection[str]) -> list[Operation]:
        """Return the operations of these user actions, in the order of saving."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_SENDING} FROM op WHERE group_id {IN_JSON} ORDER BY seq",
            (json_list(groups),),
        )
        return [_operation(row) for row in rows]

    def left(self, groups: Collection[str]) -> set[str]:
        """Return those of `groups` of which an operation has had a number: it may be taken."""
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT group_id FROM op WHERE group_id {IN_JSON}"
            " AND (has_left IS NOT NULL OR sealed IS NOT NULL OR state <> 'queued')",
            (json_list(groups),),
        )
        return {row[0] for row in rows}

    def unsettled_since(self, groups: Collection[str]) -> list[Operation]:
        """Return what was saved with or after the first of these actions and is still laid over."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_SENDING} FROM op WHERE {UNSETTLED_SQL}"
            f" AND seq >= (SELECT min(seq) FROM op WHERE group_id {IN_JSON}) ORDER BY seq",
            (json_list(groups),),
        )
        return [_operation(row) for row in rows]

    def forget_groups(self, groups: Collection[str]) -> None:
        """Forget user actions that have never left."""
        self._connection.exec_driver_sql(
            f"DELETE FROM op WHERE group_id {IN_JSON}", (json_list(groups),)
        )

    # --- sending ---

    def unsent(self) -> int:
        """Return how many operations have no final outcome yet."""
        return int(
            self._connection.exec_driver_sql(
                "SELECT count(*) FROM op WHERE state IN ('queued', 'sent')"
            ).scalar_one()
        )

    def sent(self, *, behind: int = 0) -> list[Operation]:
        """Return the operations that have left with a number and have no outcome, in order."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_SENDING} FROM op WHERE state = 'sent' AND number > ? ORDER BY number",
            (behind,),
        )
        return [_operation(row) for row in rows]

    def queued_groups(self) -> Iterator[list[Operation]]:
        """Yield queued operations a group at a time: a customer's no first, then by seq."""
        first = first_groups(self._connection)
        if first:
            rows = self._connection.exec_driver_sql(
                f"SELECT {_SENDING} FROM op WHERE group_id {IN_JSON} AND +state = 'queued'"
                " ORDER BY seq",
                (json_list(first),),
            )
            yield from _grouped(rows)
        rows = self._connection.exec_driver_sql(
            f"SELECT {_SENDING} FROM op WHERE state = 'queued' ORDER BY seq"
        )
        yield from (group for group in _grouped(rows) if group[0].group not in first)

    def number(self, operations: Sequence[Operation], first: int) -> list[Operation]:
        """Give the operations their numbers, from `first` on (`in-order`); return them so."""
        numbered = [replace(op, number=number) for number, op in enumerate(operations, first)]
        self._many(
            "UPDATE op SET number = ?, state = 'sent', has_left = 1 WHERE id = ?",
            [(operation.number, operation.id) for operation in numbered],
        )
        return numbered

    def unnumber(self) -> None:
        """Put everything that was sent, and never taken, back into the queue."""
        self._connection.exec_driver_sql(
            "UPDATE op SET number = NULL, state = 'queued' WHERE state = 'sent'"
        )

    def forget_numbers(self, operation_ids: Collection[str]) -> None:
        """These numbers were never taken; others will have them."""
        self._connection.exec_driver_sql(
            f"UPDATE op SET number = NULL WHERE id {IN_JSON}", (json_list(operation_ids),)
        )

    def followers(self, operation_ids: Collection[str]) -> list[Operation]:
        """Return what cannot land without the operations named: all that waits and concerns a
        record which they were to create, hangs under it, or shares a unit with such (`by-root`).
        """
        known = set(operation_ids)
        found: list[Operation] = []
        while more := [op for op in self._next_followers(known) if op.id not in known]:
            known.update(op.id for op in more)
            found += more
        return found

    def _next_followers(self, operation_ids: Collection[str]) -> list[Operation]:
        rows = self._connection.exec_driver_sql(
            "WITH"
            f" gone AS (SELECT record, verb, group_id, root FROM op WHERE id {IN_JSON}),"
            " unborn AS (SELECT record FROM gone WHERE verb IN ('create', 'append'))"
            f" SELECT {_SENDING} FROM op WHERE state IN ('queued', 'sent')"
            " AND (record IN unborn OR parent IN unborn OR survivor IN unborn"
            " OR (group_id, root) IN (SELECT group_id, root FROM gone))"
            " ORDER BY seq",
            (json_list(operation_ids),),
        )
        return [_operation(row) for row in rows]

    # --- settling ---

    def requeue(self, results: Iterable[Result]) -> None:
        """Put operations back to their place in the queue; their numbers are used up (`later`)."""
        self._many(
            "UPDATE op SET number = NULL, state = 'queued', outcome = ?, reason = ? WHERE id = ?",
            [(result.outcome, result.reason, result.id) for result in results],
        )

    def keep_copies(self, fields: Mapping[str, Mapping[str, object]]) -> None:
        """Keep the fields of records ({id: fields}) beside what waits for them."""
        self._many(
            "UPDATE op SET last_copy = ? WHERE record = ? AND +state IN ('queued', 'sent')",
            [(canonical(dict(of_record)).decode(), i) for i, of_record in fields.items()],
        )

    def settle(self, results: Iterable[Result], state: str, at: str) -> None:
        """Store final outcomes."""
        self._many(
            "UPDATE op SET state = ?, outcome = ?, version = ?, reason = ?, settled_at = ?,"
            " facts = ?, last_copy = NULL"
            " WHERE id = ? AND state IN ('queued', 'sent')",
            [
                (state, r.outcome, r.version, r.reason, at, _facts_text(r.facts), r.id)
                for r in results
            ],
        )

    def keep_proofs(self, results: Iterable[Result]) -> None:
        """Let a yes that has its seat carry the confirmation, should it ever go again (`token`)."""
        self._many(
            f"UPDATE op SET fields = json_set(fields, '$.{PROOF}', json_array(NULL, ?))"
            " WHERE id = ?",  # of one that is sealed it goes beside the seal
            [(r.confirmation, r.id) for r in results if r.confirmation],
        )

    def records_of(self, operation_ids: Collection[str]) -> dict[str, str]:
        """Return {record: kind} of the operations named."""
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT record, kind FROM op WHERE id {IN_JSON}", (json_list(operation_ids),)
        )
        return {row[0]: row[1] for row in rows}

    def echo(self, versions: Iterable[tuple[str, int]]) -> None:
        """A copy of these records at these versions is here: lay older outcomes no longer over."""
        self._connection.exec_driver_sql(
            "UPDATE op SET state = 'echoed' FROM (SELECT value ->> 0 AS record,"
            " value ->> 1 AS version FROM json_each(?)) AS here"
            " WHERE op.record = here.record AND +op.state = 'settled'"
            " AND op.version <= here.version",
            (orjson.dumps(list(versions)).decode(),),
        )

    def settled_by(self, records: Collection[str], versions: Mapping[str, int]) -> dict[str, int]:
        """Return {record: version} of those of `records` of which something settled, and still
        laid over, is part of the copy that is here."""
        rows = self._connection.exec_driver_sql(
            "SELECT record, min(version) FROM op"
            f" WHERE record {IN_JSON} AND +state = 'settled' GROUP BY record",
            (json_list(records),),
        )
        return {
            record: versions[record]
            for record, first in rows
            if record in versions and first is not None and first <= versions[record]
        }

    def settled_records(self) -> dict[str, str]:
        """Return {record: kind} of settled operations that are still laid over."""
        rows = self._connection.exec_driver_sql(
            "SELECT DISTINCT record, kind FROM op WHERE state = 'settled'"
        )
        return {row[0]: row[1] for row in rows}

    def echo_all(self) -> None:
        """A complete pull has ended: nothing settled is laid over any longer."""
        self._connection.exec_driver_sql("UPDATE op SET state = 'echoed' WHERE state = 'settled'")

    def release(self, safe: int, settled_before: str) -> None:
        """Forget echoed operations that a restorable backup holds, or that are old (`retain`).

        Those that went elsewhere stay their time: their author is to see them listed.
        """
        self._connection.exec_driver_sql(
            "DELETE FROM op WHERE state = 'echoed' AND (settled_at < ? OR"
            f" number <= ? AND NOT {ELSEWHERE_SQL})",
            (settled_before, safe),
        )

    # --- sealing ---

    def roots_among(self, records: Collection[str]) -> set[str]:
        """Return those of `records` that are roots of operations in clear."""
        return self._roots(f"root {IN_JSON}", json_list(records))

    def roots_in(self, stream: str, tables: Iterable[str]) -> set[str]:
        """Return the roots of operations in clear on a stream, or on what `tables` hold of it."""
        found = self._roots("stream = ?", stream)
        for table in tables:
            key = "record" if table == "shadow" else "id"
            lying = f'SELECT {key} FROM "{table}" WHERE stream = ?'
            found |= self._roots(f"record IN ({lying})", stream)
        return found

    def roots_in_clear(self, records: Collection[str]) -> set[str]:
        """Return the roots of operations in clear on these records."""
        return self._roots(f"record {IN_JSON}", json_list(records))

    def _roots(self, where: str, value: str) -> set[str]:
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT root FROM op WHERE sealed IS NULL AND {where}", (value,)
        )
        return {row[0] for row in rows}

    def roots_of(self, records: Collection[str]) -> set[tuple[str, str]]:
        """Return (root, stream) of the operations in clear on these records."""
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT root, stream FROM op WHERE sealed IS NULL AND record {IN_JSON}",
            (json_list(records),),
        )
        return {(row[0], row[1]) for row in rows}

    def records_under(self, roots: Collection[str]) -> dict[str, str]:
        """Return {record: kind} of all operations under these roots."""
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT record, kind FROM op WHERE root {IN_JSON}", (json_list(roots),)
        )
        return {row[0]: row[1] for row in rows}

    def kinds_of(self, records: Collection[str]) -> dict[str, str]:
        """Return {record: kind} of the operations on these records."""
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT record, kind FROM op WHERE record {IN_JSON}", (json_list(records),)
        )
        return {row[0]: row[1] for row in rows}

    def seal(self, records: Collection[str], seal_key: str) -> int:
        """Seal the content of every operation on these records; return of how many (`seal`)."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_SENDING} FROM op WHERE sealed IS NULL AND record {IN_JSON}",
            (json_list(records),),
        )
        sealed = [(_sealed(_operation(row), seal_key), row[0]) for row in rows]
        self._many(
            "UPDATE op SET sealed = ?, fields = '{}', seen = NULL, survivor = NULL,"
            " last_copy = NULL WHERE id = ?",
            sealed,
        )
        return len(sealed)

    # --- reading ---

    def deleted(self) -> set[str]:
        """Return the records that the person has deleted here, as far as it is retained."""
        rows = self._connection.exec_driver_sql("SELECT record FROM op WHERE verb = 'delete'")
        return {row[0] for row in rows}

    def any_unsettled(self) -> bool:
        found = self._connection.exec_driver_sql(f"SELECT 1 FROM op WHERE {UNSETTLED_SQL} LIMIT 1")
        return found.first() is not None

    def unsettled(self, records: Collection[str]) -> dict[str, list[Laid]]:
        """Return the operations to lay over each of `records`, in the order of saving."""
        rows = self._connection.exec_driver_sql(
            "SELECT record, kind, verb, root, parent, stream, fields, version FROM op"
            f" WHERE record {IN_JSON} AND {_LAID_OF} ORDER BY seq",
            (json_list(records),),
        )
        found: dict[str, list[Laid]] = {}
        for record, kind, verb, root, parent, stream, fields, version in rows:
            laid = Laid(
                record=record,
                kind=kind,
                verb=verb,
                root=root,
                parent=parent,
                stream=stream,
                fields=orjson.loads(fields),
                version=version,
            )
            found.setdefault(record, []).append(laid)
        return found

    def dirty(self, records: Collection[str]) -> set[str]:
        """Return those of `records` that have unsettled operations."""
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT record FROM op WHERE record {IN_JSON} AND {_UNSETTLED_OF}",
            (json_list(records),),
        )
        return {row[0] for row in rows}

    def places(self, records: Collection[str]) -> list[tuple[str, str, str]]:
        """Return (kind, record, root) of those of `records` that the outbox names."""
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT kind, record, root FROM op WHERE record {IN_JSON}",
            (json_list(records),),
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def own_versions(self, records: Collection[str]) -> dict[str, list[int]]:
        """Return the versions that this laptop's own operations gave each record."""
        rows = self._connection.exec_driver_sql(
            f"SELECT record, version FROM op WHERE record {IN_JSON}"
            " AND outcome = 'applied' AND version IS NOT NULL",
            (json_list(records),),
        )
        found: dict[str, list[int]] = {}
        for record, version in rows:
            found.setdefault(record, []).append(version)
        return found

    def lines(self, record: str | None) -> tuple[OutboxLine, ...]:
        """Return operations as a list shows them; of one record, or all."""
        where = "" if record is None else " WHERE record = ?"
        rows = self._connection.exec_driver_sql(
            f"SELECT {_LINE} FROM op{where} ORDER BY seq", () if record is None else (record,)
        )
        return tuple(_line(row) for row in rows)

    def lines_of(self, records: Collection[str]) -> tuple[OutboxLine, ...]:
        """Return the operations of these records as a list shows them."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_LINE} FROM op WHERE record {IN_JSON} ORDER BY seq", (json_list(records),)
        )
        return tuple(_line(row) for row in rows)

    def own_changes(self, records: Collection[str]) -> dict[str, list[tuple[int, set[str]]]]:
        """Return {record: [(version, names of fields)]} of what was applied of ours."""
        rows = self._connection.exec_driver_sql(
            f"SELECT record, version, fields FROM op WHERE record {IN_JSON}"
            " AND outcome IN ('applied', 'nothing') AND version IS NOT NULL",
            (json_list(records),),
        )
        found: dict[str, list[tuple[int, set[str]]]] = {}
        for record, version, fields in rows:
            found.setdefault(record, []).append((version, set(orjson.loads(fields))))
        return found

    def elsewhere(self) -> tuple[OutboxLine, ...]:
        """Return what ended diverted or quarantined and is retained, newest first."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_LINE} FROM op WHERE {ELSEWHERE_SQL} ORDER BY seq DESC"
        )
        return tuple(_line(row) for row in rows)

    def states(self, records: Collection[str]) -> dict[str, dict[str, int]]:
        """Return {record: {state: count}}, echoed operations left out."""
        rows = self._connection.exec_driver_sql(
            f"SELECT record, state, count(*) FROM op WHERE record {IN_JSON}"
            " AND state NOT IN ('echoed', 'let_go') GROUP BY record, state",
            (json_list(records),),
        )
        found: dict[str, dict[str, int]] = {}
        for record, state, count in rows:
            found.setdefault(record, {})[state] = count
        return found

    def refused(self) -> tuple[OutboxLine, ...]:
        """Return what was set aside, in the order of saving."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_LINE} FROM op WHERE state = 'aside' ORDER BY seq"
        )
        return tuple(_line(row) for row in rows)

    def let_go(self, operation_id: str, at: str) -> bool:
        """Put an operation that was set aside out of sight; False when there is none such."""
        done = self._connection.exec_driver_sql(
            "UPDATE op SET state = 'let_go', settled_at = ? WHERE id = ? AND state = 'aside'",
            (at, operation_id),
        )
        return done.rowcount > 0

    def take_back(self, operation_id: str) -> bool:
        """Set aside again what was let go; False when there is none such."""
        done = self._connection.exec_driver_sql(
            "UPDATE op SET state = 'aside' WHERE id = ? AND state = 'let_go'", (operation_id,)
        )
        return done.rowcount > 0

    def drop_let_go(self, before: str) -> None:
        """Forget what was let go before a moment."""
        self._connection.exec_driver_sql(
            "DELETE FROM op WHERE state = 'let_go' AND settled_at < ?", (before,)
        )

    def _many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        execute_many(self._connection, statement, rows)


STATE_OF_OUTCOME = {  # what becomes of an operation once its outcome is known
    "applied": SETTLED,
    "nothing": SETTLED,
    "conflict": SETTLED,
    "diverted": SETTLED,
    "quarantined": SETTLED,
    "refused": ASIDE_STATE,
    "later": QUEUED,
}


def _grouped(rows: Iterable[Sequence[Any]]) -> Iterator[list[Operation]]:
    for _, members in groupby(map(_operation, rows), key=lambda op: op.group):
        yield list(members)


def _operation(row: Sequence[Any]) -> Operation:
    return Operation(
        id=row[0],
        number=row[1] or 0,
        group=row[2],
        author=row[3],
        at=row[4],
        verb=row[5],
        record=row[6],
        kind=row[7],
        root=row[8],
        parent=row[9],
        home=row[10],
        stream=row[11],
        fields=orjson.loads(row[12]),
        seen=row[13],
        into=row[14],
        copy=orjson.loads(row[15]) if row[15] else None,
        sealed=row[16],
    )


def _sealed(operation: Operation, seal_key: str) -> str:
    from crm.records.sealing import CONTENT, HEADER, seal  # late: its library loads slowly

    header = {name: getattr(operation, name) for name in HEADER}
    return seal(seal_key, header, {name: getattr(operation, name) for name in CONTENT})


def _line(row: Sequence[Any]) -> OutboxLine:
    return OutboxLine(
        seq=row[0],
        id=row[1],
        record=row[2],
        kind=row[3],
        verb=row[4],
        at=row[5],
        state=row[6],
        outcome=row[7],
        version=row[8],
        reason=row[9],
        fields=orjson.loads(row[10]),
        facts=orjson.loads(row[11] or "{}"),
        root=row[12],
    )


def _facts_text(facts: Mapping[str, object] | None) -> str | None:
    return canonical(dict(facts)).decode() if facts else None


def wire_bytes(operation: Operation) -> int:
    """Return about how many bytes an operation takes in a page."""
    sealed = len(operation.sealed or "")
    return 600 + sealed + len(orjson.dumps([operation.fields, operation.copy]))
