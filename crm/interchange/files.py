"""A file that somebody hands in: what it is, and the table in it.

Recognised by content, never by its name alone, since names lie. What cannot
be read is named for what it is, so that the message can say what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from crm.domain.errors import BadFile
from crm.domain.kind import Kind, kind_of
from crm.domain.kinds import Customer
from crm.interchange import limits
from crm.interchange.archive import Archive
from crm.interchange.csv_files import read_csv
from crm.interchange.headings import known_headings
from crm.interchange.layout import table_of
from crm.interchange.table import Grid, Step, Table, no_step
from crm.interchange.workbook import Sheet, open_workbook
from crm.interchange.worksheet import read_sheet

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "import.picture"),
    (b"\xff\xd8\xff", "import.picture"),
    (b"GIF8", "import.picture"),
    (b"BM", "import.picture"),
    (b"RIFF", "import.picture"),
    (b"II*\x00", "import.picture"),
    (b"MM\x00*", "import.picture"),
    (b"%PDF", "import.pdf"),
    (b"\x09\x08", "import.old_excel"),  # Excel 2 to 4, without a container
    (b"\x09\x04", "import.old_excel"),
    (b"\x09\x02", "import.old_excel"),
    (b"\x09\x00\x04\x00", "import.old_excel"),
    (b"Rar!", "import.archive"),
    (b"7z\xbc\xaf", "import.archive"),
    (b"\x1f\x8b", "import.archive"),
    (b"BZh", "import.archive"),
    (b"\xfd7zXZ", "import.archive"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKUP = (
    (b"<!doctype html", "import.html"),
    (b"<html", "import.html"),
    (b"<table", "import.html"),
    (b"<meta", "import.html"),
    (b"mime-version:", "import.html"),
    (b"<?xml", "import.xml"),
)


def read_file(path: Path) -> bytes:
    """Return a file's bytes, within the limit. Raises: BadFile."""
    try:
        if path.stat().st_size > limits.MAX_FILE_BYTES:
            raise BadFile("import.too_large", limit_mb=limits.MAX_FILE_BYTES // 2**20)
        return path.read_bytes()
    except OSError as error:
        raise BadFile("import.unreadable", reason=type(error).__name__) from error


def read_table(
    data: bytes,
    filename: str,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    kind: Kind | None = None,
    step: Step = no_step,
) -> Table:
    """Return the table in a file: xlsx (or xlsm), or csv by whatever name.

    The first visible sheet that holds anything is read, or the one called
    `sheet`. `encoding` says what a csv file has where guessing went wrong.
    Headings are looked for in the words of `kind`, customers by default.
    Raises: BadFile; facts name line and column where they are known.
    """
    known = known_headings(kind or kind_of(Customer))
    _refuse_size(data)
    if data.startswith(_ZIP):
        grid = _read_workbook(data, sheet, step)
        return table_of(grid, known, ragged_is_wrong=False)
    _refuse_other_kinds(data, filename)
    return table_of(read_csv(data, encoding, step), known, ragged_is_wrong=True)


def _refuse_size(data: bytes) -> None:
    if not data.strip():
        raise BadFile("import.empty_file")
    if len(data) > limits.MAX_FILE_BYTES:
        raise BadFile("import.too_large", limit_mb=limits.MAX_FILE_BYTES // 2**20)


def _refuse_other_kinds(data: bytes, filename: str) -> None:
    if data.startswith(_OLE):
        raise BadFile("import.encrypted" if _ENCRYPTED in data else "import.old_excel")
    if data[4:12] in (b"ftypheic", b"ftypmif1"):
        raise BadFile("import.picture")
    for signature, code in _SIGNATURES:
        if data.startswith(signature) and _is_binary(data):
            raise BadFile(code)
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for beginning, code in _MARKUP:
        if start.startswith(beginning):
            raise BadFile("import.html" if b"<html" in start else code)
    if filename.casefold().endswith((".xlsx", ".xlsm")) and _is_binary(data):
        raise BadFile("import.damaged", part="zip")


def _is_binary(data: bytes) -> bool:
    """Tell a picture from a csv file whose first heading is "BM"."""
    head = data[:4096]
    marks = sum(byte < 32 and byte not in (9, 10, 13) for byte in head)
    return marks > 0 or data.startswith(b"%PDF")


def _read_workbook(data: bytes, wanted: str | None, step: Step) -> Grid:
    archive = Archive(data)
    _refuse_other_archives(archive)
    book = open_workbook(archive)
    shown = [sheet for sheet in book.sheets if sheet.visible] or list(book.sheets)
    names = tuple(sheet.name for sheet in shown)
    chosen = shown if wanted is None else _called(book.sheets, wanted)
    for sheet in chosen:
        grid = read_sheet(archive, book, sheet, step)
        if grid.lines:
            grid.other_sheets = tuple(name for name in names if name != sheet.name)
            return grid
    raise BadFile("import.empty_table")


def _called(sheets: tuple[Sheet, ...], wanted: str) -> list[Sheet]:
    found = [sheet for sheet in sheets if sheet.name == wanted]
    if not found:
        raise BadFile("import.no_such_sheet", known=", ".join(sheet.name for sheet in sheets))
    return found


def _ends(*ends: str) -> Callable[[str], bool]:
    return lambda name: name.endswith(ends)


_OTHER_ARCHIVES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (_ends(".iwa", "index.zip"), "import.numbers"),
    (_ends("xl/workbook.bin"), "import.xlsb"),
    (_ends("word/document.xml", "ppt/presentation.xml"), "import.not_a_table"),
)


def _refuse_other_archives(archive: Archive) -> None:
    names = archive.names()
    for belongs, code in _OTHER_ARCHIVES:
        if any(map(belongs, names)):
            raise BadFile(code)
    if "content.xml" in archive and "mimetype" in archive:
        raise BadFile("import.ods")
    if not any(name.endswith(("workbook.xml", "[content_types].xml")) for name in names):
        raise BadFile("import.archive")
