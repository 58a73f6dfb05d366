"""The zip container of a spreadsheet, read within limits.

Nothing is ever written to disk and no name in the archive is used as a path,
so a name cannot lead anywhere. Every way in which a broken or hostile archive
can fail becomes BadFile.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from crm.domain.errors import BadFile
from crm.interchange import limits

CHUNK_BYTES = 1 << 16
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Archive:
    """The parts of a zip file by name; capitals and the kind of slash do not matter."""

    def __init__(self, data: bytes) -> None:
        """Raises: BadFile `import.damaged`, `import.unpacked_too_large`."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise BadFile("import.damaged", part="zip") from error
        infos = self._zip.infolist()
        if len(infos) > limits.MAX_PARTS:
            raise BadFile("import.unpacked_too_large", limit_mb=_megabytes())
        self._infos = {_canonical(info.filename): info for info in infos}
        self._left = limits.MAX_UNPACKED_BYTES

    def __contains__(self, name: str) -> bool:
        return _canonical(name) in self._infos

    def names(self) -> tuple[str, ...]:
        """Return the parts' names in lower case with forward slashes."""
        return tuple(self._infos)

    def size(self, name: str) -> int:
        """Return how large the archive claims a part to be."""
        return self._info(name).file_size

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part's bytes. Raises: BadFile, also for what it unpacks to."""
        info = self._info(name)
        if info.file_size > self._left:
            raise BadFile("import.unpacked_too_large", limit_mb=_megabytes())
        try:
            yield from self._unpacked(info)
        except _BROKEN as error:
            raise BadFile("import.damaged", part=part_name(name)) from error

    def _unpacked(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile("a compression that no spreadsheet uses")
        with self._zip.open(info) as part:
            while chunk := part.read(CHUNK_BYTES):
                self._left -= len(chunk)
                if self._left < 0:
                    raise BadFile("import.unpacked_too_large", limit_mb=_megabytes())
                yield chunk

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = self._infos.get(_canonical(name))
        if info is None:
            raise BadFile("import.damaged", part=part_name(name))
        return info


def part_name(name: str) -> str:
    """Return the last piece of a part's name, short enough for a message."""
    return _canonical(name).rpartition("/")[2][:40]


def _canonical(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _megabytes() -> int:
    return limits.MAX_UNPACKED_BYTES // 2**20
