"""What goes into a print run and what comes out of it. Plain values only.

Those that a screen handles as well are `desktop.services.labelling`'s.
"""

from __future__ import annotations

from crm.domain.errors import UserError
from desktop.services.labelling import Addressee, Finding, LabelPlan, LabelRun, Picture

__all__ = ["Addressee", "Finding", "FontsMissing", "LabelPlan", "LabelRun", "Picture"]


class FontsMissing(UserError):
    """No installed font can draw Chinese. Facts say what to install."""
