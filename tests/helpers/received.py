"""What a laptop has received: records as the server's pages bring them, without a server."""

from __future__ import annotations

from desktop.services.ports import Granted, Page

HOME = "portfolio:manager"


def from_server(laptop, *entries, stream=None, first=True):
    """Bring these entries ([number, id, kind, version, parent, root, fields, key]) into `stream`,
    the portfolio of whoever works there if none is named.

    `first`: as the first load of the stream; otherwise as what its log has brought since.
    """
    stream = stream or f"portfolio:{laptop.user}"
    with laptop.replica.transaction() as tx:
        if first:
            tx.grant({stream: Granted(head=1, live=0, digest=0, floor=0, write=True)})
            tx.start_scan(stream)
        number = None if first else tx.streams()[stream].number
        tx.apply(
            Page(
                stream=stream,
                after=number,
                scan="" if first else None,
                entries=sorted(entries, key=lambda e: laptop.schema.rank(e[2])),
                next="end" if first else number + 1,
                more=False,
                head=1 if first else number + 1,
                live=0,
                digest=0,
            )
        )
