"""What can go wrong, as codes and facts.

Sentences live in `resources/messages/*.json`, in Chinese and English: what
happened, and what to do. Facts reach logs and reports, so they never hold a
name, a number that identifies a person, a token or a path in somebody's home.
"""

from __future__ import annotations

from collections.abc import Mapping

FACT_MOST = 200  # characters of a fact that travels or is kept
WHOLE_MOST = 2**53 - 1


def plain_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Return those facts that travel with an error and are kept: short words, whole numbers."""
    return {name: value for name, value in facts.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= FACT_MOST
    return value is None or (isinstance(value, int) and abs(value) <= WHOLE_MOST)


class UserError(Exception):
    """A failure that the user can act on: a code and facts, never a sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error cross from one process to another."""
        return _rebuilt, (type(self), self.code, self.facts)


def _rebuilt(cls: type[UserError], code: str, facts: dict[str, object]) -> UserError:
    error = cls.__new__(cls)
    UserError.__init__(error, code, **facts)
    return error


class Refused(UserError):
    """A value or an action breaks a rule; nothing was changed."""


class NotFound(UserError):
    """The thing that was named does not exist, or is not granted to the asker."""


class BadFile(UserError):
    """A file cannot be read as what it should be. Facts locate the place."""


class ServerUnreachable(UserError):
    """The network or the server failed; nothing local was lost."""


class ServerRefused(UserError):
    """The server answered, and said no; facts hold what it said."""


class Locked(UserError):
    """The replica or its key cannot be opened: passphrase, keyring, lease."""


class Damaged(UserError):
    """Stored data does not add up. Facts name the place, never its content."""


class Cancelled(UserError):
    """The user asked for an end. What was committed before stays."""

    def __init__(self) -> None:
        super().__init__("work.cancelled")
