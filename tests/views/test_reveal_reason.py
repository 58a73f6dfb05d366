"""No masked value without a reason and an entry: the panel, the gate, every place that shows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from crm.domain.ids import new_id
from crm.domain.kinds import ACCESS_REASONS
from desktop.jobs.desk import Jobs
from desktop.services.access import own_log
from desktop.services.ports import Granted
from desktop.services.preferences import PreferenceFile
from desktop.views.customer.edit import open_edit
from desktop.views.customer.page import make
from desktop.views.customer.record_panel import open_record
from desktop.views.parts.clipboard import forget_copied, marked
from desktop.views.parts.reveal_reason import ReasonPanel
from desktop.views.settings.facts import read_facts
from desktop.views.settings.privacy_section import PrivacySection
from desktop.views.shell.desk import Desk
from desktop.views.shell.revealing import Gate, Seen
from tests.helpers.fakes import Laptop
from tests.helpers.full_disk import full_disk
from tests.helpers.offices import NOW, PERSON, an_office
from tests.helpers.reasons import Answering
from tests.helpers.received import from_server

PHONE, PLAIN, MASKED = "+8615400001234", "154 0000 1234", "154****1234"
KEY = Qt.Key


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path, user=PERSON.user)
    made.who = made.create("customer", name="客户甲", phone=PHONE)
    made.contact = made.create("contact_point", made.who, type="mobile", value="+8615400005678")
    yield made
    made.replica.close()


@pytest.fixture
def desk(qtbot, laptop):
    jobs = Jobs()
    made = Desk(an_office(laptop), jobs, PreferenceFile(laptop.folder))
    made.person, made.told = Answering(made), []
    made.toast_wanted.connect(lambda text, *_: made.told.append(text))
    yield made
    jobs.close()


@pytest.fixture
def page(qtbot, desk, laptop, stalls):
    with stalls.left_out():
        made = make(desk)
        qtbot.addWidget(made)
        made.resize(1000, 700)
        made.show()
        with qtbot.waitSignal(made.loaded, timeout=5000):
            made.show_customer(laptop.who)
    return made


@pytest.fixture
def panel(qtbot, stalls):
    """The panel over a page with a field, and what was answered."""
    with stalls.left_out():
        below = QWidget()
        below.resize(900, 600)
        below.setLayout(QVBoxLayout())
        below.field = QLineEdit()
        below.layout().addWidget(below.field)
        made = ReasonPanel(below, ["Ctrl+L"])
        qtbot.addWidget(below)
        below.show()
        below.activateWindow()
        qtbot.waitUntil(below.isActiveWindow)
        below.field.setFocus()
    made.answers, made.below = [], below
    made.open = lambda: made.ask(
        below.field, lambda *said: made.answers.append(said), lambda: made.answers.append(None)
    )
    made.open()
    return made


def calm(qtbot, desk):
    qtbot.waitUntil(desk.jobs.idle, timeout=5000)


def logged(laptop):
    """(what, reason, subject) of each entry, the oldest first."""
    entries = own_log(laptop.replica.reader, laptop.user)
    names = ("what", "reason", "subject")
    return [tuple(each.entry.fields.get(n) for n in names) for each in reversed(entries)]


def asked_to_show(page):
    line = page.overview.own_line("phone")
    line.reveal_asked.emit(line.line.record, "phone")
    return line


# --- the panel ---


def test_a_digit_answers_and_the_focus_goes_back(qtbot, panel):
    for number, reason in enumerate(ACCESS_REASONS[:-1], start=1):
        panel.open()
        qtbot.keyClicks(panel.focusWidget(), str(number))
        assert panel.answers[-1] == (reason, "")
        assert not panel.isVisible()
    assert panel.below.field.hasFocus()


def test_another_reason_wants_words(qtbot, panel):
    qtbot.keyClicks(panel.focusWidget(), "7")
    qtbot.keyClick(panel.note.line, KEY.Key_Return)
    assert panel.note.has_problem()
    assert panel.answers == []
    qtbot.keyClicks(panel.note.line, "7 words")
    qtbot.keyClick(panel.note.line, KEY.Key_Return)
    assert panel.answers == [("other", "7 words")]


def test_escape_and_a_click_beside_it_show_nothing(qtbot, panel):
    qtbot.keyClick(panel.focusWidget(), KEY.Key_Escape)
    panel.open()
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton, pos=panel.rect().bottomRight())
    assert panel.answers == [None, None]
    assert not panel.isVisible()


def test_tab_stays_inside_and_no_letter_reaches_the_page_below(qtbot, panel):
    for _ in range(2 * len(ACCESS_REASONS)):
        qtbot.keyClick(panel.window().focusWidget(), KEY.Key_Tab)
        assert panel.isAncestorOf(panel.window().focusWidget())
    qtbot.keyClicks(panel.window().focusWidget(), "x")
    assert panel.below.field.text() == ""


def test_it_stands_within_the_window_wherever_it_was_asked_for(panel):
    for height in (420, 300):  # too low for everything
        panel.below.resize(500, height)
        panel.open()
        panel.choose("other")
        assert panel.rect().contains(panel.box.geometry())
        assert panel.note.line.hasFocus()


# --- the gate ---


def test_nothing_is_shown_before_the_entry_and_the_entry_says_why(qtbot, desk, page, laptop):
    line = asked_to_show(page)
    assert line.line.text == MASKED
    calm(qtbot, desk)
    assert line.line.text == PLAIN
    assert logged(laptop) == [("customer.phone", "call", laptop.who)]


def test_who_gives_no_reason_sees_nothing_and_writes_nothing(qtbot, desk, page, laptop):
    desk.person.reason = None
    line = asked_to_show(page)
    line.edit()  # it would be shown to be edited
    calm(qtbot, desk)
    assert (line.line.text, line.editing, logged(laptop)) == (MASKED, False, [])
    desk.person.reason = "call"
    asked_to_show(page)
    calm(qtbot, desk)
    assert not line.editing  # the wish to edit went with the question


def test_a_customer_page_asks_once_a_minute_and_logs_each_look(qtbot, desk, page, laptop):
    asked_to_show(page)
    calm(qtbot, desk)
    contact = next(line for line in page.lines() if line.line.record == laptop.contact)
    contact.reveal_asked.emit(laptop.contact, "value")
    calm(qtbot, desk)
    assert contact.line.revealed
    assert desk.person.asked == 1
    assert [what for what, _, _ in logged(laptop)] == ["customer.phone", "contact_point.value"]
    page._presenter._gate._forget_reason()  # as when the minute is over
    asked_to_show(page)
    calm(qtbot, desk)
    assert desk.person.asked == 2


def test_how_long_a_value_stands_in_clear_is_the_banks_to_say(qtbot, desk, page, laptop):
    rule = {"name": "reveal_seconds", "value": "5", "from_on": "2026-03-01"}
    record = new_id()
    from_server(laptop, [0, record, "parameter", 1, None, record, rule, None], stream="bank")
    with laptop.replica.transaction() as tx:  # and the own portfolio stays granted
        tx.grant(
            {
                name: Granted(head=1, live=0, digest=0, floor=0, write=name != "bank")
                for name in ("bank", f"portfolio:{laptop.user}")
            }
        )
    asked_to_show(page)
    calm(qtbot, desk)
    assert page._presenter.reveal._timer.interval() == 5_000


def test_where_the_entry_cannot_be_written_nothing_is_shown(qtbot, desk, page, laptop):
    with full_disk():
        line = asked_to_show(page)
        calm(qtbot, desk)
    assert line.line.text == MASKED
    assert desk.told
    assert logged(laptop) == []


def test_a_lock_between_entry_and_sight_leaves_the_entry_and_shows_nothing(
    qtbot, desk, page, laptop
):
    asked_to_show(page)
    page.lock()
    calm(qtbot, desk)
    assert not page._presenter.reveal.is_shown(laptop.who, "phone")
    assert [what for what, _, _ in logged(laptop)] == ["customer.phone"]


def test_a_reason_that_comes_after_the_customer_has_changed_opens_nothing(qtbot, desk):
    gate, opened, asked = Gate(desk, desk), [], []
    desk.person.reason = None
    desk.reason_wanted.connect(asked.append)
    gate.open(Seen(what="customer.phone"), lambda: opened.append(1))
    gate.forget()
    asked[0][1]("call", "")
    calm(qtbot, desk)
    assert opened == []


# --- the clipboard ---


def test_what_was_copied_of_a_shown_value_goes_when_its_time_is_up(qtbot, desk, page):
    for copied in (PHONE, PLAIN, "15400001234", "0000 1234", f"tel {PHONE}"):
        asked_to_show(page)
        calm(qtbot, desk)
        QGuiApplication.clipboard().setText(copied)
        page._presenter.reveal.end()  # as when the minute is over
        assert QGuiApplication.clipboard().text() == "", copied


def test_what_is_copied_is_marked_as_secret_for_clipboard_managers():
    """By the mark that KDE's has made common, and by those of Windows' history and cloud."""
    held = QMimeData()
    held.setText("154 0000 7312")
    held.setHtml("<b>154 0000 7312</b>")
    now = marked(held)
    assert (now.text(), now.html()) == (held.text(), held.html())
    assert now.data("x-kde-passwordManagerHint") == b"secret"
    told = " ".join(now.formats())
    for name in ("ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory"):
        assert f'value="{name}"' in told


def test_what_was_copied_from_elsewhere_stays_in_the_clipboard(qtbot):
    QGuiApplication.clipboard().setText("会议改到周五")
    forget_copied([PHONE, PLAIN, ""])
    assert QGuiApplication.clipboard().text() == "会议改到周五"


# --- the other places ---


def test_the_panel_of_a_record_and_the_form_ask_too(qtbot, desk, laptop, stalls):
    with stalls.left_out():
        record = open_record(desk, laptop.get(laptop.contact))
        form = open_edit(desk, laptop.get(laptop.who))
        for widget in (record, form):
            qtbot.addWidget(widget)
            widget.show()
    calm(qtbot, desk)
    record.lines["value"].reveal_asked.emit(laptop.contact, "value")
    form.fields_form.fields["phone"].show_button.click()
    calm(qtbot, desk)
    assert record.lines["value"].line.revealed
    assert not form.fields_form.fields["phone"].hidden
    assert set(logged(laptop)) == {
        ("contact_point.value", "call", laptop.who),
        ("customer.phone", "call", laptop.who),
    }
    QGuiApplication.clipboard().setText(PLAIN)
    form.hide()  # its panel is closed before the minute is over
    assert QGuiApplication.clipboard().text() == ""


def test_whoever_is_logged_reads_the_own_log_in_the_settings(qtbot, desk, page, laptop):
    asked_to_show(page)
    calm(qtbot, desk)
    section = PrivacySection()
    qtbot.addWidget(section)
    section.retranslate()
    section.show_facts(read_facts(desk.office))
    (row,) = section.list.rows.rows
    assert (row.title, row.below) == ("Shown: Phone", "客户甲 · Calling the customer")
    assert section.none.isHidden()
    section.show_log((), NOW)
    assert not section.none.isHidden()
