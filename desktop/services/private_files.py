"""Files and folders that only their owner can read, written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

from crm.domain.errors import Refused


def make_private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700. One that exists must be ours, and closed or still empty.

    A folder in use is not closed here: a slip such as --profile / would lock the others out.
    Raises: Refused `folder.shared` for a folder that others can read; OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return  # there a profile inherits the rights of the user's own folder
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise Refused("folder.shared")
    if stat.S_IMODE(found.st_mode) & 0o077:
        if any(folder.iterdir()):
            raise Refused("folder.shared")
        folder.chmod(0o700)


def write_private_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` with mode 0600: after a crash there is the old file or the new one.

    Raises: OSError; the file at `path` is then as it was.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows cannot and need not."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
