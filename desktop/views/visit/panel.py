"""Opens the panel in which a visit is recorded or changed."""

from __future__ import annotations

from desktop.services.visits import VISIT
from desktop.views.shell.desk import Desk
from desktop.views.visit.form import VisitForm
from desktop.views.visit.presenter import VisitPresenter


class VisitPanel(VisitForm):
    """The form with its presenter; the window asks it to keep its draft before it locks."""

    presenter: VisitPresenter

    def keep_draft(self) -> None:
        self.presenter.keep_draft()


def open_visit(
    desk: Desk,
    customer_id: str,
    *,
    visit_id: str | None = None,
    state: str = "",
) -> VisitPanel:
    """Open the panel for a new visit to a customer, or for the visit `visit_id`.

    `state` is that visit's, so that it can be shown. Ctrl+Enter saves and asks the screen of
    customers for the form of whoever is next in its list.
    """
    panel = VisitPanel(desk.office.schema[VISIT], state=state if visit_id else "")
    panel.presenter = VisitPresenter(panel, desk, customer_id, visit=visit_id)
    desk.open_panel(panel)
    panel.focus_begin()
    return panel
