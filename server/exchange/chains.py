"""The heads of laptops' chains: each is kept, and asked whether it follows on the last.

One chain is that of receipts, one that of the access log. A laptop that drops or rewrites a link
can make its chain fit itself again, but not what was stored here before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.engine import Connection

from crm.records import chain
from server.store import chains
from server.store import tables as t
from server.store.database import Database

BEGINNING = chains.Head("", 0, 0, chain.NO_HEAD.hex(), "", fits=True)


def note(
    database: Database,
    connection: Connection,
    incarnation: str,
    said: str | None,
    links: Sequence[str],
    at: str,
) -> dict[str, Any] | None:
    """Store a chain's head where it is news; return what the hello's reply says of the chain.

    `links` are the commitments that lead to the head, as many as the laptop thinks are wanted. The
    answer has `stored`, the last length and head that followed, as it was before this hello (None:
    none), and `fits`, which is None where the links do not reach back so far: nothing is stored
    then, and the laptop sends more next time. The caller holds the incarnation's lock.
    """
    return _noted(database, connection, incarnation, said, links, at, t.chain_head)


def note_access(
    database: Database,
    connection: Connection,
    incarnation: str,
    said: str | None,
    links: Sequence[str],
    at: str,
) -> dict[str, Any] | None:
    """Do the same for the chain of the access log, of which each link is kept as well.

    It is followed from its very beginning: a new incarnation, too, must bring every link.
    """
    told = _noted(database, connection, incarnation, said, links, at, t.access_head)
    if told is not None and told["fits"]:
        before = chain.read_told(told["stored"])
        first = (before[0] if before else 0) + 1
        head = chain.read_told(said)
        fresh = links[len(links) - (head[0] - first + 1) :] if head and head[0] >= first else ()
        chains.add_links(database, connection, incarnation, first, fresh)
    return told


def _noted(
    database: Database,
    connection: Connection,
    incarnation: str,
    said: str | None,
    links: Sequence[str],
    at: str,
    table: Table,
) -> dict[str, Any] | None:
    head = chain.read_told(said)
    if head is None:
        return None
    last = chains.last(connection, incarnation, table=table)
    fitting = chains.last(connection, incarnation, fitting=True, table=table)
    whole = table is t.access_head
    fits = _follows(fitting or (BEGINNING if whole else None), head, links)
    if fits is None:
        return {"stored": _told(fitting), "fits": None}
    if last is None or (last.length, last.head, last.fits) != (head[0], head[1].hex(), fits):
        place = 1 if last is None else last.place + 1
        link = chains.Head(incarnation, place, head[0], head[1].hex(), at, fits)
        chains.add(database, connection, link, table)
    return {"stored": _told(fitting), "fits": fits}


def _follows(
    last: chains.Head | None, head: tuple[int, bytes], links: Sequence[str]
) -> bool | None:
    """Tell whether a head is what the last one becomes with the last of these commitments."""
    if last is None:
        return True
    length, found = head
    missing = length - last.length
    if missing > len(links):
        return None
    if missing < 0:
        return False
    steps = [bytes.fromhex(link) for link in links[len(links) - missing :]]
    return chain.head_after(bytes.fromhex(last.head), steps) == found


def _told(last: chains.Head | None) -> str | None:
    return None if last is None else chain.told(last.length, bytes.fromhex(last.head))
