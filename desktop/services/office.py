"""What the window asks of the house: a Station before the profile is unlocked, an Office after.

`desktop.app` fills both. The screens know no more of storage, sync, printing and keys than
these values say, and nothing here knows Qt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # the unlock page needs none of them, and must not wait for them
    from crm.domain.errors import UserError
    from crm.domain.kind import Schema
    from desktop.services.lease import Lease
    from desktop.services.ports import Clock, ReaderFactory, UowFactory
    from desktop.services.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who works with this profile."""

    name: str
    branch: str  # its name, "" while it is not known
    role: str
    user: str  # id
    practice: bool
    server_url: str
    enrolment: str
    incarnation: str = ""  # of this laptop, as it was when it was unlocked


class SyncOutcome(Protocol):
    """What one sync came to; counts are operations, except where a name says otherwise."""

    @property
    def outcome(self) -> str: ...  # complete, partial
    @property
    def sent(self) -> int: ...
    @property
    def applied(self) -> int: ...
    @property
    def merged(self) -> int: ...
    @property
    def conflicts(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def diverted(self) -> int: ...
    @property
    def quarantined(self) -> int: ...
    @property
    def later(self) -> int: ...
    @property
    def received(self) -> int: ...
    @property
    def left(self) -> int: ...
    @property
    def held_back(self) -> int: ...  # records that wait for the person's word to leave
    @property
    def verified(self) -> bool: ...
    @property
    def seconds(self) -> float: ...


class Copied(Protocol):
    """What a copy of the laptop holds."""

    @property
    def at(self) -> str: ...  # the moment whose state it holds
    @property
    def unsent(self) -> int: ...  # edits that no server had then


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a person shows so that a laptop that was enrolled before is known again."""

    login: str
    password: str = field(repr=False)
    new_password: str = field(default="", repr=False)  # "" where the first one may stay


class Strength(Protocol):
    """How hard a passphrase is to guess."""

    @property
    def score(self) -> int: ...  # 0, guessed at once, to 4
    @property
    def advice(self) -> tuple[str, ...]: ...  # codes of texts, the most telling first


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """When passphrase and key of this laptop were last chosen, as instants; "" if unknown."""

    passphrase_at: str
    key_at: str
    rekey_wanted: bool  # with the next unlocking


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What opens an unlocked profile, and how that is changed."""

    facts: Callable[[], KeyFacts]
    strength: Callable[[str], Strength]
    check: Callable[[str], None]  # of a new one. Raises: Refused `vault.passphrase.*`
    change_passphrase: Callable[[str, str], None]  # old, new. Raises: Refused, Locked
    want_rekey: Callable[[bool], None]  # with the next unlocking, or not after all
    wrong_tries: int = 0  # before this unlocking
    wrong_since: str = ""  # instant of the first of them
    rekeyed: bool = False  # by this unlocking
    rekey_failed: UserError | None = None  # what kept this unlocking from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An unlocked profile, as the screens see it."""

    reader: ReaderFactory
    new_uow: UowFactory
    schema: Schema
    person: Person
    clock: Clock
    folder: Path
    sync: Callable[[Progress], SyncOutcome]
    verify: Callable[[bool, Progress], Any]  # full, progress
    server_answers: Callable[[Progress], bool]  # asks the server's door; False: no answer
    printing: Any  # the functions of desktop.mailing: label_pdf, label_plan, page_picture, ...
    examine: Callable[[], dict[str, Any]]  # diagnostics without personal data
    back_up: Callable[[Path, Progress], Copied]  # Raises: as desktop.app.copies.back_up
    # For a laptop that its server has forgotten. Raises: as desktop.app.again.enrol_again
    enrol_again: Callable[[Login, Progress], object]
    close: Callable[[], None]
    keys: Keys | None = None  # None where they are nobody's to change: tests
    lease: Callable[[], Lease] | None = None  # None where there is none, as in a test
    # As `sync`; so many of what an earlier one held back may leave. None where nothing ever is.
    sync_letting_go: Callable[[int, Progress], SyncOutcome] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outpost:
    """An open profile whose lease has ended. No way to read anything is in it."""

    person: Person
    folder: Path
    lease: Lease
    waiting: int  # edits not sent
    sync: Callable[[Progress], SyncOutcome]
    enrol_again: Callable[[Login, Progress], object]
    open: Callable[[], Office]  # Raises: Locked `lease.expired` until a sync has renewed it
    close: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a person gives to make this laptop known to a server."""

    server_url: str
    login: str
    password: str
    new_password: str  # "" where the first password need not be changed
    passphrase: str
    practice: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What a person gives whose passphrase is forgotten; `passphrase` is the new one."""

    login: str
    password: str = field(repr=False)
    passphrase: str = field(repr=False)


class Station(Protocol):
    """A profile that is locked, or not there yet."""

    @property
    def folder(self) -> Path: ...
    @property
    def enrolled(self) -> bool: ...
    def finish_destroying(self) -> str:
        """Remove what is left of a profile that was to be destroyed; return why, or ""."""

    def enrol(self, given: Enrolment) -> None:
        """Raises: as desktop.app.enrol_profile."""

    def check_passphrase(
        self, passphrase: str, *, practice: bool, own_words: tuple[str, ...] = ()
    ) -> None:
        """Raises: Refused `vault.passphrase.*` unless a new profile may be locked with it."""

    def strength(self, passphrase: str, own_words: tuple[str, ...] = ()) -> Strength:
        """Estimate a new passphrase; own_words: what is known of its owner. Up to 0.3 s."""

    def waiting_s(self) -> int:
        """Return how many seconds the next try has to wait. Raises: as `unlock`."""

    def rekey_wanted(self) -> bool:
        """Tell whether the next unlocking makes a new key, which takes up to minutes."""

    def unlock(self, passphrase: str) -> Office | Outpost:
        """Open it; an Outpost where its lease has ended.

        Raises: Locked `vault.*`, `keyring.*`; Damaged; Refused; NotFound.
        """

    def recovery_digits(self) -> str:
        """Return the digits of a request for a forgotten passphrase, "" where none is under way."""

    def recovery_server(self) -> str:
        """Return the address of the server that is asked; "" where it is not known."""

    def ask_recovery(self, given: Forgotten) -> str:
        """Return the digits of a new request. Raises: as desktop.app.recovering.ask."""

    def go_on_recovering(self, passphrase: str) -> str:
        """Return where the request stands: waiting, recovered, refused, superseded, expired.

        Raises: as desktop.app.recovering.go_on.
        """

    def warm_up(self) -> None:
        """Load what unlocking needs, while the person types. Safe on any thread."""
