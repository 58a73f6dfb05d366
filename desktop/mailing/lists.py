"""A list on A4 pages: a title, a few lines about it, rows under headings. Words come in ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from crm.paper.faces import chain_for
from crm.paper.pdf import PdfBook
from crm.paper.setter import INNER_MM, LEFT_MM, Cell, Setter, finished

GAP_MM = 3.0
SIZE_PT = 9.0


def print_list(
    title: str,
    about: Sequence[str],
    headings: Sequence[str],
    shares: Sequence[float],
    rows: Sequence[Sequence[str]],
    *,
    place: Callable[[int, int], str],
    language: str,
    folders: tuple[Path, ...] | None,
) -> bytes:
    """See desktop.mailing.list_pdf."""
    chain = chain_for(folders)
    setter = Setter(chain)
    setter.new_page()
    setter.row(Cell(LEFT_MM, INNER_MM, title, 16))
    setter.gap(2)
    for line in about:
        setter.row(Cell(LEFT_MM, INNER_MM, line, SIZE_PT))
    setter.gap(4)
    _row(setter, headings, shares)
    setter.rule()
    setter.gap(1.2)
    for row in rows:
        _row(setter, row, shares)
        setter.gap(1)
    book = PdfBook(chain, title=title, language=language)
    for page in finished(chain, setter.parts, title, place):
        book.add(page)
    return book.finish()


def _row(setter: Setter, texts: Sequence[str], shares: Sequence[float]) -> None:
    cells, left = [], LEFT_MM
    for text, share in zip(texts, shares, strict=True):
        width = INNER_MM * share / sum(shares)
        cells.append(Cell(left, width - GAP_MM, text, SIZE_PT))
        left += width
    setter.row(*cells)
