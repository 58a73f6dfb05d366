"""Who works with a profile, for the unlock page: readable before anything is unlocked.

Holds the manager's own name and branch and two counts, as the label on the laptop's lid would;
nothing about customers.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop.services.private_files import write_private_file

FILE_NAME = "greeting.json"
MOST = 80  # characters of a name
MOST_WAITING = 1_000_000
NEAR_DAYS = 7  # before the end of a lease from which it is told everywhere

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What the unlock page says of a profile."""

    name: str = ""
    branch: str = ""
    role: str = ""
    waiting: int = 0  # edits not sent, when it was last locked
    practice: bool = False
    until: str = ""  # the day on which the lease ends, ISO; "" while that is far away


def read_greeting(folder: Path) -> Greeting:
    """Return what is known; an empty greeting where the file is missing or makes no sense."""
    try:
        held = json.loads((folder / FILE_NAME).read_bytes())
        return Greeting(
            name=str(held["name"])[:MOST],
            branch=str(held["branch"])[:MOST],
            role=str(held["role"])[:MOST],
            waiting=min(max(0, int(held["waiting"])), MOST_WAITING),
            practice=bool(held["practice"]),
            until=str(held.get("until", ""))[:MOST],
        )
    except (OSError, ValueError, ArithmeticError, KeyError, TypeError, RecursionError):
        return Greeting()


def write_greeting(folder: Path, greeting: Greeting) -> None:
    """Keep a greeting; a full disk is no reason to fail for it."""
    try:
        write_private_file(folder / FILE_NAME, json.dumps(asdict(greeting)).encode())
    except OSError as error:
        log.warning("greeting not kept: %s", type(error).__name__)
