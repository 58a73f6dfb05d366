"""Marks on a label sheet: what a click, a drag and a key come to; real sizes; white paper."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from desktop import mailing
from desktop.services.labelling import LABEL, NextFree, PlannedCell, PlannedLine
from desktop.views.labels.order import BAD, USED, Order
from desktop.views.labels.paper import USUAL_DPI, screen_dpi
from desktop.views.labels.pictures import OneLabel, PagePicture
from desktop.views.labels.sheet_view import SheetView, unplanned
from desktop.views.parts.printing import as_image
from desktop.views.theme.look import Look, look, wear

SHAPES = {shape.id: shape for shape in mailing.sheet_shapes()}


def test_a_second_click_takes_a_mark_off_and_another_mark_replaces_it():
    order = Order().marked([2, 3], USED)
    assert (order.used, order.bad) == ({2, 3}, set())
    assert order.marked([3], USED).used == {2}
    damaged = order.marked([3], BAD)
    assert (damaged.used, damaged.bad) == ({2}, {3})
    assert order.marked([3, 4], USED).used == {2, 3, 4}  # not all were marked: all are now


def test_a_run_that_begins_at_a_used_cell_makes_it_free():
    order = Order(used=frozenset({1, 2, 5})).started_at(5)
    assert (order.first_cell, order.used) == (5, {1, 2})
    assert order.free_cells(24) == 20
    assert order.on_new_sheet() == Order()


def test_the_next_run_goes_on_behind_the_last_one_and_passes_over_damaged_cells():
    ran = Order(first_cell=3, used=frozenset({1}), bad=frozenset({7}))
    following = ran.going_on(NextFree(sheet=1, cell=6, used=frozenset({1, 3, 4, 5, 7})))
    assert following.first_cell == 6
    assert (following.used, following.bad) == ({1, 3, 4, 5}, {7})
    assert Order().going_on_at(4).used == {1, 2, 3}


@pytest.fixture
def view(qtbot):
    shown = SheetView()
    qtbot.addWidget(shown)
    shown.resize(500, 620)
    shown.set_words({"free": "free", "start": "start"}, "row {row}, column {column}: {state}")
    shown.show_sheet(SHAPES["a4-24"], unplanned(SHAPES["a4-24"]))
    shown.show()
    shown.setFocus()
    return shown


def at(view, cell):
    return view.cell_centre(cell).toPoint()


def test_a_click_marks_the_cell_under_it_and_a_click_beside_the_cells_none(qtbot, view):
    with qtbot.waitSignal(view.marked) as pressed:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 5))
    assert pressed.args == [[5]]
    with qtbot.assertNotEmitted(view.marked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))


def test_a_drag_marks_the_rectangle_that_it_spans(qtbot, view):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at(view, 2))
    qtbot.mouseMove(view, at(view, 9))
    with qtbot.waitSignal(view.marked) as pressed:
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(view, 9))
    assert pressed.args == [[2, 3, 5, 6, 8, 9]]


def test_arrows_move_space_marks_enter_starts_and_the_place_is_said(qtbot, view):
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(view, key)
    assert view.cursor_cell == 6  # the right edge holds
    assert view.accessibleName() == "row 2, column 3: free"
    with qtbot.waitSignal(view.marked) as pressed:
        qtbot.keyClick(view, Qt.Key.Key_Space)
    assert pressed.args == [[6]]
    with qtbot.waitSignal(view.start_asked) as started:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert started.args == [6]


@pytest.fixture
def dark(qapp):
    before = look()
    wear(qapp, Look(theme="dark"))
    yield
    wear(qapp, before)


def test_paper_stays_white_in_the_dark_and_used_cells_differ_by_pattern(qtbot, stalls, dark, view):
    cells = [
        PlannedCell(cell=c.cell, state=USED if c.cell == 5 else "free")
        for c in unplanned(SHAPES["a4-24"])
    ]
    view.show_sheet(SHAPES["a4-24"], cells)
    picture = view.grab().toImage()
    assert picture.pixelColor(at(view, 2)) == QColor("white")
    assert picture.pixelColor(2, 2) == look().colour("sunken")
    near = [picture.pixelColor(at(view, 5) + QPoint(step, 0)) for step in range(-20, 20)]
    assert len({colour.name() for colour in near}) > 1  # lines, not one tint


@pytest.mark.parametrize("sheet", sorted(SHAPES))
def test_one_label_is_as_wide_on_the_screen_as_on_paper(qtbot, sheet):
    one = OneLabel()
    qtbot.addWidget(one)
    box = SHAPES[sheet].cells[0]
    line = PlannedLine(text="东街1号", x_mm=box.left_mm + 4, y_mm=box.top_mm + 9, size_pt=11)
    one.show_label(box, [line])
    dots = screen_dpi(one.screen())[0] / 25.4
    assert one.sizeHint().width() == pytest.approx(box.width_mm * dots, abs=3)
    assert one.sizeHint().height() == pytest.approx(box.height_mm * dots, abs=3)


def test_a_screen_that_tells_no_size_gets_the_usual_one():
    assert screen_dpi(None) == (USUAL_DPI, False)


def test_a_page_is_shown_whole_or_at_its_real_size(qtbot):
    page = PagePicture()
    qtbot.addWidget(page)
    page.resize(400, 400)
    run = mailing.label_pdf([mailing.Addressee(name="甲", address="东街1号")])
    page.show_page(as_image(mailing.page_picture(run.pdf, 1, 40)), (210.0, 297.0), "page 1")
    assert page.page_rect().height() < 400
    page.show_real_size(True)
    dots = screen_dpi(page.screen())[0] / 25.4
    assert page.page_rect().width() == pytest.approx(210 * dots, abs=1)
    assert page.minimumWidth() >= page.page_rect().width()


def test_a_cell_with_a_label_is_said_with_its_words(view):
    line = PlannedLine(text="东街1号", x_mm=5, y_mm=9, size_pt=11)
    cells = list(unplanned(SHAPES["a4-24"]))
    cells[0] = PlannedCell(cell=1, state=LABEL, start=True, lines=(line,))
    view.show_sheet(SHAPES["a4-24"], cells)
    assert view.cell_words(1) == "row 1, column 1: start, 东街1号"
