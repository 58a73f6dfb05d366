"""Fills services.office.Station: a profile on this laptop, before and after it is unlocked.

The heavy rooms are imported where they are needed first, never when the window starts.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm.domain.errors import Cancelled, Refused, UserError
from desktop.services.reach import read_reach

if TYPE_CHECKING:
    from desktop.app.copies import Copied
    from desktop.app.profiles import Profile
    from desktop.services.lease import Lease
    from desktop.services.office import (
        Enrolment,
        Forgotten,
        Keys,
        Login,
        Office,
        Outpost,
        Person,
        Strength,
        SyncOutcome,
    )
    from desktop.services.ports import Identity
    from desktop.services.progress import Progress
    from desktop.storage.replica import Replica
    from desktop.vault.keys import ReplicaKey
    from desktop.vault.vault import WrongTries

HEAVY = (
    "desktop.app.profiles",
    "desktop.app.recovering",
    "desktop.storage.search",
    "desktop.services.portrait",
)
REPLICA, DESTROYING, FORGETTING = "replica.db", "destroying", "forgetting"
RECOVERY = "recovery.json"
REKEY_WANTED = "rekey.wanted"


@dataclass(frozen=True, slots=True)
class ProfileStation:
    """One profile folder."""

    folder: Path

    @property
    def enrolled(self) -> bool:
        return (self.folder / REPLICA).exists() and not (self.folder / DESTROYING).exists()

    def finish_destroying(self) -> str:
        """Remove what is left of a profile that was to be destroyed; return why, or ""."""
        if not any((self.folder / name).exists() for name in (DESTROYING, FORGETTING)):
            return ""
        from desktop.app.destroying import finish

        return finish(self.folder)

    def warm_up(self) -> None:
        """Import what unlocking needs."""
        for name in HEAVY:
            importlib.import_module(name)

    def enrol(self, given: Enrolment) -> None:
        """Make this laptop known to a server. Raises: as profiles.enrol_profile."""
        from desktop.app.profiles import Asked, Profile, enrol_profile

        asked = Asked(
            password=lambda: given.password,
            new_password=partial(_own_password, given),
            passphrase=lambda: given.passphrase,
        )
        enrol_profile(
            Profile(self.folder),
            given.server_url,
            given.login,
            asked,
            practice=given.practice,
            ca_file=given.ca_file,
        )

    def check_passphrase(
        self, passphrase: str, *, practice: bool, own_words: tuple[str, ...] = ()
    ) -> None:
        """Raises: Refused `vault.passphrase.*` unless a new profile may be locked with it."""
        from desktop.vault.passphrases import check_new_passphrase

        check_new_passphrase(passphrase, practice=practice, own_words=own_words)

    def strength(self, passphrase: str, own_words: tuple[str, ...] = ()) -> Strength:
        """Estimate a new passphrase."""
        from desktop.vault.strength import strength

        return strength(passphrase, own_words)

    def waiting_s(self) -> int:
        """Return how many seconds the next try has to wait. Raises: Locked, Damaged, NotFound."""
        from desktop.app.profiles import Profile
        from desktop.vault.system_keyring import SystemKeyring

        return Profile(self.folder).vault.waiting_s(SystemKeyring())

    def rekey_wanted(self) -> bool:
        """Tell whether the next unlocking makes a new key."""
        return (self.folder / REKEY_WANTED).exists()

    def recovery_digits(self) -> str:
        """Return the digits of a request that is under way; "" for none."""
        if not (self.folder / RECOVERY).exists():
            return ""
        from desktop.vault.request_file import read_request

        request = read_request(self.folder)
        return request.code if request else ""

    def recovery_server(self) -> str:
        """Return the address of the server that is asked."""
        reach = read_reach(self.folder)
        return reach.server_url if reach else ""

    def ask_recovery(self, given: Forgotten) -> str:
        """Ask the server for the key. Raises: as recovering.ask."""
        from desktop.app import recovering
        from desktop.app.profiles import Profile

        asked = recovering.Given(
            login=given.login, password=given.password, passphrase=given.passphrase
        )
        return recovering.ask(Profile(self.folder), asked).code

    def go_on_recovering(self, passphrase: str) -> str:
        """Ask what became of the request. Raises: as recovering.go_on."""
        from desktop.app import recovering
        from desktop.app.profiles import Profile

        return recovering.go_on(Profile(self.folder), passphrase).state

    def unlock(self, passphrase: str) -> Office | Outpost:
        """Open the replica, under a new key where one is wanted; see what its lease allows.

        Raises: as profiles.open_replica.
        """
        from desktop.app.key_office import keys_of
        from desktop.app.leases import look
        from desktop.app.profiles import Profile, opened
        from desktop.app.rekeying import rekey_if_wanted

        profile = Profile(self.folder)
        tried: list[WrongTries] = []
        rekeyed = rekey_if_wanted(profile, passphrase, tried.append)
        replica, key = opened(profile, passphrase, tell=tried.append)
        keys = partial(keys_of, profile, replica, tried, rekeyed)
        try:
            lease = look(replica)
            if lease.expired:
                return _outpost(profile, replica, key, lease, keys)
            return office(profile, replica, key, keys)
        except BaseException:
            replica.close()
            raise


def _own_password(given: Enrolment | Login) -> str:
    """Return the new password; the page has to ask for it where there is none yet."""
    if not given.new_password:
        raise Refused("enrol.password.change_required")
    return given.new_password


def office(
    profile: Profile,
    replica: Replica,
    key: ReplicaKey,
    keys: Callable[[], Keys] | None = None,
) -> Office:
    """Return an open replica and its engine as the screens see them; `key` is the replica's."""
    from desktop import mailing
    from desktop.app.leases import look
    from desktop.services.office import Office
    from desktop.storage.replica import local_now

    identity = replica.identity()
    return Office(
        reader=replica.reader,
        new_uow=replica.unit_of_work,
        schema=replica.schema,
        person=_person(replica, identity),
        clock=local_now,
        folder=profile.folder,
        sync=partial(_sync, profile, replica),
        sync_letting_go=partial(_sync_letting_go, profile, replica),
        verify=partial(_verify, profile, replica),
        server_answers=partial(_server_answers, identity),
        printing=mailing,
        examine=_examination(profile, replica),
        back_up=partial(_back_up, profile, replica, key),
        enrol_again=partial(_enrol_again, profile, replica, key),
        lease=partial(look, replica),
        close=replica.close,
        keys=keys() if keys else None,
    )


def _outpost(
    profile: Profile,
    replica: Replica,
    key: ReplicaKey,
    lease: Lease,
    keys: Callable[[], Keys],
) -> Outpost:
    """Return what a profile whose lease has ended may do."""
    from desktop.app.leases import look
    from desktop.services.lease import demand
    from desktop.services.office import Outpost
    from desktop.services.standing import standing

    def opened() -> Office:
        demand(look(replica))
        return office(profile, replica, key, keys)

    return Outpost(
        person=_person(replica, replica.identity()),
        folder=profile.folder,
        lease=lease,
        waiting=standing(replica.reader).waiting,
        sync=partial(_sync, profile, replica),
        enrol_again=partial(_enrol_again, profile, replica, key),
        open=opened,
        close=replica.close,
    )


def _person(replica: Replica, identity: Identity) -> Person:
    from desktop.app.profiles import branch_name
    from desktop.services.office import Person

    return Person(
        name=identity.name,
        branch=branch_name(replica),
        role=identity.role,
        user=identity.user,
        practice=identity.practice,
        server_url=identity.server_url,
        enrolment=identity.enrolment,
        incarnation=identity.incarnation,
    )


def _sync(
    profile: Profile, replica: Replica, progress: Progress, *, accept_removals: int = 0
) -> SyncOutcome:
    from desktop.app.profiles import heeding, sync_engine

    with heeding(profile):
        return sync_engine(profile, replica).sync(progress, accept_removals=accept_removals)


def _sync_letting_go(
    profile: Profile, replica: Replica, agreed: int, progress: Progress
) -> SyncOutcome:
    return _sync(profile, replica, progress, accept_removals=agreed)


def _verify(profile: Profile, replica: Replica, full: bool, progress: Progress) -> Any:
    from desktop.app.profiles import heeding, sync_engine

    with heeding(profile):
        return sync_engine(profile, replica).verify(full=full, progress=progress)


def _server_answers(identity: Identity, progress: Progress) -> bool:
    from desktop.sync.ping import ping

    ca_file = Path(identity.ca_file) if identity.ca_file else None
    try:
        ping(identity.server_url, ca_file=ca_file, check=progress.check)
    except Cancelled:
        raise
    except UserError:
        return False
    return True


def _back_up(
    profile: Profile, replica: Replica, key: ReplicaKey, file: Path, progress: Progress
) -> Copied:
    from desktop.app.copies import write_copy

    return write_copy(profile, replica, key, file, progress)


def _enrol_again(
    profile: Profile, replica: Replica, key: ReplicaKey, given: Login, progress: Progress
) -> None:
    from desktop.app.again import enrol_again
    from desktop.app.profiles import Asked
    from desktop.app.recovery_copy import keep_copy

    asked = Asked(
        password=lambda: given.password,
        new_password=partial(_own_password, given),
        passphrase=_nothing,  # the profile is open
    )
    enrol_again(profile, replica, given.login, asked, progress=progress)
    keep_copy(profile, replica.identity(), key)  # it is bound to the enrolment


def _nothing() -> str:
    return ""


def _examination(profile: Profile, replica: Replica) -> Callable[[], dict[str, Any]]:
    def examine() -> dict[str, Any]:
        from desktop.app.doctor import examine as look_at
        from desktop.views.language.translating import current_language

        def opened() -> nullcontext[Replica]:
            return nullcontext(replica)  # stays open: the window works with it

        return look_at(profile, opened, language=current_language()).data()

    return examine
