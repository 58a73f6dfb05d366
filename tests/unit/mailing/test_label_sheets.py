"""The catalogue of sheets: data that must fit its paper."""

from __future__ import annotations

from itertools import combinations

import pytest

from crm.domain.errors import Refused
from desktop.mailing.labels import TITLES
from desktop.mailing.sheets import sheet_named, sheet_shapes, sheets


@pytest.fixture(params=sorted(sheets()))
def sheet(request):
    return sheet_named(request.param)


def cell_box(sheet, index):
    left, top = sheet.cells.origin_mm(index)
    box = (left, top, left + sheet.cells.width_mm, top + sheet.cells.height_mm)
    return tuple(round(mm, 6) for mm in box)


def test_the_a4_sheet_has_24_labels_of_70_by_37_mm():
    sheet = sheet_named("a4-24")
    assert sheet.cells.count == 24
    assert cell_box(sheet, 0) == (0, 0.5, 70, 37.5)
    assert cell_box(sheet, 4) == (70, 37.5, 140, 74.5)  # row by row
    assert cell_box(sheet, 23) == (140, 259.5, 210, 296.5)


@pytest.mark.parametrize("name", ["a4-21", "a4-24-63"])
def test_sheets_with_gaps_have_the_same_margin_on_either_side(name):
    sheet = sheet_named(name)
    first, last = cell_box(sheet, 0), cell_box(sheet, sheet.cells.count - 1)
    assert first[0] == pytest.approx(sheet.width_mm - last[2])
    assert first[1] == pytest.approx(sheet.height_mm - last[3])


def test_a_screen_is_told_every_cell_of_every_sheet():
    shapes = {shape.id: shape for shape in sheet_shapes()}
    assert shapes.keys() == sheets().keys()
    for name, shape in shapes.items():
        assert len(shape.cells) == shape.columns * shape.rows == sheet_named(name).cells.count
        second = shape.cells[1]
        assert (second.left_mm, second.top_mm) == sheet_named(name).cells.origin_mm(1)


def test_cells_lie_on_the_page_and_apart(sheet):
    boxes = [cell_box(sheet, index) for index in range(sheet.cells.count)]
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= sheet.width_mm
        assert bottom <= sheet.height_mm
    for one, other in combinations(boxes, 2):
        beside = one[2] <= other[0] or other[2] <= one[0]
        assert beside or one[3] <= other[1] or other[3] <= one[1]


def test_the_other_fields_at_their_fullest_leave_room_for_the_address(sheet):
    """Without it, setting an address could go on shrinking for ever."""
    taken = sum(style.space_before_pt for style in sheet.fields.values())
    for name, style in sheet.fields.items():
        most_pt = max(style.size_pt, style.max_lines * style.floor_pt)
        taken += most_pt * sheet.line_height if name != "address" else 0
    address = sheet.fields["address"]
    assert sheet.inner_height_pt - taken >= address.size_pt * sheet.line_height


def test_every_language_orders_every_field(sheet):
    assert sheet.order.keys() == sheet.title.keys() == TITLES.keys()
    assert all(sorted(order) == sorted(sheet.fields) for order in sheet.order.values())


def test_an_unknown_sheet_is_refused_with_the_known_ones():
    with pytest.raises(Refused) as refused:
        sheet_named("../messages/common")
    assert refused.value.code == "mailing.sheet.unknown"
    assert "a4-24" in str(refused.value.facts["known"])
