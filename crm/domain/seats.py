"""Seats as data of a kind: what offers them, what takes them, and what may be said of one.

An activity *offers* seats: a field of its kind says how many. An invitation *takes* one: its kind
says which field names the activity, which says where it stands, and what its values mean:

    asked -> confirmed | waitlisted -> offered -> confirmed | expired; withdrawn

Where an invitation stands as to its seat is decided at the server, by the verb `seat` and by
nothing else; an ordinary edit may give a seat up, never take one. Pure: no clock, no store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm.domain.errors import Refused

GRACE_DAYS = 2  # a late yes still finds its slot so long after the lease has run out
MOST_LEASED = 20  # slots that one laptop holds of one activity

# What a yes carries beside the answer: names in `fields` of the operation that no kind has.
LEASE, SLOT, TOKEN, PROOF = "seat_lease", "seat_slot", "seat_token", "seat_proof"
CARRIED = frozenset({LEASE, SLOT, TOKEN, PROOF})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """A kind whose records have seats. The names are those of its fields."""

    capacity: str  # whole number: how many seats there are
    taken: str | None = None  # live counter, written by the server: confirmed and offered
    waiting: str | None = None  # live counter: how many wait
    lease_days: int = 7
    offer_days: int = 3  # how long an offered seat waits for its yes


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """A kind whose records take a seat. Fields by name; then values of the field `state`."""

    activity: str  # reference to what offers
    state: str
    asked: str  # somebody said yes, and it is not yet sure
    confirmed: str
    waitlisted: str
    offered: str
    expired: str
    withdrawn: str
    after: frozenset[str] = frozenset()  # what may follow on confirmed and keeps the seat

    @property
    def governed(self) -> frozenset[str]:
        """The values that only the verb `seat` and the server itself may bring."""
        return frozenset({self.confirmed, self.waitlisted, self.offered, self.expired})

    @property
    def yes(self) -> frozenset[str]:
        """The values by which a yes asks: firm, and not yet sure."""
        return frozenset({self.asked, self.confirmed})

    def check_edit(self, changes: Mapping[str, tuple[object, object]]) -> None:
        """Raise Refused `seat.verb` for an edit that would take a seat.

        One that gives a seat up passes, and so does what follows on a confirmed one, and back.
        """
        base, new = changes.get(self.state, (None, None))
        back = new == self.confirmed and base in self.after
        if new in self.governed and new != base and not back:
            raise Refused("seat.verb")
