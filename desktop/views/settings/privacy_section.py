"""The section about one's own access log: what was seen, printed and taken away, newest first.

Whoever is watched sees what is written down: the same entries that a branch lead sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from crm.domain.access_words import choice_words, what_words, why_words
from desktop.services.access import Logged
from desktop.views.language.formats import moment_text, number_text
from desktop.views.language.translating import current_language, translate
from desktop.views.parts.basics import Label
from desktop.views.parts.painted_list import PaintedList, PaintedRows
from desktop.views.parts.worded import WordedModel
from desktop.views.settings.facts import Facts
from desktop.views.settings.rows import SettingRow
from desktop.views.settings.sections import SettingsSection
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_text, width_of

ROWS_SHOWN = 7  # before one scrolls


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry in words."""

    title: str  # what was done with what
    below: str  # of whom, what for
    when: str

    @property
    def words(self) -> str:
        return ", ".join(filter(None, (self.when, self.title, self.below)))


def line_of(logged: Logged, now: datetime) -> LogLine:
    """Return an entry as its author reads it."""
    language, fields = current_language(), logged.entry.fields
    done = choice_words(fields, "action", language)
    what = what_words(str(fields.get("what") or ""), language)
    count = fields.get("count")
    many = number_text(count) if isinstance(count, int) and count > 1 else ""
    title = translate("AccessLog", "{done}: {what}").format(done=done, what=what)
    of = translate("AccessLog", "{what} ({count})").format(what=title, count=many)
    between = "·" if language == "zh" else " · "
    below = between.join(filter(None, (logged.name, why_words(fields, language))))
    when = moment_text(str(fields.get("at")), now, language)
    return LogLine(of if many else title, below, when)


class LogRows(PaintedRows):
    """What and when in the first line, of whom and why in the second."""

    height = 48
    separator_left = 0

    def paint_row(self, painter: QPainter, row: object, box: QRectF) -> None:
        if not isinstance(row, LogLine):
            return
        worn = look()
        inside = box.adjusted(0, worn.px(4), -16, -worn.px(4))
        first = QRectF(inside.left(), inside.top(), inside.width(), inside.height() / 2)
        second = first.translated(0, inside.height() / 2)
        small = worn.font("small")
        paint_text(painter, row.when, first, small, worn.colour("text2"), CENTRE_RIGHT)
        title = first.adjusted(0, 0, -width_of(row.when, small) - 12, 0)
        paint_text(painter, row.title, title, worn.font("strong"), worn.colour("text"))
        paint_text(painter, row.below, second, small, worn.colour("text2"))


class PrivacySection(SettingsSection):
    """Passive: a sentence and the list."""

    def __init__(self) -> None:
        super().__init__("privacy")
        self._about = self.add(SettingRow())
        self.list: PaintedList[LogLine] = PaintedList(LogRows(), WordedModel[LogLine]())
        self.list.selects_first = False
        self.none = Label("", tone="text2", wrap=True)
        self._logged: Sequence[Logged] = ()
        self._now: datetime | None = None
        self.add_extra(self.none)
        self.add_extra(self.list)
        self.show_log((), None)

    def set_texts(self) -> None:
        self._about.set_words(
            self.tr("What you looked at, printed and saved as a file"),
            self.tr(
                "Each time with what you needed it for. It goes to the branch with the next sync;"
                " the branch's lead can read it."
            ),
        )
        self.none.setText(self.tr("Nothing yet."))
        self.list.setAccessibleName(self.tr("Your access log, the newest first"))
        self.show_log(self._logged, self._now)

    def show_facts(self, facts: Facts) -> None:
        self.show_log(facts.log, facts.now)

    def show_log(self, logged: Sequence[Logged], now: datetime | None) -> None:
        """Show entries, the newest first."""
        self._logged, self._now = logged, now
        lines = [line_of(each, now) for each in logged] if now is not None else []
        self.list.show_rows(lines)
        self.none.setVisible(not lines)
        self.list.setVisible(bool(lines))
        rows = min(len(lines), ROWS_SHOWN)
        self.list.setFixedHeight(max(1, rows) * look().px(LogRows.height) + 2)
