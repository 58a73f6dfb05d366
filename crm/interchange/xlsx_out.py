"""An xlsx file written straight into its zip container, row by row.

Every cell is text with the text format, so that phones, identity numbers and
postcodes stay what they are in Excel, WPS and LibreOffice, and nothing in it
can run. Rows are compressed as they come: memory does not grow with them, but
for the compressed bytes. The same rows give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO
from xml.sax.saxutils import escape

from crm.domain.errors import Refused
from crm.interchange import limits
from crm.interchange.neutral import is_risky
from crm.interchange.table import column_letter

MAX_LINES = limits.MAX_LINES
MAX_SHEET_BYTES = 2_000_000_000  # unpacked; beyond 2 GiB a part needs the zip64 form

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BATCH_ROWS = 500
_LEVEL = 3  # a third faster than 6, and hardly larger

_TEXT, _HEADING, _RISKY = 1, 2, 3  # styles, by their place in _STYLES

_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    # Format 49 is @, text. quotePrefix is what Excel itself notes for a typed apostrophe:
    # the cell stays text even when somebody edits it.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}">'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        "</cellStyleXfs>"
        '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" '
        'applyFont="1"/>'
        '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" '
        'applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}

# XML 1.0 cannot hold these; a spreadsheet writes them, and whatever looks like that, as _xHHHH_
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_SPECIAL = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x")


def xlsx_bytes(
    sheet: str, headings: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]
) -> bytes:
    """Return a workbook of one sheet. `widths` are of its columns, in characters.

    Raises: Refused `export.too_many_rows`, `export.cell_too_long` (fact `cell`).
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, text in _PARTS.items():
            _write(archive, name, text)
        _write(archive, "xl/workbook.xml", _workbook(sheet))
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            _write_sheet(part, headings, rows, widths)
    return out.getvalue()


def _write(archive: zipfile.ZipFile, name: str, text: str) -> None:
    with archive.open(name, "w") as part:  # dated 1980, so that equal rows give equal bytes
        part.write((_HEAD + text).encode())


def _workbook(sheet: str) -> str:
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={_attribute(sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _attribute(text: str) -> str:
    quoted = escape(text[:31], {'"': "&quot;"})
    return f'"{quoted}"'


def _write_sheet(
    part: IO[bytes],
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int],
) -> None:
    letters = [column_letter(i) for i in range(len(headings))]
    written = part.write((_HEAD + _sheet_start(widths)).encode())
    batch = [_row(1, headings, letters, _HEADING)]
    for line, cells in enumerate(rows, start=2):
        if line > MAX_LINES or written > MAX_SHEET_BYTES:
            raise Refused("export.too_many_rows", limit=line - 2)
        batch.append(_row(line, cells, letters, _TEXT))
        if len(batch) == _BATCH_ROWS:
            written += part.write("".join(batch).encode())
            batch.clear()
    part.write(("".join(batch) + "</sheetData></worksheet>").encode())


def _sheet_start(widths: Sequence[int]) -> str:
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1" style="{_TEXT}"/>'
        for i, width in enumerate(widths, start=1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
    )


def _row(line: int, cells: Sequence[str], letters: Sequence[str], style: int) -> str:
    made = [
        _cell(f"{letter}{line}", text, style)
        for letter, text in zip(letters, cells, strict=True)
        if text
    ]
    return f'<row r="{line}">{"".join(made)}</row>'


def _cell(address: str, text: str, style: int) -> str:
    if len(text) > limits.MAX_CELL_CHARACTERS:
        raise Refused("export.cell_too_long", cell=address, limit=limits.MAX_CELL_CHARACTERS)
    if is_risky(text):
        style = _RISKY
    if _SPECIAL.search(text):
        text = escape(_ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", text))
    return (
        f'<c r="{address}" s="{style}" t="inlineStr"><is>'
        f'<t xml:space="preserve">{text}</t></is></c>'
    )
