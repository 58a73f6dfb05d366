"""Pages of a PDF as pixels, for previews and for printers that take pictures.

The only module with pypdfium2. It draws what `pdf.py` wrote and decides nothing.
"""

from __future__ import annotations

import threading
from typing import Any

import pypdfium2  # type: ignore[import-untyped]

from crm.paper.values import MM_PT
from desktop.mailing.values import Picture

MOST_DPI = 1200
POINTS_PER_INCH = MM_PT * 25.4

_drawing = threading.Lock()  # PDFium keeps state of its own; it is not made for two threads


def count(pdf: bytes) -> int:
    """See desktop.mailing.page_count."""
    with _drawing, pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def draw(pdf: bytes, page: int, dpi: float) -> Picture:
    """See desktop.mailing.page_picture."""
    if not 1 <= dpi <= MOST_DPI:
        raise ValueError(f"dpi is 1 to {MOST_DPI}")
    with _drawing, pypdfium2.PdfDocument(pdf) as document:
        if not 1 <= page <= len(document):
            raise ValueError(f"there are pages 1 to {len(document)}")
        bitmap = document[page - 1].render(scale=dpi / POINTS_PER_INCH, rev_byteorder=True)
        return Picture(width=bitmap.width, height=bitmap.height, rgb=_rows(bitmap))


def _rows(bitmap: Any) -> bytes:
    """Return the pixels without the padding that ends each row."""
    width, stride = bitmap.width * bitmap.n_channels, bitmap.stride
    pixels = bytes(bitmap.buffer)
    if stride == width:
        return pixels
    return b"".join(pixels[at : at + width] for at in range(0, stride * bitmap.height, stride))
