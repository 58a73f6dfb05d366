"""Declaring devices lost or retired so that no restored dump can take it back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Connection

from server.exchange.accept import Exchange
from server.exchange.failpoints import failpoint
from server.store import outside, people
from server.store.database import Database
from server.store.outside import Revoked


def revoke(exchange: Exchange, folder: Path, enrolment: str, state: str) -> bool:
    """Declare a device `lost` or `retired`; tell whether there is such a device.

    The list outside the database comes first: what stands there is carried out at the next start.
    """
    with exchange.database.snapshot() as connection:
        held = people.enrolment(connection, enrolment)
    if held is None:
        return False
    outside.note_revoked(
        folder,
        Revoked(
            enrolment=enrolment,
            person=held["person"],
            token=held["token"],
            state=state,
            at=exchange.now(),
        ),
    )
    failpoint("revoked.noted")
    with exchange.database.writing() as connection:
        return people.revoke(connection, enrolment, state)


def carry_out(database: Database, connection: Connection, folder: Path) -> int:
    """Make the database know all that the list outside knows; return how many were not known.

    A device that was enrolled after the dump is known again as what it is now.
    """
    changed = 0
    for device in outside.revoked(folder):
        held = people.enrolment(connection, device.enrolment)
        if held is None:
            people.add_enrolment(
                connection,
                id=device.enrolment,
                person=device.person,
                device="-",
                state=device.state,
                token=device.token,
                at=device.at,
            )
        elif held["state"] in (device.state, "lost"):
            continue
        else:
            people.revoke(connection, device.enrolment, device.state)
        changed += 1
    return changed
