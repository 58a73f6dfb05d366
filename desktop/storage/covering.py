"""Operations that wait again after a fork, and whether they are laid over what the server sent.

`covered`: the operation has come back before, so its effect is in the server layer already, and
whatever was written on top of it. Laid over again it would show an old value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import orjson
import sqlalchemy as sa

from desktop.storage.tables import IN_JSON, json_list


def uncover(connection: sa.Connection, versions: Iterable[tuple[str, int]]) -> None:
    """The server has these records at these versions: what it lacks is laid over again."""
    connection.exec_driver_sql(
        "UPDATE op SET covered = NULL FROM (SELECT value ->> 0 AS record,"
        " value ->> 1 AS version FROM json_each(?)) AS here"
        " WHERE op.record = here.record AND op.covered = 1 AND op.was > here.version",
        (orjson.dumps(list(versions)).decode(),),
    )


def uncover_all(connection: sa.Connection, records: Collection[str]) -> None:
    """The server has these records no longer: what was applied to them waits again."""
    connection.exec_driver_sql(
        "UPDATE op SET covered = NULL WHERE covered = 1 AND was IS NOT NULL"  # noqa: S608
        f" AND record {IN_JSON}",
        (json_list(records),),
    )
