"""The screen of importing customers from a table."""

from __future__ import annotations

from desktop.views.intake.page import IntakeScreen
from desktop.views.intake.presenter import IntakePresenter
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import Screen


def make(desk: Desk) -> Screen:
    page = IntakeScreen()
    IntakePresenter(page, desk)
    return page
