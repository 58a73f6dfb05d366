"""What stands in the way of a hand-over: computers whose edits may not be here yet.

A customer that moves takes along what the server knows. An edit that is still on a laptop of the
old manager, or of a deputy, comes to the new manager's inbox later: not lost, but late.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from crm.domain.instants import instant_text, parse_instant
from server.exchange.accept import Exchange
from server.store import people
from server.store.people import Device

Pause = Callable[[], bool]  # waits a moment; says whether to look again
DAYS = 7  # a computer that was silent for longer may hold edits that nobody knows of


@dataclass(frozen=True, slots=True)
class Unsynced:
    """A computer to wait for. `why`: unsent (it said so), silent (for too long, or always)."""

    login: str
    device: str
    enrolment: str
    unsent: int
    seen_at: str | None
    why: str


def unsynced(exchange: Exchange, streams: Collection[str], since: str) -> list[Unsynced]:
    """Return the computers, of whoever may write in `streams` now, to wait for.

    These are active ones with edits that they said are unsent, or not seen since `since`.
    """
    with exchange.database.snapshot() as connection:
        now = exchange.now()
        writers = {p.id for s in streams for p in people.writers_at(connection, s, now)}
        devices = people.devices(connection)
    held = [d for d in devices if d.state == "active" and d.person in writers]
    held.sort(key=lambda d: (d.login, d.enrolment))
    return [_told(device, since) for device in held if _is_open(device, since)]


def _is_open(device: Device, since: str) -> bool:
    return device.unsent > 0 or (device.seen_at or "") < since


def _told(device: Device, since: str) -> Unsynced:
    silent = (device.seen_at or "") < since
    return Unsynced(
        login=device.login,
        device=device.device,
        enrolment=device.enrolment,
        unsent=device.unsent,
        seen_at=device.seen_at,
        why="silent" if silent else "unsent",
    )


def days_ago(exchange: Exchange, days: int) -> str:
    """Return the moment `days` before now."""
    return instant_text(parse_instant(exchange.now()) - timedelta(days=days))


def wait(
    look: Callable[[], list[Unsynced]],
    tell: Callable[[list[Unsynced]], None],
    pause: Pause,
) -> list[Unsynced]:
    """Look again and again until nobody has to be waited for, or `pause` says to give up.

    Returns those still waited for; `tell` is called whenever they change.
    """
    told: list[Unsynced] | None = None
    while waiting := look():
        if waiting != told:
            tell(waiting)
            told = waiting
        if not pause():
            break
    return waiting
