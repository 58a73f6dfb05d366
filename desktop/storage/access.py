"""The access log in the replica: each entry is a record that travels, with its place in a chain.

Entry and place are written in one transaction. The link table holds no content: what an entry
says stands in its record, which may be handed on, blanked, or tampered with; its link stays.
"""

from __future__ import annotations

import sqlalchemy as sa

from crm.records import chain
from desktop.storage.chains import Chain

TOLD = "access_told"  # in OwnState: what the server has said of the chain


class AccessChain(Chain):
    """The table `access_link`."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection, "access_link", TOLD)

    def add(self, entry: str, place: int, link: bytes) -> None:
        """Append a link; `place` is the next one."""
        head = chain.next_head(self.tip().head, link)
        self._connection.exec_driver_sql(
            "INSERT INTO access_link (n, entry, commitment, head) VALUES (?, ?, ?, ?)",
            (place, entry, link, head),
        )
