"""The vault of a profile: makes the replica's key once, gives it back for a passphrase.

Change of passphrase, recovery, lock and leases are not here yet; they go by a later version
of the file. Nothing here writes the key, the passphrase or the keyring secret anywhere else.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag

from crm.domain.errors import Locked, Refused
from desktop.vault.keys import (
    DEFAULT_COST,
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
from desktop.vault.vault_file import (
    FILE_NAME,
    VaultFile,
    VaultHeader,
    check_enrolment,
    read_vault,
    write_vault,
)


class Vault:
    """The vault file in one profile folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def header(self) -> VaultHeader:
        """Return what is readable without any secret: practice flag, enrolment, cost.

        Raises: NotFound, Locked or Damaged, as `read_vault`.
        """
        return read_vault(self._path).header

    def create(
        self,
        passphrase: str,
        *,
        practice: bool,
        enrolment: str,
        keyring: SecretStore,
        cost: Cost = DEFAULT_COST,
    ) -> ReplicaKey:
        """Make a new key, keep it wrapped, return it. A practice vault leaves the keyring alone.

        `enrolment` is up to 64 ASCII letters, digits, . _ - (ValueError otherwise).
        Raises: Refused `vault.exists` (a vault is never overwritten), `vault.passphrase.*`,
        `folder.shared`, `vault.unwritable`; Locked `keyring.*`, `vault.memory.short`.
        """
        if self.exists:
            raise Refused("vault.exists")
        check_enrolment(enrolment)
        check_new_passphrase(passphrase)
        secret = None if practice else _kept_secret(keyring, enrolment)
        header = VaultHeader(
            practice=practice,
            enrolment=enrolment,
            cost=cost,
            salt=secrets.token_bytes(SALT_BYTES),
            keyring_check=None if secret is None else keyring_check(secret, enrolment),
        )
        key = ReplicaKey.random()
        wrapping = wrapping_key(passphrase_bytes(passphrase), secret, cost, header.salt)
        write_vault(self._path, VaultFile(header, wrap(key, wrapping, header.bound())))
        return key

    def open(self, passphrase: str, keyring: SecretStore) -> ReplicaKey:
        """Return the replica's key.

        Raises: Locked `vault.passphrase.wrong`, `vault.keyring.missing`, `vault.keyring.changed`,
        `vault.memory.short`, `keyring.*`; and as `read_vault`.
        """
        vault = read_vault(self._path)
        header = vault.header
        secret = _known_secret(keyring, header)
        wrapping = wrapping_key(passphrase_bytes(passphrase), secret, header.cost, header.salt)
        try:
            return unwrap(vault.wrapped, wrapping, header.bound())
        except InvalidTag as error:
            raise Locked("vault.passphrase.wrong") from error


def _kept_secret(keyring: SecretStore, enrolment: str) -> bytes:
    """Return the enrolment's keyring secret, made now unless an earlier try left one.

    A try that died between keyring and file leaves a secret that protects nothing yet.
    It is taken up again, so that a secret in use is never overwritten.
    """
    found = keyring.get(enrolment)
    if found is not None:
        return _decoded(found)
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
