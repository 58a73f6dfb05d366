"""Switching the window's language while it is open.

Knows where the catalogues are and nothing of pages: every widget gets Qt's LanguageChange event
and puts its texts anew.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from desktop.views.language.translating import PROPERTY, current_language, translate

log = logging.getLogger(__name__)

LOCALES = {
    "en": QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom),
    "zh": QLocale(QLocale.Language.Chinese, QLocale.Country.China),
}


def wanted_language(choice: str) -> str:
    """Return "en" or "zh" for a choice of "auto", "en" or "zh".

    "auto" is Chinese where the system's interface is, else English; YIZHAN_LANG wins over the
    system, not over a choice.
    """
    if choice in LOCALES:
        return choice
    system = os.environ.get("YIZHAN_LANG") or _system_language()
    return "zh" if system.lower().startswith("zh") else "en"


def _system_language() -> str:
    return next(iter(QLocale.system().uiLanguages()), "")


def language_choices() -> tuple[tuple[str, str], ...]:
    """Return (choice, name) as a setting offers them; each language is named in itself."""
    return (
        ("auto", translate("Language", "As the system")),
        ("zh", "中文"),
        ("en", "English"),
    )


class Language(QObject):
    """The language that the application wears. One per application; lives as long as it."""

    changed = Signal(str)  # "en" or "zh", after texts can be had in it

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__(app)
        self._app = app
        self._worn: list[QTranslator] = []

    @property
    def current(self) -> str:
        return current_language()

    def use(self, choice: str) -> str:
        """Wear "en", "zh" or "auto", and return which it came to.

        Widgets hear of it by LanguageChange once the event loop turns, each once.
        """
        language = wanted_language(choice)
        if language != self._app.property(PROPERTY):
            self._app.setProperty(PROPERTY, language)
            QLocale.setDefault(LOCALES[language])
            self._take_off()
            if language == "zh":
                self._put_on()
            self.changed.emit(language)
        return language

    def _take_off(self) -> None:
        for translator in self._worn:
            self._app.removeTranslator(translator)
            translator.deleteLater()
        self._worn.clear()

    def _put_on(self) -> None:
        qt_texts = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        with _catalogue() as own:
            for file in (qt_texts / "qtbase_zh_CN.qm", own):  # the last one is asked first
                translator = QTranslator(self)
                if translator.load(str(file)):
                    self._app.installTranslator(translator)
                    self._worn.append(translator)
                else:
                    log.warning("catalogue cannot be read: %s", file.name)


@contextmanager
def _catalogue() -> Iterator[Path]:
    from importlib.resources import as_file, files  # a window in English does not wait for it

    with as_file(files("resources").joinpath("i18n", "yizhan_zh.qm")) as path:
        yield path
