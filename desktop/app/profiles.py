"""Composition root of the laptop: profiles, what is in them, and how the rooms meet.

A profile is one folder: `vault.json` (the wrapped key), `replica.db` (encrypted),
`logs/`. An enrolment is whole once `replica.db` has its name; before that,
leftovers of an attempt that was cut off are cleared away by the next.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from crm.domain.errors import BadFile, NotFound, Refused
from crm.domain.kind import Schema
from crm.domain.kinds import SCHEMA
from desktop.app import destroying
from desktop.app.recovery_copy import keep_copy
from desktop.services.logbook import open_log
from desktop.services.ports import Identity
from desktop.services.private_files import make_private_folder
from desktop.storage.replica import FILE_NAME, Replica
from desktop.sync.engine import SyncEngine
from desktop.sync.enrol import demand_practice, enrol
from desktop.sync.errors import Condemned
from desktop.sync.ping import ping
from desktop.vault.keys import LEAST_COST, ReplicaKey
from desktop.vault.passphrases import check_new_passphrase
from desktop.vault.system_keyring import SystemKeyring
from desktop.vault.vault import Fits, Unlocked, Vault, WrongTries

UNFINISHED = "replica.new"

Tell = Callable[[WrongTries], None]


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's folder on one laptop."""

    folder: Path

    @property
    def replica_path(self) -> Path:
        return self.folder / FILE_NAME

    @property
    def vault(self) -> Vault:
        return Vault(self.folder)

    @property
    def enrolled(self) -> bool:
        return self.replica_path.exists() and not destroying.condemned(self.folder)

    def prepare(self) -> None:
        """Make the folder private and open its log.

        Raises: Refused `folder.shared`; BadFile `profile.unwritable`.
        """
        try:
            make_private_folder(self.folder)
            open_log(self.folder)
        except OSError as error:
            raise BadFile("profile.unwritable", reason=type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class Asked:
    """How secrets are asked for; each call returns one."""

    password: Callable[[], str]
    new_password: Callable[[], str]
    passphrase: Callable[[], str]


def enrol_profile(
    profile: Profile,
    server_url: str,
    login: str,
    asked: Asked,
    *,
    device: str | None = None,
    practice: bool = False,
    ca_file: Path | None = None,
) -> Identity:
    """Make this laptop known to a server and lay out its profile.

    Asks for the password, the passphrase and, if the first password must be changed, the
    new one. Everything that can be wrong here is looked at before the server is told.
    Raises: Refused `profile.enrolled`, `enrol.running`, `enrol.vault_there`, `enrol.not_practice`,
    `vault.*`;
    Locked `keyring.*` where there is no secure keyring; ServerUnreachable; ServerRefused.
    """
    if profile.enrolled:
        raise Refused("profile.enrolled")
    profile.prepare()
    with _alone(profile):
        _demand_no_vault(profile)
        keyring = SystemKeyring()
        if practice and not ping(server_url, ca_file=ca_file).practice:
            raise Refused("enrol.not_practice")
        if not practice:
            keyring.secure_backend()
        password, passphrase = asked.password(), asked.passphrase()
        check_new_passphrase(passphrase, practice=practice, own_words=(login,))
        call = partial(enrol, server_url, login, password, schema=SCHEMA, ca_file=ca_file)
        identity = asked_twice(partial(call, device=device or socket.gethostname()), asked)
        if practice:
            demand_practice(identity)
        _clear_leftovers(profile)
        (profile.folder / UNFINISHED).touch(mode=0o600)  # from here to its name: not whole yet
        key = profile.vault.create(
            passphrase,
            practice=practice,
            enrolment=identity.enrolment,
            keyring=keyring,
            cost=LEAST_COST if practice else None,
        )
        identity = identity.but(ca_file=_from_anywhere(ca_file))
        _lay_out(profile, key, identity)
        keep_copy(profile, identity, key)
        return identity


def _from_anywhere(file: Path | None) -> str | None:
    """Return the path that stays right when the next command starts in another folder."""
    return None if file is None else str(file.absolute())


@contextmanager
def _alone(profile: Profile) -> Iterator[None]:
    """Let one enrolment at a time work on a profile, from its first question to its end.

    Raises: Refused `enrol.running`, `profile.enrolled`.
    """
    lock = FileLock(profile.folder / "enrol.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise Refused("enrol.running") from error
    except OSError as error:
        raise BadFile("profile.unwritable", reason=type(error).__name__) from error
    try:
        if profile.enrolled:  # by another process, before we had the lock
            raise Refused("profile.enrolled")
        yield
    finally:
        lock.release()


def asked_twice(call: Callable[..., Identity], asked: Asked) -> Identity:
    """Enrol; ask for a password of the person's own where the first one must be changed."""
    try:
        return call()
    except Refused as refusal:
        if refusal.code != "enrol.password.change_required":
            raise
    return call(new_password=asked.new_password())


def _demand_no_vault(profile: Profile) -> None:
    """Raise Refused `enrol.vault_there` for a vault whose replica has gone from its place.

    A virus scanner may have it, or a person. Without this vault nobody could open it again, and
    what waits to be sent is in it. What a cut-off enrolment left has a replica in the making.
    """
    destroying.finish(profile.folder)
    unfinished = any(profile.folder.glob(f"{UNFINISHED}*"))
    if (profile.folder / "vault.json").exists() and not unfinished:
        raise Refused("enrol.vault_there")


def _clear_leftovers(profile: Profile) -> None:
    """Take away what an enrolment left that was cut off."""
    for path in profile.folder.glob(f"{UNFINISHED}*"):
        path.unlink()
    (profile.folder / "vault.json").unlink(missing_ok=True)


def _lay_out(profile: Profile, key: ReplicaKey, identity: Identity) -> None:
    unfinished = profile.folder / UNFINISHED
    replica = Replica.create(unfinished, key.raw, SCHEMA)
    try:
        replica.enrolled(identity)
        replica.trusted.remember()  # until the first sync the lease counts from here
    finally:
        replica.close()
    unfinished.replace(profile.replica_path)


def open_replica(
    profile: Profile, passphrase: str, schema: Schema = SCHEMA, tell: Tell | None = None
) -> Replica:
    """Open a profile's replica; `tell` is told of the wrong tries before, if there were any.

    Raises: NotFound `profile.none`, `replica.missing`; Locked `vault.*`, `keyring.*`; Damaged;
    Refused.
    """
    return opened(profile, passphrase, schema, tell)[0]


def opened(
    profile: Profile, passphrase: str, schema: Schema = SCHEMA, tell: Tell | None = None
) -> tuple[Replica, ReplicaKey]:
    """Open a profile's replica; return it with its key. Raises: as `open_replica`."""
    if not profile.enrolled:
        raise NotFound(_why_none(profile))
    from desktop.app import recovering  # late: it knows this module

    profile.prepare()
    recovering.pay(profile, passphrase)
    found = unlocked(profile, passphrase)
    replica = Replica.open(profile.replica_path, found.key.raw, schema)
    keep_copy(profile, replica.identity(), found.key)
    if tell is not None and found.earlier is not None:
        tell(found.earlier)
    return replica, found.key


def unlocked(profile: Profile, passphrase: str) -> Unlocked:
    """Return the key of an enrolled profile's replica, and the wrong tries before.

    Of two keys, where a re-key was cut short, the replica says which. Raises: as `Vault.unlock`.
    """
    return profile.vault.unlock(passphrase, SystemKeyring(), key_fits(profile))


def own_words_of(replica: Replica) -> tuple[str, ...]:
    """Return what everybody knows of a profile's owner: name, branch."""
    return tuple(word for word in (replica.identity().name, branch_name(replica)) if word)


def branch_name(replica: Replica) -> str:
    """Return the name of the owner's branch; "" while it is not known."""
    branch = replica.identity().branch
    if branch is None:
        return ""
    with replica.reader() as reader:
        try:
            return str(reader.get(branch).fields.get("name", ""))
        except NotFound:  # not synced yet
            return ""


def key_fits(profile: Profile) -> Fits:
    """Return what tells whether a key opens the profile's replica."""
    return lambda key: Replica.fits(profile.replica_path, key.raw)


def _why_none(profile: Profile) -> str:
    there = (profile.folder / "vault.json").exists()
    unfinished = any(profile.folder.glob(f"{UNFINISHED}*"))
    return "replica.missing" if there and not unfinished else "profile.none"


@contextmanager
def heeding(profile: Profile) -> Iterator[None]:
    """Destroy the profile's key at once where the block ends with the server's word for it.

    What is left, files without a key, is for `destroying.finish` once the replica is closed.
    """
    try:
        yield
    except Condemned as word:
        destroying.condemn(profile.folder, word.code)
        if word.last_word is not None:
            word.last_word()
        raise


def sync_engine(profile: Profile, replica: Replica) -> SyncEngine:
    """Return the engine that keeps this profile's replica and its server alike."""
    ca_file = replica.identity().ca_file
    return SyncEngine(
        replica,
        profile.folder,
        ca_file=Path(ca_file) if ca_file else None,
        trusted=replica.trusted,
    )
