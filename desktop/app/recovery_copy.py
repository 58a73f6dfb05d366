"""The copy of the replica's key that the server alone can open, kept beside the wrapped key.

It is what a forgotten passphrase is recovered by (desktop.app.recovering). Made whenever the
profile is open, and for a new key before the replica gets it.
"""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING

from crm.domain.errors import UserError
from crm.domain.kinds import SCHEMA
from crm.records.sealing import key_id, seal_bytes
from desktop.services.reach import keep_reach
from desktop.storage.replica import Replica
from desktop.vault.vault_file import Recovery

if TYPE_CHECKING:
    from desktop.app.profiles import Profile
    from desktop.services.ports import Identity
    from desktop.vault.keys import ReplicaKey
    from desktop.vault.vault import Seal

PURPOSE = "recovery"

log = logging.getLogger(__name__)


def keep_copy(profile: Profile, identity: Identity, key: ReplicaKey) -> None:
    """Keep a copy of the replica's key that the identity's server alone can open, and where it is.

    Made anew each time: a copy in the file could be an older one, or somebody's. What goes wrong
    is logged: the profile is open, and the next opening tries again.
    """
    keep_reach(profile.folder, identity)
    copy = copy_of(identity, key)
    if copy is None:  # a server that has told no key yet
        return
    try:
        profile.vault.set_recovery(copy.key_id, copy.sealed)
    except UserError as error:
        log.warning("recovery copy not kept: %s", error.code)


def copy_of(identity: Identity, key: ReplicaKey) -> Recovery | None:
    """Return the key sealed to the identity's server; None where its key is not known."""
    if not identity.seal_key:
        return None
    bound = {"enrolment": identity.enrolment, "user": identity.user}
    return Recovery(
        key_id(identity.seal_key), seal_bytes(identity.seal_key, PURPOSE, bound, key.raw)
    )


def seal_of(profile: Profile) -> Seal:
    """Return what makes the copy of a new key; the present one tells by the replica for whom."""

    def seal(present: ReplicaKey, new: ReplicaKey) -> Recovery | None:
        with closing(Replica.open(profile.replica_path, present.raw, SCHEMA)) as replica:
            return copy_of(replica.identity(), new)

    return seal
