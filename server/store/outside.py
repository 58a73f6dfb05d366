"""What a server must remember beside its database: a restored dump would have forgotten it.

DIR/revoked.jsonl   devices that were declared lost or retired, or whose place another took
                    (`replaced`); a line each, never rewritten

Ids, hashes of tokens and moments; nobody's name.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from crm.domain.errors import Damaged
from server.store.files import sync_folder

REVOKED = "revoked.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A device that may no longer sync. `token` is the SHA-256 that the database holds."""

    enrolment: str
    person: str
    token: str
    state: str  # lost, retired, replaced
    at: str


def note_revoked(folder: Path, device: Revoked) -> None:
    """Add a device to the list; it is on the disk when this returns. Raises: OSError."""
    line = json.dumps(asdict(device), separators=(",", ":")).encode() + b"\n"
    handle = os.open(folder / REVOKED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, b"\n" + line if _is_torn(folder / REVOKED) else line)
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(folder)


def revoked(folder: Path) -> list[Revoked]:
    """Return the devices on the list; lost overrides retired and never goes back.

    A last line without an end was being written when the power went: it was never promised.
    Raises: Damaged `server.revoked_list` for anything else that is no line of ours.
    """
    path = folder / REVOKED
    if not path.exists():
        return []
    found: dict[str, Revoked] = {}
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            device = Revoked(**json.loads(line))
        except (TypeError, ValueError) as error:
            if number == len(lines) or _was_torn(lines, number):
                continue
            raise Damaged("server.revoked_list", line=number) from error
        known = found.get(device.enrolment)
        if known is None or known.state != "lost":
            found[device.enrolment] = device
    return list(found.values())


def _is_torn(path: Path) -> bool:
    """Tell whether the file ends in the midst of a line."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _was_torn(lines: list[bytes], number: int) -> bool:
    """Tell whether a line was left unfinished: the next write began behind an empty end."""
    return number < len(lines) and not lines[number - 1].endswith(b"}")
