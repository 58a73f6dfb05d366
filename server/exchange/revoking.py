"""Declaring devices lost or retired so that no restored dump can take it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from server.exchange.accept import Exchange
from server.exchange.actors import NOBODY
from server.exchange.failpoints import failpoint
from server.store import audit, outside, people
from server.store.database import Database
from server.store.outside import Revoked


def revoke(
    exchange: Exchange, folder: Path, enrolment: str, state: str, by: str | None = None
) -> bool:
    """Declare a device `lost` or `retired`; tell whether there is such a device.

    So are the enrolments that the same computer had before a recovery, and after. `by` is the
    person who declares it; None: the keeper of the server.
    The list outside the database comes first: what stands there is carried out at the next start.
    """
    at = exchange.now()
    with exchange.database.snapshot() as connection:
        known = sorted(people.same_computer(connection, enrolment))
        held = [one for i in known if (one := people.enrolment(connection, i)) is not None]
    if not held:
        return False
    _list(folder, held, state, at)
    failpoint("revoked.noted")
    with exchange.database.writing() as connection:
        now = people.lock_computer(connection, enrolment)
        listed = {one["id"] for one in held}
        _list(folder, [one for one in now if one["id"] not in listed], state, at)  # made meanwhile
        for one in now:
            _declare(connection, one["id"], state, at, by)
    return True


def _list(folder: Path, held: Iterable[Mapping[str, Any]], state: str, at: str) -> None:
    for one in held:
        names = {"enrolment": one["id"], "person": one["person"], "token": one["token"]}
        outside.note_revoked(folder, Revoked(**names, state=state, at=at))


def _declare(connection: Connection, enrolment: str, state: str, at: str, by: str | None) -> None:
    was = people.enrolment_state(connection, enrolment)
    people.revoke(connection, enrolment, state, at=at, by=by)
    facts = {"was": was, "now": people.enrolment_state(connection, enrolment)}
    audit.note(
        connection,
        at=at,
        actor=by or NOBODY,
        action=f"device.{state}",
        subject=enrolment,
        facts=facts,
    )


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
                revoked_at=device.at,
            )
        elif held["state"] in (device.state, "lost"):
            continue
        else:
            people.revoke(connection, device.enrolment, device.state, at=device.at)
        changed += 1
    return changed
