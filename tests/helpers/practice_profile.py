"""A practice profile with some customers, laid out without a server."""

from __future__ import annotations

from contextlib import closing

from crm.domain.kinds import SCHEMA
from desktop.app.profiles import Profile, open_replica
from desktop.storage.replica import FILE_NAME, Replica
from desktop.vault.keys import LEAST_COST
from desktop.vault.system_keyring import SystemKeyring
from desktop.vault.vault_file import read_vault
from tests.helpers.fakes import an_identity

PASSPHRASE = "four relay horses"


class PracticeLaptop:
    """A practice profile with some customers."""

    def __init__(self, folder, customers=5):
        folder.mkdir(mode=0o700)
        self.profile = Profile(folder)
        self.key = self.profile.vault.create(
            PASSPHRASE,
            practice=True,
            enrolment="an-enrolment",
            keyring=SystemKeyring(),
            cost=LEAST_COST,
        )
        self.names = {f"nobody {number}" for number in range(customers)}
        with closing(Replica.create(folder / FILE_NAME, self.key.raw, SCHEMA)) as replica:
            replica.enrolled(an_identity("manager"))
            with replica.unit_of_work() as uow:
                for name in sorted(self.names):
                    uow.create("customer", {"name": name, "note": "x" * 150})
                uow.commit()

    def held(self):
        return held(self.profile)

    def fits(self, key):
        return Replica.fits(self.profile.replica_path, key.raw)

    def vault(self):
        return read_vault(self.profile.folder / "vault.json")


def held(profile):
    """Return the names that the passphrase opens; each page of them is whole."""
    with closing(open_replica(profile, PASSPHRASE)) as replica:
        assert replica.damaged_pages() == 0
        with replica.reader() as reader:
            hits = reader.find("nobody", 100_000)
            return {reader.get(hit.id).fields["name"] for hit in hits}
