"""What goes into a print run and what comes out of it. Plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.domain.errors import UserError
from crm.domain.messages import line


class FontsMissing(UserError):
    """No installed font can draw Chinese. Facts say what to install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One person or household to write to, as the words on the label."""

    name: str
    honorific: str = ""  # 先生 / 女士 / 收: after the name; a Latin one (Mr) before it
    address: str
    postcode: str = ""
    ref: str = ""  # record id; never printed, only named in findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a person should look at before posting. Never holds a name."""

    ref: str
    code: str
    sheet: int  # from 1; 0 where no label was printed
    cell: int  # from 1, row by row; 0 where no label was printed
    facts: Mapping[str, str | int | float] = field(default_factory=dict)

    def text(self, language: str | None = None) -> str:
        """Return one sentence for a person, in `language` or the system's."""
        return line(self.code, language, sheet=self.sheet, cell=self.cell, **self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRun:
    """A finished print run."""

    pdf: bytes
    sheets: int
    labels: int  # printed; an addressee without an address gets none
    findings: tuple[Finding, ...]
