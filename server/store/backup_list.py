"""The backups that can still be restored: DIR/backups.json, outside of what they hold.

From it follows what each laptop may forget: what lies in all of them (`safe`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from crm.domain.errors import Damaged
from server.store.files import write_private

LIST = "backups.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup: where it was put, and the numbers that it holds by incarnation."""

    id: str
    at: str
    file: str
    done: dict[str, int]


def read(folder: Path) -> list[Backup]:
    """Return the backups, oldest first. Raises: Damaged `server.backup_list`."""
    path = folder / LIST
    if not path.exists():
        return []
    try:
        return [Backup(**held) for held in json.loads(path.read_text(encoding="utf-8"))]
    except (TypeError, ValueError) as error:
        raise Damaged("server.backup_list") from error


def in_all(backups: Sequence[Backup]) -> dict[str, int]:
    """Return, by incarnation, the number up to which operations lie in every one of `backups`.

    That is what the oldest holds, unless two were made at once or one is of a life before a
    restore.
    """
    known = [backup.done for backup in backups]
    shared = set.intersection(*map(set, known)) if known else set()
    return {incarnation: min(done[incarnation] for done in known) for incarnation in shared}


def write(folder: Path, backups: list[Backup]) -> None:
    """Put the list, whole. Raises: OSError."""
    text = json.dumps([asdict(backup) for backup in backups], indent=1)
    write_private(folder / LIST, text.encode())
