"""Laptops as the server sees them, with seats: leases, yeses that wait, clones and forks.

What a real laptop does with leases, in memory, so that thousands of days cost seconds. A yes
that was given from a lease is *firm*; `sent` operations are retained, as an outbox retains them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from crm.domain.instants import parse_instant
from crm.domain.seats import LEASE, PROOF, SLOT, TOKEN
from server.exchange import seat_acts
from server.exchange.tokens import Tokens
from server.store import people, tables
from tests.helpers.seat_kinds import SEATED
from tests.helpers.seats import freeze
from tests.helpers.server import Laptop, World

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class SeatWorld(World):
    """A server whose kinds have seats, with a key that signs."""

    def __init__(self, database):
        super().__init__(database, SEATED)
        self.exchange = replace(self.exchange, tokens=Tokens(KEY))

    def laptop(self, person=None):
        return SeatLaptop(self, person or self.manager())

    def manager(self):
        """Return a manager who reads the branch."""
        person = self.person()
        self.grant(person, f"branch:{self.branch}", write=False)
        return person

    def state(self, record):
        return self.record(record).fields.get("state")


@dataclass
class SeatLaptop(Laptop):
    """An incarnation that holds leases."""

    wanted: dict[str, int] = field(default_factory=dict)
    leases: list[dict] = field(default_factory=list)
    used: set = field(default_factory=set)  # (lease, slot)
    queue: list = field(default_factory=list)  # not sent yet
    retained: list = field(default_factory=list)  # sent, and not in any backup
    enrolment: str | None = None

    def invited(self, activity, state="sent"):
        """Save a customer with an invitation at the server; return the invitation's id."""
        customer = self.customer()
        invitation = self.child(customer, "invitation", activity=activity, state=state)
        assert self.outcomes(customer, invitation) == ["applied", "applied"]
        return invitation.record

    def hello(self, *, unsent=0, epoch="-"):
        """Ask for leases, as a hello does; what is not told any more is not held any more."""
        said = {"unsent": unsent, "epoch": epoch}
        seat_acts.heard(self.world.exchange.seats, self.incarnation, said)
        wishes = [{"activity": a, "slots": n} for a, n in sorted(self.wanted.items())]
        self.leases = seat_acts.lease(self.world.exchange.seats, self.actor, wishes)
        return self.leases

    def lease(self, activity, slots):
        self.wanted[activity] = slots
        return self.hello()

    def slot(self, activity, now: datetime):
        """Return (lease, slot) that is free and has not run out; None where there is none."""
        for lease in self.leases:
            if lease["activity"] == activity and now < parse_instant(lease["until"]):
                free = [s for s in lease["slots"] if (lease["id"], s) not in self.used]
                if free:
                    return lease, free[0]
        return None

    def yes(self, invitation, activity, found=None, *, offline=False, root=None):
        """Return the yes to an invitation: firm with a slot that `slot` found."""
        found = found or (None if offline else self.slot(activity, self.world.clock.now()))
        fields = {"state": ("sent", "confirmed" if found else "accepted")}
        if found:
            lease, slot = found
            self.used.add((lease["id"], slot))
            fields |= {LEASE: (None, lease["id"]), SLOT: (None, slot)}
            fields |= {TOKEN: (None, lease["token"])}
        return self._seat(invitation, fields, root)

    def no(self, invitation, root=None):
        return self._seat(invitation, {"state": ("confirmed", "withdrawn")}, root)

    def _seat(self, invitation, fields, root):
        held = None if root else self.world.find(invitation)
        root = root or (held.root if held else invitation)
        return self.operation("seat", invitation, kind="invitation", root=root, fields=fields)

    def settle(self, *operations):
        """Push operations; what has its seat carries the confirmation from now on."""
        results = self.push(*operations)
        for op, result in zip(operations, results, strict=True):
            self.retained.append(_with_proof(op, result.confirmation))
        return results

    def enrolled(self):
        """Let this be a device that the server knows."""
        with self.world.database.writing() as connection:
            people.add_enrolment(
                connection,
                id=self.incarnation,
                person=self.person,
                device="-",
                state="active",
                token=self.incarnation,
                at=self.world.exchange.now(),
            )
            people.update_incarnation(connection, self.incarnation, enrolment=self.incarnation)
        self.enrolment = self.incarnation
        return self

    def sync(self):
        """Send what waits. A fork in between is lived through."""
        while True:
            page, self.queue = self.queue, []
            try:
                return self.settle(*page) if page else []
            except UserError as error:
                if error.code != "sync.fork":
                    raise
                self.queue = page
                self.fork()

    def retain(self, page, results):
        """Keep what was settled, as long as no backup holds it; what waits goes again."""
        pairs = list(zip(page, results, strict=True))
        self.retained += [
            _with_proof(op, r.confirmation) for op, r in pairs if r.outcome != "later"
        ]
        self.queue = [replace(op, number=0) for op, r in pairs if r.outcome == "later"]

    def clone(self):
        """Return another laptop with the same disk."""
        other = copy.copy(self)
        for name in ("wanted", "leases", "used", "queue", "retained"):
            setattr(other, name, copy.copy(getattr(self, name)))
        return other

    def fork(self):
        """Go on as a new incarnation: leases dropped, everything retained goes again."""
        self.incarnation, self.sent, self.leases = new_id(), 0, []
        with self.world.database.writing() as connection:
            people.add_incarnation(
                connection,
                id=self.incarnation,
                enrolment=self.enrolment,
                person=self.person,
                baton=new_id(),
            )
        self.queue = [replace(op, number=0) for op in [*self.retained, *self.queue]]
        self.retained = []


class Dump:
    """The server's tables, to be put back as a restore puts them."""

    def __init__(self, world):
        self.world, self.tables = world, tables.metadata.sorted_tables
        self.database = world.exchange.database
        with self.database.snapshot() as connection:
            self.rows = {
                t.name: [dict(row._mapping) for row in connection.execute(t.select())]
                for t in self.tables
            }

    def restore(self):
        """Put them back, and begin a new epoch, which is returned."""
        with self.database.writing() as connection:
            for table in self.tables:
                connection.execute(table.delete())
                if self.rows[table.name]:
                    connection.execute(table.insert(), self.rows[table.name])
        epoch = new_id()
        freeze(self.world, epoch)
        return epoch


def _with_proof(op, confirmation):
    if confirmation is None:
        return op
    return replace(op, fields={**op.fields, PROOF: (None, confirmation)})
