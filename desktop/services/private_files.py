"""Files and folders that only their owner can read, written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

from crm.domain.errors import Refused

PART = ".yizhan-part"  # ends the name of a file that is not yet what it is to be


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

    What a killed write has left beside it under another name is removed by the next one.
    Raises: OSError; the file at `path` is then as it was.
    """
    _remove_leftovers(path)
    if not _write_nameless(path, content):
        _write_beside(path, content)
    _sync_folder(path.parent)


def _write_nameless(path: Path, content: bytes) -> bool:
    """Write a file that has no name until it is whole: a kill leaves nothing of it (Linux).

    Returns False where the file system, or a missing /proc, does not allow it.
    """
    if sys.platform != "linux":
        return False
    try:
        handle = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except OSError as error:
        if error.errno in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
            return False
        raise
    with os.fdopen(handle, "wb") as file:
        _fill(file, content)
        return _give_name(f"/proc/self/fd/{handle}", path)


def _give_name(nameless: str, path: Path) -> bool:
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}{PART}")
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        try:
            os.link(nameless, path.name, dst_dir_fd=folder)  # with it: linkat, which follows /proc
        except FileExistsError:
            os.link(nameless, part.name, dst_dir_fd=folder)
            _put(part, path)
    except FileNotFoundError:
        if Path(nameless).exists():
            raise
        return False
    finally:
        os.close(folder)
    return True


def _write_beside(path: Path, content: bytes) -> None:
    import tempfile  # not before a file is written: the window does not wait for it

    handle, name = tempfile.mkstemp(PART, f".{path.name}.", path.parent)  # made with 0600
    try:
        with os.fdopen(handle, "wb") as file:
            _fill(file, content)
            if sys.platform != "win32":
                _put(Path(name), path)  # while it is locked
        if sys.platform == "win32":
            _put(Path(name), path)  # an open file cannot be renamed there
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _fill(file: BinaryIO, content: bytes) -> None:
    _lock(file.fileno())
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _put(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _lock(handle: int) -> bool:
    """Hold a file as long as it is open; False when somebody else does.

    Windows lets nobody remove an open file, and needs no lock.
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_leftovers(path: Path) -> None:
    """Remove what writes to `path` have left that were killed; leave what is being written."""
    prefix = f".{path.name}."
    for found in list(path.parent.iterdir()):
        if found.name.startswith(prefix) and found.name.endswith(PART):
            _remove_if_left(found)


def _remove_if_left(part: Path) -> None:
    try:
        with part.open("rb") as file:
            left = _lock(file.fileno())
        if left:
            part.unlink()
    except (FileNotFoundError, PermissionError):
        return  # finished meanwhile; or, on Windows, being written


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows cannot and need not."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
