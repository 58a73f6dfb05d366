"""A backup file of the whole store: one snapshot of every table, in a form of its own.

MAGIC · one zstd frame of JSON lines · BLAKE2b-256 of all before it. The first line is the
header; then for each table a line {"table", "columns"}, its rows as arrays, and {"rows": count}.
It depends on neither database: what was read from one can be put into the other.

A file gets its name only when it is whole and has been read back. Personal data is in clear in
it: mode 0600, and where it is kept is the server's keeper's to guard.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import sqlalchemy as sa
import zstandard
from sqlalchemy.engine import Connection

from crm.domain.errors import BadFile, Refused
from crm.domain.kind import NAME
from crm.records.canonical import DIGEST_MODULUS, content_hash
from server.store import tables as t
from server.store.files import give_name, sync_folder

FAMILY, MAGIC = b"YIZHAN-BACKUP ", b"YIZHAN-BACKUP 1\n"
SUM_BYTES = 32
CHUNK = 1 << 20
ROWS = 1000
LONGEST_LINE = 64 << 20  # one row; the longest of ours is an edit of a whole long record
TYPES: dict[str, Any] = {
    "text": sa.Text(),
    "whole": sa.BigInteger(),
    "flag": sa.Boolean(),
    "binary": sa.LargeBinary(),
}

Row = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a backup is. `files` are the server's own keys, base64 by name."""

    backup: str
    at: str
    revision: str  # of the tables
    epoch: str
    practice: bool
    server_key: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Contents:
    """What was found on reading a backup through."""

    header: Header
    rows: int = 0
    records: int = 0  # living
    done: dict[str, int] = field(default_factory=dict)  # by incarnation


# --- writing ---------------------------------------------------------------------------------


def write(path: Path, header: Header, connection: Connection) -> Contents:
    """Write the state that `connection` sees to `path`, read it back, and give it its name.

    Raises: Refused `backup.exists`; BadFile `backup.unwritable` (a full disk, …), `backup.damaged`
    when what is read back is not what was written. Then there is no file of that name.
    """
    if path.exists():
        raise Refused("backup.exists")
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            _fill(file, header, connection)
            file.flush()
            os.fsync(file.fileno())
        with reading(part) as dump:
            found = dump.verified()
        give_name(part, path)
        sync_folder(path.parent)
    except FileExistsError as error:  # another backup was as quick
        part.unlink(missing_ok=True)
        raise Refused("backup.exists") from error
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
        raise BadFile("backup.unwritable", reason=reason) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return found


def _fill(file: BinaryIO, header: Header, connection: Connection) -> None:
    digest = hashlib.blake2b(digest_size=SUM_BYTES)

    class Summed:
        """Passes bytes on and adds them up."""

        def write(self, data: bytes) -> int:
            digest.update(data)
            return file.write(data)

    summed = Summed()
    summed.write(MAGIC)
    packer = zstandard.ZstdCompressor(level=3).stream_writer(summed, closefd=False)  # type: ignore[arg-type]
    for line in _lines(header, connection):
        packer.write(line)
    packer.flush(zstandard.FLUSH_FRAME)
    file.write(digest.digest())


def _lines(header: Header, connection: Connection) -> Iterator[bytes]:
    yield _line(asdict(header))
    for table in t.metadata.sorted_tables:
        columns = [[str(column.name), _tag(column)] for column in table.columns]
        yield _line({"table": table.name, "columns": columns})
        count = 0
        for part in connection.execute(
            sa.select(*table.columns), execution_options={"yield_per": ROWS}
        ).partitions():
            yield b"".join(_line(list(row)) for row in part)
            count += len(part)
        yield _line({"rows": count})


def _line(value: object) -> bytes:
    return orjson.dumps(value, default=bytes.hex, option=orjson.OPT_APPEND_NEWLINE)


def _tag(column: sa.Column[Any]) -> str:
    for name, kinds in (
        ("flag", sa.Boolean),
        ("whole", sa.Integer),
        ("binary", sa.LargeBinary),
        ("text", sa.Text),
    ):
        if isinstance(column.type, kinds):
            return name
    raise TypeError(f"no form for {column}")


# --- reading ---------------------------------------------------------------------------------


@contextmanager
def reading(path: Path) -> Iterator[Dump]:
    """Open a backup whose every byte is as it was written.

    Raises: BadFile `backup.unreadable`, `backup.not_one`, `backup.newer`, `backup.damaged`.
    """
    try:
        with path.open("rb") as file:
            _check_sum(file)
            yield Dump(file)
    except OSError as error:
        reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
        raise BadFile("backup.unreadable", reason=reason) from error


def _check_sum(file: BinaryIO) -> None:
    beginning = file.read(len(MAGIC))
    if not beginning.startswith(FAMILY):
        raise BadFile("backup.not_one")
    if beginning != MAGIC:
        raise BadFile("backup.newer")
    length = file.seek(0, os.SEEK_END) - SUM_BYTES
    file.seek(0)
    digest, left = hashlib.blake2b(digest_size=SUM_BYTES), length
    while left > 0 and (data := file.read(min(CHUNK, left))):
        digest.update(data)
        left -= len(data)
    if left != 0 or file.read() != digest.digest():
        raise BadFile("backup.damaged", place="checksum")


class _Body:
    """A part of a file that is read as a file; others may read the file in between."""

    def __init__(self, file: BinaryIO, place: int, end: int) -> None:
        self._file, self._place, self._end = file, place, end

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._place
        self._file.seek(self._place)
        data = self._file.read(left if size < 0 else min(size, left))
        self._place += len(data)
        return data


class Dump:
    """An open backup."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.header = self._header()

    def _header(self) -> Header:
        try:
            return Header(**orjson.loads(next(iter(self._lines()))))
        except (TypeError, ValueError, StopIteration) as error:
            raise BadFile("backup.damaged", place="header") from error

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines anew from the first."""
        left = b""
        try:
            for data in self._unpacked():
                *whole, left = (left + data).split(b"\n")
                yield from whole
                if len(left) > LONGEST_LINE:
                    raise BadFile("backup.damaged", place="line")
        except zstandard.ZstdError as error:
            raise BadFile("backup.damaged", place="body") from error
        if left:
            raise BadFile("backup.damaged", place="end")

    def _unpacked(self) -> Iterator[bytes]:
        """Yield what was packed between the magic and the sum, never more than CHUNK at once."""
        self._file.seek(0, os.SEEK_END)
        body = _Body(self._file, len(MAGIC), self._file.tell() - SUM_BYTES)
        with zstandard.ZstdDecompressor(max_window_size=LONGEST_LINE).stream_reader(
            body,  # type: ignore[arg-type]
            closefd=False,
        ) as reader:
            while data := reader.read(CHUNK):
                yield data

    def tables(self) -> Iterator[tuple[sa.Table, Iterator[Row]]]:
        """Yield each table with its rows, which are to be read to their end.

        Raises: BadFile `backup.damaged`.
        """
        lines = iter(self._lines())
        next(lines)  # the header
        for line in lines:
            told = _parsed(line)
            if not isinstance(told, dict) or "table" not in told:
                raise BadFile("backup.damaged", place="table")
            table = _table(told)
            rows = _rows(table, lines)
            yield table, rows
            for _ in rows:
                raise BadFile("backup.damaged", place="unread")

    def verified(self) -> Contents:
        """Read everything; hold totals of streams against what their records add up to.

        Raises: BadFile `backup.damaged`.
        """
        found = Contents(self.header)
        told: dict[str, tuple[int, int]] = {}
        sums: dict[str, tuple[int, int]] = {}
        for table, rows in self.tables():
            names = [column.name for column in table.columns]
            look = _LOOKS.get(table.name, _only_count)
            for row in rows:
                found.rows += 1
                try:
                    look(found, told, sums, dict(zip(names, row, strict=True)))
                except (AttributeError, KeyError, TypeError, ValueError) as error:
                    raise BadFile("backup.damaged", place=table.name) from error
        sums = {stream: totals for stream, totals in sums.items() if totals[0]}
        told = {stream: totals for stream, totals in told.items() if totals[0]}
        if sums != told:
            raise BadFile("backup.damaged", place="totals")
        return found


Totals = dict[str, tuple[int, int]]  # live, digest of each stream


def _only_count(found: Contents, told: Totals, sums: Totals, row: dict[str, Any]) -> None:
    """Nothing is to be looked at."""


def _look_at_incarnation(found: Contents, told: Totals, sums: Totals, row: dict[str, Any]) -> None:
    found.done[row["id"]] = row["done"]


def _look_at_stream(found: Contents, told: Totals, sums: Totals, row: dict[str, Any]) -> None:
    told[row["id"]] = (row["live"], int(row["digest"], 16))


def _look_at_record(found: Contents, told: Totals, sums: Totals, row: dict[str, Any]) -> None:
    if row["dead"]:
        return
    fields = orjson.loads(row["fields"])
    made = content_hash(row["id"], row["kind"], row["version"], row["parent"], fields)
    live, digest = sums.get(row["stream"], (0, 0))
    sums[row["stream"]] = (live + 1, (digest + int.from_bytes(made, "big")) % DIGEST_MODULUS)
    found.records += 1


_LOOKS: dict[str, Callable[[Contents, Totals, Totals, dict[str, Any]], None]] = {
    "incarnation": _look_at_incarnation,
    "stream": _look_at_stream,
    "record": _look_at_record,
}


def _table(told: dict[str, Any]) -> sa.Table:
    """Return a table as it was when the backup was made."""
    try:
        columns = [sa.Column(name, TYPES[tag]) for name, tag in told["columns"]]
        if not all(map(NAME.fullmatch, [told["table"], *(c.name for c in columns)])):
            raise ValueError("no name of ours")
        return sa.Table(told["table"], sa.MetaData(), *columns)
    except (KeyError, TypeError, ValueError, sa.exc.ArgumentError) as error:
        raise BadFile("backup.damaged", place="columns") from error


def _rows(table: sa.Table, lines: Iterator[bytes]) -> Iterator[Row]:
    binary = {n for n, c in enumerate(table.columns) if isinstance(c.type, sa.LargeBinary)}
    width = len(table.columns)
    for count, line in enumerate(lines):
        row = _parsed(line)
        if isinstance(row, dict):
            if row.get("rows") != count:
                raise BadFile("backup.damaged", place="rows")
            return
        if not isinstance(row, list) or len(row) != width:
            raise BadFile("backup.damaged", place="row")
        yield [_bytes(value) if n in binary else value for n, value in enumerate(row)]
    raise BadFile("backup.damaged", place="rows")


def _bytes(value: object) -> bytes | None:
    try:
        return None if value is None else bytes.fromhex(str(value))
    except ValueError as error:
        raise BadFile("backup.damaged", place="row") from error


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError as error:
        raise BadFile("backup.damaged", place="line") from error


def in_pages(table: sa.Table, rows: Iterable[Row]) -> Iterator[list[dict[str, Any]]]:
    """Yield rows by name, ROWS at a time."""
    names = [str(column.name) for column in table.columns]  # SQLAlchemy's own kind of text
    page: list[dict[str, Any]] = []
    for row in rows:
        page.append(dict(zip(names, row, strict=True)))
        if len(page) == ROWS:
            yield page
            page = []
    if page:
        yield page
