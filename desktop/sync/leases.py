"""The part of hello that is about seats: which to hold, and which are held.

The whole reply is signed; tokens in it are carried as they are and read by the server alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.domain.errors import Refused
from crm.domain.instants import parse_instant
from desktop.services.ports import Lease, SyncTransaction
from desktop.sync.wellformed import id_text, mapping, text, wrong

MOST = 2_000  # leases in one reply
SLOT_MOST, TOKEN_MOST = 40, 4096  # characters


def leases_wanted(tx: SyncTransaction) -> list[dict[str, object]]:
    """Return what a hello asks for."""
    return [{"activity": name, "slots": slots} for name, slots in tx.leases_wanted().items()]


def leases_of(reply: Mapping[str, Any]) -> tuple[Lease, ...]:
    """Return the leases that a reply tells. Raises: ServerUnreachable `sync.protocol`."""
    return tuple(_lease(mapping(told, "leases")) for told in _list(reply.get("leases") or []))


def hold_leases(tx: SyncTransaction, asked: Mapping[str, object], leases: Sequence[Lease]) -> None:
    """Hold what was told of the activities that were asked for."""
    wanted = [str(wish["activity"]) for wish in _list(asked["leases_wanted"])]
    if wanted:
        tx.put_leases(wanted, [one for one in leases if one.activity in wanted])


def _lease(told: Mapping[str, Any]) -> Lease:
    return Lease(
        id=id_text(told.get("id"), "lease.id"),
        activity=id_text(told.get("activity"), "lease.activity"),
        slots=[text(slot, "lease.slots", SLOT_MOST) for slot in _list(told.get("slots"))],
        until=_moment(told.get("until")),
        token=text(told.get("token"), "lease.token", TOKEN_MOST),
    )


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST:
        wrong("leases")
    return value


def _moment(value: object) -> str:
    said = text(value, "lease.until", 40)
    try:
        parse_instant(said)
    except Refused:
        wrong("lease.until")
    return said
