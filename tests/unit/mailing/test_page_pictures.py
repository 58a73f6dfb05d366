"""Pages as pixels: the right page, the right size, dark where the ink is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from desktop.mailing import page_count, page_picture


@pytest.fixture
def pdf(print_labels, addressee):
    """Two pages; on the second, one label in the first cell."""
    return print_labels([addressee()] * 25).pdf


def dark(picture, left, top, right, bottom):
    """Count dark pixels in a part of the page, given in shares of its size."""
    columns = range(int(left * picture.width), int(right * picture.width))
    rows = range(int(top * picture.height), int(bottom * picture.height))
    starts = ((y * picture.width + x) * 3 for y in rows for x in columns)
    return sum(max(picture.rgb[at : at + 3]) < 128 for at in starts)


@pytest.mark.parametrize("dpi", [50, 73.7, 96])
def test_a_page_has_the_size_of_its_paper(pdf, dpi):
    picture = page_picture(pdf, 1, dpi)
    assert picture.width == pytest.approx(210 / 25.4 * dpi, abs=1)
    assert picture.height == pytest.approx(297 / 25.4 * dpi, abs=1)
    assert len(picture.rgb) == 3 * picture.width * picture.height


def test_the_page_asked_for_is_drawn(pdf):
    assert page_count(pdf) == 2
    second = page_picture(pdf, 2, 96)
    assert dark(second, 0, 0, 1 / 3, 1 / 8) > 50
    assert dark(second, 1 / 3, 0, 1, 1 / 8) == 0
    assert dark(second, 0, 1 / 8, 1, 1) == 0


def test_what_cannot_be_drawn_is_refused(pdf):
    for page, dpi in ((0, 96), (3, 96), (1, 0.5), (1, 5000), (1, float("nan"))):
        with pytest.raises(ValueError, match=r"dpi is|there are pages"):
            page_picture(pdf, page, dpi)


def test_importing_the_room_loads_neither_library():
    ask = "import sys, desktop.mailing; sys.exit(bool({'reportlab', 'pypdfium2'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0
