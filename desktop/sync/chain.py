"""What a hello says of the chain of receipts, and what its signed reply says back.

The server keeps each head it is told. So that it can see that a new one follows on the last, the
commitments between the two go along; so that we see the same, it says which one it holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.errors import ServerUnreachable
from crm.records import chain
from desktop.services.ports import ChainTold, SyncTransaction
from desktop.sync.wellformed import flag, mapping


def said(tx: SyncTransaction) -> dict[str, object]:
    """Return the members of a hello; no head where there is no receipt yet.

    After a very long time away the head is that of as many receipts as one hello may prove.
    """
    tip, told = tx.chain_tip(), tx.chain_told()
    if tip.length == 0 and told is None:
        return {"chain_head": None}
    known = 0 if told is None else told.length
    length = min(tip.length, known + chain.MOST_LINKS)
    head = tx.chain_head_at(length) or tip.head
    return {
        "chain_head": chain.told(length, head),
        "chain_links": [link.hex() for link in tx.chain_links(known)],
    }


def heed(tx: SyncTransaction, reply: Mapping[str, object], message: Mapping[str, object]) -> None:
    """Keep what the server says of our chain. Raises: ServerUnreachable `sync.protocol`."""
    sent = chain.read_told(message.get("chain_head"))
    if sent is None or reply.get("chain") is None:
        return  # nothing was asked, or an older server
    told = mapping(reply["chain"], "chain")
    fits = None if told.get("fits") is None else flag(told["fits"], "chain.fits")
    tx.tell_chain(_believed(tx, sent, told.get("stored"), fits))


def _believed(
    tx: SyncTransaction, sent: tuple[int, bytes], stored: object, fits: bool | None
) -> ChainTold:
    """Return what is known now: up to where the server holds our chain, and whether it fits."""
    if stored is None:
        return ChainTold(*sent, fits=True)
    held = chain.read_told(stored)
    if held is None:
        raise ServerUnreachable("sync.protocol", place="chain.stored")
    if fits is False or tx.chain_head_at(held[0]) != held[1]:
        return ChainTold(*held, fits=False)
    return ChainTold(*(sent if fits else held), fits=True)
