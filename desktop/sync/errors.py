"""How a sync can end before its time. Edits are kept in every case."""

from __future__ import annotations

from collections.abc import Callable

from crm.domain.errors import ServerRefused, ServerUnreachable


class Busy(ServerUnreachable):
    """The server asks to wait; fact `seconds`."""


class ServerFailed(ServerUnreachable):
    """The server answered, in our conversation, that it failed; fact `status`."""


class TooLarge(ServerRefused):
    """The page is too large for the server."""


class NumberGap(ServerRefused):
    """The server expects another operation number."""


class Forked(ServerRefused):
    """Laptop and server no longer share one history: one was cloned or restored."""


class UpgradeNeeded(ServerRefused):
    """The server no longer speaks this program's protocol or schema."""


class Revoked(ServerRefused):
    """This laptop's enrolment has ended."""


class Condemned(ServerRefused):
    """The server has signed that all on this laptop is to be destroyed: now, the key first.

    `last_word`, where there is one, tells the server once the key is gone.
    """

    last_word: Callable[[], None] | None = None
