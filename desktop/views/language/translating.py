"""The texts of the window in the language it is worn in.

Source strings are English and stand where they are used: `self.tr("Lock")` in a QObject,
`translate("Customers", "Lock")` elsewhere. Both are read by lupdate, which understands plain
literals only: no f-strings, no names, and no call at module level, where it would run once and
never follow a switch. `packaging/translations.py` keeps the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from crm.domain.errors import UserError

PROPERTY = "yizhanLanguage"  # on the application: the language that was chosen last


def translate(context: str, text: str, comment: str | None = None) -> str:
    """Return `text` in the window's language; `comment` tells two meanings of it apart."""
    return QCoreApplication.translate(context, text, comment)


def counted(number: int, one: str, many: str, **facts: object) -> str:
    """Return `one` for 1 and `many` otherwise, with {n} (grouped: 3,000) and facts filled.

    counted(n, self.tr("{n} edit waiting"), self.tr("{n} edits waiting"))
    """
    return (one if number == 1 else many).format(n=f"{number:,}", **facts)


def current_language() -> str:
    """Return "en" or "zh": what the window is worn in, the system's before there is a window."""
    app = QCoreApplication.instance()
    chosen = app.property(PROPERTY) if app is not None else None
    if isinstance(chosen, str):
        return chosen
    from crm.domain.messages import system_language

    return system_language()


def explained(error: UserError) -> tuple[str, str]:
    """Return (what happened, what to do) in the window's language."""
    from crm.domain.messages import explain

    return explain(error, current_language())


def sentences(*said: str) -> str:
    """Return sentences one after another; Chinese ones have no space between them."""
    return ("" if current_language() == "zh" else " ").join(filter(None, said))
