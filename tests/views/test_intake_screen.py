"""The import in the window, on a real replica: from a dropped file to one Undo."""

from __future__ import annotations

import re
from functools import partial
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from crm.domain.access_words import ROWS
from crm.domain.ids import new_id
from desktop.jobs.desk import Jobs
from desktop.services.access import own_log
from desktop.services.ports import Granted, Page
from desktop.services.preferences import PreferenceFile
from desktop.services.progress import Progress
from desktop.views.intake import presenter
from desktop.views.intake.bad_rows import RepairBox
from desktop.views.intake.page import FILE, HEADINGS, PREVIEW, RESULT, IntakeScreen
from desktop.views.intake.presenter import IntakePresenter
from desktop.views.parts.fields import Picker
from desktop.views.shell.desk import Desk
from desktop.views.shell.sync_runner import SyncRunner
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.offices import PERSON, an_office
from tests.helpers.reasons import Answering

HOME = f"portfolio:{PERSON.user}"
IN_A_GROUP = re.compile(" < (Tiles|TabStrip) ")  # Tab reaches the chosen one, arrows the others
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
PEOPLE = (
    ("张三", "15400000001", {"address": "东街1号", "tier": "low"}),
    ("李四", "15400000002", {"address": "西街2号"}),
)
TABLE = (
    "姓名,手机,住址,等级,备用",
    "张三,15400000001,东街18号,高,x",
    "李四,15400000002,西街2号,,x",
    "王五,15400000003,北街3号,,x",
    "赵六,154000,,,x",
)


@pytest.fixture
def at_desk(qtbot, stalls, tmp_path):
    """The screen with everything behind it; `settle` waits until nothing is under way."""
    with stalls.left_out():
        laptop = Laptop(tmp_path / "laptop", user=PERSON.user)
        came_from_the_branch(laptop)
        jobs = Jobs()
        office = an_office(laptop, sync=lambda progress: Progress())
        desk = Desk(office, jobs, PreferenceFile(tmp_path / "profile"))
        desk.sync_runner = SyncRunner(desk)
        screen = IntakeScreen()
        presenter = IntakePresenter(screen, desk)
        qtbot.addWidget(screen)
        screen.resize(1274, 620)
        screen.show()
    made = SimpleNamespace(
        screen=screen, desk=desk, presenter=presenter, laptop=laptop, folder=tmp_path, toasts=[]
    )
    desk.toast_wanted.connect(lambda text, *_: made.toasts.append(text))
    made.person = Answering(desk)
    made.settle = lambda: qtbot.waitUntil(jobs.idle, timeout=20_000)
    yield made
    made.settle()
    jobs.close()
    laptop.replica.close()


def came_from_the_branch(laptop):
    rows = []
    for name, phone, fields in PEOPLE:
        own_id = new_id()
        given = {"name": name, "phone": "+86" + phone, **fields}
        rows.append([0, own_id, "customer", 3, None, own_id, given, name])
    head = {"head": 9, "live": len(rows), "digest": 0}
    page = {"after": None, "scan": "", "next": "end", "more": False}
    with laptop.replica.transaction() as tx:
        tx.grant({HOME: Granted(floor=0, write=True, **head)})
        tx.start_scan(HOME)
        tx.apply(Page(stream=HOME, entries=rows, **page, **head))


def a_file(at, *lines, name="名单.csv"):
    path = at.folder / name
    path.write_bytes("\n".join(lines or TABLE).encode("utf-8-sig"))
    return path


def opened(at, *lines):
    at.presenter.open(str(a_file(at, *lines)))
    at.settle()


def previewed(at, *lines):
    opened(at, *lines)
    at.screen.on_button.click()
    at.settle()


def pick(at, heading, target):
    at.screen.mapping.list.picked.emit(heading, target)
    at.settle()


def tiles(at):
    shown = at.screen.preview.tiles
    return [shown.tile(key).count for key in ("new", "updated", "unchanged", "errors")]


def spoken(model):
    return [model.data(model.index(n), SPOKEN) for n in range(model.rowCount())]


def lines(at):
    return spoken(at.screen.preview.list.rows)


def everybody(at):
    return {held[3]["name"]: held[3] for held in at.laptop.held().values() if held[0] == "customer"}


def test_a_dropped_file_is_read_and_its_headings_are_matched(at_desk):
    page, mime = at_desk.screen.file, QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(a_file(at_desk)))])
    copy, left, nothing = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier
    page.dropEvent(QDropEvent(QPointF(9, 9), copy, mime, left, nothing.NoModifier))
    at_desk.settle()
    assert at_desk.screen.step == HEADINGS
    told = spoken(at_desk.screen.mapping.list.columns)
    assert told[1].startswith("手机: 154****0001, 154****0002")
    assert "goes to Leave out" in told[4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.4 ", "This is a PDF document."),
        (b"PK\x03\x04 broken", "The spreadsheet is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (None, "cannot be opened"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(at_desk, content, sentence):
    path = at_desk.folder / "file.xlsx"
    if content is not None:
        path.write_bytes(content)
    at_desk.presenter.open(str(path))
    at_desk.settle()
    assert at_desk.screen.step == FILE
    told = at_desk.screen.file._problem
    assert told.isVisible()
    assert sentence in told.text()


def test_a_refused_file_leaves_the_one_before_in_hand(at_desk):
    opened(at_desk)
    at_desk.screen.back_button.click()
    (at_desk.folder / "empty.csv").touch()
    at_desk.presenter.open(str(at_desk.folder / "empty.csv"))
    at_desk.settle()
    at_desk.screen.on_button.click()
    assert at_desk.screen.step == HEADINGS
    assert len(spoken(at_desk.screen.mapping.list.columns)) == 5


def test_two_columns_for_one_field_keep_the_preview_away_and_say_why(at_desk):
    opened(at_desk)
    pick(at_desk, "备用", "phone")
    pick(at_desk, "手机", "phone")
    assert "Several columns" in at_desk.screen.mapping.problem.text()
    at_desk.screen.on_button.click()
    at_desk.settle()
    assert at_desk.screen.step == HEADINGS
    pick(at_desk, "备用", "")
    at_desk.screen.on_button.click()
    at_desk.settle()
    assert at_desk.screen.step == PREVIEW


def test_two_quick_choices_both_count(at_desk):
    opened(at_desk)
    at_desk.screen.mapping.list.picked.emit("等级", "")
    at_desk.screen.mapping.list.picked.emit("住址", "")
    at_desk.settle()
    told = spoken(at_desk.screen.mapping.list.columns)
    assert ["goes to Leave out" in each for each in told] == [False, False, True, True, True]


@pytest.mark.qt_log_ignore("This plugin does not support")  # raising the popup
def test_a_target_is_picked_by_keys(qtbot, at_desk):
    opened(at_desk)
    table = at_desk.screen.mapping.list
    table.setCurrentIndex(table.columns.index(4))
    qtbot.keyClick(table, Qt.Key.Key_Space)
    picker = table.viewport().findChild(Picker)
    picker.choose("note")
    picker.activated.emit(picker.currentIndex())
    at_desk.settle()
    assert "goes to Note; You chose this" in spoken(table.columns)[4]


def test_the_tiles_add_up_and_choose_the_lines(at_desk):
    previewed(at_desk)
    assert tiles(at_desk) == [1, 1, 1, 1]
    assert lines(at_desk) == [
        "Row 2, 张三, Address: now 东街1号, becomes 东街18号",
        "Row 2, 张三, Value tier: now Low, becomes High",
    ]
    at_desk.screen.preview.tiles.tile("new").click()
    at_desk.settle()
    assert "Row 4, 王五, Phone: now nothing, becomes 154****0003" in lines(at_desk)
    at_desk.screen.preview.tiles.tile("unchanged").click()
    at_desk.settle()
    assert lines(at_desk) == []
    assert at_desk.screen.on_button.text().startswith("Import 2 rows")


def test_arrows_go_from_tile_to_tile(qtbot, at_desk):
    previewed(at_desk)
    shown = at_desk.screen.preview.tiles
    shown.tile("updated").setFocus()
    qtbot.keyClick(shown.tile("updated"), Qt.Key.Key_Left)
    at_desk.settle()
    assert shown.key() == "new"
    assert lines(at_desk)[0].startswith("Row 4, 王五")


def test_a_chip_leaves_the_lines_of_one_field(at_desk):
    previewed(at_desk)
    at_desk.screen.preview.field_chosen.emit("tier")
    at_desk.settle()
    assert lines(at_desk) == ["Row 2, 张三, Value tier: now Low, becomes High"]


def test_own_unsent_edits_are_kept_and_marked_unless_the_person_says_otherwise(at_desk):
    with at_desk.laptop.replica.reader() as reader:
        zhang = next(h.id for h in reader.with_values("customer") if h.fields["name"] == "张三")
    at_desk.laptop.edit(zhang, address="南街5号")
    previewed(at_desk)
    kept = "Row 2, 张三, Address: now 南街5号, becomes 东街18号, I changed it, kept"
    assert lines(at_desk)[0] == kept
    at_desk.screen.back_button.click()
    at_desk.screen.mapping.keep_unsent.setChecked(False)
    at_desk.screen.on_button.click()
    at_desk.settle()
    assert lines(at_desk)[0] == kept.removesuffix(", I changed it, kept")


def test_a_row_is_mended_in_place_and_stays_so_when_one_goes_back(qtbot, at_desk):
    previewed(at_desk)
    bad = at_desk.screen.preview.bad
    bad.list.setCurrentIndex(bad.rows.index(0))
    assert bad.box.field.text() == ""
    assert bad.box.field.line.placeholderText() == "1***00"
    bad.box.show_button.click()
    at_desk.settle()
    assert bad.box.field.text() == "154000"
    bad.box.field.set_text("15400000009")
    qtbot.keyClick(bad.box.field.line, Qt.Key.Key_Return)
    at_desk.settle()
    assert tiles(at_desk) == [2, 1, 1, 0]
    at_desk.screen.back_button.click()
    at_desk.screen.on_button.click()
    at_desk.settle()
    assert tiles(at_desk) == [2, 1, 1, 0]


def test_what_was_shown_is_hidden_again(qtbot, at_desk):
    previewed(at_desk)
    box = RepairBox(shown_for_ms=30)
    qtbot.addWidget(box)
    box.tell(at_desk.presenter._preview.problems[0])
    box.reveal()
    assert box.field.text() == "154000"
    qtbot.waitUntil(lambda: box.field.text() == "", timeout=2_000)


def test_what_was_typed_instead_is_not_hidden_with_what_stood_there(qtbot, at_desk):
    previewed(at_desk)
    box = RepairBox(shown_for_ms=30)
    qtbot.addWidget(box)
    box.tell(at_desk.presenter._preview.problems[0])
    box.reveal()
    box.field.set_text("1540000")
    qtbot.waitUntil(lambda: not box._timer.isActive(), timeout=2_000)
    assert box.field.text() == "1540000"


def test_a_heading_sent_elsewhere_ends_a_comparison_by_the_one_before(at_desk):
    opened(at_desk)
    at_desk.screen.on_button.click()
    pick(at_desk, "住址", "")
    assert at_desk.screen.step == HEADINGS
    assert at_desk.presenter._preview is None


def test_words_in_another_language_bring_back_no_preview_that_was_left(at_desk):
    previewed(at_desk)
    at_desk.presenter._say_anew()
    at_desk.presenter.start_over()
    at_desk.settle()
    assert at_desk.presenter._preview is None


def test_import_writes_what_the_button_says_and_one_undo_takes_all_back(at_desk):
    before = everybody(at_desk)
    previewed(at_desk)
    at_desk.screen.on_button.click()
    at_desk.settle()
    after = everybody(at_desk)
    assert at_desk.screen.step == RESULT
    assert after["张三"]["address"] == "东街18号"
    assert after["王五"]["phone"] == "+8615400000003"
    at_desk.screen.result.undo_button.click()
    at_desk.settle()
    assert everybody(at_desk) == before
    assert at_desk.desk.undo.take_undo() is None
    assert not at_desk.screen.result.undo_button.isVisible()


def test_undoing_by_key_is_seen_on_the_page_too(qtbot, at_desk):
    previewed(at_desk)
    at_desk.screen.on_button.click()
    at_desk.settle()
    undoing = at_desk.desk.undo.take_undo()
    at_desk.desk.jobs.write(lambda _: undoing.undo(), lambda _: None)
    at_desk.settle()
    qtbot.waitUntil(lambda: not at_desk.screen.result.undo_button.isVisible(), timeout=2_000)
    assert set(everybody(at_desk)) == {"张三", "李四"}


def test_after_a_sync_the_import_is_no_longer_one_undo(at_desk):
    previewed(at_desk)
    at_desk.screen.on_button.click()
    at_desk.settle()
    assert at_desk.screen.result.undo_button.isVisible()
    at_desk.desk.sync_runner.start()
    at_desk.settle()
    assert not at_desk.screen.result.undo_button.isVisible()


def test_a_cancelled_import_says_what_is_written(at_desk):
    people = [f"新客{n},154{n:08d},北街,," for n in range(1000, 1250)]
    previewed(at_desk, TABLE[0], *people)
    at_desk.screen.on_button.click()
    at_desk.screen.progress.cancel.click()
    at_desk.settle()
    assert at_desk.screen.step == RESULT
    written = len(everybody(at_desk)) - 2
    assert written % 100 == 0
    assert f"Stopped: {written} of 250" in at_desk.screen.result._title.text()


def test_rows_left_out_are_saved_as_a_table_and_stand_in_the_access_log(at_desk, monkeypatch):
    previewed(at_desk)
    path = at_desk.folder / "rows.xlsx"
    monkeypatch.setattr(presenter, "ask_where", lambda _page, _name, then: then(str(path)))
    bad = at_desk.presenter._preview.intake.to_mend
    at_desk.presenter._ask_bad_table()
    at_desk.settle()
    assert path.read_bytes().startswith(b"PK")
    (entry,) = own_log(at_desk.desk.office.reader, at_desk.desk.office.person.user)
    fields = entry.entry.fields
    assert (fields["action"], fields["what"], fields["count"]) == ("export", ROWS, bad)
    assert at_desk.toasts == ["Saved: rows.xlsx"]
    at_desk.presenter.save(str(at_desk.folder / "none" / "x.xlsx"), lambda: b"")
    at_desk.settle()
    assert at_desk.toasts[-1].startswith("The file cannot be written there")


def test_the_empty_table_can_be_imported_once_it_is_filled(at_desk):
    from crm.interchange.files import read_table
    from desktop.views.intake.work import TEMPLATE, empty_table

    table = read_table(empty_table("zh"), "x.xlsx")
    assert len(table.headings) == len(TEMPLATE)
    path = at_desk.folder / "template.xlsx"
    at_desk.presenter.save(str(path), lambda: empty_table("en"))
    at_desk.settle()
    at_desk.presenter.open(str(path))
    at_desk.settle()
    assert at_desk.screen.step == HEADINGS
    assert at_desk.screen.mapping.problem.text() == ""


def test_nothing_of_anybody_is_held_after_the_lock(at_desk):
    previewed(at_desk)
    at_desk.screen.lock()
    assert lines(at_desk) == []
    assert at_desk.screen.preview.bad.rows.rowCount() == 0
    assert at_desk.presenter._preview is None


@pytest.mark.parametrize("size", [(1274, 620), (1001, 400), (826, 376)])
def test_every_step_has_names_keys_and_room_for_its_words(qtbot, at_desk, size):
    screen = at_desk.screen
    screen.resize(*size)
    screen.fit({1274: "wide", 1001: "medium", 826: "compact"}[size[0]])
    steps = (lambda: None, lambda: opened(at_desk), screen.on_button.click, bad_rows(at_desk))
    for step in steps:
        step()
        at_desk.settle()
        qtbot.waitUntil(partial(all_fits, screen), timeout=2_000)  # once it is laid out
        assert screen.width() == size[0]


def all_fits(screen):
    assert walking.unnamed(screen) == []
    assert [w for w in walking.unreachable(screen) if not IN_A_GROUP.search(w)] == []
    assert walking.cut(screen) == []
    assert walking.beyond(screen) == []


def bad_rows(at):
    def show():
        bad = at.screen.preview.bad
        at.screen.preview.tiles.tile("errors").click()
        bad.list.setCurrentIndex(bad.rows.index(0))

    return show


def test_a_done_step_is_clicked_to_go_back(qtbot, at_desk):
    previewed(at_desk)
    at_desk.screen.stepper.repaint()
    qtbot.mouseClick(at_desk.screen.stepper, Qt.MouseButton.LeftButton, pos=QPoint(40, 24))
    assert at_desk.screen.step == FILE


def test_ctrl_enter_goes_on(qtbot, at_desk):
    opened(at_desk)
    at_desk.screen.activateWindow()
    qtbot.keyClick(
        at_desk.screen.mapping.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
    )
    at_desk.settle()
    assert at_desk.screen.step == PREVIEW
