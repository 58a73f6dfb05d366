"""Makes the page of the first run with whoever decides for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.jobs.desk import Jobs
from desktop.views.enrol.page import EnrolPage
from desktop.views.enrol.presenter import EnrolPresenter

if TYPE_CHECKING:
    from desktop.services.office import Station


def make(station: Station, jobs: Jobs) -> QWidget:
    """Return the page; its signal `enrolled` comes once the profile is there."""
    page = EnrolPage()
    EnrolPresenter(page, station, jobs)
    return page
