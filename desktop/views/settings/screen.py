"""Makes the settings' screen with whoever decides for it."""

from __future__ import annotations

from desktop.views.settings.copying import CopyPresenter
from desktop.views.settings.keys import KeysPresenter
from desktop.views.settings.page import SettingsPage
from desktop.views.settings.presenter import SettingsPresenter
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import Screen


def make(desk: Desk) -> Screen:
    """Return the screen of one unlocked profile."""
    page = SettingsPage()
    SettingsPresenter(page, desk)
    CopyPresenter(page.copies, desk)
    KeysPresenter(page.locking, desk)
    return page
