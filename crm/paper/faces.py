"""Which installed face draws a character, and how wide. Faces are loaded when first needed."""

from __future__ import annotations

import string
import struct
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFError, TTFontFace

from crm.paper.fonts import FontFile, installed_fonts, to_install
from crm.paper.values import FontsMissing, Span

BLANKS = frozenset(" \u00a0\u3000")
PRIVATE_USE = (range(0xE000, 0xF900), range(0xF0000, 0x110000))
# The least that a chain must draw: code points are spelled with it, and the space joins words.
NEEDED = string.ascii_letters + string.digits + " [+]中国收先生女士"


class FaceChain:
    """The installed faces in order of use. Ask `missing` about a text before measuring it."""

    def __init__(self, fonts: Sequence[FontFile]) -> None:
        self._fonts = [font for font in fonts if not font.problem]
        self._faces: dict[int, TTFontFace | None] = {}
        self._home: dict[str, int] = {}  # character: the face that draws it
        self._width: dict[str, float] = {}  # character: thousandths of the type size

    def face(self, index: int) -> TTFontFace:
        """Return a face that a span named."""
        face = self._load(index)
        if face is None:
            raise LookupError(index)
        return face

    def missing(self, text: str) -> list[str]:
        """Return the characters of `text` that no face draws; the others can now be measured."""
        unknown = set(text).difference(self._home)
        return sorted(char for char in unknown if not self._found(char))

    def width(self, text: str) -> float:
        """Return how wide `text` is, in thousandths of the type size."""
        return self._width[text] if len(text) == 1 else sum(map(self._width.__getitem__, text))

    def spans(self, text: str) -> tuple[Span, ...]:
        """Cut `text` where the face changes."""
        homes = set(map(self._home.__getitem__, text))
        if len(homes) == 1:
            return (Span(homes.pop(), text),)
        grouped = groupby(text, key=self._home.__getitem__)
        return tuple(Span(face, "".join(chars)) for face, chars in grouped)

    def _found(self, char: str) -> bool:
        code = ord(char)
        if any(code in private for private in PRIVATE_USE):
            return False  # every font and every old system means something else by it
        for index in range(len(self._fonts)):
            face = self._load(index)
            if face and _draws(face, char):
                self._width[char], self._home[char] = face.charWidths[code], index
                return True
        return False

    def _load(self, index: int) -> TTFontFace | None:
        if index not in self._faces:
            self._faces[index] = _opened(self._fonts[index])
        return self._faces[index]


@cache
def chain_for(folders: tuple[Path, ...] | None) -> FaceChain:
    """Return the chain of the fonts in `folders`, or of the system's; loaded once a process.

    Raises: FontsMissing `mailing.fonts.none` when it could not even set plain Chinese.
    """
    chain = FaceChain(installed_fonts(folders))
    if chain.missing(NEEDED):
        raise FontsMissing("mailing.fonts.none", install=to_install())
    return chain


def _draws(face: TTFontFace, char: str) -> bool:
    """Say whether `face` has ink for `char`; fonts map some characters to an empty glyph."""
    glyph = face.charToGlyph.get(ord(char), 0)
    if not 0 < glyph < len(face.glyphPos) - 1:
        return False
    return char in BLANKS or face.glyphPos[glyph + 1] > face.glyphPos[glyph]


def _opened(font: FontFile) -> TTFontFace | None:
    """Load a face; one that reportlab cannot read counts as not installed.

    On a broken file reportlab stumbles as it happens to: past the end of a table or a list.
    """
    try:
        return TTFontFace(str(font.path), subfontIndex=font.subfont)
    except (TTFError, struct.error, LookupError, ValueError, OSError):
        return None
