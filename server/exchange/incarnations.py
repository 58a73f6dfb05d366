"""New incarnations of a device that is known: a laptop that was cloned or restored goes on.

The new one begins with no operation settled, so that numbers mean one thing again (`fork`). The
old one stays as it is: where a folder was copied, somebody still works with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.errors import Refused, UserError
from server.exchange.accept import Exchange
from server.exchange.failpoints import failpoint
from server.store import people

MOST = 200  # of one device; a laptop that is cloned or restored each week has them for years


@dataclass(frozen=True, slots=True)
class Fork:
    """What a laptop proposes: its new incarnation and baton, and where it comes from."""

    incarnation: str
    baton: str
    fork_of: str | None


def register(exchange: Exchange, person: str, enrolment: str, fork: Fork) -> int:
    """Make `fork` an incarnation of `enrolment`; return its `done`, which is 0 at first.

    The same proposal may come again, after a lost reply.
    Raises: UserError `sync.fork` when the id stands for something else; Refused `device.forks`.
    """
    with exchange.database.writing() as connection:
        known = people.incarnation(connection, fork.incarnation) is not None
        if not known and people.count_incarnations(connection, enrolment) >= MOST:
            raise Refused("device.forks", limit=MOST)
        people.ensure_incarnation(
            exchange.database,
            connection,
            id=fork.incarnation,
            enrolment=enrolment,
            person=person,
            baton=fork.baton,
            fork_of=fork.fork_of,
            at=exchange.now(),
        )
        held = people.incarnation(connection, fork.incarnation, lock=True)
        if held is None or (held.enrolment, held.baton) != (enrolment, fork.baton):
            raise UserError("sync.fork")
        failpoint("incarnation.before_commit")
    failpoint("incarnation.committed")
    return held.done
