"""The status bar: connection, edits waiting, what is to settle, last sync; person, encryption."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.services.office import Person
from desktop.services.standing import Standing
from desktop.views.language.formats import moment_text
from desktop.views.language.translating import counted, current_language
from desktop.views.parts.basics import Label, Speaking, column, row, separator, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.progress import ProgressBar
from desktop.views.theme import tokens
from desktop.views.theme.look import look
from desktop.views.theme.painting import sync_icon


@dataclass(frozen=True, slots=True)
class Running:
    """A long job, as the status bar shows it."""

    what: str
    done: int
    total: int
    left: str = ""  # in words


class StatusBar(Speaking):
    """Each part is a button that leads to what it speaks of."""

    part_asked = Signal(str)  # connection, waiting, to_settle, last_sync, person
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        names = ("connection", "waiting", "to_settle", "last_sync", "lease", "person", "encryption")
        self.parts = {name: Button(kind="status") for name in names}
        self._lines: dict[str, QWidget] = {}
        for name, button in self.parts.items():
            button.clicked.connect(lambda _=False, name=name: self.part_asked.emit(name))
        self._facts = surface("none", self._line(names[:5]))
        self._what, self._left = Label(bold=True), Label(tone="text2")
        self._bar, self._cancel = ProgressBar(), Button(kind="link")
        self._bar.setFixedWidth(160)
        self._cancel.clicked.connect(self.cancel_asked)
        running = row(self._what, self._bar, self._left, self._cancel, None, spacing=10)
        self._progress = surface("none", running)
        self._progress.hide()
        right = self._line(names[5:])
        line = row(self._facts, self._progress, None, right, spacing=0)
        line.setContentsMargins(12, 0, 12, 0)
        self.setLayout(column(surface("status", line)))
        self.setFixedHeight(tokens.size("status_bar"))
        self._standing: Standing | None = None
        self._online: bool | None = None
        self._person: Person | None = None
        self._days_left: int | None = None
        self._compact = False
        self.retranslate()

    def _line(self, names: tuple[str, ...]) -> QHBoxLayout:
        layout = row(spacing=6)
        for number, name in enumerate(names):
            if number:
                self._lines[name] = separator(upright=True)
                layout.addWidget(self._lines[name])
            layout.addWidget(self.parts[name])
        return layout

    def _show_part(self, name: str, shown: bool) -> None:
        """Show or hide a part together with the line before it."""
        self.parts[name].setVisible(shown)
        if name in self._lines:
            self._lines[name].setVisible(shown)

    def retranslate(self) -> None:
        self._cancel.setText(self.tr("Cancel"))
        self._show_connection()
        self._show_person()
        self._show_standing()
        self._show_lease()

    # --- what is told ---

    def show_person(self, person: Person) -> None:
        self._person = person
        self._show_person()

    def show_online(self, online: bool | None) -> None:
        """Say whether the server answers; None: nobody has asked yet."""
        self._online = online
        self._show_connection()

    def show_standing(self, standing: Standing) -> None:
        self._standing = standing
        self._show_standing()

    def show_days_left(self, days: int | None) -> None:
        """Say how many days are left without a sync; None: enough."""
        self._days_left = days
        self._show_lease()
        self._show_standing()

    def show_running(self, running: Running | None) -> None:
        """Put a long job's progress in the place of the facts, or take it away."""
        self._facts.setVisible(running is None)
        self._progress.setVisible(running is not None)
        if running is not None:
            count = f"{running.done:,} / {running.total:,}" if running.total > 0 else ""
            self._what.setText(f"{running.what}  {count}".strip())
            self._left.setText(running.left)
            self._bar.show_share(running.done, running.total)

    # --- how it is said ---

    def _show_connection(self) -> None:
        button = self.parts["connection"]
        if self._online:
            button.set_icon(*sync_icon("online"))
            button.setText(self.tr("Online"))
        else:
            button.set_icon(*sync_icon("offline"))
            button.setText(self.tr("Offline, everything works"))

    def _show_person(self) -> None:
        self.parts["encryption"].setText(self.tr("Encrypted"))
        if self._person is not None:
            between = "·" if current_language() == "zh" else " · "
            words = [word for word in (self._person.name, self._person.branch) if word]
            self.parts["person"].setText(between.join(words))
        if self._person is not None and self._person.practice:
            self.parts["encryption"].setText(self.tr("Practice, made-up data"))

    def _show_standing(self) -> None:
        standing = self._standing
        if standing is None:
            for name in ("waiting", "to_settle", "last_sync"):
                self._show_part(name, False)
            return
        waiting, settle = self.parts["waiting"], self.parts["to_settle"]
        waiting.set_icon(*sync_icon("waiting"))
        waiting.setText(
            counted(standing.waiting, self.tr("{n} edit waiting"), self.tr("{n} edits waiting"))
        )
        self._show_part("waiting", standing.waiting > 0)
        open_ones = standing.to_settle + standing.refused
        settle.set_icon(*sync_icon("to_settle"))
        settle.setText(counted(open_ones, self.tr("{n} to settle"), self.tr("{n} to settle")))
        self._show_part("to_settle", open_ones > 0)
        # a narrow window has no room for both, and the days left say how long ago it was
        self._show_part("last_sync", not (self._compact and self._days_left is not None))
        self.parts["last_sync"].setText(self._last_sync(standing))

    def _show_lease(self) -> None:
        days = self._days_left
        self._show_part("lease", days is not None)
        if days is not None:
            self.parts["lease"].set_icon("warning-fill", "warn")
            one, more = (
                self.tr("{n} day left without a sync"),
                self.tr("{n} days left without a sync"),
            )
            self.parts["lease"].setText(counted(days, one, more))

    def _last_sync(self, standing: Standing) -> str:
        if standing.last_sync is None:
            return self.tr("Not synced yet")
        moment = moment_text(standing.last_sync.at, datetime.now(UTC), current_language())
        return self.tr("Last sync {moment}").format(moment=moment)

    def fit(self, compact: bool) -> None:
        self._compact = compact
        self._show_part("encryption", not compact)
        self._show_standing()
        self.setFixedHeight(max(tokens.size("status_bar"), look().px(32)))
