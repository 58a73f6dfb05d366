"""What the disk under a replica can do to it, as errors that say so.

SQLite says "I/O error" for a broken disk as well as for a file that may not grow. Which one it
is gets tried out: after such an error a little is written beside the replica.
"""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from crm.domain.errors import Damaged, Locked, UserError

# Primary result codes of SQLite, the lowest byte of every code.
BUSY, LOCKED, READ_ONLY, IO_ERROR, CORRUPT, FULL, CANNOT_OPEN, NOT_A_DATABASE = (
    5, 6, 8, 10, 11, 13, 14, 26,
)  # fmt: skip
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_OURS_TO_WRITE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_PROBE_BYTES = 1 << 20


def code_of(error: BaseException | None) -> int:
    """Return SQLite's primary code of a driver's error; 0 where it has none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def told(error: BaseException, path: Path) -> UserError | None:
    """Return what a manager is told of a driver's error; None for what is a defect of ours."""
    code = code_of(error)
    if code in {BUSY, LOCKED}:
        return Locked("replica.busy")
    if code == FULL:
        return Damaged("replica.disk_full")
    if code in {READ_ONLY, IO_ERROR, CANNOT_OPEN} or _untold(error):
        return _tried_out(path)
    if code in {CORRUPT, NOT_A_DATABASE} or type(error).__name__ == "OperationalError":
        return Damaged("replica.unreadable")
    return None


def _untold(error: BaseException) -> bool:
    """Copying a file tells no code (sqlcipher3 0.6)."""
    return code_of(error) == 0 and "disk I/O" in str(error)


def refused_by_disk(error: OSError) -> UserError | None:
    """Return what a manager is told of a file that could not be written; None for the rest."""
    if error.errno in _NO_ROOM:
        return Damaged("replica.disk_full")
    if error.errno in _NOT_OURS_TO_WRITE:
        return Locked("replica.read_only")
    return None


def _tried_out(path: Path) -> UserError:
    """Write as far out as the replica's files reach, so that limits of files show as well."""
    files = (path, path.with_name(path.name + "-wal"))
    reach = max(file.stat().st_size if file.exists() else 0 for file in files)
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.seek(reach)
            file.write(bytes(_PROBE_BYTES))
            file.flush()
    except OSError as error:
        return refused_by_disk(error) or Damaged("replica.unreadable")
    return Damaged("replica.unreadable")
