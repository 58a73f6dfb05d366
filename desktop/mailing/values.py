"""What goes into a print run and what comes out of it. Plain values only.

Those that a screen handles as well are `desktop.services.labelling`'s.
"""

from __future__ import annotations

from crm.paper.values import FontsMissing
from desktop.services.labelling import Addressee, Finding, LabelPlan, LabelRun, Picture

__all__ = ["Addressee", "Finding", "FontsMissing", "LabelPlan", "LabelRun", "Picture"]
