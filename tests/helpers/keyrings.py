"""Hand-written keyrings: a SecretStore, and back ends of the keyring library, good and bad.

Their priority is below zero, so that keyring never finds them by itself.
"""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class MemorySecrets:
    """A SecretStore in memory."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def get(self, account: str) -> str | None:
        return self.secrets.get(account)

    def set(self, account: str, secret: str) -> None:
        self.secrets[account] = secret

    def delete(self, account: str) -> None:
        self.secrets.pop(account, None)


class UntouchableSecrets:
    """A SecretStore that fails whoever uses it: practice profiles must not."""

    def get(self, account: str) -> str | None:
        raise AssertionError("the keyring was read")

    def set(self, account: str, secret: str) -> None:
        raise AssertionError("the keyring was written")

    def delete(self, account: str) -> None:
        raise AssertionError("the keyring was written")


class MemoryBackend(KeyringBackend):
    """A keyring back end in memory. Tests that trust it say so to SystemKeyring."""

    priority = -5

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")


class PlainTextBackend(MemoryBackend):
    """Stands for back ends that write secrets in the clear, such as those of keyrings.alt."""


class LockedBackend(MemoryBackend):
    """A keyring whose user dismisses the prompt."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("Failed to unlock the collection!")


class BrokenBackend(MemoryBackend):
    """A keyring whose service went away."""

    def get_password(self, service: str, username: str) -> str | None:
        raise ConnectionResetError("the bus is gone")


class ForgetfulBackend(MemoryBackend):
    """A keyring that takes secrets and keeps none, without a word."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


class FixedChain(ChainerBackend):
    """A chain of given back ends, instead of all that are installed."""

    priority = -5
    backends: list[KeyringBackend] = []  # noqa: RUF012  (a class property of the library)

    def __init__(self, *members: KeyringBackend) -> None:
        super().__init__()
        self.backends = list(members)


def class_name(backend: KeyringBackend) -> str:
    """Return the full class name, as SystemKeyring takes it in `trusted`."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
