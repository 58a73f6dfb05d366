"""The window changes its language while it is open: own texts, Qt's, and those of errors."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QLabel, QWidget

from crm.domain.errors import Cancelled
from desktop.views.language.switching import Language, language_choices, wanted_language
from desktop.views.language.translating import counted, current_language, explained, translate


class Page(QWidget):
    """A page that puts its texts anew when it hears of a switch."""

    def __init__(self):
        super().__init__()
        self.label = QLabel(self)
        self.switches = 0
        self._put_texts()

    def changeEvent(self, event):  # noqa: N802  (Qt's name)
        if event.type() == QEvent.Type.LanguageChange:
            self.switches += 1
            self._put_texts()
        super().changeEvent(event)

    def _put_texts(self):
        self.label.setText(translate("Language", "As the system"))


@pytest.fixture
def language(qapp):
    made = Language(qapp)
    made.use("en")
    yield made
    made.use("en")


def test_an_open_page_hears_of_a_switch_once_and_changes(qtbot, language):
    page = Page()
    qtbot.addWidget(page)
    assert page.label.text() == "As the system"
    language.use("zh")
    qtbot.waitUntil(lambda: page.label.text() == "跟随系统")
    language.use("en")
    qtbot.waitUntil(lambda: page.label.text() == "As the system")
    assert page.switches == 2


def test_a_switch_is_told_once_and_the_same_language_not_at_all(qtbot, language):
    told = []
    language.changed.connect(told.append)
    language.use("zh")
    language.use("zh")
    language.use("en")
    assert told == ["zh", "en"]


def test_everything_follows_the_switch(qtbot, language):
    assert (current_language(), explained(Cancelled())[0].isascii()) == ("en", True)
    language.use("zh")
    assert language.current == current_language() == "zh"
    assert not explained(Cancelled())[0].isascii()
    assert QLocale().language() == QLocale.Language.Chinese
    assert "撤消" in QCoreApplication.translate("QWidgetTextControl", "&Undo")
    assert dict(language_choices())["auto"] == "跟随系统"
    language.use("en")
    assert QCoreApplication.translate("QWidgetTextControl", "&Undo") == "&Undo"


def test_automatic_means_the_systems_language(monkeypatch):
    for system, expected in (("zh_CN.UTF-8", "zh"), ("en", "en"), ("de_DE", "en")):
        monkeypatch.setenv("YIZHAN_LANG", system)
        assert wanted_language("auto") == expected
    assert [wanted_language(choice) for choice in ("zh", "en")] == ["zh", "en"]
    monkeypatch.delenv("YIZHAN_LANG")
    assert wanted_language("auto") in {"zh", "en"}


def test_one_is_said_in_the_singular_and_many_are_grouped():
    words = ("{n} edit waiting for {whom}", "{n} edits waiting for {whom}")
    assert counted(1, *words, whom="the branch") == "1 edit waiting for the branch"
    assert counted(3218, *words, whom="the branch") == "3,218 edits waiting for the branch"
    assert counted(0, *words, whom="you") == "0 edits waiting for you"
