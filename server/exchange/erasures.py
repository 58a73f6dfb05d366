"""Who was erased, and which laptops have not confirmed yet that they hold nothing of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from server.exchange.accept import Exchange
from server.store import erasing as store
from server.store import people, statements
from server.store.erasing import Erasure
from server.store.people import Device
from server.store.statements import DESTROYED, HANDED_IN

FOR_EVER = "9"  # after every moment
ALL_GONE = (DESTROYED, HANDED_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """A computer that may have held the customer.

    `state`: confirmed (its signed statement is here, or that everything on it is gone); told (a
    lost one was told to destroy everything, and has not said that it did); waiting (it has not
    called since); silent (it has called since and stated nothing: it may never have held it).
    """

    login: str
    device: str
    enrolment: str
    seen_at: str | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One decision and its laptops."""

    root: str
    act: str
    at: str
    reason: str
    until: str | None
    records: int
    laptops: tuple[Laptop, ...]

    @property
    def open(self) -> int:
        """How many laptops have not confirmed."""
        return sum(laptop.state != "confirmed" for laptop in self.laptops)


def status(exchange: Exchange) -> list[Status]:
    """Return every decision, the oldest first, with the laptops that it concerns."""
    with exchange.database.snapshot() as connection:
        devices = people.devices(connection)
        gone = _gone(connection, devices)
        made = store.decided(connection).values()
        return [_status(connection, one, devices, gone) for one in made]


def _gone(connection: Connection, devices: list[Device]) -> set[str]:
    """Return the enrolments of which the computer has stated that everything on it is gone."""
    told = statements.of_devices(connection, [d.enrolment for d in devices])
    said = {e for e, kept in told.items() if any(one.what in ALL_GONE for one in kept)}
    return said | {d.enrolment for d in devices if d.ended_at and d.state == "retired"}


def _status(
    connection: Connection, one: Erasure, devices: list[Device], gone: Collection[str]
) -> Status:
    needed = _last_held(connection, one.lived)
    computers = _computers(devices)
    stated: dict[str, str] = {}  # by the enrolment that stands for the computer now
    for enrolment, at in store.statements(connection, one.root):
        now = computers[enrolment].enrolment
        stated[now] = max(at, stated.get(now, ""))
    concerned = [
        d
        for d in {d.enrolment: d for d in computers.values()}.values()
        if d.person in needed and _since(d, computers, devices) < needed[d.person] and d.seen_at
    ]
    return Status(
        root=one.root,
        act=one.act,
        at=one.at,
        reason=one.reason,
        until=one.until,
        records=one.records,
        laptops=tuple(
            Laptop(
                login=d.login,
                device=d.device,
                enrolment=d.enrolment,
                seen_at=d.seen_at,
                state=_state(d, stated.get(d.enrolment, ""), needed[d.person], gone),
            )
            for d in sorted(concerned, key=lambda d: (d.login, d.enrolment))
        ),
    )


def _computers(devices: list[Device]) -> dict[str, Device]:
    """Return {enrolment: the newest one of the same computer}: a recovery goes on as another."""
    after = {d.replaces: d for d in devices if d.replaces}
    found: dict[str, Device] = {}
    for device in devices:
        newest = device
        while newest.enrolment in after:
            newest = after[newest.enrolment]
        found[device.enrolment] = newest
    return found


def _since(device: Device, computers: Mapping[str, Device], devices: list[Device]) -> str:
    """Return since when a computer has had any enrolment."""
    return min(d.at for d in devices if computers[d.enrolment] is device)


def _state(device: Device, stated: str, needed: str, gone: Collection[str]) -> str:
    if stated >= needed or device.enrolment in gone:
        return "confirmed"
    if device.ended_at:
        return "told"
    return "silent" if (device.seen_at or "") >= needed else "waiting"


def _last_held(connection: Connection, lived: Mapping[str, str]) -> dict[str, str]:
    """Return {person: until when a computer of theirs may have been sent the customer}."""
    found: dict[str, str] = {}
    for person, stream, since, until in store.grants_on(connection, lived):
        last = min(until or FOR_EVER, lived[stream])
        if since <= last:
            found[person] = max(last, found.get(person, ""))
    return found
