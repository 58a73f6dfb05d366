"""Making text safe to set, and breaking it into lines. Knows no font and no page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

# Marks that may not begin a line, and marks that may not end one (kinsoku).
_CLOSERS = r"""，。、；：？！）】》」』〕〉］｝”’…—·％%,.;:?!\])}"""
_OPENERS = r"""（【《「『〔〈［｛“‘\[({"""
_FULLWIDTH = "０-９Ａ-Ｚａ-ｚ"  # wide on paper, yet words and numbers all the same
_WIDE = rf"[^\s{_CLOSERS}{_OPENERS}{_FULLWIDTH}\u0000-\u2e7f]"
_NARROW = rf"(?:[^\s\u2e80-\U0010ffff{_OPENERS}”’…—·]|[{_FULLWIDTH}])"
# 单元, 号楼 and their like stay with their number: 3号 | 楼 would read as two things.
_COUNTED = rf"(?:(?<=[0-9A-Za-z{_FULLWIDTH}])(?:单元|号楼|[号室栋幢座层楼弄巷组村队区]))?"
_PIECE = re.compile(
    rf"\s+|[{_OPENERS}]*(?:{_NARROW}+{_COUNTED}|{_WIDE})[{_CLOSERS}]*|[{_OPENERS}]+[{_CLOSERS}]*|[{_CLOSERS}]+"
)

_ONE_HAN = re.compile(rf"{_WIDE}[{_CLOSERS}]*")
_INNER = re.compile(r"[^-/,;.]*[-/,;.]+|[^-/,;.]+")

_BLANKS = re.compile(r"[^\S\u3000]+")  # U+3000 between two characters of a name is meant
_COMBINING = re.compile(r"[^\W\d_][\u0300-\u036f]+")
_ODD = re.compile(r"[\u0300-\u036f\ufe00-\ufe0f\U000e0100-\U000e01ef]|  |^ | $")
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))


def clean(text: str) -> tuple[str, int]:
    """Return `text` as one printable line, and how many characters were dropped.

    Dropped: control and invisible formatting characters (direction overrides
    among them) and variation selectors, which our fonts do not honour. Line
    breaks and tabs become spaces; accents join their letters. Han compatibility
    forms stay as they are: composing would change how a name is written.
    """
    if text.isprintable() and not _ODD.search(text):
        return text, 0
    one_line = _BLANKS.sub(" ", text.replace("\u2028", " ").replace("\u2029", " "))
    kept = "".join(char for char in one_line if not _invisible(char))
    composed = _COMBINING.sub(lambda m: unicodedata.normalize("NFC", m[0]), kept)
    return _BLANKS.sub(" ", composed).strip(), len(one_line) - len(kept)


def _invisible(char: str) -> bool:
    if unicodedata.category(char) in {"Cc", "Cf"}:
        return True
    return any(ord(char) in selectors for selectors in _SELECTORS)


def has_han(text: str) -> bool:
    """Say whether `text` holds any wide (mostly Han) character."""
    return any(char >= "\u2e80" for char in text)


def wrap(text: str, limit: float, width: Callable[[str], float]) -> list[str]:
    """Break `text` into lines no wider than `limit`, in the unit of `width`.

    Numbers and Latin words stay whole, marks keep to the right side of a break,
    and a single Han character does not stand alone in the last line. A piece
    wider than a line is cut between characters, as nothing else is left.
    """
    if width(text) <= limit:
        return [text]
    pieces = _PIECE.findall(text)
    sizes = list(map(width, pieces))
    if max(sizes) > limit:
        pieces = [part for piece in pieces for part in _cut(piece, limit, width)]
        sizes = list(map(width, pieces))
    lines = _filled(pieces, sizes, limit)
    _keep_company(lines)
    return ["".join(line).rstrip() for line in lines]


def _filled(pieces: list[str], sizes: list[float], limit: float) -> list[list[str]]:
    """Fill lines with pieces one after another. Space at a break hangs over the edge."""
    lines: list[list[str]] = []
    start, used = 0, 0.0
    for index, size in enumerate(sizes):
        used += size
        if used > limit and index > start and not pieces[index].isspace():
            lines.append(pieces[start:index])
            start, used = index, size
    lines.append(pieces[start:])
    return lines


def _keep_company(lines: list[list[str]]) -> None:
    """Move a Han character down to a last line that holds but one."""
    if len(lines) < 2 or len(lines[-1]) != 1 or len(lines[-2]) < 3:
        return
    if _ONE_HAN.fullmatch(lines[-1][0]) and _ONE_HAN.fullmatch(lines[-2][-1]):
        lines[-1].insert(0, lines[-2].pop())


def _cut(piece: str, limit: float, width: Callable[[str], float]) -> Iterator[str]:
    """Cut a long piece after its inner marks (Long-Boulevard-Name), else between characters."""
    if width(piece) <= limit:
        yield piece
        return
    for part in _INNER.findall(piece):
        if width(part) <= limit:
            yield part
        else:
            yield from part
