"""What a hello says of the laptop's two chains, and what its signed reply says back.

One chain is that of receipts, the other that of the access log. The server keeps each head it is
told. So that it can see that a new one follows on the last, the commitments between the two go
along; so that we see the same, it says which one it holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.errors import ServerUnreachable
from crm.records import chain
from desktop.services.ports import Chain, ChainTold, SyncTransaction
from desktop.sync.wellformed import flag, mapping

NAMES = ("chain", "access")  # of the reply's members; the hello has <name>_head, <name>_links


def said(tx: SyncTransaction) -> dict[str, object]:
    """Return the members of a hello."""
    members: dict[str, object] = {}
    for name, held in _chains(tx).items():
        members |= _said(name, held)
    return members


def heed(tx: SyncTransaction, reply: Mapping[str, object], message: Mapping[str, object]) -> None:
    """Keep what the server says of our chains. Raises: ServerUnreachable `sync.protocol`."""
    for name, held in _chains(tx).items():
        sent = chain.read_told(message.get(f"{name}_head"))
        if sent is not None and reply.get(name) is not None:  # an older server says nothing
            believed = _believed(held, sent, mapping(reply[name], name), name)
            if believed is not None:
                held.tell(believed)


def _chains(tx: SyncTransaction) -> dict[str, Chain]:
    return dict(zip(NAMES, (tx.receipt_chain, tx.access_chain), strict=True))


def _said(name: str, held: Chain) -> dict[str, object]:
    """Return a chain's members; no head where nothing is in it yet.

    After a very long time away the head is that of as many links as one hello may prove.
    """
    tip, told = held.tip(), held.told()
    if tip.length == 0 and told is None:
        return {f"{name}_head": None}
    known = 0 if told is None else told.length
    length = min(tip.length, known + chain.MOST_LINKS)
    head = held.head_at(length) or tip.head
    return {
        f"{name}_head": chain.told(length, head),
        f"{name}_links": [link.hex() for link in held.links_after(known)],
    }


def _believed(
    held: Chain, sent: tuple[int, bytes], told: Mapping[str, object], name: str
) -> ChainTold | None:
    """Return up to where the server holds our chain, and whether it fits; None: not known yet."""
    fits = None if told.get("fits") is None else flag(told["fits"], f"{name}.fits")
    if told.get("stored") is None:
        return None if fits is None else ChainTold(*sent, fits=fits)
    stored = chain.read_told(told["stored"])
    if stored is None:
        raise ServerUnreachable("sync.protocol", place=f"{name}.stored")
    if fits is False or held.head_at(stored[0]) != stored[1]:
        return ChainTold(*stored, fits=False)
    return ChainTold(*(sent if fits else stored), fits=True)
