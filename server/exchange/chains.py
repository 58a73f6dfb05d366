"""The heads of laptops' receipt chains: each is kept, and asked whether it follows on the last.

A laptop that drops or rewrites a receipt can make its chain fit itself again, but not what was
stored here before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection

from crm.records import chain
from server.store import chains as store
from server.store.database import Database


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
    head = chain.read_told(said)
    if head is None:
        return None
    last = store.last(connection, incarnation)
    fitting = store.last(connection, incarnation, fitting=True)
    fits = _follows(fitting, head, links)
    if fits is None:
        return {"stored": _told(fitting), "fits": None}
    if last is None or (last.length, last.head, last.fits) != (head[0], head[1].hex(), fits):
        place = 1 if last is None else last.place + 1
        link = store.Head(incarnation, place, head[0], head[1].hex(), at, fits)
        store.add(database, connection, link)
    return {"stored": _told(fitting), "fits": fits}


def _follows(last: store.Head | None, head: tuple[int, bytes], links: Sequence[str]) -> bool | None:
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


def _told(last: store.Head | None) -> str | None:
    return None if last is None else chain.told(last.length, bytes.fromhex(last.head))
