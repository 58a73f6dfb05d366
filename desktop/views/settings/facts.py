"""What this computer is and holds: read beside the window, shown as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desktop.services.access import Logged, own_log
from desktop.services.office import KeyFacts, Office, Person
from desktop.services.standing import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`size_bytes`: of everything in the profile's folder. `version`: "" where it is unknown."""

    person: Person
    customers: int
    size_bytes: int
    version: str
    log: tuple[Logged, ...] = ()  # of the person's own looks, the newest first
    now: datetime | None = None
    keys: KeyFacts | None = None


def read_facts(office: Office) -> Facts:
    """Return the facts of an unlocked profile. A few milliseconds."""
    return Facts(
        person=office.person,
        customers=standing(office.reader).customers,
        size_bytes=_size_bytes(office.folder),
        version=_version(),
        log=own_log(office.reader, office.person.user),
        now=office.clock(),
        keys=office.keys.facts() if office.keys else None,
    )


def _size_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # gone meanwhile
            continue
    return total


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow, and read off the GUI

    try:
        return version("yizhan")
    except PackageNotFoundError:
        return ""
