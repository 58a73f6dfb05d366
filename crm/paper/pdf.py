"""The PDF back end: draws pages of the display list, embeds what they use, decides nothing.

Text is written as glyph numbers in hexadecimal, never as PDF strings, so no
word can act as an operator. One compressed stream a page keeps memory low.
"""

from __future__ import annotations

import threading
import zlib
from typing import cast

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, TTFontFace

from crm.paper.faces import FaceChain
from crm.paper.values import MM_PT, Page, Rule, Run

MOST_GLYPHS = 30_000  # the subset's own character table counts in 16 bits
PRODUCER = "Yizhan"

_subsetting = threading.Lock()  # a reportlab face keeps one read position for all its users


class Subset(dict[str, str]):
    """The characters used of one face, as a table: character -> glyph number in hexadecimal."""

    def __init__(self, resource: str, face: TTFontFace) -> None:
        super().__init__()
        self.resource = resource
        self.face = face

    def __missing__(self, char: str) -> str:
        number = self[char] = f"{len(self) + 1:04X}"  # 0 is the missing glyph
        return number

    def has_room_for(self, text: str) -> bool:
        return len(self) + len(text) <= MOST_GLYPHS

    @property
    def codes(self) -> list[int]:
        return [ord(char) for char in self]


class PdfBook:
    """A PDF in the making. Give it pages, then take the bytes once.

    The document says nothing about people: fixed dates, a neutral title, and an
    identifier that depends on the content alone.
    """

    def __init__(self, chain: FaceChain, *, title: str, language: str) -> None:
        self._chain = chain
        self._subsets: list[Subset] = []
        self._current: dict[int, Subset] = {}
        self._fonts = pdfdoc.PDFDictionary({})
        self._document = _empty_document(title, language)
        resources = pdfdoc.PDFDictionary({"Font": self._fonts})
        self._resources = self._keep(resources)

    def add(self, page: Page) -> None:
        """Draw one page."""
        height_pt = page.height_mm * MM_PT
        drawn = "\n".join(self._operators(run, height_pt) for run in page.runs)
        lines = "".join(_line(rule, height_pt) for rule in page.rules)
        content = f"{lines}BT\n{drawn}\nET\n".encode("ascii")
        self._document.updateSignature(content)
        leaf = pdfdoc.PDFPage()
        leaf.MediaBox = pdfdoc.PDFArray(
            [0, 0, round(page.width_mm * MM_PT, 2), round(height_pt, 2)]
        )
        leaf.Resources = self._resources
        leaf.Contents = _stream(content)
        self._document.addPage(leaf)

    def finish(self) -> bytes:
        """Embed the fonts and return the file."""
        for index, subset in enumerate(self._subsets):
            self._fonts[subset.resource] = self._embedded(subset, _tag(index))
        written: bytes = self._document.format()
        return written

    def _keep(self, part: pdfdoc.PDFObject) -> pdfdoc.PDFObjectReference:
        """Add `part` to the file as an object of its own and return the reference to it."""
        reference = self._document.Reference(part)  # type: ignore[no-untyped-call]
        return cast(pdfdoc.PDFObjectReference, reference)

    def _operators(self, run: Run, height_pt: float) -> str:
        place = f"1 0 0 1 {run.x_mm * MM_PT:.2f} {height_pt - run.y_mm * MM_PT:.2f} Tm"
        parts = [place]
        for face, text in run.spans:
            subset = self._subset(face, text)
            glyphs = "".join(map(subset.__getitem__, text))
            parts.append(f"/{subset.resource} {run.size_pt:.3f} Tf <{glyphs}> Tj")
        return " ".join(parts)

    def _subset(self, face: int, text: str) -> Subset:
        """Return the subset of `face` to use for `text`, a fresh one where the last is full."""
        subset = self._current.get(face)
        if subset is None or not subset.has_room_for(text):
            subset = Subset(f"F{len(self._subsets)}", self._chain.face(face))
            self._subsets.append(subset)
            self._current[face] = subset
        return subset

    def _embedded(self, subset: Subset, tag: str) -> pdfdoc.PDFObjectReference:
        """Return the reference of a composite font: two-byte numbers straight to glyphs."""
        name = _name(f"{tag}+{_postscript_name(subset.face)}")
        keep = self._keep
        descendant = pdfdoc.PDFDictionary(
            {
                "Type": _name("Font"),
                "Subtype": _name("CIDFontType2"),
                "BaseFont": name,
                "CIDSystemInfo": _system_info(),
                "FontDescriptor": keep(_descriptor(name, subset, keep(_font_file(subset)))),
                "DW": 1000,
                "W": pdfdoc.PDFArray([1, pdfdoc.PDFArray(_widths(subset))]),
                "CIDToGIDMap": keep(_stream(_glyph_map(subset))),
            }
        )
        font = pdfdoc.PDFDictionary(
            {
                "Type": _name("Font"),
                "Subtype": _name("Type0"),
                "BaseFont": name,
                "Encoding": _name("Identity-H"),
                "DescendantFonts": pdfdoc.PDFArray([keep(descendant)]),
                "ToUnicode": keep(_stream(_to_unicode(subset).encode("ascii"))),
            }
        )
        return keep(font)


def _empty_document(title: str, language: str) -> pdfdoc.PDFDocument:
    # A reader must not fit the page to the paper: labels would drift off the sheet's cuts.
    document = pdfdoc.PDFDocument(compression=1, invariant=1, pdfVersion=(1, 7), lang=language)
    catalog = document.Catalog  # type: ignore[attr-defined]
    catalog.Outlines = None
    catalog.ViewerPreferences = pdfdoc.PDFDictionary({"PrintScaling": _name("None")})
    document.setTitle(title)
    document.setProducer(PRODUCER)
    for blank in (document.setAuthor, document.setSubject, document.setCreator):
        blank("")
    return document


def _line(rule: Rule, height_pt: float) -> str:
    left, y = rule.x_mm * MM_PT, height_pt - rule.y_mm * MM_PT
    right = left + rule.width_mm * MM_PT
    return f"{rule.weight_pt:.2f} w {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S\n"


def _name(text: str) -> str:
    return pdfdoc.PDFName(text)


def _stream(content: bytes) -> pdfdoc.PDFStream:
    """Return a compressed stream; compressed here, so that no page waits in the open."""
    dictionary = pdfdoc.PDFDictionary({"Filter": _name("FlateDecode")})
    return pdfdoc.PDFStream(dictionary, zlib.compress(content))


def _tag(index: int) -> str:
    """Return the six letters that mark subset number `index`."""
    digits = f"{index:06d}"
    return digits.translate(str.maketrans("0123456789", "ABCDEFGHIJ"))


def _postscript_name(face: TTFontFace) -> str:
    """Return the face's own name in plain letters."""
    name: str = face.name.decode("utf-8")
    return "".join(char for char in name if char.isascii() and char.isalnum()) or "Font"


def _system_info() -> pdfdoc.PDFDictionary:
    identity = {
        "Registry": pdfdoc.PDFString("Adobe"),
        "Ordering": pdfdoc.PDFString("Identity"),
        "Supplement": 0,
    }
    return pdfdoc.PDFDictionary(identity)


def _font_file(subset: Subset) -> pdfdoc.PDFStream:
    with _subsetting:
        outlines: bytes = subset.face.makeSubset(subset.codes)
    stream = _stream(outlines)
    stream.dictionary["Length1"] = len(outlines)
    return stream


def _descriptor(
    name: str, subset: Subset, font_file: pdfdoc.PDFObjectReference
) -> pdfdoc.PDFDictionary:
    face = subset.face
    return pdfdoc.PDFDictionary(
        {
            "Type": _name("FontDescriptor"),
            "FontName": name,
            "Flags": face.flags & ~FF_NONSYMBOLIC | FF_SYMBOLIC,
            "FontBBox": pdfdoc.PDFArray(face.bbox),
            "ItalicAngle": face.italicAngle,
            "Ascent": face.ascent,
            "Descent": face.descent,
            "CapHeight": face.capHeight,
            "StemV": face.stemV,
            "FontFile2": font_file,
        }
    )


def _widths(subset: Subset) -> list[float]:
    return [round(subset.face.charWidths[code], 1) for code in subset.codes]


def _glyph_map(subset: Subset) -> bytes:
    """Return two bytes per number: the glyph's place in the subset.

    makeSubset numbers glyphs in the order of first use and keeps one for two
    characters that share it; text extraction needs these two told apart.
    """
    places: dict[int, int] = {}
    for code in subset.codes:
        places.setdefault(subset.face.charToGlyph[code], len(places) + 1)
    glyphs = (places[subset.face.charToGlyph[code]] for code in subset.codes)
    return b"\0\0" + b"".join(glyph.to_bytes(2, "big") for glyph in glyphs)


def _to_unicode(subset: Subset) -> str:
    """Return the map from glyph numbers back to text, in UTF-16 as PDF asks."""
    pairs = [f"<{number}> <{char.encode('utf-16-be').hex()}>" for char, number in subset.items()]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    mapped = "\n".join(
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
    )
    return _CMAP.format(mapped=mapped)


_CMAP = """\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{mapped}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
