"""What the bundled program starts with: the same entry as the console script."""

from __future__ import annotations

from desktop.cli import entry

entry()
