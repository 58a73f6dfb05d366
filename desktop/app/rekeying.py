"""Another passphrase, another key: vault and replica change so that no kill parts them.

While it runs the vault holds both keys; the next opening asks the replica which of them it has.
docs/decisions/0080-vault-file-version-2.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crm.domain.errors import Damaged, NotFound, Refused, UserError
from desktop.app.profiles import Profile, Tell, key_fits
from desktop.app.recovery_copy import seal_of
from desktop.services.private_files import write_private_file
from desktop.storage.replica import Replica
from desktop.sync.engine import only_one
from desktop.sync.failpoints import arm, failpoint
from desktop.vault import request_file
from desktop.vault.passphrases import check_new_passphrase
from desktop.vault.system_keyring import SystemKeyring

WANTED = "rekey.wanted"


def change_passphrase(profile: Profile, old: str, new: str, own_words: Iterable[str] = ()) -> None:
    """Let another passphrase open an enrolled profile; the key stays.

    Raises: Refused `vault.passphrase.*`; Locked `vault.*`, `keyring.*`.
    """
    practice = profile.vault.header().practice
    check_new_passphrase(new, practice=practice, own_words=own_words)
    profile.vault.change_passphrase(old, new, SystemKeyring())


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """What came of a wish for a new key: done, or what kept it from being done."""

    done: bool = False
    failed: UserError | None = None


def want(folder: Path, wanted: bool) -> None:
    """Let the next unlocking by the window make a new key, or not after all. Raises: OSError."""
    if wanted:
        write_private_file(folder / WANTED, b"")
    else:
        (folder / WANTED).unlink(missing_ok=True)


def rekey_if_wanted(profile: Profile, passphrase: str, tell: Tell) -> Rekeyed:
    """Make the new key that was wished for; what keeps it from being made keeps nobody out.

    Raises: Locked where the passphrase or the keyring does not open the vault.
    """
    if not (profile.folder / WANTED).exists() or not profile.enrolled:
        return Rekeyed()
    try:
        rekey(profile, passphrase, tell)
        want(profile.folder, wanted=False)
    except (Refused, Damaged) as error:
        return Rekeyed(failed=error)
    return Rekeyed(done=True)


def rekey(profile: Profile, passphrase: str, tell: Tell | None = None) -> None:
    """Give an enrolled profile a new random key. Nobody else may have its replica open.

    The passphrase stays. Backups made before keep the key that they were made with, in the vault
    that is part of them. The new key's copy for recovery is there before the replica has that key.
    Raises: NotFound `profile.none`; Refused `sync.running`, `replica.rekey.in_use`; Damaged; Locked
    `vault.*`, `keyring.*`. Then the old key is still the one.
    """
    if not profile.enrolled:
        raise NotFound("profile.none")
    if profile.vault.header().practice:
        arm()
    fits, seal = key_fits(profile), seal_of(profile)
    with (
        only_one(profile.folder),
        profile.vault.rekeying(passphrase, SystemKeyring(), fits, seal) as (old, new, earlier),
    ):
        if tell is not None and earlier is not None:
            tell(earlier)
        _drop_request(profile)
        failpoint("rekey.both")
        Replica.rekey(profile.replica_path, old.raw, new.raw, failpoint)
        failpoint("rekey.replica")
    failpoint("rekey.vault")


def _drop_request(profile: Profile) -> None:
    """Give up a recovery that was asked for: the passphrase is known after all.

    It would bring back the key that the replica has had until now, and end this laptop's token
    for it. One that only owes the new key stays: this is it.
    """
    request = request_file.read_request(profile.folder)
    if request is not None and request.state != request_file.OWED:
        request_file.forget_request(profile.folder, SystemKeyring())
