"""Where a locked laptop asks for help: readable before anything is unlocked.

Holds the server's address and ids, nothing about customers. Nothing in it is trusted with a
secret: the recovery copy opens under the right ids alone, and at the right server alone.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.services.private_files import write_private_file

if TYPE_CHECKING:
    from desktop.services.ports import Identity

FILE_NAME = "reach.json"
MOST = 1000  # characters of an address or a path
LARGEST_FILE = 16 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The server of a profile, and who the profile is there."""

    server_url: str
    ca_file: str | None
    enrolment: str
    user: str


def read_reach(folder: Path) -> Reach | None:
    """Return what is known; None where the file is missing or makes no sense."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            held = json.loads(file.read(LARGEST_FILE))
        texts = [held["server_url"], held["enrolment"], held["user"]]
        if not all(isinstance(text, str) and len(text) <= MOST for text in texts):
            return None
        ca_file = held["ca_file"]
        return Reach(
            server_url=held["server_url"],
            ca_file=str(ca_file)[:MOST] if ca_file else None,
            enrolment=held["enrolment"],
            user=held["user"],
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep_reach(folder: Path, identity: Identity) -> None:
    """Keep where this identity asks, if that has changed; a full disk is no reason to fail."""
    now = Reach(
        server_url=identity.server_url,
        ca_file=identity.ca_file,
        enrolment=identity.enrolment,
        user=identity.user,
    )
    if read_reach(folder) == now:
        return
    try:
        write_private_file(folder / FILE_NAME, json.dumps(asdict(now)).encode())
    except OSError as error:
        log.warning("reach not kept: %s", type(error).__name__)
