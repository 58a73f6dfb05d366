"""The vault of a profile: makes the replica's key once, gives it back for a passphrase.

Nothing here writes the key, the passphrase or the keyring secret anywhere else. Every try of a
passphrase is counted before it is made, by all processes of the profile together.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from filelock import FileLock, Timeout

from crm.domain.errors import Locked, NotFound, Refused
from crm.domain.instants import instant_text
from desktop.services.private_files import write_private_file
from desktop.vault import attempts
from desktop.vault.attempts import Attempts
from desktop.vault.boot_clock import BootClock, MachineClock
from desktop.vault.keys import (
    LEAST_COST,
    SALT_BYTES,
    SECRET_BYTES,
    Cost,
    ReplicaKey,
    keyring_check,
    unwrap,
    wrap,
    wrapping_key,
)
from desktop.vault.passphrases import check_new_passphrase, passphrase_bytes
from desktop.vault.secret_store import SecretStore
from desktop.vault.tuning import tuned_cost
from desktop.vault.vault_file import (
    FILE_NAME,
    Changed,
    Next,
    Recovery,
    Tries,
    VaultFile,
    VaultHeader,
    check_enrolment,
    read_vault,
    write_vault,
)

LOCK_NAME = "vault.lock"
LOCK_WAITS_S = 60.0  # a re-key of a large replica takes that long at most

Fits = Callable[[ReplicaKey], bool]  # tells whether a key opens the replica
Seal = Callable[[ReplicaKey, ReplicaKey], Recovery | None]  # present, new: the new one's copy


@dataclass(frozen=True, slots=True)
class WrongTries:
    """Tries with a wrong passphrase; `since`: the instant of the first as text."""

    count: int
    since: str


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The replica's key, and the wrong tries there were since it was given out last."""

    key: ReplicaKey = field(repr=False)
    earlier: WrongTries | None = None


class Vault:
    """The vault file in one profile folder."""

    def __init__(self, folder: Path, clock: BootClock | None = None) -> None:
        self._path = folder / FILE_NAME
        self._clock = clock or MachineClock()

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def header(self) -> VaultHeader:
        """Return what is readable without any secret: practice flag, enrolment, cost.

        Raises: NotFound, Locked or Damaged, as `read_vault`.
        """
        return read_vault(self._path).header

    def recovery(self) -> Recovery | None:
        """Return the copy of the key that is sealed to the server. Raises: as `header`."""
        return read_vault(self._path).recovery

    def changed(self) -> Changed:
        """Return when passphrase and key were last chosen. Raises: as `header`."""
        return read_vault(self._path).changed

    # --- making and opening ---

    def create(
        self,
        passphrase: str,
        *,
        practice: bool,
        enrolment: str,
        keyring: SecretStore,
        cost: Cost | None = None,
    ) -> ReplicaKey:
        """Make a new key, keep it wrapped, return it. A practice vault leaves the keyring alone.

        `enrolment` is up to 64 ASCII letters, digits, . _ - (ValueError otherwise). Without a
        `cost` it is measured on this machine.
        Raises: Refused `vault.exists` (a vault is never overwritten), `vault.passphrase.*`,
        `folder.shared`, `vault.unwritable`; Locked `keyring.*`, `vault.memory.short`.
        """
        if self.exists:
            raise Refused("vault.exists")
        check_enrolment(enrolment)
        check_new_passphrase(passphrase, practice=practice)
        secret = None if practice else _kept_secret(keyring, enrolment)
        key, now = ReplicaKey.random(), _now()
        header = _header(enrolment, secret, cost or tuned_cost())
        wrapped = _wrapped((key,), passphrase, secret, header)[0]
        vault = VaultFile(header, wrapped, changed=Changed(now, now))
        write_vault(self._path, _with_tries(vault, Attempts(), secret))
        return key

    def open(self, passphrase: str, keyring: SecretStore, fits: Fits | None = None) -> ReplicaKey:
        """Return the replica's key. As `unlock`."""
        return self.unlock(passphrase, keyring, fits).key

    def unlock(self, passphrase: str, keyring: SecretStore, fits: Fits | None = None) -> Unlocked:
        """Return the replica's key, and say how many tries before failed.

        The try is counted before it is made; a success forgets them. Where a re-key was cut
        short there are two keys: the one that `fits` is kept. Without `fits` both stay.
        Raises: Locked `vault.wait` {seconds} while a wait lasts, `vault.busy`,
        `vault.passphrase.wrong`, `vault.keyring.missing`, `vault.keyring.changed`,
        `vault.memory.short`, `keyring.*`; Refused `vault.unwritable`; and as `read_vault`.
        """
        with self._alone():
            tried = self._tried(passphrase, keyring)
            vault, key = _settled(tried, fits)
            self._write(_with_tries(vault, Attempts(), tried.secret))
        return Unlocked(key, tried.earlier)

    def waiting_s(self, keyring: SecretStore) -> int:
        """Return how many seconds the next try has to wait; 0 for none.

        After a restart of the machine the wait begins here. Raises: Locked `keyring.*`,
        `vault.keyring.*`, `vault.busy`; Refused `vault.unwritable`; and as `read_vault`.
        """
        with self._alone():
            vault = read_vault(self._path)
            secret = _known_secret(keyring, vault.header)
            return self._begun(vault, secret).left_s(self._clock)

    # --- changing ---

    def change_passphrase(
        self, old: str, new: str, keyring: SecretStore, cost: Cost | None = None
    ) -> None:
        """Wrap the same key under another passphrase; the old one opens this file no more.

        A copy of the old file is still opened by the old passphrase: a re-key ends that.
        Raises: as `unlock`; Refused `vault.passphrase.*`.
        """
        check_new_passphrase(new, practice=self.header().practice)
        with self._alone():
            tried = self._tried(old, keyring)
            self._write_anew(tried, new, cost)

    def rewrap(
        self,
        key: ReplicaKey,
        new_passphrase: str,
        keyring: SecretStore,
        *,
        enrolment: str | None = None,
        new_secret: bool = True,
        cost: Cost | None = None,
    ) -> None:
        """Wrap a key that came by another way than the passphrase, such as a recovery.

        It opens by the new passphrase from now on, with a new keyring secret (or the one that is
        there), under another enrolment if one is given. The recovery copy stays: it is of the
        same key. Wrong tries are forgotten. Safe to repeat where it was cut short.
        Raises: Refused `vault.passphrase.*`, `vault.unwritable`; Locked `keyring.*`, `vault.*`.
        """
        check_new_passphrase(new_passphrase, practice=self.header().practice)
        with self._alone():
            vault = read_vault(self._path)
            account = enrolment or vault.header.enrolment
            check_enrolment(account)
            secret = None
            if not vault.header.practice:
                make = _new_secret if new_secret else _kept_secret
                secret = make(keyring, account)
            header = _header(account, secret, cost or _cost_for(vault.header))
            wrapped = _wrapped((key,), new_passphrase, secret, header)[0]
            changed = replace(vault.changed, passphrase=_now())
            made = VaultFile(header, wrapped, recovery=vault.recovery, changed=changed)
            self._write(_with_tries(made, Attempts(), secret))

    def set_recovery(self, key_id: str, sealed: str) -> None:
        """Keep a copy of the key that is sealed to the server, as base64.

        Raises: ValueError for what cannot be one; as `read_vault`.
        """
        with self._alone():
            vault = read_vault(self._path)
            # Nobody asks for the passphrase here, and so the tries stay as they are.
            self._write(replace(vault, recovery=Recovery(key_id, sealed)))

    def put(self, content: bytes) -> None:
        """Put a whole vault file in the place of this one, such as a backup's.

        Whoever is trying a passphrase is waited for: it would write the former one back.
        Raises: Locked `vault.busy`; Refused `vault.unwritable`; OSError.
        """
        with self._alone() if self.exists else nullcontext():
            write_private_file(self._path, content)

    @contextmanager
    def rekeying(
        self,
        passphrase: str,
        keyring: SecretStore,
        fits: Fits | None = None,
        seal: Seal | None = None,
    ) -> Iterator[tuple[ReplicaKey, ReplicaKey, WrongTries | None]]:
        """Yield the present key, a new one that the block gives the replica, and the wrong tries.

        From before the block to its end the file holds both. Where the block does not end, or
        ends with an error, the next opening finds out by `fits` which of them the replica has.
        Nobody opens the vault meanwhile. `seal` makes the new key's copy for recovery.
        Raises: as `unlock`; Refused `vault.rekey.unsettled` where no key fits after an earlier try.
        """
        with self._alone():
            tried = self._tried(passphrase, keyring)
            vault, old = _settled(tried, fits)
            vault = _with_tries(vault, Attempts(), tried.secret)
            self._write(vault)
            if vault.next is not None:
                raise Refused("vault.rekey.unsettled")
            new = ReplicaKey.random()
            wrapped = wrap(new, tried.wrapping, vault.header.bound())
            vault = replace(vault, next=Next(wrapped, seal(old, new) if seal else None))
            self._write(vault)
            yield old, new, tried.earlier
            self._write(_promoted(vault))

    # --- inside ---

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time try, count and write. Raises: Locked `vault.busy`."""
        if not self.exists:
            read_vault(self._path)  # says that it is missing, and leaves no lock behind
        lock = FileLock(self._path.with_name(LOCK_NAME), timeout=LOCK_WAITS_S, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise Locked("vault.busy") from error
        except OSError as error:
            raise Refused("vault.unwritable", reason=type(error).__name__) from error
        try:
            yield
        finally:
            lock.release()

    def _tried(self, passphrase: str, keyring: SecretStore) -> _Tried:
        """Count a try, then make it."""
        vault = read_vault(self._path)
        secret = _known_secret(keyring, vault.header)
        before = self._begun(vault, secret)
        left_s = before.left_s(self._clock)
        if left_s:
            raise Locked("vault.wait", seconds=left_s)
        given = passphrase_bytes(passphrase)
        self._write(_with_tries(vault, before.one_more(self._clock, _now()), secret))
        try:
            wrapping = wrapping_key(given, secret, vault.header.cost, vault.header.salt)
        except Locked:  # no memory for it: nothing was tried
            self._write(_with_tries(vault, before, secret))
            raise
        return _unwrapped(vault, secret, wrapping, before)

    def _begun(self, vault: VaultFile, secret: bytes | None) -> Attempts:
        """Return the tries so far; a wait that another start of the machine began begins anew.

        What the keyring secret does not vouch for counts as the longest wait.
        """
        tries = vault.tries or Tries(Attempts(), attempts.mac(Attempts(), secret, _name(vault)))
        found = tries.attempts
        if not attempts.believed(found, tries.mac, secret, _name(vault)):
            found = attempts.forged(self._clock)
        elif found.wait_s and not found.began_here(self._clock):
            found = found.beginning_now(self._clock)
        if found is not tries.attempts:
            self._write(_with_tries(vault, found, secret))
        return found

    def _write_anew(self, tried: _Tried, passphrase: str, cost: Cost | None) -> None:
        """Wrap the keys of an opened vault under another passphrase, with a new salt."""
        old = tried.vault
        header = _header(_name(old), tried.secret, cost or _cost_for(old.header))
        keys = (tried.key,) if tried.following is None else (tried.key, tried.following)
        wrapped = _wrapped(keys, passphrase, tried.secret, header)
        following = None if old.next is None else replace(old.next, wrapped=wrapped[1])
        changed = replace(old.changed, passphrase=_now())
        made = replace(old, header=header, wrapped=wrapped[0], next=following, changed=changed)
        self._write(_with_tries(made, Attempts(), tried.secret))

    def _write(self, vault: VaultFile) -> None:
        """Write the vault anew; one that was destroyed meanwhile does not come back."""
        if not self.exists:
            raise NotFound("vault.missing")
        write_vault(self._path, vault)


@dataclass(frozen=True, slots=True)
class _Tried:
    """A vault that a passphrase has opened."""

    vault: VaultFile
    secret: bytes | None = field(repr=False)
    wrapping: bytes = field(repr=False)
    key: ReplicaKey = field(repr=False)
    following: ReplicaKey | None = field(repr=False)
    earlier: WrongTries | None


def _unwrapped(vault: VaultFile, secret: bytes | None, wrapping: bytes, before: Attempts) -> _Tried:
    bound, following = vault.header.bound(), None
    try:
        key = unwrap(vault.wrapped, wrapping, bound)
        if vault.next is not None:
            following = unwrap(vault.next.wrapped, wrapping, bound)
    except InvalidTag as error:
        raise Locked("vault.passphrase.wrong") from error
    earlier = WrongTries(before.count, before.since) if before.count else None
    return _Tried(vault, secret, wrapping, key, following, earlier)


def _now() -> str:
    return instant_text(datetime.now(UTC).astimezone())


def _name(vault: VaultFile) -> str:
    return vault.header.enrolment


def _with_tries(vault: VaultFile, count: Attempts, secret: bytes | None) -> VaultFile:
    return replace(vault, tries=Tries(count, attempts.mac(count, secret, _name(vault))))


def _settled(tried: _Tried, fits: Fits | None) -> tuple[VaultFile, ReplicaKey]:
    """Return the vault with the one key that the replica has; with both where nobody can tell."""
    vault = tried.vault
    if tried.following is None or fits is None:
        return vault, tried.key
    if fits(tried.following):
        return _promoted(vault), tried.following
    return (replace(vault, next=None) if fits(tried.key) else vault), tried.key


def _promoted(vault: VaultFile) -> VaultFile:
    """Return the vault once the replica has the next key."""
    if vault.next is None:
        raise ValueError("no key is next")
    changed = replace(vault.changed, key=_now())
    following = vault.next
    return replace(
        vault, wrapped=following.wrapped, recovery=following.recovery, next=None, changed=changed
    )


def _header(enrolment: str, secret: bytes | None, cost: Cost) -> VaultHeader:
    """Return a header with a new salt."""
    return VaultHeader(
        practice=secret is None,
        enrolment=enrolment,
        cost=cost,
        salt=secrets.token_bytes(SALT_BYTES),
        keyring_check=None if secret is None else keyring_check(secret, enrolment),
    )


def _cost_for(header: VaultHeader) -> Cost:
    """Return what the next passphrase shall cost: measured, but next to nothing in practice."""
    return LEAST_COST if header.practice else tuned_cost()


def _wrapped(
    keys: tuple[ReplicaKey, ...], passphrase: str, secret: bytes | None, header: VaultHeader
) -> tuple[bytes, ...]:
    wrapping = wrapping_key(passphrase_bytes(passphrase), secret, header.cost, header.salt)
    return tuple(wrap(key, wrapping, header.bound()) for key in keys)


def _kept_secret(keyring: SecretStore, enrolment: str) -> bytes:
    """Return the enrolment's keyring secret, made now unless an earlier try left one.

    A try that died between keyring and file leaves a secret that protects nothing yet.
    It is taken up again, so that a secret in use is never overwritten.
    """
    found = keyring.get(enrolment)
    return _new_secret(keyring, enrolment) if found is None else _decoded(found)


def _new_secret(keyring: SecretStore, enrolment: str) -> bytes:
    secret = secrets.token_bytes(SECRET_BYTES)
    keyring.set(enrolment, secret.hex())
    return secret


def _known_secret(keyring: SecretStore, header: VaultHeader) -> bytes | None:
    """Return the keyring secret that this vault was made with; None for practice."""
    if header.keyring_check is None:
        return None
    found = keyring.get(header.enrolment)
    if found is None:
        raise Locked("vault.keyring.missing")
    secret = _decoded(found)
    if not hmac.compare_digest(keyring_check(secret, header.enrolment), header.keyring_check):
        raise Locked("vault.keyring.changed")
    return secret


def _decoded(found: str) -> bytes:
    try:
        secret = bytes.fromhex(found)
    except ValueError:  # somebody else's entry
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise Locked("vault.keyring.changed")
    return secret
