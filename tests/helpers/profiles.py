"""Practice profiles that `yizhan` opens with a passphrase, made without any server."""

from __future__ import annotations

from crm.domain.kinds import SCHEMA
from desktop.app.profiles import Profile
from desktop.services.private_files import make_private_folder
from desktop.storage.replica import Replica
from desktop.vault.keys import LEAST_COST
from desktop.vault.system_keyring import SystemKeyring
from tests.helpers.commands import Laptop
from tests.helpers.fakes import an_identity


def a_profile(folder, **identity):
    """Return (laptop, open replica, key) of a new profile; the caller closes the replica."""
    laptop, profile = Laptop(folder), Profile(folder)
    make_private_folder(folder)
    who = an_identity(**identity)
    key = profile.vault.create(
        laptop.passphrase,
        practice=True,
        enrolment=who.enrolment,
        keyring=SystemKeyring(),
        cost=LEAST_COST,
    )
    replica = Replica.create(profile.replica_path, key.raw, SCHEMA)
    replica.enrolled(who)
    return laptop, replica, key
