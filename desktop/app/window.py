"""Opens the window on one profile: application, look, language, faults, screens.

Only what the unlock page needs is imported here; each screen is imported when it is shown first.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from crm.domain.errors import UserError
from desktop.app.anew import (
    BEHIND,
    FRONT,
    MINIMIZED,
    begin_anew,
    how_it_stood,
    was_unkept,
)
from desktop.app.station import ProfileStation
from desktop.jobs.collector import Collector
from desktop.jobs.desk import Jobs
from desktop.services.preferences import PreferenceFile, Preferences
from desktop.services.private_files import make_private_folder
from desktop.views.language.switching import Language
from desktop.views.shell.faults import Faults
from desktop.views.shell.session import Session
from desktop.views.shell.single import SingleWindow
from desktop.views.shell.window import Window
from desktop.views.theme.look import AUTO, Look, system_theme, wear
from desktop.views.theme.painting import paint_logo

if TYPE_CHECKING:
    from desktop.services.office import Station
    from desktop.views.shell.desk import Desk
    from desktop.views.shell.screen import Screen
    from desktop.views.shell.system_lock import Watcher

log = logging.getLogger(__name__)

SCREENS = {
    "customers": "desktop.views.customers.screen",
    "mailings": "desktop.views.labels.screen",
    "sync": "desktop.views.sync.screen",
    "import": "desktop.views.intake.screen",
    "settings": "desktop.views.settings.screen",
}
PANELS = (  # imported when they are opened first; by then they are loaded
    "desktop.views.visit.panel",
    "desktop.views.customer.new",
    "desktop.views.customer.edit",
    "desktop.views.customer.add",
    "desktop.views.customer.history",
    "desktop.views.customer.record_panel",
    "desktop.views.settings.passphrase_panel",
    "desktop.views.labels.presenter",
)
COLLECT_AFTER_MS = 300  # the first picture comes first
FIRST_RUN = "desktop.views.enrol.screen"


def start(profile: Path | None, smoke: bool) -> int:
    """Open the window on a profile, the person's own where None; return the exit code."""
    os.umask(0o077)  # whatever is written here is for its owner only
    return run_window(profile or _own_folder(), smoke=smoke)


def _own_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("yizhan")


def run_window(folder: Path, *, smoke: bool = False) -> int:
    """Open the window and return the exit code when it closes.

    With `smoke` it closes once it was painted. A second start raises the first window.
    """
    app = application()
    try:
        make_private_folder(folder)
    except (OSError, UserError) as error:
        return _say_unusable(app, error)
    single = SingleWindow(folder)
    if not smoke and not single.first():
        return 0
    opened = OpenWindow(app, folder)
    single.raise_requested.connect(opened.window.bring_up)
    there = partial(_there, opened, single, smoke)
    opened.window.painted_first.connect(there, Qt.ConnectionType.QueuedConnection)
    opened.session.begin_anew = partial(opened.begin_anew, single)
    standing = how_it_stood()
    opened.show(standing)
    if was_unkept():
        opened.session.tell_unkept()
    if standing in (BEHIND, MINIMIZED):  # nothing may be painted before somebody looks
        QTimer.singleShot(COLLECT_AFTER_MS, opened.window, there)
    code = app.exec()
    opened.close()
    single.close()
    return code


def _there(opened: OpenWindow, single: SingleWindow, smoke: bool) -> None:
    """The page is there: do, once, what the first picture did not have to wait for."""
    if smoke:
        QCoreApplication.quit()
    elif not opened.ready:
        opened.ready = True
        _make_ready(opened, single)


def _make_ready(opened: OpenWindow, single: SingleWindow) -> None:
    from crm.domain.secrecy import hide_memory
    from desktop.services.logbook import open_log
    from desktop.views.parts.clipboard import keep_out_of_histories
    from desktop.views.shell.qt_messages import install_message_log

    hide_memory()  # nothing is unlocked yet
    opened.window.setWindowIcon(_stamp())
    single.listen()
    try:
        open_log(opened.folder)
    except UserError as error:  # works without; unlocking says why it cannot be written
        log.warning("no log: %s", error.code)
    install_message_log()
    keep_out_of_histories()
    if os.environ.get("YIZHAN_WATCHDOG"):
        from desktop.jobs.watchdog import start_from_environment

        opened.watchdog = start_from_environment(opened.app)


def _say_unusable(app: QApplication, error: Exception) -> int:
    """Tell, in a window, that the profile's folder cannot be used."""
    from crm.domain.errors import BadFile
    from crm.domain.exits import exit_code
    from desktop.views.language.translating import explained

    told = error if isinstance(error, UserError) else None
    told = told or BadFile("profile.unwritable", reason=type(error).__name__)
    wear(app, Look(theme=system_theme(), language=Language(app).use(AUTO)))
    window = Window()
    window.show_page(_sentence(*explained(told)))
    window.show()
    QApplication.exec()
    return exit_code(told)


def _sentence(what: str, remedy: str) -> QWidget:
    from desktop.views.parts.notices import State

    page = State("warning-octagon")
    page.tell(what, remedy)
    return page


def application() -> QApplication:
    """Return the process's QApplication, made where there is none."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    rounding = Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(rounding)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("yizhan")
    app.setApplicationDisplayName("")  # the title bar names nobody and nothing twice
    app.setDesktopFileName("yizhan")
    return app


class OpenWindow:
    """The window of one profile with everything that hangs on it."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.watchdog: object | None = None  # kept alive with the window
        self.ready = False
        self.collector = Collector(app)
        self.preferences = PreferenceFile(folder)
        self.language = Language(app)
        self.dress(self.preferences.current)
        self.window = Window()
        self.session = Session(
            self.window, ProfileStation(folder), self.preferences, _screens(), _first_run
        )
        self.session.preferences_heard = self.dress
        self.session.opened.connect(_sync_by_itself)
        self.session.opened.connect(_tell_about_keys)
        self.session.preload = _preload
        self.session.watch_system = _watch_system
        self.faults = Faults(partial(_write_report, folder), self.window)
        self.session.hear_faults(self.faults)
        self.window.closing.connect(self._closing)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    def dress(self, preferences: Preferences) -> None:
        """Wear language and look as preferred; YIZHAN_LANG and the system fill what is auto."""
        language = self.language.use(preferences.language)
        theme = system_theme() if preferences.theme == AUTO else preferences.theme
        wear(self.app, Look(theme=theme, text_size=preferences.text_size, language=language))

    def show(self, standing: str = "") -> None:
        """Show the window; `standing` is how it stood before a lock (desktop.app.anew)."""
        self.faults.install()
        self.session.begin()
        QTimer.singleShot(COLLECT_AFTER_MS, self.collector, self.collector.start)
        self.window.place(self.preferences.current.geometry)
        if standing == MINIMIZED:
            self.window.showMinimized()
            return
        behind = standing == BEHIND  # somebody types in another program
        self.window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, behind)
        self.window.show()

    def begin_anew(self, single: SingleWindow) -> None:
        """Replace this process by a new one, locked. Raises: OSError; then nothing has changed."""
        self._closing()
        log.info("locked; beginning anew")
        # On Windows the new process is another one, which must be the first.
        with single.stepped_aside() if sys.platform == "win32" else nullcontext():
            begin_anew(self._standing(), unkept=self.session.unkept)

    def _standing(self) -> str:
        if self.window.isMinimized():
            return MINIMIZED
        return FRONT if self.window.isActiveWindow() else BEHIND

    def close(self) -> None:
        self.session.close()
        self.collector.stop()
        Faults.uninstall()

    def _closing(self) -> None:
        self.preferences.change(geometry=self.window.geometry_kept())

    def _system_changed(self) -> None:
        self.dress(self.preferences.current)


def _screens() -> dict[str, Callable[[Desk], Screen]]:
    return {name: partial(_made, module) for name, module in SCREENS.items()}


def _preload() -> None:
    """Import all screens and panels, so that going to one is not the moment of its import."""
    for module in (*SCREENS.values(), *PANELS):
        importlib.import_module(module)


def _made(module: str, desk: Desk) -> Screen:
    screen: Screen = importlib.import_module(module).make(desk)
    return screen


def _first_run(station: Station, jobs: Jobs) -> QWidget:
    page: QWidget = importlib.import_module(FIRST_RUN).make(station, jobs)
    return page


def _watch_system(window: QWidget, lock: Callable[[], None]) -> Watcher | None:
    from desktop.views.shell.system_lock import watch_system  # loaded while somebody unlocks

    return watch_system(window, lock)


def _sync_by_itself(desk: Desk) -> None:
    from desktop.views.sync.auto import AutoSync  # not for the unlock page

    AutoSync(desk)  # lives as long as its desk


def _tell_about_keys(desk: Desk) -> None:
    from desktop.views.shell.opening import tell_about_keys  # not for the unlock page

    tell_about_keys(desk)


def _write_report(folder: Path, error: BaseException) -> Path | None:
    from desktop.services.fault_report import write_report

    try:
        return write_report(folder, error)
    except (OSError, UserError) as failed:  # a full disk: the person is told without a report
        log.warning("no report: %s", type(failed).__name__)
        return None


def _stamp() -> QIcon:
    picture = QPixmap(64, 64)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_logo(painter, QRectF(2, 2, 60, 60))
    painter.end()
    return QIcon(picture)
