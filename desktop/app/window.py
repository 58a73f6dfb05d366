"""Opens the window on one profile: application, look, language, faults, screens.

Only what the unlock page needs is imported here; each screen is imported when it is shown first.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QRectF, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app.station import ProfileStation
from desktop.jobs import watchdog
from desktop.jobs.desk import Jobs
from desktop.services.logbook import open_log
from desktop.services.office import Station
from desktop.services.preferences import PreferenceFile, Preferences
from desktop.services.private_files import make_private_folder
from desktop.views.language.switching import Language
from desktop.views.shell.desk import Desk
from desktop.views.shell.faults import Faults
from desktop.views.shell.screen import Screen
from desktop.views.shell.session import Session
from desktop.views.shell.single import SingleWindow
from desktop.views.shell.window import Window
from desktop.views.theme.look import AUTO, look, system_theme, wear
from desktop.views.theme.painting import paint_logo

log = logging.getLogger(__name__)

SCREENS = {
    "customers": "desktop.views.customers.screen",
    "mailings": "desktop.views.labels.screen",
    "sync": "desktop.views.sync.screen",
    "import": "desktop.views.intake.screen",
    "settings": "desktop.views.settings.screen",
}
FIRST_RUN = "desktop.views.enrol.screen"
UNWANTED = frozenset({QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg})


def run_window(folder: Path, *, smoke: bool = False) -> int:
    """Open the window and return the exit code when it closes.

    With `smoke` it closes once it was painted. A second start raises the first window.
    Raises: Refused, BadFile where the folder cannot be used.
    """
    app = application()
    make_private_folder(folder)
    single = SingleWindow(folder)
    if not smoke and not single.first():
        return 0
    open_log(folder)
    if not smoke:
        qInstallMessageHandler(_log_qt)
    opened = OpenWindow(app, folder)
    single.raise_requested.connect(opened.window.bring_up)
    watchdog.start_from_environment(app)
    if smoke:
        opened.window.shown_first.connect(app.quit, Qt.ConnectionType.QueuedConnection)
    opened.show()
    code = app.exec()
    opened.close()
    return code


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
        self._app = app
        self.preferences = PreferenceFile(folder)
        self.language = Language(app)
        self.dress(self.preferences.current)
        self.window = Window()
        self.window.setWindowIcon(_stamp())
        self.session = Session(
            self.window, ProfileStation(folder), self.preferences, _screens(), _first_run
        )
        self.session.preferences_heard = self.dress
        self.faults = Faults(partial(_write_report, folder), self.window)
        self.session.hear_faults(self.faults)
        self.window.closing.connect(self._closing)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    def dress(self, preferences: Preferences) -> None:
        """Wear language and look as preferred; YIZHAN_LANG and the system fill what is auto."""
        language = self.language.use(preferences.language)
        theme = system_theme() if preferences.theme == AUTO else preferences.theme
        wear(
            self._app,
            replace(
                look(),
                theme=theme,
                text_size=preferences.text_size,
                language=language,
                reduce_motion=preferences.reduce_motion,
            ),
        )

    def show(self) -> None:
        self.faults.install()
        self.session.begin()
        self.window.place(self.preferences.current.geometry)
        self.window.show()

    def close(self) -> None:
        self.session.close()
        Faults.uninstall()

    def _closing(self) -> None:
        self.preferences.change(geometry=self.window.geometry_kept())

    def _system_changed(self) -> None:
        self.dress(self.preferences.current)


def _screens() -> dict[str, Callable[[Desk], Screen]]:
    return {name: partial(_made, module) for name, module in SCREENS.items()}


def _made(module: str, desk: Desk) -> Screen:
    screen: Screen = importlib.import_module(module).make(desk)
    return screen


def _first_run(station: Station, jobs: Jobs) -> QWidget:
    page: QWidget = importlib.import_module(FIRST_RUN).make(station, jobs)
    return page


def _write_report(folder: Path, error: BaseException) -> Path | None:
    from desktop.services.fault_report import write_report

    try:
        return write_report(folder, error)
    except OSError as failed:  # a full disk: the person is told without a report
        log.warning("no report: %s", type(failed).__name__)
        return None


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Keep Qt's warnings in the log, without their words: those may quote what was typed."""
    if kind not in UNWANTED:
        log.warning("qt: %s, %d characters", context.category or "default", len(message))
        if os.environ.get("YIZHAN_QT_MESSAGES"):
            sys.stderr.write(f"{message}\n")


def _stamp() -> QIcon:
    picture = QPixmap(64, 64)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_logo(painter, QRectF(2, 2, 60, 60))
    painter.end()
    return QIcon(picture)
