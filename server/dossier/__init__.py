"""The dossier of a hand-over: values in, PDF bytes out. Knows no store and no server.

What the new manager is to know of each customer, on paper: who it is, the household, accounts,
the last visits, what is open, and through whose hands it went. Fields of class C3 are masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from server.dossier.values import Case, Dossier, Entry, Handing

__all__ = ["Case", "Dossier", "Entry", "Handing", "check_fonts", "dossier_pdf"]


def dossier_pdf(
    dossier: Dossier,
    *,
    language: str = "zh",
    reveal: bool = False,
    font_folders: Sequence[Path] | None = None,
) -> bytes:
    """Return the dossier as a PDF of A4 pages: a cover with a list, then each customer.

    `reveal` shows what is masked otherwise. The same input gives the same bytes.
    Raises: FontsMissing `mailing.fonts.none`.
    """
    from server.dossier.pages import print_dossier  # here: reportlab is loaded by the first one

    folders = None if font_folders is None else tuple(font_folders)
    return print_dossier(dossier, language=language, reveal=reveal, folders=folders)


def check_fonts() -> None:
    """Raise FontsMissing where no dossier could be printed: better before the hand-over."""
    from crm.paper.faces import chain_for

    chain_for(None)
