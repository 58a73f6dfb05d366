"""Writes down an unexpected error so that it can be sent on: PROFILE/reports/*.txt.

A report holds types, places in the code, versions and counts. The error's own words, values of
variables, names of the computer and of its user stay out: whoever reads it learns of no customer.
"""

from __future__ import annotations

import platform
import secrets
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from crm.domain.errors import Refused
from desktop.services.logbook import error_lines, harmless, masked
from desktop.services.private_files import make_private_folder, write_private_file

FOLDER = "reports"
KEPT = 20  # the newest
PARTS = ("yizhan", "PySide6_Essentials", "sqlcipher3", "SQLAlchemy", "requests")


def write_report(
    profile: Path,
    error: BaseException,
    context: Mapping[str, object] | None = None,
    *,
    now: datetime | None = None,
) -> Path:
    """Write a report below `profile` and return its file; the oldest make room.

    context: what the window was doing, as short names and counts: {"screen": "labels"}. Longer
        texts and anything that is not ASCII are replaced by their length.
    Raises: Refused `report.unwritable`.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    folder = profile / FOLDER
    file = folder / f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}.txt"
    text = "\n".join(report_lines(error, context or {}, moment)) + "\n"
    try:
        make_private_folder(profile)
        make_private_folder(folder)
        write_private_file(file, text.encode("ascii"))
        _make_room(folder)
    except OSError as failure:
        raise Refused("report.unwritable") from failure
    return file


def report_lines(
    error: BaseException, context: Mapping[str, object], moment: datetime
) -> Iterable[str]:
    """Yield the report, a line each, all of it ASCII."""
    yield "Yizhan: report of an unexpected error. It holds no customer's data."
    yield f"time: {moment.isoformat(timespec='seconds')}"
    yield from (f"{name}: {_version(name)}" for name in PARTS)
    yield f"Python: {platform.python_version()} on {sys.platform} {platform.machine()}"
    yield masked(f"system: {platform.system()} {platform.release()}")
    yield f"packed: {bool(getattr(sys, 'frozen', False))}"
    for name, value in context.items():
        yield masked(f"{harmless(name)}: {harmless(value)}")
    yield "error:"
    yield from error_lines(error)


def _version(name: str) -> str:
    try:
        return masked(version(name))
    except PackageNotFoundError:  # a packed program may not carry it
        return "unknown"


def _make_room(folder: Path) -> None:
    for file in sorted(folder.glob("*.txt"))[:-KEPT]:
        file.unlink(missing_ok=True)
