"""What the mailing tests share: real fonts, small made-up fonts, and a reader of PDF labels."""

from __future__ import annotations

import os
from contextlib import closing

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

from crm.paper.fonts import installed_fonts
from crm.paper.values import MM_PT
from desktop.mailing import Addressee, label_pdf
from desktop.mailing.sheets import sheet_named

NEEDED_FONTS = {"LXGW WenKai", "HanaMinB", "WenQuanYi Micro Hei"}


def an_addressee(**changes):
    usual = {"name": "张三", "address": "北京市西城区金融大街3号", "postcode": "100033"}
    return Addressee(**{"honorific": "先生", "ref": "r1"} | usual | changes)


@pytest.fixture
def addressee():
    """A builder: says only what matters to the test."""
    return an_addressee


@pytest.fixture(scope="session")
def _real_fonts():
    missing = NEEDED_FONTS - {font.name for font in installed_fonts() if not font.problem}
    if not missing:
        return
    reason = f"fonts not installed: {sorted(missing)}; python3 do.py setup names the packages"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def print_labels(_real_fonts):
    """`label_pdf` with the fonts of this machine."""
    return label_pdf


class PrintedLabels:
    """A label PDF read back by another library than the one that wrote it."""

    def __init__(self, pdf, sheet="a4-24"):
        self.sheet = sheet_named(sheet)
        self._document = pypdfium2.PdfDocument(pdf)

    def pages(self):
        return list(self._document)

    def metadata(self):
        return self._document.get_metadata_dict()

    def bounds(self, cell):
        """The printable part of a cell in points from the page's lower left: l, b, r, t."""
        left, top = self.sheet.cells.origin_mm(cell)
        pad = self.sheet.padding_mm
        mm = (
            left + pad["left"],
            self.sheet.height_mm - top - self.sheet.cells.height_mm + pad["bottom"],
            left + self.sheet.cells.width_mm - pad["right"],
            self.sheet.height_mm - top - pad["top"],
        )
        return tuple(length * MM_PT for length in mm)

    def texts(self, page=0):
        """Lines of text by cell (from 1), of the cells that have any."""
        with closing(self._document[page].get_textpage()) as text:
            found = {
                cell + 1: text.get_text_bounded(*self._whole_cell(cell)).split("\r\n")
                for cell in range(self.sheet.cells.count)
            }
        return {cell: lines for cell, lines in found.items() if lines != [""]}

    def boxes(self, page=0):
        """(character, box of its ink) for everything that leaves ink."""
        with closing(self._document[page].get_textpage()) as text:
            high = ""
            for index in range(text.count_chars()):
                left, bottom, right, top = box = text.get_charbox(index)
                unit = chr(pdfium.FPDFText_GetUnicode(text, index))  # of UTF-16
                if "\ud800" <= unit < "\udc00":
                    high = unit
                elif right > left and top > bottom:
                    yield (high + unit).encode("utf-16", "surrogatepass").decode("utf-16"), box
                    high = ""

    def _whole_cell(self, cell):
        left, top = (length * MM_PT for length in self.sheet.cells.origin_mm(cell))
        width, height = self.sheet.cells.width_mm * MM_PT, self.sheet.cells.height_mm * MM_PT
        page_height = self.sheet.height_mm * MM_PT
        return left, page_height - top - height, left + width, page_height - top


@pytest.fixture
def read_labels():
    return PrintedLabels


def _square(pen):
    for move, point in enumerate([(50, 0), (50, 800), (850, 800), (850, 0)]):
        (pen.lineTo if move else pen.moveTo)(point)
    pen.closePath()


def small_font(path, chars, *, blank="", postscript=False, fs_type=0):
    """Write a font that draws each of `chars` as a square, `blank` ones as nothing."""
    drawn = {char: f"u{ord(char):05X}" for char in chars}
    empty = {char: f"e{ord(char):05X}" for char in blank}
    names = [".notdef", *drawn.values(), *empty.values()]
    builder = FontBuilder(1000, isTTF=not postscript)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(char): name for char, name in (drawn | empty).items()})
    glyphs = {}
    for name in names:
        pen = T2CharStringPen(900, None) if postscript else TTGlyphPen(None)
        if name in drawn.values():
            _square(pen)
        glyphs[name] = pen.getCharString() if postscript else pen.glyph()
    if postscript:
        builder.setupCFF("Small", {}, glyphs, {})
    else:
        builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(names, (900, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Small", "styleName": "Regular", "psName": "Small"})
    builder.setupOS2(fsType=fs_type)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def write_font(tmp_path):
    """Write a small font into `folder` under a name that the catalogue knows."""

    def write(chars, name="LXGWWenKai-Regular.ttf", folder="fonts", **options):
        (tmp_path / folder).mkdir(exist_ok=True)
        small_font(tmp_path / folder / name, chars, **options)
        return tmp_path / folder

    return write
