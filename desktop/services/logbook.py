"""The rotating log of a profile, and the last defence of personal data on the way into it.

Modules log constant English templates with ids and counts. Where one of them slips, or a
library quotes a value, the formatter here lets through no text but short ASCII identifiers,
no long number, no exception's own words. Reasons and limits: docs/decisions/0013-log.md.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from traceback import walk_tb
from types import FrameType, NoneType
from uuid import UUID

from crm.domain.errors import Refused, UserError
from desktop.services.private_files import make_private_folder

FILE_NAME = "yizhan.log"
FILE_BYTES = 1_000_000
FILES = 5
OURS = ("crm", "desktop")

_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_WORD = rf"(?:{_UUID}|[A-Za-z0-9_-]{{1,24}})"  # a key or a token is longer
_IDENTIFIER = re.compile(rf"(?=.{{1,64}}\Z){_WORD}(?:[.:]{_WORD})*")
_NUMBERS = (int, float, Decimal, NoneType)
_COLLECTIONS = (bytes, list, tuple, dict, set, frozenset)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_KEPT = re.compile(rf"(\b{_UUID}\b|\b[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![0-9-]))")  # ids, dates
# Identity, card and phone numbers of seven digits or more, bare or grouped as people write them.
_NUMBER = re.compile(r"(?=(?:[0-9][ -]?){7})[0-9]{3,}(?:[ -][0-9]{3,})*[Xx]?")


def open_log(folder: Path) -> logging.Logger:
    """Log into `folder`/logs/yizhan.log from now on: five files of 1 MB, mode 0600, UTC.

    `folder` is the profile's. A log that was open is closed first. Our own records are kept
    from INFO up, those of libraries from WARNING up. End with `close_log`.
    Raises: Refused `log.unwritable`, `folder.shared`.
    """
    close_log()
    handler = _opened(folder)
    logging.getLogger().addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    return logging.getLogger("desktop")


def close_log() -> None:
    """Close what `open_log` opened; nothing open is no error."""
    root = logging.getLogger()
    for handler in [found for found in root.handlers if isinstance(found, _LogFile)]:
        root.removeHandler(handler)
        handler.close()
        for name in OURS:
            logging.getLogger(name).setLevel(logging.NOTSET)


def _opened(folder: Path) -> _LogFile:
    try:
        make_private_folder(folder)
        make_private_folder(folder / "logs")
        handler = _LogFile(
            folder / "logs" / FILE_NAME,
            maxBytes=FILE_BYTES,
            backupCount=FILES - 1,
            encoding="ascii",
            errors="replace",
        )
    except OSError as error:
        raise Refused("log.unwritable", reason=_symbol(error) or type(error).__name__) from error
    handler.setFormatter(SafeFormatter())
    handler.addFilter(_worth_keeping)
    return handler


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OURS


def _worth_keeping(record: logging.LogRecord) -> bool:
    """Libraries say little below WARNING that matters, and quote much that must not stay."""
    return record.levelno >= logging.WARNING or _is_ours(record)


class _LogFile(RotatingFileHandler):
    """A rotating file that only its owner can read, and that fails without quoting the record."""

    def _open(self) -> TextIOWrapper:
        return open(  # Path.open takes no opener
            self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_open_private
        )

    def doRollover(self) -> None:  # noqa: N802  (logging's name)
        """Rotate, or go on in the same file: Windows renames no file that a second process has."""
        try:
            super().doRollover()
        except OSError:
            self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """Say on standard error that a record is lost; the standard handler would print it."""
        _complain(f"a record from {record.name} was lost", sys.exception())

    def close(self) -> None:
        """Close the file; a full disk at the end of a day's work is no reason to fail."""
        try:
            super().close()
        except OSError as error:
            _complain("its end was lost", error)


def _complain(what: str, error: BaseException | None) -> None:
    if sys.stderr is None:  # a window has none
        return
    with suppress(OSError):  # it may lie on the same full disk; there is nobody else to tell
        sys.stderr.write(f"log: {what} ({type(error).__name__})\n")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class SafeFormatter(logging.Formatter):
    """Time, level, place, message; then errors as types and places, never in their own words."""

    def format(self, record: logging.LogRecord) -> str:
        # Nothing that other formatters cached on the record (exc_text, message) is used.
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        place = f"{masked(record.name)}:{record.lineno}"
        lines = [f"{moment} {record.levelname} {place} {masked(_message(record))}"]
        if record.exc_info and record.exc_info[1] is not None:
            lines += error_lines(record.exc_info[1])
        return "\n".join(lines)


def error_lines(error: BaseException) -> list[str]:
    """Return an error, its places and its causes, a line each, without a word of its own."""
    return [masked(line) for line in _error_lines(error, "  ", set())]


def masked(text: str) -> str:
    """Return `text` on one line without long numbers and without anything beyond ASCII."""
    text = _NOT_ASCII.sub(lambda run: f"<text {len(run[0])}>", text)
    text = _CONTROL.sub(" ", text)
    pieces = _KEPT.split(text)  # every second piece is one to keep
    pieces[::2] = [_NUMBER.sub(lambda run: f"<number {len(run[0])}>", gap) for gap in pieces[::2]]
    return "".join(pieces)


def harmless(value: object) -> object:
    """Return what may stand in the log for `value`; numbers stay numbers, for %d and %.1f."""
    if isinstance(value, BaseException):
        return _name_of_error(value)
    if isinstance(value, _NUMBERS):
        return value
    if isinstance(value, date | timedelta | UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return value if _IDENTIFIER.fullmatch(value) else f"<text {len(value)}>"
    return _shape(value)


def _shape(value: object) -> str:
    size = f" {len(value)}" if isinstance(value, _COLLECTIONS) else ""
    return f"<{type(value).__name__}{size}>"


def _message(record: logging.LogRecord) -> str:
    """Return the template filled with harmless values; a text that is no template stays out."""
    template, args = record.msg, record.args
    if not isinstance(template, str):
        return str(harmless(template))
    if not args:
        return template if _is_ours(record) else f"<text {len(template)}>"
    try:
        if isinstance(args, Mapping):
            return template % {name: harmless(value) for name, value in args.items()}
        return template % tuple(harmless(value) for value in args)
    except (
        TypeError,
        ValueError,
        KeyError,
        OverflowError,
    ):  # a word where a number was due: keep the rest
        return f"{template} <arguments do not fit>"


def _error_lines(error: BaseException, indent: str, seen: set[int]) -> list[str]:
    """Return the error with its places, the members of a group, then what caused it."""
    lines = []
    for link in _chain(error, seen):
        lines.append(f"{indent}{_name_of_error(link)}")
        lines += [f"{indent}  at {_place(*spot)}" for spot in walk_tb(link.__traceback__)]
        if isinstance(link, BaseExceptionGroup):
            for member in link.exceptions:
                lines += _error_lines(member, indent + "  | ", seen)
    return lines


def _chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    """Yield the error, then its causes, newest first, each once."""
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        hidden = error.__cause__ is not None or error.__suppress_context__
        error = error.__cause__ if hidden else error.__context__


def _name_of_error(error: BaseException) -> str:
    """Return the type with the library's symbolic code; of a UserError code and facts."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, UserError):
        facts = (f" {fact}={harmless(value)}" for fact, value in error.facts.items())
        return f"{name} {error.code}" + "".join(facts)
    symbol = _symbol(error)
    return f"{name} {symbol}" if symbol else name


def _symbol(error: BaseException) -> str:
    """Return ENOSPC, SQLITE_CONSTRAINT_UNIQUE and the like, or nothing."""
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0, "")
    symbol = getattr(error, "sqlite_errorname", "")
    return symbol if isinstance(symbol, str) and _IDENTIFIER.fullmatch(symbol) else ""


def _place(frame: FrameType, line: int) -> str:
    """Return module, line and function: a file's path would name the user's home."""
    return f"{frame.f_globals.get('__name__', '?')}:{line} in {frame.f_code.co_name}"
