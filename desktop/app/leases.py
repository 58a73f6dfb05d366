"""The lease of an open profile: looked at by every command, and by the window now and then."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from crm.domain.errors import UserError
from desktop.services.lease import Lease, lease_now

if TYPE_CHECKING:
    from desktop.storage.replica import Replica

KEPT_EVERY = timedelta(hours=1)  # a write: those who only read should not wait for it each time

log = logging.getLogger(__name__)


def look(replica: Replica) -> Lease:
    """Return how the lease stands, and keep what time it is.

    Also once it has ended: setting the clock back afterwards wins nothing. A disk that is full
    keeps no time, and is no reason to show nothing. Raises: Damaged `clock.mark.damaged`.
    """
    found = lease_now(replica.reader, replica.trusted)
    try:
        replica.trusted.remember(KEPT_EVERY)
    except UserError as error:
        log.warning("time not kept: %s", error.code)
    return found
