"""A new key for a profile's replica: vault and file change so that no kill leaves them apart.

While it runs the vault holds both keys; the next opening asks the replica which of them it has.
docs/decisions/0080-vault-file-version-2.md.
"""

from __future__ import annotations

from crm.domain.errors import NotFound
from desktop.app.profiles import Profile, key_fits
from desktop.storage.replica import Replica
from desktop.sync.engine import only_one
from desktop.sync.failpoints import arm, failpoint
from desktop.vault.system_keyring import SystemKeyring
from desktop.vault.vault import Seal


def rekey(profile: Profile, passphrase: str, seal: Seal | None = None) -> None:
    """Give an enrolled profile a new random key. Nobody else may have its replica open.

    The passphrase stays. Backups made before keep the key that they were made with, in the vault
    that is part of them. `seal` makes the new key's copy for recovery; without it there is none
    until the next opening.
    Raises: NotFound `profile.none`; Refused `sync.running`, `replica.rekey.in_use`; Damaged; Locked
    `vault.*`, `keyring.*`. Then the old key is still the one.
    """
    if not profile.enrolled:
        raise NotFound("profile.none")
    if profile.vault.header().practice:
        arm()
    fits = key_fits(profile)
    with (
        only_one(profile.folder),
        profile.vault.rekeying(passphrase, SystemKeyring(), fits, seal) as (old, new),
    ):
        failpoint("rekey.both")
        Replica.rekey(profile.replica_path, old.raw, new.raw, failpoint)
        failpoint("rekey.replica")
    failpoint("rekey.vault")
