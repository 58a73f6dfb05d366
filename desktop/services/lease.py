"""The lease: how long a laptop shows what is on it without having heard the branch's server.

Counted in days of trusted time from the last contact; how many is the bank's parameter
`offline_days`. A laptop that never calls can be told nothing, not even that it was stolen: this
is what ends its access all the same. docs/decisions/0088.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.domain import parameters
from crm.domain.errors import Locked
from crm.domain.instants import business_date
from desktop.services.clock import TrustedTime
from desktop.services.greeting import NEAR_DAYS
from desktop.services.ports import ReaderFactory

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """How things stand between a laptop and its branch."""

    since: datetime  # the last contact, in UTC
    days: int  # allowed without one
    days_left: int  # begun ones count; 0 when its time is over
    expired: bool  # over, or the clock is behind
    behind: bool  # the clock stands before what has been: no time can be told by it

    @property
    def until(self) -> datetime:
        return self.since + self.days * DAY

    @property
    def over(self) -> bool:
        """Tell whether its time is over. Within one process no setting of the clock moves that."""
        return self.days_left == 0

    @property
    def near(self) -> bool:
        """Tell whether it ends so soon that the person should know."""
        return self.days_left <= NEAR_DAYS


def lease_now(reader: ReaderFactory, trusted: TrustedTime) -> Lease:
    """Return how things stand. A clock that is behind counts as expired."""
    with reader() as replica:
        held = [found.fields for found in replica.with_values(parameters.KIND)]
    now, since = trusted.now(), trusted.since
    on = business_date(now).isoformat()
    days = parameters.value_on(held, "offline_days", on)
    until = since + days * DAY
    left = max(0, math.ceil((until - now) / DAY))
    expired, behind = trusted.expired(until), trusted.behind
    return Lease(since=since, days=days, days_left=left, expired=expired, behind=behind)


def demand(lease: Lease) -> None:
    """Raises: Locked `lease.expired` {since, days} where the lease has ended."""
    if lease.expired:
        since = business_date(lease.since).isoformat()
        raise Locked("lease.expired", since=since, days=lease.days)
