"""A laptop's folder, copied as a person with a file manager does it."""

from __future__ import annotations

import copy
import shutil

from desktop.storage.replica import FILE_NAME, Replica
from tests.helpers.fakes import a_key


def copied(laptop, folder):
    """Return a second laptop on a copy of the first one's folder; both may go on."""
    laptop.replica.close()
    shutil.copytree(laptop.folder, folder)
    laptop.reopen()
    twin = copy.copy(laptop)
    twin.folder = folder
    twin.replica = Replica.open(
        folder / FILE_NAME, a_key(), twin.schema, migrations=twin.migrations, clock=lambda: twin.now
    )
    return twin


def put_back(laptop, folder):
    """Let a laptop's folder be what a copy of it is: today's is lost."""
    laptop.replica.close()
    shutil.rmtree(laptop.folder)
    shutil.copytree(folder, laptop.folder)
    laptop.reopen()
