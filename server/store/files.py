"""Small files beside the database: readable by their owner only, whole or not there."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Put `content` at `path` with mode 0600: after a crash there is the old file or the new one.

    Raises: OSError; the file at `path` is then as it was.
    """
    part = _part(path)
    try:
        with os.fdopen(_opened(part), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def check_writable(path: Path) -> None:
    """Find out whether `write_private` can make a file beside `path`. Raises: OSError."""
    part = _part(path)
    os.close(_opened(part))
    part.unlink()


def _part(path: Path) -> Path:
    """Return a fresh name beside `path`, where a file is until it is whole."""
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")


def _opened(part: Path) -> int:
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def give_name(part: Path, path: Path) -> None:
    """Give a whole file its name, where nothing has that name. Raises: OSError, FileExistsError.

    A disk that knows no second names (FAT) does not tell of one that came in between.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        part.replace(path)
    else:
        part.unlink()


def sync_folder(folder: Path) -> None:
    """Make new names durable; Windows cannot and need not."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
