"""What a server must remember beside its database: a restored dump would have forgotten it.

DIR/revoked.jsonl    devices that were declared lost or retired, or whose place another took
                     (`replaced`); a line each, never rewritten
DIR/erasures.jsonl   customers who were erased, or whose processing was stopped; likewise

Ids, hashes of tokens, codes and moments; nobody's name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TypeVar

from crm.domain.errors import Damaged
from server.store.files import sync_folder

REVOKED = "revoked.jsonl"
ERASURES = "erasures.jsonl"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A device that may no longer sync. `token` is the SHA-256 that the database holds."""

    enrolment: str
    person: str
    token: str
    state: str  # lost, retired, replaced
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided about a customer. `roots`: the customer and whoever was merged into it."""

    root: str
    roots: list[str]
    act: str  # erased, restricted
    at: str
    actor: str
    reason: str
    kept: str | None = None  # why processing was stopped only
    until: str | None = None
    lived: dict[str, str] = field(default_factory=dict)


def note_revoked(folder: Path, device: Revoked) -> None:
    """Add a device to the list; it is on the disk when this returns. Raises: OSError."""
    _add(folder, REVOKED, asdict(device))


def note_decided(folder: Path, decided: Decided) -> None:
    """Add a decision to the list; it is on the disk when this returns. Raises: OSError."""
    _add(folder, ERASURES, asdict(decided))


def _add(folder: Path, name: str, told: dict[str, object]) -> None:
    line = json.dumps(told, separators=(",", ":")).encode() + b"\n"
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, b"\n" + line if _is_torn(folder / name) else line)
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(folder)


def revoked(folder: Path) -> list[Revoked]:
    """Return the devices on the list; lost overrides retired and never goes back.

    A last line without an end was being written when the power went: it was never promised.
    Raises: Damaged `server.revoked_list` for anything else that is no line of ours.
    """
    found: dict[str, Revoked] = {}
    for device in _lines(folder / REVOKED, Revoked, "server.revoked_list"):
        known = found.get(device.enrolment)
        if known is None or known.state != "lost":
            found[device.enrolment] = device
    return list(found.values())


def decided(folder: Path) -> list[Decided]:
    """Return the newest decision about each customer; erased overrides and never goes back.

    Raises: Damaged `server.erased_list`, as `revoked`.
    """
    found: dict[str, Decided] = {}
    for one in _lines(folder / ERASURES, Decided, "server.erased_list"):
        known = found.get(one.root)
        if known is None or known.act != "erased":
            found[one.root] = one
    return list(found.values())


def _lines(path: Path, made: Callable[..., T], damage: str) -> Iterator[T]:
    if not path.exists():
        return
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            yield _checked(made(**json.loads(line)))
        except (TypeError, ValueError, RecursionError) as error:
            if number == len(lines) or _was_torn(lines, number):
                continue
            raise Damaged(damage, line=number) from error


def _checked(one: T) -> T:
    """Raise TypeError unless every value is of the form that we write."""
    for spec in fields(one):  # type: ignore[arg-type]
        if not _FORMS.get(spec.name, _is_text)(getattr(one, spec.name)):
            raise TypeError(spec.name)
    return one


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_nothing(value: object) -> bool:
    return value is None or isinstance(value, str)


_FORMS: dict[str, Callable[[object], bool]] = {
    "roots": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "lived": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    "kept": _is_text_or_nothing,
    "until": _is_text_or_nothing,
}


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
