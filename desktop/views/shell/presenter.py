"""Decides what the unlocked window shows: screens, status, sync, undo, panels, notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from crm.domain.errors import NotFound, Refused
from desktop.services.standing import Standing, standing
from desktop.views.language.translating import translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.keys import bind, bind_rail
from desktop.views.shell.screen import Screen
from desktop.views.shell.workspace import PLACES, Workspace, first_focusable

if TYPE_CHECKING:
    from desktop.views.palette.presenter import PalettePresenter

ScreenFactory = Callable[[Desk], Screen]
ASK_SERVER_EVERY_MS = 60_000
PRELOAD_AFTER_MS = 500  # the first screen comes first
WARM_PALETTE_AFTER_MS = 1500  # after the preload, which the palette may wait for

_PARTS = {
    "connection": ("sync", {}),
    "waiting": ("sync", {}),
    "to_settle": ("sync", {"tab": "to_settle"}),
    "last_sync": ("sync", {}),
    "lease": ("sync", {}),
    "person": ("settings", {"section": "about"}),
    "encryption": ("settings", {"section": "lock"}),
}


class ShellPresenter(QObject):
    """One unlocked profile in one window."""

    help_wanted = Signal()

    def __init__(self, view: Workspace, desk: Desk, screens: Mapping[str, ScreenFactory]) -> None:
        super().__init__(view)
        self.view, self.desk = view, desk
        self._factories = screens
        self.preload: Callable[[], None] = lambda: None  # loads what other screens need
        self._history: list[tuple[str, dict[str, object]]] = []
        self.standing: Standing | None = None
        self._asking = False  # whether the server answers
        self._connect()
        self._bind_keys()
        self._timer = QTimer(self, interval=ASK_SERVER_EVERY_MS)
        self._timer.timeout.connect(self.ask_server)
        self._warming = QTimer(self, singleShot=True, interval=WARM_PALETTE_AFTER_MS)
        self._warming.timeout.connect(self._warm_palette)

    def _connect(self) -> None:
        view, desk = self.view, self.desk
        view.rail.chosen.connect(lambda key: self.go(key, {}))
        view.rail.lock_asked.connect(desk.lock_wanted)
        view.language_changed.connect(self.retranslate)
        view.top_bar.palette_asked.connect(self.open_palette)
        view.status_bar.part_asked.connect(lambda part: self.go(*_PARTS[part]))
        view.toast.undo_asked.connect(self.undo_saved)
        desk.go_wanted.connect(self.go)
        desk.panel_wanted.connect(view.show_panel)
        desk.toast_wanted.connect(self._toast)
        desk.question_wanted.connect(lambda question: view.dialog.ask(*question))
        desk.reason_wanted.connect(lambda question: view.reason.ask(*question))
        desk.saved.connect(self._saved)
        desk.progress_shown.connect(view.status_bar.show_running)

    def _bind_keys(self) -> None:
        actions: dict[str, Callable[[], object]] = {
            "palette": self.open_palette,
            "find": lambda: self._ask_screen("find_here"),
            "new": lambda: self._ask_screen("new_here"),
            "visit": lambda: self._ask_screen("record_visit"),
            "print": lambda: self._ask_screen("print_it"),
            "undo": self.undo,
            "redo": self.redo,
            "back": self.back,
            "next_pane": lambda: self._step_pane(1),
            "previous_pane": lambda: self._step_pane(-1),
            "sync": self.desk.sync_wanted.emit,
            "lock": self.desk.lock_wanted.emit,
            "help": self.help_wanted.emit,
        }
        bind(self.view, actions)
        bind_rail(self.view, self._go_to_number)

    def start(self) -> None:
        """Show the first screen and how things stand."""
        self.view.status_bar.show_person(self.desk.office.person)
        if self.desk.office.person.practice:
            self._tell_practice()
        self.go("customers", {})
        self.read_standing()
        self.ask_server()
        self._timer.start()
        QTimer.singleShot(PRELOAD_AFTER_MS, self, self._preload)  # not once this is locked

    def _preload(self) -> None:
        """Load the other screens' modules off this thread, before anybody goes there."""
        self.desk.jobs.read(lambda _: self.preload(), lambda _: None)
        self._warming.start()

    def retranslate(self) -> None:
        if self.desk.office.person.practice:
            self._tell_practice()

    def _tell_practice(self) -> None:
        text = translate("Shell", "Practice profile: everybody in it is made up.")
        self.view.banner.tell(text)
        self.view.banner.show()

    # --- going places ---

    def go(self, key: str, what: Mapping[str, object]) -> None:
        """Show a screen; made when it is asked for first."""
        if not self.view.has_screen(key):
            self.view.add_screen(key, self._factories[key](self.desk))
        self._history = [*self._history, (key, dict(what))][-50:]
        self.view.rail.choose(key if key != "import" else "customers")
        self.view.show_screen(key, what)

    def back(self) -> None:
        """Alt+Left: within the screen where it can, else to the screen before."""
        screen = self.view.current()
        if screen is not None and screen.back():
            return
        if len(self._history) > 1:
            self._history.pop()
            key, what = self._history.pop()
            self.go(key, what)

    def _go_to_number(self, number: int) -> None:
        if number < len(PLACES):
            self.go(PLACES[number].key, {})

    def _ask_screen(self, wish: str) -> None:
        screen = self.view.current()
        if screen is not None:
            getattr(screen, wish)()

    def _step_pane(self, step: int) -> None:
        panes = [pane for pane in self.view.focus_ring_order() if first_focusable(pane)]
        if not panes:
            return
        here = QApplication.focusWidget()
        place = next((n for n, p in enumerate(panes) if _holds(p, here)), -step)
        target = first_focusable(panes[(place + step) % len(panes)])
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- the palette ---

    @cached_property
    def palette(self) -> PalettePresenter:
        """The palette, made when it is needed first."""
        from desktop.views.palette.presenter import PalettePresenter

        acts = {"new": self._new_customer, "help": self.help_wanted.emit}
        return PalettePresenter(self.view, self.desk, acts)

    def open_palette(self) -> None:
        """Ctrl+K."""
        self.palette.open()

    def _warm_palette(self) -> None:
        self.palette.warm_up()

    def _new_customer(self) -> None:
        self.go("customers", {})
        self._ask_screen("new_here")

    # --- how things stand ---

    def read_standing(self) -> None:
        office = self.desk.office
        self.desk.jobs.read(lambda _: standing(office.reader), self._stands, key="standing")

    def _stands(self, found: Standing) -> None:
        self.standing = found
        self.view.status_bar.show_standing(found)
        open_ones = found.to_settle + found.refused
        words = translate("Shell", "{n} to settle").format(n=open_ones) if open_ones else ""
        self.view.rail.show_badge("sync", open_ones, words)
        self.desk.standing_changed.emit(found)

    def _saved(self) -> None:
        self.read_standing()
        screen = self.view.current()
        if screen is not None:
            screen.refresh()

    def ask_server(self) -> None:
        """Ask whether the server answers, one question at a time; no answer is no error.

        It can take long, and readings must not wait for it.
        """
        if not self._asking:
            self._asking = True
            self.desk.jobs.long(
                self.desk.office.server_answers,
                self._server_told,
                lambda _: self._server_told(False),
            )

    def _server_told(self, answers: bool) -> None:
        self._asking = False
        self.view.status_bar.show_online(answers)
        self.desk.server_told.emit(answers)

    # --- undo ---

    def undo(self) -> None:
        """Ctrl+Z: in a text being typed its own undo; else the last thing that was saved."""
        if not _undo_typing("undo"):
            self.undo_saved()

    def undo_saved(self) -> None:
        """Take back the last thing that was saved, whatever is being typed."""
        taken = self.desk.undo.take_undo()
        if taken is not None:
            told = translate("Shell", "Undone: {what}")
            failed = partial(self._not_done, partial(self.desk.undo.put_back, taken))
            self._carry_out(taken.undo, told.format(what=taken.text), failed)

    def redo(self) -> None:
        if _undo_typing("redo"):
            return
        taken = self.desk.undo.take_redo()
        if taken is not None and taken.redo is not None:
            told = translate("Shell", "Done again: {what}")
            failed = partial(self._not_done, partial(self.desk.undo.put_back_undone, taken))
            self._carry_out(taken.redo, told.format(what=taken.text), failed)

    def _carry_out(
        self, work: Callable[[], object], told: str, failed: Callable[[Exception], None]
    ) -> None:
        def done(_: object) -> None:
            self.desk.toast(told)
            self.desk.saved.emit()

        self.desk.jobs.write(lambda _: work(), done, failed)

    def _not_done(self, put_back: Callable[..., None], error: Exception) -> None:
        """Undoing or redoing failed: keep it to be tried again, unless a rule forbids it."""
        put_back(keep=not isinstance(error, Refused | NotFound))
        self.desk.tell_error(error)

    def _toast(self, text: str, undo: bool, good: bool) -> None:
        words = translate("Shell", "Undo") + "  Ctrl+Z" if undo else ""
        self.view.toast.tell(text, words, good=good)


def _holds(pane: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (pane is widget or pane.isAncestorOf(widget))


def _undo_typing(verb: str) -> bool:
    """Undo or redo in the text field that has the focus; tell whether there was anything."""
    field = QApplication.focusWidget()
    if isinstance(field, QLineEdit) and not field.isReadOnly():
        can = field.isUndoAvailable() if verb == "undo" else field.isRedoAvailable()
    elif isinstance(field, QPlainTextEdit) and not field.isReadOnly():
        document = field.document()
        can = document.isUndoAvailable() if verb == "undo" else document.isRedoAvailable()
    else:
        return False
    if can:
        getattr(field, verb)()
    return can
