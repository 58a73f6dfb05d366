"""The backups that can still be restored: DIR/backups.json, outside of what they hold.

From it follows what each laptop may forget: what lies in the oldest of them lies in all (`safe`).
"""

from __future__ import annotations

import json
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


def write(folder: Path, backups: list[Backup]) -> None:
    """Put the list, whole. Raises: OSError."""
    text = json.dumps([asdict(backup) for backup in backups], indent=1)
    write_private(folder / LIST, text.encode())
