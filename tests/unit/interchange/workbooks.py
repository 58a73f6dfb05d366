"""Workbooks as programs save them, put together from their XML.

`excel`, `wps` and `libreoffice` write the same cells in the three programs'
own ways; `package` takes XML as it is, for everything that none of them does.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape

from crm.interchange.table import column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

ROOT_RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)
WORKBOOK_RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId4" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
    "</Relationships>"
)
ONE_SHEET = '<sheet name="客户" sheetId="1" r:id="rId1"/>'


@dataclass(frozen=True)
class Number:
    """A number cell: the stored text, and the number format it is shown in."""

    stored: str
    format_code: str = "General"


def archive(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return out.getvalue()


def sheet_xml(data, after="", root=f'<worksheet xmlns="{MAIN}">', before=""):
    return f"{HEAD}{root}{before}<sheetData>{data}</sheetData>{after}</worksheet>"


def workbook_xml(sheets=ONE_SHEET, properties=""):
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}'
        f"<sheets>{sheets}</sheets></workbook>"
    )


def strings_xml(*items):
    return f'{HEAD}<sst xmlns="{MAIN}">{"".join(f"<si>{item}</si>" for item in items)}</sst>'


def styles_xml(*format_codes):
    """Styles 0, 1, …: a number is a built-in format, a text a custom one."""
    customs, cells = [], []
    for i, code in enumerate(format_codes):
        number = code if isinstance(code, int) else 164 + i
        if not isinstance(code, int):
            quoted = escape(code, {'"': "&quot;"})
            customs.append(f'<numFmt numFmtId="{number}" formatCode="{quoted}"/>')
        cells.append(f'<xf numFmtId="{number}" fontId="0"/>')
    return (
        f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts>{"".join(customs)}</numFmts>'
        f'<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>'
        f"<cellXfs>{''.join(cells)}</cellXfs></styleSheet>"
    )


def package(sheet, **parts):
    """A workbook of one sheet's XML; `strings`, `styles`, `workbook`, `sheet2` … replace parts."""
    names = {
        "strings": "xl/sharedStrings.xml",
        "styles": "xl/styles.xml",
        "workbook": "xl/workbook.xml",
        "relations": "xl/_rels/workbook.xml.rels",
        "sheet2": "xl/worksheets/sheet2.xml",
    }
    made = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": ROOT_RELATIONS,
        "xl/workbook.xml": workbook_xml(),
        "xl/_rels/workbook.xml.rels": WORKBOOK_RELATIONS,
        "xl/worksheets/sheet1.xml": sheet,
    }
    made.update({names[key]: text for key, text in parts.items()})
    return archive(made)


def simple(*rows):
    """A workbook of inline strings; an empty text is no cell at all."""
    return package(sheet_xml("".join(_inline_row(i, row) for i, row in enumerate(rows, start=1))))


def _inline_row(line, cells):
    made = (
        f'<c r="{column_letter(i)}{line}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for i, cell in enumerate(cells)
        if cell
    )
    return f'<row r="{line}">{"".join(made)}</row>'


def excel(*rows):
    """As Excel 365 saves it: shared strings with phonetics and runs, spans, ignorable markup."""
    root = (
        f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'mc:Ignorable="x14ac xr" '
        'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
        'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" '
        'xr:uid="{00000000-0001-0000-0000-000000000000}">'
    )
    last = f"{column_letter(max(map(len, rows)) - 1)}{len(rows)}"
    before = (
        f'<dimension ref="A1:{last}"/><sheetViews><sheetView tabSelected="1" workbookViewId="0"/>'
        '</sheetViews><sheetFormatPr defaultRowHeight="14.25" x14ac:dyDescent="0.2"/>'
    )
    after = '<phoneticPr fontId="1" type="noConversion"/><pageMargins left="0.7" right="0.7"/>'
    cells = _Cells(string=_excel_string)
    data = "".join(
        f'<row r="{line}" spans="1:{len(row)}" x14ac:dyDescent="0.2">{cells.row(line, row)}</row>'
        for line, row in enumerate(rows, start=1)
    )
    return package(
        sheet_xml(data, after, root, before),
        strings=strings_xml(*cells.strings),
        styles=styles_xml(*cells.formats),
    )


def _excel_string(text):
    if len(text) < 2:
        return f"<t>{escape(text)}</t>"
    # half of the text in a run of its own, and the reading of it, which is not part of it
    return (
        f"<r><t>{escape(text[:1])}</t></r><r><rPr><b/><sz val='11'/></rPr>"
        f"<t xml:space='preserve'>{escape(text[1:])}</t></r>"
        f'<rPh sb="0" eb="1"><t>ふりがな</t></rPh><phoneticPr fontId="1"/>'
    )


def wps(*rows):
    """As WPS saves it: a dimension of one cell, styled blanks to the right and below."""
    cells = _Cells(string=lambda text: f"<t>{escape(text)}</t>")
    data = ""
    for line, row in enumerate(rows, start=1):
        blanks = "".join(
            f'<c r="{column_letter(i)}{line}" s="0"/>' for i in range(len(row), len(row) + 230)
        )
        data += f'<row r="{line}">{cells.row(line, row)}{blanks}</row>'
    below = range(len(rows) + 1, len(rows) + 300)
    data += "".join(f'<row r="{line}"><c r="A{line}" s="0"/></row>' for line in below)
    return package(
        sheet_xml(data, before='<sheetPr/><dimension ref="A1"/>'),
        strings=strings_xml(*cells.strings),
        styles=styles_xml(*(c.replace("General", "G/通用格式") for c in cells.formats)),
        workbook=workbook_xml(
            properties='<fileVersion appName="xl" lastEdited="3"/><workbookPr/>'
            '<bookViews><workbookView windowWidth="27945"/></bookViews>'
        ),
    )


def libreoffice(*rows):
    """As LibreOffice saves it: a type on every cell, formulas kept, attributes spelled out."""
    cells = _Cells(
        string=lambda text: f'<t xml:space="preserve">{escape(text)}</t>', number_type=' t="n"'
    )
    data = "".join(
        f'<row r="{line}" customFormat="false" ht="12.8" hidden="false" customHeight="false" '
        f'outlineLevel="0" collapsed="false">{cells.row(line, row)}</row>'
        for line, row in enumerate(rows, start=1)
    )
    return package(
        sheet_xml(
            data,
            before='<sheetPr filterMode="false"><pageSetUpPr fitToPage="false"/></sheetPr>'
            f'<dimension ref="A1:Z{len(rows)}"/>',
            after='<printOptions headings="false"/><headerFooter differentFirst="false">'
            "<oddHeader>&amp;C&amp;A</oddHeader></headerFooter>",
        ),
        strings=strings_xml(*cells.strings),
        styles=styles_xml(*cells.formats),
    )


class _Cells:
    """Writes cells and collects the strings and formats that they refer to."""

    def __init__(self, string, number_type=""):
        self._string = string
        self._number_type = number_type
        self.strings = []
        self.formats = ["General"]

    def row(self, line, cells):
        return "".join(self._cell(f"{column_letter(i)}{line}", c) for i, c in enumerate(cells))

    def _cell(self, address, cell):
        if isinstance(cell, Number):
            style = self._style(cell.format_code)
            return f'<c r="{address}" s="{style}"{self._number_type}><v>{cell.stored}</v></c>'
        if not cell:
            return ""
        self.strings.append(self._string(cell))
        return f'<c r="{address}" s="0" t="s"><v>{len(self.strings) - 1}</v></c>'

    def _style(self, code):
        if code not in self.formats:
            self.formats.append(code)
        return self.formats.index(code)
