"""Enrolling a laptop again that the server has forgotten: replica and edits stay.

A server that was restored from a backup does not know who was enrolled after it. The person
shows the password once more; the laptop gets a new token and goes on as a new incarnation.
"""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path

from crm.domain.errors import Refused
from crm.domain.kinds import SCHEMA
from desktop.app.profiles import Asked, Profile, asked_twice, heeding, sync_engine
from desktop.services.ports import Identity
from desktop.services.progress import Progress
from desktop.storage.replica import Replica
from desktop.sync.engine import only_one
from desktop.sync.enrol import enrol
from desktop.sync.errors import Revoked


def enrol_again(
    profile: Profile,
    replica: Replica,
    login: str,
    asked: Asked,
    *,
    device: str | None = None,
    progress: Progress | None = None,
) -> Identity:
    """Make a laptop known once more to the server that it is enrolled at; a sync comes next.

    Raises: Refused `enrol.known` where the server knows it and it could simply sync,
    `enrol.other_person`, `enrol.practice_differs`, `enrol.login`, …; ServerUnreachable;
    ServerRefused; Condemned; Cancelled. Then nothing has changed here.
    """
    progress = progress or Progress()
    if not _is_forgotten(profile, replica, progress):
        raise Refused("enrol.known")
    old = replica.identity()
    call = partial(
        enrol,
        old.server_url,
        login,
        asked.password(),
        device=device or socket.gethostname(),
        schema=SCHEMA,
        ca_file=Path(old.ca_file) if old.ca_file else None,
        check=progress.check,
    )
    with only_one(profile.folder):
        new = asked_twice(call, asked)
        if new.user != old.user:
            raise Refused("enrol.other_person", device=new.enrolment)
        if new.practice != old.practice:
            raise Refused("enrol.practice_differs", device=new.enrolment)
        replica.enrolled_again(new)
    return new


def _is_forgotten(profile: Profile, replica: Replica, progress: Progress) -> bool:
    """Ask by a sync: if the server knows this laptop after all, that is what was missing."""
    try:
        with heeding(profile):
            sync_engine(profile, replica).sync(progress)
    except Revoked as refusal:
        if refusal.code == "sync.token":
            return True
        raise
    return False
