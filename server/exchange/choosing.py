"""Which customers a hand-over is about: named, found by their fields, all that somebody keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from crm.domain.errors import NotFound, Refused
from crm.domain.kind import Value
from server.exchange.accept import Exchange
from server.exchange.twins import ARCHIVE
from server.store import records as store
from server.store.records import StoredRecord

CUSTOMER = "customer"
Conditions = Mapping[str, Value | None]  # field: the value it must have; None: it is empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Roots by the stream where they lie. `there` and `elsewhere` are left alone."""

    roots: dict[str, tuple[str, ...]] = field(default_factory=dict)
    there: tuple[str, ...] = ()  # with the new manager already
    elsewhere: tuple[str, ...] = ()  # not with the old manager that was named
    customers: int = 0  # living ones among `roots`
    graves: bool = False


def named(
    exchange: Exchange, ids: Sequence[str], to_stream: str, from_stream: str | None = None
) -> Chosen:
    """Choose customers by id. Raises: NotFound `customers.unknown` with the first few."""
    with exchange.database.snapshot() as connection:
        held = store.load(connection, ids)
    unknown = [i for i in ids if i not in held or not _is_customer(held[i])]
    if unknown:
        raise NotFound("customers.unknown", count=len(unknown), first=unknown[0][:40])
    if any(held[i].stream.startswith(ARCHIVE) for i in ids):
        raise Refused("customer.restricted", until="-")
    return _chosen([held[i] for i in dict.fromkeys(ids)], to_stream, from_stream)


def _is_customer(record: StoredRecord) -> bool:
    return record.kind == CUSTOMER and not record.dead


def found(
    exchange: Exchange, wanted: Conditions, to_stream: str, from_stream: str | None = None
) -> Chosen:
    """Choose the customers whose fields are as `wanted`, of one portfolio or of all."""
    with exchange.database.snapshot() as connection:
        streams = [from_stream] if from_stream else None
        customers = store.of_kind(connection, CUSTOMER, streams)
    free = (c for c in customers if not c.stream.startswith(ARCHIVE))
    return _chosen([c for c in free if _fits(c, wanted)], to_stream, from_stream)


def _fits(customer: StoredRecord, wanted: Conditions) -> bool:
    return all(customer.fields.get(name) == value for name, value in wanted.items())


def everything(exchange: Exchange, from_stream: str) -> Chosen:
    """Choose all that lies in a portfolio: customers, graves, tasks and notes of their own."""
    with exchange.database.snapshot() as connection:
        found = store.roots_of(connection, from_stream)
    ids = tuple(record_id for record_id, _, _ in found)
    living = sum(kind == CUSTOMER and not dead for _, kind, dead in found)
    return Chosen(roots={from_stream: ids} if ids else {}, customers=living, graves=True)


def _chosen(customers: Collection[StoredRecord], to_stream: str, from_stream: str | None) -> Chosen:
    roots: dict[str, list[str]] = {}
    for customer in customers:
        roots.setdefault(customer.stream, []).append(customer.id)
    there = roots.pop(to_stream, [])
    strays = [stream for stream in roots if from_stream not in (None, stream)]
    elsewhere = [i for stream in strays for i in roots.pop(stream)]
    return Chosen(
        roots={stream: tuple(roots[stream]) for stream in sorted(roots)},
        customers=sum(map(len, roots.values())),
        there=tuple(there),
        elsewhere=tuple(elsewhere),
    )
