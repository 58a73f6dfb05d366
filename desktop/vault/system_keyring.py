"""The operating system's keyring as a SecretStore, and what doctor says about it.

The only module that touches the keyring library, which is imported at first use (choosing a
back end costs some 300 ms). Only back ends known to be secure are used: 0011-keyrings.md.
"""

from __future__ import annotations

import configparser
import importlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm.domain.errors import Locked, UserError
from crm.domain.messages import explain

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "yizhan"
SECURE_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
    }
)
_ABSENT = {"keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"}
_LOCKED = {"KeyringLocked", "LockedException", "PromptDismissedException"}

# Exceptions of the libraries under keyring, which it lets through; absent on other systems.
_FOREIGN_ERRORS = (
    ("keyring.errors", "KeyringError"),
    ("secretstorage.exceptions", "SecretStorageException"),
    ("jeepney", "DBusErrorResponse"),
    ("dbus", "DBusException"),
    ("win32ctypes.pywin32.pywintypes", "error"),
)


class SystemKeyring:
    """Secrets in the operating system's keyring, under the service name "yizhan".

    Every call raises Locked: `keyring.none`, `keyring.insecure` or `keyring.misconfigured` when
    no secure back end is there, `keyring.locked` or `keyring.failed` when it does not serve.
    """

    def __init__(
        self,
        backend: KeyringBackend | None = None,
        *,
        trusted: frozenset[str] = SECURE_BACKENDS,
    ) -> None:
        """Use `backend`, or the one that keyring finds. `trusted` are full class names."""
        self._backend = backend
        self._trusted = trusted
        self._chosen: KeyringBackend | None = None

    def secure_backend(self) -> str:
        """Return the full class name of the back end in use, a secure one."""
        return _full_name(self._secure())

    def get(self, account: str) -> str | None:
        backend = self._secure()
        with _translated(backend):
            return backend.get_password(SERVICE, account)

    def set(self, account: str, secret: str) -> None:
        backend = self._secure()
        with _translated(backend):
            backend.set_password(SERVICE, account, secret)
            kept = backend.get_password(SERVICE, account)
        if kept != secret:
            raise Locked("keyring.failed", backend=_full_name(backend), reason="NotKept")

    def delete(self, account: str) -> None:
        backend = self._secure()
        with _translated(backend):
            if backend.get_password(SERVICE, account) is not None:
                backend.delete_password(SERVICE, account)

    def _secure(self) -> KeyringBackend:
        if self._chosen is None:
            self._chosen = _choose(self._backend or _found_backend(), self._trusted)
        return self._chosen


@dataclass(frozen=True, slots=True)
class KeyringReport:
    """What doctor shows: the back end's full class name ("" if none), and whether it will do."""

    backend: str
    secure: bool
    finding: UserError

    @property
    def code(self) -> str:
        return self.finding.code

    def texts(self, language: str | None = None) -> tuple[str, str]:
        """Return (why, remedy) in "en" or "zh"; the remedy is empty when all is well."""
        return explain(self.finding, language)


def keyring_report(keyring: SystemKeyring) -> KeyringReport:
    """Say which back end is there and whether it is secure. Reads no secret, unlocks nothing."""
    try:
        backend = keyring.secure_backend()
    except Locked as error:
        return KeyringReport(str(error.facts.get("backend", "")), False, error)
    return KeyringReport(backend, True, UserError("keyring.secure", backend=backend))


def _found_backend() -> KeyringBackend:
    """Return what keyring chooses from its environment variable, its file, or by itself."""
    import keyring

    try:
        return keyring.get_keyring()
    except (
        ImportError,
        AttributeError,
        ValueError,
        TypeError,
        RuntimeError,
        OSError,
        configparser.Error,
    ) as error:
        raise Locked("keyring.misconfigured", reason=type(error).__name__) from error


def _choose(backend: KeyringBackend, trusted: frozenset[str]) -> KeyringBackend:
    """Return the first trusted back end; of a chain only the member, never the chain.

    A chain writes to its first member but reads from all of them, plain-text ones included.
    """
    members = list(_members(backend))
    for member in members:
        if _full_name(member) in trusted:
            return member
    untrusted = [name for name in map(_full_name, members) if name not in _ABSENT]
    if untrusted:
        raise Locked("keyring.insecure", backend=untrusted[0])
    raise Locked("keyring.none", backend=_full_name(backend))


def _members(backend: KeyringBackend) -> Iterable[KeyringBackend]:
    from keyring.backends.chainer import ChainerBackend

    if not isinstance(backend, ChainerBackend):
        return (backend,)
    members: Iterable[KeyringBackend] = backend.backends
    return members


def _full_name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


@contextmanager
def _translated(backend: KeyringBackend) -> Iterator[None]:
    """Turn what the keyring's libraries raise into Locked, once, here."""
    try:
        yield
    except _failures() as error:
        reason = type(error).__name__
        code = "keyring.locked" if reason in _LOCKED else "keyring.failed"
        raise Locked(code, backend=_full_name(backend), reason=reason) from error


def _failures() -> tuple[type[Exception], ...]:
    found: list[type[Exception]] = [OSError, RuntimeError, ValueError]
    for module, name in _FOREIGN_ERRORS:
        try:
            found.append(getattr(importlib.import_module(module), name))
        except ImportError:  # that library belongs to another operating system
            continue
    return tuple(found)
