"""A workbook's frame: its sheets, shared strings and number formats.

Handles the differences between Excel, WPS, LibreOffice and small writers:
absolute and relative targets, any letter case, prefixes, strict and
transitional namespaces, phonetic runs, styles that nobody uses.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.archive import Archive
from crm.interchange.cell_values import PLAIN, Style, style_of
from crm.interchange.xml_parts import Attributes, parse

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: the name on its tab, its part, and whether the tab is shown."""

    name: str
    part: str
    visible: bool


@dataclass(slots=True)
class Workbook:
    """What is needed to read any of its sheets. A string of None was too long to keep."""

    sheets: tuple[Sheet, ...]
    strings: list[str | None] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    date1904: bool = False


def open_workbook(archive: Archive) -> Workbook:
    """Read the frame. Raises: BadFile `import.damaged`, `import.no_sheet` and limits."""
    part = _main_part(archive)
    frame = _Frame()
    _parse_small(archive, part, frame)
    relations = _relations(archive, part)
    sheets = tuple(_sheets(archive, frame, relations))
    if not sheets:
        raise BadFile("import.no_sheet")
    book = Workbook(sheets, date1904=frame.date1904)
    book.strings = _strings(archive, relations)
    book.styles = _styles(archive, relations)
    return book


def unescaped(text: str) -> str:
    """Return text with `_x000D_` and the like made the characters they stand for."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: _character(int(match[1], 16)), text)


def _character(code: int) -> str:
    return "" if 0xD800 <= code < 0xE000 or code == 0 else chr(code)


class _Frame:
    """Collects the sheets and the date system from workbook.xml."""

    def __init__(self) -> None:
        self.date1904 = False
        self.sheets: list[tuple[str, str, bool]] = []  # name, relation id, visible

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "workbookPr":
            self.date1904 = attributes.get("date1904", "") in ("1", "true")
        elif name == "sheet" and len(self.sheets) < limits.MAX_SHEETS:
            state = attributes.get("state", "visible")
            self.sheets.append((attributes["name"], _relation_id(attributes), state == "visible"))

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


def _relation_id(attributes: Attributes) -> str:
    found = [value for name, value in attributes.items() if name.endswith(":id")]
    if not found:
        raise ValueError("a sheet without its relation")
    return found[0]


@dataclass(frozen=True, slots=True)
class _Relation:
    id: str
    kind: str  # the last piece of its type: worksheet, sharedStrings, styles
    part: str


class _Relations:
    """Collects the relations of one part; what lies outside the archive is left alone."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: list[_Relation] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes["Target"].replace("\\", "/")
            part = posixpath.normpath(posixpath.join("/", self._folder, target))
            kind = attributes["Type"].rpartition("/")[2]
            self.found.append(_Relation(attributes["Id"], kind, part))

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


def _relations(archive: Archive, part: str) -> list[_Relation]:
    folder, name = posixpath.split(part)
    described = posixpath.join(folder, "_rels", f"{name}.rels")
    handler = _Relations(folder)
    if described in archive:
        _parse_small(archive, described, handler)
    return handler.found


def _main_part(archive: Archive) -> str:
    for relation in _relations(archive, ""):
        if relation.kind == "officeDocument" and relation.part in archive:
            return relation.part
    return "/xl/workbook.xml"


def _sheets(archive: Archive, frame: _Frame, relations: list[_Relation]) -> list[Sheet]:
    parts = {r.id: r.part for r in relations if r.kind == "worksheet" and r.part in archive}
    return [Sheet(name, parts[i], shown) for name, i, shown in frame.sheets if i in parts]


def _parse_small(archive: Archive, part: str, handler: _Frame | _Relations | _Styles) -> None:
    if archive.size(part) > limits.MAX_SMALL_PART_BYTES:
        raise BadFile("import.unpacked_too_large", limit_mb=limits.MAX_SMALL_PART_BYTES // 2**20)
    parse(archive, part, handler)


def _part_of_kind(archive: Archive, relations: list[_Relation], kind: str) -> str | None:
    return next((r.part for r in relations if r.kind == kind and r.part in archive), None)


class _Strings:
    """Collects shared strings: rich text joined, phonetic guides left out."""

    def __init__(self) -> None:
        self.strings: list[str | None] = []
        self._pieces: list[str] = []
        self._length = 0
        self._total = 0
        self._wanted = False
        self._phonetic = False

    def start(self, name: str, _attributes: Attributes) -> None:
        if name == "t":
            self._wanted = not self._phonetic
        elif name == "si":
            self._pieces.clear()
            self._length = 0
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if name == "t":
            self._wanted = False
        elif name == "si":
            self._keep()
        elif name == "rPh":
            self._phonetic = False

    def text(self, data: str) -> None:
        if self._wanted and self._length <= limits.MAX_CELL_CHARACTERS:
            self._pieces.append(data)
            self._length += len(data)

    def _keep(self) -> None:
        if len(self.strings) >= limits.MAX_CELLS:
            raise BadFile("import.too_many_cells", limit=limits.MAX_CELLS)
        self._total += self._length
        if self._total > limits.MAX_TABLE_CHARACTERS:
            raise BadFile("import.too_much_text", limit=limits.MAX_TABLE_CHARACTERS)
        too_long = self._length > limits.MAX_CELL_CHARACTERS
        self.strings.append(None if too_long else unescaped("".join(self._pieces)).strip())


def _strings(archive: Archive, relations: list[_Relation]) -> list[str | None]:
    handler = _Strings()
    part = _part_of_kind(archive, relations, "sharedStrings")
    if part is not None:
        parse(archive, part, handler)
    return handler.strings


class _Styles:
    """Collects the number format of each cell style, and nothing else of styles.xml."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.ids: list[int] = []
        self._in_cell_styles = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt" and "formatCode" in attributes:
            self.codes[int(attributes.get("numFmtId", "0"))] = attributes["formatCode"]
        elif name == "cellXfs":
            self._in_cell_styles = True
        elif name == "xf" and self._in_cell_styles:
            self.ids.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_styles = False

    def text(self, data: str) -> None:
        pass


def _styles(archive: Archive, relations: list[_Relation]) -> list[Style]:
    handler = _Styles()
    part = _part_of_kind(archive, relations, "styles")
    if part is not None:
        _parse_small(archive, part, handler)
    made = {i: style_of(i, handler.codes.get(i)) for i in set(handler.ids)}
    return [PLAIN if made[i] == PLAIN else made[i] for i in handler.ids]
